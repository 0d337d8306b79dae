#include "CJPEGRecompress.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

// jpeglib.h needs stdio.h and stddef.h before it.
#include <jpeglib.h>

// What is alive when an error jumps out.
typedef struct {
  struct jpeg_compress_struct encoder;
  struct jpeg_decompress_struct decoder;
  struct jpeg_error_mgr errors;
  jmp_buf jump;
  unsigned char *file;
  unsigned long size;
} work;

static _Noreturn void on_error(j_common_ptr info) { longjmp(((work *)info->client_data)->jump, 1); }

static void on_message(j_common_ptr info, int level) {
  (void)info;
  (void)level;
}

static void on_output(j_common_ptr info) { (void)info; }

static void encode(work *w, const cjpeg_samples *picture, int quality) {
  struct jpeg_compress_struct *info = &w->encoder;
  jpeg_create_compress(info);
  jpeg_mem_dest(info, &w->file, &w->size);
  info->image_width = (JDIMENSION)picture->width;
  info->image_height = (JDIMENSION)picture->height;
  info->input_components = picture->channels;
  info->in_color_space = picture->channels == 1 ? JCS_GRAYSCALE : picture->blue_first ? JCS_EXT_BGR : JCS_EXT_RGB;
  jpeg_set_defaults(info);
  jpeg_set_quality(info, quality, TRUE);
  jpeg_start_compress(info, TRUE);
  while (info->next_scanline < info->image_height) {
    JSAMPROW row = picture->samples + (size_t)info->next_scanline * picture->stride;
    jpeg_write_scanlines(info, &row, 1);
  }
  jpeg_finish_compress(info);
}

static void decode(work *w, const cjpeg_samples *picture) {
  struct jpeg_decompress_struct *info = &w->decoder;
  jpeg_create_decompress(info);
  jpeg_mem_src(info, w->file, w->size);
  jpeg_read_header(info, TRUE);
  info->out_color_space = w->encoder.in_color_space;
  jpeg_start_decompress(info);
  while (info->output_scanline < info->output_height) {
    JSAMPROW row = picture->samples + (size_t)info->output_scanline * picture->stride;
    jpeg_read_scanlines(info, &row, 1);
  }
  jpeg_finish_decompress(info);
}

int cjpeg_recompress(const cjpeg_samples *picture, int quality) {
  work *w = calloc(1, sizeof *w);
  if (!w) return 1;
  w->encoder.err = w->decoder.err = jpeg_std_error(&w->errors);
  w->errors.error_exit = on_error;
  w->errors.emit_message = on_message;
  w->errors.output_message = on_output;
  w->encoder.client_data = w->decoder.client_data = w;
  int failed = setjmp(w->jump);
  if (!failed) {
    encode(w, picture, quality);
    decode(w, picture);
  }
  // Both are zeros, which is nothing to destroy, until they are created.
  jpeg_destroy_compress(&w->encoder);
  jpeg_destroy_decompress(&w->decoder);
  free(w->file);
  free(w);
  return failed;
}
