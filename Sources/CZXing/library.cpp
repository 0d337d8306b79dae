#include "library.h"

#ifdef CZXING_IS_BUILT

#include <dlfcn.h>

namespace czxing {

namespace {

template <typename Function>
bool find(void *handle, const char *symbol, Function &function) {
  function = reinterpret_cast<Function>(dlsym(handle, symbol));
  return function != nullptr;
}

}  // namespace

Library::Library() noexcept {
  try {
    open();
  } catch (...) {
    read = nullptr;
  }
}

void Library::open() {
  void *handle = nullptr;
  for (const char *name : {"libZXing.so.2", "libZXing.2.dylib", "/opt/homebrew/lib/libZXing.2.dylib"})
    if ((handle = dlopen(name, RTLD_NOW | RTLD_LOCAL))) break;
  if (!handle) {
    problem = "libZXing.so.2 cannot be opened";
    return;
  }
  const bool found = find(handle, "_ZNK5ZXing6Result4utf8B5cxx11Ev", text) &&
                     find(handle, "_ZNK5ZXing6Result5bytesEv", bytes) &&
                     find(handle, "_ZNK5ZXing6Result11contentTypeEv", content) &&
                     find(handle, "_ZN5ZXing8ToStringENS_13BarcodeFormatE", format_name) &&
                     find(handle, "_ZN5ZXing12ReadBarcodesERKNS_9ImageViewERKNS_11DecodeHintsE", read);
  Dl_info info{};
  if (found && dladdr(reinterpret_cast<void *>(read), &info) && info.dli_fname) path = info.dli_fname;
  if (!found) {
    read = nullptr;
    problem = "libZXing.so.2 is another version than the one that imgrec was built for";
  }
}

const Library &library() {
  static const Library opened;
  return opened;
}

}  // namespace czxing
#endif
