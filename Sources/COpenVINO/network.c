#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "COpenVINO.h"
#include "api.h"
#include "error.h"

struct OVNetwork {
  OVLibrary *library;
  ov_compiled *compiled;
  int channels;
};

struct OVRequest {
  OVNetwork *network;
  ov_infer *infer;
  int count;
  ov_port **ports;
  char **names;
  ov_tensor **tensors;
  ov_shape *shapes;
  OVOutput *outputs;
};

// Goes to `done` at the first failure, with `failed` set; `done` frees what was allocated.
#define OV_TRY(doing, call)                                         \
  do {                                                              \
    const ov_status ov_answer = (call);                             \
    if (ov_answer != 0) {                                           \
      failed = copenvino_refused(library, ov_answer, doing, error); \
      goto done;                                                    \
    }                                                               \
  } while (0)

/// Sets the shape of the only input, which must have four dimensions.
static int reshape(const OVLibrary *library, const ov_model *model, const OVSource *source, OVError *error) {
  int failed = 0;
  size_t inputs = 0;
  ov_port *port = NULL;
  ov_partial_shape has = {{0, 0}, NULL}, target = {{0, 0}, NULL};
  OV_TRY("its inputs", library->modelInputs(model, &inputs));
  if (inputs != 1) {
    failed = copenvino_fail(error, "it has %zu inputs, not one", inputs);
    goto done;
  }
  if (source->input != NULL && library->modelInputNamed(model, source->input, &port) != 0) {
    failed = copenvino_fail(error, "it has no input '%s'", source->input);
    goto done;
  }
  if (port == NULL) OV_TRY("its input", library->modelInput(model, 0, &port));
  OV_TRY("its input's shape", library->portPartial(port, &has));
  if (has.rank.max >= 0 && has.rank.max != 4) {
    failed = copenvino_fail(error, "its input has %lld dimensions, not four", (long long)has.rank.max);
    goto done;
  }
  int element = 0;
  OV_TRY("its input's type", library->portType(port, &element));
  if (element < ov_f16 || element > ov_u16) {
    failed = copenvino_fail(error, "its input does not take numbers");
    goto done;
  }
  for (int c = 0; c < source->channels && element > ov_f64; c++)
    if (source->scale[c] != roundf(source->scale[c]) || source->mean[c] != roundf(source->mean[c])) {
      failed = copenvino_fail(error, "its input takes whole numbers, which mean and scale in the card do not give");
      goto done;
    }
  const int64_t planar[] = {source->batch, source->channels, source->height, source->width};
  const int64_t interleaved[] = {source->batch, source->height, source->width, source->channels};
  const int64_t *sides = source->planar ? planar : interleaved;
  ov_dimension dimensions[4];
  for (int i = 0; i < 4; i++) dimensions[i] = (ov_dimension){sides[i], sides[i]};
  OV_TRY("a shape", library->partialCreate(4, dimensions, &target));
  OV_TRY("its input cannot have the shape of the card", library->reshape(model, target));
done:
  if (port != NULL) library->portFree(port);
  if (has.dims != NULL) library->partialFree(&has);
  if (target.dims != NULL) library->partialFree(&target);
  return failed;
}

/// Prepends the conversion of 8-bit NHWC to the network's input, and makes all outputs float32.
static int prepare(
    const OVLibrary *library, const ov_model *model, const OVSource *source, ov_model **prepared, OVError *error) {
  int failed = 0;
  ov_preprocess *pre = NULL;
  ov_pre_input *input = NULL;
  ov_pre_tensor *tensor = NULL;
  ov_pre_model *inner = NULL;
  ov_pre_steps *steps = NULL;
  ov_layout *interleaved = NULL, *layout = NULL;
  size_t outputs = 0;
  const char *doing = "its input cannot be prepared";
  OV_TRY(doing, library->preCreate(model, &pre));
  OV_TRY(doing, library->preInput(pre, 0, &input));
  OV_TRY(doing, library->preTensor(input, &tensor));
  OV_TRY(doing, library->preModel(input, &inner));
  OV_TRY(doing, library->preSteps(input, &steps));
  OV_TRY(doing, library->layoutCreate("NHWC", &interleaved));
  OV_TRY(doing, library->layoutCreate(source->planar ? "NCHW" : "NHWC", &layout));
  OV_TRY(doing, library->preTensorType(tensor, ov_u8));
  OV_TRY(doing, library->preTensorLayout(tensor, interleaved));
  OV_TRY(doing, library->preModelLayout(inner, layout));
  OV_TRY(doing, library->preConvert(steps, ov_f32));

  float divisors[4];
  int shifts = 0, scales = 0;
  for (int c = 0; c < source->channels && c < 4; c++) {
    shifts |= source->mean[c] != 0;
    scales |= source->scale[c] != 1;
    divisors[c] = 1 / source->scale[c];
  }
  if (shifts) OV_TRY(doing, library->preMean(steps, source->mean, source->channels));
  if (scales) OV_TRY(doing, library->preScale(steps, divisors, source->channels));

  OV_TRY("its outputs", library->modelOutputs(model, &outputs));
  for (size_t i = 0; i < outputs; i++) {
    ov_pre_output *output = NULL;
    ov_pre_output_tensor *given = NULL;
    ov_status status = library->preOutput(pre, i, &output);
    if (status == 0) status = library->preOutputTensor(output, &given);
    if (status == 0) status = library->preOutputType(given, ov_f32);
    if (given != NULL) library->preOutputTensorFree(given);
    if (output != NULL) library->preOutputFree(output);
    OV_TRY("an output cannot be float32", status);
  }
  OV_TRY(doing, library->preBuild(pre, prepared));
done:
  if (layout != NULL) library->layoutFree(layout);
  if (interleaved != NULL) library->layoutFree(interleaved);
  if (steps != NULL) library->preStepsFree(steps);
  if (inner != NULL) library->preModelFree(inner);
  if (tensor != NULL) library->preTensorFree(tensor);
  if (input != NULL) library->preInputFree(input);
  if (pre != NULL) library->preFree(pre);
  return failed;
}

