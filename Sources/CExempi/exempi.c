// The declarations are those of exempi's C interface (xmp.h of 2.2 and later, unchanged since): nothing of it is needed to
// build. The library catches the exceptions of the C++ below it.
#define _GNU_SOURCE 1
#include "CExempi.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct xmp_string xmp_string;

// Field, name of the function, result, parameters.
#define FUNCTIONS(X)                                                                                                    \
  X(start, xmp_init, bool, (void))                                                                                      \
  X(register_namespace, xmp_register_namespace, bool, (const char *, const char *, xmp_string *))                      \
  X(create, xmp_new_empty, cexempi_document *, (void))                                                                  \
  X(destroy, xmp_free, bool, (cexempi_document *))                                                                      \
  X(parse, xmp_parse, bool, (cexempi_document *, const char *, size_t))                                                 \
  X(serialise, xmp_serialize, bool, (cexempi_document *, xmp_string *, uint32_t, uint32_t))                             \
  X(get, xmp_get_property, bool, (cexempi_document *, const char *, const char *, xmp_string *, uint32_t *))            \
  X(set, xmp_set_property, bool, (cexempi_document *, const char *, const char *, const char *, uint32_t))              \
  X(append, xmp_append_array_item, bool,                                                                                \
    (cexempi_document *, const char *, const char *, uint32_t, const char *, uint32_t))                                 \
  X(erase, xmp_delete_property, bool, (cexempi_document *, const char *, const char *))                                 \
  X(get_text, xmp_get_localized_text, bool,                                                                             \
    (cexempi_document *, const char *, const char *, const char *, const char *, xmp_string *, xmp_string *, uint32_t *)) \
  X(set_text, xmp_set_localized_text, bool,                                                                             \
    (cexempi_document *, const char *, const char *, const char *, const char *, const char *, uint32_t))               \
  X(make_string, xmp_string_new, xmp_string *, (void))                                                                  \
  X(free_string, xmp_string_free, void, (xmp_string *))                                                                 \
  X(characters, xmp_string_cstr, const char *, (xmp_string *))

static struct {
#define FIELD(field, name, result, parameters) result(*field) parameters;
  FUNCTIONS(FIELD)
#undef FIELD
  int is_open;
} library;

enum { omit_packet = 0x10 };

int cexempi_open(void) {
  if (library.is_open) return 1;
  static const char *const names[] = {
      "libexempi.so.8", "libexempi.so.3", "libexempi.8.dylib", "/opt/homebrew/lib/libexempi.8.dylib", NULL};
  void *handle = NULL;
  for (const char *const *name = names; *name && !handle; name++) handle = dlopen(*name, RTLD_NOW | RTLD_LOCAL);
  if (!handle) return 0;
#define FIND(field, name, result, parameters)            \
  *(void **)&library.field = dlsym(handle, #name);       \
  if (!library.field) return 0;
  FUNCTIONS(FIND)
#undef FIND
  library.is_open = library.start();
  return library.is_open;
}

int cexempi_register(const char *uri, const char *prefix) {
  xmp_string *found = library.make_string();
  const int done = library.register_namespace(uri, prefix, found);
  library.free_string(found);
  return done;
}

/// The library prints its errors on standard error, which is a pipe meanwhile.
typedef struct {
  int saved, from, to;
} listener;

static char message[128];

static listener start_listening(void) {
  listener it = {-1, -1, -1};
  int ends[2];
  message[0] = 0;
  if (pipe(ends) != 0) return it;
  it.from = ends[0], it.to = ends[1];
  for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC), fcntl(ends[i], F_SETFL, O_NONBLOCK);
  fflush(stderr);
  it.saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (it.saved >= 0) dup2(it.to, STDERR_FILENO);
  return it;
}

/// Ends listening, keeps the first line that was printed, and returns `done`.
static int heard(listener it, int done) {
  if (it.saved >= 0) {
    dup2(it.saved, STDERR_FILENO);
    close(it.saved);
  }
  if (it.from < 0) return done;
  const ssize_t count = read(it.from, message, sizeof message - 1);
  message[count > 0 ? count : 0] = 0;
  message[strcspn(message, "\n")] = 0;
  close(it.from);
  close(it.to);
  return done;
}

const char *cexempi_message(void) { return message; }

cexempi_document *cexempi_parse(const char *data, size_t size) {
  cexempi_document *document = library.create();
  if (!document) return NULL;
  const listener listener = start_listening();
  if (heard(listener, library.parse(document, data, size))) return document;
  library.destroy(document);
  return NULL;
}

void cexempi_free(cexempi_document *document) { library.destroy(document); }

/// The copy of a string that was filled if `is_filled`; frees the string.
static char *taken(xmp_string *string, int is_filled) {
  const char *characters = is_filled ? library.characters(string) : NULL;
  const size_t size = characters ? strlen(characters) + 1 : 0;
  char *copy = size > 0 ? malloc(size) : NULL;
  if (copy) memcpy(copy, characters, size);
  library.free_string(string);
  return copy;
}

char *cexempi_get(cexempi_document *document, const char *uri, const char *path, uint32_t *form) {
  xmp_string *value = library.make_string();
  return taken(value, library.get(document, uri, path, value, form));
}

char *cexempi_get_text(cexempi_document *document, const char *uri, const char *path) {
  xmp_string *language = library.make_string();
  xmp_string *value = library.make_string();
  uint32_t form = 0;
  const int found = library.get_text(document, uri, path, "", "x-default", language, value, &form);
  library.free_string(language);
  return taken(value, found);
}

int cexempi_set(cexempi_document *document, const char *uri, const char *path, const char *value, uint32_t form) {
  // The library reads the first character of a value, also of no value.
  const listener listener = start_listening();
  return heard(listener, library.set(document, uri, path, value ? value : "", form));
}

int cexempi_set_text(cexempi_document *document, const char *uri, const char *path, const char *value) {
  const listener listener = start_listening();
  return heard(listener, library.set_text(document, uri, path, "", "x-default", value, 0));
}

int cexempi_append(
    cexempi_document *document, const char *uri, const char *path, uint32_t array, const char *value, uint32_t form) {
  const listener listener = start_listening();
  return heard(listener, library.append(document, uri, path, array, value, form));
}

int cexempi_delete(cexempi_document *document, const char *uri, const char *path) {
  const listener listener = start_listening();
  return heard(listener, library.erase(document, uri, path));
}

char *cexempi_serialise(cexempi_document *document) {
  xmp_string *text = library.make_string();
  const listener listener = start_listening();
  return taken(text, heard(listener, library.serialise(document, text, omit_packet, 0)));
}
