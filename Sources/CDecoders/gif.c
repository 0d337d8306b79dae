// GIF through giflib: frames composed on their canvas, which is transparent.
#include "support.h"

#include <dlfcn.h>
#include <gif_lib.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// Field, name of the function, result, parameters.
#define GIF_FUNCTIONS(X)                                                                    \
  X(open, DGifOpen, GifFileType *, (void *, InputFunc, int *))                              \
  X(close, DGifCloseFile, int, (GifFileType *, int *))                                      \
  X(record, DGifGetRecordType, int, (GifFileType *, GifRecordType *))                       \
  X(describe, DGifGetImageDesc, int, (GifFileType *))                                       \
  X(line, DGifGetLine, int, (GifFileType *, GifPixelType *, int))                           \
  X(extension, DGifGetExtension, int, (GifFileType *, int *, GifByteType **))               \
  X(more, DGifGetExtensionNext, int, (GifFileType *, GifByteType **))                       \
  X(control, DGifExtensionToGCB, int, (const size_t, const GifByteType *, GraphicsControlBlock *))

static struct {
#define GIF_FIELD(field, name, result, parameters) result(*field) parameters;
  GIF_FUNCTIONS(GIF_FIELD)
#undef GIF_FIELD
  int is_open;
} library;
static pthread_once_t opened = PTHREAD_ONCE_INIT;

