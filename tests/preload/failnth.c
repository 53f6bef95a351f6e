/*
 * Makes calls of functions fail.
 *     FAIL_CALL=write FAIL_NTH=3 FAIL_ERRNO=5   the third write(2) fails with EIO
 *     FAIL_CALL=memory                          the n-th call that takes memory, whatever its name
 *     FAIL_CALL=each FAIL_ONCE=FILE             the first call from every place in the program that
 * no run with this FILE has let fail before; a place is where the call is and, if a library makes
 * it, where the program called that. FILE: zeros, 256 bytes a place
 *     FAIL_MOST=1                               so many in this run
 *     FAIL_ERRNOS=":open=13:send=105:"          with what, if not with FAIL_ERRNO
 *     FAIL_WHERE=anywhere                       memory that libraries take, too; else the program's
 *     FAIL_RAISE=2                              the call does its work, but a signal comes first
 *     FAIL_COUNT=FILE                           at exit: how many calls of each there were
 *     FAIL_LIVE=FILE                            at exit: what memory was not freed, and open files
 *     FAIL_TRACE=FILE                           where those that failed were called from
 * Calls are counted in all threads together. A process that was forked goes on by itself; what
 * failed in it does not fail elsewhere.
 */
#undef _FORTIFY_SOURCE /* its inline functions stand in the way of functions of the same names */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#define TRACE  40
#define NAMES  128
#define PLACES (1 << 14)
#define BLOCKS (1 << 18)

static const char *wanted, *trace, *errors, *live;
static bool each, memory, anywhere;
static long nth;
static _Atomic long left; /* of what may fail */
static int error_number = EIO;
static int signal_number;
static uintptr_t program_begin, program_end;
static struct {
    _Atomic(const char *) name;
    _Atomic long calls;
} counts[NAMES];

/* Where a call comes from: `frame` is where the program called the library that makes it. */
static struct place {
    _Atomic uint64_t key;
    const char *name;
    const void *caller, *frame;
    size_t blocks; /* that live at the end */
} places[PLACES];

/* Places whose call has failed, in a file: for this run and others beside and after it. */
static struct claim {
    _Atomic uint64_t hash;
    char text[248];
} * claims;
static size_t n_claims;

/* What was taken and not given back: open addressing. */
static struct {
    const void *block;
    struct place *place;
} blocks[BLOCKS];
static size_t n_blocks;
static atomic_flag blocks_held = ATOMIC_FLAG_INIT;

/* Where the memory was asked for that the thread is about to get. */
static _Thread_local struct place *last_place __attribute__((tls_model("initial-exec")));
static _Thread_local bool inside __attribute__((tls_model("initial-exec")));

static long
number_of(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtol(text, NULL, 10) : otherwise;
}

/* The first object is the program. */
static int
find_program(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    program_begin = UINTPTR_MAX;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD) {
            program_begin = begin < program_begin ? begin : program_begin;
            program_end = begin + part->p_memsz > program_end ? begin + part->p_memsz : program_end;
        }
    }
    return 1;
}

static void
open_claims(const char *path)
{
    struct stat info;
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd >= 0 && fstat(fd, &info) == 0) {
        claims = mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        n_claims = claims != MAP_FAILED ? (size_t)info.st_size / sizeof *claims : 0;
    }
    if (fd >= 0) {
        close(fd);
    }
}

__attribute__((constructor)) static void
begin(void)
{
    const char *where = getenv("FAIL_WHERE");
    const char *call = getenv("FAIL_CALL");
    void *first[TRACE];
    dl_iterate_phdr(find_program, NULL);
    nth = number_of("FAIL_NTH", 0);
    error_number = (int)number_of("FAIL_ERRNO", EIO);
    errors = getenv("FAIL_ERRNOS");
    signal_number = (int)number_of("FAIL_RAISE", 0);
    anywhere = where != NULL && strcmp(where, "anywhere") == 0;
    trace = getenv("FAIL_TRACE");
    live = getenv("FAIL_LIVE");
    (void)backtrace(first, TRACE); /* it takes memory the first time */
    memory = call != NULL && strcmp(call, "memory") == 0;
    each = call != NULL && strcmp(call, "each") == 0;
    left = number_of("FAIL_MOST", 0) > 0 ? number_of("FAIL_MOST", 0) : LONG_MAX;
    open_claims(each ? getenv("FAIL_ONCE") : NULL);
    unsetenv("LD_PRELOAD"); /* programs that it starts are left alone */
    wanted = call;
}

