// The loops around a network for super-resolution: samples into bytes, brightness into colour.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Where samples lie: `step` floats from pixel to pixel, `row` from row to row, `plane` from channel to channel.
typedef struct {
  const float *values;
  size_t step, row, plane;
} cpixels_samples;

// A part of `width` x `height` pixels, clipped and rounded: value / scale[c] + mean[c], for `channels` (1 or 3).
// With `grey` three channels become their brightness.
void cpixels_unpack(
    cpixels_samples samples, int width, int height, int channels, const float *mean, const float *scale, bool grey,
    bool blue_first, uint8_t *target, size_t stride);

// One grey sample for each of three channels.
void cpixels_spread(const uint8_t *grey, uint8_t *target, size_t count);

// Brightness and colour (Y, Cr, Cb) of `count` pixels of three channels.
void cpixels_ycrcb(const uint8_t *pixels, uint8_t *target, size_t count, bool blue_first);

// Makes `count` pixels of Y, Cr, Cb into three channels, with another brightness.
void cpixels_recolour(uint8_t *pixels, const uint8_t *brightness, size_t count, bool blue_first);

// Puts alpha behind each pixel of `channels` (1 or 3) samples.
void cpixels_interleave(const uint8_t *pixels, const uint8_t *alpha, uint8_t *target, size_t count, int channels);

#ifdef __cplusplus
}
#endif
