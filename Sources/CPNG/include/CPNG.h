// A PNG encoder that streams rows to a descriptor, over libpng; and zlib's inflate with a bound.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CPNGDecoder.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cpng_encoder cpng_encoder;

typedef struct {
  int width, height;
  /// 1: grey, 2: grey and alpha, 3: colour, 4: colour and alpha.
  int channels;
  int blue_first;
  /// Bits of a sample: 16, in the order of the machine, or 8 (0 too).
  int depth;
  /// Pixels per metre; 0: not stated.
  uint32_t density_x, density_y;
  const uint8_t *exif;
  size_t exif_size;
  const uint8_t *profile;
  size_t profile_size;
  /// Chunks as a file has them, each with its length, kind and checksum, which are written behind the header; NULL: none.
  const uint8_t *chunks;
  size_t chunks_size;
} cpng_picture;

/// Returns NULL if memory is out.
cpng_encoder *cpng_encoder_create(void);
void cpng_encoder_destroy(cpng_encoder *encoder);

/// These return 0, or 1 after an error; then only the message and destroy may be called.
int cpng_encoder_begin(cpng_encoder *encoder, int descriptor, const cpng_picture *picture);
int cpng_encoder_rows(cpng_encoder *encoder, const uint8_t *rows, size_t stride, int count);
int cpng_encoder_end(cpng_encoder *encoder);

const char *cpng_encoder_message(const cpng_encoder *encoder);

/// Inflates a zlib stream into `target`. Returns the number of bytes, or 0 if it is broken or inflates to more than `size`.
size_t cpng_inflate(const uint8_t *data, size_t data_size, uint8_t *target, size_t size);

/// Inflates data without header and checksum (RFC 1951) until `target` is full, the data end or are damaged; returns the
/// number of bytes written.
size_t cpng_inflate_raw(const uint8_t *data, size_t data_size, uint8_t *target, size_t size);

/// The checksum (CRC-32) of a chunk's type and body.
uint32_t cpng_checksum(const uint8_t *data, size_t size);

#ifdef __cplusplus
}
#endif
