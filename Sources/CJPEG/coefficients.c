#include "internal.h"
#include <stdatomic.h>
#include <sys/mman.h>

// The coefficients of a picture in several scans: 3 bytes a pixel with 4:2:0, held until its last scan is read.
//
// libjpeg's own manager takes them from malloc, block by block, and zeroes them: of 9 MP that is 6,600 page faults, a
// fifth of what imgrec spends on such a picture. Here they are one mapping, in huge pages where the system has them, and
// it is there for the next picture too. libjpeg leaves the methods of its memory manager to be replaced (libjpeg.txt,
// "Memory management").

// What all decoders together may keep between pictures.
enum { most_kept = 128 << 20 };
static _Atomic size_t kept;

struct jvirt_barray_control {
  JBLOCKARRAY rows;
  JDIMENSION blocks_a_row, row_count;
  struct jvirt_barray_control *next;
};

static jvirt_barray_ptr request(
    j_common_ptr info, int pool, boolean zeroed, JDIMENSION blocks_a_row, JDIMENSION row_count, JDIMENSION at_once) {
  (void)zeroed, (void)at_once;
  cjpeg_decoder *d = info->client_data;
  jvirt_barray_ptr array = info->mem->alloc_small(info, pool, sizeof *array);
  *array = (struct jvirt_barray_control){.blocks_a_row = blocks_a_row, .row_count = row_count, .next = d->arrays};
  d->arrays = array;
  return array;
}

static void let_go(cjpeg_decoder *d) {
  if (!d->coefficients) return;
  munmap(d->coefficients, d->coefficients_size);
  if (d->coefficients_kept) atomic_fetch_sub(&kept, d->coefficients_size);
  d->coefficients = NULL;
  d->coefficients_size = 0;
  d->coefficients_kept = 0;
}

static void realize(j_common_ptr info) {
  cjpeg_decoder *d = info->client_data;
  d->realize(info);
  size_t size = 0;
  for (jvirt_barray_ptr array = d->arrays; array; array = array->next)
    if (!array->rows) size += (size_t)array->blocks_a_row * array->row_count * sizeof(JBLOCK);
  if (size == 0) return;
  if (d->coefficients_used) ERREXIT(info, JERR_BAD_VIRTUAL_ACCESS);  // libjpeg asks once a picture
  if (d->coefficients_size >= size) {
    memset(d->coefficients, 0, size);
  } else {
    let_go(d);
    void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
    d->coefficients = room;
    d->coefficients_size = size;
#ifdef MADV_HUGEPAGE
    madvise(room, size, MADV_HUGEPAGE);
#endif
  }
  d->coefficients_used = 1;
  JBLOCKROW row = d->coefficients;
  for (jvirt_barray_ptr array = d->arrays; array; array = array->next) {
    if (array->rows) continue;
    array->rows = info->mem->alloc_small(info, JPOOL_IMAGE, array->row_count * sizeof(JBLOCKROW));
    for (JDIMENSION y = 0; y < array->row_count; y++, row += array->blocks_a_row) array->rows[y] = row;
  }
}

static JBLOCKARRAY look(
    j_common_ptr info, jvirt_barray_ptr array, JDIMENSION first, JDIMENSION count, boolean writable) {
  (void)writable;
  if (!array->rows || first > array->row_count || count > array->row_count - first)
    ERREXIT(info, JERR_BAD_VIRTUAL_ACCESS);
  return array->rows + first;
}

void cjpeg_take_coefficients(cjpeg_decoder *d) {
  struct jpeg_memory_mgr *memory = d->info.mem;
  d->realize = memory->realize_virt_arrays;
  memory->request_virt_barray = request;
  memory->realize_virt_arrays = realize;
  memory->access_virt_barray = look;
}

void cjpeg_share_coefficients(struct jpeg_compress_struct *encoder) { encoder->mem->access_virt_barray = look; }

void cjpeg_put_coefficients(cjpeg_decoder *d) {
  d->arrays = NULL;
  d->coefficients_used = 0;
  if (!d->coefficients || d->coefficients_kept) return;
  if (atomic_fetch_add(&kept, d->coefficients_size) + d->coefficients_size <= most_kept) {
    d->coefficients_kept = 1;
  } else {
    atomic_fetch_sub(&kept, d->coefficients_size);
    let_go(d);
  }
}

void cjpeg_free_coefficients(cjpeg_decoder *d) { let_go(d); }