enum { maxOptions = 5 };

/// Number of kernels of each kind that a stream keeps for shapes that it has run, 5000 by default. Where each picture has
/// another shape that is a leak: faces in pictures of 400 sizes took 1.4 GB with 5000, 0.55 GB with 64 and 0.53 GB with
/// 16, in 17, 19 and 21 s of processor time. Text in pictures of 60 sizes took 433 MB with 64 and 398 MB with 24.
static const char kernels[] = "24";

/// The options as the library takes them: pairs of strings.
typedef struct Pairs {
  const char *key[maxOptions], *value[maxOptions];
  int count;
  char streams[16], threads[16];
} Pairs;

/// Writes the options as the library takes them. The strings point into `pairs` and `options`.
static void format_options(const OVOptions *options, Pairs *pairs) {
  pairs->count = 0;
  snprintf(pairs->streams, sizeof pairs->streams, "%d", options->streams);
  snprintf(pairs->threads, sizeof pairs->threads, "%d", options->threads);
  // Those of the processor are no options of a GPU, whose plug-in refuses them.
  const char *given[maxOptions][2] = {
      {"NUM_STREAMS", pairs->streams},
      {"INFERENCE_PRECISION_HINT", options->precision},
      {"INFERENCE_NUM_THREADS", options->gpu ? NULL : pairs->threads},
      {"ENABLE_CPU_PINNING", options->gpu ? NULL : options->pin ? "YES" : "NO"},
      {"CPU_RUNTIME_CACHE_CAPACITY", options->gpu ? NULL : kernels},
  };
  for (int i = 0; i < maxOptions; i++) {
    pairs->key[i] = pairs->value[i] = "";
  }
  for (int i = 0; i < maxOptions; i++) {
    if (given[i][1] == NULL) continue;
    pairs->key[pairs->count] = given[i][0];
    pairs->value[pairs->count++] = given[i][1];
  }
}

static ov_status compile(
    const OVLibrary *library, const ov_model *model, const char *device, const Pairs *p, ov_compiled **compiled) {
  // The library reads as many strings as the count states.
  return library->compile(
      library->core, model, device, (size_t)p->count * 2, compiled, p->key[0], p->value[0], p->key[1], p->value[1],
      p->key[2], p->value[2], p->key[3], p->value[3], p->key[4], p->value[4]);
}

OVNetwork *copenvino_open_compiled(
    OVLibrary *library, const OVOptions *options, int channels, const void *bytes, size_t size) {
  OVNetwork *made = calloc(1, sizeof *made);
  ov_status status = made == NULL;
  Pairs pairs;
  format_options(options, &pairs);
  // The C library's import takes no options: they are set on the CPU device for its duration.
  for (int i = 0; i < pairs.count && status == 0; i++)
    status = library->setProperty(library->core, "CPU", pairs.key[i], pairs.value[i]);
  if (status == 0) status = library->importModel(library->core, bytes, size, "CPU", &made->compiled);
  if (status != 0) {
    free(made);
    return NULL;
  }
  made->library = library;
  made->channels = channels;
  return made;
}

int copenvino_compile(
    OVLibrary *library, const OVSource *source, const OVOptions *options, OVNetwork **network, OVError *error) {
  *network = NULL;
  int failed = 0;
  ov_model *model = NULL, *prepared = NULL;
  Pairs pairs;
  format_options(options, &pairs);
  OVNetwork *made = calloc(1, sizeof *made);
  if (made == NULL) return copenvino_fail(error, "out of memory");
  OV_TRY("it cannot be read", library->read(library->core, source->network, source->weights, &model));
  if ((failed = reshape(library, model, source, error)) != 0) goto done;
  if ((failed = prepare(library, model, source, &prepared, error)) != 0) goto done;
  OV_TRY("it cannot be compiled", compile(library, prepared, options->gpu ? "GPU" : "CPU", &pairs, &made->compiled));
  if (options->exported != NULL) (void)library->exportModel(made->compiled, options->exported);
  made->library = library;
  made->channels = source->channels;
  *network = made;
  made = NULL;
done:
  if (prepared != NULL) library->modelFree(prepared);
  if (model != NULL) library->modelFree(model);
  free(made);
  return failed;
}

