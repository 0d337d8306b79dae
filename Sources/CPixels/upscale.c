#include "CPixelsUpscale.h"

static inline uint8_t rounded(float value) {
  // Not a number becomes 0, as comparisons with it are false.
  return value > 0 ? (value < 255 ? (uint8_t)(value + 0.5f) : 255) : 0;
}

static inline uint8_t clipped(int value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

// BT.601 in 14 bits, as everywhere here.
static inline int brightness(int red, int green, int blue) {
  return (red * 4899 + green * 9617 + blue * 1868 + 8192) >> 14;
}

void cpixels_unpack(
    cpixels_samples s, int width, int height, int channels, const float *mean, const float *scale, bool grey,
    bool blue_first, uint8_t *target, size_t stride) {
  float factor[3];
  for (int c = 0; c < channels; c++) factor[c] = 1 / scale[c];
  for (int y = 0; y < height; y++) {
    const float *from = s.values + (size_t)y * s.row;
    uint8_t *to = target + (size_t)y * stride;
    if (channels == 1) {
      for (int x = 0; x < width; x++) to[x] = rounded(from[(size_t)x * s.step] * factor[0] + mean[0]);
    } else if (grey) {
      for (int x = 0; x < width; x++) {
        int v[3];
        for (int c = 0; c < 3; c++)
          v[c] = rounded(from[(size_t)x * s.step + (size_t)c * s.plane] * factor[c] + mean[c]);
        to[x] = (uint8_t)brightness(v[blue_first ? 2 : 0], v[1], v[blue_first ? 0 : 2]);
      }
    } else {
      for (int c = 0; c < 3; c++) {
        const float *plane = from + (size_t)c * s.plane;
        for (int x = 0; x < width; x++)
          to[3 * x + c] = rounded(plane[(size_t)x * s.step] * factor[c] + mean[c]);
      }
    }
  }
}

void cpixels_spread(const uint8_t *grey, uint8_t *target, size_t count) {
  for (size_t i = 0; i < count; i++) target[3 * i] = target[3 * i + 1] = target[3 * i + 2] = grey[i];
}

// OpenCV's YCrCb of 8 bits, so that the colours are those of its dnn_superres.
void cpixels_ycrcb(const uint8_t *pixels, uint8_t *target, size_t count, bool blue_first) {
  const int red = blue_first ? 2 : 0, blue = 2 - red;
  for (size_t i = 0; i < count; i++, pixels += 3, target += 3) {
    const int r = pixels[red], b = pixels[blue], y = brightness(r, pixels[1], b);
    target[0] = (uint8_t)y;
    target[1] = clipped(((r - y) * 11682 + (128 << 14) + 8192) >> 14);
    target[2] = clipped(((b - y) * 9241 + (128 << 14) + 8192) >> 14);
  }
}

void cpixels_recolour(uint8_t *pixels, const uint8_t *luma, size_t count, bool blue_first) {
  const int red = blue_first ? 2 : 0, blue = 2 - red;
  for (size_t i = 0; i < count; i++, pixels += 3) {
    const int y = luma[i], cr = pixels[1] - 128, cb = pixels[2] - 128;
    pixels[red] = clipped(y + ((cr * 22987 + 8192) >> 14));
    pixels[1] = clipped(y + ((cr * -11698 + cb * -5636 + 8192) >> 14));
    pixels[blue] = clipped(y + ((cb * 29049 + 8192) >> 14));
  }
}

void cpixels_interleave(const uint8_t *pixels, const uint8_t *alpha, uint8_t *target, size_t count, int channels) {
  for (size_t i = 0; i < count; i++) {
    for (int c = 0; c < channels; c++) *target++ = *pixels++;
    *target++ = alpha[i];
  }
}
