#pragma once

#include <stdarg.h>

#include "COpenVINO.h"
#include "api.h"

/// Fills `error` with one line; always 1.
int copenvino_fail(OVError *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Fills `error` with the library's message for `status`; always 1.
int copenvino_refused(const OVLibrary *library, ov_status status, const char *doing, OVError *error);
