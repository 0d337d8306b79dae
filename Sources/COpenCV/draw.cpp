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
    CVError *error) {
  return copencv::guarded(error, [&] {
    cv::Mat picture = canvas(bgr, width, height);
    std::vector<cv::Point> corners;
    for (int i = 0; i < count; i++)
      corners.emplace_back(cv::saturate_cast<int>(points[2 * i]), cv::saturate_cast<int>(points[2 * i + 1]));
    // Dark below, so that the line shows on any ground.
    cv::polylines(picture, corners, true, cv::Scalar(0, 0, 0), thickness + 2, cv::LINE_AA);
    cv::polylines(picture, corners, true, cv::Scalar(colour.b, colour.g, colour.r), thickness, cv::LINE_AA);
  });
}

CVStatus copencv_draw_dot(
    uint8_t *bgr, int width, int height, float x, float y, int radius, CVColour colour, CVError *error) {
  return copencv::guarded(error, [&] {
    cv::Mat picture = canvas(bgr, width, height);
    const cv::Point centre(cv::saturate_cast<int>(x), cv::saturate_cast<int>(y));
    cv::circle(picture, centre, radius + 1, cv::Scalar(0, 0, 0), cv::FILLED, cv::LINE_AA);
    cv::circle(picture, centre, radius, cv::Scalar(colour.b, colour.g, colour.r), cv::FILLED, cv::LINE_AA);
  });
}

CVStatus copencv_draw_label(
    uint8_t *bgr, int width, int height, float x, float y, const char *text, double scale, CVColour colour,
    CVError *error) {
  return copencv::guarded(error, [&] {
    cv::Mat picture = canvas(bgr, width, height);
    const int thickness = std::max(1, int(scale * 1.5));
    int below = 0;
    const cv::Size size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, scale, thickness, &below);
    const int pad = 2 + int(scale * 3);
    // Above the point if there is enough space, and inside the picture.
    int left = std::max(0, std::min(cv::saturate_cast<int>(x), width - size.width - 2 * pad));
    int top = cv::saturate_cast<int>(y) - size.height - below - 2 * pad;
    if (top < 0) top = std::min(std::max(0, cv::saturate_cast<int>(y)), std::max(0, height - size.height - 2 * pad));
    const cv::Scalar ground(colour.b, colour.g, colour.r);
    const bool bright = 0.114 * colour.b + 0.587 * colour.g + 0.299 * colour.r > 140;
    cv::rectangle(
        picture, cv::Rect(left, top, size.width + 2 * pad, size.height + below + 2 * pad), ground, cv::FILLED);
    cv::putText(
        picture, text, cv::Point(left + pad, top + pad + size.height), cv::FONT_HERSHEY_SIMPLEX, scale,
        bright ? cv::Scalar(0, 0, 0) : cv::Scalar(255, 255, 255), thickness, cv::LINE_AA);
  });
}
