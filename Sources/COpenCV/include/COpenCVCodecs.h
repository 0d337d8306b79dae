#pragma once

// A C interface to OpenCV's image codecs. Their library is opened at the first call, on any thread, once per process:
// libopencv_imgcodecs costs 0.1 s and 43 MB at start.
//
// No function throws, aborts or prints.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  copencvcodecs_ok = 0,
  /// The library is not installed, or of another version; the message states which.
  copencvcodecs_missing,
  /// The codec could not read or write the picture.
  copencvcodecs_refused,
  copencvcodecs_out_of_memory,
} copencvcodecs_code;

/// Result of a call.
typedef struct {
  copencvcodecs_code code;
  /// One line of UTF-8, NUL-terminated; empty on success.
  char message[240];
} copencvcodecs_status;

/// A decoded picture: 8-bit BGR (3 channels) or BGR and straight alpha (4); rows are `stride` bytes apart. Valid until it
/// is released.
typedef struct {
  const uint8_t *data;
  int width, height;
  int channels;
  size_t stride;
  void *handle;
} copencvcodecs_picture;

/// An encoded picture, valid until it is released.
typedef struct {
  const uint8_t *data;
  size_t size;
  void *handle;
} copencvcodecs_bytes;

/// Decodes as it is stored (EXIF's orientation is not applied); 16 bits become 8. Alpha is dropped unless `keeps_alpha` is
/// not 0.
copencvcodecs_status copencvcodecs_decode(
    const uint8_t *data, size_t size, int keeps_alpha, copencvcodecs_picture *picture);

void copencvcodecs_release_picture(copencvcodecs_picture *picture);

/// Encodes `channels` (1: grey, 3: BGR, 4: BGRA) samples of 8 bits, rows `stride` bytes apart; `extension` is ".png",
/// ".jpg" or ".webp", and `parameters` are pairs as cv::imencode takes them.
copencvcodecs_status copencvcodecs_encode(
    const char *extension, const uint8_t *data, int width, int height, int channels, size_t stride,
    const int *parameters, size_t parameter_count, copencvcodecs_bytes *bytes);

void copencvcodecs_release_bytes(copencvcodecs_bytes *bytes);

#ifdef __cplusplus
}
#endif
