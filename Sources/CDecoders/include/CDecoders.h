// Decoders of whole pictures over foreign libraries, which are opened at the first call: libtiff, libwebp, libheif,
// giflib, libjxl, LibRaw, OpenJPEG and DCMTK. They run in a decoder process (CIsolation), as the libraries may crash, hang or exhaust memory on damaged files.
//
// No function prints, exits or throws; none keeps state from one picture to the next.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  cdecoders_ok = 0,
  cdecoders_truncated,
  cdecoders_corrupt,
  /// A kind of the format that is not read; the message names it.
  cdecoders_unsupported,
  cdecoders_out_of_memory,
  /// The library is not installed; the message names the Debian package.
  cdecoders_missing,
} cdecoders_status;

/// One picture to decode. The file and the target do not overlap.
typedef struct {
  const uint8_t *data;
  size_t size;
  /// Index of the page or frame, from 0.
  int page;
  /// TIFF only: offset of the page's directory in the file.
  uint64_t directory;
  /// HEIF and AVIF only: number of the item that is decoded.
  uint32_t item;
  /// Size of the stored picture by its header; a decoder that finds another size returns `cdecoders_corrupt`.
  int width, height;
  /// Destination: room for `width` x `height` pixels of 4 bytes, rows without padding.
  uint8_t *pixels;
} cdecoders_request;

/// What was decoded: `channels` interleaved samples of 8 bits, rows from the top without padding, as stored (no
/// orientation applied).
typedef struct {
  cdecoders_status status;
  /// 1: grey, 3: BGR, 4: BGR and straight (not premultiplied) alpha.
  int channels;
  /// Camera raw only: size of the decoded picture, which need not be that of the request; otherwise 0.
  int width, height;
  /// One line without the format's name, NUL-terminated; empty on success.
  char message[240];
  /// Warnings about a damaged picture that is decoded in part; one line each, without the format's name.
  char warnings[4][160];
  int warning_count;
} cdecoders_result;

void cdecoders_tiff(const cdecoders_request *request, cdecoders_result *result);
/// Decodes a picture of a HEIF or AVIF file, turned as its properties state.
void cdecoders_heif(const cdecoders_request *request, cdecoders_result *result);
/// Demosaics a camera raw file, upright and reduced: `width` x `height` of the result are at most those of the request.
void cdecoders_raw(const cdecoders_request *request, cdecoders_result *result);
void cdecoders_webp(const cdecoders_request *request, cdecoders_result *result);
/// Decodes the frame `page`, composed on the canvas with those before it.
void cdecoders_gif(const cdecoders_request *request, cdecoders_result *result);
void cdecoders_jpegxl(const cdecoders_request *request, cdecoders_result *result);
void cdecoders_jpeg2000(const cdecoders_request *request, cdecoders_result *result);
/// Decodes a JPEG 2000 picture of `components` components without interpreting them, into interleaved little-endian
/// samples of 16 bits, negative ones in two's complement; `pixels` has room for `components` x 2 bytes per pixel. Sets
/// `channels` to the bits per sample.
void cdecoders_jpeg2000_samples(const cdecoders_request *request, int components, cdecoders_result *result);
/// Decodes the first frame of a DICOM file as it is meant to be shown: rescaled, through its window or lookup table.
void cdecoders_dicom(const cdecoders_request *request, cdecoders_result *result);

/// Decompresses a Brotli stream; returns the number of bytes, 0 if it is damaged, has more than `capacity` bytes, or the
/// library is not installed.
size_t cdecoders_brotli(const uint8_t *data, size_t size, uint8_t *target, size_t capacity);

#ifdef __cplusplus
}
#endif
