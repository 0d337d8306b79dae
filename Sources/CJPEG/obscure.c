#include "CPixelsObscure.h"
#include "internal.h"
#include <math.h>
#include <stdlib.h>

// What is alive when an error jumps out.
typedef struct {
  struct jpeg_compress_struct encoder;
  struct jpeg_destination_mgr target;
  uint8_t *data;
  size_t size, room;
  // Samples of a component around an area, in whole blocks, and where the area is.
  uint8_t *samples, *mask;
} work;

// MARK: the file

static work *work_of(j_compress_ptr info) { return (work *)(void *)info; }

static boolean grow(j_compress_ptr info) {
  work *w = work_of(info);
  size_t room = w->room ? w->room * 2 : 1 << 18;
  uint8_t *data = room > w->room ? realloc(w->data, room) : NULL;
  if (!data) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
  w->data = data;
  w->target.next_output_byte = data + w->room;
  w->target.free_in_buffer = room - w->room;
  w->room = room;
  return TRUE;
}

static void init_target(j_compress_ptr info) { grow(info); }
static void term_target(j_compress_ptr info) { work_of(info)->size = work_of(info)->room - work_of(info)->target.free_in_buffer; }

void cjpeg_file_release(cjpeg_file *file) {
  free(file->data);
  *file = (cjpeg_file){0};
}

// MARK: blocks

// The orthonormal DCT of 8 samples: [frequency][sample].
#define H1 .49039264f
#define H2 .46193977f
#define H3 .41573481f
#define H4 .35355339f
#define H5 .27778512f
#define H6 .19134172f
#define H7 .09754516f
static const float cosine[8][8] = {
    {H4, H4, H4, H4, H4, H4, H4, H4},     {H1, H3, H5, H7, -H7, -H5, -H3, -H1}, {H2, H6, -H6, -H2, -H2, -H6, H6, H2},
    {H3, -H7, -H1, -H5, H5, H1, H7, -H3}, {H4, -H4, -H4, H4, H4, -H4, -H4, H4}, {H5, -H1, H7, H3, -H3, -H7, H1, -H5},
    {H6, -H2, H2, -H6, -H6, H2, -H2, H6}, {H7, -H5, H3, -H1, H1, -H3, H5, -H7},
};

static void to_samples(const JCOEF *block, const UINT16 *steps, uint8_t *samples, size_t stride) {
  float half[8][8];
  for (int v = 0; v < 8; v++)
    for (int x = 0; x < 8; x++) {
      float sum = 0;
      for (int u = 0; u < 8; u++) sum += (float)(block[8 * v + u] * (int)steps[8 * v + u]) * cosine[u][x];
      half[v][x] = sum;
    }
  for (int y = 0; y < 8; y++)
    for (int x = 0; x < 8; x++) {
      float sum = 128.5f;
      for (int v = 0; v < 8; v++) sum += half[v][x] * cosine[v][y];
      samples[(size_t)y * stride + (size_t)x] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
    }
}

static void to_coefficients(const uint8_t *samples, size_t stride, const UINT16 *steps, JCOEF *block) {
  float half[8][8];
  for (int y = 0; y < 8; y++)
    for (int u = 0; u < 8; u++) {
      float sum = 0;
      for (int x = 0; x < 8; x++) sum += ((float)samples[(size_t)y * stride + (size_t)x] - 128) * cosine[u][x];
      half[y][u] = sum;
    }
  for (int v = 0; v < 8; v++)
    for (int u = 0; u < 8; u++) {
      float sum = 0;
      for (int y = 0; y < 8; y++) sum += half[y][u] * cosine[v][y];
      float step = steps[8 * v + u] ? steps[8 * v + u] : 1;
      block[8 * v + u] = (JCOEF)lrintf(fminf(fmaxf(sum / step, -1023), 1023));
    }
}

static int is_touched(const uint8_t *mask, size_t stride) {
  for (int y = 0; y < 8; y++)
    for (int x = 0; x < 8; x++)
      if (mask[(size_t)y * stride + (size_t)x]) return 1;
  return 0;
}

// MARK: areas

static int divided_up(int64_t value, int64_t by) { return (int)((value + by - 1) / by); }

static void *room_for(cjpeg_decoder *d, size_t size) {
  void *memory = calloc(1, size);
  if (!memory) cjpeg_fail(d, cjpeg_out_of_memory, "no memory for a part of the picture");
  return memory;
}

