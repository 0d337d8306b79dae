// JPEG 2000 through OpenJPEG: codestreams, bare or in JP2 boxes, of any component layout.
#include "jpeg2000.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/// Functions of OpenJPEG that are used, as (name, declared type).
#define OPENJPEG_FUNCTIONS(X)                                                                                   \
  X(opj_create_decompress)                                                                                      \
  X(opj_set_default_decoder_parameters)                                                                         \
  X(opj_setup_decoder)                                                                                          \
  X(opj_set_error_handler)                                                                                      \
  X(opj_set_warning_handler)                                                                                    \
  X(opj_stream_create)                                                                                          \
  X(opj_stream_set_read_function)                                                                               \
  X(opj_stream_set_skip_function)                                                                               \
  X(opj_stream_set_seek_function)                                                                               \
  X(opj_stream_set_user_data)                                                                                   \
  X(opj_stream_set_user_data_length)                                                                            \
  X(opj_read_header)                                                                                            \
  X(opj_decode)                                                                                                 \
  X(opj_end_decompress)                                                                                         \
  X(opj_destroy_codec)                                                                                          \
  X(opj_stream_destroy)                                                                                         \
  X(opj_image_destroy)

typedef struct {
#define DECLARE(name) __typeof__(&name) name;
  OPENJPEG_FUNCTIONS(DECLARE)
#undef DECLARE
  /// Absent before OpenJPEG 2.5, which decodes cut files anyway or not at all.
  __typeof__(&opj_decoder_set_strict_mode) set_strict_mode;
} openjpeg;

static openjpeg library;
static int is_open;
static pthread_once_t opened = PTHREAD_ONCE_INIT;

