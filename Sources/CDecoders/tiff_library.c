#include "tiff_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Since 4.5; declared here, so that the headers of older versions will do.
typedef int (*report_handler)(TIFF *, void *, const char *, const char *, va_list);
static struct {
  void *(*alloc)(void);
  void (*release)(void *);
  void (*set_largest)(void *, tmsize_t);
  void (*set_errors)(void *, report_handler, void *);
  void (*set_warnings)(void *, report_handler, void *);
  TIFF *(*open)(const char *, const char *, thandle_t, TIFFReadWriteProc, TIFFReadWriteProc, TIFFSeekProc,
                TIFFCloseProc, TIFFSizeProc, TIFFMapFileProc, TIFFUnmapFileProc, void *);
} options;

static tiff_library library;
static bool is_open, has_options;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
  static const char *const names[] = {"libtiff.so.6",    "libtiff.so.5",
                                      "libtiff.6.dylib", "/opt/homebrew/lib/libtiff.dylib",
                                      "libtiff.dylib",   NULL};
  void *handle = cdecoders_open(names);
  if (!handle) return;
  bool found = true;
#define TIFF_LOAD(name) found = (library.name = (__typeof__(library.name))dlsym(handle, #name)) && found;
  TIFF_FUNCTIONS(TIFF_LOAD)
#undef TIFF_LOAD
  if (!found) return;
  // libtiff prints unless a handler is set.
  library.TIFFSetErrorHandler(NULL);
  library.TIFFSetWarningHandler(NULL);
  options.alloc = (void *(*)(void))dlsym(handle, "TIFFOpenOptionsAlloc");
  options.release = (void (*)(void *))dlsym(handle, "TIFFOpenOptionsFree");
  options.set_largest = (void (*)(void *, tmsize_t))dlsym(handle, "TIFFOpenOptionsSetMaxSingleMemAlloc");
  options.set_errors = (void (*)(void *, report_handler, void *))dlsym(handle, "TIFFOpenOptionsSetErrorHandlerExtR");
  options.set_warnings =
      (void (*)(void *, report_handler, void *))dlsym(handle, "TIFFOpenOptionsSetWarningHandlerExtR");
  options.open = (__typeof__(options.open))dlsym(handle, "TIFFClientOpenExt");
  has_options = options.alloc && options.release && options.set_errors && options.set_warnings && options.open;
  is_open = true;
}

const tiff_library *tiff_library_open(void) {
  pthread_once(&once, open_library);
  return is_open ? &library : NULL;
}

static int keep(tiff_source *source, const char *format, va_list arguments) {
  if (source->reports++ == 0) vsnprintf(source->text, sizeof source->text, format, arguments);
  return 1;
}

static int on_error(TIFF *tif, void *source, const char *module, const char *format, va_list arguments) {
  (void)tif, (void)module;
  return keep(source, format, arguments);
}

static int on_warning(TIFF *tif, void *source, const char *module, const char *format, va_list arguments) {
  (void)tif, (void)module;
  // Remarks on old-style LZW and JPEG are no damage.
  if (!((tiff_source *)source)->counts_warnings || strstr(format, "ld-style")) return 1;
  return keep(source, format, arguments);
}

static tmsize_t read_some(thandle_t handle, void *target, tmsize_t size) {
  tiff_source *source = handle;
  if (size <= 0 || source->position >= source->size) return 0;
  uint64_t count = source->size - source->position;
  if (count > (uint64_t)size) count = (uint64_t)size;
  memcpy(target, source->data + source->position, count);
  source->position += count;
  return (tmsize_t)count;
}

static tmsize_t write_nothing(thandle_t handle, void *bytes, tmsize_t size) {
  (void)handle, (void)bytes, (void)size;
  return -1;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  tiff_source *source = handle;
  switch (whence) {
  case SEEK_SET: source->position = offset; break;
  case SEEK_CUR: source->position += offset; break;
  default: source->position = source->size + offset; break;
  }
  return source->position;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t size_of(thandle_t handle) { return ((tiff_source *)handle)->size; }

static int map(thandle_t handle, void **base, toff_t *size) {
  const tiff_source *source = handle;
  // Only read: libtiff maps files without the right to write.
  *base = (void *)(uintptr_t)source->data;
  *size = source->size;
  return 1;
}

static void unmap(thandle_t handle, void *base, toff_t size) { (void)handle, (void)base, (void)size; }

TIFF *tiff_source_open(const tiff_library *lib, tiff_source *source, tmsize_t largest) {
  // h: no directory yet.
  if (!has_options)
    return lib->TIFFClientOpen("picture", "rh", source, read_some, write_nothing, seek, close_nothing, size_of, map,
                               unmap);
  void *opts = options.alloc();
  if (!opts) return NULL;
  if (options.set_largest) options.set_largest(opts, largest);
  options.set_errors(opts, on_error, source);
  options.set_warnings(opts, on_warning, source);
  TIFF *tif = options.open("picture", "rh", source, read_some, write_nothing, seek, close_nothing, size_of, map, unmap,
                           opts);
  options.release(opts);
  return tif;
}