// Copies the last samples of the picture to those behind its borders, which the file holds and no viewer shows.
static void fill_borders(uint8_t *samples, size_t stride, int columns, int rows, int width, int height) {
  for (int y = 0; y < rows && width < columns && width > 0; y++)
    memset(samples + (size_t)y * stride + width, samples[(size_t)y * stride + (size_t)width - 1], (size_t)(columns - width));
  for (int y = height; y < rows && height > 0; y++)
    memcpy(samples + (size_t)y * stride, samples + (size_t)(height - 1) * stride, stride);
}

static void obscure_component(cjpeg_decoder *d, work *w, jvirt_barray_ptr array, int index, const cjpeg_area *area) {
  struct jpeg_decompress_struct *info = &d->info;
  const jpeg_component_info *component = &info->comp_info[index];
  const int h = component->h_samp_factor, v = component->v_samp_factor;
  const int most_h = info->max_h_samp_factor, most_v = info->max_v_samp_factor;
  // The component's samples that the area covers, if only in part.
  const int left = area->x * h / most_h, top = area->y * v / most_v;
  const int right = divided_up((int64_t)(area->x + area->width) * h, most_h);
  const int bottom = divided_up((int64_t)(area->y + area->height) * v, most_v);
  const int first_column = left / 8, first_row = top / 8;
  int columns = divided_up(right, 8) - first_column, rows = divided_up(bottom, 8) - first_row;
  if (first_column + columns > (int)component->width_in_blocks) columns = (int)component->width_in_blocks - first_column;
  if (first_row + rows > (int)component->height_in_blocks) rows = (int)component->height_in_blocks - first_row;
  if (columns <= 0 || rows <= 0) return;
  const size_t stride = (size_t)columns * 8;
  const UINT16 *steps = component->quant_table->quantval;

  free(w->samples);
  w->samples = NULL;
  w->samples = room_for(d, stride * (size_t)rows * 8);
  for (int row = 0; row < rows; row++) {
    cjpeg_check_deadline(d);
    JBLOCKARRAY blocks =
        info->mem->access_virt_barray((j_common_ptr)info, array, (JDIMENSION)(first_row + row), 1, FALSE);
    for (int column = 0; column < columns; column++)
      to_samples(
          blocks[0][first_column + column], steps, w->samples + (size_t)row * 8 * stride + (size_t)column * 8, stride);
  }

  // The mask twice: of the part, and of the blocks.
  const int width = right - left, height = bottom - top;
  const int x0 = left - first_column * 8, y0 = top - first_row * 8;
  free(w->mask);
  w->mask = NULL;
  w->mask = room_for(d, (size_t)width * (size_t)height + stride * (size_t)rows * 8);
  uint8_t *whole = w->mask + (size_t)width * (size_t)height;
  for (int y = 0; y < area->height; y++)
    for (int x = 0; x < area->width; x++) {
      if (!area->mask[(size_t)y * (size_t)area->width + (size_t)x]) continue;
      const int cx = (area->x + x) * h / most_h - left, cy = (area->y + y) * v / most_v - top;
      w->mask[(size_t)cy * (size_t)width + (size_t)cx] = 1;
      if (x0 + cx < columns * 8 && y0 + cy < rows * 8) whole[(size_t)(y0 + cy) * stride + (size_t)(x0 + cx)] = 1;
    }
  const cpixels_plane plane = {
      .base = w->samples + (size_t)y0 * stride + x0,
      .sample_bytes = 1,
      .step = 1,
      .stride = stride,
      .width = width < columns * 8 - x0 ? width : columns * 8 - x0,
      .height = height < rows * 8 - y0 ? height : rows * 8 - y0};
  if (plane.width != width) cjpeg_fail(d, cjpeg_corrupt, "a part outside of the picture");
  const cpixels_grid grid = {.columns = area->columns, .rows = area->rows, .is_smooth = area->is_smooth};
  cpixels_obscure(&plane, w->mask, &grid);
  fill_borders(
      w->samples, stride, columns * 8, rows * 8, divided_up((int64_t)info->image_width * h, most_h) - first_column * 8,
      divided_up((int64_t)info->image_height * v, most_v) - first_row * 8);

  for (int row = 0; row < rows; row++) {
    cjpeg_check_deadline(d);
    JBLOCKARRAY blocks =
        info->mem->access_virt_barray((j_common_ptr)info, array, (JDIMENSION)(first_row + row), 1, TRUE);
    for (int column = 0; column < columns; column++) {
      const size_t at = (size_t)row * 8 * stride + (size_t)column * 8;
      if (is_touched(whole + at, stride))
        to_coefficients(w->samples + at, stride, steps, blocks[0][first_column + column]);
    }
  }
}