/* "malloc libjansson.so.4+0x1234 from oiduna-serve+0x5678" */
static void
describe(const struct place *place, char *text, size_t size)
{
    const void *const at[2] = {place->caller, place->frame};
    int length = snprintf(text, size, "%s", place->name);
    for (int i = 0; i < 2 && at[i] != NULL && length > 0 && (size_t)length < size; i++) {
        Dl_info info;
        bool known = dladdr(at[i], &info) != 0 && info.dli_fname != NULL;
        const char *slash = known ? strrchr(info.dli_fname, '/') : NULL;
        length +=
            snprintf(text + length, size - (size_t)length, "%s%.60s+0x%zx", i > 0 ? " from " : " ",
                     slash != NULL ? slash + 1
                     : known       ? info.dli_fname
                                   : "?",
                     known ? (size_t)((uintptr_t)at[i] - (uintptr_t)info.dli_fbase) : 0);
    }
}

static void
write_counts(const char *path)
{
    FILE *file = fopen(path, "w");
    for (int i = 0; file != NULL && i < NAMES && counts[i].name != NULL; i++) {
        fprintf(file, "%s %ld\n", counts[i].name, atomic_load(&counts[i].calls));
    }
    if (file != NULL) {
        fclose(file);
    }
}

/* Descriptors that were closed once more. */
static atomic_int stale_closes;

/* Files that are open, closes too many, then how many blocks of each place. */
static void
write_live(void)
{
    char text[sizeof claims->text];
    int open_files = 0;
    for (int fd = 0; fd < 1024; fd++) {
        open_files += fcntl(fd, F_GETFD) >= 0;
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        if (blocks[i].block != NULL) {
            blocks[i].place->blocks++;
        }
    }
    FILE *file = fopen(live, "w");
    if (file == NULL) {
        return;
    }
    fprintf(file, "%d files\n", open_files);
    if (atomic_load(&stale_closes) > 0) {
        fprintf(file, "%d close of what is closed\n", atomic_load(&stale_closes));
    }
    for (size_t i = 0; i < PLACES; i++) {
        if (places[i].blocks > 0) {
            describe(&places[i], text, sizeof text);
            fprintf(file, "%zu %s\n", places[i].blocks, text);
        }
    }
    fclose(file);
}

__attribute__((destructor)) static void
end(void)
{
    const char *path = getenv("FAIL_COUNT");
    wanted = NULL;
    inside = true;
    if (path != NULL) {
        write_counts(path);
    }
    if (live != NULL) {
        write_live();
    }
}

static bool
from_program(const void *caller)
{
    return (uintptr_t)caller >= program_begin && (uintptr_t)caller < program_end;
}

static void
write_trace(void)
{
    void *frames[TRACE];
    int fd = open(trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd >= 0) {
        backtrace_symbols_fd(frames, backtrace(frames, TRACE), fd);
        (void)!write(fd, "\n", 1);
        close(fd);
    }
}

/* The number of this call of that name. */
static long
count(const char *name)
{
    for (int i = 0; i < NAMES; i++) {
        const char *none = NULL;
        if (atomic_compare_exchange_strong(&counts[i].name, &none, name) ||
            strcmp(none, name) == 0) {
            return atomic_fetch_add(&counts[i].calls, 1) + 1;
        }
    }
    return 0;
}

