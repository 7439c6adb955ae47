/* Needed first by our private libraries, which are opened with RTLD_DEEPBIND: their memory comes from
   where the process has its memory from, even if that is not the C library (jemalloc, tcmalloc, a
   sanitizer). This library itself is opened without that flag, so RTLD_DEFAULT is the process's view. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static int (*real_posix_memalign)(void **, size_t, size_t);
static void *(*real_aligned_alloc)(size_t, size_t);
static void *(*real_memalign)(size_t, size_t);
static size_t (*real_malloc_usable_size)(void *);

#define FIND(name) *(void **)&real_##name = dlsym(RTLD_DEFAULT, #name)

__attribute__((constructor)) static void find(void) {
    FIND(malloc);
    FIND(calloc);
    FIND(realloc);
    FIND(free);
    FIND(posix_memalign);
    FIND(aligned_alloc);
    FIND(memalign);
    FIND(malloc_usable_size);
}

void *malloc(size_t size) { return real_malloc(size); }
void *calloc(size_t count, size_t size) { return real_calloc(count, size); }
void *realloc(void *memory, size_t size) { return real_realloc(memory, size); }
void free(void *memory) { real_free(memory); }
int posix_memalign(void **memory, size_t alignment, size_t size) { return real_posix_memalign(memory, alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return real_aligned_alloc(alignment, size); }
void *memalign(size_t alignment, size_t size) { return real_memalign(alignment, size); }
size_t malloc_usable_size(void *memory) { return real_malloc_usable_size(memory); }
