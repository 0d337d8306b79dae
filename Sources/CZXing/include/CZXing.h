// Bar codes and matrix codes through ZXing-C++, which is opened at the first call: a run without codes does not pay for
// it, and a machine without it lacks this task only.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A code that was read.
typedef struct CZXingCode {
  /// Kind of code, as ZXing names it: "EAN-13", "QRCode".
  const char *format;
  /// Its content as UTF-8, not terminated.
  const char *text;
  size_t text_length;
  /// Its content as it is stored.
  const uint8_t *bytes;
  size_t byte_count;
  /// Whether the content is bytes that no character set explains.
  bool is_binary;
  /// The corners x, y from the upper left of the code itself, clockwise, in pixels; (0, 0) is the corner of a pixel.
  float corners[8];
} CZXingCode;

typedef struct CZXingCodes {
  const CZXingCode *codes;
  size_t count;
} CZXingCodes;

/// One line, terminated.
typedef struct CZXingError {
  char message[200];
} CZXingError;

/// Opens the library, once. Returns its file, which lives as long as the process; NULL, with a message, if it cannot be
/// opened. Thread-safe.
const char *czxing_open(CZXingError *error);

/// The version of the library that this was built for; NULL if it was built without.
const char *czxing_version(void);

/// Reads the codes of a grey picture of `width` bytes a row, in which they may be painted over. A code may be there twice.
/// Returns NULL, with a message, if the library is missing or fails. The result is freed by `czxing_free`. Thread-safe,
/// but for the picture.
CZXingCodes *czxing_read(uint8_t *grey, int width, int height, CZXingError *error);

void czxing_free(CZXingCodes *codes);

#ifdef __cplusplus
}
#endif
