// From the 8-bit samples of a TIFF to grey, BGR or BGR and straight alpha.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { tiff_grey, tiff_palette, tiff_rgb, tiff_cmyk, tiff_lab } tiff_model;

typedef struct {
  tiff_model model;
  /// Grey: white is 0.
  bool inverted;
  /// Whether a sample of alpha follows the colours, and whether the colours are multiplied by it.
  bool has_alpha, premultiplied;
  /// Palette: BGR of each index.
  uint8_t palette[256][3];
  /// L*a*b*: the white point is D65, otherwise D50.
  bool is_d65;
  /// L*a*b*: filled by `tiff_color_prepare`.
  float lightness[256];
  uint8_t gamma[4096];
} tiff_color;

/// Number of colour samples of a pixel.
int tiff_color_count(const tiff_color *color);

/// Number of channels of the result: 1, 3 or 4.
int tiff_color_channels(const tiff_color *color);

void tiff_color_prepare(tiff_color *color);

/// Converts `count` pixels of `step` samples each. `target` may be `source` if `step` is not below the result's
/// channels.
void tiff_color_convert(const tiff_color *color, const uint8_t *source, size_t step, size_t count, uint8_t *target);
