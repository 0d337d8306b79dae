#ifndef CARCHIVE_H
#define CARCHIVE_H

#include <stddef.h>
#include <stdint.h>

/// Reads the members of zip and tar archives, one after another, through libarchive, which is looked for at run time:
/// whoever reads no archives needs no library. A reader belongs to one thread at a time.
typedef struct CArchiveReader CArchiveReader;

typedef enum CArchiveStatus {
  CArchiveOK,
  CArchiveEnd,
  /// This member cannot be read; the next may.
  CArchiveMemberFailed,
  /// Nothing more can be read.
  CArchiveFailed
} CArchiveStatus;

typedef struct CArchiveMember {
  /// Valid until the next member; NULL when the archive has none that can be told.
  const char *name;
  /// As the archive claims; -1 when it does not.
  int64_t size;
  int isRegular;
  int isEncrypted;
} CArchiveMember;

/// Whether the library is here.
int CArchiveIsAvailable(void);

/// NULL when the library is missing or memory is short. The descriptor stays the caller's, open until the close.
CArchiveReader *CArchiveOpen(int descriptor);
CArchiveStatus CArchiveNext(CArchiveReader *reader, CArchiveMember *member);
/// Reads up to `room` bytes of the member; `*got` is 0 at its end.
CArchiveStatus CArchiveRead(CArchiveReader *reader, void *bytes, size_t room, size_t *got);
/// What went wrong last; valid until the next call.
const char *CArchiveMessage(CArchiveReader *reader);
void CArchiveClose(CArchiveReader *reader);

#endif
