// A stand-in for OpenCV's imgcodecs that fails as decoders do, for tests of the decoder process. The reserved field of a
// BMP's header (offset 6) chooses the fault; with 0 the real library decodes.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <opencv2/core.hpp>
#include <string>

namespace cv {

using Decode = Mat (*)(InputArray, int);

// What a decoder has no need of, and is allowed nevertheless.
static std::string rights() {
  std::string found;
  const int user = open("/etc/passwd", O_RDONLY), scratch = open("/tmp/imgrec-decoder-wrote", O_WRONLY | O_CREAT, 0600);
  if (user >= 0) found += " read /etc/passwd";
  if (scratch >= 0) found += " write /tmp";
  if (socket(AF_INET, SOCK_STREAM, 0) >= 0) found += " socket";
  if (kill(getppid(), 0) == 0) found += " signal";
  const pid_t child = fork();
  if (child == 0) _exit(0);
  if (child > 0) found += " fork";
  return found;
}

__attribute__((visibility("default"))) Mat imdecode(InputArray buffer, int flags) {
  const Mat bytes = buffer.getMat();
  uint32_t fault = 0;
  std::memcpy(&fault, bytes.data + 6, sizeof fault);
  switch (fault) {
    case 1: *(volatile int *)8 = 0; break;
    case 2: for (;;) usleep(1000);
    case 3:
      for (;;) {
        volatile char *block = static_cast<volatile char *>(std::malloc(64 << 20));
        if (!block) throw std::bad_alloc();
        for (size_t i = 0; i < 64 << 20; i += 4096) block[i] = 1;
      }
    case 4: std::abort();
    case 5: std::exit(3);
    case 6: {
      const std::string found = rights();
      if (!found.empty()) CV_Error(Error::StsError, "a decoder may" + found);
      break;
    }
    case 7: for (volatile unsigned i = 0;; i++) {}
    default: break;
  }
  static const Decode decode = reinterpret_cast<Decode>(
      dlsym(dlopen(REAL_LIBRARY, RTLD_NOW | RTLD_LOCAL), "_ZN2cv8imdecodeERKNS_11_InputArrayEi"));
  return decode(buffer, flags);
}

}  // namespace cv
