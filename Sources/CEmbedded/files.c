#include "CEmbedded.h"

#include <string.h>

// `#embed` finds the file beside this one, wherever the package is built, and compiles megabytes in no time.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const uint8_t edsr_lite_x3[] = {
#embed "edsr_lite_x3.onnx"
};

static const uint8_t edsr_photo_x2[] = {
#embed "edsr_photo_x2.onnx"
};

static const uint8_t edsr_photo_x3[] = {
#embed "edsr_photo_x3.onnx"
};

static const uint8_t edsr_photo_x4[] = {
#embed "edsr_photo_x4.onnx"
};

static const struct {
  const char *name;
  cembedded_file file;
} files[] = {
    {"edsr_lite_x3.onnx", {edsr_lite_x3, sizeof edsr_lite_x3}},
    {"edsr_photo_x2.onnx", {edsr_photo_x2, sizeof edsr_photo_x2}},
    {"edsr_photo_x3.onnx", {edsr_photo_x3, sizeof edsr_photo_x3}},
    {"edsr_photo_x4.onnx", {edsr_photo_x4, sizeof edsr_photo_x4}},
};

cembedded_file cembedded_find(const char *name) {
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (strcmp(files[i].name, name) == 0) return files[i].file;
  return (cembedded_file){NULL, 0};
}