// Coefficients of damaged data may be larger than any that can be written.
static void limit(cjpeg_decoder *d, jvirt_barray_ptr *arrays) {
  struct jpeg_decompress_struct *info = &d->info;
  for (int i = 0; i < info->num_components; i++)
    for (JDIMENSION y = 0; y < info->comp_info[i].height_in_blocks; y++) {
      cjpeg_check_deadline(d);
      JCOEF *row = info->mem->access_virt_barray((j_common_ptr)info, arrays[i], y, 1, TRUE)[0][0];
      for (size_t k = 0; k < (size_t)info->comp_info[i].width_in_blocks * DCTSIZE2; k++)
        row[k] = (JCOEF)(row[k] < -1023 ? -1023 : row[k] > 1023 ? 1023 : row[k]);
    }
}

// MARK: the picture

// libjpeg calls it for each row of blocks that it reads.
static void on_progress(j_common_ptr info) {
  cjpeg_decoder *d = info->client_data;
  cjpeg_check_deadline(d);
  if (d->info.input_scan_number > d->limits.max_scans) cjpeg_fail(d, cjpeg_too_many_scans, "too many scans");
}

static void write_file(cjpeg_decoder *d, work *w, jvirt_barray_ptr *arrays) {
  struct jpeg_decompress_struct *source = &d->info;
  struct jpeg_compress_struct *info = &w->encoder;
  info->err = source->err;
  info->client_data = d;
  jpeg_create_compress(info);
  cjpeg_share_coefficients(info);
  w->target.init_destination = init_target;
  w->target.empty_output_buffer = grow;
  w->target.term_destination = term_target;
  info->dest = &w->target;
  jpeg_copy_critical_parameters(source, info);
  // The caller keeps these segments of the file.
  info->write_JFIF_header = FALSE;
  info->write_Adobe_marker = FALSE;
  // Arithmetic coding has no tables to optimise.
  info->optimize_coding = !source->arith_code;
  info->arith_code = source->arith_code;
  info->restart_interval = source->restart_interval;
  if (source->progressive_mode) jpeg_simple_progression(info);
  jpeg_write_coefficients(info, arrays);
  jpeg_finish_compress(info);
}

static void obscure(cjpeg_decoder *d, work *w, const cjpeg_area *areas, int count) {
  struct jpeg_decompress_struct *info = &d->info;
  struct jpeg_progress_mgr progress = {.progress_monitor = on_progress};
  info->progress = &progress;
  d->reading = 1;
  jvirt_barray_ptr *arrays = jpeg_read_coefficients(info);
  info->progress = NULL;
  for (int i = 0; i < info->num_components; i++)
    if (!info->comp_info[i].quant_table) cjpeg_fail(d, cjpeg_truncated, "a colour component has no data");
  if (d->warnings > 0) limit(d, arrays);
  for (int a = 0; a < count; a++)
    for (int i = 0; i < info->num_components; i++) obscure_component(d, w, arrays[i], i, &areas[a]);
  write_file(d, w, arrays);
}

cjpeg_status cjpeg_obscure(cjpeg_decoder *d, const cjpeg_area *areas, int count, cjpeg_file *file) {
  *file = (cjpeg_file){0};
  work *w = calloc(1, sizeof *w);
  if (!w) return cjpeg_out_of_memory;
  d->status = cjpeg_ok;
  if (!setjmp(d->jump)) {
    obscure(d, w, areas, count);
    *file = (cjpeg_file){.data = w->data, .size = w->size};
    w->data = NULL;
  }
  d->info.progress = NULL;
  // Zeros, which is nothing to destroy, until it is created.
  jpeg_destroy_compress(&w->encoder);
  free(w->data);
  free(w->samples);
  free(w->mask);
  free(w);
  return d->status;
}
