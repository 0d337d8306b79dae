#include "CChecksum.h"

#include <pthread.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif
#endif

// The Castagnoli polynomial, its bits reversed.
static const uint32_t polynomial = 0x82f63b78;

// Slicing by 8: tables[k][b] is the checksum of byte b with k zero bytes after it.
static uint32_t tables[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fill_tables(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (polynomial & (0U - (crc & 1)));
    tables[0][byte] = crc;
  }
  for (int k = 1; k < 8; k++) {
    for (uint32_t byte = 0; byte < 256; byte++) {
      uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
}

uint32_t cchecksum_crc32c_by_tables(uint32_t crc, const void *bytes, size_t count) {
  pthread_once(&once, fill_tables);
  const uint8_t *at = bytes;
  crc = ~crc;
  for (; count >= 8; at += 8, count -= 8) {
    crc ^= (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    crc = tables[7][crc & 0xff] ^ tables[6][(crc >> 8) & 0xff] ^ tables[5][(crc >> 16) & 0xff] ^ tables[4][crc >> 24]
          ^ tables[3][at[4]] ^ tables[2][at[5]] ^ tables[1][at[6]] ^ tables[0][at[7]];
  }
  for (; count > 0; at++, count--) crc = (crc >> 8) ^ tables[0][(crc ^ *at) & 0xff];
  return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t start, const uint8_t *at, size_t count) {
  uint64_t crc = ~start;
  for (; count >= 8; at += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, at, 8);
    crc = _mm_crc32_u64(crc, word);
  }
  for (; count > 0; at++, count--) crc = _mm_crc32_u8((uint32_t)crc, *at);
  return ~(uint32_t)crc;
}

static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__)
#ifdef __linux__
// Bit of the instruction in AT_HWCAP (asm/hwcap.h).
enum { hardware_crc32 = 1 << 7 };
static int has_instruction(void) { return (getauxval(AT_HWCAP) & hardware_crc32) != 0; }
#else
static int has_instruction(void) { return 1; }
#endif

__attribute__((target("crc"))) static uint32_t by_instruction(uint32_t start, const uint8_t *at, size_t count) {
  uint32_t crc = ~start;
  for (; count >= 8; at += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, at, 8);
    crc = __crc32cd(crc, word);
  }
  for (; count > 0; at++, count--) crc = __crc32cb(crc, *at);
  return ~crc;
}
#else
static int has_instruction(void) { return 0; }
static uint32_t by_instruction(uint32_t crc, const uint8_t *at, size_t count) {
  return cchecksum_crc32c_by_tables(crc, at, count);
}
#endif

uint32_t cchecksum_crc32c(uint32_t crc, const void *bytes, size_t count) {
  return has_instruction() ? by_instruction(crc, bytes, count) : cchecksum_crc32c_by_tables(crc, bytes, count);
}
