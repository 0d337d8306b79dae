#define _GNU_SOURCE
#include "CLoader.h"

#ifdef __linux__
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/// Returns the segments of one object that cannot be written. Called with the loader's lock, so that no library is closed
/// meanwhile.
static int return_object(struct dl_phdr_info *object, size_t size, void *context) {
  (void)size;
  (void)context;
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
    // Pages that a segment begins or ends in may hold a part of its neighbour.
    const uintptr_t start = (object->dlpi_addr + segment->p_vaddr + page - 1) / page * page;
    const uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_memsz) / page * page;
    if (start < end) (void)madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return 0;
}

void cloader_return_code(void) { (void)dl_iterate_phdr(return_object, NULL); }
#else
void cloader_return_code(void) {}
#endif