static _Unwind_Reason_Code
look_for_program(struct _Unwind_Context *context, void *found)
{
    const void **frame = found;
    const void *at = (const void *)_Unwind_GetIP(context);
    if (!from_program(at)) {
        return _URC_NO_REASON;
    }
    *frame = at;
    return _URC_END_OF_STACK;
}

static uint64_t
mix(uint64_t hash, uintptr_t value)
{
    return (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15) + (hash >> 29);
}

/* Is the place new in this process? */
static struct place *
find_place(const char *name, const void *caller, bool *is_new)
{
    const void *frame = NULL;
    if (!from_program(caller)) {
        (void)_Unwind_Backtrace(look_for_program, &frame);
    }
    uint64_t key = mix(mix(mix(1, (uintptr_t)name), (uintptr_t)caller), (uintptr_t)frame) | 1;
    for (size_t i = 0; i < PLACES; i++) {
        struct place *place = &places[(key / 2 + i) % PLACES];
        uint64_t none = 0;
        if (atomic_compare_exchange_strong(&place->key, &none, key)) {
            place->name = name;
            place->caller = caller;
            place->frame = frame;
            *is_new = true;
            return place;
        }
        if (none == key) {
            return place;
        }
    }
    return NULL;
}

/* No call of that place has failed, and from now on one has. */
static bool
claim(const struct place *place)
{
    char text[sizeof claims->text];
    uint64_t hash = 1;
    describe(place, text, sizeof text);
    for (const char *p = text; *p != '\0'; p++) {
        hash = mix(hash, (unsigned char)*p);
    }
    hash |= 1;
    for (size_t i = 0; i < n_claims; i++) {
        struct claim *at = &claims[(hash / 2 + i) % n_claims];
        uint64_t none = 0;
        if (atomic_compare_exchange_strong(&at->hash, &none, hash)) {
            memcpy(at->text, text, sizeof text);
            return true;
        }
        if (none == hash) {
            return false;
        }
    }
    return false;
}

static int
error_of(const char *name)
{
    char key[64];
    snprintf(key, sizeof key, ":%s=", name);
    const char *found = errors != NULL ? strstr(errors, key) : NULL;
    return found != NULL ? (int)strtol(found + strlen(key), NULL, 10) : error_number;
}

static bool
fails_now(const struct place *place)
{
    if (atomic_fetch_sub(&left, 1) > 0 && claim(place)) {
        return true;
    }
    atomic_fetch_add(&left, 1);
    return false;
}

static bool
is_chosen(const char *name, const void *caller, bool takes)
{
    bool counts_here = from_program(caller) || (anywhere && (takes || !each));
    bool is_new = false;
    if ((each && counts_here) || (live != NULL && takes)) {
        last_place = find_place(name, caller, &is_new);
    }
    if (!counts_here) {
        return false;
    }
    long number = count(memory && takes ? "memory" : name);
    if (each) {
        return is_new && fails_now(last_place);
    }
    return number == nth && strcmp(wanted, memory && takes ? "memory" : name) == 0;
}

static bool
fails_as(const char *name, const void *caller, bool takes)
{
    last_place = NULL;
    if (wanted == NULL || inside) {
        return false;
    }
    inside = true;
    int error = errno;
    bool now = is_chosen(name, caller, takes);
    if (now && trace != NULL) {
        write_trace();
    }
    if (now && signal_number != 0) {
        kill(getpid(), signal_number);
    }
    inside = false;
    errno = now ? error_of(name) : error;
    return now && signal_number == 0;
}

static bool
fails(const char *name, const void *caller)
{
    return fails_as(name, caller, false);
}

static size_t
hash_block(const void *block)
{
    return (size_t)(mix(1, (uintptr_t)block) >> 20) % BLOCKS;
}

static void
hold_blocks(void)
{
    while (atomic_flag_test_and_set_explicit(&blocks_held, memory_order_acquire)) {
    }
}

