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
    // Smoothing blurs a thin line into its edges, and an upright one into what it surrounds.
    bool smooth = thickness > 1;
    for (int i = 0; i < count; i++) {
      const cv::Point side = corners[(i + 1) % count] - corners[i];
      if (side.x == 0 || side.y == 0) smooth = false;
    }
    const int kind = smooth ? cv::LINE_AA : cv::LINE_8;
    if (edge > 0) cv::polylines(picture, corners, true, cv::Scalar(0, 0, 0), thickness + 2 * edge, kind);
    cv::polylines(picture, corners, true, cv::Scalar(colour.b, colour.g, colour.r), thickness, kind);
  });
}

CVStatus copencv_draw_dot(
    uint8_t *bgr, int width, int height, float x, float y, int radius, CVColour colour, CVError *error) {
  return copencv::guarded(error, [&] {
    cv::Mat picture = canvas(bgr, width, height);
    const cv::Point centre(cv::saturate_cast<int>(x), cv::saturate_cast<int>(y));
    const cv::Scalar ink(colour.b, colour.g, colour.r);
    if (radius < 1) {
      // OpenCV draws nothing for a smooth circle of no radius.
      if (cv::Rect(0, 0, width, height).contains(centre))
        picture.at<cv::Vec3b>(centre) = cv::Vec3b(colour.b, colour.g, colour.r);
      return;
    }
    // Smoothing would make a dot of a few pixels larger than it may be.
    const bool large = radius >= 3;
    if (large) cv::circle(picture, centre, radius, cv::Scalar(0, 0, 0), cv::FILLED, cv::LINE_AA);
    cv::circle(picture, centre, radius - (large ? 1 : 0), ink, cv::FILLED, large ? cv::LINE_AA : cv::LINE_8);
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
