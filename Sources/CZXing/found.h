// What was read in a picture and its copies.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "CZXing.h"
#include "library.h"

#ifdef CZXING_IS_BUILT

namespace czxing {

/// An affine map from a copy's pixels to those of the picture.
struct Map {
  double ax = 1, bx = 0, cx = 0, ay = 0, by = 1, cy = 0;
};

/// What `czxing_read` returns, and what its pointers lead to.
struct Found : CZXingCodes {
  std::vector<ZXing::Result> results;
  std::vector<std::string> texts;
  std::vector<CZXingCode> all;

  void add(const ZXing::Result &result, const ZXing::Position &position, const Map &map) {
    const Library &zxing = library();
    results.push_back(result);
    texts.push_back(zxing.text(&result));
    CZXingCode code{};
    code.format = zxing.format_name(result.format());
    const ZXing::ContentType content = zxing.content(&result);
    code.is_binary = content == ZXing::ContentType::Binary || content == ZXing::ContentType::Mixed ||
                     content == ZXing::ContentType::UnknownECI;
    for (int corner = 0; corner < 4; corner++) {
      const double x = position[corner].x + 0.5, y = position[corner].y + 0.5;
      code.corners[2 * corner] = float(map.ax * x + map.bx * y + map.cx);
      code.corners[2 * corner + 1] = float(map.ay * x + map.by * y + map.cy);
    }
    all.push_back(code);
  }

  /// Whether a code that was read lies around a point.
  bool covers(double x, double y) const {
    for (const CZXingCode &code : all) {
      const float *c = code.corners;
      const auto range = [&](int axis) {
        return std::minmax({c[axis], c[2 + axis], c[4 + axis], c[6 + axis]});
      };
      const auto columns = range(0), rows = range(1);
      if (x >= columns.first && x <= columns.second && y >= rows.first && y <= rows.second) return true;
    }
    return false;
  }
};

/// A picture in memory.
struct Picture {
  int width, height;
  std::vector<uint8_t> grey;

  Picture(int width, int height) : width(width), height(height), grey(size_t(width) * height) {}
};

/// Reads a picture as it is, reduced, in parts; then, if nothing was found, as a negative and turned by 45 degrees.
void read_all(Found &found, uint8_t *grey, int width, int height);

}  // namespace czxing
#endif
