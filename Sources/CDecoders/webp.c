// WebP through libwebp: still pictures, and frames of animations composed on their canvas.
#include "CPixelsAlpha.h"
#include "support.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>

typedef struct {
  int (*init)(WebPDecoderConfig *, int);
  VP8StatusCode (*features)(const uint8_t *, size_t, WebPBitstreamFeatures *, int);
  VP8StatusCode (*decode)(const uint8_t *, size_t, WebPDecoderConfig *);
} webp_library;

static webp_library library;
static pthread_once_t opened = PTHREAD_ONCE_INIT;

static void open_library(void) {
  static const char *const names[] = {"libwebp.so.7", "libwebp.7.dylib", "/opt/homebrew/lib/libwebp.7.dylib", NULL};
  void *handle = cdecoders_open(names);
  if (!handle) return;
  webp_library found;
  *(void **)&found.init = dlsym(handle, "WebPInitDecoderConfigInternal");
  *(void **)&found.features = dlsym(handle, "WebPGetFeaturesInternal");
  *(void **)&found.decode = dlsym(handle, "WebPDecode");
  if (found.init && found.features && found.decode) library = found;
}

static void fail(cdecoders_result *result, VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED: cdecoders_fail(result, cdecoders_truncated, "premature end of data"); break;
    case VP8_STATUS_OUT_OF_MEMORY: cdecoders_fail(result, cdecoders_out_of_memory, "no memory for the picture"); break;
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      cdecoders_fail(result, cdecoders_unsupported, "a feature that libwebp does not decode");
      break;
    default: cdecoders_fail(result, cdecoders_corrupt, "its data cannot be decoded");
  }
}

/// Decodes one bitstream (of a file, or of a frame) of the given size; returns whether that succeeded.
static int decode(
    const uint8_t *data, size_t size, int width, int height, int channels, uint8_t *pixels, cdecoders_result *result) {
  WebPDecoderConfig config;
  if (!library.init(&config, WEBP_DECODER_ABI_VERSION)) {
    cdecoders_fail(result, cdecoders_missing, "libwebp is of another version than imgrec was built with");
    return 0;
  }
  VP8StatusCode status = library.features(data, size, &config.input, WEBP_DECODER_ABI_VERSION);
  if (status != VP8_STATUS_OK) {
    fail(result, status);
    return 0;
  }
  if (config.input.width != width || config.input.height != height) {
    cdecoders_fail(result, cdecoders_corrupt, "the picture has not the size of its header");
    return 0;
  }
  config.output.colorspace = channels == 4 ? MODE_BGRA : MODE_BGR;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = width * channels;
  config.output.u.RGBA.size = (size_t)width * height * channels;
  status = library.decode(data, size, &config);
  if (status != VP8_STATUS_OK) fail(result, status);
  return status == VP8_STATUS_OK;
}

static uint32_t le24(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16; }
static uint32_t le32(const uint8_t *p) { return le24(p) | (uint32_t)p[3] << 24; }

/// A frame of an animation (chunk ANMF), in pixels of the canvas.
typedef struct {
  int x, y, width, height, overwrites, clears;
  const uint8_t *data;
  size_t size;
} webp_frame;

/// Finds the next chunk `kind` from `*at` on, and moves `*at` behind it; returns its body, or NULL at the end.
static const uint8_t *next_chunk(const uint8_t *data, size_t size, size_t *at, const char *kind, size_t *length) {
  while (*at + 8 <= size) {
    const uint8_t *chunk = data + *at;
    const size_t body = le32(chunk + 4);
    if (body > size - *at - 8) return NULL;
    *at += 8 + body + (body & 1);
    if (memcmp(chunk, kind, 4) == 0) {
      *length = body;
      return chunk + 8;
    }
  }
  return NULL;
}

static int read_frame(const cdecoders_request *request, const uint8_t *body, size_t length, webp_frame *frame) {
  if (length < 16 + 8) return 0;
  frame->x = 2 * (int)le24(body);
  frame->y = 2 * (int)le24(body + 3);
  frame->width = (int)le24(body + 6) + 1;
  frame->height = (int)le24(body + 9) + 1;
  frame->overwrites = body[15] >> 1 & 1;
  frame->clears = body[15] & 1;
  frame->data = body + 16;
  frame->size = length - 16;
  return frame->x <= request->width - frame->width && frame->y <= request->height - frame->height;
}

static int covers(const webp_frame *frame, const cdecoders_request *request) {
  return frame->width == request->width && frame->height == request->height;
}

/// Composes the frames up to `request->page`, from the last one on that does not show what is under it.
static void decode_animation(const cdecoders_request *request, cdecoders_result *result) {
  const size_t row = (size_t)request->width * 4;
  webp_frame frame, earlier = {0};
  size_t at = 12, start = 12, length;
  int number = 0, first = 0;
  for (; number <= request->page; number++) {
    const size_t here = at;
    const uint8_t *body = next_chunk(request->data, request->size, &at, "ANMF", &length);
    if (!body || !read_frame(request, body, length, &frame)) {
      cdecoders_fail(
          result, cdecoders_corrupt, body ? "a frame extends past the picture" : "frame %d is missing", number + 1);
      return;
    }
    if (number == 0 || (covers(&frame, request) && frame.overwrites) || (earlier.clears && covers(&earlier, request))) {
      start = here;
      first = number;
    }
    earlier = frame;
  }
  // The background colour of the file is a hint that viewers ignore: the canvas is transparent.
  memset(request->pixels, 0, row * request->height);
  uint8_t *pixels = NULL;
  at = start;
  for (number = first; number <= request->page; number++) {
    if (number > first && earlier.clears)
      for (int y = 0; y < earlier.height; y++)
        memset(request->pixels + (earlier.y + y) * row + 4 * (size_t)earlier.x, 0, 4 * (size_t)earlier.width);
    const uint8_t *body = next_chunk(request->data, request->size, &at, "ANMF", &length);
    if (!body || !read_frame(request, body, length, &frame)) break;
    const size_t frame_row = (size_t)frame.width * 4;
    uint8_t *larger = realloc(pixels, frame_row * frame.height);
    if (!larger) {
      cdecoders_fail(result, cdecoders_out_of_memory, "no memory for the picture");
      break;
    }
    pixels = larger;
    if (!decode(frame.data, frame.size, frame.width, frame.height, 4, pixels, result)) break;
    for (int y = 0; y < frame.height; y++) {
      uint8_t *target = request->pixels + (frame.y + y) * row + 4 * (size_t)frame.x;
      if (frame.overwrites)
        memcpy(target, pixels + y * frame_row, frame_row);
      else
        cpixels_blend(target, pixels + y * frame_row, frame.width);
    }
    earlier = frame;
  }
  free(pixels);
  result->channels = 4;
}

void cdecoders_webp(const cdecoders_request *request, cdecoders_result *result) {
  pthread_once(&opened, open_library);
  if (!library.decode) {
    cdecoders_fail(result, cdecoders_missing, "needs libwebp; install the package libwebp7");
    return;
  }
  WebPBitstreamFeatures features;
  const VP8StatusCode status =
      library.features(request->data, request->size, &features, WEBP_DECODER_ABI_VERSION);
  if (status != VP8_STATUS_OK) {
    fail(result, status);
  } else if (features.has_animation) {
    decode_animation(request, result);
  } else {
    result->channels = features.has_alpha ? 4 : 3;
    decode(
        request->data, request->size, request->width, request->height, result->channels, request->pixels, result);
  }
}
