#include "tiff_plan.h"

#include <stdlib.h>
#include <string.h>

/// Bytes of a strip up to which it is read as a whole; the same number is in TIFF.swift, which reckons the memory.
static const uint64_t largest_strip = 8 << 20;

static unsigned field(const tiff_library *lib, TIFF *tif, uint32_t tag, unsigned absent) {
  uint16_t value = 0;
  return lib->TIFFGetField(tif, tag, &value) == 1 ? value : absent;
}

static const char *name_of_compression(unsigned compression) {
  switch (compression) {
  case COMPRESSION_OJPEG: return "old-style JPEG";
  case COMPRESSION_JPEG: return "JPEG";
  case COMPRESSION_JBIG: return "JBIG";
  case COMPRESSION_LZMA: return "LZMA";
  case 33003:
  case 33004:
  case 33005:
  case 34712: return "JPEG 2000";
  case 34887: return "LERC";
  case 34933: return "PNG";
  case 34934: return "JPEG XR";
  case 50000: return "Zstandard";
  case 50001: return "WebP";
  case 50002:
  case 52546: return "JPEG XL";
  }
  return "unknown";
}

static bool refuse(cdecoders_result *result, const char *what, unsigned value) {
  cdecoders_fail(result, cdecoders_unsupported, "%s %u is not read; convert the file first", what, value);
  return false;
}

