#include "CPixels.h"
#include "clones.h"
#include <string.h>

#pragma STDC FP_CONTRACT OFF

void cpixels_orient(
    const uint8_t *source, size_t source_stride, int width, int height, int channels, int orientation,
    uint8_t *target, size_t target_stride) {
  // Where the stored pixel (0, 0) lands, and how far a step right or down goes.
  ptrdiff_t c = channels, row = (ptrdiff_t)target_stride, right, down;
  ptrdiff_t across = (ptrdiff_t)(width - 1), along = (ptrdiff_t)(height - 1), start;
  switch (orientation) {
    case 2: start = across * c, right = -c, down = row; break;
    case 3: start = across * c + along * row, right = -c, down = -row; break;
    case 4: start = along * row, right = c, down = -row; break;
    case 5: start = 0, right = row, down = c; break;
    case 6: start = along * c, right = row, down = -c; break;
    case 7: start = along * c + across * row, right = -row, down = -c; break;
    case 8: start = across * row, right = -row, down = c; break;
    default: start = 0, right = c, down = row; break;
  }
  // Blocks, so that a transposed picture does not walk through the cache once a pixel.
  enum { block = 32 };
  for (int top = 0; top < height; top += block) {
    int bottom = top + block < height ? top + block : height;
    for (int left = 0; left < width; left += block) {
      int end = left + block < width ? left + block : width;
      for (int y = top; y < bottom; y++) {
        const uint8_t *from = source + (size_t)y * source_stride + (size_t)left * (size_t)channels;
        uint8_t *to = target + start + y * down + left * right;
        if (right == c) {
          memcpy(to, from, (size_t)(end - left) * (size_t)channels);
        } else if (channels == 1) {
          for (int x = left; x < end; x++, from++, to += right) *to = *from;
        } else {
          for (int x = left; x < end; x++, from += 3, to += right) {
            to[0] = from[0];
            to[1] = from[1];
            to[2] = from[2];
          }
        }
      }
    }
  }
}

void cpixels_swap(const uint8_t *source, uint8_t *target, size_t count) {
  for (size_t i = 0; i < 3 * count; i += 3) {
    uint8_t first = source[i], second = source[i + 1], third = source[i + 2];
    target[i] = third;
    target[i + 1] = second;
    target[i + 2] = first;
  }
}

CLONES void cpixels_grey(const uint8_t *restrict source, uint8_t *restrict target, size_t count, bool blue_first) {
  // OpenCV's weights, in 14 bits.
  uint32_t first = blue_first ? 1868 : 4899, third = blue_first ? 4899 : 1868;
  for (size_t i = 0; i < count; i++)
    target[i] = (uint8_t)((source[3 * i] * first + source[3 * i + 1] * 9617u + source[3 * i + 2] * third + 8192) >> 14);
}

void cpixels_grey_in_place(uint8_t *pixels, size_t count, bool blue_first) {
  uint8_t grey[256];
  for (size_t i = 0; i < count; i += sizeof grey) {
    size_t some = count - i < sizeof grey ? count - i : sizeof grey;
    cpixels_grey(pixels + 3 * i, grey, some, blue_first);
    memcpy(pixels + i, grey, some);
  }
}

CLONES static void pack_plane(const uint8_t *restrict source, size_t count, float mean, float scale, float *restrict target) {
  for (size_t i = 0; i < count; i++) target[i] = ((float)source[i] - mean) * scale;
}

CLONES static void pack_planes(
    const uint8_t *restrict source, size_t count, const float *restrict mean, const float *restrict scale,
    float *restrict first, float *restrict second, float *restrict third) {
  float m0 = mean[0], m1 = mean[1], m2 = mean[2], s0 = scale[0], s1 = scale[1], s2 = scale[2];
  for (size_t i = 0; i < count; i++) {
    first[i] = ((float)source[3 * i] - m0) * s0;
    second[i] = ((float)source[3 * i + 1] - m1) * s1;
    third[i] = ((float)source[3 * i + 2] - m2) * s2;
  }
}

void cpixels_pack_nchw(
    const uint8_t *source, size_t count, int channels, const float *mean, const float *scale, float *target) {
  if (channels == 3)
    pack_planes(source, count, mean, scale, target, target + count, target + 2 * count);
  else
    pack_plane(source, count, mean[0], scale[0], target);
}

CLONES static void pack_pixels(
    const uint8_t *restrict source, size_t blocks, const float *restrict mean, const float *restrict scale,
    float *restrict target) {
  // Eight pixels are 24 samples: whole vectors, whose means and scales repeat.
  for (size_t b = 0; b < blocks; b++, source += 24, target += 24)
    for (int i = 0; i < 24; i++) target[i] = ((float)source[i] - mean[i]) * scale[i];
}

void cpixels_pack_nhwc(
    const uint8_t *source, size_t count, int channels, const float *mean, const float *scale, float *target) {
  if (channels != 3) {
    pack_plane(source, count, mean[0], scale[0], target);
    return;
  }
  float means[24], scales[24];
  for (int i = 0; i < 24; i++) {
    means[i] = mean[i % 3];
    scales[i] = scale[i % 3];
  }
  size_t blocks = count / 8;
  pack_pixels(source, blocks, means, scales, target);
  for (size_t i = 24 * blocks; i < 3 * count; i++) target[i] = ((float)source[i] - mean[i % 3]) * scale[i % 3];
}
