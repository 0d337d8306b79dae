#include <float.h>
#include <string.h>

#include "tiff_reader.h"

/// Reads the samples of one row of a block as numbers.
static void read_values(tiff_reader *r, const tiff_part *p, int channel, const uint8_t *row) {
  const tiff_channel *c = &r->plan.channels[channel];
  const size_t step = r->plan.is_planar ? 1 : (size_t)r->plan.samples_per_pixel;
  tiff_samples_read(&c->samples, row, r->plan.is_planar ? 0 : (size_t)c->index, step, p->width, r->values);
}

/// Takes a part into the range; returns whether further parts may change the scale.
static bool measure(tiff_reader *r, const tiff_part *p) {
  if (p->is_lost) return true;
  const tiff_samples *samples = &r->plan.channels[0].samples;
  // Alpha of whole numbers has the depth of the colours, and is often all that reaches it.
  const int count = samples->format == tiff_unsigned ? r->plan.channel_count : tiff_color_count(&r->plan.color);
  for (uint32_t y = 0; y < p->height; y++)
    for (int c = 0; c < count; c++) {
      if (!tiff_reader_has(r, p, c)) continue;
      read_values(r, p, c, r->block + y * r->row_bytes);
      tiff_samples_measure(samples, r->values, p->width, &r->range);
    }
  return !tiff_samples_are_measured(samples, &r->range);
}

/// Reduces a row's samples of the channels that the block has to 8 bits: `step` bytes a pixel, a byte a channel.
static void reduce(tiff_reader *r, const tiff_part *p, const uint8_t *row, uint8_t *target, size_t step) {
  const tiff_plan *plan = &r->plan;
  const size_t samples = plan->is_planar ? 1 : (size_t)plan->samples_per_pixel;
  for (int i = 0; i < plan->channel_count; i++) {
    const tiff_channel *c = &plan->channels[i];
    if (!tiff_reader_has(r, p, i)) continue;
    const size_t first = plan->is_planar ? 0 : (size_t)c->index;
    if (plan->is_small) {
      tiff_samples_table(&c->samples, row, first, samples, p->width, plan->tables[i], target + i, step);
    } else if (tiff_samples_are_words(&c->samples, c->scale)) {
      tiff_samples_reduce_words(row, first, samples, p->width, c->scale, target + i, step);
    } else {
      read_values(r, p, i, row);
      tiff_samples_reduce(&c->samples, r->values, p->width, c->scale, target + i, step);
    }
  }
}

/// Whether the samples of a block's row are pixels already, but for their order.
static bool is_direct(const tiff_plan *plan) {
  if (!plan->is_small || plan->channels[0].samples.bits != 8 || plan->is_planar || plan->color.model == tiff_lab)
    return false;
  for (int i = 0; i < plan->channel_count; i++)
    if (plan->channels[i].index != i) return false;
  return true;
}

/// Stores a part. Planar pictures are gathered at 4 bytes a pixel, and converted when all planes are there.
static bool store(tiff_reader *r, const tiff_part *p) {
  const tiff_plan *plan = &r->plan;
  const size_t channels = (size_t)tiff_color_channels(&plan->color), width = plan->width;
  const bool direct = is_direct(plan);
  for (uint32_t y = 0; y < p->height; y++) {
    const size_t first = (size_t)(p->y + y) * width + p->x;
    const uint8_t *row = r->block + y * r->row_bytes;
    if (plan->is_planar) {
      uint8_t *target = r->request->pixels + first * 4;
      if (!p->is_lost) reduce(r, p, row, target, 4);
      for (int i = 0; p->is_lost && i < plan->channel_count; i++)
        for (uint32_t x = 0; tiff_reader_has(r, p, i) && x < p->width; x++) target[x * 4 + (size_t)i] = 128;
      continue;
    }
    uint8_t *target = r->request->pixels + first * channels;
    if (p->is_lost) {
      memset(target, 128, p->width * channels);
      for (uint32_t x = 0; channels == 4 && x < p->width; x++) target[x * 4 + 3] = 255;
    } else if (direct) {
      tiff_color_convert(&plan->color, row, (size_t)plan->samples_per_pixel, p->width, target);
    } else {
      reduce(r, p, row, r->line, (size_t)plan->channel_count);
      tiff_color_convert(&plan->color, r->line, (size_t)plan->channel_count, p->width, target);
    }
  }
  return true;
}

