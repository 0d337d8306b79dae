#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CONNXRuntime.h"
#include "api.h"

enum { max_dimensions = 8 };

struct ORTSession {
  ORTLibrary *library;
  ort_session *session;
  bool borrows;  // the session is a twin's
  char *input;
  int input_rank;
  int64_t input_shape[max_dimensions];
  int input_element;
  void *converted;  // the input of a network that takes other numbers than float32
  size_t converted_bytes;
  int count;
  char **names;
  ort_value **values;
  int64_t (*shapes)[max_dimensions];
  float **widened;  // of outputs that are not float32
  size_t *widened_counts;
  ORTOutput *outputs;
};

static int fail(ORTError *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Fills `error` with one line; always 1.
static int fail(ORTError *error, const char *format, ...) {
  if (error != NULL) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    for (char *c = error->message; *c != 0; c++)
      if (*c == '\n' || *c == '\r' || *c == '\t') *c = ' ';
  }
  return 1;
}

// Goes to `done` at the first failure, with `failed` set; `done` frees what was allocated.
#define ORT_TRY(doing, call)                                                \
  do {                                                                      \
    const ort_status ort_answer = (call);                                   \
    if (ort_answer != NULL) {                                               \
      failed = fail(error, "%s: %s", doing, library->message(ort_answer));  \
      library->statusFree(ort_answer);                                      \
      goto done;                                                            \
    }                                                                       \
  } while (0)

int connxruntime_open(const char *path, ORTLibrary **opened, ORTError *error) {
  *opened = NULL;
  int failed = 0;
  // envCreate writes a device identifier and a database to the user's cache folder, before telemetryOff can be called;
  // not if the environment says so. The executable sets it before it starts threads, and setenv is not called then.
  const char *quiet = getenv("ORT_DISABLE_TELEMETRY");
  if (quiet == NULL || strcmp(quiet, "1") != 0) setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return fail(error, "%s", dlerror());
  const ort_base *(*find)(void) = NULL;
  *(void **)&find = dlsym(handle, "OrtGetApiBase");
  const ort_base *base = find == NULL ? NULL : find();
  if (base == NULL) return fail(error, "it has no OrtGetApiBase: not ONNX Runtime's library");
  const void *const *table = base->api(ort_api_version);
  if (table == NULL)
    return fail(error, "version %s is too old: 1.%d or later is needed", base->version(), ort_api_version);

  ORTLibrary *library = calloc(1, sizeof *library);
  if (library == NULL) return fail(error, "out of memory");
#define ORT_FIND(index, field, result, parameters)                                                           \
  *(const void **)&library->field = table[index];                                                            \
  if (table[index] == NULL) {                                                                                \
    failed = fail(error, "version %s lacks function %d of its table", base->version(), index);               \
    goto done;                                                                                               \
  }
  ORT_FUNCTIONS(ORT_FIND)
#undef ORT_FIND
  snprintf(library->version_text, sizeof library->version_text, "%s", base->version());
  Dl_info info;
  if (dladdr(*(void **)&find, &info) != 0 && info.dli_fname != NULL)
    snprintf(library->path, sizeof library->path, "%s", info.dli_fname);
  ORT_TRY("it does not start", library->envCreate(ort_log_fatal, "imgrec", &library->env));
  ORT_TRY("it does not start", library->telemetryOff(library->env));
  ORT_TRY("it does not start", library->memoryCreate(ort_arena_allocator, ort_default_memory, &library->memory));
  ORT_TRY("it does not start", library->runOptionsCreate(&library->shrinking));
  ORT_TRY(
      "it does not start",
      library->runOptionsEntry(library->shrinking, "memory.enable_memory_arena_shrinkage", "cpu:0"));
  *opened = library;
  library = NULL;
done:
  free(library);
  return failed;
}

const char *connxruntime_version(const ORTLibrary *library) { return library->version_text; }