void copenvino_close(OVNetwork *network) {
  if (network == NULL) return;
  network->library->compiledFree(network->compiled);
  free(network);
}

int copenvino_request(
    OVNetwork *network, const char *const *outputs, int outputCount, OVRequest **request, OVError *error) {
  *request = NULL;
  const OVLibrary *library = network->library;
  int failed = 0;
  size_t count = (size_t)outputCount;
  OVRequest *made = calloc(1, sizeof *made);
  if (made == NULL) return copenvino_fail(error, "out of memory");
  made->network = network;
  if (count == 0) OV_TRY("its outputs", library->compiledOutputs(network->compiled, &count));
  made->ports = calloc(count, sizeof *made->ports);
  made->names = calloc(count, sizeof *made->names);
  made->tensors = calloc(count, sizeof *made->tensors);
  made->shapes = calloc(count, sizeof *made->shapes);
  made->outputs = calloc(count, sizeof *made->outputs);
  if (!made->ports || !made->names || !made->tensors || !made->shapes || !made->outputs) {
    failed = copenvino_fail(error, "out of memory");
    goto done;
  }
  made->count = (int)count;
  for (size_t i = 0; i < count; i++) {
    if (outputCount > 0) {
      made->names[i] = strdup(outputs[i]);
      if (library->compiledNamed(network->compiled, outputs[i], &made->ports[i]) != 0) {
        failed = copenvino_fail(error, "the network has no output '%s'", outputs[i]);
        goto done;
      }
    } else {
      OV_TRY("its outputs", library->compiledOutput(network->compiled, i, &made->ports[i]));
      char *name = NULL;
      if (library->portName(made->ports[i], &name) == 0 && name != NULL) {
        made->names[i] = strdup(name);
        library->free(name);
      } else {
        char number[32];
        snprintf(number, sizeof number, "output_%zu", i);
        made->names[i] = strdup(number);
      }
    }
  }
  OV_TRY("a request", library->inferCreate(network->compiled, &made->infer));
  *request = made;
  made = NULL;
done:
  copenvino_close_request(made);
  return failed;
}

/// Releases the outputs of the last run.
static void release(OVRequest *request) {
  const OVLibrary *library = request->network->library;
  for (int i = 0; i < request->count; i++) {
    if (request->shapes[i].dims != NULL) library->shapeFree(&request->shapes[i]);
    if (request->tensors[i] != NULL) library->tensorFree(request->tensors[i]);
    request->shapes[i] = (ov_shape){0, NULL};
    request->tensors[i] = NULL;
  }
}

void copenvino_close_request(OVRequest *request) {
  if (request == NULL) return;
  const OVLibrary *library = request->network->library;
  release(request);
  for (int i = 0; i < request->count; i++) {
    if (request->ports[i] != NULL) library->portFree(request->ports[i]);
    free(request->names[i]);
  }
  if (request->infer != NULL) library->inferFree(request->infer);
  free(request->ports);
  free(request->names);
  free(request->tensors);
  free(request->shapes);
  free(request->outputs);
  free(request);
}

int copenvino_run(
    OVRequest *request, const uint8_t *pictures, int64_t batch, int64_t height, int64_t width,
    const OVOutput **outputs, int *outputCount, OVError *error) {
  const OVLibrary *library = request->network->library;
  int failed = 0;
  ov_tensor *input = NULL;
  int64_t sides[] = {batch, height, width, request->network->channels};
  release(request);
  // The network only reads its input, so the promise not to write through `pictures` holds.
  OV_TRY("its input", library->tensorOver(ov_u8, (ov_shape){4, sides}, (void *)pictures, &input));
  OV_TRY("its input", library->inferInput(request->infer, 0, input));
  OV_TRY("it cannot be run", library->inferRun(request->infer));
  for (int i = 0; i < request->count; i++) {
    OVOutput *output = &request->outputs[i];
    void *values = NULL;
    OV_TRY("an output", library->inferOutput(request->infer, request->ports[i], &request->tensors[i]));
    OV_TRY("an output's shape", library->tensorShape(request->tensors[i], &request->shapes[i]));
    OV_TRY("an output's size", library->tensorSize(request->tensors[i], &output->count));
    OV_TRY("an output's values", library->tensorData(request->tensors[i], &values));
    output->name = request->names[i];
    output->shape = request->shapes[i].dims;
    output->dimensions = request->shapes[i].rank;
    output->values = values;
  }
  *outputs = request->outputs;
  *outputCount = request->count;
done:
  if (input != NULL) library->tensorFree(input);
  return failed;
}

void copenvino_cancel(OVRequest *request) { (void)request->network->library->inferCancel(request->infer); }
