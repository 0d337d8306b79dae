#include "CPixelsObscure.h"

enum { most_cells = 64 };

static inline unsigned get(const cpixels_plane *plane, int x, int y) {
  const uint8_t *row = (const uint8_t *)plane->base + (size_t)y * plane->stride;
  const size_t at = (size_t)x * plane->step;
  return plane->sample_bytes == 1 ? row[at] : ((const uint16_t *)(const void *)row)[at];
}

static inline void set(const cpixels_plane *plane, int x, int y, float value) {
  uint8_t *row = (uint8_t *)plane->base + (size_t)y * plane->stride;
  const size_t at = (size_t)x * plane->step;
  if (plane->sample_bytes == 1)
    row[at] = (uint8_t)(value + 0.5f);
  else
    ((uint16_t *)(void *)row)[at] = (uint16_t)(value + 0.5f);
}

static int clamped(int value, int most) { return value < 0 ? 0 : value > most ? most : value; }

// The cell of a pixel, in a row of `cells` over `length` pixels.
static int cell_of(int at, int cells, int length) { return (int)((int64_t)at * cells / length); }

static void average(const cpixels_plane *plane, int columns, int rows, float *cells) {
  uint64_t sums[most_cells], counts[most_cells];
  for (int row = 0, y = 0; row < rows; row++) {
    for (int i = 0; i < columns; i++) sums[i] = counts[i] = 0;
    for (; y < plane->height && cell_of(y, rows, plane->height) == row; y++)
      for (int x = 0; x < plane->width; x++) {
        const int column = cell_of(x, columns, plane->width);
        sums[column] += get(plane, x, y);
        counts[column]++;
      }
    for (int i = 0; i < columns; i++)
      cells[row * most_cells + i] = counts[i] ? (float)((double)sums[i] / (double)counts[i]) : 0;
  }
}

static float smooth(const float *cells, int columns, int rows, float x, float y) {
  const int left = x < 0 ? -1 : (int)x, top = y < 0 ? -1 : (int)y;
  const float right_part = x - (float)left, bottom_part = y - (float)top;
  const int x0 = clamped(left, columns - 1), x1 = clamped(left + 1, columns - 1);
  const float *upper = cells + clamped(top, rows - 1) * most_cells, *lower = cells + clamped(top + 1, rows - 1) * most_cells;
  const float above = upper[x0] + (upper[x1] - upper[x0]) * right_part;
  const float below = lower[x0] + (lower[x1] - lower[x0]) * right_part;
  return above + (below - above) * bottom_part;
}

void cpixels_obscure(const cpixels_plane *plane, const uint8_t *mask, const cpixels_grid *grid) {
  if (plane->width <= 0 || plane->height <= 0) return;
  // No cell without a pixel.
  int columns = clamped(grid->columns, most_cells), rows = clamped(grid->rows, most_cells);
  columns = columns < 1 ? 1 : columns > plane->width ? plane->width : columns;
  rows = rows < 1 ? 1 : rows > plane->height ? plane->height : rows;
  float cells[most_cells * most_cells];
  average(plane, columns, rows, cells);
  for (int y = 0; y < plane->height; y++) {
    const uint8_t *inside = mask + (size_t)y * (size_t)plane->width;
    const float cy = ((float)y + 0.5f) * (float)rows / (float)plane->height - 0.5f;
    const float *row = cells + cell_of(y, rows, plane->height) * most_cells;
    for (int x = 0; x < plane->width; x++) {
      if (!inside[x]) continue;
      const float cx = ((float)x + 0.5f) * (float)columns / (float)plane->width - 0.5f;
      set(plane, x, y, grid->is_smooth ? smooth(cells, columns, rows, cx, cy) : row[cell_of(x, columns, plane->width)]);
    }
  }
}
