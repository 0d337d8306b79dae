// Camera raw files through LibRaw's C interface: the sensor's data, demosaiced at half their size.
//
// The interface has no function for the half size. Its structures differ between versions, so that none is declared
// here; the option is found at run time beside options that have functions (see `find_half_size`).
#define _GNU_SOURCE  // setenv under strict C11
#include "support.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/// A picture of libraw_dcraw_make_mem_image, the same in all versions since 0.12.
typedef struct {
  int kind;
  uint16_t height, width, colors, bits;
  unsigned size;
  uint8_t samples[1];
} raw_image;

enum {
  // No printing of errors.
  raw_silent = 3,
  raw_bitmap = 2,
  raw_file_unsupported = -2,
  raw_not_implemented = -7,
  raw_unsufficient_memory = -100007,
  raw_io_error = -100009,
  // Bytes at the beginning of the library's structure among which its options are. The whole has more than 128 KiB: a
  // tone curve of 65536 samples follows the options.
  option_range = 64 << 10,
};

// Field, name of the function, result, parameters.
#define RAW_FUNCTIONS(X)                                            \
  X(init, libraw_init, void *, (unsigned))                          \
  X(close, libraw_close, void, (void *))                            \
  X(open, libraw_open_buffer, int, (void *, void *, size_t))        \
  X(unpack, libraw_unpack, int, (void *))                           \
  X(process, libraw_dcraw_process, int, (void *))                   \
  X(image, libraw_dcraw_make_mem_image, raw_image *, (void *, int *)) \
  X(free_image, libraw_dcraw_clear_mem, void, (raw_image *))        \
  X(text, libraw_strerror, const char *, (int))                     \
  X(camera_multiplier, libraw_get_cam_mul, float, (void *, int))    \
  X(set_multiplier, libraw_set_user_mul, void, (void *, int, float)) \
  X(raw_width, libraw_get_raw_width, int, (void *))                 \
  X(raw_height, libraw_get_raw_height, int, (void *))               \
  X(on_data_error, libraw_set_dataerror_handler, void, (void *, void (*)(void *, const char *, int64_t), void *)) \
  X(set_bright, libraw_set_bright, void, (void *, float))           \
  X(set_highlight, libraw_set_highlight, void, (void *, int))       \
  X(set_color, libraw_set_output_color, void, (void *, int))        \
  X(set_bits, libraw_set_output_bps, void, (void *, int))           \
  X(set_demosaic, libraw_set_demosaic, void, (void *, int))

static struct {
#define RAW_FIELD(field, name, result, parameters) result(*field) parameters;
  RAW_FUNCTIONS(RAW_FIELD)
#undef RAW_FIELD
  int is_open;
  // Offset of the option half_size in the structure; 0 if it was not found.
  size_t half_size;
} library;
static pthread_once_t opened = PTHREAD_ONCE_INIT;

/// Offset of the only 4 bytes that differ; 0 if none differ, or more than one group of 4.
static size_t difference(const uint8_t *a, const uint8_t *b) {
  size_t found = 0;
  for (size_t i = 0; i < option_range; i += 4) {
    if (memcmp(a + i, b + i, 4) == 0) continue;
    if (found) return 0;
    found = i;
  }
  return found;
}

/// Finds half_size: the options bright, threshold, half_size, four_color_rgb, highlight, use_auto_wb, use_camera_wb,
/// use_camera_matrix, output_color follow each other, 4 bytes each, in LibRaw 0.14 to 0.22. Three of them have
/// functions; the distances between those prove the order. Without it pictures are demosaiced whole, and slowly.
static void find_half_size(void) {
  uint8_t *copy = malloc(option_range);
  uint8_t *structure = library.init(raw_silent);
  if (copy && structure) {
    memcpy(copy, structure, option_range);
    library.set_bright(structure, 3);
    const size_t bright = difference(copy, structure);
    memcpy(copy, structure, option_range);
    library.set_highlight(structure, 7);
    const size_t highlight = difference(copy, structure);
    memcpy(copy, structure, option_range);
    library.set_color(structure, 4);
    const size_t color = difference(copy, structure);
    int value = 1;
    if (bright && highlight == bright + 16 && color == highlight + 16) memcpy(&value, structure + bright + 8, 4);
    if (value == 0) library.half_size = bright + 8;
  }
  free(copy);
  if (structure) library.close(structure);
}

