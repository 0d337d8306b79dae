// A JPEG decoder that streams rows, over the libjpeg API of libjpeg-turbo, with limits and with all warnings.
//
// One path for all files: TurboJPEG refuses 4:1:0, odd samplings and some CMYK, hides the scans, and has no deadline.
// A decoder belongs to one thread at a time. Errors leave these functions as a status only.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CJPEGEncode.h"
#include "CJPEGObscure.h"
#include "CJPEGRecompress.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cjpeg_decoder cjpeg_decoder;

typedef enum {
  cjpeg_ok = 0,
  cjpeg_corrupt,
  cjpeg_truncated,
  cjpeg_unsupported,
  cjpeg_too_many_scans,
  cjpeg_timeout,
  cjpeg_out_of_memory,
} cjpeg_status;

typedef enum { cjpeg_rgb, cjpeg_bgr, cjpeg_grey } cjpeg_order;

typedef struct {
  int max_scans;
  /// Number of warnings above which decoding fails.
  int max_warnings;
  /// CLOCK_MONOTONIC in nanoseconds; 0: none.
  uint64_t deadline;
} cjpeg_limits;

typedef struct {
  int width, height, components, precision;
  /// Whether the coefficients of the whole picture stay in memory, and how many bytes they take.
  int multiple_scans;
  int progressive, arithmetic;
  uint64_t coefficient_bytes;
  /// Height of a row of MCUs in blocks: 1 to 4.
  int block_rows;
} cjpeg_header;

typedef struct {
  /// The DCT reduction: 1 to 8 eighths.
  int eighths;
  cjpeg_order order;
  /// Progressive files: read every scan, even those that the reduction does not show.
  int whole_scans;
  /// Columns to decode, in the reduced picture; width 0: all.
  int x, width;
} cjpeg_request;

typedef struct {
  /// The reduced picture.
  int width, height;
  /// Columns of each row: at least those requested.
  int x, columns;
} cjpeg_output;

/// CLOCK_MONOTONIC in nanoseconds.
uint64_t cjpeg_now(void);

/// Returns NULL if memory is out.
cjpeg_decoder *cjpeg_create(void);
void cjpeg_destroy(cjpeg_decoder *decoder);

/// Reads the header of the file `data`, which the caller owns and must keep until the next open or close.
cjpeg_status cjpeg_open(
    cjpeg_decoder *decoder, const uint8_t *data, size_t size, const cjpeg_limits *limits, cjpeg_header *header);

/// After open: prepares to read rows. For a progressive file this reads the scans.
cjpeg_status cjpeg_start(cjpeg_decoder *decoder, const cjpeg_request *request, cjpeg_output *output);

/// Reads the next `count` rows (the caller knows how many are left), 8-bit samples interleaved, `stride` bytes apart.
cjpeg_status cjpeg_read(cjpeg_decoder *decoder, uint8_t *rows, size_t stride, int count);

/// Skips `count` rows: their data are read and checked, their pixels not computed.
cjpeg_status cjpeg_skip(cjpeg_decoder *decoder, int count);

/// After open, in place of start: reads the whole file, makes the areas unrecognisable, and writes the picture with the
/// same tables, sampling, kind of coding and restart intervals into a file in memory, without any segment of metadata.
cjpeg_status cjpeg_obscure(cjpeg_decoder *decoder, const cjpeg_area *areas, int count, cjpeg_file *file);

/// Reads the rest of the file, for its warnings.
cjpeg_status cjpeg_finish(cjpeg_decoder *decoder);

/// Releases the file and the picture's memory; the decoder can be opened again.
void cjpeg_close(cjpeg_decoder *decoder);

/// The error message after a status other than ok.
const char *cjpeg_message(const cjpeg_decoder *decoder);

/// The first few distinct warnings since open, by index; NULL after the last.
const char *cjpeg_warning(const cjpeg_decoder *decoder, int index);

/// Number of scans decoded since open, for a file that has several.
int cjpeg_scans_read(const cjpeg_decoder *decoder);

#ifdef __cplusplus
}
#endif