static void *
keep(void *block, struct place *place)
{
    if (block == NULL || place == NULL || live == NULL) {
        return block;
    }
    hold_blocks();
    if (n_blocks < BLOCKS / 2) {
        size_t i = hash_block(block);
        while (blocks[i].block != NULL) {
            i = (i + 1) % BLOCKS;
        }
        blocks[i].block = block;
        blocks[i].place = place;
        n_blocks++;
    }
    atomic_flag_clear_explicit(&blocks_held, memory_order_release);
    return block;
}

/* Takes it out; what stands behind it moves up to where it is looked for. */
static struct place *
forget(const void *block)
{
    struct place *place = NULL;
    if (block == NULL || live == NULL) {
        return NULL;
    }
    hold_blocks();
    size_t i = hash_block(block);
    while (blocks[i].block != NULL && blocks[i].block != block) {
        i = (i + 1) % BLOCKS;
    }
    if (blocks[i].block != NULL) {
        place = blocks[i].place;
        n_blocks--;
        for (size_t k = (i + 1) % BLOCKS; blocks[k].block != NULL; k = (k + 1) % BLOCKS) {
            size_t home = hash_block(blocks[k].block);
            if ((k - home) % BLOCKS >= (k - i) % BLOCKS) {
                blocks[i] = blocks[k];
                i = k;
            }
        }
        blocks[i].block = NULL;
    }
    atomic_flag_clear_explicit(&blocks_held, memory_order_release);
    return place;
}

#define CALLER   __builtin_return_address(0)
#define NO(name) fails_as(name, CALLER, true)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

void *
malloc(size_t size)
{
    return NO("malloc") ? NULL : keep(__libc_malloc(size), last_place);
}

void *
calloc(size_t n, size_t size)
{
    return NO("calloc") ? NULL : keep(__libc_calloc(n, size), last_place);
}

static void *
resize(void *old, size_t size)
{
    struct place *place = last_place;
    struct place *before = forget(old);
    void *block = __libc_realloc(old, size);
    keep(block != NULL ? block : old, block != NULL ? place : before);
    return block;
}

void *
realloc(void *old, size_t size)
{
    return NO("realloc") ? NULL : resize(old, size);
}

void *
reallocarray(void *old, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return NO("reallocarray") ? NULL : resize(old, n * size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    return NO("aligned_alloc") ? NULL : keep(__libc_memalign(alignment, size), last_place);
}

int
posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = NO("posix_memalign") ? NULL : keep(__libc_memalign(alignment, size), last_place);
    return *block != NULL ? 0 : ENOMEM;
}

void
free(void *block)
{
    forget(block);
    __libc_free(block);
}

