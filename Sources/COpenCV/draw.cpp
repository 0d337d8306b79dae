#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "COpenCV.h"
#include "guard.h"

namespace {

cv::Mat canvas(uint8_t *bgr, int width, int height) { return cv::Mat(height, width, CV_8UC3, bgr); }

}  // namespace

CVStatus copencv_draw_polygon(
    uint8_t *bgr, int width, int height, const float *points, int count, CVColour colour, int thickness,
    int edge, CVError *error) {
  return copencv::guarded(error, [&] {
    cv::Mat picture = canvas(bgr, width, height);
    std::vector<cv::Point> corners;
    for (int i = 0; i < count; i++)
      corners.emplace_back(cv::saturate_cast<int>(points[2 * i]), cv::saturate_cast<int>(points[2 * i + 1]));
    // Lines of full colour where no side is oblique: smoothing blurs them into what they surround.
    bool upright = true;
    for (int i = 0; i < count; i++) {
      const cv::Point side = corners[(i + 1) % count] - corners[i];
      upright = upright && (side.x == 0 || side.y == 0);
    }
    const int kind = upright ? cv::LINE_8 : cv::LINE_AA;
    if (edge > 0) cv::polylines(picture, corners, true, cv::Scalar(0, 0, 0), thickness + 2 * edge, kind);
    cv::polylines(picture, corners, true, cv::Scalar(colour.b, colour.g, colour.r), thickness, kind);
  });
}

CVStatus copencv_draw_dot(
    uint8_t *bgr, int width, int height, float x, float y, int radius, CVColour colour, CVError *error) {
  return copencv::guarded(error, [&] {
    cv::Mat picture = canvas(bgr, width, height);
    const cv::Point centre(cv::saturate_cast<int>(x), cv::saturate_cast<int>(y));
    const int edge = radius >= 3 ? 1 : 0;
    if (edge > 0) cv::circle(picture, centre, radius, cv::Scalar(0, 0, 0), cv::FILLED, cv::LINE_AA);
    cv::circle(picture, centre, radius - edge, cv::Scalar(colour.b, colour.g, colour.r), cv::FILLED, cv::LINE_AA);
  });
}

namespace {

constexpr int face = cv::FONT_HERSHEY_SIMPLEX;

// Capitals of this font are 21 high at a scale of 1; those of an em square of 30 are, too.
double scale(int pixels) { return pixels / 30.0; }
int stroke(int pixels) { return std::max(1, pixels / 16); }

}  // namespace

CVStatus copencv_text_size(const char *text, int pixels, int *width, int *height, CVError *error) {
  return copencv::guarded(error, [&] {
    int below = 0;
    const cv::Size size = cv::getTextSize(text, face, scale(pixels), stroke(pixels), &below);
    *width = size.width;
    *height = size.height + below;
  });
}

CVStatus copencv_draw_text(uint8_t *grey, int width, int height, const char *text, int pixels, CVError *error) {
  return copencv::guarded(error, [&] {
    cv::Mat picture(height, width, CV_8UC1, grey);
    int below = 0;
    cv::getTextSize(text, face, scale(pixels), stroke(pixels), &below);
    cv::putText(
        picture, text, cv::Point(0, height - below), face, scale(pixels), cv::Scalar(255), stroke(pixels),
        cv::LINE_AA);
  });
}
