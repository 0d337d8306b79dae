#include "CZXing.h"

#include <cstdio>
#include <exception>
#include <memory>
#include <new>

#include "found.h"

namespace {

void set_message(CZXingError *error, const char *message) noexcept {
  if (error) std::snprintf(error->message, sizeof error->message, "%s", message);
}

}  // namespace

#ifdef CZXING_IS_BUILT

const char *czxing_version(void) {
#define CZXING_STRING(x) #x
#define CZXING_TEXT(x) CZXING_STRING(x)
  return CZXING_TEXT(ZXING_VERSION_MAJOR) "." CZXING_TEXT(ZXING_VERSION_MINOR);
}

const char *czxing_open(CZXingError *error) {
  const czxing::Library &zxing = czxing::library();
  if (zxing.read) return zxing.path.c_str();
  set_message(error, zxing.problem.c_str());
  return nullptr;
}

CZXingCodes *czxing_read(uint8_t *grey, int width, int height, CZXingError *error) {
  try {
    if (!czxing_open(error)) return nullptr;
    auto found = std::make_unique<czxing::Found>();
    czxing::read_all(*found, grey, width, height);
    // Pointers are taken when the vectors grow no more.
    for (size_t i = 0; i < found->all.size(); i++) {
      CZXingCode &code = found->all[i];
      code.text = found->texts[i].data();
      code.text_length = found->texts[i].size();
      const ZXing::ByteArray &bytes = czxing::library().bytes(&found->results[i]);
      code.bytes = bytes.data();
      code.byte_count = bytes.size();
    }
    found->codes = found->all.data();
    found->count = found->all.size();
    return found.release();
  } catch (const std::bad_alloc &) {
    set_message(error, "out of memory");
  } catch (const std::exception &exception) {
    set_message(error, exception.what());
  } catch (...) {
    set_message(error, "an exception of an unknown kind");
  }
  return nullptr;
}

void czxing_free(CZXingCodes *codes) { delete static_cast<czxing::Found *>(codes); }

#else

const char *czxing_version(void) { return nullptr; }

const char *czxing_open(CZXingError *error) {
  set_message(error, "this imgrec was built without libzxing-dev 1.4");
  return nullptr;
}

CZXingCodes *czxing_read(uint8_t *, int, int, CZXingError *error) {
  czxing_open(error);
  return nullptr;
}

void czxing_free(CZXingCodes *) {}

#endif
