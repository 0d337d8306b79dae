#include "internal.h"

// Zigzag position -> column and row of the coefficient.
static const uint8_t zigzag[64] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

// Whether the scans read so far are all that the reduced picture shows.
//
// A component reduced to blocks of N x N samples shows its coefficients below N in both directions. One whose lowest
// bits are still missing is off by less than (2^bits - 1) steps; in pixels that is an eighth for DC, up to a quarter
// for AC. Colour that was stored coarser is reduced less: its finer half may be rougher, for the eye and the networks
// look at it through the brightness.
static int enough(const cjpeg_decoder *d) {
  const struct jpeg_decompress_struct *info = &d->info;
  enum { dc_tolerance = 2 * 8, ac_tolerance = 2 * 4, fine_tolerance = 8 * 4 };
  int size = info->min_DCT_scaled_size;
  for (int c = 0; c < info->num_components; c++) {
    const jpeg_component_info *component = &info->comp_info[c];
    if (!component->component_needed) continue;
    if (!component->quant_table) return 0;
    int shown = component->DCT_scaled_size;
    for (int k = 0; k < 64; k++) {
      int place = zigzag[k], x = place & 7, y = place >> 3;
      if (x >= shown || y >= shown) continue;
      int bits = info->coef_bits[c][k];
      if (bits < 0) return 0;
      int error = ((1 << bits) - 1) * component->quant_table->quantval[place];
      if (error > (k == 0 ? dc_tolerance : x < size && y < size ? ac_tolerance : fine_tolerance)) return 0;
    }
  }
  return 1;
}

static void check_scans(cjpeg_decoder *d, int scans) {
  if (scans <= d->limits.max_scans) return;
  char text[64];
  snprintf(text, sizeof text, "more than %d scans", d->limits.max_scans);
  cjpeg_fail(d, cjpeg_too_many_scans, text);
}

// Follows the markers of the scans that are not decoded, to see that they are there: a tenth of a millisecond a MB.
static void walk_tail(cjpeg_decoder *d) {
  const uint8_t *p = d->info.src->next_input_byte, *end = d->end;
  if (d->hit_end) return;
  int marker = d->info.unread_marker, scans = d->scans;
  for (;;) {
    if (marker == JPEG_EOI) return;
    if (marker >= 0xC0 && marker != 0xD8) {
      // A segment: its length follows.
      if (end - p < 2) break;
      size_t length = (size_t)p[0] << 8 | p[1];
      if (marker == 0xDA) {
        scans++;
        check_scans(d, scans);
      }
      if ((size_t)(end - p) < length) break;
      p += length;
    }
    marker = 0;
    while (p < end && (p = memchr(p, 0xFF, (size_t)(end - p)))) {
      while (p < end && *p == 0xFF) p++;
      if (p == end) break;
      int next = *p++;
      if (next == 0 || next == 1 || (next >= 0xD0 && next <= 0xD7)) continue;
      marker = next;
      break;
    }
    if (!marker) break;
  }
  d->hit_end = 1;
  cjpeg_warn(d, "premature end of data");
}

void cjpeg_read_scans(cjpeg_decoder *d, int whole) {
  struct jpeg_decompress_struct *info = &d->info;
  uint32_t seen = 0;
  d->scans = 1;
  for (int c = 0; c < info->comps_in_scan; c++) seen |= 1u << info->cur_comp_info[c]->component_index;
  for (;;) {
    int event = jpeg_consume_input(info);
    if (event == JPEG_REACHED_EOI) break;
    if (event == JPEG_ROW_COMPLETED) {
      cjpeg_check_deadline(d);
    } else if (event == JPEG_REACHED_SOS) {
      d->scans++;
      check_scans(d, d->scans);
      for (int c = 0; c < info->comps_in_scan; c++) seen |= 1u << info->cur_comp_info[c]->component_index;
    } else if (event == JPEG_SCAN_COMPLETED) {
      cjpeg_check_deadline(d);
      if (!whole && info->progressive_mode && enough(d)) {
        walk_tail(d);
        return;
      }
    }
  }
  for (int c = 0; c < info->num_components; c++) {
    if (!(seen >> c & 1)) {
      cjpeg_warn(d, "a colour component has no data");
      break;
    }
    if (!info->progressive_mode) continue;
    int missing = 0;
    for (int k = 0; k < 64; k++) missing |= info->coef_bits[c][k] > 0;
    if (missing) {
      cjpeg_warn(d, "the last scans are missing");
      break;
    }
  }
}
