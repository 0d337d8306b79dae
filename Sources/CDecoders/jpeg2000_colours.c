// Components of a decoded JPEG 2000 picture as 8-bit grey, BGR, or BGR and alpha.
#include <stdlib.h>
#include <string.h>

#include "jpeg2000.h"

/// Index of the column or row of a component under each column or row of the picture.
static void map_axis(uint32_t *map, uint32_t start, int count, uint32_t step, uint32_t length) {
  const uint32_t first = (uint32_t)(((uint64_t)start + step - 1) / step);
  for (int i = 0; i < count; i++) {
    const uint32_t at = (uint32_t)(((uint64_t)start + i) / step);
    const uint32_t index = at > first ? at - first : 0;
    map[i] = index < length ? index : length - 1;
  }
}

/// Writes a component, reduced to 8 bits and enlarged to the size of the picture, to every `step`-th byte of `target`.
/// Returns false if memory is short.
static int write_plane(
    const opj_image_t *image, const opj_image_comp_t *c, int width, int height, uint8_t *target, int step) {
  uint32_t *columns = malloc(((size_t)width + height) * sizeof *columns);
  if (!columns) return 0;
  uint32_t *rows = columns + width;
  map_axis(columns, image->x0, width, c->dx, c->w);
  map_axis(rows, image->y0, height, c->dy, c->h);
  const int64_t offset = c->sgnd ? (int64_t)1 << (c->prec - 1) : 0, top = ((int64_t)1 << c->prec) - 1;
  for (int y = 0; y < height; y++) {
    const OPJ_INT32 *row = c->data + (size_t)rows[y] * c->w;
    for (int x = 0; x < width; x++, target += step) {
      int64_t value = row[columns[x]] + offset;
      value = value < 0 ? 0 : value > top ? top : value;
      *target = (uint8_t)(top == 255 ? value : (value * 255 + top / 2) / top);
    }
  }
  free(columns);
  return 1;
}

static uint8_t clamp(float value) { return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)(value + 0.5f); }

/// Y, Cb, Cr in three bytes, `step` apart, into B, G, R.
static void convert_ycc(uint8_t *pixel, size_t count, int step) {
  for (; count > 0; count--, pixel += step) {
    const float y = pixel[0], cb = pixel[1] - 128.f, cr = pixel[2] - 128.f;
    pixel[0] = clamp(y + 1.772f * cb);
    pixel[1] = clamp(y - 0.344136f * cb - 0.714136f * cr);
    pixel[2] = clamp(y + 1.402f * cr);
  }
}

/// C, M, Y, K of every four bytes (0: no ink) into B, G, R of every three, in place.
static void convert_cmyk(uint8_t *pixels, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const uint8_t *ink = pixels + 4 * i;
    const int white = 255 - ink[3], c = 255 - ink[0], m = 255 - ink[1], y = 255 - ink[2];
    uint8_t *bgr = pixels + 3 * i;
    bgr[0] = (uint8_t)((y * white + 127) / 255);
    bgr[1] = (uint8_t)((m * white + 127) / 255);
    bgr[2] = (uint8_t)((c * white + 127) / 255);
  }
}

static void divide_by_alpha(uint8_t *pixel, size_t count) {
  for (; count > 0; count--, pixel += 4)
    for (int c = 0; c < 3 && pixel[3] > 0; c++) {
      const int value = (pixel[c] * 255 + pixel[3] / 2) / pixel[3];
      pixel[c] = (uint8_t)(value > 255 ? 255 : value);
    }
}

typedef enum { colours_by_count, colours_grey, colours_ycc, colours_cmyk, colours_lab } colour_kind;

static colour_kind kind_of(const opj_image_t *image) {
  const opj_image_comp_t *c = image->comps;
  switch (image->color_space) {
    case OPJ_CLRSPC_GRAY: return colours_grey;
    case OPJ_CLRSPC_SYCC:
    case OPJ_CLRSPC_EYCC: return colours_ycc;
    case OPJ_CLRSPC_CMYK: return colours_cmyk;
    case OPJ_CLRSPC_SRGB: return colours_by_count;
    default: break;
  }
  if (image->icc_profile_buf && image->icc_profile_len == 0) return colours_lab;
  if (image->icc_profile_buf && image->icc_profile_len >= 20) {
    const char *space = (const char *)image->icc_profile_buf + 16;
    if (memcmp(space, "CMYK", 4) == 0) return colours_cmyk;
    if (memcmp(space, "GRAY", 4) == 0) return colours_grey;
    if (memcmp(space, "Lab ", 4) == 0) return colours_lab;
  }
  // Only luma and chroma are stored at different sizes.
  const int is_subsampled = image->numcomps >= 3 && c[0].dx == 1 && c[0].dy == 1 && c[1].dx == 2 && c[2].dx == 2;
  return is_subsampled ? colours_ycc : colours_by_count;
}

void cdecoders_jpeg2000_write(
    const opj_image_t *image, int is_bare, const cdecoders_request *request, cdecoders_result *result) {
  const size_t count = (size_t)request->width * request->height;
  const colour_kind kind = kind_of(image);
  const opj_image_comp_t *colours[4] = {0}, *alpha = NULL;
  int colour_count = 0, is_premultiplied = 0;
  for (OPJ_UINT32 i = 0; i < image->numcomps; i++) {
    const opj_image_comp_t *c = &image->comps[i];
    // By the channel definition box: 1 opacity, 2 opacity with premultiplied colours, others not specified.
    if (c->alpha == 0 && colour_count < 4) colours[colour_count++] = c;
    if ((c->alpha == 1 || c->alpha == 2) && !alpha) {
      alpha = c;
      is_premultiplied = c->alpha == 2;
    }
  }
  if (is_bare && kind != colours_cmyk && !alpha && (image->numcomps == 2 || image->numcomps == 4))
    alpha = colours[--colour_count];
  if (kind == colours_lab) {
    cdecoders_fail(result, cdecoders_unsupported, "colours in CIELab; convert the picture to sRGB first");
    return;
  }
  if (colour_count == 0 || (kind == colours_cmyk && colour_count < 4) || (kind == colours_ycc && colour_count < 3)) {
    cdecoders_fail(result, cdecoders_corrupt, "%d components do not make its colour space", colour_count);
    return;
  }
  const int is_grey = kind == colours_grey || colour_count < 3, is_cmyk = kind == colours_cmyk;
  if (is_cmyk) alpha = NULL;
  const int step = is_grey && !alpha ? 1 : alpha || is_cmyk ? 4 : 3;
  const int planes = is_grey ? 1 : is_cmyk ? 4 : 3;
  int done = 1;
  for (int i = 0; i < planes && done; i++) {
    // Red, green, blue are stored in that order; luma and chroma are converted where they are.
    const int place = is_grey || is_cmyk || kind == colours_ycc ? i : 2 - i;
    done = write_plane(image, colours[i], request->width, request->height, request->pixels + place, step);
  }
  if (done && alpha) done = write_plane(image, alpha, request->width, request->height, request->pixels + 3, 4);
  if (!done) {
    cdecoders_fail(result, cdecoders_out_of_memory, "no memory for the picture");
    return;
  }
  if (is_grey && alpha)
    for (size_t i = 0; i < count; i++) request->pixels[4 * i + 1] = request->pixels[4 * i + 2] = request->pixels[4 * i];
  if (kind == colours_ycc) convert_ycc(request->pixels, count, step);
  if (is_cmyk) convert_cmyk(request->pixels, count);
  if (is_premultiplied && alpha) divide_by_alpha(request->pixels, count);
  result->channels = is_cmyk ? 3 : step;
}
