// A JPEG encoder that streams rows to a descriptor: its memory does not grow with the picture.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cjpeg_encoder cjpeg_encoder;

typedef struct {
  int width, height;
  /// 1: grey, 3: colour.
  int channels;
  int blue_first;
  int quality;
  /// Pixels per inch (unit 1) or per centimetre (2); unit 0: not stated.
  int density_unit, density_x, density_y;
  /// A TIFF stream for an EXIF segment, and a colour profile; NULL: none.
  const uint8_t *exif;
  size_t exif_size;
  const uint8_t *profile;
  size_t profile_size;
} cjpeg_picture;

/// Returns NULL if memory is out.
cjpeg_encoder *cjpeg_encoder_create(void);
void cjpeg_encoder_destroy(cjpeg_encoder *encoder);

/// These return 0, or 1 after an error; then only the message and destroy may be called.
int cjpeg_encoder_begin(cjpeg_encoder *encoder, int descriptor, const cjpeg_picture *picture);
int cjpeg_encoder_rows(cjpeg_encoder *encoder, const uint8_t *rows, size_t stride, int count);
int cjpeg_encoder_end(cjpeg_encoder *encoder);

const char *cjpeg_encoder_message(const cjpeg_encoder *encoder);

#ifdef __cplusplus
}
#endif
