// Metadata of JPEG XL that are compressed, through Brotli's decoder. It runs in imgrec's own process, as zlib does: its
// memory is bounded by the largest window of 16 MiB, and FreeType, which is linked, brings it along.
#include "support.h"

#include <dlfcn.h>
#include <pthread.h>

static int (*decompress)(size_t, const uint8_t *, size_t *, uint8_t *);
static pthread_once_t opened = PTHREAD_ONCE_INIT;

static void open_library(void) {
  static const char *const names[] = {
      "libbrotlidec.so.1", "libbrotlidec.1.dylib", "/opt/homebrew/lib/libbrotlidec.1.dylib", NULL};
  void *handle = cdecoders_open(names);
  if (handle) *(void **)&decompress = dlsym(handle, "BrotliDecoderDecompress");
}

size_t cdecoders_brotli(const uint8_t *data, size_t size, uint8_t *target, size_t capacity) {
  pthread_once(&opened, open_library);
  size_t written = capacity;
  return decompress && decompress(size, data, &written, target) == 1 ? written : 0;
}
