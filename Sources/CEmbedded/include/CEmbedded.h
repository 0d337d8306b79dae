#pragma once

// Files of the source tree that are part of the executable: networks, which work without a network connection, the zoo
// of models, scripts, and the page of reports.

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
