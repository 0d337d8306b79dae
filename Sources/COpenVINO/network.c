#define _GNU_SOURCE
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

// Goes to `done` at the first refusal, with `failed` set; what was made is freed there.
#define OV_TRY(doing, call)                                       \
  do {                                                            \
    const ov_status ov_answer = (call);                           \
    if (ov_answer != 0) {                                         \
      failed = ovface_refused(library, ov_answer, doing, error);  \
      goto done;                                                  \
    }                                                             \
  } while (0)

/// Sets the shape of the only input, which has to have four dimensions.
static int reshape(const OVLibrary *library, const ov_model *model, const OVSource *source, OVError *error) {
  int failed = 0;
  size_t inputs = 0;
  ov_port *port = NULL;
  ov_partial_shape has = {{0, 0}, NULL}, wanted = {{0, 0}, NULL};
  OV_TRY("its inputs", library->modelInputs(model, &inputs));
  if (inputs != 1) {
    failed = ovface_fail(error, "it has %zu inputs, not one", inputs);
    goto done;
  }
  if (source->input != NULL && library->modelInputNamed(model, source->input, &port) != 0) {
    failed = ovface_fail(error, "it has no input '%s'", source->input);
    goto done;
  }
  if (port == NULL) OV_TRY("its input", library->modelInput(model, 0, &port));
  OV_TRY("its input's shape", library->portPartial(port, &has));
  if (has.rank.max >= 0 && has.rank.max != 4) {
    failed = ovface_fail(error, "its input has %lld dimensions, not four", (long long)has.rank.max);
    goto done;
  }
  const int64_t planar[] = {source->batch, source->channels, source->height, source->width};
  const int64_t interleaved[] = {source->batch, source->height, source->width, source->channels};
  const int64_t *sides = source->planar ? planar : interleaved;
  ov_dimension dimensions[4];
  for (int i = 0; i < 4; i++) dimensions[i] = (ov_dimension){sides[i], sides[i]};
  OV_TRY("a shape", library->partialCreate(4, dimensions, &wanted));
  OV_TRY("its input cannot have the shape that the card says", library->reshape(model, wanted));
done:
  if (port != NULL) library->portFree(port);
  if (has.dims != NULL) library->partialFree(&has);
  if (wanted.dims != NULL) library->partialFree(&wanted);
  return failed;
}

/// Puts before the network what makes its input out of 8-bit NHWC, and has all outputs as float32.
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

/// The options as the library takes them: pairs of strings, of which the last few may be left out.
static ov_status compile(
    const OVLibrary *library, const ov_model *model, const OVOptions *options, ov_compiled **compiled) {
  char streams[16], threads[16];
  snprintf(streams, sizeof streams, "%d", options->streams);
  snprintf(threads, sizeof threads, "%d", options->threads);
  const char *extra[4] = {"", "", "", ""};
  size_t count = 0;
  if (options->precision != NULL) {
    extra[count++] = "INFERENCE_PRECISION_HINT";
    extra[count++] = options->precision;
  }
  if (options->cache != NULL) {
    extra[count++] = "CACHE_DIR";
    extra[count++] = options->cache;
  }
  return library->compile(
      library->core, model, "CPU", 6 + count, compiled, "NUM_STREAMS", streams, "INFERENCE_NUM_THREADS", threads,
      "ENABLE_CPU_PINNING", options->pin ? "YES" : "NO", extra[0], extra[1], extra[2], extra[3]);
}

int ovface_compile(
    OVLibrary *library, const OVSource *source, const OVOptions *options, OVNetwork **network, OVError *error) {
  *network = NULL;
  int failed = 0;
  ov_model *model = NULL, *prepared = NULL;
  OVNetwork *made = calloc(1, sizeof *made);
  if (made == NULL) return ovface_fail(error, "out of memory");
  OV_TRY("it cannot be read", library->read(library->core, source->network, source->weights, &model));
  if ((failed = reshape(library, model, source, error)) != 0) goto done;
  if ((failed = prepare(library, model, source, &prepared, error)) != 0) goto done;
  OV_TRY("it cannot be compiled", compile(library, prepared, options, &made->compiled));
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

void ovface_close(OVNetwork *network) {
  if (network == NULL) return;
  network->library->compiledFree(network->compiled);
  free(network);
}

int ovface_request(
    OVNetwork *network, const char *const *outputs, int outputCount, OVRequest **request, OVError *error) {
  *request = NULL;
  const OVLibrary *library = network->library;
  int failed = 0;
  size_t count = (size_t)outputCount;
  OVRequest *made = calloc(1, sizeof *made);
  if (made == NULL) return ovface_fail(error, "out of memory");
  made->network = network;
  if (count == 0) OV_TRY("its outputs", library->compiledOutputs(network->compiled, &count));
  made->ports = calloc(count, sizeof *made->ports);
  made->names = calloc(count, sizeof *made->names);
  made->tensors = calloc(count, sizeof *made->tensors);
  made->shapes = calloc(count, sizeof *made->shapes);
  made->outputs = calloc(count, sizeof *made->outputs);
  if (!made->ports || !made->names || !made->tensors || !made->shapes || !made->outputs) {
    failed = ovface_fail(error, "out of memory");
    goto done;
  }
  made->count = (int)count;
  for (size_t i = 0; i < count; i++) {
    if (outputCount > 0) {
      made->names[i] = strdup(outputs[i]);
      if (library->compiledNamed(network->compiled, outputs[i], &made->ports[i]) != 0) {
        failed = ovface_fail(error, "the network has no output '%s'", outputs[i]);
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
  ovface_close_request(made);
  return failed;
}

/// Lets go of what the last run gave.
static void release(OVRequest *request) {
  const OVLibrary *library = request->network->library;
  for (int i = 0; i < request->count; i++) {
    if (request->shapes[i].dims != NULL) library->shapeFree(&request->shapes[i]);
    if (request->tensors[i] != NULL) library->tensorFree(request->tensors[i]);
    request->shapes[i] = (ov_shape){0, NULL};
    request->tensors[i] = NULL;
  }
}

void ovface_close_request(OVRequest *request) {
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

int ovface_run(
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
