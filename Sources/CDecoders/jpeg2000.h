#pragma once

#include <openjpeg.h>

#include "support.h"

/// Writes the picture of the request from the components of `image`, or sets a failure. A bare codestream does not name
/// its colour space.
void cdecoders_jpeg2000_write(
    const opj_image_t *image, int is_bare, const cdecoders_request *request, cdecoders_result *result);
