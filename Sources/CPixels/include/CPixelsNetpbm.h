// The samples of PBM, PGM, PPM and PAM.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Fills the 8-bit value of every sample from 0 to `last` of pictures with this maximum: the nearest of v * 255 / maximum,
/// 255 above it.
void cpixels_scale_table(int maximum, int last, uint8_t *table);

/// Scales `count` samples of 8 bits by a table of 256, or of 16 bits (big-endian) by one of 65536.
void cpixels_scale8(const uint8_t *source, uint8_t *target, size_t count, const uint8_t *table);
void cpixels_scale16(const uint8_t *source, uint8_t *target, size_t count, const uint8_t *table);

/// Expands `count` bits, the highest first: 1 becomes 0 (black), 0 becomes 255.
void cpixels_expand_bits(const uint8_t *source, uint8_t *target, size_t count);

typedef enum { cpixels_text_whole, cpixels_text_ends, cpixels_text_is_wrong } cpixels_text_status;

/// Reads `count` numbers of a text from offset `*at`, which is moved behind them, and scales them by a table of 65536;
/// larger numbers become 255. With `digits`, each is one digit, 0 or 1, and no space is needed between them.
cpixels_text_status cpixels_read_numbers(
    const uint8_t *text, size_t size, size_t *at, bool digits, const uint8_t *table, uint8_t *target, size_t count);

/// Turns `count` pixels of grey and alpha, or of red, green, blue and alpha, into BGRA.
void cpixels_grey_alpha_to_bgra(const uint8_t *source, uint8_t *target, size_t count);
void cpixels_rgba_to_bgra(const uint8_t *source, uint8_t *target, size_t count);

#ifdef __cplusplus
}
#endif
