#include "CPixels.h"
#include "clones.h"
#include <stdlib.h>
#include <string.h>

CLONES bool cpixels_is_opaque(const uint8_t *pixels, size_t count) {
  // In blocks, so that the loop has no branch and a picture with clear pixels ends it early.
  enum { block = 1024 };
  for (size_t i = 0; i < count; i += block) {
    size_t some = count - i < block ? count - i : block;
    uint8_t all = 255;
    for (size_t k = 0; k < some; k++) all &= pixels[4 * (i + k) + 3];
    if (all != 255) return false;
  }
  return true;
}

static inline uint32_t luma(const uint8_t *p) { return (p[0] * 1868u + p[1] * 9617u + p[2] * 4899u + 8192) >> 14; }

void cpixels_weigh_luma(const uint8_t *pixels, size_t count, uint64_t histogram[256]) {
  for (size_t i = 0; i < count; i++, pixels += 4)
    if (pixels[3]) histogram[luma(pixels)] += pixels[3];
}

CLONES static void compose_block(const uint8_t *restrict source, uint8_t *restrict target, size_t count, uint32_t ground) {
  for (size_t i = 0; i < count; i++) {
    uint32_t alpha = source[4 * i + 3], rest = ground * (255 - alpha) + 127;
    for (int c = 0; c < 3; c++) target[3 * i + c] = (uint8_t)((source[4 * i + c] * alpha + rest) / 255);
  }
}

void cpixels_compose(uint8_t *pixels, size_t count, uint8_t ground) {
  uint8_t composed[3 * 256];
  for (size_t i = 0; i < count; i += 256) {
    size_t some = count - i < 256 ? count - i : 256;
    compose_block(pixels + 4 * i, composed, some, ground);
    memcpy(pixels + 3 * i, composed, 3 * some);
  }
}

void cpixels_drop_alpha(uint8_t *pixels, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint8_t blue = pixels[4 * i], green = pixels[4 * i + 1], red = pixels[4 * i + 2];
    pixels[3 * i] = blue;
    pixels[3 * i + 1] = green;
    pixels[3 * i + 2] = red;
  }
}

void cpixels_alpha(const uint8_t *pixels, uint8_t *target, size_t count) {
  for (size_t i = 0; i < count; i++) target[i] = pixels[4 * i + 3];
}

// MARK: extension
//
// A pyramid: each level halves the one below, a pixel being the mean of those of its four that are known. Then, from the
// top down, what is unknown takes the colour of the level above, between its four nearest. Near the edge that is the
// colour of the edge, and far from it a smooth ground.

static int half(int side) { return (side + 1) / 2; }

size_t cpixels_extend_bytes(int width, int height) {
  size_t bytes = 0;
  while (width > 1 || height > 1) {
    width = half(width);
    height = half(height);
    bytes += (size_t)width * (size_t)height * 4;
  }
  return bytes;
}

// The fourth sample of the lowest level is alpha, of the others 255 (known) or 0.
static void reduce(const uint8_t *from, int width, int height, int threshold, uint8_t *to) {
  for (int y = 0; y < height; y += 2) {
    for (int x = 0; x < width; x += 2, to += 4) {
      uint32_t sum[3] = {0, 0, 0}, known = 0;
      for (int dy = 0; dy < 2 && y + dy < height; dy++) {
        for (int dx = 0; dx < 2 && x + dx < width; dx++) {
          const uint8_t *p = from + 4 * ((size_t)(y + dy) * (size_t)width + (size_t)(x + dx));
          if (p[3] < threshold) continue;
          known++;
          for (int c = 0; c < 3; c++) sum[c] += p[c];
        }
      }
      for (int c = 0; c < 3; c++) to[c] = known ? (uint8_t)((sum[c] + known / 2) / known) : 0;
      to[3] = known ? 255 : 0;
    }
  }
}

static void fill_from_above(uint8_t *level, int width, int height, int threshold, const uint8_t *above, int is_lowest) {
  const int columns = half(width), rows = half(height);
  for (int y = 0; y < height; y++) {
    const int near_y = y / 2;
    const int far_y = y % 2 ? (near_y + 1 < rows ? near_y + 1 : near_y) : (near_y > 0 ? near_y - 1 : 0);
    const uint8_t *near_row = above + 4 * (size_t)near_y * (size_t)columns;
    const uint8_t *far_row = above + 4 * (size_t)far_y * (size_t)columns;
    uint8_t *p = level + 4 * (size_t)y * (size_t)width;
    for (int x = 0; x < width; x++, p += 4) {
      if (p[3] >= threshold) continue;
      const int near_x = x / 2;
      const int far_x = x % 2 ? (near_x + 1 < columns ? near_x + 1 : near_x) : (near_x > 0 ? near_x - 1 : 0);
      for (int c = 0; c < 3; c++)
        p[c] = (uint8_t)((9u * near_row[4 * near_x + c] + 3u * near_row[4 * far_x + c] + 3u * far_row[4 * near_x + c] +
                          far_row[4 * far_x + c] + 8) / 16);
      if (!is_lowest) p[3] = 255;
    }
  }
}

bool cpixels_extend_colours(uint8_t *pixels, int width, int height) {
  const size_t count = (size_t)width * (size_t)height;
  size_t visible = 0;
  for (size_t i = 0; i < count; i++) visible += pixels[4 * i + 3] >= cpixels_hidden_below;
  if (visible == count) return true;
  if (visible == 0) {
    // Nothing shows which colour it has: black, as a cleared picture has.
    for (size_t i = 0; i < count; i++) memset(pixels + 4 * i, 0, 3);
    return true;
  }
  uint8_t *pyramid = malloc(cpixels_extend_bytes(width, height));
  if (!pyramid) return false;
  struct {
    uint8_t *pixels;
    int width, height;
  } levels[32];
  int top = 0;
  levels[0].pixels = pixels;
  levels[0].width = width;
  levels[0].height = height;
  for (uint8_t *next = pyramid; levels[top].width > 1 || levels[top].height > 1; top++) {
    const int w = levels[top].width, h = levels[top].height;
    reduce(levels[top].pixels, w, h, top ? 1 : cpixels_hidden_below, next);
    levels[top + 1].pixels = next;
    levels[top + 1].width = half(w);
    levels[top + 1].height = half(h);
    next += 4 * (size_t)half(w) * (size_t)half(h);
  }
  for (int i = top - 1; i >= 0; i--)
    fill_from_above(
        levels[i].pixels, levels[i].width, levels[i].height, i ? 1 : cpixels_hidden_below, levels[i + 1].pixels, i == 0);
  free(pyramid);
  return true;
}

void cpixels_blend(uint8_t *target, const uint8_t *source, size_t count) {
  for (; count > 0; count--, target += 4, source += 4) {
    const unsigned over = source[3];
    if (over == 255) {
      memcpy(target, source, 4);
    } else if (over > 0) {
      // In 1/65025 of the whole; the part of the canvas is what the frame lets through.
      const unsigned under = target[3] * (255 - over), whole = over * 255 + under;
      for (int c = 0; c < 3; c++)
        target[c] = (uint8_t)((source[c] * over * 255 + target[c] * under + whole / 2) / whole);
      target[3] = (uint8_t)((whole + 127) / 255);
    }
  }
}
