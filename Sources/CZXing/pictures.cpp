#include "pictures.h"

#include <algorithm>
#include <cmath>

void czxing_halve(const uint8_t *grey, int width, int height, uint8_t *target) {
  const int columns = width / 2, rows = height / 2;
  for (int y = 0; y < rows; y++) {
    const uint8_t *upper = grey + size_t(2 * y) * width, *lower = upper + width;
    uint8_t *out = target + size_t(y) * columns;
    for (int x = 0; x < columns; x++)
      out[x] = uint8_t((upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1] + 2) / 4);
  }
}

void czxing_invert(uint8_t *grey, size_t count) {
  for (size_t i = 0; i < count; i++) grey[i] = 255 - grey[i];
}

void czxing_cut(
    const uint8_t *grey, int width, int height, const double map[6], uint8_t *target, int columns, int rows) {
  for (int row = 0; row < rows; row++) {
    for (int column = 0; column < columns; column++) {
      const double u = column + 0.5, v = row + 0.5;
      const double x = std::clamp(map[0] * u + map[1] * v + map[2] - 0.5, 0.0, width - 1.0);
      const double y = std::clamp(map[3] * u + map[4] * v + map[5] - 0.5, 0.0, height - 1.0);
      const int left = int(x), top = int(y);
      const float a = float(x - left), b = float(y - top);
      const uint8_t *upper = grey + size_t(top) * width, *lower = grey + size_t(std::min(height - 1, top + 1)) * width;
      const int right = std::min(width - 1, left + 1);
      target[size_t(row) * columns + column] = uint8_t(
          (upper[left] * (1 - a) + upper[right] * a) * (1 - b) + (lower[left] * (1 - a) + lower[right] * a) * b + 0.5f);
    }
  }
}