static void open_library(void) {
  static const char *const names[] = {"libgif.so.7", "libgif.7.dylib", "/opt/homebrew/lib/libgif.7.dylib", NULL};
  void *handle = cdecoders_open(names);
  if (!handle) return;
#define GIF_FIND(field, name, result, parameters)  \
  *(void **)&library.field = dlsym(handle, #name); \
  if (!library.field) return;
  GIF_FUNCTIONS(GIF_FIND)
#undef GIF_FIND
  library.is_open = 1;
}

typedef struct {
  const uint8_t *data;
  size_t size, at;
} source;

static int read_bytes(GifFileType *gif, GifByteType *target, int count) {
  source *from = gif->UserData;
  const size_t left = from->size - from->at, given = (size_t)count < left ? (size_t)count : left;
  memcpy(target, from->data + from->at, given);
  from->at += given;
  return (int)given;
}

/// A frame's rectangle within the canvas, in pixels.
typedef struct {
  int x, y, width, height;
} area;

static area clip(const GifImageDesc *frame, const cdecoders_request *request) {
  area part = {frame->Left, frame->Top, frame->Width, frame->Height};
  if (part.x > request->width) part.x = request->width;
  if (part.y > request->height) part.y = request->height;
  if (part.width > request->width - part.x) part.width = request->width - part.x;
  if (part.height > request->height - part.y) part.height = request->height - part.y;
  return part;
}

static void clear(const cdecoders_request *request, area part) {
  for (int y = 0; y < part.height; y++)
    memset(request->pixels + 4 * ((size_t)(part.y + y) * request->width + part.x), 0, 4 * (size_t)part.width);
}

static void draw_line(
    const cdecoders_request *request, area part, int y, const GifPixelType *indices, const ColorMapObject *colours,
    int transparent) {
  uint8_t *target = request->pixels + 4 * ((size_t)(part.y + y) * request->width + part.x);
  for (int x = 0; x < part.width; x++, target += 4) {
    const int index = indices[x];
    if (index == transparent || index >= colours->ColorCount) continue;
    const GifColorType colour = colours->Colors[index];
    target[0] = colour.Blue;
    target[1] = colour.Green;
    target[2] = colour.Red;
    target[3] = 255;
  }
}

/// Draws the frame that was described last. Returns the number of lines that were read.
static int draw_frame(const cdecoders_request *request, GifFileType *gif, int transparent, GifPixelType *indices) {
  static const int starts[] = {0, 4, 2, 1}, steps[] = {8, 8, 4, 2};
  const GifImageDesc *frame = &gif->Image;
  const ColorMapObject *colours = frame->ColorMap ? frame->ColorMap : gif->SColorMap;
  const area part = clip(frame, request);
  int lines = 0;
  for (int pass = 0; pass < (frame->Interlace ? 4 : 1); pass++) {
    const int step = frame->Interlace ? steps[pass] : 1;
    for (int y = frame->Interlace ? starts[pass] : 0; y < frame->Height; y += step, lines++) {
      if (library.line(gif, indices, frame->Width) == GIF_ERROR) return lines;
      if (y < part.height && colours) draw_line(request, part, y, indices, colours, transparent);
    }
  }
  return lines;
}

/// Reads an extension; `control` is changed if it is one of a frame.
static int read_extension(GifFileType *gif, GraphicsControlBlock *control) {
  int kind = 0;
  GifByteType *bytes = NULL;
  if (library.extension(gif, &kind, &bytes) == GIF_ERROR) return 0;
  while (bytes) {
    if (kind == GRAPHICS_EXT_FUNC_CODE) (void)library.control(bytes[0], bytes + 1, control);
    if (library.more(gif, &bytes) == GIF_ERROR) return 0;
  }
  return 1;
}

static void decode(const cdecoders_request *request, cdecoders_result *result, GifFileType *gif) {
  const size_t canvas = 4 * (size_t)request->width * request->height;
  const GraphicsControlBlock usual = {DISPOSAL_UNSPECIFIED, 0, 0, NO_TRANSPARENT_COLOR};
  GraphicsControlBlock control = usual;
  uint8_t *saved = NULL;
  GifPixelType *indices = malloc(65536);
  area earlier = {0};
  int disposal = DISPOSAL_UNSPECIFIED, number = 0;
  if (!indices) cdecoders_fail(result, cdecoders_out_of_memory, "no memory for the picture");
  memset(request->pixels, 0, canvas);
  while (result->status == cdecoders_ok && number <= request->page) {
    GifRecordType kind = UNDEFINED_RECORD_TYPE;
    int is_read = library.record(gif, &kind) != GIF_ERROR;
    if (is_read && kind == EXTENSION_RECORD_TYPE) {
      is_read = read_extension(gif, &control);
    } else if (is_read && kind == IMAGE_DESC_RECORD_TYPE) {
      if (library.describe(gif) == GIF_ERROR) {
        cdecoders_fail(result, cdecoders_corrupt, "a frame cannot be read");
        break;
      }
      if (disposal == DISPOSE_BACKGROUND) clear(request, earlier);
      if (disposal == DISPOSE_PREVIOUS && saved) memcpy(request->pixels, saved, canvas);
      disposal = control.DisposalMode;
      if (disposal == DISPOSE_PREVIOUS && number < request->page) {
        if (!saved) saved = malloc(canvas);
        if (!saved) {
          cdecoders_fail(result, cdecoders_out_of_memory, "no memory for the picture");
          break;
        }
        memcpy(saved, request->pixels, canvas);
      }
      const int lines = draw_frame(request, gif, control.TransparentColor, indices);
      if (lines < gif->Image.Height) {
        // The picture that is asked for may be shown in part; one after a damaged frame is not.
        if (lines > 0 && number == request->page)
          cdecoders_warn(result, "premature end of data");
        else
          cdecoders_fail(result, cdecoders_truncated, "premature end of data");
        break;
      }
      earlier = clip(&gif->Image, request);
      control = usual;
      number++;
    } else if (is_read) {
      cdecoders_fail(result, cdecoders_corrupt, number == 0 ? "no picture" : "frame %d is missing", number + 1);
    }
    if (!is_read) cdecoders_fail(result, cdecoders_truncated, "premature end of data");
  }
  free(indices);
  free(saved);
  result->channels = 4;
}

void cdecoders_gif(const cdecoders_request *request, cdecoders_result *result) {
  pthread_once(&opened, open_library);
  if (!library.is_open) {
    cdecoders_fail(result, cdecoders_missing, "needs giflib; install the package libgif7");
    return;
  }
  source from = {request->data, request->size, 0};
  int error = 0;
  GifFileType *gif = library.open(&from, read_bytes, &error);
  if (!gif) {
    cdecoders_fail(result, error == D_GIF_ERR_EOF_TOO_SOON || error == D_GIF_ERR_READ_FAILED ? cdecoders_truncated
                                                                                          : cdecoders_corrupt,
                   "its header cannot be read");
    return;
  }
  decode(request, result, gif);
  library.close(gif, &error);
}
