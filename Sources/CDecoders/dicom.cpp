// DICOM through DCMTK. Its classes cannot be linked, as the libraries are opened at the first call; but all members that
// are used are virtual or inline, except for the few that are looked up by their mangled names here.
#include <dlfcn.h>

#include <exception>
#include <new>
#include <string>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcfilefo.h"
#include "dcmtk/dcmdata/dcistrmb.h"
#include "dcmtk/dcmimgle/dcmimage.h"
#include "dcmtk/dcmimgle/diregbas.h"
#include "dcmtk/dcmjpeg/djutils.h"
#include "dcmtk/dcmjpls/djlsutil.h"
#include "dcmtk/oflog/oflog.h"
#include "support.h"

namespace {

struct Library {
  void (*make_file)(DcmFileFormat *) = nullptr;
  void (*make_stream)(DcmInputBufferStream *) = nullptr;
  void (*make_image)(DicomImage *, DcmObject *, E_TransferSyntax, unsigned long, unsigned long, unsigned long) = nullptr;
  int (*set_window)(DiMonoImage *, unsigned long) = nullptr;
  int (*set_voi_lut)(DiMonoImage *, unsigned long, EL_BitsPerTableEntry) = nullptr;
  int (*set_range)(DiMonoImage *, int) = nullptr;
  bool is_open = false;

  bool open() noexcept;
};

// The binary interface of C++ classes holds for the version of the headers only; Debian's name has its number.
const int abi = PACKAGE_VERSION_NUMBER - 350;

void *open_one(const char *name) {
  const std::string linux_name = std::string("lib") + name + ".so." + std::to_string(abi);
  const std::string mac_name = std::string("lib") + name + "." + std::to_string(abi) + ".dylib";
  const std::string brew_name = "/opt/homebrew/lib/" + mac_name;
  const char *const names[] = {linux_name.c_str(), mac_name.c_str(), brew_name.c_str(), nullptr};
  return cdecoders_open(names);
}

template <typename Function>
bool find(void *handle, const char *symbol, Function &function) {
  function = reinterpret_cast<Function>(dlsym(handle, symbol));
  return function != nullptr;
}

// Colour images are created by an object of class DiRegister, which has no members beyond those of its base. It
// registers itself and must live as long as the process; the header of its class would define one that is linked.
alignas(DiRegisterBase) unsigned char colour_support[sizeof(DiRegisterBase)];

bool Library::open() noexcept {
  try {
    void *log = open_one("oflog"), *data = open_one("dcmdata"), *grey = open_one("dcmimgle");
    void *colour = open_one("dcmimage"), *jpeg = open_one("dcmjpeg"), *jpeg_ls = open_one("dcmjpls");
    if (!log || !data || !grey || !colour || !jpeg || !jpeg_ls) return false;
    void (*set_log_level)(OFLogger::LogLevel);
    void (*register_colour)(DiRegisterBase *);
    void (*register_rle)(OFBool, OFBool);
    void (*register_jpeg)(
        E_DecompressionColorSpaceConversion, E_UIDCreation, E_PlanarConfiguration, OFBool, OFBool, OFBool);
    void (*register_jpeg_ls)(JLS_UIDCreation, JLS_PlanarConfiguration, OFBool, OFBool);
    const bool found =
        find(log, "_ZN5OFLog9configureEN8OFLogger8LogLevelE", set_log_level) &&
        find(data, "_ZN13DcmFileFormatC1Ev", make_file) && find(data, "_ZN20DcmInputBufferStreamC1Ev", make_stream) &&
        find(data, "_ZN25DcmRLEDecoderRegistration14registerCodecsEbb", register_rle) &&
        find(grey, "_ZN10DicomImageC1EP9DcmObject16E_TransferSyntaxmmm", make_image) &&
        find(grey, "_ZN11DiMonoImage9setWindowEm", set_window) &&
        find(grey, "_ZN11DiMonoImage9setVoiLutEm20EL_BitsPerTableEntry", set_voi_lut) &&
        find(grey, "_ZN11DiMonoImage15setMinMaxWindowEi", set_range) &&
        find(colour, "_ZN10DiRegisterC1Ev", register_colour) &&
        find(
            jpeg,
            "_ZN21DJDecoderRegistration14registerCodecsE35E_DecompressionColorSpaceConversion13E_UIDCreation"
            "21E_PlanarConfigurationbbb",
            register_jpeg) &&
        find(
            jpeg_ls, "_ZN23DJLSDecoderRegistration14registerCodecsE15JLS_UIDCreation23JLS_PlanarConfigurationbb",
            register_jpeg_ls);
    if (!found) return false;
    set_log_level(OFLogger::OFF_LOG_LEVEL);
    register_colour(reinterpret_cast<DiRegisterBase *>(colour_support));
    register_rle(OFFalse, OFFalse);
    register_jpeg(EDC_photometricInterpretation, EUC_never, EPC_default, OFTrue, OFTrue, OFFalse);
    register_jpeg_ls(EJLSUC_never, EJLSPC_restore, OFFalse, OFFalse);
    return true;
  } catch (...) {
    return false;
  }
}

Library &library() {
  static Library opened;
  static const bool is_open = opened.open();
  opened.is_open = is_open;
  return opened;
}

// Room for an object whose constructor is looked up. Its destructor is virtual.
template <typename Object>
struct Held {
  alignas(Object) unsigned char bytes[sizeof(Object)];
  bool is_made = false;

