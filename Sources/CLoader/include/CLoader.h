#ifndef CLOADER_H
#define CLOADER_H

/// Returns the memory of the code that the program and its libraries have read so far to the system; what runs again is
/// read again, as the first time. Segments that can be written stay as they are. Does nothing outside Linux.
void cloader_return_code(void);

#endif
