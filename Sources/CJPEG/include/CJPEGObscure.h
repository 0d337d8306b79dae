// A JPEG file with parts of its picture made unrecognisable, and all others as they are: the coefficients of blocks that
// no part touches are written as they were read.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A part of the stored picture, wholly inside it.
typedef struct {
  int x, y, width, height;
  /// `width` x `height` bytes, not 0 where the part is.
  const uint8_t *mask;
  /// Cells whose averages replace its samples, and whether these are interpolated.
  int columns, rows, is_smooth;
} cjpeg_area;

/// A file in memory.
typedef struct {
  uint8_t *data;
  size_t size;
} cjpeg_file;

void cjpeg_file_release(cjpeg_file *file);

#ifdef __cplusplus
}
#endif
