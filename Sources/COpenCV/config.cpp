#include "config.h"

#include <fstream>
#include <iterator>
#include <opencv2/core.hpp>
#include <regex>
#include <sstream>

namespace copencv {

std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) CV_Error(cv::Error::StsError, "it cannot be opened: " + path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::string darknetWithoutThreshold(const std::string &config) {
  std::istringstream lines(config);
  std::string line, result;
  bool detects = false;
  while (std::getline(lines, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const size_t start = line.find_first_not_of(" \t");
    const std::string text = start == std::string::npos ? "" : line.substr(start);
    if (!text.empty() && text[0] == '[') detects = text.rfind("[yolo]", 0) == 0 || text.rfind("[region]", 0) == 0;
    // The key's name alone: ignore_thresh and truth_thresh belong to the training.
    const bool isThreshold = detects && text.rfind("thresh", 0) == 0 && text.find_first_of(" \t=") == 6;
    if (!isThreshold) result += line + "\n";
    if (detects && !text.empty() && text[0] == '[') result += "thresh=0\n";
  }
  return result;
}

std::string caffeWithoutThreshold(const std::string &config) {
  static const std::regex field("confidence_threshold[ \t]*:[ \t]*[-+.0-9eE]+");
  return std::regex_replace(config, field, "confidence_threshold: 0");
}

std::string tensorflowWithoutThreshold(const std::string &config) {
  static const std::regex field(
      "(key[ \t]*:[ \t]*\"confidence_threshold\"\\s*value\\s*:?\\s*\\{\\s*f[ \t]*:[ \t]*)[-+.0-9eE]+");
  return std::regex_replace(config, field, "$010");
}

}  // namespace copencv
