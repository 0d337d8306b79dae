#include "internal.h"
#include <ctype.h>
#include <stdlib.h>
#include <time.h>

_Noreturn void cjpeg_fail(cjpeg_decoder *d, cjpeg_status status, const char *message) {
  d->status = status;
  if (message != d->message) snprintf(d->message, sizeof d->message, "%s", message);
  longjmp(d->jump, 1);
}

void cjpeg_warn(cjpeg_decoder *d, const char *text) {
  // One warning for the end of the data; those that follow from it are dropped.
  if (d->hit_end > 1) return;
  if (d->hit_end) d->hit_end = 2;
  d->warnings++;
  int known = 0;
  for (int i = 0; i < d->kept; i++) known |= strcmp(d->texts[i], text) == 0;
  if (!known && d->kept < kept_warnings) snprintf(d->texts[d->kept++], JMSG_LENGTH_MAX, "%s", text);
  if (d->warnings > d->limits.max_warnings) {
    char message[JMSG_LENGTH_MAX];
    snprintf(message, sizeof message, "more than %d warnings, the first: %.120s", d->limits.max_warnings, d->texts[0]);
    cjpeg_fail(d, cjpeg_corrupt, message);
  }
}

uint64_t cjpeg_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void cjpeg_check_deadline(cjpeg_decoder *d) {
  if (d->limits.deadline && cjpeg_now() > d->limits.deadline) cjpeg_fail(d, cjpeg_timeout, "decoding took too long");
}

// MARK: libjpeg's error and source managers

static cjpeg_status status_of(const cjpeg_decoder *d, int code) {
  switch (code) {
    case JERR_OUT_OF_MEMORY: return cjpeg_out_of_memory;
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
    case JERR_COMPONENT_COUNT: return cjpeg_unsupported;
    default: return d->hit_end ? cjpeg_truncated : cjpeg_corrupt;
  }
}

static void on_error(j_common_ptr info) {
  cjpeg_decoder *d = info->client_data;
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  text[0] = (char)tolower(text[0]);
  int lossless = info->err->msg_code == JERR_SOF_UNSUPPORTED && info->err->msg_parm.i[0] == 0xC3;
  if (lossless) snprintf(text, sizeof text, "lossless JPEG");
  cjpeg_fail(d, status_of(d, info->err->msg_code), text);
}

static void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  char text[JMSG_LENGTH_MAX];
  if (info->err->msg_code == JWRN_JPEG_EOF) {
    snprintf(text, sizeof text, "premature end of data");
  } else {
    info->err->format_message(info, text);
    text[0] = (char)tolower(text[0]);
  }
  cjpeg_warn(info->client_data, text);
}

static void on_output(j_common_ptr info) { (void)info; }
static void init_source(j_decompress_ptr info) { (void)info; }
static void term_source(j_decompress_ptr info) { (void)info; }

static boolean fill_input(j_decompress_ptr info) {
  static const JOCTET fake_end[2] = {0xFF, JPEG_EOI};
  cjpeg_decoder *d = info->client_data;
  if (!d->hit_end) {
    d->hit_end = 1;
    // A picture of which not even the first row of blocks is there is no picture.
    if (d->reading && info->input_scan_number <= 1 && info->input_iMCU_row == 0 && info->total_iMCU_rows > 1)
      cjpeg_fail(d, cjpeg_truncated, "the data end before the first row of blocks");
    WARNMS(info, JWRN_JPEG_EOF);
  }
  info->src->next_input_byte = fake_end;
  info->src->bytes_in_buffer = 2;
  return TRUE;
}

static void skip_input(j_decompress_ptr info, long count) {
  struct jpeg_source_mgr *source = info->src;
  if (count <= 0) return;
  if ((size_t)count <= source->bytes_in_buffer) {
    source->next_input_byte += count;
    source->bytes_in_buffer -= (size_t)count;
  } else {
    fill_input(info);
  }
}

// MARK: life

// Makes libjpeg's part of the decoder. An error jumps.
static void create(cjpeg_decoder *d) {
  d->info.mem = NULL;
  jpeg_create_decompress(&d->info);
  // Set again: creation clears what it does not know.
  d->info.client_data = d;
  d->info.src = &d->source;
  cjpeg_take_coefficients(d);
}

