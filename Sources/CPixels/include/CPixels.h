// The pixel loops: a resampler that takes rows, and the conversions around it.
//
// Pictures are 8-bit, rows from the top, samples interleaved (HWC), 1 or 3 channels. Nothing here allocates per image
// once its buffers have grown. Results are the same on every x86-64 and ARM machine: no fused multiply-add.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CPixelsAlpha.h"
#include "CPixelsNetpbm.h"
#include "CPixelsObscure.h"
#include "CPixelsUpscale.h"

#ifdef __cplusplus
extern "C" {
#endif

// MARK: resampling

typedef enum { cpixels_area, cpixels_bilinear, cpixels_bicubic, cpixels_linear } cpixels_filter;

typedef struct {
  /// Size of the source, and the part of it that the picture fills (less than a pixel smaller: the last column of a
  /// reduced JPEG stands for fewer than eight).
  int source_width, source_height;
  double extent_width, extent_height;
  /// The whole resized picture, and the window of it to compute.
  int resized_width, resized_height;
  int x, y, width, height;
  int channels;
  cpixels_filter filter;
  /// Destination of the window: `width` x `height` pixels, rows `stride` bytes apart.
  uint8_t *target;
  size_t stride;
} cpixels_plan;

typedef struct cpixels_resampler cpixels_resampler;

/// Returns NULL if memory is out.
cpixels_resampler *cpixels_resampler_create(void);
void cpixels_resampler_destroy(cpixels_resampler *resampler);

/// Upper bound of the bytes that a resampler allocates for such a picture. The target does not count.
size_t cpixels_resampler_bytes(const cpixels_plan *plan);

/// Prepares for a picture; returns false if memory is out.
bool cpixels_resampler_begin(cpixels_resampler *resampler, const cpixels_plan *plan);

/// The source rows [first, end) and columns [first, end) that the window needs; others need not be pushed.
void cpixels_resampler_rows(const cpixels_resampler *resampler, int *first, int *end);
void cpixels_resampler_columns(const cpixels_resampler *resampler, int *first, int *end);

/// Pushes source rows [y, y + count), `stride` bytes apart, whose first sample is column `x`. Rows come in order; those
/// that are not needed are ignored. A target row is written as soon as its last source row has come.
void cpixels_resampler_push(
    cpixels_resampler *resampler, const uint8_t *rows, size_t stride, int x, int y, int count);

// MARK: crops

typedef struct {
  int source_width, source_height;
  size_t source_stride;
  /// 1 or 3.
  int channels;
  /// Maps pixel centres of the target to the source; row-major, projective.
  double matrix[9];
  /// The part of the target to compute; `target` is its first pixel.
  int x, y, width, height;
  size_t target_stride;
  /// Samples along each axis of a target pixel: as many as it covers source pixels, for smooth reductions.
  int samples;
  /// Whether pixels outside the source repeat its edge; otherwise they are black.
  bool repeat_edge;
} cpixels_warp_plan;

/// Fills the target with bilinear samples of the source.
void cpixels_warp(const cpixels_warp_plan *plan, const uint8_t *source, uint8_t *target);

// MARK: conversions

/// Copies a stored picture of `width` x `height` as EXIF orientation 1 to 8 directs; 5 to 8 transpose it.
void cpixels_orient(
    const uint8_t *source, size_t source_stride, int width, int height, int channels, int orientation,
    uint8_t *target, size_t target_stride);

/// Swaps red and blue of `count` pixels; source and target may be the same.
void cpixels_swap(const uint8_t *source, uint8_t *target, size_t count);

/// Converts `count` pixels to luma (BT.601); `blue_first` for BGR.
void cpixels_grey(const uint8_t *source, uint8_t *target, size_t count, bool blue_first);

/// The same in place: the luma overwrites the front of the buffer.
void cpixels_grey_in_place(uint8_t *pixels, size_t count, bool blue_first);

/// Packs a slot of `count` pixels as one image of a float32 batch: (x - mean[c]) * scale[c], in planes (NCHW) or
/// interleaved (NHWC).
void cpixels_pack_nchw(
    const uint8_t *source, size_t count, int channels, const float *mean, const float *scale, float *target);
void cpixels_pack_nhwc(
    const uint8_t *source, size_t count, int channels, const float *mean, const float *scale, float *target);

#ifdef __cplusplus
}
#endif
