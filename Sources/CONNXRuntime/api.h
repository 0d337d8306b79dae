#pragma once

#include <stddef.h>
#include <stdint.h>

// The part of ONNX Runtime's C API that imgrec uses. The library returns a table of functions, to which later versions
// only add, so an index identifies a function. These indices are those of version 1 of the table; 130 came with version 4
// and 165 with version 8, and 204 to 208 with version 11.

typedef void *ort_status;  // NULL: success
typedef struct ort_env ort_env;
typedef struct ort_session ort_session;
typedef struct ort_options ort_options;
typedef struct ort_run_options ort_run_options;
typedef struct ort_value ort_value;
typedef struct ort_memory ort_memory;
typedef struct ort_type ort_type;
typedef struct ort_shape ort_shape;
typedef struct ort_allocator ort_allocator;
typedef struct ort_cuda_options ort_cuda_options;

enum {
  ort_api_version = 16,
  ort_log_fatal = 4,
  ort_sequential = 0,
  ort_all_optimisations = 99,
  ort_float = 1,
  ort_uint8 = 2,
  ort_int8 = 3,
  ort_uint16 = 4,
  ort_int16 = 5,
  ort_int32 = 6,
  ort_int64 = 7,
  ort_bool = 9,
  ort_float16 = 10,
  ort_double = 11,
  ort_uint32 = 12,
  ort_uint64 = 13,
  ort_arena_allocator = 1,
  ort_default_memory = 0,
};

typedef struct {
  const void *const *(*api)(uint32_t version);
  const char *(*version)(void);
} ort_base;

// index, field, result, parameters
#define ORT_FUNCTIONS(X)                                                                                      \
  X(2, message, const char *, (ort_status))                                                                   \
  X(3, envCreate, ort_status, (int, const char *, ort_env **))                                                \
  X(6, telemetryOff, ort_status, (const ort_env *))                                                           \
  X(7, sessionCreate, ort_status, (const ort_env *, const char *, const ort_options *, ort_session **))       \
  X(8, sessionOver, ort_status,                                                                               \
    (const ort_env *, const void *, size_t, const ort_options *, ort_session **))                             \
  X(9, run, ort_status,                                                                                       \
    (ort_session *, const ort_run_options *, const char *const *, const ort_value *const *, size_t, const char *const *, \
     size_t, ort_value **))                                                                                   \
  X(10, optionsCreate, ort_status, (ort_options **))                                                          \
  X(11, optionsSavePath, ort_status, (ort_options *, const char *))                                               \
  X(13, optionsMode, ort_status, (ort_options *, int))                                                        \
  X(18, optionsArena, ort_status, (ort_options *))                                                            \
  X(22, optionsLog, ort_status, (ort_options *, int))                                                         \
  X(23, optionsLevel, ort_status, (ort_options *, int))                                                       \
  X(24, optionsIntra, ort_status, (ort_options *, int))                                                       \
  X(25, optionsInter, ort_status, (ort_options *, int))                                                       \
  X(30, inputCount, ort_status, (const ort_session *, size_t *))                                              \
  X(31, outputCount, ort_status, (const ort_session *, size_t *))                                             \
  X(33, inputType, ort_status, (const ort_session *, size_t, ort_type **))                                    \
  X(36, inputName, ort_status, (const ort_session *, size_t, ort_allocator *, char **))                       \
  X(37, outputName, ort_status, (const ort_session *, size_t, ort_allocator *, char **))                      \
  X(39, runOptionsCreate, ort_status, (ort_run_options **))                                                   \
  X(49, tensorOver, ort_status, (const ort_memory *, void *, size_t, const int64_t *, size_t, int, ort_value **)) \
  X(50, isTensor, ort_status, (const ort_value *, int *))                                                     \
  X(51, tensorData, ort_status, (ort_value *, void **))                                                       \
  X(55, typeShape, ort_status, (const ort_type *, const ort_shape **))                                        \
  X(60, shapeElement, ort_status, (const ort_shape *, int *))                                                 \
  X(61, shapeRank, ort_status, (const ort_shape *, size_t *))                                                 \
  X(62, shapeDimensions, ort_status, (const ort_shape *, int64_t *, size_t))                                  \
  X(64, shapeCount, ort_status, (const ort_shape *, size_t *))                                                \
  X(65, valueShape, ort_status, (const ort_value *, ort_shape **))                                            \
  X(69, memoryCreate, ort_status, (int, int, ort_memory **))                                                  \
  X(76, allocatorFree, ort_status, (ort_allocator *, void *))                                                 \
  X(78, allocator, ort_status, (ort_allocator **))                                                            \
  X(93, statusFree, void, (ort_status))                                                                       \
  X(95, sessionFree, void, (ort_session *))                                                                   \
  X(96, valueFree, void, (ort_value *))                                                                       \
  X(97, runOptionsFree, void, (ort_run_options *))                                                            \
  X(98, typeFree, void, (ort_type *))                                                                         \
  X(99, shapeFree, void, (ort_shape *))                                                                       \
  X(100, optionsFree, void, (ort_options *))                                                                  \
  X(125, providers, ort_status, (char ***, int *))                                                            \
  X(126, providersFree, ort_status, (char **, int))                                                           \
  X(130, optionsEntry, ort_status, (ort_options *, const char *, const char *))                               \
  X(165, runOptionsEntry, ort_status, (ort_run_options *, const char *, const char *))                        \
  X(204, optionsCUDA, ort_status, (ort_options *, const ort_cuda_options *))                                  \
  X(205, cudaCreate, ort_status, (ort_cuda_options **))                                                       \
  X(206, cudaUpdate, ort_status, (ort_cuda_options *, const char *const *, const char *const *, size_t))      \
  X(208, cudaFree, void, (ort_cuda_options *))

struct ORTLibrary {
#define ORT_FIELD(index, field, result, parameters) result(*field) parameters;
  ORT_FUNCTIONS(ORT_FIELD)
#undef ORT_FIELD
  ort_env *env;
  ort_memory *memory;
  /// Options of a run after which the allocator gives free memory back.
  ort_run_options *shrinking;
  char version_text[64];
  char path[1024];
};