cjpeg_decoder *cjpeg_create(void) {
  cjpeg_decoder *d = calloc(1, sizeof *d);
  if (!d) return NULL;
  d->info.err = jpeg_std_error(&d->errors);
  d->errors.error_exit = on_error;
  d->errors.emit_message = on_message;
  d->errors.output_message = on_output;
  d->info.client_data = d;
  if (setjmp(d->jump)) {
    free(d);
    return NULL;
  }
  create(d);
  d->source.init_source = init_source;
  d->source.fill_input_buffer = fill_input;
  d->source.skip_input_data = skip_input;
  d->source.resync_to_restart = jpeg_resync_to_restart;
  d->source.term_source = term_source;
  return d;
}

void cjpeg_close(cjpeg_decoder *d) {
  if (d->open) jpeg_abort_decompress(&d->info);
  cjpeg_put_coefficients(d);
  d->open = d->started = d->finished = d->reading = 0;
  d->source.next_input_byte = NULL;
  d->source.bytes_in_buffer = 0;
}

void cjpeg_destroy(cjpeg_decoder *d) {
  if (!d) return;
  jpeg_destroy_decompress(&d->info);
  cjpeg_free_coefficients(d);
  free(d->ink);
  free(d);
}

const char *cjpeg_message(const cjpeg_decoder *d) { return d->message; }
const char *cjpeg_warning(const cjpeg_decoder *d, int i) { return i >= 0 && i < d->kept ? d->texts[i] : NULL; }
int cjpeg_scans_read(const cjpeg_decoder *d) { return d->scans; }

// MARK: decoding

cjpeg_status cjpeg_open(
    cjpeg_decoder *d, const uint8_t *data, size_t size, const cjpeg_limits *limits, cjpeg_header *header) {
  cjpeg_close(d);
  d->limits = *limits;
  d->message[0] = 0;
  d->hit_end = d->warnings = d->kept = d->scans = 0;
  d->end = data + size;
  d->source.next_input_byte = data;
  d->source.bytes_in_buffer = size;
  d->open = 1;
  if (setjmp(d->jump)) return d->status;
  struct jpeg_decompress_struct *info = &d->info;
  if (d->used) {
    // Quantisation and Huffman tables outlive `jpeg_abort_decompress`: a picture without tables would be decoded with
    // those of the one before it. A new decoder costs a microsecond.
    jpeg_destroy_decompress(info);
    create(d);
  }
  d->used = 1;
  if (jpeg_read_header(info, FALSE) != JPEG_HEADER_OK)
    cjpeg_fail(d, d->hit_end ? cjpeg_truncated : cjpeg_corrupt, "a JPEG of tables only, without a picture");
  if (info->image_width == 0 || info->image_height == 0) cjpeg_fail(d, cjpeg_corrupt, "a picture without pixels");
  switch (info->jpeg_color_space) {
    case JCS_GRAYSCALE:
    case JCS_RGB:
    case JCS_YCbCr:
    case JCS_CMYK:
    case JCS_YCCK: break;
    default: {
      char text[64];
      snprintf(text, sizeof text, "a colour space of %d components", info->num_components);
      cjpeg_fail(d, cjpeg_unsupported, text);
    }
  }
  *header = (cjpeg_header){
      .width = (int)info->image_width,
      .height = (int)info->image_height,
      .components = info->num_components,
      .precision = info->data_precision,
      .multiple_scans = jpeg_has_multiple_scans(info),
      .progressive = info->progressive_mode,
      .arithmetic = info->arith_code,
      .block_rows = info->max_v_samp_factor,
  };
  for (int i = 0; i < info->num_components; i++) {
    const jpeg_component_info *component = &info->comp_info[i];
    header->coefficient_bytes += (uint64_t)component->width_in_blocks * component->height_in_blocks * sizeof(JBLOCK);
  }
  return cjpeg_ok;
}

static J_COLOR_SPACE output_space(cjpeg_order order) {
  switch (order) {
    case cjpeg_rgb: return JCS_EXT_RGB;
    case cjpeg_bgr: return JCS_EXT_BGR;
    default: return JCS_GRAYSCALE;
  }
}

