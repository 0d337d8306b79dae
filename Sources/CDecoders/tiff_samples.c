#include "tiff_samples.h"

#include <math.h>
#include <string.h>

/// Largest magnitude that counts as data: programs mark absent samples by the lowest float.
static const float largest = 1e30f;

bool tiff_samples_are_known(const tiff_samples *s) {
  if (s->format == tiff_float) return s->bits == 16 || s->bits == 32 || s->bits == 64;
  return (s->bits >= 1 && s->bits <= 32) || s->bits == 64;
}

bool tiff_samples_are_small(const tiff_samples *s) { return s->format == tiff_unsigned && s->bits <= 8; }

/// Reads `bits` (at most 32) from bit `at` of a row, the highest first.
static uint32_t read_bits(const uint8_t *row, size_t at, int bits) {
  uint64_t value = 0;
  const size_t last = (at + (size_t)bits - 1) / 8;
  for (size_t i = at / 8; i <= last; i++) value = value << 8 | row[i];
  return (uint32_t)(value >> (7 - (at + (size_t)bits - 1) % 8) & ((1ULL << bits) - 1));
}

static float half(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float value = exponent == 0    ? ldexpf((float)fraction, -24)
                : exponent == 31 ? (fraction ? NAN : INFINITY)
                                 : ldexpf((float)(fraction + 1024), exponent - 25);
  return bits >> 15 ? -value : value;
}

// Rows of blocks may begin anywhere; memcpy is one load.
#define READ(type, convert)                                           \
  for (size_t i = 0; i < count; i++) {                                \
    type value;                                                       \
    memcpy(&value, row + (first + i * step) * sizeof value, sizeof value); \
    target[i] = convert(value);                                       \
  }

void tiff_samples_read(const tiff_samples *s, const uint8_t *row, size_t first, size_t step, size_t count,
                       float *target) {
  switch (s->bits + 1000 * (int)s->format) {
  case 8: READ(uint8_t, (float)) return;
  case 16: READ(uint16_t, (float)) return;
  case 32: READ(uint32_t, (float)) return;
  case 64: READ(uint64_t, (float)) return;
  case 1008: READ(int8_t, (float)) return;
  case 1016: READ(int16_t, (float)) return;
  case 1032: READ(int32_t, (float)) return;
  case 1064: READ(int64_t, (float)) return;
  case 2016: READ(uint16_t, half) return;
  case 2032: READ(float, ) return;
  case 2064: READ(double, (float)) return;
  }
  for (size_t i = 0; i < count; i++) {
    const size_t index = first + i * step;
    uint32_t value;
    if (s->bits == 24) {
      // libtiff has brought the bytes into this machine's order, the lowest first.
      const uint8_t *p = row + index * 3;
      value = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
    } else {
      value = read_bits(row, index * (size_t)s->bits, s->bits);
    }
    const bool negative = s->format == tiff_signed && value >> (s->bits - 1) & 1;
    target[i] = negative ? (float)((int64_t)value - (1LL << s->bits)) : (float)value;
  }
}

void tiff_samples_table(const tiff_samples *s, const uint8_t *row, size_t first, size_t step, size_t count,
                        const uint8_t *table, uint8_t *target, size_t target_step) {
  if (s->bits == 8) {
    for (size_t i = 0; i < count; i++) target[i * target_step] = table[row[first + i * step]];
  } else if (s->bits == 1 && step == 1 && first == 0) {
    for (size_t i = 0; i < count; i++) target[i * target_step] = table[row[i / 8] >> (7 - i % 8) & 1];
  } else {
    for (size_t i = 0; i < count; i++)
      target[i * target_step] = table[read_bits(row, (first + i * step) * (size_t)s->bits, s->bits)];
  }
}

/// Whether a sample is data.
static inline bool counts(const tiff_samples *s, float value) {
  return value >= -largest && value <= largest && !(s->has_nodata && value == s->nodata);
}

void tiff_samples_measure(const tiff_samples *s, const float *values, size_t count, tiff_range *range) {
  for (size_t i = 0; i < count; i++) {
    if (!counts(s, values[i])) continue;
    if (values[i] < range->least) range->least = values[i];
    if (values[i] > range->most) range->most = values[i];
  }
}

/// The largest value of a whole number of the kind, and the value from which on all bits count as used: a picture that
/// leaves two bits or more unused, as 10, 12 and 14 bits in 16 do, is scaled by the bits that it uses.
static float full_scale(const tiff_samples *s) { return ldexpf(1, s->bits - (s->format == tiff_signed)) - 1; }

bool tiff_samples_are_measured(const tiff_samples *s, const tiff_range *range) {
  return s->format == tiff_unsigned && range->most > full_scale(s) / 4;
}

// What viewers do differs: libtiff's own scales by the depth alone, so that 12 bits in 16 are near black; ImageJ and
// viewers of science stretch each picture to its own range. Here whole numbers keep their zero, so that a dark picture
// stays dark, and are scaled by a power of two; floats and numbers below zero, which have no depth, are stretched.
tiff_scale tiff_samples_scale(const tiff_samples *s, tiff_range range, unsigned declared) {
  if (range.least > range.most) return (tiff_scale){0, 0};
  const bool nonnegative = range.least >= 0;
  if (s->format == tiff_float) {
    if (nonnegative && range.most <= 1) return (tiff_scale){0, 255};
    // Floats that reach the upper half of 8 or 16 bits were made of such samples.
    if (nonnegative && range.most >= 128 && range.most <= 255) return (tiff_scale){0, 1};
    if (nonnegative && range.most >= 32768 && range.most <= 65535) return (tiff_scale){0, 1 / 257.f};
  }
  if (s->format == tiff_float || !nonnegative) {
    const float width = range.most - range.least;
    return (tiff_scale){range.least, width > 0 ? 255 / width : 0};
  }
  float full = full_scale(s);
  // Of 8 bits or fewer, and of packed depths, all bits count.
  if (s->bits >= 16) {
    const float used = declared > 0 && (float)declared > range.most ? (float)declared : range.most;
    const float limit = declared > 0 ? full : full / 4;
    if (used <= limit) {
      full = 255;
      while (full < used) full = full * 2 + 1;
    }
  }
  return (tiff_scale){0, 255 / full};
}

void tiff_samples_reduce(const tiff_samples *s, const float *values, size_t count, tiff_scale scale, uint8_t *target,
                         size_t target_step) {
  for (size_t i = 0; i < count; i++) {
    // NaN compares as false.
    const float value = counts(s, values[i]) ? (values[i] - scale.low) * scale.factor + 0.5f : 0;
    target[i * target_step] = value >= 255 ? 255 : value > 0 ? (uint8_t)value : 0;
  }
}

bool tiff_samples_are_words(const tiff_samples *s, tiff_scale scale) {
  return s->format == tiff_unsigned && s->bits == 16 && !s->has_nodata && scale.low == 0;
}

void tiff_samples_reduce_words(const uint8_t *row, size_t first, size_t step, size_t count, tiff_scale scale,
                               uint8_t *target, size_t target_step) {
  const uint64_t factor = (uint64_t)(scale.factor * (1 << 24) + 0.5f);
  for (size_t i = 0; i < count; i++) {
    uint16_t value;
    memcpy(&value, row + (first + i * step) * 2, 2);
    const uint64_t reduced = (value * factor + (1 << 23)) >> 24;
    target[i * target_step] = reduced > 255 ? 255 : (uint8_t)reduced;
  }
}
