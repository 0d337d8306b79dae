// Parts of a picture that may be a code.
#pragma once

#include <cstdint>
#include <vector>

namespace czxing {

/// A rectangle in a picture, at any angle.
struct Region {
  /// Its middle in pixels, and its long side's direction, of length 1.
  double x, y, along_x, along_y;
  double width, height;
  /// How much of its edges agrees on two perpendicular directions, 0 to 1.
  double agreement;
};

/// The parts with many edges in two perpendicular directions, the largest first.
std::vector<Region> regions(const uint8_t *grey, int width, int height);

}  // namespace czxing