cjpeg_status cjpeg_start(cjpeg_decoder *d, const cjpeg_request *request, cjpeg_output *output) {
  if (setjmp(d->jump)) return d->status;
  struct jpeg_decompress_struct *info = &d->info;
  int ink = info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK;
  info->scale_num = (unsigned)request->eighths;
  info->scale_denom = 8;
  info->out_color_space = ink ? JCS_CMYK : output_space(request->order);
  info->dct_method = JDCT_ISLOW;
  info->do_fancy_upsampling = TRUE;
  // It would invent detail for scans that are not there, at the price of a slower pass.
  info->do_block_smoothing = FALSE;
  info->buffered_image = jpeg_has_multiple_scans(info);
  d->order = request->order;
  d->reading = 1;
  jpeg_start_decompress(info);
  d->started = 1;
  *output = (cjpeg_output){
      .width = (int)info->output_width, .height = (int)info->output_height, .columns = (int)info->output_width};
  if (info->buffered_image) {
    cjpeg_read_scans(d, request->whole_scans || request->eighths >= 8);
    jpeg_start_output(info, info->input_scan_number);
  } else if (request->width > 0) {
    // A block more on both sides, so that smooth upsampling sees its neighbours.
    int step = info->max_h_samp_factor * 8;
    int left = request->x - step, right = request->x + request->width + step;
    if (left < 0) left = 0;
    if (right > output->width) right = output->width;
    if (right - left < output->width - step) {
      JDIMENSION x = (JDIMENSION)left, width = (JDIMENSION)(right - left);
      jpeg_crop_scanline(info, &x, &width);
      output->x = (int)x;
      output->columns = (int)width;
    }
  }
  if (ink) {
    size_t needed = (size_t)output->columns * 4;
    if (needed > d->ink_size) {
      free(d->ink);
      d->ink = malloc(needed);
      d->ink_size = d->ink ? needed : 0;
      if (!d->ink) cjpeg_fail(d, cjpeg_out_of_memory, "no memory for a row");
    }
  }
  return cjpeg_ok;
}

cjpeg_status cjpeg_read(cjpeg_decoder *d, uint8_t *rows, size_t stride, int count) {
  if (setjmp(d->jump)) return d->status;
  struct jpeg_decompress_struct *info = &d->info;
  int ink = info->out_color_space == JCS_CMYK;
  cjpeg_check_deadline(d);
  JSAMPROW pointers[64];
  for (int done = 0; done < count;) {
    int wanted = count - done;
    if (ink) wanted = 1;
    if (wanted > 64) wanted = 64;
    for (int i = 0; i < wanted; i++) pointers[i] = ink ? d->ink : rows + (size_t)(done + i) * stride;
    int got = (int)jpeg_read_scanlines(info, pointers, (JDIMENSION)wanted);
    if (got <= 0) cjpeg_fail(d, cjpeg_corrupt, "no more rows");
    if (ink) cjpeg_convert_ink(d->ink, rows + (size_t)done * stride, (int)info->output_width, d->order);
    done += got;
  }
  return cjpeg_ok;
}

cjpeg_status cjpeg_skip(cjpeg_decoder *d, int count) {
  if (setjmp(d->jump)) return d->status;
  cjpeg_check_deadline(d);
  if (count > 0) jpeg_skip_scanlines(&d->info, (JDIMENSION)count);
  return cjpeg_ok;
}

cjpeg_status cjpeg_finish(cjpeg_decoder *d) {
  if (d->finished || d->info.buffered_image) return cjpeg_ok;
  d->finished = 1;
  if (setjmp(d->jump)) {
    if (d->status != cjpeg_corrupt && d->status != cjpeg_truncated) return d->status;
    // The pixels are there already: what is wrong after them is a warning.
    if (d->kept < kept_warnings) snprintf(d->texts[d->kept++], JMSG_LENGTH_MAX, "%s", d->message);
    d->warnings++;
    return cjpeg_ok;
  }
  jpeg_finish_decompress(&d->info);
  return cjpeg_ok;
}

static inline uint8_t scaled(unsigned ink, unsigned black) {
  unsigned product = ink * black + 128;
  return (uint8_t)((product + (product >> 8)) >> 8);
}

void cjpeg_convert_ink(const uint8_t *ink, uint8_t *pixels, int count, cjpeg_order order) {
  for (int i = 0; i < count; i++, ink += 4) {
    // Adobe's inks are stored inverted (255: none), as every decoder takes them.
    uint8_t red = scaled(ink[0], ink[3]), green = scaled(ink[1], ink[3]), blue = scaled(ink[2], ink[3]);
    if (order == cjpeg_grey) {
      pixels[i] = (uint8_t)((red * 4899 + green * 9617 + blue * 1868 + 8192) >> 14);
      continue;
    }
    pixels[3 * i] = order == cjpeg_rgb ? red : blue;
    pixels[3 * i + 1] = green;
    pixels[3 * i + 2] = order == cjpeg_rgb ? blue : red;
  }
}
