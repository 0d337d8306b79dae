// Reads the rows, tiles or strips of a TIFF one after another.
#pragma once

#include "tiff_plan.h"

/// One picture being read.
typedef struct {
  const tiff_library *lib;
  TIFF *tif;
  tiff_source *source;
  const cdecoders_request *request;
  tiff_plan plan;
  /// One row or tile as libtiff decodes it, or a strip that it has converted.
  uint8_t *block;
  size_t block_bytes, row_bytes;
  /// Samples of one row of a channel, and of all channels at 8 bits.
  float *values;
  uint8_t *line;
  tiff_range range;
  /// Pixels (times planes) that were to be read, those that are damaged, and those of strips or tiles without data.
  uint64_t wanted, lost, absent;
} tiff_reader;

/// A part of the picture, whose rows are in `tiff_reader.block`; of planar pictures one plane.
typedef struct {
  uint32_t x, y, width, height;
  int plane;
  bool is_lost;
} tiff_part;

/// Allocates the block and the rows of samples; on a failure sets the result's and returns false.
bool tiff_reader_allocate(tiff_reader *reader, cdecoders_result *result);

void tiff_reader_release(tiff_reader *reader);

/// Whether a channel is in the block of a part.
bool tiff_reader_has(const tiff_reader *reader, const tiff_part *part, int channel);

/// Reads all parts, of planar pictures plane after plane, until `visit` returns false, and counts the pixels that are
/// lost.
void tiff_reader_read(tiff_reader *reader, bool (*visit)(tiff_reader *, const tiff_part *));
