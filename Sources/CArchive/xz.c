#define _DEFAULT_SOURCE 1

#include "xz.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The part of liblzma 5's interface that is used here (lzma/base.h, lzma/container.h).
enum { lzmaOK = 0, lzmaStreamEnd = 1, lzmaNoCheck = 2, lzmaGetCheck = 4, lzmaMemory = 5, lzmaMemoryLimit = 6 };
enum { lzmaBuffer = 10, lzmaRun = 0, lzmaFinish = 3, lzmaConcatenated = 0x08 };
// That of Zstandard too; xz -9 needs 65 MiB.
enum { memoryLimitMiB = 128, blockSize = 64 * 1024 };

typedef struct {
  const uint8_t *nextIn;
  size_t availableIn;
  uint64_t totalIn;
  uint8_t *nextOut;
  size_t availableOut;
  uint64_t totalOut;
  const void *allocator;
  void *internal;
  void *reservedPointers[4];
  uint64_t reservedNumbers[2];
  size_t reservedSizes[2];
  int reservedEnums[2];
} lzmaStream;

static struct {
  int (*decoder)(lzmaStream *, uint64_t, uint32_t);
  int (*code)(lzmaStream *, int);
  void (*end)(lzmaStream *);
  uint64_t (*memory)(const lzmaStream *);
  int isLoaded;
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static int find(void *handle, void *function, const char *name) {
  *(void **)function = dlsym(handle, name);
  return *(void **)function != NULL;
}

static void load(void) {
  static const char *const names[] = {
      "liblzma.so.5", "liblzma.5.dylib", "/opt/homebrew/opt/xz/lib/liblzma.5.dylib", "/usr/lib/liblzma.5.dylib"};
  void *handle = NULL;
  for (size_t i = 0; handle == NULL && i < sizeof names / sizeof *names; i++) handle = dlopen(names[i], RTLD_NOW);
  library.isLoaded = handle != NULL && find(handle, &library.decoder, "lzma_stream_decoder")
      && find(handle, &library.code, "lzma_code") && find(handle, &library.end, "lzma_end")
      && find(handle, &library.memory, "lzma_memusage");
}

struct carchive_xz {
  carchive_source *source;
  void *context;
  lzmaStream stream;
  int isSourceAtEnd;
  /// The result of the last call; reported once the bytes before it are passed on.
  int code;
  int isRefused;
  char message[200];
  uint8_t block[blockSize];
};

int carchive_xz_matches(const void *head, size_t count) {
  static const uint8_t magic[] = {0xFD, '7', 'z', 'X', 'Z', 0};
  return count >= sizeof magic && memcmp(head, magic, sizeof magic) == 0;
}

carchive_xz *carchive_xz_open(carchive_source *source, void *context) {
  pthread_once(&once, load);
  if (!library.isLoaded) return NULL;
  carchive_xz *xz = calloc(1, sizeof *xz);
  if (xz == NULL) return NULL;
  xz->source = source;
  xz->context = context;
  if (library.decoder(&xz->stream, (uint64_t)memoryLimitMiB << 20, lzmaConcatenated) != lzmaOK) {
    free(xz);
    return NULL;
  }
  return xz;
}

static int isProblem(int code) { return code != lzmaOK && (code < lzmaNoCheck || code > lzmaGetCheck); }

static ssize_t fail(carchive_xz *xz) {
  const char *text = "the xz data are damaged";
  switch (xz->code) {
    case lzmaMemoryLimit:
      xz->isRefused = 1;
      snprintf(
          xz->message, sizeof xz->message,
          "unpacking this xz file takes %llu MiB of memory, and at most %d are allowed; compress it with xz -9 or less",
          (unsigned long long)(library.memory(&xz->stream) >> 20), memoryLimitMiB);
      return -1;
    case lzmaMemory: text = "no memory to unpack the xz data"; break;
    case lzmaBuffer: text = "the xz data end early"; break;
    default: break;
  }
  snprintf(xz->message, sizeof xz->message, "%s", text);
  return -1;
}

ssize_t carchive_xz_read(carchive_xz *xz, const void **bytes) {
  *bytes = xz->block;
  while (1) {
    if (xz->code == lzmaStreamEnd) return 0;
    if (isProblem(xz->code)) return fail(xz);
    if (xz->stream.availableIn == 0 && !xz->isSourceAtEnd) {
      const void *input = NULL;
      ssize_t got = xz->source(xz->context, &input);
      if (got < 0) {
        snprintf(xz->message, sizeof xz->message, "the archive cannot be read");
        return -1;
      }
      xz->isSourceAtEnd = got == 0;
      xz->stream.nextIn = input;
      xz->stream.availableIn = (size_t)got;
    }
    xz->stream.nextOut = xz->block;
    xz->stream.availableOut = blockSize;
    xz->code = library.code(&xz->stream, xz->isSourceAtEnd ? lzmaFinish : lzmaRun);
    size_t made = blockSize - xz->stream.availableOut;
    if (made > 0) return (ssize_t)made;
  }
}

const char *carchive_xz_message(const carchive_xz *xz, int *isRefused) {
  *isRefused = xz->isRefused;
  return xz->message[0] != 0 ? xz->message : NULL;
}

void carchive_xz_close(carchive_xz *xz) {
  if (xz == NULL) return;
  library.end(&xz->stream);
  free(xz);
}
