// The declarations are those of exempi's C interface (xmp.h of 2.2 and later, unchanged since): nothing of it is needed to
// build. The library catches the exceptions of the C++ below it.
#include "CExempi.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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

cexempi_document *cexempi_parse(const char *data, size_t size) {
  cexempi_document *document = library.create();
  if (!document) return NULL;
  if (library.parse(document, data, size)) return document;
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
  // The library reads the first character of a value, also where there is none to read.
  return library.set(document, uri, path, value ? value : "", form);
}

int cexempi_set_text(cexempi_document *document, const char *uri, const char *path, const char *value) {
  return library.set_text(document, uri, path, "", "x-default", value, 0);
}

int cexempi_append(
    cexempi_document *document, const char *uri, const char *path, uint32_t array, const char *value, uint32_t form) {
  return library.append(document, uri, path, array, value, form);
}

int cexempi_delete(cexempi_document *document, const char *uri, const char *path) {
  return library.erase(document, uri, path);
}

char *cexempi_serialise(cexempi_document *document) {
  xmp_string *text = library.make_string();
  return taken(text, library.serialise(document, text, omit_packet, 0));
}