  Object *get() { return reinterpret_cast<Object *>(bytes); }
  ~Held() {
    if (is_made) get()->~Object();
  }
};

void fail(cdecoders_result *result, EI_Status status) {
  switch (status) {
    case EIS_MemoryFailure:
      cdecoders_fail(result, cdecoders_out_of_memory, "no memory for the picture");
      break;
    case EIS_NotSupportedValue:
      cdecoders_fail(result, cdecoders_unsupported, "a kind of pixels that DCMTK does not decode");
      break;
    default: cdecoders_fail(result, cdecoders_corrupt, "its data cannot be decoded");
  }
}

void decode(const cdecoders_request *request, cdecoders_result *result) {
  Library &l = library();
  if (!l.is_open) {
    cdecoders_fail(
        result, cdecoders_missing, "needs DCMTK " PACKAGE_VERSION "; install the package libdcmtk%d", abi);
    return;
  }
  Held<DcmInputBufferStream> stream;
  l.make_stream(stream.get());
  stream.is_made = true;
  stream.get()->setBuffer(request->data, static_cast<offile_off_t>(request->size));
  stream.get()->setEos();
  Held<DcmFileFormat> file;
  l.make_file(file.get());
  file.is_made = true;
  file.get()->transferInit();
  const bool is_read = file.get()->read(*stream.get(), EXS_Unknown, EGL_noChange, DCM_MaxReadLength).good();
  file.get()->transferEnd();
  if (!is_read) {
    cdecoders_fail(result, cdecoders_corrupt, "its elements cannot be read");
    return;
  }
  Held<DicomImage> held;
  l.make_image(held.get(), file.get(), EXS_Unknown, 0, 0, 1);
  held.is_made = true;
  DicomImage &image = *held.get();
  if (image.getStatus() != EIS_Normal) {
    fail(result, image.getStatus());
    return;
  }
  if (image.getWidth() != static_cast<unsigned long>(request->width) ||
      image.getHeight() != static_cast<unsigned long>(request->height)) {
    cdecoders_fail(result, cdecoders_corrupt, "the picture has not the size of its header");
    return;
  }
  const bool is_grey = image.isMonochrome();
  if (is_grey) {
    // A lookup table is for one kind of picture, windows are also for others. Without either, more than 8 bits would
    // be dark or flat in the range of their type: the range of the values is shown, as viewers do.
    if (!(image.getVoiLutCount() > 0 && image.setVoiLut(0)) && !(image.getWindowCount() > 0 && image.setWindow(0)) &&
        image.getDepth() > 8)
      image.setMinMaxWindow(0);
  }
  const unsigned long count = static_cast<unsigned long>(request->width) * static_cast<unsigned long>(request->height);
  const unsigned long bytes = count * (is_grey ? 1 : 3);
  if (image.getOutputDataSize(8) > count * 4 || !image.getOutputData(request->pixels, count * 4, 8, 0, 0)) {
    fail(result, image.getStatus());
    return;
  }
  for (unsigned long i = 0; !is_grey && i < bytes; i += 3) {
    const uint8_t red = request->pixels[i];
    request->pixels[i] = request->pixels[i + 2];
    request->pixels[i + 2] = red;
  }
  result->channels = is_grey ? 1 : 3;
}

}  // namespace

// Inline members of DicomImage call these three, which are not virtual.
int DiMonoImage::setWindow(const unsigned long index) { return library().set_window(this, index); }
int DiMonoImage::setMinMaxWindow(const int mode) { return library().set_range(this, mode); }
int DiMonoImage::setVoiLut(const unsigned long index, const EL_BitsPerTableEntry bits) {
  return library().set_voi_lut(this, index, bits);
}

void cdecoders_dicom(const cdecoders_request *request, cdecoders_result *result) {
  try {
    decode(request, result);
  } catch (const std::bad_alloc &) {
    cdecoders_fail(result, cdecoders_out_of_memory, "no memory for the picture");
  } catch (...) {
    cdecoders_fail(result, cdecoders_corrupt, "its data cannot be decoded");
  }
}