/* The function that this one stands before. */
#define NEXT(result, name, parameters)                                                             \
    result(*next) parameters;                                                                      \
    void *symbol = dlsym(RTLD_NEXT, #name);                                                        \
    memcpy(&next, &symbol, sizeof next)

#define WRAP_AS(said, result, name, failure, parameters, arguments)                                \
    WRAP_IF(!fails(said, CALLER), result, name, failure, parameters, arguments)
#define WRAP_IF(passes, result, name, failure, parameters, arguments)                              \
    result name parameters;                                                                        \
    result name parameters                                                                         \
    {                                                                                              \
        if (!(passes)) {                                                                           \
            return failure;                                                                        \
        }                                                                                          \
        NEXT(result, name, parameters);                                                            \
        return next arguments;                                                                     \
    }
#define WRAP(result, name, failure, parameters, arguments)                                         \
    WRAP_AS(#name, result, name, failure, parameters, arguments)

/* It takes numbers for ever: no write to it can fail. */
static bool
is_eventfd(int fd)
{
    char path[64], what[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlink, path, what, sizeof what);
    return length > 0 && memmem(what, (size_t)length, "[eventfd]", 9) != NULL;
}

/* Files. */
WRAP(ssize_t, read, -1, (int fd, void *bytes, size_t size), (fd, bytes, size))
WRAP_AS("read", ssize_t, __read_chk, -1, (int fd, void *bytes, size_t size, size_t room),
        (fd, bytes, size, room))
WRAP_IF(is_eventfd(fd) || !fails("write", CALLER), ssize_t, write, -1,
        (int fd, const void *bytes, size_t size), (fd, bytes, size))
WRAP(int, fstat, -1, (int fd, struct stat *out), (fd, out))
WRAP(int, stat, -1, (const char *path, struct stat *out), (path, out))
WRAP(int, statfs, -1, (const char *path, struct statfs *out), (path, out))
WRAP(int, access, -1, (const char *path, int mode), (path, mode))
WRAP(int, rename, -1, (const char *from, const char *to), (from, to))
WRAP(int, linkat, -1, (int from_folder, const char *from, int to_folder, const char *to, int flags),
     (from_folder, from, to_folder, to, flags))
WRAP(int, link, -1, (const char *from, const char *to), (from, to))
WRAP(int, flock, -1, (int fd, int how), (fd, how))
WRAP(int, unlink, -1, (const char *path), (path))
WRAP(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, rmdir, -1, (const char *path), (path))
WRAP(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
WRAP(int, fsync, -1, (int fd), (fd))
WRAP(int, mkstemp, -1, (char *path), (path))
WRAP(char *, mkdtemp, NULL, (char *path), (path))
WRAP(int, mkostemp, -1, (char *path, int flags), (path, flags))
WRAP(char *, realpath, NULL, (const char *path, char *out), (path, out))
WRAP(ssize_t, readlink, -1, (const char *path, char *out, size_t size), (path, out, size))
WRAP(FILE *, fopen, NULL, (const char *path, const char *mode), (path, mode))
WRAP(FILE *, fopencookie, NULL, (void *cookie, const char *mode, cookie_io_functions_t functions),
     (cookie, mode, functions))
WRAP(FILE *, open_memstream, NULL, (char **bytes, size_t *size), (bytes, size))
WRAP(char *, fgets, NULL, (char *line, int size, FILE *file), (line, size, file))
WRAP(size_t, fread, 0, (void *bytes, size_t size, size_t n, FILE *file), (bytes, size, n, file))
WRAP(size_t, fwrite, 0, (const void *bytes, size_t size, size_t n, FILE *file),
     (bytes, size, n, file))
WRAP(int, fflush, EOF, (FILE * file), (file))
WRAP(int, scandir, -1,
     (const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
      int (*order)(const struct dirent **, const struct dirent **)),
     (path, list, filter, order))

WRAP(DIR *, opendir, NULL, (const char *path), (path))
WRAP(struct dirent *, readdir, NULL, (DIR * folder), (folder))

/* Memory and limits. */
WRAP(char *, strdup, NULL, (const char *text), (text))
WRAP(void *, mmap, MAP_FAILED,
     (void *address, size_t size, int protection, int flags, int fd, off_t offset),
     (address, size, protection, flags, fd, offset))
WRAP(int, mlockall, -1, (int flags), (flags))
WRAP(int, getrlimit, -1, (__rlimit_resource_t which, struct rlimit *out), (which, out))
WRAP(int, setrlimit, -1, (__rlimit_resource_t which, const struct rlimit *to), (which, to))
WRAP(int, setpriority, -1, (__priority_which_t which, id_t who, int to), (which, who, to))

/* The network. */
WRAP(int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(int, connect, -1, (int fd, __CONST_SOCKADDR_ARG to, socklen_t size), (fd, to, size))
WRAP(int, bind, -1, (int fd, __CONST_SOCKADDR_ARG to, socklen_t size), (fd, to, size))
WRAP(int, listen, -1, (int fd, int backlog), (fd, backlog))
WRAP(int, accept4, -1, (int fd, __SOCKADDR_ARG from, socklen_t *size, int flags),
     (fd, from, size, flags))
WRAP(int, getsockname, -1, (int fd, __SOCKADDR_ARG to, socklen_t *size), (fd, to, size))
WRAP(int, getpeername, -1, (int fd, __SOCKADDR_ARG to, socklen_t *size), (fd, to, size))
WRAP(int, setsockopt, -1, (int fd, int level, int name, const void *value, socklen_t size),
     (fd, level, name, value, size))
WRAP(int, getsockopt, -1, (int fd, int level, int name, void *value, socklen_t *size),
     (fd, level, name, value, size))
WRAP(ssize_t, send, -1, (int fd, const void *bytes, size_t size, int flags),
     (fd, bytes, size, flags))
WRAP(ssize_t, sendto, -1,
     (int fd, const void *bytes, size_t size, int flags, __CONST_SOCKADDR_ARG to, socklen_t length),
     (fd, bytes, size, flags, to, length))
WRAP(ssize_t, recv, -1, (int fd, void *bytes, size_t size, int flags), (fd, bytes, size, flags))
WRAP(ssize_t, recvfrom, -1,
     (int fd, void *bytes, size_t size, int flags, __SOCKADDR_ARG from, socklen_t *length),
     (fd, bytes, size, flags, from, length))
WRAP(ssize_t, getrandom, -1, (void *bytes, size_t size, unsigned flags), (bytes, size, flags))
WRAP(ssize_t, recvmsg, -1, (int fd, struct msghdr *message, int flags), (fd, message, flags))
WRAP(ssize_t, readv, -1, (int fd, const struct iovec *pieces, int n), (fd, pieces, n))
WRAP(ssize_t, writev, -1, (int fd, const struct iovec *pieces, int n), (fd, pieces, n))
WRAP(int, shutdown, -1, (int fd, int how), (fd, how))
WRAP(int, getaddrinfo, EAI_AGAIN,
     (const char *host, const char *service, const struct addrinfo *wants, struct addrinfo **out),
     (host, service, wants, out))
WRAP(int, getnameinfo, EAI_FAIL,
     (const struct sockaddr *from, socklen_t size, char *host, socklen_t room, char *service,
      socklen_t space, int flags),
     (from, size, host, room, service, space, flags))

/* Waiting. */
WRAP(int, poll, -1, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout))
WRAP(int, ppoll, -1,
     (struct pollfd * fds, nfds_t n, const struct timespec *timeout, const __sigset_t *mask),
     (fds, n, timeout, mask))
WRAP(int, epoll_create1, -1, (int flags), (flags))
WRAP(int, epoll_ctl, -1, (int fd, int what, int of, struct epoll_event *event),
     (fd, what, of, event))
WRAP(int, epoll_wait, -1, (int fd, struct epoll_event *events, int n, int timeout),
     (fd, events, n, timeout))
WRAP(int, eventfd, -1, (unsigned int value, int flags), (value, flags))
WRAP(int, signalfd, -1, (int fd, const sigset_t *mask, int flags), (fd, mask, flags))
WRAP(int, timerfd_create, -1, (__clockid_t clock, int flags), (clock, flags))
WRAP(int, timerfd_settime, -1,
     (int fd, int flags, const struct itimerspec *to, struct itimerspec *was), (fd, flags, to, was))
WRAP(int, inotify_init1, -1, (int flags), (flags))
WRAP(int, inotify_add_watch, -1, (int fd, const char *path, uint32_t what), (fd, path, what))
WRAP(int, sem_init, -1, (sem_t * semaphore, int shared, unsigned int value),
     (semaphore, shared, value))
WRAP(int, adjtimex, -1, (struct timex * out), (out))
WRAP(int, clock_getres, -1, (clockid_t clock, struct timespec *out), (clock, out))

/* Processes and threads. */
WRAP(int, pipe2, -1, (int fds[2], int flags), (fds, flags))
WRAP(int, dup2, -1, (int from, int to), (from, to))
WRAP(int, execv, -1, (const char *path, char *const words[]), (path, words))
WRAP(int, execvp, -1, (const char *path, char *const words[]), (path, words))
WRAP(pid_t, waitpid, -1, (pid_t pid, int *status, int options), (pid, status, options))
WRAP(int, pthread_create, EAGAIN,
     (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context),
     (thread, attributes, run, context))
WRAP(int, pthread_attr_init, ENOMEM, (pthread_attr_t * attributes), (attributes))
WRAP(int, pthread_attr_setstacksize, EINVAL, (pthread_attr_t * attributes, size_t size),
     (attributes, size))
WRAP(int, pthread_setschedparam, EPERM,
     (pthread_t thread, int policy, const struct sched_param *parameters),
     (thread, policy, parameters))
WRAP(int, pthread_getschedparam, ESRCH,
     (pthread_t thread, int *policy, struct sched_param *parameters), (thread, policy, parameters))

/* Its memory is its own from there on; another thread may have been at the list. */
pid_t fork(void);

pid_t
fork(void)
{
    if (fails("fork", CALLER)) {
        return -1;
    }
    NEXT(pid_t, fork, (void));
    pid_t pid = next();
    if (pid == 0) {
        live = NULL;
    }
    return pid;
}

/* What cannot be written is lost; the file is closed all the same. */
int close(int fd);

int
close(int fd)
{
    bool lost = fails("close", CALLER);
    NEXT(int, close, (int));
    int result = next(fd);
    if (result != 0 && errno == EBADF && fd >= 0) {
        atomic_fetch_add(&stale_closes, 1); /* another thread's file, the next time */
    }
    if (lost) {
        errno = error_of("close");
    }
    return lost ? -1 : result;
}

int fclose(FILE *file);

int
fclose(FILE *file)
{
    bool lost = fails("fclose", CALLER);
    NEXT(int, fclose, (FILE *));
    int result = next(file);
    if (lost) {
        errno = error_of("fclose");
    }
    return lost ? EOF : result;
}

/* What the fortified headers make of an open that creates nothing. */
WRAP_AS("open", int, __open_2, -1, (const char *path, int flags), (path, flags))

int open(const char *path, int flags, ...);

int
open(const char *path, int flags, ...)
{
    if (fails("open", CALLER)) {
        return -1;
    }
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0) {
        va_list args;
        va_start(args, flags);
        mode = (mode_t)va_arg(args, int);
        va_end(args);
    }
    NEXT(int, open, (const char *, int, ...));
    return next(path, flags, mode);
}

/* Their third argument is a number or a pointer: as many bytes for either. */
int fcntl(int fd, int what, ...);

int
fcntl(int fd, int what, ...)
{
    va_list args;
    va_start(args, what);
    void *value = va_arg(args, void *);
    va_end(args);
    if (fails("fcntl", CALLER)) {
        return -1;
    }
    NEXT(int, fcntl, (int, int, ...));
    return next(fd, what, value);
}

int prctl(int what, ...);

int
prctl(int what, ...)
{
    unsigned long value[4];
    va_list args;
    va_start(args, what);
    for (int i = 0; i < 4; i++) {
        value[i] = va_arg(args, unsigned long);
    }
    va_end(args);
    if (fails("prctl", CALLER)) {
        return -1;
    }
    NEXT(int, prctl, (int, ...));
    return next(what, value[0], value[1], value[2], value[3]);
}

int vasprintf(char **out, const char *format, va_list args);
int __vasprintf_chk(char **out, int flag, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
int __asprintf_chk(char **out, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

int
__vasprintf_chk(char **out, int flag, const char *format, va_list args)
{
    (void)flag;
    return fails("asprintf", CALLER) ? -1 : vasprintf(out, format, args);
}

int
__asprintf_chk(char **out, int flag, const char *format, ...)
{
    (void)flag;
    if (fails("asprintf", CALLER)) {
        return -1;
    }
    va_list args;
    va_start(args, format);
    int length = vasprintf(out, format, args);
    va_end(args);
    return length;
}
