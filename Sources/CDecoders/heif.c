// HEIC, HEIF and AVIF through libheif, with their crops, rotations and mirrorings applied.
//
// The declarations are those of libheif's C interface, which only grows: nothing of it is needed to build.
#include "support.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

typedef struct heif_context heif_context;
typedef struct heif_handle heif_handle;
typedef struct heif_image heif_image;

typedef struct {
  int code, detail;
  const char *message;
} heif_error;

/// The beginning of heif_decoding_options; the library allocates the whole.
typedef struct {
  uint8_t version, ignores_transformations;
  void (*start)(void), (*progress)(void), (*end)(void);
  void *user;
  uint8_t reduces_to_8_bits;
} heif_options;

enum {
  heif_unsupported_file = 3,
  heif_unsupported_feature = 4,
  heif_memory = 6,
  heif_detail_end_of_data = 100,
  heif_detail_security_limit = 1000,
  heif_rgb = 1,
  heif_interleaved_rgb = 10,
  heif_interleaved_rgba = 11,
  heif_interleaved = 10,
};

// Field, name of the function, result, parameters.
#define HEIF_FUNCTIONS(X)                                                                                        \
  X(create, heif_context_alloc, heif_context *, (void))                                                          \
  X(destroy, heif_context_free, void, (heif_context *))                                                          \
  X(read, heif_context_read_from_memory_without_copy, heif_error, (heif_context *, const void *, size_t, void *)) \
  X(limit_side, heif_context_set_maximum_image_size_limit, void, (heif_context *, int))                          \
  X(open, heif_context_get_image_handle, heif_error, (heif_context *, uint32_t, heif_handle **))                 \
  X(has_alpha, heif_image_handle_has_alpha_channel, int, (const heif_handle *))                                  \
  X(is_premultiplied, heif_image_handle_is_premultiplied_alpha, int, (const heif_handle *))                      \
  X(close, heif_image_handle_release, void, (const heif_handle *))                                               \
  X(make_options, heif_decoding_options_alloc, heif_options *, (void))                                           \
  X(free_options, heif_decoding_options_free, void, (heif_options *))                                            \
  X(decode, heif_decode_image, heif_error, (heif_handle *, heif_image **, int, int, const heif_options *))       \
  X(width, heif_image_get_width, int, (const heif_image *, int))                                                 \
  X(height, heif_image_get_height, int, (const heif_image *, int))                                               \
  X(plane, heif_image_get_plane_readonly, const uint8_t *, (const heif_image *, int, int *))                     \
  X(release, heif_image_release, void, (const heif_image *))

static struct {
#define HEIF_FIELD(field, name, result, parameters) result(*field) parameters;
  HEIF_FUNCTIONS(HEIF_FIELD)
#undef HEIF_FIELD
  int is_open;
} library;
static pthread_once_t opened = PTHREAD_ONCE_INIT;

static void open_library(void) {
  static const char *const names[] = {"libheif.so.1", "libheif.1.dylib", "/opt/homebrew/lib/libheif.1.dylib", NULL};
  void *handle = cdecoders_open(names);
  if (!handle) return;
#define HEIF_FIND(field, name, result, parameters)       \
  *(void **)&library.field = dlsym(handle, #name);       \
  if (!library.field) return;
  HEIF_FUNCTIONS(HEIF_FIND)
#undef HEIF_FIND
  library.is_open = 1;
}

static int failed(cdecoders_result *result, heif_error error) {
  if (error.code == 0) return 0;
  cdecoders_status status = cdecoders_corrupt;
  if (error.detail == heif_detail_end_of_data)
    status = cdecoders_truncated;
  else if (error.code == heif_memory)
    status = error.detail == heif_detail_security_limit ? cdecoders_corrupt : cdecoders_out_of_memory;
  else if (error.code == heif_unsupported_feature || error.code == heif_unsupported_file)
    status = cdecoders_unsupported;
  cdecoders_fail(result, status, "%s", error.message ? error.message : "its data cannot be decoded");
  return 1;
}

/// Copies a row of RGB or RGBA samples as BGR or BGRA, with straight alpha.
static void copy_row(const uint8_t *source, uint8_t *target, int width, int channels, int is_premultiplied) {
  for (int x = 0; x < width; x++, source += channels, target += channels) {
    unsigned sample[3] = {source[2], source[1], source[0]};
    if (channels == 4) {
      const unsigned alpha = source[3];
      if (is_premultiplied && alpha > 0)
        for (int c = 0; c < 3; c++) {
          const unsigned straight = (sample[c] * 255 + alpha / 2) / alpha;
          sample[c] = straight > 255 ? 255 : straight;
        }
      target[3] = (uint8_t)alpha;
    }
    for (int c = 0; c < 3; c++) target[c] = (uint8_t)sample[c];
  }
}

static void copy_pixels(
    const cdecoders_request *request, cdecoders_result *result, const heif_image *image, int is_premultiplied) {
  int stride = 0;
  const uint8_t *rows = library.plane(image, heif_interleaved, &stride);
  if (!rows || library.width(image, heif_interleaved) != request->width ||
      library.height(image, heif_interleaved) != request->height) {
    cdecoders_fail(result, cdecoders_corrupt, "the picture has not the size of its header");
    return;
  }
  const size_t row = (size_t)request->width * result->channels;
  for (int y = 0; y < request->height; y++)
    copy_row(rows + (size_t)y * stride, request->pixels + y * row, request->width, result->channels, is_premultiplied);
}

void cdecoders_heif(const cdecoders_request *request, cdecoders_result *result) {
  pthread_once(&opened, open_library);
  if (!library.is_open) {
    cdecoders_fail(result, cdecoders_missing, "needs libheif; install the package libheif1");
    return;
  }
  heif_handle *handle = NULL;
  heif_image *image = NULL;
  heif_options *options = library.make_options();
  heif_context *context = library.create();
  if (!options || !context) {
    cdecoders_fail(result, cdecoders_out_of_memory, "no memory for the picture");
    goto done;
  }
  // A side of the stored picture; rotations exchange them.
  library.limit_side(context, 65535);
  options->reduces_to_8_bits = 1;
  if (failed(result, library.read(context, request->data, request->size, NULL))) goto done;
  if (failed(result, library.open(context, request->item, &handle))) goto done;
  result->channels = library.has_alpha(handle) ? 4 : 3;
  if (failed(
          result, library.decode(
                      handle, &image, heif_rgb, result->channels == 4 ? heif_interleaved_rgba : heif_interleaved_rgb,
                      options)))
    goto done;
  copy_pixels(request, result, image, library.is_premultiplied(handle));
done:
  if (image) library.release(image);
  if (handle) library.close(handle);
  if (context) library.destroy(context);
  if (options) library.free_options(options);
}
