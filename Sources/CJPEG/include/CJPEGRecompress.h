// A picture through a JPEG file in memory and back, for networks whose input is prepared in that way.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// 8-bit samples, interleaved, which are overwritten.
typedef struct {
  uint8_t *samples;
  /// Bytes from row to row.
  size_t stride;
  int width, height;
  /// 1: grey, 3: colour.
  int channels;
  int blue_first;
} cjpeg_samples;

/// Encodes the picture in baseline JPEG of `quality` (1 to 100; colours at half the resolution, as encoders do unless
/// other sampling is requested), and replaces its samples by those of the file. Returns 0, or 1 if memory is out.
int cjpeg_recompress(const cjpeg_samples *picture, int quality);

#ifdef __cplusplus
}
#endif
