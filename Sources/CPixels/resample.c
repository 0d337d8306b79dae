#include "CPixels.h"
#include "axis.h"
#include "clones.h"
#include <stdlib.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

// Vertical first: a row is added to the few target rows that it is part of, a plain loop over contiguous samples; the
// horizontal pass, which jumps about, then runs once a target row and not once a source row.
//
// A very wide source of which each row is part of many target rows (1,000,000 x 1 enlarged to 320 rows: 4 GB of sums) is
// reduced horizontally first, once a source row; the sums are then as wide as the target.
struct cpixels_resampler {
  cpixels_plan plan;
  cpixels_axis across, down;
  // `ring` rows of sums over the needed columns (or those of the target), and where the next target row to be finished is.
  float *sums;
  // A source row that was resampled horizontally.
  float *reduced;
  size_t room, row;
  int ring, next;
  bool is_across_first;
};

// Floats of the ring up to which the vertical pass comes first: 16 MiB.
enum { most_sums = 4 << 20 };

// Four samples more than needed, for the horizontal pass reads four at once.
static size_t row_of(int columns, int channels) { return (size_t)columns * (size_t)channels + 4; }

cpixels_resampler *cpixels_resampler_create(void) { return calloc(1, sizeof(cpixels_resampler)); }

void cpixels_resampler_destroy(cpixels_resampler *r) {
  if (!r) return;
  cpixels_axis_free(&r->across);
  cpixels_axis_free(&r->down);
  free(r->sums);
  free(r);
}

size_t cpixels_resampler_bytes(const cpixels_plan *p) {
  int columns, rows;
  size_t bytes = cpixels_axis_bytes(
      p->source_width, p->extent_width, p->resized_width, p->width, p->filter, &columns, &rows);
  int across_columns = columns;
  bytes += cpixels_axis_bytes(
      p->source_height, p->extent_height, p->resized_height, p->height, p->filter, &columns, &rows);
  size_t sums = row_of(across_columns, p->channels) * (size_t)rows;
  if (sums > most_sums) {
    sums = row_of(p->width, p->channels) * ((size_t)rows + 1);
    if (sums < most_sums) sums = most_sums;
  }
  return bytes + sums * sizeof(float);
}

bool cpixels_resampler_begin(cpixels_resampler *r, const cpixels_plan *plan) {
  r->plan = *plan;
  const cpixels_plan *p = &r->plan;
  if (!cpixels_axis_make(&r->across, p->source_width, p->extent_width, p->resized_width, p->x, p->width, p->filter) ||
      !cpixels_axis_make(&r->down, p->source_height, p->extent_height, p->resized_height, p->y, p->height, p->filter))
    return false;
  r->next = 0;
  r->ring = 1;
  const cpixels_axis *down = &r->down;
  for (int j = 0, k = 0; j < down->length; j++) {
    while (k < down->length && down->first[k] < down->first[j] + down->count[j]) k++;
    if (k - j > r->ring) r->ring = k - j;
  }
  r->row = row_of(r->across.high - r->across.low, p->channels);
  r->is_across_first = r->row * (size_t)r->ring > most_sums;
  if (r->is_across_first) r->row = row_of(p->width, p->channels);
  size_t needed = r->row * ((size_t)r->ring + (r->is_across_first ? 1 : 0));
  if (needed > r->room) {
    free(r->sums);
    r->sums = malloc(needed * sizeof(float));
    r->room = r->sums ? needed : 0;
    if (!r->sums) return false;
  }
  r->reduced = r->sums + r->row * (size_t)r->ring;
  return true;
}

void cpixels_resampler_rows(const cpixels_resampler *r, int *first, int *end) {
  *first = r->down.low;
  *end = r->down.high;
}

void cpixels_resampler_columns(const cpixels_resampler *r, int *first, int *end) {
  *first = r->across.low;
  *end = r->across.high;
}

CLONES static void set(float *restrict sums, const uint8_t *restrict row, size_t count, float weight) {
  for (size_t i = 0; i < count; i++) sums[i] = (float)row[i] * weight;
}

CLONES static void add(float *restrict sums, const uint8_t *restrict row, size_t count, float weight) {
  for (size_t i = 0; i < count; i++) sums[i] += (float)row[i] * weight;
}

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_ints __attribute__((vector_size(16)));
typedef uint8_t four_bytes __attribute__((vector_size(4)));

