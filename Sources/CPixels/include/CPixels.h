// The pixel loops: a resampler that is fed rows, and the small conversions around it.
//
// Pictures are 8-bit, rows from the top, samples interleaved (HWC), 1 or 3 channels. Nothing here allocates per image
// once its buffers have grown. Results are the same on every x86-64 and ARM machine: no fused multiply-add.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CPixelsUpscale.h"

#ifdef __cplusplus
extern "C" {
#endif

// MARK: resampling

typedef enum { cpixels_area, cpixels_bilinear, cpixels_bicubic, cpixels_linear } cpixels_filter;

typedef struct {
  // The rows that will come, and which part of them the picture really fills (less than a whole pixel smaller: the
  // last column of a reduced JPEG stands for fewer than eight).
  int source_width, source_height;
  double extent_width, extent_height;
  // The whole picture after the resize, and the window of it that is wanted.
  int resized_width, resized_height;
  int x, y, width, height;
  int channels;
  cpixels_filter filter;
  // Where the window goes: `width` x `height` pixels, rows `stride` bytes apart.
  uint8_t *target;
  size_t stride;
} cpixels_plan;

typedef struct cpixels_resampler cpixels_resampler;

// NULL when memory is out.
cpixels_resampler *cpixels_resampler_create(void);
void cpixels_resampler_destroy(cpixels_resampler *resampler);

// Gets ready for a picture; false when memory is out.
bool cpixels_resampler_begin(cpixels_resampler *resampler, const cpixels_plan *plan);

// The source rows [first, end) and columns [first, end) that the window is made of; others need not come.
void cpixels_resampler_rows(const cpixels_resampler *resampler, int *first, int *end);
void cpixels_resampler_columns(const cpixels_resampler *resampler, int *first, int *end);

// Takes source rows [y, y + count), `stride` bytes apart, whose first sample is column `x`. Rows come in order; those
// that are not needed are passed over. A finished target row is written as soon as its last source row is here.
void cpixels_resampler_push(
    cpixels_resampler *resampler, const uint8_t *rows, size_t stride, int x, int y, int count);

// MARK: crops

typedef struct {
  int source_width, source_height;
  size_t source_stride;
  // 1 or 3.
  int channels;
  // From a pixel of the target to one of the source, both counted at their centres; row-major, projective.
  double matrix[9];
  // The part of the target that is computed, `target` being its first pixel.
  int x, y, width, height;
  size_t target_stride;
  // Along each axis of a target pixel: as many as it has source pixels under it, for smooth reductions.
  int samples;
  // Outside is the nearest pixel; else black.
  bool repeat_edge;
} cpixels_warp_plan;

// Fills the target with bilinear samples of the source.
void cpixels_warp(const cpixels_warp_plan *plan, const uint8_t *source, uint8_t *target);

// MARK: conversions

// Copies a stored picture of `width` x `height` the way EXIF orientation 1 to 8 says; 5 to 8 write it transposed.
void cpixels_orient(
    const uint8_t *source, size_t source_stride, int width, int height, int channels, int orientation,
    uint8_t *target, size_t target_stride);

// Swaps red and blue of `count` pixels; source and target may be the same.
void cpixels_swap(const uint8_t *source, uint8_t *target, size_t count);

// The brightness (BT.601) of `count` pixels; `blue_first` for BGR.
void cpixels_grey(const uint8_t *source, uint8_t *target, size_t count, bool blue_first);

// The same, over the front of the picture itself.
void cpixels_grey_in_place(uint8_t *pixels, size_t count, bool blue_first);

// A slot of `count` pixels as one image of a float32 batch: (x - mean[c]) * scale[c], planes (NCHW) or pixels (NHWC).
void cpixels_pack_nchw(
    const uint8_t *source, size_t count, int channels, const float *mean, const float *scale, float *target);
void cpixels_pack_nhwc(
    const uint8_t *source, size_t count, int channels, const float *mean, const float *scale, float *target);

// CRC-32 as PNG has it, over `size` bytes; `crc` is 0 or what the bytes before gave.
uint32_t cpixels_crc32(uint32_t crc, const uint8_t *data, size_t size);

#ifdef __cplusplus
}
#endif
