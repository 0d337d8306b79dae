// Pictures with alpha: composing them over a ground, and giving colours to what is hidden. Pixels are BGR and straight
// alpha (BGRA), 8 bits a sample, without padding.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether the alpha of all `count` pixels is 255.
bool cpixels_is_opaque(const uint8_t *pixels, size_t count);

/// Adds the alpha of `count` pixels to the class of their luma (BT.601), 0 to 255.
void cpixels_weigh_luma(const uint8_t *pixels, size_t count, uint64_t histogram[256]);

/// Composes `count` pixels over a grey ground, in place: BGR in the front of the buffer.
void cpixels_compose(uint8_t *pixels, size_t count, uint8_t ground);

/// Puts `count` pixels over others, both with straight alpha.
void cpixels_blend(uint8_t *target, const uint8_t *source, size_t count);

/// Drops the alpha of `count` pixels, in place: BGR in the front of the buffer.
void cpixels_drop_alpha(uint8_t *pixels, size_t count);

/// Copies the alpha of `count` pixels.
void cpixels_alpha(const uint8_t *pixels, uint8_t *target, size_t count);

/// Alpha below this hides a pixel: premultiplied storage leaves less than 3 bits of its colour.
enum { cpixels_hidden_below = 8 };

/// Replaces the colours of hidden pixels by those of the visible ones around them. What was hidden then has no influence
/// on resizing and networks, whatever it was. Alpha stays. Returns false if memory is out.
bool cpixels_extend_colours(uint8_t *pixels, int width, int height);

/// Bytes that `cpixels_extend_colours` allocates.
size_t cpixels_extend_bytes(int width, int height);

#ifdef __cplusplus
}
#endif
