#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "COpenVINO.h"
#include "api.h"
#include "error.h"

int copenvino_fail(OVError *error, const char *format, ...) {
  if (error != NULL) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    for (char *c = error->message; *c != 0; c++)
      if (*c == '\n' || *c == '\r' || *c == '\t') *c = ' ';
    for (size_t end = strlen(error->message); end > 0 && error->message[end - 1] == ' '; end--)
      error->message[end - 1] = 0;
  }
  return 1;
}

int copenvino_refused(const OVLibrary *library, ov_status status, const char *doing, OVError *error) {
  const char *last = library->lastError();
  const char *text = last != NULL && *last != 0 ? last : library->errorInfo(status);
  // The message proper follows "Exception from src/…:12:" and "Check 'x' failed at src/…:12: ".
  const char *line = text;
  for (const char *c = text; *c != 0; c++)
    if (*c == '\n' && c[1] != 0 && strncmp(line, "Exception from ", 15) == 0) line = c + 1;
  const char *location = strncmp(line, "Check '", 7) == 0 ? strstr(line, "' failed at ") : NULL;
  for (const char *c = location; c != NULL && *c != 0; c++)
    if (c[0] == ':' && (c[1] == ' ' || c[1] == '\n') && c[2] != 0) {
      line = c + 2;
      break;
    }
  copenvino_fail(error, "%s: %s", doing, line);
  if (last != NULL) library->free(last);
  return 1;
}

/// Whether the element types have the numbers of api.h, which changed with 2025.
static int numbersFit(const OVLibrary *library) {
  int64_t eight = 8;
  const ov_shape shape = {1, &eight};
  const struct {
    int type;
    size_t bytes;
  } expected[] = {{ov_u8, 8}, {ov_f32, 32}};
  for (size_t i = 0; i < 2; i++) {
    ov_tensor *tensor = NULL;
    size_t bytes = 0;
    if (library->tensorCreate(expected[i].type, shape, &tensor) != 0) return 0;
    library->tensorBytes(tensor, &bytes);
    library->tensorFree(tensor);
    if (bytes != expected[i].bytes) return 0;
  }
  return 1;
}

int copenvino_open(const char *path, OVLibrary **opened, OVError *error) {
  *opened = NULL;
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return copenvino_fail(error, "%s", dlerror());
  OVLibrary *library = calloc(1, sizeof *library);
  if (library == NULL) return copenvino_fail(error, "out of memory");

#define OV_FIND(field, symbol, result, parameters)                                            \
  *(void **)&library->field = dlsym(handle, #symbol);                                         \
  if (library->field == NULL) {                                                               \
    free(library);                                                                            \
    return copenvino_fail(error, "it has no " #symbol ": too old, or not OpenVINO's C library"); \
  }
  OV_FUNCTIONS(OV_FIND)
#undef OV_FIND

  Dl_info info;
  if (dladdr(*(void **)&library->version, &info) != 0 && info.dli_fname != NULL)
    snprintf(library->path, sizeof library->path, "%s", info.dli_fname);
  ov_version version = {NULL, NULL};
  if (library->version(&version) == 0 && version.build_number != NULL) {
    // The branch comes after the second dash's revision.
    snprintf(library->version_text, sizeof library->version_text, "%s", version.build_number);
    char *dash = library->version_text;
    for (int dashes = 0; *dash != 0; dash++)
      if (*dash == '-' && ++dashes == 3) *dash-- = 0;
    library->versionFree(&version);
  }
  int failed = 0;
  if (!numbersFit(library))
    failed = copenvino_fail(error, "version %s is too old: 2025.0 or later is needed", library->version_text);
  else if (library->coreCreate(&library->core) != 0)
    failed = copenvino_fail(error, "version %s does not start", library->version_text);
  if (failed) {
    free(library);
    return 1;
  }
  *opened = library;
  return 0;
}

const char *copenvino_version(const OVLibrary *library) { return library->version_text; }

const char *copenvino_path(const OVLibrary *library) { return library->path; }

void copenvino_processor(const OVLibrary *library, char *text, size_t capacity) {
  const char *const properties[] = {"FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES"};
  size_t used = 0;
  text[0] = 0;
  for (size_t i = 0; i < 2 && used + 1 < capacity; i++) {
    char *value = NULL;
    if (library->getProperty(library->core, "CPU", properties[i], &value) != 0 || value == NULL) continue;
    const int length = snprintf(text + used, capacity - used, "%s ", value);
    if (length > 0) used += (size_t)length;
    library->free(value);
  }
}

int copenvino_gpus(const OVLibrary *library, char *names, size_t capacity) {
  size_t used = 0;
  int count = 0;
  if (capacity > 0) names[0] = 0;
  ov_devices devices = {NULL, 0};
  if (library->devices(library->core, &devices) != 0) return 0;
  for (size_t i = 0; i < devices.size; i++) {
    // "GPU", or "GPU.0" and so on if there are several.
    const char *device = devices.devices[i];
    if (strncmp(device, "GPU", 3) != 0 || (device[3] != 0 && device[3] != '.')) continue;
    count++;
    char *name = NULL;
    if (library->getProperty(library->core, device, "FULL_DEVICE_NAME", &name) != 0) name = NULL;
    const int length =
        snprintf(names + used, capacity - used, "%s%s", used > 0 ? "\n" : "", name != NULL ? name : device);
    if (name != NULL) library->free(name);
    if (length < 0 || (size_t)length >= capacity - used) break;
    used += (size_t)length;
  }
  library->devicesFree(&devices);
  return count;
}
