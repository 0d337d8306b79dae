#include "axis.h"
#include <math.h>
#include <stdlib.h>

#pragma STDC FP_CONTRACT OFF

static double triangle(double x) {
  x = fabs(x);
  return x < 1 ? 1 - x : 0;
}

// Keys' cubic, a = -0.5.
static double cubic(double x) {
  x = fabs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

static bool grow(cpixels_axis *axis, int length, int most) {
  if (length > axis->positions) {
    free(axis->first);
    axis->first = malloc(3 * (size_t)length * sizeof(int));
    axis->positions = axis->first ? length : 0;
    if (!axis->first) return false;
  }
  axis->count = axis->first + length;
  axis->offset = axis->count + length;
  if (most > axis->taps) {
    free(axis->pile);
    axis->pile = malloc((size_t)most * sizeof(double));
    axis->taps = axis->pile ? most : 0;
    if (!axis->pile) return false;
  }
  int weights = most * length;
  // Room for a very wide picture is given back after it.
  const bool is_oversized = axis->weight_room > 1 << 22 && weights < axis->weight_room / 4;
  if (weights > axis->weight_room || is_oversized) {
    free(axis->weights);
    axis->weights = malloc((size_t)weights * sizeof(float));
    axis->weight_room = axis->weights ? weights : 0;
    if (!axis->weights) return false;
  }
  return true;
}

static bool is_box(double ratio, cpixels_filter filter) { return filter == cpixels_area && ratio >= 1; }

static double stretch_of(double ratio, cpixels_filter filter) {
  return filter == cpixels_linear || ratio < 1 ? 1 : ratio;
}

// How far from its centre a target position sees; the half is for the source positions' own width.
static double radius_of(double ratio, cpixels_filter filter) {
  if (is_box(ratio, filter)) return ratio / 2;
  return (filter == cpixels_bicubic ? 2 : 1) * stretch_of(ratio, filter) + 0.5;
}

// Weights of one target position, at most.
static double room_of(double radius) { return ceil(2 * radius) + 3; }

size_t cpixels_axis_bytes(
    int source, double extent, int resized, int length, cpixels_filter filter, int *positions, int *overlap) {
  const double ratio = extent / resized, radius = radius_of(ratio, filter), room = room_of(radius);
  *positions = (int)fmin(source, ceil(length * ratio + 2 * radius) + 2);
  *overlap = (int)fmin(length, ceil((2 * radius + 1) / ratio) + 2);
  return (size_t)(length * (3 * sizeof(int) + room * sizeof(float)) + room * sizeof(double));
}

bool cpixels_axis_make(
    cpixels_axis *axis, int source, double extent, int resized, int start, int length, cpixels_filter filter) {
  const double ratio = extent / resized, stretch = stretch_of(ratio, filter), radius = radius_of(ratio, filter);
  const bool box = is_box(ratio, filter);
  const double room = room_of(radius);
  if (room * length > 1 << 28 || !grow(axis, length, (int)room)) return false;
  int most = (int)room;
  axis->length = length;
  axis->identity = ratio == 1;
  axis->low = source;
  axis->high = 0;
  // Keys' cubic has zeros inside: left out they would leave target rows to be finished out of order.
  bool trim = filter != cpixels_bicubic || ratio == 1;

  for (int i = 0, offset = 0; i < length; i++) {
    double centre = (start + i + 0.5) * ratio, sum = 0;
    int first = (int)floor(centre - radius), end = (int)ceil(centre + radius);
    // Linear repeats the border; the others leave out what is outside.
    if (filter != cpixels_linear) {
      if (first < 0) first = 0;
      if (end > source) end = source;
    }
    if (first >= source) first = source - 1;
    if (end <= first) end = first + 1;
    if (end - first > most) end = first + most;
    int base = first < 0 ? 0 : first, taps = (end > source ? source : end) - base;
    double *pile = axis->pile;
    for (int k = 0; k < taps; k++) pile[k] = 0;
    for (int k = first; k < end; k++) {
      double weight = box ? fmin(k + 1, centre + radius) - fmax(k, centre - radius)
                          : (filter == cpixels_bicubic ? cubic : triangle)((k + 0.5 - centre) / stretch);
      if (filter != cpixels_bicubic && weight < 1e-9) weight = 0;
      pile[(k < 0 ? 0 : k >= source ? source - 1 : k) - base] += weight;
      sum += weight;
    }
    int low = 0, high = taps;
    while (trim && low < high - 1 && pile[low] == 0) low++;
    while (trim && high > low + 1 && pile[high - 1] == 0) high--;
    if (sum == 0) pile[low] = sum = 1;
    axis->first[i] = base + low;
    axis->count[i] = high - low;
    axis->offset[i] = offset;
    for (int k = low; k < high; k++) axis->weights[offset++] = (float)(pile[k] / sum);
    if (base + low < axis->low) axis->low = base + low;
    if (base + high > axis->high) axis->high = base + high;
  }
  return true;
}

void cpixels_axis_free(cpixels_axis *axis) {
  free(axis->first);
  free(axis->weights);
  free(axis->pile);
}
