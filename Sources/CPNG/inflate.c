#include <zlib.h>

#include "CPNG.h"

size_t cpng_inflate_raw(const uint8_t *data, size_t data_size, uint8_t *target, size_t size) {
  z_stream stream = {0};
  // A negative window: no header and no checksum around the data.
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return 0;
  size_t done = 0, taken = 0;
  int status = Z_OK;
  while (status == Z_OK && done < size) {
    // zlib counts in 32 bits.
    const size_t input = data_size - taken < 1u << 30 ? data_size - taken : 1u << 30;
    const size_t output = size - done < 1u << 30 ? size - done : 1u << 30;
    stream.next_in = (Bytef *)data + taken;
    stream.avail_in = (uInt)input;
    stream.next_out = target + done;
    stream.avail_out = (uInt)output;
    status = inflate(&stream, Z_NO_FLUSH);
    taken += input - stream.avail_in;
    done += output - stream.avail_out;
  }
  inflateEnd(&stream);
  return done;
}

uint32_t cpng_checksum(const uint8_t *data, size_t size) { return (uint32_t)crc32_z(0, data, size); }