/// Stores a part that libtiff converted: RGBA of 32 bits, rows from the bottom.
static bool store_converted(tiff_reader *r, const tiff_part *p) {
  const uint32_t *raster = (const uint32_t *)(const void *)r->block;
  for (uint32_t y = 0; y < p->height; y++) {
    uint8_t *target = r->request->pixels + ((size_t)(p->y + y) * r->plan.width + p->x) * 3;
    const uint32_t rows = r->plan.is_tiled ? r->plan.block_height : p->height;
    const uint32_t *row = raster + (size_t)(rows - 1 - y) * r->plan.block_width;
    for (uint32_t x = 0; x < p->width; x++, target += 3) {
      target[0] = p->is_lost ? 128 : (uint8_t)TIFFGetB(row[x]);
      target[1] = p->is_lost ? 128 : (uint8_t)TIFFGetG(row[x]);
      target[2] = p->is_lost ? 128 : (uint8_t)TIFFGetR(row[x]);
    }
  }
  return true;
}

/// The status of a picture of which no part could be read, by what libtiff reported: it has no error numbers, so the
/// texts of its messages (tif_*.c) are compared, without their first letters, whose case varies.
static cdecoders_status status_of(const char *text) {
  // What libtiff prints of kinds that it does not read.
  static const char *const kinds[] = {"not support", "nsupported", "not implemented", "not configured", "an not handle",
                                      "annot handle", "not enabled"};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (strstr(text, kinds[i])) return cdecoders_unsupported;
  // A field or strip that lies outside the file.
  if (strstr(text, "IO error") || strstr(text, "Read error")) return cdecoders_truncated;
  return strstr(text, "llocat") || strstr(text, "ut of memory") ? cdecoders_out_of_memory : cdecoders_corrupt;
}

/// Per cent, rounded up.
static int share(uint64_t part, uint64_t whole) { return (int)((part * 100 + whole - 1) / whole); }

static void decode(tiff_reader *r, cdecoders_result *result) {
  tiff_plan *plan = &r->plan;
  tiff_source *source = r->source;
  if (!tiff_reader_allocate(r, result)) return;
  source->reports = 0;
  source->counts_warnings = true;
  if (plan->is_measured) {
    r->range = (tiff_range){FLT_MAX, -FLT_MAX};
    tiff_reader_read(r, measure);
    for (int i = 0; i < plan->channel_count; i++) {
      tiff_channel *c = &plan->channels[i];
      const bool is_alpha = i >= tiff_color_count(&plan->color);
      // Alpha of floats is from 0 to 1 whatever the colours are.
      c->scale = is_alpha && c->samples.format == tiff_float
                     ? (tiff_scale){0, 255}
                     : tiff_samples_scale(&c->samples, r->range, plan->declared_most);
    }
  }
  tiff_reader_read(r, plan->is_converted ? store_converted : store);
  if (r->absent == r->wanted) {
    cdecoders_fail(result, cdecoders_corrupt, "no picture data");
    return;
  }
  // What is left of a picture that has lost nearly all shows nothing.
  if (r->lost > (r->wanted - r->absent) / 10 * 9) {
    cdecoders_fail(result, status_of(source->text), "%s", source->reports ? source->text : "damaged picture data");
    return;
  }
  if (plan->is_planar && !plan->is_converted)
    tiff_color_convert(&plan->color, r->request->pixels, 4, (size_t)plan->width * plan->height, r->request->pixels);
  result->channels = plan->is_converted ? 3 : tiff_color_channels(&plan->color);
  if (r->lost > 0) {
    cdecoders_warn(result, "%d %% of the picture is damaged or missing (%s)", share(r->lost, r->wanted), source->text);
  } else if (source->reports > 0) {
    cdecoders_warn(result, "%s", source->text);
  }
  if (r->absent > 0)
    cdecoders_warn(result, "%d %% of the picture has no data in the file", share(r->absent, r->wanted));
}

void cdecoders_tiff(const cdecoders_request *request, cdecoders_result *result) {
  const tiff_library *lib = tiff_library_open();
  if (!lib) {
    cdecoders_fail(result, cdecoders_missing, "libtiff is not installed; install it (Debian: apt install libtiff6)");
    return;
  }
  tiff_source source = {.data = request->data, .size = request->size};
  // The header was checked before: blocks above four times the picture and a spare are refused there.
  const tmsize_t largest = (tmsize_t)request->size + (tmsize_t)request->width * request->height * 64 + (512 << 20);
  tiff_reader r = {.lib = lib, .source = &source, .request = request};
  r.tif = tiff_source_open(lib, &source, largest);
  if (!r.tif) {
    cdecoders_fail(result, cdecoders_corrupt, "%s", source.reports ? source.text : "no valid header");
    return;
  }
  if (!lib->TIFFSetSubDirectory(r.tif, request->directory)) {
    cdecoders_fail(result, status_of(source.text), "%s", source.reports ? source.text : "no valid directory");
  } else if (tiff_plan_make(lib, r.tif, &r.plan, result)) {
    if (r.plan.width != (uint32_t)request->width || r.plan.height != (uint32_t)request->height)
      cdecoders_fail(result, cdecoders_corrupt, "the picture has not the size of its header");
    else
      decode(&r, result);
  }
  tiff_reader_release(&r);
  lib->TIFFClose(r.tif);
}
