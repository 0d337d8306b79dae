#include "bars.h"
#include "found.h"
#include "pictures.h"
#include "regions.h"

#ifdef CZXING_IS_BUILT

namespace czxing {

namespace {

// Bar codes of one picture.
const int most_bar_codes = 64;
// Shorter side of the smallest reduced copy.
const int least_side = 200;
// Pixels of the largest picture that is turned as it is.
const int most_turned = 4000000;

ZXing::DecodeHints hints_for(ZXing::BarcodeFormats formats) {
  ZXing::DecodeHints hints;
  hints.setFormats(formats);
  // Its own reduced copies are compared, as below.
  hints.setTryDownscale(false);
  return hints;
}

/// Bar codes are read one by one, and painted over: version 1.4 compares those of one call, and an assertion of Debian's
/// build fails where two have one content.
bool read_bars(Found &found, uint8_t *grey, int width, int height, const Map &map) {
  const size_t before = found.all.size();
  const ZXing::ImageView view(grey, width, height, ZXing::ImageFormat::Lum);
  const ZXing::DecodeHints hints = hints_for(ZXing::BarcodeFormat::LinearCodes).setMaxNumberOfSymbols(1);
  for (int n = 0; n < most_bar_codes; n++) {
    const ZXing::Results results = library().read(view, hints);
    if (results.empty()) break;
    int corners[8];
    for (int corner = 0; corner < 4; corner++) {
      corners[2 * corner] = results[0].position()[corner].x;
      corners[2 * corner + 1] = results[0].position()[corner].y;
    }
    // The rows that were read are two of the bars' height.
    czxing_extend_bars(grey, width, height, corners);
    ZXing::Position whole = results[0].position();
    for (int corner = 0; corner < 4; corner++) whole[corner] = {corners[2 * corner], corners[2 * corner + 1]};
    found.add(results[0], whole, map);
    if (!czxing_paint_over(grey, width, height, corners)) break;
  }
  return found.all.size() > before;
}

bool read_matrices(
    Found &found, const uint8_t *grey, int width, int height, const Map &map,
    ZXing::Binarizer binarizer = ZXing::Binarizer::LocalAverage) {
  const size_t before = found.all.size();
  const ZXing::ImageView view(grey, width, height, ZXing::ImageFormat::Lum);
  ZXing::DecodeHints hints = hints_for(ZXing::BarcodeFormat::MatrixCodes);
  hints.setBinarizer(binarizer);
  for (const ZXing::Result &result : library().read(view, hints)) found.add(result, result.position(), map);
  return found.all.size() > before;
}

/// Reads one picture, and returns whether it has codes.
bool read_picture(Found &found, uint8_t *grey, int width, int height, const Map &map) {
  const bool has_matrices = read_matrices(found, grey, width, height, map);
  return read_bars(found, grey, width, height, map) || has_matrices;
}

/// How a part is read.
struct Attempt {
  double enlarged;
  ZXing::Binarizer binarizer;
  bool is_negative;
};

/// What of a part is read once the first attempt fails: version 1.4 depends on the size of modules in pixels and on the
/// threshold.
const Attempt attempts[] = {
    {2, ZXing::Binarizer::LocalAverage, true},     {1.5, ZXing::Binarizer::LocalAverage, false},
    {3, ZXing::Binarizer::GlobalHistogram, false}, {1.5, ZXing::Binarizer::GlobalHistogram, false},
    {3, ZXing::Binarizer::LocalAverage, false},
};
// Width from which parts are not enlarged.
const double large_part = 400;
// A part with less agreement than this is read once and as a negative.
const double sure_agreement = 0.5;

/// Fills `part` with the pixels of a picture that `map` leads to; then `map` leads to the whole, in which the picture's
/// pixels are `scale` apart.
void cut_out(const uint8_t *grey, int width, int height, double scale, Map &map, Picture &part) {
  const double affine[6] = {map.ax, map.bx, map.cx, map.ay, map.by, map.cy};
  czxing_cut(grey, width, height, affine, part.grey.data(), part.width, part.height);
  for (double *value : {&map.ax, &map.bx, &map.cx, &map.ay, &map.by, &map.cy}) *value *= scale;
}

/// Cuts a region out, upright and with a margin, and reads it; returns whether it has codes.
bool read_region(
    Found &found, const uint8_t *grey, int width, int height, double scale, const Region &region,
    const Attempt &attempt, bool is_first) {
  const double enlarged = attempt.enlarged / (region.width < large_part ? 1 : 2);
  const double margin = 16 + region.height / 16;
  Picture part(int((region.width + 2 * margin) * enlarged), int((region.height + 2 * margin) * enlarged));
  // From a pixel of the part to the picture.
  Map map;
  map.ax = region.along_x / enlarged, map.bx = -region.along_y / enlarged;
  map.ay = region.along_y / enlarged, map.by = region.along_x / enlarged;
  map.cx = region.x - map.ax * part.width / 2 - map.bx * part.height / 2;
  map.cy = region.y - map.ay * part.width / 2 - map.by * part.height / 2;
  cut_out(grey, width, height, scale, map, part);
  if (attempt.is_negative) czxing_invert(part.grey.data(), part.grey.size());
  if (read_matrices(found, part.grey.data(), part.width, part.height, map, attempt.binarizer)) return true;
  return is_first && read_bars(found, part.grey.data(), part.width, part.height, map);
}

/// Reads the parts of a picture that look like a code and were not read, one by one and upright: version 1.4 finds Aztec
/// and most Data Matrix codes in the middle of a picture only, and PDF417 upright only. `scale` is that of the picture in
/// pixels of the whole.
void read_regions(Found &found, const uint8_t *grey, int width, int height, double scale) {
  for (const Region &region : regions(grey, width, height)) {
    if (found.covers(region.x * scale, region.y * scale)) continue;
    const Attempt first{2, ZXing::Binarizer::LocalAverage, false};
    if (read_region(found, grey, width, height, scale, region, first, true)) continue;
    const bool is_sure = region.agreement >= sure_agreement && region.width < 4 * region.height;
    for (const Attempt &attempt : attempts) {
      if (read_region(found, grey, width, height, scale, region, attempt, attempt.is_negative) || !is_sure) break;
    }
  }
}

}  // namespace

void read_all(Found &found, uint8_t *grey, int width, int height) {
  read_picture(found, grey, width, height, Map());
  read_regions(found, grey, width, height, 1);
  // Blurred or noisy codes of large modules, and parts of large codes.
  Picture half(width / 2, height / 2);
  const bool has_half = std::min(width, height) >= 2 * least_side;
  if (has_half) {
    czxing_halve(grey, width, height, half.grey.data());
    Map map;
    map.ax = map.by = 2;
    read_picture(found, half.grey.data(), half.width, half.height, map);
    read_regions(found, half.grey.data(), half.width, half.height, 2);
  }
  if (!found.all.empty()) return;
  czxing_invert(grey, size_t(width) * height);
  const bool is_negative = read_picture(found, grey, width, height, Map());
  czxing_invert(grey, size_t(width) * height);
  if (is_negative) return;
  // Bar codes at angles at which no row or column crosses all bars.
  const bool is_large = has_half && double(width) * height > most_turned;
  const uint8_t *source = is_large ? half.grey.data() : grey;
  const int w = is_large ? half.width : width, h = is_large ? half.height : height;
  const double scale = is_large ? 2 : 1, sine = 0.70710678;
  const int side = int((w + h) * sine) + 2;
  Picture turned(side, side);
  Map map;
  map.ax = sine, map.bx = sine, map.ay = -sine, map.by = sine;
  map.cx = w / 2.0 - (map.ax + map.bx) * side / 2.0, map.cy = h / 2.0 - (map.ay + map.by) * side / 2.0;
  cut_out(source, w, h, scale, map, turned);
  read_picture(found, turned.grey.data(), side, side, map);
}

}  // namespace czxing
#endif
