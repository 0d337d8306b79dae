#include "COpenCVCodecs.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <mutex>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

namespace {

using Decode = cv::Mat (*)(cv::InputArray, int);
using Encode = bool (*)(const std::string &, cv::InputArray, std::vector<uchar> &, const std::vector<int> &);

struct Library {
  Decode decode = nullptr;
  Encode encode = nullptr;
  std::string fault;
};

// Messages of imgcodecs on std::cerr belong to one image and reach the user as its failure.
struct Silence : std::streambuf {
  int overflow(int c) override { return c; }
};

copencvcodecs_status status(copencvcodecs_code code, const char *message) noexcept {
  copencvcodecs_status result{code, {0}};
  std::snprintf(result.message, sizeof result.message, "%s", message);
  for (char *c = result.message; *c; c++)
    if (*c == '\n') *c = ' ';
  return result;
}

// No exception leaves a C function: in Swift it would end the process.
template <typename Body>
copencvcodecs_status guarded(Body body) noexcept {
  try {
    return body();
  } catch (const cv::Exception &e) {
    return status(e.code == cv::Error::StsNoMem ? copencvcodecs_out_of_memory : copencvcodecs_refused, e.err.c_str());
  } catch (const std::bad_alloc &) {
    return status(copencvcodecs_out_of_memory, "no memory for the picture");
  } catch (const std::exception &e) {
    return status(copencvcodecs_refused, e.what());
  } catch (...) {
    return status(copencvcodecs_refused, "an unknown exception");
  }
}

Library open() {
  // Debian names the library by ABI (406), upstream and Homebrew by version.
  const std::string name = "libopencv_imgcodecs";
  const std::string major = std::to_string(CV_VERSION_MAJOR), minor = std::to_string(CV_VERSION_MINOR);
  const std::string abi = major + (minor.size() < 2 ? "0" : "") + minor;
  std::vector<std::string> candidates;
#ifdef __APPLE__
  for (const char *folder : {"", "/opt/homebrew/lib/", "/usr/local/lib/"})
    for (const std::string &version : {"." + abi, "." + major + "." + minor, std::string()})
      candidates.push_back(folder + name + version + ".dylib");
#else
  for (const std::string &version : {"." + abi, "." + major + "." + minor, std::string()})
    candidates.push_back(name + ".so" + version);
#endif
  Library library;
  void *handle = nullptr;
  for (const std::string &candidate : candidates) {
    handle = dlopen(candidate.c_str(), RTLD_LAZY | RTLD_LOCAL);
    if (handle) break;
  }
  if (!handle) {
    library.fault = "OpenCV's imgcodecs library is needed for this format, and not found as " + candidates.front();
    return library;
  }
  library.decode = reinterpret_cast<Decode>(dlsym(handle, "_ZN2cv8imdecodeERKNS_11_InputArrayEi"));
  for (const char *symbol :
       {"_ZN2cv8imencodeERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEERKNS_11_InputArrayERSt6vectorIhSaIhEERKSB_"
        "IiSaIiEE",
        "_ZN2cv8imencodeERKNSt3__112basic_stringIcNS0_11char_traitsIcEENS0_9allocatorIcEEEERKNS_11_InputArrayERNS0_"
        "6vectorIhNS4_IhEEEERKNSB_IiNS4_IiEEEE"}) {
    if (!library.encode) library.encode = reinterpret_cast<Encode>(dlsym(handle, symbol));
  }
  if (!library.decode) {
    library.fault = "OpenCV's imgcodecs library is of another version than imgrec was built with";
    return library;
  }
  static Silence silence;
  std::cerr.rdbuf(&silence);
  cv::redirectError([](int, const char *, const char *, const char *, int, void *) { return 0; });
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  return library;
}

const Library &library() {
  static const Library opened = open();
  return opened;
}

static_assert(std::is_same<Decode, decltype(static_cast<Decode>(&cv::imdecode))>::value, "imdecode's type");
static_assert(std::is_same<Encode, decltype(&cv::imencode)>::value, "imencode's type");

}  // namespace

copencvcodecs_status copencvcodecs_decode(
    const uint8_t *data, size_t size, int keeps_alpha, copencvcodecs_picture *picture) {
  *picture = {};
  return guarded([&] {
    const Library &l = library();
    if (!l.fault.empty()) return status(copencvcodecs_missing, l.fault.c_str());
    if (size > INT32_MAX) return status(copencvcodecs_refused, "more than 2 GiB");
    const cv::Mat bytes(1, static_cast<int>(size), CV_8UC1, const_cast<uint8_t *>(data));
    cv::Mat decoded;
    if (keeps_alpha) decoded = l.decode(bytes, cv::IMREAD_UNCHANGED);
    if (decoded.type() == CV_16UC4) decoded.convertTo(decoded, CV_8U, 1 / 257.0);
    if (decoded.empty() || decoded.type() != CV_8UC4)
      decoded = l.decode(bytes, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
    if (decoded.empty() || (decoded.type() != CV_8UC3 && decoded.type() != CV_8UC4))
      return status(copencvcodecs_refused, "its data cannot be decoded");
    auto *owned = new cv::Mat(decoded);
    *picture = {owned->data, owned->cols, owned->rows, owned->channels(), owned->step[0], owned};
    return status(copencvcodecs_ok, "");
  });
}

void copencvcodecs_release_picture(copencvcodecs_picture *picture) {
  delete static_cast<cv::Mat *>(picture->handle);
  *picture = {};
}

copencvcodecs_status copencvcodecs_encode(
    const char *extension, const uint8_t *data, int width, int height, int channels, size_t stride,
    const int *parameters, size_t parameter_count, copencvcodecs_bytes *bytes) {
  *bytes = {};
  return guarded([&] {
    const Library &l = library();
    if (!l.fault.empty()) return status(copencvcodecs_missing, l.fault.c_str());
    if (!l.encode) return status(copencvcodecs_missing, "OpenCV's imgcodecs library is of another version");
    const cv::Mat picture(height, width, CV_8UC(channels), const_cast<uint8_t *>(data), stride);
    std::unique_ptr<std::vector<uchar>> encoded(new std::vector<uchar>());
    if (!l.encode(extension, picture, *encoded, std::vector<int>(parameters, parameters + parameter_count)))
      return status(copencvcodecs_refused, "the picture cannot be encoded");
    *bytes = {encoded->data(), encoded->size(), encoded.get()};
    encoded.release();
    return status(copencvcodecs_ok, "");
  });
}

void copencvcodecs_release_bytes(copencvcodecs_bytes *bytes) {
  delete static_cast<std::vector<uchar> *>(bytes->handle);
  *bytes = {};
}
