#include <math.h>

#include "CPixels.h"
#include "clones.h"

// One sample between the four pixels around (x, y), pixels counted at their centres.
static inline __attribute__((always_inline)) void sample(
    const cpixels_warp_plan *plan, const uint8_t *source, double x, double y, int channels, float *sum) {
  const double fx = floor(x), fy = floor(y);
  const float ax = (float)(x - fx), ay = (float)(y - fy);
  const int right = plan->source_width - 1, below = plan->source_height - 1;
  if (fx >= 0 && fy >= 0 && fx < right && fy < below) {
    const uint8_t *upper = source + (size_t)fy * plan->source_stride + (size_t)fx * channels;
    const uint8_t *lower = upper + plan->source_stride;
    const float w00 = (1 - ax) * (1 - ay), w10 = ax * (1 - ay), w01 = (1 - ax) * ay, w11 = ax * ay;
    for (int c = 0; c < channels; c++) {
      sum[c] += w00 * upper[c];
      sum[c] += w10 * upper[channels + c];
      sum[c] += w01 * lower[c];
      sum[c] += w11 * lower[channels + c];
    }
    return;
  }
  for (int dy = 0; dy < 2; dy++)
    for (int dx = 0; dx < 2; dx++) {
      const float weight = (dx ? ax : 1 - ax) * (dy ? ay : 1 - ay);
      if (weight == 0) continue;
      double px = fx + dx, py = fy + dy;
      if (px < 0 || py < 0 || px > right || py > below) {
        if (!plan->repeat_edge) continue;
        px = px < 0 ? 0 : px > right ? right : px;
        py = py < 0 ? 0 : py > below ? below : py;
      }
      const uint8_t *pixel = source + (size_t)py * plan->source_stride + (size_t)px * channels;
      for (int c = 0; c < channels; c++) sum[c] += weight * pixel[c];
    }
}

static inline __attribute__((always_inline)) void warp(
    const cpixels_warp_plan *plan, const uint8_t *source, uint8_t *target, int channels) {
  const double *m = plan->matrix;
  const int n = plan->samples < 1 ? 1 : plan->samples;
  const float share = 1.0f / (float)(n * n);
  for (int y = 0; y < plan->height; y++) {
    uint8_t *row = target + (size_t)y * plan->target_stride;
    for (int x = 0; x < plan->width; x++) {
      float sum[4] = {0, 0, 0, 0};
      for (int j = 0; j < n; j++)
        for (int i = 0; i < n; i++) {
          const double u = plan->x + x + (i + 0.5) / n - 0.5, v = plan->y + y + (j + 0.5) / n - 0.5;
          const double w = m[6] * u + m[7] * v + m[8];
          const double sx = (m[0] * u + m[1] * v + m[2]) / w, sy = (m[3] * u + m[4] * v + m[5]) / w;
          // Beyond what an int holds, and what is not a number, lies outside.
          if (!(sx > -1e8 && sx < 1e8 && sy > -1e8 && sy < 1e8)) continue;
          sample(plan, source, sx, sy, channels, sum);
        }
      for (int c = 0; c < channels; c++)
        row[(size_t)x * channels + c] = (uint8_t)(sum[c] * share + 0.5f);
    }
  }
}

CLONES void cpixels_warp(const cpixels_warp_plan *plan, const uint8_t *source, uint8_t *target) {
  // A count that is a constant lets the compiler unroll the loops over the channels.
  if (plan->channels == 3)
    warp(plan, source, target, 3);
  else
    warp(plan, source, target, plan->channels);
}
