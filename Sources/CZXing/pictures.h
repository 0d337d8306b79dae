// Copies of a picture that are read again.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Writes the mean of each 2 x 2 pixels to `target` of (width / 2) x (height / 2).
void czxing_halve(const uint8_t *grey, int width, int height, uint8_t *target);

/// Turns samples into their negative.
void czxing_invert(uint8_t *grey, size_t count);

/// Fills `target` by interpolation; `map` is x = map[0] u + map[1] v + map[2] and y likewise for its pixels (u, v). Outside
/// the picture the next pixel is repeated.
void czxing_cut(
    const uint8_t *grey, int width, int height, const double map[6], uint8_t *target, int columns, int rows);
