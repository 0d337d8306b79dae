#include "CJPEGEncode.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// jpeglib.h needs stdio.h and stddef.h before it.
#include <jpeglib.h>

enum { room = 1 << 16 };

struct cjpeg_encoder {
  struct jpeg_compress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_destination_mgr target;
  jmp_buf jump;
  int descriptor;
  char message[JMSG_LENGTH_MAX];
  uint8_t buffer[room];
};

static _Noreturn void on_error(j_common_ptr info) {
  cjpeg_encoder *e = info->client_data;
  info->err->format_message(info, e->message);
  longjmp(e->jump, 1);
}

static void on_message(j_common_ptr info, int level) {
  (void)info;
  (void)level;
}

static void on_output(j_common_ptr info) { (void)info; }

static void flush(cjpeg_encoder *e, size_t count) {
  for (size_t done = 0; done < count;) {
    ssize_t written = write(e->descriptor, e->buffer + done, count - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      snprintf(e->message, sizeof e->message, "%s", strerror(errno));
      longjmp(e->jump, 1);
    }
    done += (size_t)written;
  }
  e->target.next_output_byte = e->buffer;
  e->target.free_in_buffer = room;
}

static void init_target(j_compress_ptr info) {
  cjpeg_encoder *e = info->client_data;
  e->target.next_output_byte = e->buffer;
  e->target.free_in_buffer = room;
}

static boolean on_full(j_compress_ptr info) {
  flush(info->client_data, room);
  return TRUE;
}

static void term_target(j_compress_ptr info) {
  cjpeg_encoder *e = info->client_data;
  flush(e, room - e->target.free_in_buffer);
}

cjpeg_encoder *cjpeg_encoder_create(void) {
  cjpeg_encoder *e = calloc(1, sizeof *e);
  if (!e) return NULL;
  e->info.err = jpeg_std_error(&e->errors);
  e->errors.error_exit = on_error;
  e->errors.emit_message = on_message;
  e->errors.output_message = on_output;
  e->info.client_data = e;
  if (setjmp(e->jump)) {
    free(e);
    return NULL;
  }
  jpeg_create_compress(&e->info);
  e->info.client_data = e;
  e->target.init_destination = init_target;
  e->target.empty_output_buffer = on_full;
  e->target.term_destination = term_target;
  e->info.dest = &e->target;
  return e;
}

void cjpeg_encoder_destroy(cjpeg_encoder *e) {
  if (!e) return;
  jpeg_destroy_compress(&e->info);
  free(e);
}

const char *cjpeg_encoder_message(const cjpeg_encoder *e) { return e->message; }

int cjpeg_encoder_begin(cjpeg_encoder *e, int descriptor, const cjpeg_picture *picture) {
  if (setjmp(e->jump)) return 1;
  struct jpeg_compress_struct *info = &e->info;
  e->descriptor = descriptor;
  info->image_width = (JDIMENSION)picture->width;
  info->image_height = (JDIMENSION)picture->height;
  info->input_components = picture->channels;
  info->in_color_space = picture->channels == 1 ? JCS_GRAYSCALE : picture->blue_first ? JCS_EXT_BGR : JCS_EXT_RGB;
  jpeg_set_defaults(info);
  jpeg_set_quality(info, picture->quality, TRUE);
  // Detail in colour is worth its bytes only where much is asked for.
  if (picture->channels == 3 && picture->quality >= 90)
    for (int i = 0; i < 3; i++) info->comp_info[i].h_samp_factor = info->comp_info[i].v_samp_factor = 1;
  if (picture->density_unit > 0) {
    info->density_unit = (UINT8)picture->density_unit;
    info->X_density = (UINT16)picture->density_x;
    info->Y_density = (UINT16)picture->density_y;
  }
  jpeg_start_compress(info, TRUE);
  if (picture->exif && picture->exif_size <= 65533 - 6) {
    jpeg_write_m_header(info, JPEG_APP0 + 1, (unsigned)picture->exif_size + 6);
    for (int i = 0; i < 6; i++) jpeg_write_m_byte(info, "Exif\0\0"[i]);
    for (size_t i = 0; i < picture->exif_size; i++) jpeg_write_m_byte(info, picture->exif[i]);
  }
  if (picture->profile && picture->profile_size > 0)
    jpeg_write_icc_profile(info, picture->profile, (unsigned)picture->profile_size);
  return 0;
}

int cjpeg_encoder_rows(cjpeg_encoder *e, const uint8_t *rows, size_t stride, int count) {
  if (setjmp(e->jump)) return 1;
  for (int i = 0; i < count; i++) {
    JSAMPROW row = (JSAMPROW)(rows + (size_t)i * stride);
    jpeg_write_scanlines(&e->info, &row, 1);
  }
  return 0;
}

int cjpeg_encoder_end(cjpeg_encoder *e) {
  if (setjmp(e->jump)) return 1;
  jpeg_finish_compress(&e->info);
  return 0;
}
