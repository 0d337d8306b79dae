#pragma once

#define _GNU_SOURCE  // clock_gettime under strict C11

#include "CJPEG.h"
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

// jpeglib.h needs stdio.h and stddef.h before it.
#include <jpeglib.h>

#include <jerror.h>

enum { kept_warnings = 4 };

struct cjpeg_decoder {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  jmp_buf jump;
  cjpeg_limits limits;
  cjpeg_status status;
  const uint8_t *end;
  // Whether the decoder asked for more bytes than the data has.
  int hit_end;
  int open, started, finished, reading;
  // Whether it has read a picture before.
  int used;
  int scans, warnings, kept;
  cjpeg_order order;
  // The coefficients of a picture in several scans, and libjpeg's own way to make room for what else it holds.
  jvirt_barray_ptr arrays;
  void *coefficients;
  size_t coefficients_size;
  int coefficients_used, coefficients_kept;
  void (*realize)(j_common_ptr info);
  // CMYK rows before they become `order`.
  uint8_t *ink;
  size_t ink_size;
  char message[JMSG_LENGTH_MAX];
  char texts[kept_warnings][JMSG_LENGTH_MAX];
};

// Ends the call with `status`: the caller is inside a function that did setjmp on `jump`.
_Noreturn void cjpeg_fail(cjpeg_decoder *d, cjpeg_status status, const char *message);

// Counts a warning and keeps its text; too many end the call.
void cjpeg_warn(cjpeg_decoder *d, const char *text);

void cjpeg_check_deadline(cjpeg_decoder *d);

// Reads the scans of a file that has several, all or as many as the reduction shows.
void cjpeg_read_scans(cjpeg_decoder *d, int whole);

// Has coefficients held in a mapping of the decoder's; to be called once, after libjpeg has made its memory manager.
void cjpeg_take_coefficients(cjpeg_decoder *d);
// The picture is done with; its room is kept for the next, unless the decoders keep too much already.
void cjpeg_put_coefficients(cjpeg_decoder *d);
void cjpeg_free_coefficients(cjpeg_decoder *d);
// Has an encoder read the coefficients of a decoder.
void cjpeg_share_coefficients(struct jpeg_compress_struct *encoder);

// Makes `count` pixels of Adobe's inverted CMYK into `order`.
void cjpeg_convert_ink(const uint8_t *ink, uint8_t *pixels, int count, cjpeg_order order);
