// XMP by libexempi, which is opened at run time. One thread at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Properties of a picture, as a tree.
typedef struct cexempi_document cexempi_document;

/// Forms of a value, in the bits of XMP's specification.
enum {
  cexempi_struct = 0x100,
  cexempi_bag = 0x200,
  cexempi_list = 0x600,
  cexempi_alternatives = 0x1e00,
};

/// Opens the library; returns 0 if it is missing.
int cexempi_open(void);

/// Makes `prefix` (without a colon) the prefix of `uri`, unless the library has another for it. Returns 0 on failure.
int cexempi_register(const char *uri, const char *prefix);

/// Parses `size` bytes of RDF in x:xmpmeta; returns NULL if they are none.
cexempi_document *cexempi_parse(const char *data, size_t size);

/// What the library printed at the last call of the others here, as a line; empty if nothing.
const char *cexempi_message(void);

void cexempi_free(cexempi_document *document);

/// The value at `path` (a name, or a path such as a:b/c:d[1]) as a string that the caller frees; NULL without one. Sets
/// `form` to its option bits.
char *cexempi_get(cexempi_document *document, const char *uri, const char *path, uint32_t *form);

/// The text of x-default, or else the first, of an array of languages, as cexempi_get.
char *cexempi_get_text(cexempi_document *document, const char *uri, const char *path);

/// Each returns 0 on failure. `value` may be NULL for a structure or an array.
int cexempi_set(cexempi_document *document, const char *uri, const char *path, const char *value, uint32_t form);
int cexempi_set_text(cexempi_document *document, const char *uri, const char *path, const char *value);
int cexempi_append(
    cexempi_document *document, const char *uri, const char *path, uint32_t array, const char *value, uint32_t form);
int cexempi_delete(cexempi_document *document, const char *uri, const char *path);

/// The document as RDF in x:xmpmeta, without a packet around it, as a string that the caller frees; NULL on failure.
char *cexempi_serialise(cexempi_document *document);

#ifdef __cplusplus
}
#endif
