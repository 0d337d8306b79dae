// libtiff, opened at the first call, and one TIFF in memory.
#pragma once

#include <stdbool.h>
#include <tiffio.h>

#include "support.h"

#define TIFF_FUNCTIONS(X)                                                                                          \
  X(TIFFClientOpen) X(TIFFClose) X(TIFFSetSubDirectory) X(TIFFGetField) X(TIFFGetFieldDefaulted) X(TIFFSetField)   \
  X(TIFFIsTiled) X(TIFFIsCODECConfigured) X(TIFFScanlineSize64) X(TIFFTileSize64) X(TIFFTileRowSize64)             \
  X(TIFFComputeTile) X(TIFFReadScanline) X(TIFFReadEncodedTile) X(TIFFReadRGBAStripExt) X(TIFFReadRGBATileExt)     \
  X(TIFFComputeStrip) X(TIFFGetStrileByteCount) X(TIFFVStripSize64) X(TIFFReadEncodedStrip)                        \
  X(TIFFSetErrorHandler) X(TIFFSetWarningHandler)

/// The functions that are used, under their own names.
typedef struct {
#define TIFF_MEMBER(name) __typeof__(&name) name;
  TIFF_FUNCTIONS(TIFF_MEMBER)
#undef TIFF_MEMBER
} tiff_library;

/// Returns NULL if libtiff is not installed.
const tiff_library *tiff_library_open(void);

/// A file in memory, and what libtiff has reported about it.
typedef struct {
  const uint8_t *data;
  uint64_t size, position;
  /// Number of errors, and of warnings while `counts_warnings` holds; the first one's text.
  int reports;
  bool counts_warnings;
  char text[160];
} tiff_source;

/// Opens the file without reading a directory; `largest` bounds a single allocation of libtiff 4.5 and later. Returns
/// NULL if it is not a TIFF.
TIFF *tiff_source_open(const tiff_library *library, tiff_source *source, tmsize_t largest);
