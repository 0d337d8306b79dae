#pragma once

// A C interface to ONNX Runtime's library, which is opened at run time: nothing of it is needed to build.
//
// Functions return 0 on success; else they fill `error`, which may be NULL. A library may be used by several
// threads; a session belongs to one at a time.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Error message, one line of UTF-8, NUL-terminated.
typedef struct ORTError {
  char message[1024];
} ORTError;

typedef struct ORTLibrary ORTLibrary;
typedef struct ORTSession ORTSession;

/// Opens libonnxruntime by its path or bare name. It stays open until the process ends: it starts its own threads.
int connxruntime_open(const char *_Nonnull path, ORTLibrary *_Nullable *_Nonnull library, ORTError *_Nullable error);

/// ONNX Runtime's version, as "1.32.0".
const char *_Nonnull connxruntime_version(const ORTLibrary *_Nonnull library);

/// The file that `connxruntime_open` opened, as the loader found it; empty if unknown.
const char *_Nonnull connxruntime_path(const ORTLibrary *_Nonnull library);

/// Writes the names of the NVIDIA devices of this machine, one per line, by CUDA's driver, which it opens. Returns their
/// number, or -1 with the reason in `error` if there is no driver, or it finds none.
int connxruntime_cuda_devices(char *_Nonnull names, size_t capacity, ORTError *_Nullable error);

/// Whether the library was built with an execution provider, such as "CUDAExecutionProvider".
int connxruntime_has_provider(ORTLibrary *_Nonnull library, const char *_Nonnull provider);

/// Opens the CUDA provider of the library, which loads NVIDIA's libraries.
int connxruntime_open_cuda(ORTLibrary *_Nonnull library, ORTError *_Nullable error);

/// Reads an ONNX network. `input` names its input; NULL: the only one. `outputs` names the outputs of a run in their
/// order; if empty, all, in the file's order. A run uses `threads` threads; with `cuda`, the first NVIDIA device, and the
/// processor for the nodes that CUDA does not have. With a `twin`, a session of the same
/// network, its weights are used: it must be closed later than this one.
///
/// `exported` is the file into which the network is written in ONNX Runtime's optimised layout; NULL: none. Failure to
/// write it is not an error. `compiled` is such a file of the same network, library and processor, `compiledSize` bytes
/// that must stay valid until the session is closed; NULL: none. Without `network` there must be a twin, or `compiled`.
int connxruntime_session(
    ORTLibrary *_Nonnull library, const char *_Nullable network, const char *_Nullable exported,
    const void *_Nullable compiled, size_t compiledSize, int threads, int cuda, const char *_Nullable input,
    const char *_Nonnull const *_Nullable outputs, int outputCount, const ORTSession *_Nullable twin,
    ORTSession *_Nullable *_Nonnull session, ORTError *_Nullable error);

void connxruntime_close(ORTSession *_Nullable session);

/// Returns the number of the input's dimensions, and the dimensions as in the file, -1 if free.
int connxruntime_input_shape(const ORTSession *_Nonnull session, const int64_t *_Nullable *_Nonnull dimensions);

/// One output of a run, valid as long as the run's outputs.
typedef struct ORTOutput {
  const char *_Nonnull name;
  const int64_t *_Nonnull shape;
  int dimensions;
  /// Row-major.
  const float *_Nonnull values;
  size_t count;
} ORTOutput;

/// Runs on a float32 blob with the number of dimensions of the input, 4, or 2 for text. The session keeps the memory that
/// a run took for the next ones; if `returning`, it is given back afterwards. The outputs are valid until the next run or
/// close of the session. After a failure it can be run again.
int connxruntime_run(
    ORTSession *_Nonnull session, float *_Nonnull blob, const int64_t *_Nonnull shape, int returning,
    const ORTOutput *_Nullable *_Nonnull outputs, int *_Nonnull outputCount, ORTError *_Nullable error);

#ifdef __cplusplus
}
#endif
