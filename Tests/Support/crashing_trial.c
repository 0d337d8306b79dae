// Preloaded by a test: ends the process that tries a network by the signal that a crash of its importer would raise.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>

__attribute__((constructor)) static void crash(void) {
  char arguments[4096];
  FILE *file = fopen("/proc/self/cmdline", "r");
  if (!file) return;
  const size_t count = fread(arguments, 1, sizeof arguments, file);
  fclose(file);
  const char name[] = "--try-network";
  if (memmem(arguments, count, name, sizeof name)) {
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
  }
}