static inline uint8_t rounded(float value) {
  value += 0.5f;
  return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

static void finish_grey(const cpixels_axis *across, const float *sums, uint8_t *target) {
  for (int i = 0; i < across->length; i++) {
    const float *weights = across->weights + across->offset[i], *source = sums + (across->first[i] - across->low);
    float sum = 0;
    for (int k = 0; k < across->count[i]; k++) sum += weights[k] * source[k];
    target[i] = rounded(sum);
  }
}

// The sum of a pixel's taps, of which the fourth sample is no part of it, as bytes.
static inline four_bytes resampled(const cpixels_axis *across, const float *sums, int i) {
  const float *weights = across->weights + across->offset[i], *source = sums + 3 * (across->first[i] - across->low);
  four sum = {0.5f, 0.5f, 0.5f, 0.5f};
  for (int k = 0; k < across->count[i]; k++, source += 3) {
    four pixel;
    memcpy(&pixel, source, sizeof pixel);
    sum += pixel * weights[k];
  }
  sum = __builtin_elementwise_min(__builtin_elementwise_max(sum, (four){0, 0, 0, 0}), (four){255, 255, 255, 255});
  return __builtin_convertvector(__builtin_convertvector(sum, four_ints), four_bytes);
}

static void finish_colour(const cpixels_axis *across, const float *sums, uint8_t *target) {
  if (across->length == 0) return;
  int last = across->length - 1;
  // Four bytes are written at once, of which the next pixel replaces the last.
  for (int i = 0; i < last; i++, target += 3) {
    four_bytes pixel = resampled(across, sums, i);
    memcpy(target, &pixel, sizeof pixel);
  }
  four_bytes pixel = resampled(across, sums, last);
  memcpy(target, &pixel, 3);
}

CLONES static void finish_same(const float *restrict sums, uint8_t *restrict target, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int32_t value = (int32_t)(sums[i] + 0.5f);
    value = value < 0 ? 0 : value;
    target[i] = (uint8_t)(value > 255 ? 255 : value);
  }
}

static void reduce_across(const cpixels_axis *across, const uint8_t *row, int channels, float *target) {
  for (int i = 0; i < across->length; i++) {
    const float *weights = across->weights + across->offset[i];
    const uint8_t *source = row + (size_t)(across->first[i] - across->low) * (size_t)channels;
    float sum[3] = {0, 0, 0};
    for (int k = 0; k < across->count[i]; k++)
      for (int c = 0; c < channels; c++) sum[c] += (float)*source++ * weights[k];
    for (int c = 0; c < channels; c++) *target++ = sum[c];
  }
}

static void push_reduced(cpixels_resampler *r, const uint8_t *row, int y) {
  const cpixels_axis *down = &r->down;
  const size_t samples = r->row - 4;
  reduce_across(&r->across, row, r->plan.channels, r->reduced);
  for (int j = r->next; j < down->length && down->first[j] <= y; j++) {
    int tap = y - down->first[j];
    if (tap >= down->count[j]) continue;
    float *sums = r->sums + (size_t)(j % r->ring) * r->row;
    float weight = down->weights[down->offset[j] + tap];
    for (size_t i = 0; i < samples; i++) sums[i] = (tap == 0 ? 0 : sums[i]) + r->reduced[i] * weight;
    if (tap + 1 < down->count[j]) continue;
    finish_same(sums, r->plan.target + (size_t)j * r->plan.stride, samples);
    r->next = j + 1;
  }
}

static void push_one(cpixels_resampler *r, const uint8_t *row, int y) {
  if (r->is_across_first) {
    push_reduced(r, row, y);
    return;
  }
  const cpixels_axis *down = &r->down;
  const cpixels_plan *plan = &r->plan;
  size_t samples = r->row - 4;
  for (int j = r->next; j < down->length && down->first[j] <= y; j++) {
    int tap = y - down->first[j];
    if (tap >= down->count[j]) continue;
    uint8_t *target = plan->target + (size_t)j * plan->stride;
    if (down->count[j] == 1 && r->across.identity) {
      memcpy(target, row, samples);
      r->next = j + 1;
      continue;
    }
    float *sums = r->sums + (size_t)(j % r->ring) * r->row;
    float weight = down->weights[down->offset[j] + tap];
    (tap == 0 ? set : add)(sums, row, samples, weight);
    if (tap + 1 < down->count[j]) continue;
    if (r->across.identity)
      finish_same(sums, target, samples);
    else if (plan->channels == 1)
      finish_grey(&r->across, sums, target);
    else
      finish_colour(&r->across, sums, target);
    r->next = j + 1;
  }
}

void cpixels_resampler_push(cpixels_resampler *r, const uint8_t *rows, size_t stride, int x, int y, int count) {
  rows += (size_t)(r->across.low - x) * (size_t)r->plan.channels;
  for (int i = 0; i < count; i++, rows += stride) {
    if (y + i >= r->down.low && y + i < r->down.high) push_one(r, rows, y + i);
  }
}
