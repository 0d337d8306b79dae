#ifndef CCHECKSUM_H
#define CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// Continues the CRC-32C (Castagnoli) `crc` of earlier bytes with `count` bytes; 0 for none. By the processor's
/// instruction where it has one.
uint32_t cchecksum_crc32c(uint32_t crc, const void *bytes, size_t count);
/// The same by tables, for the test of both.
uint32_t cchecksum_crc32c_by_tables(uint32_t crc, const void *bytes, size_t count);

#endif