static void open_library(void) {
  static const char *const names[] = {
      "libraw_r.so.20", "libraw_r.so.23", "libraw_r.so.24", "libraw_r.so.22", "libraw_r.so", "libraw_r.dylib",
      "/opt/homebrew/lib/libraw_r.dylib", NULL};
  // Its loops start a thread for each core; a decoder process has one worker's share.
  setenv("OMP_NUM_THREADS", "1", 0);
  void *handle = cdecoders_open(names);
  if (!handle) return;
#define RAW_FIND(field, name, result, parameters)  \
  *(void **)&library.field = dlsym(handle, #name); \
  if (!library.field) return;
  RAW_FUNCTIONS(RAW_FIND)
#undef RAW_FIND
  library.is_open = 1;
  find_half_size();
}

static int failed(cdecoders_result *result, int error) {
  // Positive values are the system's, negative ones the library's.
  if (error == 0) return 0;
  cdecoders_status status = cdecoders_corrupt;
  if (error == raw_file_unsupported || error == raw_not_implemented)
    status = cdecoders_unsupported;
  else if (error == raw_unsufficient_memory)
    status = cdecoders_out_of_memory;
  else if (error == raw_io_error)
    status = cdecoders_truncated;
  cdecoders_fail(result, status, "LibRaw: %s", error < 0 ? library.text(error) : "its data cannot be read");
  return 1;
}

/// Called by LibRaw for data that are damaged, with the offset, and for their early end, with a negative one.
static void on_data_error(void *user, const char *file, int64_t offset) {
  (void)file;
  if (offset < 0)
    cdecoders_warn(user, "premature end of the sensor's data");
  else
    cdecoders_warn(user, "the sensor's data are damaged");
}

/// Copies the picture without the sensor's borders beyond the request's, as BGR; every second pixel where the library
/// did not reduce and the request has no room for all.
static void copy_pixels(const cdecoders_request *request, cdecoders_result *result, const raw_image *image) {
  if (image->kind != raw_bitmap || image->bits != 8 || (image->colors != 1 && image->colors != 3) ||
      (size_t)image->width * image->height * image->colors > image->size || !image->width || !image->height) {
    cdecoders_fail(result, cdecoders_unsupported, "LibRaw: a picture of %d colours", image->colors);
    return;
  }
  const int is_half = image->width * 3 < request->width * 2;
  const int frame_width = request->width / (is_half ? 2 : 1), frame_height = request->height / (is_half ? 2 : 1);
  int width = image->width, height = image->height, left = 0, top = 0;
  // At most a tenth: a larger difference is no border.
  if (width > frame_width && height >= frame_height && (width - frame_width) * 10 < width &&
      (height - frame_height) * 10 < height) {
    left = (width - frame_width) / 2;
    top = (height - frame_height) / 2;
    width = frame_width;
    height = frame_height;
  }
  int step = 1;
  while (width / step > request->width || height / step > request->height) step *= 2;
  result->width = width / step;
  result->height = height / step;
  if (result->width == 0 || result->height == 0) {
    cdecoders_fail(result, cdecoders_corrupt, "LibRaw: a picture of another shape");
    return;
  }
  uint8_t *target = request->pixels;
  for (int y = 0; y < result->height; y++) {
    const uint8_t *row = image->samples + ((size_t)(top + y * step) * image->width + left) * image->colors;
    for (int x = 0; x < result->width; x++, row += (size_t)step * image->colors) {
      if (image->colors == 1) {
        *target++ = row[0];
        continue;
      }
      *target++ = row[2];
      *target++ = row[1];
      *target++ = row[0];
    }
  }
  result->channels = image->colors;
}

void cdecoders_raw(const cdecoders_request *request, cdecoders_result *result) {
  pthread_once(&opened, open_library);
  if (!library.is_open) {
    cdecoders_fail(result, cdecoders_missing, "needs LibRaw; install the package libraw20");
    return;
  }
  raw_image *image = NULL;
  int error = 0;
  uint8_t *raw = library.init(raw_silent);
  if (!raw) {
    cdecoders_fail(result, cdecoders_out_of_memory, "no memory for the picture");
    return;
  }
  library.on_data_error(raw, on_data_error, result);
  if (failed(result, library.open(raw, (void *)request->data, request->size))) goto done;
  // LibRaw fills in what the file does not have. No camera compresses to less than a bit for two samples.
  if (request->size < (size_t)library.raw_width(raw) * (size_t)library.raw_height(raw) / 16) {
    cdecoders_fail(result, cdecoders_truncated, "LibRaw: most of the sensor's data is missing");
    goto done;
  }
  if (failed(result, library.unpack(raw))) goto done;
  // sRGB in 8 bits with the camera's white balance. Bilinear interpolation, where half the size needs one.
  library.set_color(raw, 1);
  library.set_bits(raw, 8);
  library.set_demosaic(raw, 0);
  if (library.camera_multiplier(raw, 0) > 0 && library.camera_multiplier(raw, 2) > 0)
    for (int i = 0; i < 4; i++) library.set_multiplier(raw, i, library.camera_multiplier(raw, i));
  if (library.half_size) {
    const int on = 1;
    memcpy(raw + library.half_size, &on, sizeof on);
  }
  if (failed(result, library.process(raw))) goto done;
  image = library.image(raw, &error);
  if (!image) {
    if (!failed(result, error)) cdecoders_fail(result, cdecoders_out_of_memory, "no memory for the picture");
    goto done;
  }
  copy_pixels(request, result, image);
done:
  if (image) library.free_image(image);
  library.close(raw);
}
