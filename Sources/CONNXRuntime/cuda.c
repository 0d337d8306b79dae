#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "CONNXRuntime.h"

// The part of CUDA's driver API that lists devices. The driver is opened, and not linked: most machines have none.
typedef int cu_result;  // 0: success

enum { cu_no_device = 100, max_name = 256 };

static int refuse(ORTError *error, const char *doing, const char *why) {
  if (error != NULL) snprintf(error->message, sizeof error->message, "%s%s", doing, why);
  return -1;
}

int connxruntime_cuda_devices(char *names, size_t capacity, ORTError *error) {
  if (capacity > 0) names[0] = 0;
  // It stays open: CUDA's own libraries use it as long as the process lives.
  void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (driver == NULL) return refuse(error, "no NVIDIA driver: ", dlerror());
  cu_result (*start)(unsigned int) = NULL;
  cu_result (*count)(int *) = NULL;
  cu_result (*name)(char *, int, int) = NULL;
  *(void **)&start = dlsym(driver, "cuInit");
  *(void **)&count = dlsym(driver, "cuDeviceGetCount");
  *(void **)&name = dlsym(driver, "cuDeviceGetName");
  if (start == NULL || count == NULL || name == NULL) return refuse(error, "libcuda.so.1 is no CUDA driver", "");
  char code[16];
  cu_result status = start(0);
  int devices = 0;
  if (status == 0) status = count(&devices);
  if (status == cu_no_device || (status == 0 && devices <= 0))
    return refuse(error, "the NVIDIA driver finds no device", "");
  if (status != 0) {
    snprintf(code, sizeof code, "%d", status);
    return refuse(error, "the NVIDIA driver does not start: CUDA error ", code);
  }
  size_t used = 0;
  for (int device = 0; device < devices; device++) {
    char text[max_name] = "";
    if (name(text, sizeof text, device) != 0) snprintf(text, sizeof text, "device %d", device);
    text[sizeof text - 1] = 0;
    const int length = snprintf(names + used, capacity - used, "%s%s", used > 0 ? "\n" : "", text);
    if (length < 0 || (size_t)length >= capacity - used) break;
    used += (size_t)length;
  }
  return devices;
}
