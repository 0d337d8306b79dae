// The chunks of a PNG in memory, in bounds.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum { chunk_other, chunk_header, chunk_palette, chunk_transparency, chunk_data, chunk_end, chunk_unknown } chunk_kind;

typedef struct {
  chunk_kind kind;
  const uint8_t *body;
  /// Bytes of the body that are in the file; fewer than stated only if `is_cut`.
  size_t size;
  /// Whether the file ends inside the chunk.
  int is_cut;
  uint32_t checksum;
} chunk;

/// The chunk at `*at`, which is moved behind it. Returns 0 at the end of the chunks: no header, or none that is valid.
int cpng_next_chunk(const uint8_t *data, size_t size, size_t *at, chunk *found);

/// Whether the checksum in the file is that of the chunk's type and body; 0 for one that is cut.
int cpng_chunk_is_sound(const chunk *chunk);
