#pragma once

// Networks embedded in the executable, so that they work without a network connection.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Contents of an embedded file, valid as long as the process.
typedef struct {
  const uint8_t *bytes;
  size_t size;
} cembedded_file;

/// Returns the file of that name; `bytes` is NULL if no file has it.
cembedded_file cembedded_find(const char *name);

#ifdef __cplusplus
}
#endif
