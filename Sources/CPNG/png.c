#include "CPNG.h"

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { room = 1 << 16 };

struct cpng_encoder {
  png_structp png;
  png_infop info;
  int descriptor;
  size_t used;
  char message[256];
  uint8_t buffer[room];
};

static void on_error(png_structp png, png_const_charp text) {
  cpng_encoder *e = png_get_error_ptr(png);
  if (!e->message[0]) {
    strncpy(e->message, text, sizeof e->message - 1);
    e->message[sizeof e->message - 1] = 0;
  }
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void empty(png_structp png, cpng_encoder *e) {
  for (size_t done = 0; done < e->used;) {
    ssize_t written = write(e->descriptor, e->buffer + done, e->used - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) png_error(png, strerror(errno));
    done += (size_t)written;
  }
  e->used = 0;
}

static void on_write(png_structp png, png_bytep data, size_t size) {
  cpng_encoder *e = png_get_io_ptr(png);
  while (size > 0) {
    size_t part = size < room - e->used ? size : room - e->used;
    memcpy(e->buffer + e->used, data, part);
    e->used += part;
    data += part;
    size -= part;
    if (e->used == room) empty(png, e);
  }
}

static void on_flush(png_structp png) { empty(png, png_get_io_ptr(png)); }

cpng_encoder *cpng_encoder_create(void) {
  cpng_encoder *e = calloc(1, sizeof *e);
  if (!e) return NULL;
  e->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, e, on_error, on_warning);
  e->info = e->png ? png_create_info_struct(e->png) : NULL;
  if (!e->info) {
    cpng_encoder_destroy(e);
    return NULL;
  }
  return e;
}

void cpng_encoder_destroy(cpng_encoder *e) {
  if (!e) return;
  png_destroy_write_struct(&e->png, &e->info);
  free(e);
}

const char *cpng_encoder_message(const cpng_encoder *e) { return e->message; }

// As it is: libpng itself refuses profiles with small faults, which pictures in the wild have.
static void write_profile(cpng_encoder *e, const cpng_picture *p) {
  static const uint8_t name[] = {'i', 'c', 'c', 0, 0};
  uLongf size = compressBound(p->profile_size);
  uint8_t *body = png_malloc(e->png, sizeof name + size);
  memcpy(body, name, sizeof name);
  if (compress(body + sizeof name, &size, p->profile, p->profile_size) == Z_OK)
    png_write_chunk(e->png, (png_const_bytep)"iCCP", body, sizeof name + size);
  png_free(e->png, body);
}

int cpng_encoder_begin(cpng_encoder *e, int descriptor, const cpng_picture *p) {
  static const int types[] = {0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGBA};
  if (setjmp(png_jmpbuf(e->png))) return 1;
  e->descriptor = descriptor;
  png_set_write_fn(e->png, e, on_write, on_flush);
  png_set_user_limits(e->png, 0x7fffffff, 0x7fffffff);
  png_set_IHDR(
      e->png, e->info, (png_uint_32)p->width, (png_uint_32)p->height, p->depth == 16 ? 16 : 8, types[p->channels],
      PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  // One filter and a low level: a tenth larger than the default, at a quarter of its time.
  png_set_compression_level(e->png, 3);
  png_set_filter(e->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB | PNG_FILTER_UP);
  if (p->density_x > 0 && p->density_y > 0)
    png_set_pHYs(e->png, e->info, p->density_x, p->density_y, PNG_RESOLUTION_METER);
#ifdef PNG_eXIf_SUPPORTED
  if (p->exif && p->exif_size > 0) png_set_eXIf_1(e->png, e->info, (png_uint_32)p->exif_size, (png_bytep)p->exif);
#endif
  png_write_info(e->png, e->info);
  if (p->profile && p->profile_size > 0) write_profile(e, p);
  if (p->chunks && p->chunks_size > 0) on_write(e->png, (png_bytep)p->chunks, p->chunks_size);
  if (p->blue_first && p->channels >= 3) png_set_bgr(e->png);
  const uint16_t one = 1;
  if (p->depth == 16 && *(const uint8_t *)&one) png_set_swap(e->png);
  return 0;
}

int cpng_encoder_rows(cpng_encoder *e, const uint8_t *rows, size_t stride, int count) {
  if (setjmp(png_jmpbuf(e->png))) return 1;
  for (int i = 0; i < count; i++) png_write_row(e->png, rows + (size_t)i * stride);
  return 0;
}

int cpng_encoder_end(cpng_encoder *e) {
  if (setjmp(png_jmpbuf(e->png))) return 1;
  png_write_end(e->png, NULL);
  empty(e->png, e);
  return 0;
}

size_t cpng_inflate(const uint8_t *data, size_t data_size, uint8_t *target, size_t size) {
  uLongf got = size;
  return uncompress(target, &got, data, data_size) == Z_OK ? got : 0;
}
