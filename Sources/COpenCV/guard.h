#pragma once

#include <cstdio>
#include <exception>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>

#include "COpenCV.h"

namespace copencv {

inline void setMessage(CVError *error, const char *message) noexcept {
  if (error == nullptr) return;
  std::snprintf(error->message, sizeof error->message, "%s", message);
  // One line: OpenCV's messages end in a line break, and some hold several.
  size_t end = 0;
  for (size_t i = 0; error->message[i] != 0; i++) {
    if (error->message[i] == '\n' || error->message[i] == '\r') error->message[i] = ' ';
    if (error->message[i] != ' ') end = i + 1;
  }
  error->message[end] = 0;
}

/// Keeps OpenCV from printing; its text is returned as a message.
inline void silence() {
  static const bool silent = [] {
    cv::redirectError([](int, const char *, const char *, const char *, int, void *) { return 0; });
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    return true;
  }();
  (void)silent;
}

/// The only way into C++: no exception thrown in `body` leaves it.
template <class Body>
CVStatus guarded(CVError *error, Body &&body) noexcept {
  try {
    silence();
    body();
    return CVStatusOk;
  } catch (const cv::Exception &exception) {
    setMessage(error, exception.err.empty() ? exception.what() : exception.err.c_str());
    return exception.code == cv::Error::StsNoMem ? CVStatusOutOfMemory : CVStatusRefused;
  } catch (const std::bad_alloc &) {
    setMessage(error, "out of memory");
    return CVStatusOutOfMemory;
  } catch (const std::exception &exception) {
    setMessage(error, exception.what());
    return CVStatusUnknown;
  } catch (...) {
    setMessage(error, "an exception of an unknown kind");
    return CVStatusUnknown;
  }
}

}  // namespace copencv
