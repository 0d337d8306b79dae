#include <opencv2/imgproc.hpp>

#include "COpenCV.h"
#include "guard.h"

CVStatus copencv_measure(const uint8_t *grey, int width, int height, CVMeasures *measures, CVError *error) {
  *measures = CVMeasures{};
  return copencv::guarded(error, [&] {
    const cv::Mat picture(height, width, CV_8U, const_cast<uint8_t *>(grey));
    cv::Mat edges;
    cv::Laplacian(picture, edges, CV_16S);
    cv::Scalar mean, deviation;
    cv::meanStdDev(edges, mean, deviation);
    measures->sharpness = deviation[0] * deviation[0];
    cv::meanStdDev(picture, mean, deviation);
    measures->brightness = mean[0];
    measures->contrast = deviation[0];
    const double area = double(width) * height;
    measures->dark = cv::countNonZero(picture <= 5) / area;
    measures->bright = cv::countNonZero(picture >= 250) / area;
  });
}
