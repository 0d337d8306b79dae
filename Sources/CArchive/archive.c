// S_IFREG and ssize_t in strict C11.
#define _DEFAULT_SOURCE 1

#include "CArchive.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>

// The part of libarchive 3's interface that is used here (archive.h, archive_entry.h).
enum { archiveEOF = 1, archiveOK = 0, archiveRetry = -10, archiveWarn = -20, archiveFailed = -25, archiveFatal = -30 };
enum { blockSize = 64 * 1024, retries = 3 };

struct archive;
struct archive_entry;

static struct {
  struct archive *(*new)(void);
  int (*free)(struct archive *);
  int (*formatZip)(struct archive *);
  int (*formatTar)(struct archive *);
  int (*filterGzip)(struct archive *);
  int (*filterBzip2)(struct archive *);
  int (*filterXz)(struct archive *);
  int (*filterZstd)(struct archive *);
  int (*open)(struct archive *, int, size_t);
  int (*next)(struct archive *, struct archive_entry **);
  ssize_t (*read)(struct archive *, void *, size_t);
  const char *(*message)(struct archive *);
  const char *(*name)(struct archive_entry *);
  const char *(*nameUTF8)(struct archive_entry *);
  int64_t (*size)(struct archive_entry *);
  int (*hasSize)(struct archive_entry *);
  mode_t (*type)(struct archive_entry *);
  const char *(*hardlink)(struct archive_entry *);
  int (*isEncrypted)(struct archive_entry *);
  int isLoaded;
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static int find(void *handle, void *function, const char *name) {
  // POSIX allows a pointer to a function to be stored as one to data.
  *(void **)function = dlsym(handle, name);
  return *(void **)function != NULL;
}

static void load(void) {
  static const char *const names[] = {
      "libarchive.so.13", "libarchive.so", "libarchive.13.dylib", "/opt/homebrew/opt/libarchive/lib/libarchive.13.dylib",
      "/usr/lib/libarchive.2.dylib"};
  void *handle = NULL;
  for (size_t i = 0; handle == NULL && i < sizeof names / sizeof *names; i++) handle = dlopen(names[i], RTLD_NOW);
  if (handle == NULL) return;
  library.isLoaded =
      find(handle, &library.new, "archive_read_new") && find(handle, &library.free, "archive_read_free")
      && find(handle, &library.formatZip, "archive_read_support_format_zip")
      && find(handle, &library.formatTar, "archive_read_support_format_tar")
      && find(handle, &library.filterGzip, "archive_read_support_filter_gzip")
      && find(handle, &library.filterBzip2, "archive_read_support_filter_bzip2")
      && find(handle, &library.filterXz, "archive_read_support_filter_xz")
      && find(handle, &library.filterZstd, "archive_read_support_filter_zstd")
      && find(handle, &library.open, "archive_read_open_fd")
      && find(handle, &library.next, "archive_read_next_header")
      && find(handle, &library.read, "archive_read_data")
      && find(handle, &library.message, "archive_error_string")
      && find(handle, &library.name, "archive_entry_pathname")
      && find(handle, &library.nameUTF8, "archive_entry_pathname_utf8")
      && find(handle, &library.size, "archive_entry_size")
      && find(handle, &library.hasSize, "archive_entry_size_is_set")
      && find(handle, &library.type, "archive_entry_filetype")
      && find(handle, &library.hardlink, "archive_entry_hardlink")
      && find(handle, &library.isEncrypted, "archive_entry_is_encrypted");
}

struct carchive_reader {
  struct archive *archive;
  /// Status of opening the archive; reported by the first call for a member.
  int openStatus;
};

int carchive_is_available(void) {
  pthread_once(&once, load);
  return library.isLoaded;
}

carchive_reader *carchive_open(int descriptor) {
  if (!carchive_is_available()) return NULL;
  carchive_reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL) return NULL;
  reader->archive = library.new();
  if (reader->archive == NULL) {
    free(reader);
    return NULL;
  }
  // Only these: each further format would expose more code to untrusted bytes.
  library.formatZip(reader->archive);
  library.formatTar(reader->archive);
  library.filterGzip(reader->archive);
  library.filterBzip2(reader->archive);
  library.filterXz(reader->archive);
  library.filterZstd(reader->archive);
  reader->openStatus = library.open(reader->archive, descriptor, blockSize);
  return reader;
}

carchive_status carchive_next(carchive_reader *reader, carchive_member *member) {
  if (reader->openStatus != archiveOK && reader->openStatus != archiveWarn) return carchive_failed;
  struct archive_entry *entry = NULL;
  int status = archiveRetry;
  for (int attempt = 0; status == archiveRetry && attempt < retries; attempt++) {
    status = library.next(reader->archive, &entry);
  }
  if (status == archiveEOF) return carchive_end;
  if ((status != archiveOK && status != archiveWarn) || entry == NULL) return carchive_failed;
  // In a C locale only the UTF-8 call returns the names of a zip. It returns NULL for those of a tar, which are raw bytes.
  const char *name = library.nameUTF8(entry);
  member->name = name != NULL ? name : library.name(entry);
  member->size = library.hasSize(entry) ? library.size(entry) : -1;
  member->isRegular = library.type(entry) == S_IFREG && library.hardlink(entry) == NULL;
  member->isEncrypted = library.isEncrypted(entry) != 0;
  return carchive_ok;
}

carchive_status carchive_read(carchive_reader *reader, void *bytes, size_t capacity, size_t *got) {
  ssize_t count = archiveRetry;
  for (int attempt = 0; count == archiveRetry && attempt < retries; attempt++) {
    count = library.read(reader->archive, bytes, capacity);
  }
  *got = count > 0 ? (size_t)count : 0;
  if (count >= 0) return carchive_ok;
  return count == archiveFatal ? carchive_failed : carchive_member_failed;
}

const char *carchive_message(carchive_reader *reader) {
  const char *message = library.message(reader->archive);
  return message != NULL ? message : "the archive is damaged";
}

void carchive_close(carchive_reader *reader) {
  library.free(reader->archive);
  free(reader);
}
