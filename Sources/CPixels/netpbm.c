#include "CPixels.h"

void cpixels_scale_table(int maximum, int last, uint8_t *table) {
  for (int v = 0; v <= last; v++)
    table[v] = v >= maximum ? 255 : (uint8_t)(((uint32_t)v * 510u + (uint32_t)maximum) / (2u * (uint32_t)maximum));
}

void cpixels_scale8(const uint8_t *source, uint8_t *target, size_t count, const uint8_t *table) {
  for (size_t i = 0; i < count; i++) target[i] = table[source[i]];
}

void cpixels_scale16(const uint8_t *source, uint8_t *target, size_t count, const uint8_t *table) {
  for (size_t i = 0; i < count; i++) target[i] = table[(size_t)source[2 * i] << 8 | source[2 * i + 1]];
}

void cpixels_expand_bits(const uint8_t *source, uint8_t *target, size_t count) {
  for (size_t i = 0; i < count; i++) target[i] = source[i / 8] >> (7 - i % 8) & 1 ? 0 : 255;
}

static inline bool is_space(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }
static inline bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

cpixels_text_status cpixels_read_numbers(
    const uint8_t *text, size_t size, size_t *at, bool digits, const uint8_t *table, uint8_t *target, size_t count) {
  size_t i = *at;
  for (size_t n = 0; n < count; n++) {
    for (; i < size && !is_digit(text[i]); i++) {
      if (text[i] == '#') {
        while (i < size && text[i] != '\n') i++;
        if (i == size) break;
      } else if (!is_space(text[i])) {
        return cpixels_text_is_wrong;
      }
    }
    if (i == size) return cpixels_text_ends;
    if (digits) {
      if (text[i] > '1') return cpixels_text_is_wrong;
      // 1 is black.
      target[n] = text[i++] == '1' ? 0 : 255;
      continue;
    }
    uint32_t value = 0;
    for (; i < size && is_digit(text[i]); i++)
      if (value <= 65535) value = value * 10 + (uint32_t)(text[i] - '0');
    target[n] = table[value > 65535 ? 65535 : value];
  }
  *at = i;
  return cpixels_text_whole;
}

void cpixels_grey_alpha_to_bgra(const uint8_t *source, uint8_t *target, size_t count) {
  for (size_t i = 0; i < count; i++) {
    target[4 * i] = target[4 * i + 1] = target[4 * i + 2] = source[2 * i];
    target[4 * i + 3] = source[2 * i + 1];
  }
}

void cpixels_rgba_to_bgra(const uint8_t *source, uint8_t *target, size_t count) {
  for (size_t i = 0; i < count; i++) {
    target[4 * i] = source[4 * i + 2];
    target[4 * i + 1] = source[4 * i + 1];
    target[4 * i + 2] = source[4 * i];
    target[4 * i + 3] = source[4 * i + 3];
  }
}
