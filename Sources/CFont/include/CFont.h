#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Coverage of each pixel by letters, row by row without padding: 0 none, 255 full.
typedef struct cfont_picture {
  uint8_t *_Nullable coverage;
  int width;
  int height;
} cfont_picture;

/// Renders one line of `count` Unicode letters with FreeType; the font's em square is `pixels` high. Fonts are found by
/// fontconfig, for each letter the first that has it: the file in $IMGREC_FONT, the system's sans serif, any. A letter
/// that no font has becomes an upright frame.
///
/// Right-to-left and joined scripts are drawn letter by letter from the left. The picture must be freed with
/// `cfont_picture_free`. Returns false if there is no font, or no memory. Safe from any thread.
bool cfont_draw(const uint32_t *letters, size_t count, int pixels, cfont_picture *picture);

void cfont_picture_free(cfont_picture *picture);

/// Whether a font of the system has the letter.
bool cfont_has(uint32_t letter);

#pragma clang assume_nonnull end
