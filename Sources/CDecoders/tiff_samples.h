// Samples of a TIFF at their own depth, and their reduction to 8 bits.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { tiff_unsigned, tiff_signed, tiff_float } tiff_format;

/// Kind of the samples of a picture.
typedef struct {
  int bits;
  tiff_format format;
  /// A value that stands for "no data", if there is one: black, and outside the measured range.
  bool has_nodata;
  float nodata;
} tiff_samples;

/// Smallest and largest sample that was measured.
typedef struct {
  float least, most;
} tiff_range;

/// How samples become 8 bits: (sample - low) * factor.
typedef struct {
  float low, factor;
} tiff_scale;

/// Whether samples of the kind are read.
bool tiff_samples_are_known(const tiff_samples *samples);

/// Whether samples are whole numbers of at most 8 bits without sign: they are read by `tiff_samples_table`.
bool tiff_samples_are_small(const tiff_samples *samples);

/// Reads `count` samples of a row, from index `first` in steps of `step`.
void tiff_samples_read(const tiff_samples *samples, const uint8_t *row, size_t first, size_t step, size_t count,
                       float *target);

/// The same for small samples, through a table of 256 values.
void tiff_samples_table(const tiff_samples *samples, const uint8_t *row, size_t first, size_t step, size_t count,
                        const uint8_t *table, uint8_t *target, size_t target_step);

void tiff_samples_measure(const tiff_samples *samples, const float *values, size_t count, tiff_range *range);

/// Whether further samples cannot change the scale.
bool tiff_samples_are_measured(const tiff_samples *samples, const tiff_range *range);

/// The scale of a picture whose samples have this range. `declared` is the field MaxSampleValue, 0 if it is absent.
tiff_scale tiff_samples_scale(const tiff_samples *samples, tiff_range range, unsigned declared);

void tiff_samples_reduce(const tiff_samples *samples, const float *values, size_t count, tiff_scale scale,
                         uint8_t *target, size_t target_step);

/// Whether samples are whole numbers of 16 bits that `tiff_samples_reduce_words` reduces in one step, as photos are.
bool tiff_samples_are_words(const tiff_samples *samples, tiff_scale scale);

void tiff_samples_reduce_words(const uint8_t *row, size_t first, size_t step, size_t count, tiff_scale scale,
                               uint8_t *target, size_t target_step);
