#pragma once

// A C interface to OpenVINO's C library, which is opened at run time: nothing of it is needed to build.
//
// Functions return 0 on success; else they fill `error`, which may be NULL. A library and its compiled
// networks may be used by several threads; a request belongs to one at a time.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Error message, one line of UTF-8, NUL-terminated.
typedef struct OVError {
  char message[512];
} OVError;

typedef struct OVLibrary OVLibrary;
typedef struct OVNetwork OVNetwork;
typedef struct OVRequest OVRequest;

/// Opens libopenvino_c by its path or bare name. It stays open until the process ends: it starts its own threads.
int copenvino_open(const char *_Nonnull path, OVLibrary *_Nullable *_Nonnull library, OVError *_Nullable error);

/// OpenVINO's version, as "2026.4.1-22982-e213a147257".
const char *_Nonnull copenvino_version(const OVLibrary *_Nonnull library);

/// The file that `copenvino_open` opened, as the loader found it; empty if unknown.
const char *_Nonnull copenvino_path(const OVLibrary *_Nonnull library);

/// Writes OpenVINO's name of the processor and its optimisation capabilities as text; empty if unknown.
void copenvino_processor(const OVLibrary *_Nonnull library, char *_Nonnull text, size_t capacity);

/// Writes the names of the Intel GPUs of this machine, one per line, as the GPU plug-in lists them. Returns their number.
int copenvino_gpus(const OVLibrary *_Nonnull library, char *_Nonnull names, size_t capacity);

typedef struct OVSource {
  /// ONNX, IR (.xml), a frozen TensorFlow graph (.pb) or TFLite.
  const char *_Nonnull network;
  /// IR's weights; NULL: the .bin beside it.
  const char *_Nullable weights;
  /// The input's name; NULL: the only one.
  const char *_Nullable input;
  /// Whether the network takes NCHW; else NHWC.
  int planar;
  int channels;
  /// Number and size of the pictures of a run; -1 for any.
  int64_t batch, height, width;
  /// A sample x becomes (x - mean[c]) * scale[c]; no scale is 0.
  const float *_Nonnull mean;
  const float *_Nonnull scale;
} OVSource;

typedef struct OVOptions {
  /// Number of requests that run at once, and of threads that they share.
  int streams, threads;
  /// "f32", "bf16", "f16"; NULL: OpenVINO's choice.
  const char *_Nullable precision;
  /// File into which the compiled network is written; NULL: none.
  const char *_Nullable exported;
  /// Whether each thread stays on one core.
  int pin;
  /// Whether the first GPU computes; else the processor.
  int gpu;
} OVOptions;

/// Opens a network of `channels` channels that was compiled with the same options, by the same library for the same
/// processor; NULL if it is not usable. `bytes` is the file that was written then, and must stay valid until the process
/// ends: the library does not report when it has released it. One call at a time.
OVNetwork *_Nullable copenvino_open_compiled(
    OVLibrary *_Nonnull library, const OVOptions *_Nonnull options, int channels, const void *_Nonnull bytes,
    size_t size);

/// Reads a network, sets its shape and 8-bit NHWC input, compiles it for the processor, and writes it to
/// `options->exported`; failure to write that is not an error.
int copenvino_compile(
    OVLibrary *_Nonnull library, const OVSource *_Nonnull source, const OVOptions *_Nonnull options,
    OVNetwork *_Nullable *_Nonnull network, OVError *_Nullable error);

/// Closes the network; its requests must be closed before.
void copenvino_close(OVNetwork *_Nullable network);

/// One output of a run, valid as long as the run's outputs.
typedef struct OVOutput {
  const char *_Nonnull name;
  const int64_t *_Nonnull shape;
  int64_t dimensions;
  /// Row-major.
  const float *_Nonnull values;
  size_t count;
} OVOutput;

/// Creates a request, which executes one run at a time. `outputs` names the outputs of a run in their order; if empty,
/// all, in the file's order.
int copenvino_request(
    OVNetwork *_Nonnull network, const char *_Nonnull const *_Nullable outputs, int outputCount,
    OVRequest *_Nullable *_Nonnull request, OVError *_Nullable error);

void copenvino_close_request(OVRequest *_Nullable request);

/// Runs on `batch` consecutive pictures of 8-bit interleaved samples, which are read in place.
/// The outputs are valid until the next run or close of the request. After a failure it can be run again.
int copenvino_run(
    OVRequest *_Nonnull request, const uint8_t *_Nonnull pictures, int64_t batch, int64_t height, int64_t width,
    const OVOutput *_Nullable *_Nonnull outputs, int *_Nonnull outputCount, OVError *_Nullable error);

/// Ends the run of the request that is in progress on another thread: it fails. Without effect if the request is idle.
void copenvino_cancel(OVRequest *_Nonnull request);

#ifdef __cplusplus
}
#endif
