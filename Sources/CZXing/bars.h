// The extent of a bar code of which some rows were read.
#pragma once

#include <stdint.h>

/// Moves the `corners` (x, y from the upper left of the code, clockwise) of the rows that were read along the bars, as far
/// as the picture shows these bars.
void czxing_extend_bars(const uint8_t *grey, int width, int height, int corners[8]);

/// Paints the code over, with a margin; returns whether a sample changed.
bool czxing_paint_over(uint8_t *grey, int width, int height, const int corners[8]);
