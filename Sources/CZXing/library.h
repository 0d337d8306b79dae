// The functions of ZXing-C++ that are not inline.
//
// It has no C interface before version 2.3. Functions are looked up by their mangled names, which are what a linker would
// look up; the layout of its classes is that of the headers, and the library's name has the number of that binary
// interface.
#pragma once

#if __has_include(<ZXing/ReadBarcode.h>)
#define ZX_USE_UTF8
#include <ZXing/ReadBarcode.h>
#include <ZXing/ZXVersion.h>
#endif

#if defined(ZXING_VERSION_MAJOR) && ZXING_VERSION_MAJOR == 1
#define CZXING_IS_BUILT 1

#include <string>

namespace czxing {

struct Library {
  ZXing::Results (*read)(const ZXing::ImageView &, const ZXing::DecodeHints &) = nullptr;
  std::string (*text)(const ZXing::Result *) = nullptr;
  const ZXing::ByteArray &(*bytes)(const ZXing::Result *) = nullptr;
  ZXing::ContentType (*content)(const ZXing::Result *) = nullptr;
  const char *(*format_name)(ZXing::BarcodeFormat) = nullptr;
  std::string path, problem;

  Library() noexcept;

 private:
  void open();
};

/// The library, opened at the first call; `read` is NULL if it cannot be.
const Library &library();

}  // namespace czxing
#endif
