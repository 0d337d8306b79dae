// The loop that makes a part of a picture unrecognisable.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One channel of a part of a picture.
typedef struct {
  /// The first sample.
  void *base;
  /// Bytes of a sample: 1, or 2 in the order of the machine.
  int sample_bytes;
  /// Samples from pixel to pixel, and bytes from row to row.
  size_t step, stride;
  int width, height;
} cpixels_plane;

/// What replaces the samples: the averages of a grid of cells over the whole part, of at most 64 x 64 cells.
typedef struct {
  int columns, rows;
  /// Whether the averages are interpolated from centre to centre; otherwise a cell has one value.
  bool is_smooth;
} cpixels_grid;

/// Replaces the samples whose byte in `mask` (`width` x `height`) is not 0. Nothing but the averages is left of them.
void cpixels_obscure(const cpixels_plane *plane, const uint8_t *mask, const cpixels_grid *grid);

#ifdef __cplusplus
}
#endif
