#pragma once

// A C face over OpenVINO's C library, which is opened when it is asked for: nothing of it is needed to build.
//
// Functions return 0 where all went well; else they fill `error`, which may be NULL. A library and its compiled
// networks may be used by several threads; a request belongs to one at a time.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What went wrong, in one line of UTF-8, NUL-terminated.
typedef struct OVError {
  char message[512];
} OVError;

typedef struct OVLibrary OVLibrary;
typedef struct OVNetwork OVNetwork;
typedef struct OVRequest OVRequest;

/// Opens libopenvino_c by its path or bare name. It stays open until the process ends: it starts threads of its own.
int ovface_open(const char *_Nonnull path, OVLibrary *_Nullable *_Nonnull library, OVError *_Nullable error);

/// OpenVINO's version, as "2026.4.1-22982-e213a147257".
const char *_Nonnull ovface_version(const OVLibrary *_Nonnull library);

/// The file that `ovface_open` opened, as the loader found it; empty where it does not say.
const char *_Nonnull ovface_path(const OVLibrary *_Nonnull library);

/// What OpenVINO calls the processor and can do on it, as text; empty where it does not say.
void ovface_processor(const OVLibrary *_Nonnull library, char *_Nonnull text, size_t room);

typedef struct OVSource {
  /// ONNX, IR (.xml), a frozen TensorFlow graph (.pb) or TFLite.
  const char *_Nonnull network;
  /// IR's weights; NULL: the .bin beside it.
  const char *_Nullable weights;
  /// The input's name; NULL: the only one.
  const char *_Nullable input;
  /// Whether the network wants NCHW; else NHWC.
  int planar;
  int channels;
  /// What it is to run: how many pictures of which size; -1 for any.
  int64_t batch, height, width;
  /// A sample x becomes (x - mean[c]) * scale[c]; no scale is 0.
  const float *_Nonnull mean;
  const float *_Nonnull scale;
} OVSource;

typedef struct OVOptions {
  /// How many requests run at once, and how many threads all of them have together.
  int streams, threads;
  /// "f32", "bf16", "f16"; NULL: what OpenVINO holds best.
  const char *_Nullable precision;
  /// The file that keeps the compiled network for the next time; NULL: none. Its name has to tell the network, what is
  /// wanted of it, the library and the processor.
  const char *_Nullable compiled;
  /// Whether each thread stays on one core.
  int pin;
} OVOptions;

/// The network of `channels` that `options->compiled` keeps; NULL where there is none that can be used. One call at a
/// time.
OVNetwork *_Nullable ovface_recall(OVLibrary *_Nonnull library, const OVOptions *_Nonnull options, int channels);

/// Reads a network, gives it the shape wanted and 8-bit NHWC input, compiles it for the processor, and keeps it in
/// `options->compiled`; that it cannot be kept is no error.
int ovface_compile(
    OVLibrary *_Nonnull library, const OVSource *_Nonnull source, const OVOptions *_Nonnull options,
    OVNetwork *_Nullable *_Nonnull network, OVError *_Nullable error);

/// Its requests have to be closed before.
void ovface_close(OVNetwork *_Nullable network);

/// One output of a run, valid as long as the run's outputs are.
typedef struct OVOutput {
  const char *_Nonnull name;
  const int64_t *_Nonnull shape;
  int64_t dimensions;
  /// Row-major.
  const float *_Nonnull values;
  size_t count;
} OVOutput;

/// Room for one run at a time. `outputs` names what a run gives, and in which order; with none of them, all, in the
/// file's order.
int ovface_request(
    OVNetwork *_Nonnull network, const char *_Nonnull const *_Nullable outputs, int outputCount,
    OVRequest *_Nullable *_Nonnull request, OVError *_Nullable error);

void ovface_close_request(OVRequest *_Nullable request);

/// Runs on `batch` pictures of 8-bit interleaved samples, one behind the other, which are read where they are.
/// The outputs are valid until the next run or close of the request. After a failure it can be run again.
int ovface_run(
    OVRequest *_Nonnull request, const uint8_t *_Nonnull pictures, int64_t batch, int64_t height, int64_t width,
    const OVOutput *_Nullable *_Nonnull outputs, int *_Nonnull outputCount, OVError *_Nullable error);

#ifdef __cplusplus
}
#endif
