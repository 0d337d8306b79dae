// The loops around a super-resolution network: samples to bytes, luma to colour.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Layout of samples: `step` floats from pixel to pixel, `row` from row to row, `plane` from channel to channel.
typedef struct {
  const float *values;
  size_t step, row, plane;
} cpixels_samples;

/// Converts `width` x `height` pixels to bytes, clipped and rounded: value / scale[c] + mean[c], for `channels` (1 or 3).
/// With `grey`, three channels become their luma.
void cpixels_unpack(
    cpixels_samples samples, int width, int height, int channels, const float *mean, const float *scale, bool grey,
    bool blue_first, uint8_t *target, size_t stride);

/// Copies each grey sample to three channels.
void cpixels_spread(const uint8_t *grey, uint8_t *target, size_t count);

/// Converts `count` pixels of three channels to Y, Cr, Cb.
void cpixels_ycrcb(const uint8_t *pixels, uint8_t *target, size_t count, bool blue_first);

/// Converts `count` pixels of Y, Cr, Cb to three channels, with another luma.
void cpixels_recolour(uint8_t *pixels, const uint8_t *luma, size_t count, bool blue_first);

/// Appends alpha to each pixel of `channels` (1 or 3) samples.
void cpixels_interleave(const uint8_t *pixels, const uint8_t *alpha, uint8_t *target, size_t count, int channels);

#ifdef __cplusplus
}
#endif
