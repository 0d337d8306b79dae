// Decompression of xz with a limit on its memory, which libarchive does not set: a dictionary may have 4 GiB.
#pragma once

#include <stddef.h>
#include <sys/types.h>

typedef struct carchive_xz carchive_xz;

/// Returns the next compressed bytes: their number, 0 at the end, or -1.
typedef ssize_t carchive_source(void *context, const void **bytes);

/// Whether the file begins like xz; `count` bytes of it are at `head`.
int carchive_xz_matches(const void *head, size_t count);

/// NULL if liblzma is not installed or memory is short.
carchive_xz *carchive_xz_open(carchive_source *source, void *context);

/// The next decompressed bytes: their number, 0 at the end, or -1, after which `message` holds one line.
ssize_t carchive_xz_read(carchive_xz *xz, const void **bytes);

/// What is wrong; NULL if nothing is. `isRefused` is set if the file may be sound and needs more memory than is allowed.
const char *carchive_xz_message(const carchive_xz *xz, int *isRefused);

void carchive_xz_close(carchive_xz *xz);