const char *connxruntime_path(const ORTLibrary *library) { return library->path; }

// The element types of ONNX that are read and written, with those of C.
#define ORT_ELEMENTS(X)     \
  X(ort_uint8, uint8_t)     \
  X(ort_int8, int8_t)       \
  X(ort_uint16, uint16_t)   \
  X(ort_int16, int16_t)     \
  X(ort_int32, int32_t)     \
  X(ort_int64, int64_t)     \
  X(ort_bool, bool)         \
  X(ort_float16, _Float16)  \
  X(ort_double, double)     \
  X(ort_uint32, uint32_t)   \
  X(ort_uint64, uint64_t)   \
  X(ort_float, float)

/// Bytes of an element; 0 if the type is not known.
static size_t element_size(int element) {
  switch (element) {
#define ORT_SIZE(number, type) \
  case number: return sizeof(type);
    ORT_ELEMENTS(ORT_SIZE)
#undef ORT_SIZE
  default: return 0;
  }
}

/// Converts `count` numbers to elements. Whole numbers are in the range of the type, as the card was checked.
static void narrow(int element, const float *restrict from, void *restrict to, size_t count) {
  switch (element) {
#define ORT_NARROW(number, type)                                            \
  case number:                                                              \
    for (size_t i = 0; i < count; i++) ((type *)to)[i] = (type)from[i];     \
    break;
    ORT_ELEMENTS(ORT_NARROW)
#undef ORT_NARROW
  default: break;
  }
}

/// Converts `count` elements to float32.
static void widen(int element, const void *restrict from, float *restrict to, size_t count) {
  switch (element) {
#define ORT_WIDEN(number, type)                                                    \
  case number:                                                                     \
    for (size_t i = 0; i < count; i++) to[i] = (float)((const type *)from)[i];     \
    break;
    ORT_ELEMENTS(ORT_WIDEN)
#undef ORT_WIDEN
  default: break;
  }
}

int connxruntime_has_provider(ORTLibrary *library, const char *provider) {
  char **names = NULL;
  int count = 0, found = 0;
  const ort_status status = library->providers(&names, &count);
  if (status != NULL) {
    library->statusFree(status);
    return 0;
  }
  for (int i = 0; i < count; i++) found |= strcmp(names[i], provider) == 0;
  const ort_status freed = library->providersFree(names, count);
  if (freed != NULL) library->statusFree(freed);
  return found;
}

/// Adds the first CUDA device to the options of a session.
static int add_cuda(const ORTLibrary *library, ort_options *options, ORTError *error) {
  int failed = 0;
  ort_cuda_options *cuda = NULL;
  // TF32 rounds to 10 bits of fraction, and is no f32. An exhaustive search of algorithms takes seconds for each shape.
  const char *const keys[] = {"device_id", "cudnn_conv_algo_search", "use_tf32"};
  const char *const values[] = {"0", "HEURISTIC", "0"};
  ORT_TRY("CUDA", library->cudaCreate(&cuda));
  ORT_TRY("CUDA", library->cudaUpdate(cuda, keys, values, sizeof keys / sizeof *keys));
  ORT_TRY("CUDA", library->optionsCUDA(options, cuda));
done:
  if (cuda != NULL) library->cudaFree(cuda);
  return failed;
}

int connxruntime_open_cuda(ORTLibrary *library, ORTError *error) {
  int failed = 0;
  ort_options *options = NULL;
  ORT_TRY("CUDA", library->optionsCreate(&options));
  failed = add_cuda(library, options, error);
done:
  if (options != NULL) library->optionsFree(options);
  return failed;
}

