#include "regions.h"

#include <algorithm>
#include <cmath>

namespace czxing {

namespace {

/// Side of the squares that are looked at, in pixels.
const int side = 8;
/// Squares of the smallest code.
const size_t least_cells = 6;
const size_t most_regions = 24;
/// Change of brightness that counts as an edge, over two pixels: above the noise of a photo.
const int least_edge = 20;
/// Share of a square's pixels that are edges.
const float least_share = 0.15f;
/// How much of the edges' strength agrees on two perpendicular directions, 0 to 1: codes have 0.6 and more, leaves 0.1.
const float least_agreement = 0.35f;

/// Sums over the edges of a square: number, strength, and strength times the direction, whose angle counts four times, so
/// that perpendicular directions are the same.
struct Cell {
  float edges = 0, strength = 0, real = 0, imaginary = 0;

  void operator+=(const Cell &other) {
    edges += other.edges, strength += other.strength, real += other.real, imaginary += other.imaginary;
  }
  float agreement() const { return strength > 0 ? std::hypot(real, imaginary) / strength : 0; }
};

struct Map {
  int columns, rows;
  std::vector<Cell> cells;

  Map(const uint8_t *grey, int width, int height)
      : columns(width / side), rows(height / side), cells(size_t(columns) * rows) {
    for (int y = 1; y < rows * side && y + 1 < height; y++) {
      const uint8_t *row = grey + size_t(y) * width;
      for (int x = 1; x < columns * side && x + 1 < width; x++) {
        const int dx = row[x + 1] - row[x - 1], dy = row[x + width] - row[x - width];
        const int square = dx * dx + dy * dy;
        if (square < least_edge * least_edge) continue;
        Cell &cell = cells[size_t(y / side) * columns + x / side];
        // (dx + i dy)^4 / |.|^2
        const float a = float(dx * dx - dy * dy), b = float(2 * dx * dy);
        cell.edges += 1;
        cell.strength += float(square);
        cell.real += (a * a - b * b) / float(square);
        cell.imaginary += 2 * a * b / float(square);
      }
    }
  }

  /// Whether a square and those around it look like a part of a code.
  bool is_set(int column, int row) const {
    if (cells[size_t(row) * columns + column].edges < least_share * side * side) return false;
    Cell around;
    for (int y = std::max(0, row - 1); y <= std::min(rows - 1, row + 1); y++)
      for (int x = std::max(0, column - 1); x <= std::min(columns - 1, column + 1); x++)
        around += cells[size_t(y) * columns + x];
    return around.agreement() >= least_agreement;
  }
};

/// The rectangle around squares, in the direction of their edges.
Region rectangle(const Map &map, const std::vector<int> &cells, const Cell &sum) {
  const double angle = std::atan2(sum.imaginary, sum.real) / 4;
  const double c = std::cos(angle), s = std::sin(angle);
  double left = 1e9, right = -1e9, top = 1e9, bottom = -1e9;
  for (int cell : cells) {
    const double x = cell % map.columns * side + side / 2.0, y = cell / map.columns * side + side / 2.0;
    const double u = x * c + y * s, v = y * c - x * s;
    left = std::min(left, u), right = std::max(right, u), top = std::min(top, v), bottom = std::max(bottom, v);
  }
  const double u = (left + right) / 2, v = (top + bottom) / 2;
  Region region{u * c - v * s, u * s + v * c, c, s, right - left + side, bottom - top + side, sum.agreement()};
  if (region.height > region.width) {
    std::swap(region.width, region.height);
    region.along_x = -s, region.along_y = c;
  }
  return region;
}

}  // namespace

std::vector<Region> regions(const uint8_t *grey, int width, int height) {
  const Map map(grey, width, height);
  const size_t count = map.cells.size();
  std::vector<uint8_t> set(count);
  for (int row = 0; row < map.rows; row++)
    for (int column = 0; column < map.columns; column++)
      set[size_t(row) * map.columns + column] = map.is_set(column, row);
  std::vector<std::pair<size_t, Region>> found;
  std::vector<int> part;
  for (size_t start = 0; start < count; start++) {
    if (!set[start]) continue;
    set[start] = 0;
    part.assign(1, int(start));
    Cell sum;
    for (size_t next = 0; next < part.size(); next++) {
      const int column = part[next] % map.columns, row = part[next] / map.columns;
      sum += map.cells[part[next]];
      for (int y = std::max(0, row - 1); y <= std::min(map.rows - 1, row + 1); y++)
        for (int x = std::max(0, column - 1); x <= std::min(map.columns - 1, column + 1); x++) {
          const size_t near = size_t(y) * map.columns + x;
          if (set[near]) set[near] = 0, part.push_back(int(near));
        }
    }
    if (part.size() < least_cells || sum.agreement() < least_agreement) continue;
    const Region region = rectangle(map, part, sum);
    const double area = region.width * region.height;
    if (double(part.size()) * side * side < 0.4 * area || area > 0.9 * width * height) continue;
    found.push_back({part.size(), region});
  }
  std::sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
  std::vector<Region> all;
  for (size_t i = 0; i < found.size() && i < most_regions; i++) all.push_back(found[i].second);
  return all;
}

}  // namespace czxing
