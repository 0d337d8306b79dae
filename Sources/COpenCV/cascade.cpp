#include <memory>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>
#include <vector>

#include "COpenCV.h"
#include "guard.h"

struct CVCascade {
  cv::CascadeClassifier classifier;
  cv::Mat equalised;
  std::vector<cv::Rect> boxes;
  std::vector<int> neighbours;
  std::vector<CVFound> found;
};

CVStatus copencv_cascade_open(const char *path, CVCascade **cascade, CVError *error) {
  *cascade = nullptr;
  return copencv::guarded(error, [&] {
    auto opened = std::make_unique<CVCascade>();
    if (!opened->classifier.load(path) || opened->classifier.empty())
      CV_Error(cv::Error::StsParseError, "there is no cascade in the file");
    *cascade = opened.release();
  });
}

void copencv_cascade_close(CVCascade *cascade) {
  copencv::guarded(nullptr, [&] { delete cascade; });
}

void copencv_cascade_window(const CVCascade *cascade, int *width, int *height) {
  copencv::guarded(nullptr, [&] {
    const cv::Size size = cascade->classifier.getOriginalWindowSize();
    *width = size.width;
    *height = size.height;
  });
}

CVStatus copencv_cascade_detect(
    CVCascade *cascade, const uint8_t *grey, int width, int height, double scaleFactor, int minNeighbours, int minWidth,
    int minHeight, const CVFound **found, int *count, CVError *error) {
  return copencv::guarded(error, [&] {
    const cv::Mat picture(height, width, CV_8U, const_cast<uint8_t *>(grey));
    cv::equalizeHist(picture, cascade->equalised);
    // The plain detection with its counts: asking for level weights instead would also let windows through that
    // failed in the last three stages.
    cascade->classifier.detectMultiScale(
        cascade->equalised, cascade->boxes, cascade->neighbours, scaleFactor, minNeighbours, 0,
        cv::Size(minWidth, minHeight));
    cascade->found.clear();
    for (size_t i = 0; i < cascade->boxes.size(); i++) {
      const cv::Rect &box = cascade->boxes[i];
      cascade->found.push_back(CVFound{box.x, box.y, box.width, box.height, cascade->neighbours[i]});
    }
    *found = cascade->found.data();
    *count = int(cascade->found.size());
  });
}