static int options(const ORTLibrary *library, int threads, int cuda, ort_options **made, ORTError *error) {
  int failed = 0;
  const char *doing = "its options";
  ORT_TRY(doing, library->optionsCreate(made));
  ORT_TRY(doing, library->optionsMode(*made, ort_sequential));
  ORT_TRY(doing, library->optionsArena(*made));
  ORT_TRY(doing, library->optionsLog(*made, ort_log_fatal));
  ORT_TRY(doing, library->optionsLevel(*made, ort_all_optimisations));
  ORT_TRY(doing, library->optionsIntra(*made, threads));
  ORT_TRY(doing, library->optionsInter(*made, 1));
  // Threads that wait by spinning would take the cores from those that decode.
  ORT_TRY(doing, library->optionsEntry(*made, "session.intra_op.allow_spinning", "0"));
  if (cuda) failed = add_cuda(library, *made, error);
done:
  return failed;
}

/// A copy of one of the session's own names.
static int name(
    const ORTSession *made, ort_status (*get)(const ort_session *, size_t, ort_allocator *, char **), size_t index,
    char **copy, ORTError *error) {
  const ORTLibrary *library = made->library;
  int failed = 0;
  ort_allocator *allocator = NULL;
  char *text = NULL;
  ORT_TRY("its names", library->allocator(&allocator));
  ORT_TRY("its names", get(made->session, index, allocator, &text));
  *copy = strdup(text);
  ORT_TRY("its names", library->allocatorFree(allocator, text));
done:
  return failed;
}

/// The input by its name, or the only one.
static int find_input(ORTSession *made, const char *requested, ORTError *error) {
  const ORTLibrary *library = made->library;
  int failed = 0, element = 0;
  size_t count = 0, index = 0, rank = 0;
  ort_type *type = NULL;
  const ort_shape *shape = NULL;
  ORT_TRY("its inputs", library->inputCount(made->session, &count));
  if (count != 1) {
    failed = fail(error, "it has %zu inputs, not one", count);
    goto done;
  }
  if ((failed = name(made, library->inputName, index, &made->input, error)) != 0) goto done;
  if (requested != NULL && strcmp(requested, made->input) != 0) {
    failed = fail(error, "it has no input '%s', but '%s'", requested, made->input);
    goto done;
  }
  ORT_TRY("its input", library->inputType(made->session, index, &type));
  ORT_TRY("its input", library->typeShape(type, &shape));
  if (shape == NULL) {
    failed = fail(error, "its input is not a tensor");
    goto done;
  }
  ORT_TRY("its input", library->shapeElement(shape, &element));
  ORT_TRY("its input", library->shapeRank(shape, &rank));
  if (element_size(element) == 0 || (rank != 4 && rank != 2)) {
    failed = fail(error, "its input is not a tensor of numbers with four dimensions, or two for text");
    goto done;
  }
  made->input_element = element;
  ORT_TRY("its input", library->shapeDimensions(shape, made->input_shape, rank));
  made->input_rank = (int)rank;
done:
  if (type != NULL) library->typeFree(type);
  return failed;
}

static int find_outputs(ORTSession *made, const char *const *requested, int outputCount, ORTError *error) {
  const ORTLibrary *library = made->library;
  int failed = 0;
  size_t given = 0;
  ORT_TRY("its outputs", library->outputCount(made->session, &given));
  made->count = outputCount > 0 ? outputCount : (int)given;
  made->names = calloc((size_t)made->count, sizeof *made->names);
  made->values = calloc((size_t)made->count, sizeof *made->values);
  made->shapes = calloc((size_t)made->count, sizeof *made->shapes);
  made->outputs = calloc((size_t)made->count, sizeof *made->outputs);
  made->widened = calloc((size_t)made->count, sizeof *made->widened);
  made->widened_counts = calloc((size_t)made->count, sizeof *made->widened_counts);
  if (!made->names || !made->values || !made->shapes || !made->outputs || !made->widened || !made->widened_counts) {
    made->count = 0;
    return fail(error, "out of memory");
  }
  for (int i = 0; i < made->count && outputCount == 0; i++)
    if ((failed = name(made, library->outputName, (size_t)i, &made->names[i], error)) != 0) goto done;
  for (int i = 0; i < outputCount; i++) {
    for (size_t j = 0; j < given && made->names[i] == NULL; j++) {
      char *own = NULL;
      if ((failed = name(made, library->outputName, j, &own, error)) != 0) goto done;
      if (strcmp(own, requested[i]) == 0)
        made->names[i] = own;
      else
        free(own);
    }
    if (made->names[i] == NULL) {
      failed = fail(error, "the network has no output '%s'", requested[i]);
      goto done;
    }
  }
done:
  return failed;
}