/// Finds the colours of the photometric interpretation.
static bool find_model(const tiff_library *lib, TIFF *tif, tiff_plan *plan, unsigned compression,
                       cdecoders_result *result) {
  const int samples = plan->samples_per_pixel;
  const unsigned absent = samples < 3                      ? PHOTOMETRIC_MINISBLACK
                          : compression == COMPRESSION_JPEG ? PHOTOMETRIC_YCBCR
                                                            : PHOTOMETRIC_RGB;
  const unsigned photometric = field(lib, tif, TIFFTAG_PHOTOMETRIC, absent);
  tiff_color *color = &plan->color;
  switch (photometric) {
  case PHOTOMETRIC_MINISWHITE: color->inverted = true; // falls through
  case PHOTOMETRIC_MINISBLACK:
  case PHOTOMETRIC_MASK: color->model = tiff_grey; break;
  case PHOTOMETRIC_PALETTE: color->model = tiff_palette; break;
  case PHOTOMETRIC_RGB: color->model = samples < 3 ? tiff_grey : tiff_rgb; break;
  case PHOTOMETRIC_SEPARATED:
    if (samples < 4 || field(lib, tif, TIFFTAG_INKSET, INKSET_CMYK) != INKSET_CMYK)
      return refuse(result, "number of inks", (unsigned)samples);
    color->model = tiff_cmyk;
    break;
  case PHOTOMETRIC_YCBCR:
    color->model = samples < 3 ? tiff_grey : tiff_rgb;
    if (samples < 3) break;
    if (compression == COMPRESSION_JPEG && !plan->is_planar)
      lib->TIFFSetField(tif, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    else
      plan->is_converted = true;
    break;
  case PHOTOMETRIC_CIELAB:
  case PHOTOMETRIC_ICCLAB:
    color->model = samples < 3 ? tiff_grey : tiff_lab;
    break;
  case PHOTOMETRIC_LOGL:
  case PHOTOMETRIC_LOGLUV:
    if (compression != COMPRESSION_SGILOG && compression != COMPRESSION_SGILOG24)
      return refuse(result, "luminance in logarithms with compression", compression);
    lib->TIFFSetField(tif, TIFFTAG_SGILOGDATAFMT, SGILOGDATAFMT_8BIT);
    color->model = photometric == PHOTOMETRIC_LOGL ? tiff_grey : tiff_rgb;
    // The codec has three samples for colour, whatever the field says.
    if (samples != tiff_color_count(color)) return refuse(result, "number of samples of luminance", (unsigned)samples);
    break;
  case PHOTOMETRIC_CFA:
  case 34892:
    cdecoders_fail(result, cdecoders_unsupported, "camera raw data are not read; convert the file first");
    return false;
  default: return refuse(result, "photometric interpretation", photometric);
  }
  if (color->model == tiff_lab) {
    const float *white = NULL;
    color->is_d65 = lib->TIFFGetField(tif, TIFFTAG_WHITEPOINT, &white) == 1 && white && white[0] < 0.33f;
  }
  return true;
}

/// Finds alpha among the samples after the colours; other extra samples, such as infrared, are left out.
static int find_alpha(const tiff_library *lib, TIFF *tif, tiff_plan *plan, int colors) {
  uint16_t count = 0;
  uint16_t *kinds = NULL;
  if (lib->TIFFGetField(tif, TIFFTAG_EXTRASAMPLES, &count, &kinds) != 1 || !kinds) return -1;
  for (int i = 0; i < count && colors + i < plan->samples_per_pixel; i++) {
    if (kinds[i] != EXTRASAMPLE_ASSOCALPHA && kinds[i] != EXTRASAMPLE_UNASSALPHA) continue;
    plan->color.premultiplied = kinds[i] == EXTRASAMPLE_ASSOCALPHA;
    return plan->samples_per_pixel - count + i;
  }
  return -1;
}

static bool find_samples(const tiff_library *lib, TIFF *tif, tiff_samples *samples, cdecoders_result *result) {
  samples->bits = (int)field(lib, tif, TIFFTAG_BITSPERSAMPLE, 1);
  const unsigned format = field(lib, tif, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  switch (format) {
  case SAMPLEFORMAT_INT: samples->format = tiff_signed; break;
  case SAMPLEFORMAT_IEEEFP: samples->format = tiff_float; break;
  case SAMPLEFORMAT_UINT:
  case SAMPLEFORMAT_VOID: samples->format = tiff_unsigned; break;
  default: return refuse(result, "sample format", format);
  }
  if (!tiff_samples_are_known(samples))
    return refuse(result, samples->format == tiff_float ? "float depth" : "sample depth", (unsigned)samples->bits);
  // GDAL's mark of absent data, as text.
  uint32_t size = 0;
  const char *text = NULL;
  if (lib->TIFFGetField(tif, 42113, &size, &text) == 1 && text && size > 1 && size < 64) {
    char copy[64] = "", *end = copy;
    memcpy(copy, text, size);
    samples->nodata = strtof(copy, &end);
    samples->has_nodata = end != copy;
  }
  return true;
}

static bool find_palette(const tiff_library *lib, TIFF *tif, tiff_plan *plan, int bits, cdecoders_result *result) {
  uint16_t *map[3] = {NULL, NULL, NULL};
  if (bits > 8) return refuse(result, "palette depth", (unsigned)bits);
  if (lib->TIFFGetField(tif, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]) != 1) {
    cdecoders_fail(result, cdecoders_corrupt, "no palette");
    return false;
  }
  // Some writers use the low byte only.
  bool is_wide = false;
  for (int c = 0; c < 3; c++)
    for (int i = 0; i < 1 << bits; i++) is_wide = is_wide || map[c][i] > 255;
  for (int c = 0; c < 3; c++)
    for (int i = 0; i < 1 << bits; i++)
      plan->color.palette[i][2 - c] = (uint8_t)(is_wide ? map[c][i] >> 8 : map[c][i]);
  return true;
}

/// L*a*b* has scales of its own: L* of 0 to 100 becomes 0 to 255, a* and b* get 128 added.
static void plan_lab(tiff_plan *plan, bool is_icc) {
  for (int c = 0; c < 3; c++) {
    tiff_channel *channel = &plan->channels[c];
    const int bits = channel->samples.bits;
    const bool is_offset = c > 0 && !is_icc;
    const bool is_float = channel->samples.format == tiff_float;
    if (!is_float) channel->samples.format = is_offset ? tiff_signed : tiff_unsigned;
    for (int i = 0; plan->is_small && i < 256; i++) plan->tables[c][i] = (uint8_t)(is_offset ? i ^ 128 : i);
    if (is_float) {
      channel->scale = c == 0 ? (tiff_scale){0, 2.55f} : (tiff_scale){-128, 1};
    } else if (c == 0) {
      channel->scale = (tiff_scale){0, bits == 8 ? 1 : is_icc ? 255 / 65280.f : 255 / 65535.f};
    } else {
      channel->scale = (tiff_scale){is_offset ? (bits == 16 ? -32768.f : -128.f) : 0, bits == 16 ? 1 / 256.f : 1};
    }
  }
}

bool tiff_plan_make(const tiff_library *lib, TIFF *tif, tiff_plan *plan, cdecoders_result *result) {
  memset(plan, 0, sizeof *plan);
  lib->TIFFGetField(tif, TIFFTAG_IMAGEWIDTH, &plan->width);
  lib->TIFFGetField(tif, TIFFTAG_IMAGELENGTH, &plan->height);
  const unsigned compression = field(lib, tif, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  // The size in JBIG's own header is believed by its library, whatever the strip's is.
  if (!lib->TIFFIsCODECConfigured((uint16_t)compression) || compression == COMPRESSION_JBIG) {
    cdecoders_fail(
        result, cdecoders_unsupported, "compression %u (%s) is not read; convert the file first", compression,
        name_of_compression(compression));
    return false;
  }
  plan->samples_per_pixel = (int)field(lib, tif, TIFFTAG_SAMPLESPERPIXEL, 1);
  const unsigned layout = field(lib, tif, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  plan->is_planar = plan->samples_per_pixel > 1 && layout == PLANARCONFIG_SEPARATE;
  if (!find_model(lib, tif, plan, compression, result)) return false;
  // The picture is handed over as stored.
  lib->TIFFSetField(tif, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);

  plan->block_width = plan->width;
  plan->block_height = 1;
  plan->rows_per_strip = plan->height;
  plan->is_tiled = lib->TIFFIsTiled(tif);
  if (plan->is_tiled) {
    lib->TIFFGetField(tif, TIFFTAG_TILEWIDTH, &plan->block_width);
    lib->TIFFGetField(tif, TIFFTAG_TILELENGTH, &plan->block_height);
  } else {
    lib->TIFFGetFieldDefaulted(tif, TIFFTAG_ROWSPERSTRIP, &plan->rows_per_strip);
    if (plan->rows_per_strip == 0 || plan->rows_per_strip > plan->height) plan->rows_per_strip = plan->height;
    // libtiff inflates whole strips three times as fast as rows.
    const bool is_small = lib->TIFFVStripSize64(tif, plan->rows_per_strip) <= largest_strip;
    if (plan->is_converted || is_small) plan->block_height = plan->rows_per_strip;
  }
  if (plan->is_converted) return true;

  tiff_samples samples = {0};
  if (!find_samples(lib, tif, &samples, result)) return false;
  tiff_color *color = &plan->color;
  const unsigned photometric = field(lib, tif, TIFFTAG_PHOTOMETRIC, 0);
  const bool is_lab = color->model == tiff_lab;
  if (is_lab && samples.bits != 8 && samples.bits != 16 && samples.format != tiff_float)
    return refuse(result, "L*a*b* depth", (unsigned)samples.bits);
  if (color->model == tiff_palette && !find_palette(lib, tif, plan, samples.bits, result)) return false;
  const int colors = tiff_color_count(color);
  const int alpha = color->model == tiff_cmyk ? -1 : find_alpha(lib, tif, plan, colors);
  color->has_alpha = alpha >= colors;
  plan->channel_count = colors + (color->has_alpha ? 1 : 0);
  for (int c = 0; c < plan->channel_count; c++)
    plan->channels[c] = (tiff_channel){.index = c < colors ? c : alpha, .samples = samples};
  plan->is_small = tiff_samples_are_small(&samples);
  const int most = (1 << (plan->is_small ? samples.bits : 8)) - 1;
  for (int c = 0; c < plan->channel_count; c++)
    for (int i = 0; i < 256; i++) {
      const bool is_index = color->model == tiff_palette && c == 0;
      plan->tables[c][i] = (uint8_t)(is_index || i > most ? i : (i * 255 + most / 2) / most);
    }
  if (is_lab) plan_lab(plan, photometric == PHOTOMETRIC_ICCLAB);
  plan->is_measured =
      !plan->is_small && !is_lab && (samples.format != tiff_unsigned || samples.bits >= 16);
  if (!is_lab)
    for (int c = 0; c < plan->channel_count; c++)
      plan->channels[c].scale = tiff_samples_scale(&samples, (tiff_range){0, 0}, 0);
  plan->declared_most = field(lib, tif, TIFFTAG_MAXSAMPLEVALUE, 0);
  tiff_color_prepare(color);
  return true;
}