static void open_library(void) {
  static const char *const names[] = {
      "libopenjp2.so.7", "libopenjp2.7.dylib", "/opt/homebrew/lib/libopenjp2.7.dylib", NULL};
  void *handle = cdecoders_open(names);
  if (!handle) return;
#define FIND(name)                               \
  *(void **)&library.name = dlsym(handle, #name); \
  if (!library.name) return;
  OPENJPEG_FUNCTIONS(FIND)
#undef FIND
  *(void **)&library.set_strict_mode = dlsym(handle, "opj_decoder_set_strict_mode");
  is_open = 1;
}

// MARK: The file as a stream

typedef struct {
  const uint8_t *data;
  size_t size, at;
} memory_file;

static OPJ_SIZE_T read_bytes(void *buffer, OPJ_SIZE_T count, void *user) {
  memory_file *file = user;
  if (file->at >= file->size) return (OPJ_SIZE_T)-1;
  if (count > file->size - file->at) count = file->size - file->at;
  memcpy(buffer, file->data + file->at, count);
  file->at += count;
  return count;
}

static OPJ_OFF_T skip_bytes(OPJ_OFF_T count, void *user) {
  memory_file *file = user;
  if (count < 0 || (size_t)count > file->size - file->at) return -1;
  file->at += (size_t)count;
  return count;
}

static OPJ_BOOL seek_to(OPJ_OFF_T offset, void *user) {
  memory_file *file = user;
  if (offset < 0 || (size_t)offset > file->size) return OPJ_FALSE;
  file->at = (size_t)offset;
  return OPJ_TRUE;
}

// MARK: Messages

typedef struct {
  cdecoders_result *result;
  char error[160];
} messages;

static void keep_first_error(const char *text, void *user) {
  messages *m = user;
  if (!m->error[0]) strncpy(m->error, text, sizeof m->error - 1);
}

/// Keeps warnings about lost data. Others are about boxes and profiles that do not concern the picture, and about a
/// missing end, which the reader of the header reports.
static void keep_damage(const char *text, void *user) {
  static const char *const signs[] = {"too long", "too short", "truncated", "inconsistent", "Malformed", "loss of data",
                                      "Expected SOP", "Expected EPH", "PTERM", "SEGMARK", "Failed to decode"};
  messages *m = user;
  for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
    if (strstr(text, signs[i])) {
      cdecoders_warn(m->result, "damaged data");
      return;
    }
}

// MARK: Decoding

/// Decodes the file into an image of the size of the request; returns NULL, with the failure set, if it cannot.
static opj_image_t *decode_image(const cdecoders_request *request, cdecoders_result *result, int *is_bare) {
  pthread_once(&opened, open_library);
  if (!is_open) {
    cdecoders_fail(result, cdecoders_missing, "needs OpenJPEG 2; install the package libopenjp2-7");
    return NULL;
  }
  *is_bare = request->size >= 2 && request->data[0] == 0xFF && request->data[1] == 0x4F;
  memory_file file = {request->data, request->size, 0};
  messages m = {result, {0}};
  opj_image_t *image = NULL;
  opj_dparameters_t parameters;
  library.opj_set_default_decoder_parameters(&parameters);
  opj_codec_t *codec = library.opj_create_decompress(*is_bare ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
  opj_stream_t *stream = library.opj_stream_create(1 << 20, OPJ_TRUE);
  int done = 0;
  if (codec && stream) {
    library.opj_set_error_handler(codec, keep_first_error, &m);
    library.opj_set_warning_handler(codec, keep_damage, &m);
    library.opj_stream_set_read_function(stream, read_bytes);
    library.opj_stream_set_skip_function(stream, skip_bytes);
    library.opj_stream_set_seek_function(stream, seek_to);
    library.opj_stream_set_user_data(stream, &file, NULL);
    library.opj_stream_set_user_data_length(stream, request->size);
    if (library.opj_setup_decoder(codec, &parameters)) {
      if (library.set_strict_mode) library.set_strict_mode(codec, OPJ_FALSE);
      done = library.opj_read_header(stream, codec, &image) && image->x1 - image->x0 == (OPJ_UINT32)request->width &&
             image->y1 - image->y0 == (OPJ_UINT32)request->height && library.opj_decode(codec, stream, image);
      // Boxes behind the codestream may be damaged; the picture is decoded then.
      if (done) library.opj_end_decompress(codec, stream);
    }
  } else {
    cdecoders_fail(result, cdecoders_out_of_memory, "no memory for the picture");
  }
  if (stream) library.opj_stream_destroy(stream);
  if (codec) library.opj_destroy_codec(codec);
  for (OPJ_UINT32 i = 0; done && i < image->numcomps; i++) {
    const opj_image_comp_t *c = &image->comps[i];
    done = c->data && c->w > 0 && c->h > 0 && c->dx > 0 && c->dy > 0 && c->prec >= 1 && c->prec <= 32;
  }
  if (done && image->numcomps > 0) return image;
  if (image) library.opj_image_destroy(image);
  const int memory = strstr(m.error, "memory") != NULL;
  cdecoders_fail(
      result, memory ? cdecoders_out_of_memory : cdecoders_corrupt, "%s",
      memory          ? "no memory for the picture"
      : m.error[0] ? m.error
                      : "its data cannot be decoded");
  return NULL;
}

void cdecoders_jpeg2000(const cdecoders_request *request, cdecoders_result *result) {
  int is_bare;
  opj_image_t *image = decode_image(request, result, &is_bare);
  if (!image) return;
  cdecoders_jpeg2000_write(image, is_bare, request, result);
  library.opj_image_destroy(image);
}

void cdecoders_jpeg2000_samples(const cdecoders_request *request, int components, cdecoders_result *result) {
  int is_bare;
  opj_image_t *image = decode_image(request, result, &is_bare);
  if (!image) return;
  for (OPJ_UINT32 i = 0; i < image->numcomps; i++) {
    const opj_image_comp_t *c = &image->comps[i];
    if (c->w != (OPJ_UINT32)request->width || c->h != (OPJ_UINT32)request->height || c->prec > 16)
      cdecoders_fail(result, cdecoders_unsupported, "JPEG 2000 components of another size, or of more than 16 bits");
  }
  if (image->numcomps != (OPJ_UINT32)components)
    cdecoders_fail(result, cdecoders_corrupt, "%u JPEG 2000 components for %d samples", image->numcomps, components);
  if (result->status == cdecoders_ok) {
    const size_t count = (size_t)request->width * request->height;
    for (int c = 0; c < components; c++) {
      uint8_t *target = request->pixels + 2 * c;
      for (size_t i = 0; i < count; i++, target += 2 * components) {
        const uint32_t value = (uint32_t)image->comps[c].data[i];
        target[0] = (uint8_t)value;
        target[1] = (uint8_t)(value >> 8);
      }
    }
    result->channels = (int)image->comps[0].prec;
  }
  library.opj_image_destroy(image);
}