/// Opens the network in `compiled`, optimised for this processor; false if it is not usable.
static bool open_compiled(ORTSession *made, const void *compiled, size_t size, int threads) {
  const ORTLibrary *library = made->library;
  ORTError *error = NULL;
  int failed = 0;
  ort_options *plain = NULL;
  const char *doing = "cached network";
  if ((failed = options(library, threads, 0, &plain, NULL)) != 0) goto done;
  ORT_TRY(doing, library->optionsEntry(plain, "session.load_model_format", "ORT"));
  ORT_TRY(doing, library->optionsEntry(plain, "session.use_ort_model_bytes_directly", "1"));
  ORT_TRY(doing, library->optionsEntry(plain, "session.use_ort_model_bytes_for_initializers", "1"));
  ORT_TRY(doing, library->sessionOver(library->env, compiled, size, plain, &made->session));
done:
  if (plain != NULL) library->optionsFree(plain);
  return !failed;
}

/// Opens a network and writes it to `exported` for `open_compiled`; false if it cannot be opened or written.
static bool open_and_export(ORTSession *made, const char *network, const char *exported, int threads) {
  const ORTLibrary *library = made->library;
  ORTError *error = NULL;
  int failed = 0;
  ort_options *caching = NULL;
  const char *doing = "caching it";
  if ((failed = options(library, threads, 0, &caching, NULL)) != 0) goto done;
  ORT_TRY(doing, library->optionsEntry(caching, "session.save_model_format", "ORT"));
  ORT_TRY(doing, library->optionsSavePath(caching, exported));
  ORT_TRY(doing, library->sessionCreate(library->env, network, caching, &made->session));
done:
  if (caching != NULL) library->optionsFree(caching);
  return !failed;
}

int connxruntime_session(
    ORTLibrary *library, const char *network, const char *exported, const void *compiled, size_t compiledSize,
    int threads, int cuda, const char *input, const char *const *outputs, int outputCount, const ORTSession *twin,
    ORTSession **session, ORTError *error) {
  *session = NULL;
  int failed = 0;
  ort_options *made_options = NULL;
  ORTSession *made = calloc(1, sizeof *made);
  if (made == NULL) return fail(error, "out of memory");
  made->library = library;
  if (twin != NULL) {
    made->session = twin->session;
    made->borrows = true;
  } else if (
      (compiled == NULL || !open_compiled(made, compiled, compiledSize, threads)) &&
      (network == NULL || exported == NULL || !open_and_export(made, network, exported, threads))) {
    if (network == NULL) {
      failed = fail(error, "there is no cached network");
      goto done;
    }
    if ((failed = options(library, threads, cuda, &made_options, error)) != 0) goto done;
    ORT_TRY("it cannot be read", library->sessionCreate(library->env, network, made_options, &made->session));
  }
  if ((failed = find_input(made, input, error)) != 0) goto done;
  if ((failed = find_outputs(made, outputs, outputCount, error)) != 0) goto done;
  *session = made;
  made = NULL;
done:
  if (made_options != NULL) library->optionsFree(made_options);
  connxruntime_close(made);
  return failed;
}

/// Releases the outputs of the last run.
static void release(ORTSession *session) {
  for (int i = 0; i < session->count; i++)
    if (session->values[i] != NULL) {
      session->library->valueFree(session->values[i]);
      session->values[i] = NULL;
    }
}

