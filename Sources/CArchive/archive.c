// S_IFREG and ssize_t in strict C11.
#define _DEFAULT_SOURCE 1

#include "CArchive.h"
#include "xz.h"

#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

// The part of libarchive 3's interface that is used here (archive.h, archive_entry.h).
enum { archiveEOF = 1, archiveOK = 0, archiveRetry = -10, archiveWarn = -20, archiveFailed = -25, archiveFatal = -30 };
enum { formatMask = 0xff0000, formatOfTar = 0x30000 };
enum { blockSize = 64 * 1024, retries = 3 };

// libzstd's words for a window above its limit of 128 MiB.
static const char tooMuchMemory[] = "requires too much memory";

struct archive;
struct archive_entry;
typedef ssize_t readCallback(struct archive *, void *, const void **);

static struct {
  struct archive *(*new)(void);
  int (*free)(struct archive *);
  int (*formatZip)(struct archive *);
  int (*formatTar)(struct archive *);
  int (*filterGzip)(struct archive *);
  int (*filterBzip2)(struct archive *);
  int (*filterZstd)(struct archive *);
  int (*open)(struct archive *, int, size_t);
  int (*openStream)(struct archive *, void *, int (*)(struct archive *, void *), readCallback *,
                    int (*)(struct archive *, void *));
  int (*filterCount)(struct archive *);
  int (*format)(struct archive *);
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

// libarchive converts the names of zips and of pax headers from UTF-8 to the encoding of the locale, and gives none that
// cannot be converted. The program itself stays in the C locale, so that numbers and messages do not depend on the user's.
static locale_t utf8;

static void findLocale(void) {
  static const char *const names[] = {"C.UTF-8", "C.utf8", "UTF-8", "en_US.UTF-8"};
  for (size_t i = 0; utf8 == (locale_t)0 && i < sizeof names / sizeof *names; i++) {
    utf8 = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);
  }
}

// Switches this thread to UTF-8; returns the locale that `leave` restores.
static locale_t enter(void) { return utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0; }

static void leave(locale_t before) {
  if (before != (locale_t)0) uselocale(before);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static int find(void *handle, void *function, const char *name) {
  // POSIX allows a pointer to a function to be stored as one to data.
  *(void **)function = dlsym(handle, name);
  return *(void **)function != NULL;
}

static void load(void) {
  findLocale();
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
      && find(handle, &library.filterZstd, "archive_read_support_filter_zstd")
      && find(handle, &library.open, "archive_read_open_fd")
      && find(handle, &library.openStream, "archive_read_open")
      && find(handle, &library.filterCount, "archive_filter_count")
      && find(handle, &library.format, "archive_format")
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
  int descriptor;
  /// The first bytes of a stream, until they have been passed on.
  void *head;
  size_t headCount;
  /// What unpacks an xz archive before libarchive reads it; NULL for the others.
  carchive_xz *xz;
  /// Why an archive is refused that may be sound; empty if it is not.
  char refusal[200];
  char block[blockSize];
};

static ssize_t readSource(void *context, const void **bytes) {
  carchive_reader *reader = context;
  if (reader->headCount > 0) {
    *bytes = reader->head;
    ssize_t count = (ssize_t)reader->headCount;
    reader->headCount = 0;
    return count;
  }
  *bytes = reader->block;
  while (1) {
    ssize_t got = read(reader->descriptor, reader->block, sizeof reader->block);
    if (got >= 0) return got;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      struct pollfd wait = {.fd = reader->descriptor, .events = POLLIN};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return -1;
    }
  }
}

static ssize_t readStream(struct archive *archive, void *data, const void **bytes) {
  (void)archive;
  carchive_reader *reader = data;
  return reader->xz != NULL ? carchive_xz_read(reader->xz, bytes) : readSource(reader, bytes);
}

// Whether the archive is xz, by its first bytes: those of a stream, or those of a file at the descriptor's position.
static int isXz(int descriptor, const void *head, size_t count) {
  char first[8];
  if (count > 0) return carchive_xz_matches(head, count);
  off_t position = lseek(descriptor, 0, SEEK_CUR);
  ssize_t got = position < 0 ? 0 : pread(descriptor, first, sizeof first, position);
  return carchive_xz_matches(first, got > 0 ? (size_t)got : 0);
}

static void refuse(carchive_reader *reader, const char *reason) {
  snprintf(reader->refusal, sizeof reader->refusal, "%s", reason);
}

int carchive_is_available(void) {
  pthread_once(&once, load);
  return library.isLoaded;
}

