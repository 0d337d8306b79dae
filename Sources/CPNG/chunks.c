#include "chunks.h"

#include <string.h>
#include <zlib.h>

static uint32_t be32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static chunk_kind kind_of(const uint8_t *type) {
  static const struct {
    char type[5];
    chunk_kind kind;
  } known[] = {
      {"IHDR", chunk_header}, {"PLTE", chunk_palette}, {"tRNS", chunk_transparency},
      {"IDAT", chunk_data},   {"IEND", chunk_end},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (memcmp(type, known[i].type, 4) == 0) return known[i].kind;
  // A lower-case first letter marks a chunk that a reader may ignore.
  return type[0] & 0x20 ? chunk_other : chunk_unknown;
}

int cpng_next_chunk(const uint8_t *data, size_t size, size_t *at, chunk *found) {
  if (size < 8 || *at > size - 8) return 0;
  const uint8_t *p = data + *at;
  uint32_t length = be32(p);
  if (length > 0x7fffffff) return 0;
  for (int i = 4; i < 8; i++)
    if ((p[i] | 0x20) < 'a' || (p[i] | 0x20) > 'z') return 0;
  size_t left = size - *at - 8;
  found->kind = kind_of(p + 4);
  found->body = p + 8;
  found->is_cut = left < (size_t)length + 4;
  found->size = left < length ? left : length;
  found->checksum = found->is_cut ? 0 : be32(p + 8 + length);
  *at = found->is_cut ? size : *at + 12 + length;
  return 1;
}

int cpng_chunk_is_sound(const chunk *chunk) {
  if (chunk->is_cut) return 0;
  // The type stands right before the body.
  return crc32_z(0, chunk->body - 4, chunk->size + 4) == chunk->checksum;
}
