#ifndef CARCHIVE_H
#define CARCHIVE_H

#include <stddef.h>
#include <stdint.h>

/// Reads the members of zip and tar archives, one after another, through libarchive, which is opened at run time: it is
/// needed only to read archives. One thread at a time may use a reader.
typedef struct carchive_reader carchive_reader;

typedef enum carchive_status {
  carchive_ok,
  carchive_end,
  /// This member cannot be read; the next one may.
  carchive_member_failed,
  /// Nothing more can be read.
  carchive_failed
} carchive_status;

typedef enum carchive_type {
  carchive_regular,
  carchive_folder,
  /// A symbolic link, or a second name of an earlier member.
  carchive_link,
  /// A pipe or a device.
  carchive_special
} carchive_type;

typedef struct carchive_member {
  /// Valid until the next member; NULL if the archive has none that can be decoded.
  const char *name;
  /// Size in bytes that the archive declares; -1 if it declares none.
  int64_t size;
  carchive_type type;
  int isEncrypted;
} carchive_member;

/// Whether libarchive is installed.
int carchive_is_available(void);

/// Opens an archive; returns NULL if the library is missing or memory is short. The caller keeps the descriptor, and
/// closes it after the reader.
///
/// `head` are the first `count` bytes of the archive if they were read from the descriptor already; they are copied.
carchive_reader *carchive_open(int descriptor, const void *head, size_t count);
/// Moves to the next member and describes it in `*member`.
carchive_status carchive_next(carchive_reader *reader, carchive_member *member);
/// Reads up to `capacity` bytes of the member; `*got` is 0 at its end.
carchive_status carchive_read(carchive_reader *reader, void *bytes, size_t capacity, size_t *got);
/// Whether the archive is a tar, as far as the members so far show.
int carchive_is_tar(carchive_reader *reader);
/// Returns the message of the last error; valid until the next call.
const char *carchive_message(carchive_reader *reader);
/// Whether the last error is no damage: reading the archive or the member takes more than is allowed or installed.
int carchive_is_refused(carchive_reader *reader);
void carchive_close(carchive_reader *reader);

/// Unpacks gzip or zlib data, recognised by their header.
typedef struct carchive_inflater carchive_inflater;

typedef enum carchive_inflated {
  /// More may follow.
  carchive_inflated_part,
  /// The end of the data; bytes after it were not taken.
  carchive_inflated_end,
  carchive_inflated_damaged
} carchive_inflated;

/// Returns NULL if memory is short.
carchive_inflater *carchive_inflater_open(void);
/// Unpacks some of `count` bytes into `target`; `*taken` and `*given` are the numbers of bytes of both.
carchive_inflated carchive_inflate(carchive_inflater *inflater, const void *bytes, size_t count, size_t *taken,
                                   void *target, size_t capacity, size_t *given);
/// Prepares for further data after the end, as in a gzip file of several parts; returns 0 if that fails.
int carchive_inflater_restart(carchive_inflater *inflater);
void carchive_inflater_close(carchive_inflater *inflater);

#endif
