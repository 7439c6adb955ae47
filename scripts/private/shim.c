/* Needed first by our private libraries, which are opened with RTLD_DEEPBIND: what they ask of the process goes
   through here.
   - Memory comes from where the process has its memory from, even if that is not the C library (jemalloc, tcmalloc, a
     sanitizer). This library itself is opened without that flag, so RTLD_DEFAULT is the process's view.
   - Nothing of theirs runs when the process exits: destructors of libtorch and LiteRT would take a tenth of a second,
     and memory and code from under threads that still work. The system takes all of it back anyway.
   - What they print to the standard error goes line by line to whoever asked for it, else nowhere.
   Where a program links libtorch itself, as the laboratories do, the process's view begins with this library, whose
   functions are then asked for memory before its constructor runs: the next one's are the real ones, and the
   program exits and prints as ever. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static int (*real_posix_memalign)(void **, size_t, size_t);
static void *(*real_aligned_alloc)(size_t, size_t);
static void *(*real_memalign)(size_t, size_t);
static size_t (*real_malloc_usable_size)(void *);
static int (*real___cxa_atexit)(void (*)(void *), void *, void *);
static int (*real_vfprintf)(FILE *, const char *, va_list);
static int (*real_fputc)(int, FILE *);
static size_t (*real_fwrite)(const void *, size_t, size_t, FILE *);

static void find(void);
/* Whether the process sees the C library before this one. */
static int is_private;

static void *real(const char *name) {
    void *found = dlsym(RTLD_DEFAULT, name);
    Dl_info there, here;
    if (found && dladdr(found, &there) && dladdr((void *)find, &here) && there.dli_fbase == here.dli_fbase)
        return dlsym(RTLD_NEXT, name);
    is_private = 1;
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
    FIND(vfprintf);
    FIND(fputc);
    FIND(fwrite);
    is_private = 0;
    FIND(__cxa_atexit);
}

void *malloc(size_t size) { return REAL(malloc)(size); }
void *calloc(size_t count, size_t size) { return REAL(calloc)(count, size); }
void *realloc(void *memory, size_t size) { return REAL(realloc)(memory, size); }
void free(void *memory) { REAL(free)(memory); }
int posix_memalign(void **memory, size_t alignment, size_t size) { return REAL(posix_memalign)(memory, alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return REAL(aligned_alloc)(alignment, size); }
void *memalign(size_t alignment, size_t size) { return REAL(memalign)(alignment, size); }
size_t malloc_usable_size(void *memory) { return REAL(malloc_usable_size)(memory); }

int __cxa_atexit(void (*function)(void *), void *argument, void *library) {
    int (*next)(void (*)(void *), void *, void *) = REAL(__cxa_atexit);
    return is_private ? 0 : next(function, argument, library);
}

static void (*on_line)(const char *);

/* Whoever wants the lines that the libraries print: each call comes from the thread that printed. */
void aliyarface_on_line(void (*function)(const char *)) { on_line = function; }

static void print(const char *text, size_t length) {
    static __thread char line[1024];
    static __thread size_t filled;
    for (size_t at = 0; at < length; at++) {
        if (text[at] != '\n') line[filled++] = text[at];
        if (filled && (text[at] == '\n' || filled == sizeof line - 1)) {
            line[filled] = 0;
            filled = 0;
            if (on_line) on_line(line);
        }
    }
}

static int is_ours(FILE *file) { return is_private && file == stderr; }

/* Not by its public name, under which this library would find the C library's. */
static int format_to(FILE *file, const char *format, va_list arguments) {
    int (*next)(FILE *, const char *, va_list) = REAL(vfprintf);
    if (!is_ours(file)) return next(file, format, arguments);
    char text[2048];
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length > 0) print(text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
    return length;
}

int vfprintf(FILE *file, const char *format, va_list arguments) { return format_to(file, format, arguments); }

int fprintf(FILE *file, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = format_to(file, format, arguments);
    va_end(arguments);
    return length;
}

int fputc(int letter, FILE *file) {
    int (*next)(int, FILE *) = REAL(fputc);
    if (!is_ours(file)) return next(letter, file);
    char text = (char)letter;
    print(&text, 1);
    return (unsigned char)text;
}

size_t fwrite(const void *text, size_t size, size_t count, FILE *file) {
    size_t (*next)(const void *, size_t, size_t, FILE *) = REAL(fwrite);
    if (!is_ours(file)) return next(text, size, count, file);
    print(text, size * count);
    return count;
}
