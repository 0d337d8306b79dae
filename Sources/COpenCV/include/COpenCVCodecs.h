// OpenCV's image codecs, opened when they are first needed: libopencv_imgcodecs costs 0.1 s and 43 MB at start.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  ocvc_ok = 0,
  // The library is not installed; the message names the files that were tried.
  ocvc_missing,
  // The codec could not read or write the picture.
  ocvc_refused,
  ocvc_out_of_memory,
} ocvc_code;

typedef struct {
  ocvc_code code;
  char message[240];
} ocvc_status;

// A decoded picture: 8-bit BGR, rows `stride` bytes apart, valid until it is released.
typedef struct {
  const uint8_t *data;
  int width, height;
  size_t stride;
  void *handle;
} ocvc_picture;

typedef struct {
  const uint8_t *data;
  size_t size;
  void *handle;
} ocvc_bytes;

// Opens the library, once per process; any thread.
ocvc_status ocvc_load(void);

// Decodes into BGR as it is stored (EXIF's orientation is not applied); 16 bits become 8, alpha is dropped.
ocvc_status ocvc_decode(const uint8_t *data, size_t size, ocvc_picture *picture);
// The alpha of a picture as it is stored, 8 bits per pixel; `data` is NULL if it has none.
ocvc_status ocvc_decode_alpha(const uint8_t *data, size_t size, ocvc_picture *picture);
void ocvc_release_picture(ocvc_picture *picture);

// Encodes `channels` (1: grey, 3: BGR, 4: BGRA) samples of 8 bits; `extension` is ".png", ".jpg" or ".webp", and
// `parameters` are pairs as cv::imencode takes them.
ocvc_status ocvc_encode(
    const char *extension, const uint8_t *data, int width, int height, int channels, size_t stride,
    const int *parameters, size_t parameter_count, ocvc_bytes *bytes);
void ocvc_release_bytes(ocvc_bytes *bytes);

#ifdef __cplusplus
}
#endif
