// A PNG decoder over libpng: rows one after another, or an interlaced picture as a whole.
//
// libpng sees only the chunks that make the picture (IHDR, PLTE, tRNS, IDAT), whose checksums are compared first. No
// function prints or aborts.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cpng_decoder cpng_decoder;

typedef enum {
  cpng_ok = 0,
  cpng_truncated,
  cpng_corrupt,
  cpng_unsupported,
  cpng_timeout,
  cpng_out_of_memory,
} cpng_status;

/// Samples of a decoded pixel, 8 bits each. `cpng_grey` is for files without colour and palette; `cpng_bgra` has
/// straight alpha, 255 where the file has none. `cpng_native` keeps the file's channels and its 16 bits, in the order of
/// the machine; palettes and transparent colours become channels.
typedef enum { cpng_grey, cpng_bgr, cpng_rgb, cpng_bgra, cpng_native } cpng_order;

/// A whole file in memory, which stays valid until the decoder is destroyed.
typedef struct {
  const uint8_t *data;
  size_t size;
  /// Size by the header that was checked; another size is `cpng_corrupt`.
  int width, height;
  cpng_order order;
  /// Nanoseconds of CLOCK_MONOTONIC; 0: none.
  uint64_t deadline;
} cpng_file;

/// Damage in spite of which the picture is decoded.
enum {
  /// The data end early. Rows that are missing are grey, or clear if the order has alpha.
  cpng_damage_cut = 1,
  /// A checksum is wrong, though the one of the compressed data is right.
  cpng_damage_checksum = 2,
};

/// Returns NULL if memory is out. One decoder is for one file.
cpng_decoder *cpng_decoder_create(void);
void cpng_decoder_destroy(cpng_decoder *decoder);

/// Checks the chunks and prepares for the first row.
cpng_status cpng_decoder_begin(cpng_decoder *decoder, const cpng_file *file);

/// After `begin`: samples of a pixel (1: grey, 2: grey and alpha, 3: colour, 4: colour and alpha) and bytes of a sample.
void cpng_decoder_form(const cpng_decoder *decoder, int *channels, int *sample_bytes);

/// Decodes the next `count` rows, `stride` bytes apart; precondition: the file is not interlaced.
cpng_status cpng_decoder_rows(cpng_decoder *decoder, uint8_t *rows, size_t stride, int count);

/// Decodes the whole picture, interlaced or not, after `begin`.
cpng_status cpng_decoder_picture(cpng_decoder *decoder, uint8_t *pixels, size_t stride);

/// Damage found so far, a union of `cpng_damage_` values.
int cpng_decoder_damage(const cpng_decoder *decoder);

/// One line that explains the last status, without the format's name; empty if there was no error.
const char *cpng_decoder_message(const cpng_decoder *decoder);

#ifdef __cplusplus
}
#endif
