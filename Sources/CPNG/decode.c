#define _POSIX_C_SOURCE 200809L  // clock_gettime under strict C11

#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "CPNG.h"
#include "chunks.h"

static const uint8_t no_checksum[4];

struct cpng_decoder {
  png_structp png;
  png_infop info;
  cpng_file file;
  /// Bytes of a decoded row.
  size_t row_bytes;
  /// End of the chunks that libpng may read: those behind are damaged.
  size_t end;
  /// Offset of the next chunk, and what is left of the one that libpng reads: its header, body and checksum.
  size_t at;
  uint8_t header[8];
  struct {
    const uint8_t *bytes;
    size_t size;
  } parts[3];
  /// Whether the data end before the picture does, as far as is known.
  int is_cut;
  /// Whether libpng has asked for more than there is.
  int hit_end;
  /// Rows read, over all passes, and whether the rest is lost.
  uint64_t rows;
  int is_over;
  int damage;
  cpng_status status;
  char message[200];
};

static void note(cpng_decoder *d, cpng_status status, const char *text) {
  if (d->status) return;
  d->status = status;
  strncpy(d->message, text, sizeof d->message - 1);
}

static void on_error(png_structp png, png_const_charp text) {
  note(png_get_error_ptr(png), cpng_corrupt, text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static png_voidp on_malloc(png_structp png, png_alloc_size_t size) {
  void *memory = malloc(size);
  cpng_decoder *d = png_get_error_ptr(png);
  if (!memory && d) note(d, cpng_out_of_memory, "no memory for the decoder");
  return memory;
}

static void on_free(png_structp png, png_voidp memory) {
  (void)png;
  free(memory);
}

static int is_late(const cpng_decoder *d) {
  if (!d->file.deadline) return 0;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec > d->file.deadline;
}

// MARK: what libpng reads

/// Stages the next chunk of the picture. A cut one gets the length that it has.
static int stage(cpng_decoder *d) {
  chunk c;
  while (d->at < d->end && cpng_next_chunk(d->file.data, d->file.size, &d->at, &c)) {
    if (c.kind == chunk_end) return 0;
    if (c.kind == chunk_other || (c.is_cut && c.kind != chunk_data)) continue;
    for (int i = 0; i < 4; i++) d->header[i] = (uint8_t)(c.size >> (24 - 8 * i));
    memcpy(d->header + 4, c.body - 4, 4);
    d->parts[0].bytes = d->header, d->parts[0].size = 8;
    d->parts[1].bytes = c.body, d->parts[1].size = c.size;
    d->parts[2].bytes = no_checksum, d->parts[2].size = 4;
    return 1;
  }
  return 0;
}

static void on_read(png_structp png, png_bytep target, size_t size) {
  cpng_decoder *d = png_get_io_ptr(png);
  while (size > 0) {
    int i = 0;
    while (i < 3 && d->parts[i].size == 0) i++;
    if (i == 3) {
      if (stage(d)) continue;
      d->hit_end = 1;
      png_error(png, "premature end of data");
    }
    size_t part = size < d->parts[i].size ? size : d->parts[i].size;
    memcpy(target, d->parts[i].bytes, part);
    d->parts[i].bytes += part;
    d->parts[i].size -= part;
    target += part;
    size -= part;
  }
}

// MARK: the chunks

/// Whether the compressed data are whole by their own checksum, whatever those of the chunks say.
static int inflates(cpng_decoder *d) {
  z_stream z = {0};
  if (inflateInit(&z) != Z_OK) return 0;
  uint8_t *scratch = malloc(1 << 16);
  int status = scratch ? Z_OK : Z_MEM_ERROR;
  chunk c;
  for (size_t at = 8; status == Z_OK && cpng_next_chunk(d->file.data, d->file.size, &at, &c);) {
    if (c.kind != chunk_data) continue;
    z.next_in = (Bytef *)c.body;
    z.avail_in = (uInt)c.size;
    while (status == Z_OK && z.avail_in > 0) {
      z.next_out = scratch;
      z.avail_out = 1 << 16;
      status = inflate(&z, Z_NO_FLUSH);
      if (is_late(d)) status = Z_BUF_ERROR;
    }
  }
  free(scratch);
  inflateEnd(&z);
  return status == Z_STREAM_END;
}

/// Checks all chunks before libpng reads the first.
static cpng_status check_chunks(cpng_decoder *d) {
  chunk c;
  int data_chunks = 0, good_before_bad = 0, good_behind_bad = 0;
  size_t at = 8, first_bad = 0;
  d->is_cut = 1;
  d->end = d->file.size;
  for (size_t start = at; cpng_next_chunk(d->file.data, d->file.size, &at, &c); start = at) {
    if (c.kind == chunk_other) continue;
    if (c.kind == chunk_unknown && !c.is_cut) {
      note(d, cpng_unsupported, "an unknown critical chunk");
      return d->status;
    }
    data_chunks += c.kind == chunk_data && c.size > 0;
    if (c.is_cut) break;
    int is_sound = cpng_chunk_is_sound(&c);
    if (c.kind == chunk_end) {
      d->is_cut = 0;
      if (!is_sound) d->damage |= cpng_damage_checksum;
      break;
    }
    if (c.kind != chunk_data) {
      if (!is_sound) {
        note(d, cpng_corrupt, "a checksum is wrong");
        return d->status;
      }
    } else if (!is_sound) {
      if (!first_bad) first_bad = start;
    } else if (c.size > 0) {
      *(first_bad ? &good_behind_bad : &good_before_bad) = 1;
    }
    if (is_late(d)) {
      note(d, cpng_timeout, "decoding took too long");
      return d->status;
    }
  }
  if (first_bad && inflates(d)) {
    d->damage |= cpng_damage_checksum;
  } else if (first_bad && is_late(d)) {
    note(d, cpng_timeout, "decoding took too long");
  } else if (first_bad && (good_behind_bad || !good_before_bad)) {
    note(d, cpng_corrupt, "a checksum is wrong");
  } else if (first_bad) {
    // Only the end is damaged: it counts as cut off where the last good chunk ends.
    d->end = first_bad;
    d->is_cut = 1;
    d->damage |= cpng_damage_cut;
  }
  if (d->is_cut) d->damage |= cpng_damage_cut;
  if (data_chunks == 0) {
    note(d, d->is_cut ? cpng_truncated : cpng_corrupt, d->is_cut ? "premature end of data" : "no picture data");
  }
  return d->status;
}

// MARK: decoding

cpng_decoder *cpng_decoder_create(void) { return calloc(1, sizeof(cpng_decoder)); }

void cpng_decoder_destroy(cpng_decoder *d) {
  if (!d) return;
  if (d->png) png_destroy_read_struct(&d->png, &d->info, NULL);
  free(d);
}

int cpng_decoder_damage(const cpng_decoder *d) { return d->damage; }

const char *cpng_decoder_message(const cpng_decoder *d) { return d->message; }

static int is_little_endian(void) {
  const uint16_t one = 1;
  return *(const uint8_t *)&one;
}

void cpng_decoder_form(const cpng_decoder *d, int *channels, int *sample_bytes) {
  *channels = png_get_channels(d->png, d->info);
  *sample_bytes = png_get_bit_depth(d->png, d->info) == 16 ? 2 : 1;
}

/// Sets what libpng makes of the samples, so that each is a byte of the order.
static void set_transforms(cpng_decoder *d) {
  const png_structp png = d->png;
  const int kind = png_get_color_type(png, d->info), depth = png_get_bit_depth(png, d->info);
  const int is_clear = (kind & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, d->info, PNG_INFO_tRNS);
  const int is_native = d->file.order == cpng_native;
  if (depth == 16 && !is_native) png_set_scale_16(png);
  if (depth == 16 && is_native && is_little_endian()) png_set_swap(png);
  if (kind == PNG_COLOR_TYPE_PALETTE)
    png_set_palette_to_rgb(png);
  else if (depth < 8)
    png_set_expand_gray_1_2_4_to_8(png);
  if (png_get_valid(png, d->info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
  if (is_native) return;
  if (d->file.order != cpng_grey && !(kind & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(png);
  if (d->file.order == cpng_bgra && !is_clear) png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
  if (d->file.order != cpng_bgra && is_clear) png_set_strip_alpha(png);
  if (d->file.order == cpng_bgr || d->file.order == cpng_bgra) png_set_bgr(png);
}

cpng_status cpng_decoder_begin(cpng_decoder *d, const cpng_file *file) {
  static const int channels[] = {1, 3, 3, 4};
  d->file = *file;
  if (check_chunks(d)) return d->status;
  d->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, d, on_error, on_warning, NULL, on_malloc, on_free);
  d->info = d->png ? png_create_info_struct(d->png) : NULL;
  if (!d->info) {
    note(d, cpng_out_of_memory, "no memory for the decoder");
    return d->status;
  }
  if (setjmp(png_jmpbuf(d->png))) {
    if (d->hit_end && d->status == cpng_corrupt) d->status = cpng_truncated;
    return d->status;
  }
  d->at = 8;
  png_set_sig_bytes(d->png, 8);
  png_set_read_fn(d->png, d, on_read);
  // The checksums have been compared.
  png_set_crc_action(d->png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  // The caller has compared the size with its limits; libpng's own is a million pixels a side.
  png_set_user_limits(d->png, 0x7fffffff, 0x7fffffff);
  png_set_chunk_cache_max(d->png, 8);
  png_set_chunk_malloc_max(d->png, 1 << 20);
  png_read_info(d->png, d->info);
  if (png_get_image_width(d->png, d->info) != (png_uint_32)file->width ||
      png_get_image_height(d->png, d->info) != (png_uint_32)file->height)
    png_error(d->png, "the picture has not the size of its header");
  set_transforms(d);
  png_set_interlace_handling(d->png);
  png_read_update_info(d->png, d->info);
  if (file->order == cpng_native) {
    d->row_bytes = png_get_rowbytes(d->png, d->info);
    return cpng_ok;
  }
  d->row_bytes = (size_t)file->width * (size_t)channels[file->order];
  if (png_get_rowbytes(d->png, d->info) != d->row_bytes) png_error(d->png, "a row has not the samples of its kind");
  return cpng_ok;
}

static void fill(const cpng_decoder *d, uint8_t *row) {
  memset(row, d->file.order == cpng_bgra ? 0 : 128, d->row_bytes);
}

/// The status after libpng has given up: the rest is lost if the data have ended, and wrong otherwise.
static cpng_status give_up(cpng_decoder *d) {
  if (d->status != cpng_corrupt || !(d->hit_end || d->is_cut)) return d->status;
  if (d->rows == 0) {
    d->status = cpng_truncated;
    return d->status;
  }
  d->status = cpng_ok;
  d->message[0] = 0;
  d->is_over = 1;
  d->damage |= cpng_damage_cut;
  return cpng_ok;
}

cpng_status cpng_decoder_rows(cpng_decoder *d, uint8_t *rows, size_t stride, int count) {
  for (int i = 0; i < count; i++) fill(d, rows + (size_t)i * stride);
  if (d->is_over) return cpng_ok;
  if (setjmp(png_jmpbuf(d->png))) return give_up(d);
  for (int i = 0; i < count; i++) {
    if (is_late(d)) {
      note(d, cpng_timeout, "decoding took too long");
      return d->status;
    }
    png_read_row(d->png, rows + (size_t)i * stride, NULL);
    d->rows++;
  }
  return cpng_ok;
}

cpng_status cpng_decoder_picture(cpng_decoder *d, uint8_t *pixels, size_t stride) {
  const int is_interlaced = png_get_interlace_type(d->png, d->info) != PNG_INTERLACE_NONE;
  for (int y = 0; y < d->file.height; y++) fill(d, pixels + (size_t)y * stride);
  if (setjmp(png_jmpbuf(d->png))) return give_up(d);
  for (int pass = 0; pass < (is_interlaced ? 7 : 1); pass++) {
    for (int y = 0; y < d->file.height; y++) {
      if (is_late(d)) {
        note(d, cpng_timeout, "decoding took too long");
        return d->status;
      }
      uint8_t *row = pixels + (size_t)y * stride;
      // As a display row, a pixel of an early pass fills its block: what a cut picture lacks is coarse, not grey.
      png_read_row(d->png, is_interlaced ? NULL : row, is_interlaced ? row : NULL);
      d->rows++;
    }
  }
  return cpng_ok;
}
