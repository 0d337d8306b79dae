#pragma once

// A C face over ONNX Runtime's library, which is opened when it is asked for: nothing of it is needed to build.
//
// Functions return 0 where all went well; else they fill `error`, which may be NULL. A library may be used by several
// threads; a session belongs to one at a time.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What went wrong, in one line of UTF-8, NUL-terminated.
typedef struct ORTError {
  char message[512];
} ORTError;

typedef struct ORTLibrary ORTLibrary;
typedef struct ORTSession ORTSession;

/// Opens libonnxruntime by its path or bare name. It stays open until the process ends: it starts threads of its own.
int ortface_open(const char *_Nonnull path, ORTLibrary *_Nullable *_Nonnull library, ORTError *_Nullable error);

/// ONNX Runtime's version, as "1.32.0".
const char *_Nonnull ortface_version(const ORTLibrary *_Nonnull library);

/// The file that `ortface_open` opened, as the loader found it; empty where it does not say.
const char *_Nonnull ortface_path(const ORTLibrary *_Nonnull library);

/// Reads an ONNX network. `input` names its input; NULL: the only one. `outputs` names what a run gives, and in which
/// order; with none of them, all, in the file's order. `threads` work inside one run. With a `twin`, a session of the same
/// network, its weights are used: it has to be closed later than this one.
///
/// `compiled` is the file that keeps the network as ONNX Runtime laid it out, for the next time; NULL: none. Its name has
/// to tell the network, the library and the processor. One that is damaged is made anew; that it cannot be kept is no
/// error. Its weights are used where they are mapped. Without `network` there has to be a twin, or one that was kept.
int ortface_session(
    ORTLibrary *_Nonnull library, const char *_Nullable network, const char *_Nullable compiled, int threads,
    const char *_Nullable input,
    const char *_Nonnull const *_Nullable outputs, int outputCount, const ORTSession *_Nullable twin,
    ORTSession *_Nullable *_Nonnull session, ORTError *_Nullable error);

void ortface_close(ORTSession *_Nullable session);

/// The input's dimensions as the file has them, -1 where any will do; their number is returned.
int ortface_input_shape(const ORTSession *_Nonnull session, const int64_t *_Nullable *_Nonnull dimensions);

/// One output of a run, valid as long as the run's outputs are.
typedef struct ORTOutput {
  const char *_Nonnull name;
  const int64_t *_Nonnull shape;
  int dimensions;
  /// Row-major.
  const float *_Nonnull values;
  size_t count;
} ORTOutput;

/// Runs on a float32 blob of four dimensions. The outputs are valid until the next run or close of the session.
/// After a failure it can be run again.
int ortface_run(
    ORTSession *_Nonnull session, float *_Nonnull blob, const int64_t *_Nonnull shape,
    const ORTOutput *_Nullable *_Nonnull outputs, int *_Nonnull outputCount, ORTError *_Nullable error);

#ifdef __cplusplus
}
#endif