void connxruntime_close(ORTSession *session) {
  if (session == NULL) return;
  release(session);
  for (int i = 0; i < session->count; i++) {
    free(session->names[i]);
    free(session->widened[i]);
  }
  if (session->session != NULL && !session->borrows) session->library->sessionFree(session->session);
  free(session->input);
  free(session->names);
  free(session->values);
  free(session->shapes);
  free(session->outputs);
  free(session->widened);
  free(session->widened_counts);
  free(session->converted);
  free(session);
}

int connxruntime_input_shape(const ORTSession *session, const int64_t **dimensions) {
  *dimensions = session->input_shape;
  return session->input_rank;
}

static int describe(ORTSession *session, int index, ORTError *error) {
  const ORTLibrary *library = session->library;
  int failed = 0, tensor = 0, element = 0;
  size_t rank = 0;
  void *values = NULL;
  ort_shape *shape = NULL;
  ort_value *value = session->values[index];
  ORTOutput *output = &session->outputs[index];
  ORT_TRY("an output", library->isTensor(value, &tensor));
  if (tensor) {
    ORT_TRY("an output", library->valueShape(value, &shape));
    ORT_TRY("an output", library->shapeElement(shape, &element));
    ORT_TRY("an output", library->shapeRank(shape, &rank));
  }
  if (element_size(element) == 0 || rank > max_dimensions) {
    failed = fail(error, "output '%s' is not a tensor of numbers", session->names[index]);
    goto done;
  }
  ORT_TRY("an output", library->shapeDimensions(shape, session->shapes[index], rank));
  ORT_TRY("an output", library->shapeCount(shape, &output->count));
  ORT_TRY("an output", library->tensorData(value, &values));
  output->name = session->names[index];
  output->shape = session->shapes[index];
  output->dimensions = (int)rank;
  if (element != ort_float) {
    if (session->widened_counts[index] < output->count) {
      free(session->widened[index]);
      session->widened_counts[index] = 0;
      session->widened[index] = malloc(output->count * sizeof(float));
      if (session->widened[index] == NULL) {
        failed = fail(error, "out of memory");
        goto done;
      }
      session->widened_counts[index] = output->count;
    }
    widen(element, values, session->widened[index], output->count);
    values = session->widened[index];
  }
  output->values = values;
done:
  if (shape != NULL) library->shapeFree(shape);
  return failed;
}

int connxruntime_run(
    ORTSession *session, float *blob, const int64_t *shape, int returning, const ORTOutput **outputs, int *outputCount,
    ORTError *error) {
  const ORTLibrary *library = session->library;
  int failed = 0;
  ort_value *input = NULL;
  const size_t rank = (size_t)session->input_rank;
  size_t count = 1;
  for (size_t i = 0; i < rank; i++) count *= (size_t)shape[i];
  void *samples = blob;
  const size_t bytes = count * element_size(session->input_element);
  release(session);
  if (session->input_element != ort_float) {
    if (session->converted_bytes < bytes) {
      free(session->converted);
      session->converted_bytes = 0;
      session->converted = malloc(bytes);
      if (session->converted == NULL) return fail(error, "out of memory");
      session->converted_bytes = bytes;
    }
    narrow(session->input_element, blob, session->converted, count);
    samples = session->converted;
  }
  ORT_TRY(
      "its input",
      library->tensorOver(library->memory, samples, bytes, shape, rank, session->input_element, &input));
  const char *const inputs[] = {session->input};
  const ort_value *const values[] = {input};
  ORT_TRY(
      "it cannot be run",
      library->run(
          session->session, returning ? library->shrinking : NULL, inputs, values, 1,
          (const char *const *)session->names, (size_t)session->count, session->values));
  for (int i = 0; i < session->count; i++)
    if ((failed = describe(session, i, error)) != 0) goto done;
  *outputs = session->outputs;
  *outputCount = session->count;
done:
  if (input != NULL) library->valueFree(input);
  return failed;
}
