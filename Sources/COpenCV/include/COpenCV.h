#pragma once

// A C interface to the parts of OpenCV that imgrec uses: networks (dnn) and cascades (objdetect).
//
// No function throws, aborts or prints. A function that can fail returns a status and, unless it is CVStatusOk, fills
// `error`, which may be NULL. Handles belong to one thread at a time.

#include <stddef.h>
#include <stdint.h>

#include "COpenCVCodecs.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#define COPENCV_CLOSED __attribute__((enum_extensibility(closed)))
#else
#define COPENCV_CLOSED
#endif

typedef enum COPENCV_CLOSED CVStatus {
  CVStatusOk = 0,
  /// OpenCV rejected the call: a bad file, a shape that does not fit, a layer it does not know.
  CVStatusRefused = 1,
  CVStatusOutOfMemory = 2,
  /// Any other C++ exception; the message describes it.
  CVStatusUnknown = 3,
} CVStatus;

/// Error message, one line of UTF-8, NUL-terminated.
typedef struct CVError {
  char message[512];
} CVError;

/// OpenCV's version, as "4.6.0". A static string.
const char *_Nonnull copencv_version(void);

/// Sets the number of threads that OpenCV may use inside one call, for the whole process; 1 keeps the work on the
/// calling thread.
CVStatus copencv_set_threads(int threads, CVError *_Nullable error);

// MARK: networks

typedef enum COPENCV_CLOSED CVNetFormat {
  CVNetFormatOnnx = 0,
  /// Needs its prototxt as `config`.
  CVNetFormatCaffe = 1,
  /// A frozen graph; `config` is its text graph, if it needs one.
  CVNetFormatTensorflow = 2,
  /// Needs its cfg as `config`.
  CVNetFormatDarknet = 3,
  CVNetFormatTorch = 4,
} CVNetFormat;

typedef struct CVNet CVNet;

/// One output of a run. Everything in it is valid until the next run or close of the net.
typedef struct CVOutput {
  const char *_Nonnull name;
  const int *_Nonnull shape;
  int dimensions;
  /// Row-major.
  const float *_Nonnull values;
  size_t count;
} CVOutput;

/// Reads a network. `outputs` names the outputs of a run in their order; if empty, all unconnected outputs.
CVStatus copencv_net_open(
    CVNetFormat format, const char *_Nonnull network, const char *_Nullable config,
    const char *_Nonnull const *_Nullable outputs, int outputCount, CVNet *_Nullable *_Nonnull net,
    CVError *_Nullable error);

void copencv_net_close(CVNet *_Nullable net);

/// Runs the network on a float32 blob of `dimensions` dimensions. `input` names the input; NULL: the only one.
/// A shape other than the last one's costs a new plan. After a failure the net can be run again.
CVStatus copencv_net_run(
    CVNet *_Nonnull net, const char *_Nullable input, const float *_Nonnull blob, const int *_Nonnull shape,
    int dimensions, const CVOutput *_Nullable *_Nonnull outputs, int *_Nonnull outputCount, CVError *_Nullable error);

// MARK: cascades

typedef struct CVCascade CVCascade;

/// In pixels of the picture.
typedef struct CVFound {
  int x, y, width, height;
  /// Number of neighbouring windows that agreed.
  int neighbours;
} CVFound;

/// Reads a Haar or LBP cascade (XML).
CVStatus copencv_cascade_open(
    const char *_Nonnull path, CVCascade *_Nullable *_Nonnull cascade, CVError *_Nullable error);

void copencv_cascade_close(CVCascade *_Nullable cascade);

/// The side lengths of the window that the cascade was trained on.
void copencv_cascade_window(const CVCascade *_Nonnull cascade, int *_Nonnull width, int *_Nonnull height);

/// Detects windows in an 8-bit grey picture without padding, whose histogram is equalised first (in a copy).
/// No window is smaller than `minWidth` x `minHeight`. `found` is valid until the next call on the cascade.
CVStatus copencv_cascade_detect(
    CVCascade *_Nonnull cascade, const uint8_t *_Nonnull grey, int width, int height, double scaleFactor,
    int minNeighbours, int minWidth, int minHeight, const CVFound *_Nullable *_Nonnull found, int *_Nonnull count,
    CVError *_Nullable error);

// MARK: measures

typedef struct CVMeasures {
  /// The variance of the Laplacian.
  double sharpness;
  /// Mean and standard deviation, 0 to 255.
  double brightness, contrast;
  /// Fractions of the pixels at 5 or below, and at 250 or above.
  double dark, bright;
} CVMeasures;

/// Measures an 8-bit grey picture without padding.
CVStatus copencv_measure(
    const uint8_t *_Nonnull grey, int width, int height, CVMeasures *_Nonnull measures, CVError *_Nullable error);

// MARK: drawing

typedef struct CVColour {
  uint8_t b, g, r;
} CVColour;

/// Draws a closed line through `count` points (x, y) on an 8-bit BGR picture without padding, with `edge` dark pixels on
/// either side, so that it shows on any ground.
CVStatus copencv_draw_polygon(
    uint8_t *_Nonnull bgr, int width, int height, const float *_Nonnull points, int count, CVColour colour,
    int thickness, int edge, CVError *_Nullable error);

/// Draws a filled dot; from a radius of 3 on, its outermost pixel is dark. A radius of 0 is one pixel.
CVStatus copencv_draw_dot(
    uint8_t *_Nonnull bgr, int width, int height, float x, float y, int radius, CVColour colour,
    CVError *_Nullable error);

/// Measures a line of ASCII whose em square is `pixels` high, in OpenCV's built-in letters.
CVStatus copencv_text_size(
    const char *_Nonnull text, int pixels, int *_Nonnull width, int *_Nonnull height, CVError *_Nullable error);

/// Draws the line in white on an 8-bit grey picture of the measured size.
CVStatus copencv_draw_text(
    uint8_t *_Nonnull grey, int width, int height, const char *_Nonnull text, int pixels, CVError *_Nullable error);

#ifdef __cplusplus
}
#endif