carchive_reader *carchive_open(int descriptor, const void *head, size_t count) {
  if (!carchive_is_available()) return NULL;
  carchive_reader *reader = calloc(1, sizeof *reader);
  if (reader == NULL) return NULL;
  reader->descriptor = descriptor;
  reader->head = count > 0 ? malloc(count) : NULL;
  reader->archive = library.new();
  if (reader->archive == NULL || (count > 0 && reader->head == NULL)) {
    if (reader->archive != NULL) library.free(reader->archive);
    free(reader->head);
    free(reader);
    return NULL;
  }
  // Only these: each further format would expose more code to untrusted bytes.
  library.formatZip(reader->archive);
  library.formatTar(reader->archive);
  library.filterGzip(reader->archive);
  library.filterBzip2(reader->archive);
  library.filterZstd(reader->archive);
  locale_t before = enter();
  if (count > 0) memcpy(reader->head, head, count);
  reader->headCount = count;
  int isPacked = isXz(descriptor, head, count);
  if (isPacked) {
    reader->xz = carchive_xz_open(readSource, reader);
    if (reader->xz == NULL) refuse(reader, "archives in xz need liblzma, which is not installed");
  }
  if (reader->refusal[0] != 0) {
    reader->openStatus = archiveFatal;
  } else if (count > 0 || isPacked) {
    reader->openStatus = library.openStream(reader->archive, reader, NULL, readStream, NULL);
  } else {
    reader->openStatus = library.open(reader->archive, descriptor, blockSize);
  }
  leave(before);
  // The last filter is none. Each more would hold a window of its own.
  if (reader->openStatus == archiveOK && library.filterCount(reader->archive) > (isPacked ? 1 : 2)) {
    refuse(reader, "the archive is compressed more than once; unpack the outer layer first");
    reader->openStatus = archiveFatal;
  }
  return reader;
}

static carchive_type typeOf(struct archive_entry *entry) {
  if (library.hardlink(entry) != NULL) return carchive_link;
  switch (library.type(entry)) {
    // A zip of Windows or of a script may state no type.
    case 0:
    case S_IFREG: return carchive_regular;
    case S_IFDIR: return carchive_folder;
    case S_IFLNK: return carchive_link;
    default: return carchive_special;
  }
}

carchive_status carchive_next(carchive_reader *reader, carchive_member *member) {
  if (reader->openStatus != archiveOK && reader->openStatus != archiveWarn) return carchive_failed;
  struct archive_entry *entry = NULL;
  locale_t before = enter();
  int status = archiveRetry;
  for (int attempt = 0; status == archiveRetry && attempt < retries; attempt++) {
    status = library.next(reader->archive, &entry);
  }
  int isMember = (status == archiveOK || status == archiveWarn) && entry != NULL;
  if (isMember) {
    // The bytes as they are in the archive, whatever their encoding; otherwise the form that libarchive could decode.
    const char *name = library.name(entry);
    member->name = name != NULL ? name : library.nameUTF8(entry);
    member->size = library.hasSize(entry) ? library.size(entry) : -1;
    member->type = typeOf(entry);
    member->isEncrypted = library.isEncrypted(entry) != 0;
  }
  leave(before);
  return isMember ? carchive_ok : status == archiveEOF ? carchive_end : carchive_failed;
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

int carchive_is_tar(carchive_reader *reader) {
  return (library.format(reader->archive) & formatMask) == formatOfTar;
}

const char *carchive_message(carchive_reader *reader) {
  if (reader->refusal[0] != 0) return reader->refusal;
  int isRefused = 0;
  const char *unpacking = reader->xz != NULL ? carchive_xz_message(reader->xz, &isRefused) : NULL;
  if (unpacking != NULL) return unpacking;
  const char *message = library.message(reader->archive);
  if (message != NULL && strstr(message, tooMuchMemory) != NULL) {
    return "unpacking this takes a window of more than 128 MiB; compress it with zstd without --long or --ultra";
  }
  return message != NULL ? message : "the archive is damaged";
}

int carchive_is_refused(carchive_reader *reader) {
  int isRefused = 0;
  if (reader->xz != NULL) carchive_xz_message(reader->xz, &isRefused);
  const char *message = library.message(reader->archive);
  return isRefused || reader->refusal[0] != 0 || (message != NULL && strstr(message, tooMuchMemory) != NULL);
}

void carchive_close(carchive_reader *reader) {
  library.free(reader->archive);
  carchive_xz_close(reader->xz);
  free(reader->head);
  free(reader);
}
