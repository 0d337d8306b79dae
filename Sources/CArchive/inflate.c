#include "CArchive.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

struct carchive_inflater {
  z_stream stream;
};

carchive_inflater *carchive_inflater_open(void) {
  carchive_inflater *inflater = calloc(1, sizeof *inflater);
  if (inflater == NULL) return NULL;
  // 32 more than the largest window: gzip and zlib are distinguished by the header.
  if (inflateInit2(&inflater->stream, MAX_WBITS + 32) == Z_OK) return inflater;
  free(inflater);
  return NULL;
}

// zlib counts in 32 bits.
static uInt bounded(size_t count) { return count < UINT_MAX ? (uInt)count : UINT_MAX; }

carchive_inflated carchive_inflate(carchive_inflater *inflater, const void *bytes, size_t count, size_t *taken,
                                   void *target, size_t capacity, size_t *given) {
  z_stream *stream = &inflater->stream;
  const uInt input = bounded(count), output = bounded(capacity);
  // zlib does not write to its input; its interface is older than const.
  stream->next_in = (Bytef *)(uintptr_t)bytes;
  stream->avail_in = input;
  stream->next_out = target;
  stream->avail_out = output;
  int status = inflate(stream, Z_NO_FLUSH);
  *taken = input - stream->avail_in;
  *given = output - stream->avail_out;
  if (status == Z_STREAM_END) return carchive_inflated_end;
  // Z_BUF_ERROR: no progress without more input or space.
  return status == Z_OK || status == Z_BUF_ERROR ? carchive_inflated_part : carchive_inflated_damaged;
}

int carchive_inflater_restart(carchive_inflater *inflater) { return inflateReset(&inflater->stream) == Z_OK; }

void carchive_inflater_close(carchive_inflater *inflater) {
  if (inflater == NULL) return;
  inflateEnd(&inflater->stream);
  free(inflater);
}
