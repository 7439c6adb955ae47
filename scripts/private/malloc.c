/* Needed first by our private libraries, which are opened with RTLD_DEEPBIND: their memory comes from
   where the process has its memory from, even if that is not the C library (jemalloc, tcmalloc, a
   sanitizer). This library itself is opened without that flag, so RTLD_DEFAULT is the process's view;
   where a program links libtorch itself, as the laboratories do, that view begins with this library,
   whose functions are then asked for memory before its constructor runs: the next one's are the real ones. */
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

static void find(void);

static void *real(const char *name) {
    void *found = dlsym(RTLD_DEFAULT, name);
    Dl_info there, here;
    if (found && dladdr(found, &there) && dladdr((void *)find, &here) && there.dli_fbase == here.dli_fbase)
        return dlsym(RTLD_NEXT, name);
    return found;
}

#define FIND(name) *(void **)&real_##name = real(#name)
#define REAL(name) (real_##name ? real_##name : (find(), real_##name))

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

void *malloc(size_t size) { return REAL(malloc)(size); }
void *calloc(size_t count, size_t size) { return REAL(calloc)(count, size); }
void *realloc(void *memory, size_t size) { return REAL(realloc)(memory, size); }
void free(void *memory) { REAL(free)(memory); }
int posix_memalign(void **memory, size_t alignment, size_t size) { return REAL(posix_memalign)(memory, alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return REAL(aligned_alloc)(alignment, size); }
void *memalign(size_t alignment, size_t size) { return REAL(memalign)(alignment, size); }
size_t malloc_usable_size(void *memory) { return REAL(malloc_usable_size)(memory); }
