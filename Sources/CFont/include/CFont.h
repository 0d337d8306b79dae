#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// How much of each pixel letters cover, row by row without padding: 0 not at all, 255 all of it.
typedef struct CFontPicture {
  uint8_t *_Nullable coverage;
  int width;
  int height;
} CFontPicture;

/// Draws one line of `count` Unicode letters, the font's square `pixels` high, with FreeType. Fonts are those of the
/// system as fontconfig finds them, for each letter the first that has it: the file in $IMGREC_FONT, the system's sans
/// serif, any. A letter that none has becomes a question mark.
///
/// Right-to-left and joined scripts come letter by letter from the left. The picture is freed with
/// `cfont_picture_free`. False where there is no font at all, or no memory. Safe from any thread.
bool cfont_draw(const uint32_t *letters, size_t count, int pixels, CFontPicture *picture);

void cfont_picture_free(CFontPicture *picture);

/// Whether a font of the system has the letter.
bool cfont_has(uint32_t letter);

#pragma clang assume_nonnull end
