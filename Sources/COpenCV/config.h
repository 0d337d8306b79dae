#pragma once

#include <string>

namespace copencv {

/// The content of a file; throws cv::Exception if it cannot be read.
std::string readFile(const std::string &path);

// Detection layers drop what is below a score of their own, 0.2 in Darknet's unless the text says otherwise: a lower
// threshold of the user's would have no effect. These return the text of a network's structure with that score 0. What
// is above the old one does not change: suppression goes by falling scores.

/// Of Darknet's .cfg.
std::string darknetWithoutThreshold(const std::string &config);
/// Of Caffe's .prototxt.
std::string caffeWithoutThreshold(const std::string &config);
/// Of TensorFlow's .pbtxt.
std::string tensorflowWithoutThreshold(const std::string &config);

}  // namespace copencv
