#include "support.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void print_line(char *target, size_t size, const char *format, va_list arguments) {
  vsnprintf(target, size, format, arguments);
  for (char *c = target; *c; c++)
    if (*c == '\n' || *c == '\r') *c = ' ';
  for (size_t n = strlen(target); n > 0 && target[n - 1] == ' '; n--) target[n - 1] = 0;
}

void cdecoders_fail(cdecoders_result *result, cdecoders_status status, const char *format, ...) {
  if (result->status != cdecoders_ok) return;
  result->status = status;
  va_list arguments;
  va_start(arguments, format);
  print_line(result->message, sizeof result->message, format, arguments);
  va_end(arguments);
}

void cdecoders_warn(cdecoders_result *result, const char *format, ...) {
  const int room = sizeof result->warnings / sizeof result->warnings[0];
  if (result->warning_count == room) return;
  char *line = result->warnings[result->warning_count];
  va_list arguments;
  va_start(arguments, format);
  print_line(line, sizeof result->warnings[0], format, arguments);
  va_end(arguments);
  for (int i = 0; i < result->warning_count; i++)
    if (strcmp(result->warnings[i], line) == 0) return;
  result->warning_count++;
}

void *cdecoders_open(const char *const *names) {
  for (; *names; names++) {
    void *handle = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
    if (handle) return handle;
  }
  return NULL;
}
