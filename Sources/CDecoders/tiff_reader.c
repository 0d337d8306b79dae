#include "tiff_reader.h"

#include <stdlib.h>
#include <string.h>

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

bool tiff_reader_has(const tiff_reader *r, const tiff_part *p, int channel) {
  return !r->plan.is_planar || r->plan.channels[channel].index == p->plane;
}

bool tiff_reader_allocate(tiff_reader *r, cdecoders_result *result) {
  const tiff_plan *plan = &r->plan;
  uint64_t bytes, row;
  if (plan->is_converted) {
    row = (uint64_t)plan->block_width * 4;
    bytes = row * plan->block_height;
  } else if (plan->is_tiled) {
    bytes = r->lib->TIFFTileSize64(r->tif);
    row = r->lib->TIFFTileRowSize64(r->tif);
  } else {
    row = r->lib->TIFFScanlineSize64(r->tif);
    bytes = plan->block_height == 1 ? row : r->lib->TIFFVStripSize64(r->tif, plan->block_height);
  }
  // A size that libtiff reckons otherwise would be read beyond the block's end.
  const uint64_t bits = (uint64_t)plan->channels[0].samples.bits *
                        (plan->is_planar ? 1 : (uint64_t)plan->samples_per_pixel) * plan->block_width;
  if (bytes == 0 || (!plan->is_converted && (row < (bits + 7) / 8 || bytes / row < plan->block_height))) {
    cdecoders_fail(result, cdecoders_corrupt, "rows or tiles have no valid size");
    return false;
  }
  r->block_bytes = bytes;
  r->row_bytes = row;
  r->block = calloc(1, bytes);
  r->values = malloc((size_t)plan->block_width * sizeof(float));
  r->line = malloc((size_t)plan->block_width * 5);
  if (r->block && r->values && r->line) return true;
  cdecoders_fail(
      result, cdecoders_out_of_memory, "no memory for rows or tiles of %llu bytes", (unsigned long long)bytes);
  return false;
}

void tiff_reader_release(tiff_reader *r) {
  free(r->block);
  free(r->values);
  free(r->line);
}

/// Whether the part's strip or tile has no data, as in sparse files of GDAL: libtiff leaves such pixels at zero.
static bool is_absent(tiff_reader *r, const tiff_part *p) {
  const uint16_t plane = (uint16_t)p->plane;
  const uint32_t index = r->plan.is_tiled ? r->lib->TIFFComputeTile(r->tif, p->x, p->y, 0, plane)
                                          : r->lib->TIFFComputeStrip(r->tif, p->y, plane);
  return r->lib->TIFFGetStrileByteCount(r->tif, index) == 0;
}

/// Reads one part into the block; returns false if the data are damaged.
static bool read_block(tiff_reader *r, const tiff_part *p) {
  const tiff_plan *plan = &r->plan;
  const uint16_t plane = (uint16_t)p->plane;
  const tiff_library *lib = r->lib;
  if (plan->is_converted)
    return plan->is_tiled ? lib->TIFFReadRGBATileExt(r->tif, p->x, p->y, (uint32_t *)(void *)r->block, 1) == 1
                          : lib->TIFFReadRGBAStripExt(r->tif, p->y, (uint32_t *)(void *)r->block, 1) == 1;
  if (plan->is_tiled) {
    const uint32_t tile = lib->TIFFComputeTile(r->tif, p->x, p->y, 0, plane);
    return lib->TIFFReadEncodedTile(r->tif, tile, r->block, (tmsize_t)r->block_bytes) >= 0;
  }
  if (p->height == 1) return lib->TIFFReadScanline(r->tif, r->block, p->y, plane) == 1;
  const uint32_t strip = lib->TIFFComputeStrip(r->tif, p->y, plane);
  return lib->TIFFReadEncodedStrip(r->tif, strip, r->block, (tmsize_t)r->block_bytes) >= 0;
}

typedef bool (*visitor)(tiff_reader *, const tiff_part *);

static bool visit_part(tiff_reader *r, const tiff_part *p, bool absent, visitor visit) {
  const uint64_t pixels = (uint64_t)p->width * p->height;
  r->wanted += pixels;
  if (p->is_lost) r->lost += pixels;
  if (absent) r->absent += pixels;
  return visit(r, p);
}

/// Reads a strip that is damaged, or too large to be held, by its rows, up to the first that is damaged: its codec
/// cannot go on from there.
static bool read_rows(tiff_reader *r, tiff_part p, visitor visit) {
  const uint32_t end = p.y + p.height;
  p.height = 1;
  p.is_lost = false;
  for (; p.y < end; p.y++) {
    p.is_lost = p.is_lost || !read_block(r, &p);
    if (!visit_part(r, &p, false, visit)) return false;
  }
  return true;
}

/// Reads all parts of one plane (of all, if the samples are interleaved) until `visit` returns false.
static void read_plane(tiff_reader *r, int plane, visitor visit) {
  const tiff_plan *plan = &r->plan;
  const bool by_rows = !plan->is_tiled && plan->block_height < plan->rows_per_strip;
  const uint32_t height = by_rows ? plan->rows_per_strip : plan->block_height;
  for (uint32_t y = 0; y < plan->height; y += height)
    for (uint32_t x = 0; x < plan->width; x += plan->block_width) {
      tiff_part p = {.x = x, .y = y, .plane = plane};
      p.width = least(plan->block_width, plan->width - x);
      p.height = least(height, plan->height - y);
      const bool absent = !plan->is_converted && is_absent(r, &p);
      if (absent) memset(r->block, 0, r->block_bytes);
      if (by_rows && absent) {
        // One row of zeros stands for each.
        const uint32_t end = y + p.height;
        for (p.height = 1; p.y < end; p.y++)
          if (!visit_part(r, &p, true, visit)) return;
        continue;
      }
      if (by_rows || (!absent && !read_block(r, &p))) {
        if (!plan->is_tiled && !plan->is_converted) {
          if (!read_rows(r, p, visit)) return;
          continue;
        }
        p.is_lost = true;
      }
      if (!visit_part(r, &p, absent, visit)) return;
    }
}

void tiff_reader_read(tiff_reader *r, visitor visit) {
  r->wanted = r->lost = r->absent = 0;
  if (!r->plan.is_planar || r->plan.is_converted) {
    read_plane(r, 0, visit);
    return;
  }
  for (int i = 0; i < r->plan.channel_count; i++) {
    // Each plane once: grey pictures of many bands have one.
    read_plane(r, r->plan.channels[i].index, visit);
  }
}

