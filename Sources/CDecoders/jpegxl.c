// JPEG XL through libjxl: the first frame, as stored.
//
// The declarations are those of libjxl's C interface, which only grows: nothing of it is needed to build.
#include "support.h"

#include <dlfcn.h>
#include <pthread.h>

typedef struct jxl_decoder jxl_decoder;

typedef struct {
  uint32_t channels;
  int type, endianness;
  size_t alignment;
} jxl_pixels;

enum {
  jxl_success = 0,
  jxl_error = 1,
  jxl_needs_input = 2,
  jxl_needs_pixels = 5,
  jxl_full_image = 0x1000,
  jxl_type_u8 = 2,
  jxl_true = 1,
};

// Field, name of the function, result, parameters.
#define JXL_FUNCTIONS(X)                                                                                  \
  X(create, JxlDecoderCreate, jxl_decoder *, (const void *))                                              \
  X(destroy, JxlDecoderDestroy, void, (jxl_decoder *))                                                    \
  X(subscribe, JxlDecoderSubscribeEvents, int, (jxl_decoder *, int))                                      \
  X(keep_orientation, JxlDecoderSetKeepOrientation, int, (jxl_decoder *, int))                            \
  X(input, JxlDecoderSetInput, int, (jxl_decoder *, const uint8_t *, size_t))                             \
  X(process, JxlDecoderProcessInput, int, (jxl_decoder *))                                                \
  X(size, JxlDecoderImageOutBufferSize, int, (const jxl_decoder *, const jxl_pixels *, size_t *))         \
  X(output, JxlDecoderSetImageOutBuffer, int, (jxl_decoder *, const jxl_pixels *, void *, size_t))

static struct {
#define JXL_FIELD(field, name, result, parameters) result(*field) parameters;
  JXL_FUNCTIONS(JXL_FIELD)
#undef JXL_FIELD
  int is_open;
} library;
static pthread_once_t opened = PTHREAD_ONCE_INIT;

static void open_library(void) {
  static const char *const names[] = {"libjxl.so.0.7",  "libjxl.so.0.8",  "libjxl.so.0.9",  "libjxl.so.0.10",
                                      "libjxl.so.0.11", "libjxl.dylib", "/opt/homebrew/lib/libjxl.dylib", NULL};
  void *handle = cdecoders_open(names);
  if (!handle) return;
#define JXL_FIND(field, name, result, parameters)  \
  *(void **)&library.field = dlsym(handle, #name); \
  if (!library.field) return;
  JXL_FUNCTIONS(JXL_FIND)
#undef JXL_FIND
  library.is_open = 1;
}

static void decode(const cdecoders_request *request, cdecoders_result *result, jxl_decoder *decoder) {
  // Without alpha in the file libjxl makes it opaque.
  const jxl_pixels form = {4, jxl_type_u8, 0, 0};
  const size_t expected = 4 * (size_t)request->width * request->height;
  if (library.subscribe(decoder, jxl_full_image) || library.keep_orientation(decoder, jxl_true) ||
      library.input(decoder, request->data, request->size)) {
    cdecoders_fail(result, cdecoders_corrupt, "its data cannot be decoded");
    return;
  }
  // Input that ends early is left open: libjxl would print a line about it.
  for (;;) {
    const int status = library.process(decoder);
    size_t size = 0;
    switch (status) {
      case jxl_needs_pixels:
        if (library.size(decoder, &form, &size) || size != expected) {
          cdecoders_fail(result, cdecoders_corrupt, "the picture has not the size of its header");
          return;
        }
        if (library.output(decoder, &form, request->pixels, size)) {
          cdecoders_fail(result, cdecoders_corrupt, "its data cannot be decoded");
          return;
        }
        break;
      case jxl_full_image:
        for (uint8_t *pixel = request->pixels; pixel < request->pixels + expected; pixel += 4) {
          const uint8_t red = pixel[0];
          pixel[0] = pixel[2];
          pixel[2] = red;
        }
        result->channels = 4;
        return;
      case jxl_needs_input: cdecoders_fail(result, cdecoders_truncated, "premature end of data"); return;
      case jxl_success: cdecoders_fail(result, cdecoders_corrupt, "no picture"); return;
      case jxl_error:
      default: cdecoders_fail(result, cdecoders_corrupt, "its data cannot be decoded"); return;
    }
  }
}

void cdecoders_jpegxl(const cdecoders_request *request, cdecoders_result *result) {
  pthread_once(&opened, open_library);
  if (!library.is_open) {
    cdecoders_fail(result, cdecoders_missing, "needs libjxl; install the package libjxl0.7");
    return;
  }
  jxl_decoder *decoder = library.create(NULL);
  if (!decoder) {
    cdecoders_fail(result, cdecoders_out_of_memory, "no memory for the picture");
    return;
  }
  decode(request, result, decoder);
  library.destroy(decoder);
}
