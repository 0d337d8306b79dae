#include "tiff_color.h"

#include <math.h>

int tiff_color_count(const tiff_color *color) {
  switch (color->model) {
  case tiff_grey:
  case tiff_palette: return 1;
  case tiff_rgb:
  case tiff_lab: return 3;
  case tiff_cmyk: return 4;
  }
}

int tiff_color_channels(const tiff_color *color) {
  return color->has_alpha ? 4 : color->model == tiff_grey ? 1 : 3;
}

void tiff_color_prepare(tiff_color *color) {
  if (color->model != tiff_lab) return;
  for (int i = 0; i < 256; i++) color->lightness[i] = ((float)i * (100 / 255.f) + 16) / 116;
  for (int i = 0; i < 4096; i++) {
    const float v = (float)i / 4095;
    const float coded = v <= 0.0031308f ? 12.92f * v : 1.055f * powf(v, 1 / 2.4f) - 0.055f;
    color->gamma[i] = (uint8_t)(coded * 255 + 0.5f);
  }
}

static inline float from_lab(float f) { return f > 6 / 29.f ? f * f * f : (f - 4 / 29.f) * (108 / 841.f); }

static inline uint8_t coded(const tiff_color *color, float linear) {
  return color->gamma[linear >= 1 ? 4095 : linear > 0 ? (int)(linear * 4095 + 0.5f) : 0];
}

/// `lab` has L* from 0 to 255 and a*, b* plus 128. The result is sRGB; white is white whatever the white point.
static inline void convert_lab(const tiff_color *color, const uint8_t *lab, uint8_t *bgr) {
  static const float d50[] = {3.1338561f, -1.6168667f, -0.4906146f, -0.9787684f, 1.9161415f,
                              0.0334540f, 0.0719453f,  -0.2289914f, 1.4052427f};
  static const float d65[] = {3.2404542f, -1.5371385f, -0.4985314f, -0.9692660f, 1.8760108f,
                              0.0415560f, 0.0556434f,  -0.2040259f, 1.0572252f};
  const float *m = color->is_d65 ? d65 : d50;
  const float fy = color->lightness[lab[0]];
  const float x = from_lab(fy + (float)(lab[1] - 128) / 500) * (color->is_d65 ? 0.95047f : 0.96422f);
  const float y = from_lab(fy);
  const float z = from_lab(fy - (float)(lab[2] - 128) / 200) * (color->is_d65 ? 1.08883f : 0.82521f);
  bgr[2] = coded(color, m[0] * x + m[1] * y + m[2] * z);
  bgr[1] = coded(color, m[3] * x + m[4] * y + m[5] * z);
  bgr[0] = coded(color, m[6] * x + m[7] * y + m[8] * z);
}

static inline uint8_t divided(uint8_t value, uint8_t alpha) {
  if (alpha == 0) return 0;
  const int straight = (value * 255 + alpha / 2) / alpha;
  return (uint8_t)(straight > 255 ? 255 : straight);
}

/// One pixel; everything is read before anything is written.
static inline void convert(const tiff_color *color, tiff_model model, bool has_alpha, const uint8_t *s, uint8_t *t) {
  uint8_t bgr[3];
  const uint8_t alpha = has_alpha ? s[tiff_color_count(color)] : 255;
  switch (model) {
  case tiff_grey: bgr[0] = bgr[1] = bgr[2] = color->inverted ? 255 - s[0] : s[0]; break;
  case tiff_palette:
    for (int c = 0; c < 3; c++) bgr[c] = color->palette[s[0]][c];
    break;
  case tiff_rgb:
    for (int c = 0; c < 3; c++) bgr[c] = s[2 - c];
    break;
  case tiff_cmyk:
    for (int c = 0; c < 3; c++) bgr[c] = (uint8_t)(((255 - s[2 - c]) * (255 - s[3]) + 127) / 255);
    break;
  case tiff_lab: convert_lab(color, s, bgr); break;
  }
  if (!has_alpha && model == tiff_grey) {
    t[0] = bgr[0];
    return;
  }
  for (int c = 0; c < 3; c++) t[c] = has_alpha && color->premultiplied ? divided(bgr[c], alpha) : bgr[c];
  if (has_alpha) t[3] = alpha;
}

void tiff_color_convert(const tiff_color *color, const uint8_t *source, size_t step, size_t count, uint8_t *target) {
  // The common kinds as loops of their own.
  if (color->model == tiff_rgb && !color->has_alpha) {
    for (size_t i = 0; i < count; i++) convert(color, tiff_rgb, false, source + i * step, target + i * 3);
  } else if (color->model == tiff_grey && !color->has_alpha) {
    for (size_t i = 0; i < count; i++) convert(color, tiff_grey, false, source + i * step, target + i);
  } else {
    const int channels = tiff_color_channels(color);
    for (size_t i = 0; i < count; i++)
      convert(color, color->model, color->has_alpha, source + i * step, target + i * (size_t)channels);
  }
}
