// What a directory of a TIFF holds, and how it is read.
#pragma once

#include "tiff_color.h"
#include "tiff_library.h"
#include "tiff_samples.h"

/// A sample that is read: a colour or alpha.
typedef struct {
  /// Its index among the samples of a pixel.
  int index;
  tiff_samples samples;
  tiff_scale scale;
} tiff_channel;

typedef struct {
  uint32_t width, height;
  /// What is read at once: a tile, a strip that is small or that libtiff converts, or a row.
  uint32_t block_width, block_height;
  uint32_t rows_per_strip;
  bool is_tiled, is_planar;
  /// libtiff converts the picture by itself, to 8-bit RGBA: subsampled colour that is not JPEG of the new style.
  bool is_converted;
  int samples_per_pixel;
  tiff_color color;
  int channel_count;
  tiff_channel channels[5];
  /// Small samples are read through this table.
  bool is_small;
  uint8_t tables[5][256];
  /// The scale depends on the range of the samples.
  bool is_measured;
  unsigned declared_most;
} tiff_plan;

/// Fills the plan from the directory of `tif`; on a kind that is not read sets the result's failure and returns false.
bool tiff_plan_make(const tiff_library *library, TIFF *tif, tiff_plan *plan, cdecoders_result *result);
