// What every decoder uses.
#pragma once

#include "CDecoders.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Sets the status and a message in the form of printf; the first fault of a picture is kept.
void cdecoders_fail(cdecoders_result *result, cdecoders_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// Adds a warning in the form of printf, unless there are four already or it is there.
void cdecoders_warn(cdecoders_result *result, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Opens a shared library by the first of `names` (NULL-terminated) that is found; returns NULL if none is.
void *cdecoders_open(const char *const *names);

#ifdef __cplusplus
}
#endif
