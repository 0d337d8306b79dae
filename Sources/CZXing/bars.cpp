#include "bars.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace {

struct Vector {
  double x, y;
};

struct Picture {
  const uint8_t *grey;
  int width, height;

  bool holds(Vector p) const { return p.x >= 0 && p.y >= 0 && p.x < width && p.y < height; }
  uint8_t at(Vector p) const { return grey[size_t(p.y) * width + size_t(p.x)]; }
};

/// Samples of a row of bars, less their mean; empty if the row leaves the picture.
std::vector<double> profile(const Picture &picture, Vector start, Vector end) {
  if (!picture.holds(start) || !picture.holds(end)) return {};
  const int count = std::clamp(int(std::hypot(end.x - start.x, end.y - start.y)), 2, 2048);
  std::vector<double> samples(static_cast<size_t>(count));
  double sum = 0;
  for (int i = 0; i < count; i++) {
    const double t = i / double(count - 1);
    samples[i] = picture.at({start.x + t * (end.x - start.x), start.y + t * (end.y - start.y)});
    sum += samples[i];
  }
  for (double &sample : samples) sample -= sum / count;
  return samples;
}

double correlation(const std::vector<double> &a, const std::vector<double> &b) {
  if (a.size() != b.size()) return 0;
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); i++) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

/// Follows the bars from a row in the direction (dx, dy): moves the row as long as it looks like the one before it, shifted
/// along itself by at most a pixel a step, as the bars of a turned code are.
void follow(const Picture &picture, Vector &start, Vector &end, Vector step) {
  const double length = std::hypot(end.x - start.x, end.y - start.y);
  if (length < 8) return;
  const Vector along{(end.x - start.x) / length, (end.y - start.y) / length};
  std::vector<double> known = profile(picture, start, end);
  int missed = 0;
  Vector a = start, b = end;
  // No bar code is higher than twice its length.
  for (int n = 0; n < int(2 * length) && missed < 3; n++) {
    double best = 0;
    double shift = 0;
    for (double candidate : {0.0, -0.5, 0.5, -1.0, 1.0}) {
      const Vector p{a.x + step.x + candidate * along.x, a.y + step.y + candidate * along.y};
      const Vector q{b.x + step.x + candidate * along.x, b.y + step.y + candidate * along.y};
      const double found = correlation(known, profile(picture, p, q));
      if (found > best + 0.02) best = found, shift = candidate;
    }
    a = {a.x + step.x + shift * along.x, a.y + step.y + shift * along.y};
    b = {b.x + step.x + shift * along.x, b.y + step.y + shift * along.y};
    if (best > 0.7) {
      missed = 0;
      start = a, end = b;
      const std::vector<double> row = profile(picture, a, b);
      for (size_t i = 0; i < known.size() && i < row.size(); i++) known[i] += (row[i] - known[i]) / 8;
    } else {
      missed++;
    }
  }
}

}  // namespace

void czxing_extend_bars(const uint8_t *grey, int width, int height, int corners[8]) {
  const Picture picture{grey, width, height};
  Vector upper[2] = {{corners[0] + 0.5, corners[1] + 0.5}, {corners[2] + 0.5, corners[3] + 0.5}};
  Vector lower[2] = {{corners[6] + 0.5, corners[7] + 0.5}, {corners[4] + 0.5, corners[5] + 0.5}};
  const double length = std::hypot(upper[1].x - upper[0].x, upper[1].y - upper[0].y);
  if (length < 8) return;
  // Down the code, seen from its own upper left: clockwise of its direction.
  const Vector down{-(upper[1].y - upper[0].y) / length, (upper[1].x - upper[0].x) / length};
  follow(picture, upper[0], upper[1], {-down.x, -down.y});
  follow(picture, lower[0], lower[1], down);
  const Vector points[4] = {upper[0], upper[1], lower[1], lower[0]};
  for (int i = 0; i < 4; i++) {
    corners[2 * i] = int(std::lround(points[i].x - 0.5));
    corners[2 * i + 1] = int(std::lround(points[i].y - 0.5));
  }
}

bool czxing_paint_over(uint8_t *grey, int width, int height, const int corners[8]) {
  const int margin = 2;
  int top = height, bottom = -1;
  for (int i = 0; i < 4; i++) {
    top = std::min(top, corners[2 * i + 1] - margin);
    bottom = std::max(bottom, corners[2 * i + 1] + margin);
  }
  bool changed = false;
  for (int y = std::max(0, top); y <= std::min(height - 1, bottom); y++) {
    // The span of a convex outline, whose lines are as thick as the margin.
    double left = width, right = -1;
    for (int i = 0; i < 4; i++) {
      const int j = (i + 1) % 4;
      const double x0 = corners[2 * i], y0 = corners[2 * i + 1], x1 = corners[2 * j], y1 = corners[2 * j + 1];
      if (y + margin < std::min(y0, y1) || y - margin > std::max(y0, y1)) continue;
      for (double row : {y - double(margin), double(y), y + double(margin)}) {
        const double t = y0 == y1 ? 0 : std::clamp((row - y0) / (y1 - y0), 0.0, 1.0);
        left = std::min(left, x0 + t * (x1 - x0));
        right = std::max(right, x0 + t * (x1 - x0));
        if (y0 == y1) left = std::min(left, x1), right = std::max(right, x1);
      }
    }
    const int first = std::max(0, int(left) - margin), last = std::min(width - 1, int(right) + margin);
    for (int x = first; x <= last; x++) {
      uint8_t &sample = grey[size_t(y) * width + x];
      if (sample != 255) sample = 255, changed = true;
    }
  }
  return changed;
}
