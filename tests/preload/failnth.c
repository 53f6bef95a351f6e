/*
 * Makes the n-th call of one function fail.
 *     FAIL_CALL=write FAIL_NTH=3 FAIL_ERRNO=5   the third write(2) fails with EIO
 *     FAIL_CALL=memory                          the n-th call that takes memory, whatever its name
 *     FAIL_WHERE=anywhere                       also calls that libraries make; else the program's
 *     FAIL_RAISE=2                              the call does its work, but a signal comes first
 *     FAIL_COUNT=FILE                           at exit: how many calls of each there were
 *     FAIL_TRACE=FILE                           where the one that failed was called from
 * Calls are counted in all threads together.
 */
#undef _FORTIFY_SOURCE /* its inline functions stand in the way of functions of the same names */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACE 40
#define NAMES 128

static const char *wanted, *trace;
static bool memory, anywhere;
static long nth;
static int error_number = EIO;
static int signal_number;
static const void *main_base;
static struct {
    _Atomic(const char *) name;
    _Atomic long calls;
} counts[NAMES];

static long
number_of(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtol(text, NULL, 10) : otherwise;
}

__attribute__((constructor)) static void
begin(void)
{
    const char *where = getenv("FAIL_WHERE");
    void *first[TRACE];
    Dl_info info;
    void *entry = dlsym(RTLD_DEFAULT, "main");
    main_base = entry != NULL && dladdr(entry, &info) != 0 ? info.dli_fbase : NULL;
    nth = number_of("FAIL_NTH", 0);
    error_number = (int)number_of("FAIL_ERRNO", EIO);
    signal_number = (int)number_of("FAIL_RAISE", 0);
    anywhere = where != NULL && strcmp(where, "anywhere") == 0;
    trace = getenv("FAIL_TRACE");
    if (trace != NULL) {
        (void)backtrace(first, TRACE); /* it takes memory the first time */
    }
    wanted = getenv("FAIL_CALL");
    memory = wanted != NULL && strcmp(wanted, "memory") == 0;
    unsetenv("LD_PRELOAD"); /* programs that it starts are left alone */
}

__attribute__((destructor)) static void
end(void)
{
    const char *path = getenv("FAIL_COUNT");
    wanted = NULL;
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    for (int i = 0; file != NULL && i < NAMES && counts[i].name != NULL; i++) {
        fprintf(file, "%s %ld\n", counts[i].name, atomic_load(&counts[i].calls));
    }
    if (file != NULL) {
        fclose(file);
    }
}

/* The program's own code lies below the first library: its load address tells. */
static bool
from_program(const void *caller)
{
    Dl_info info;
    if (dladdr(caller, &info) == 0 || info.dli_fname == NULL) {
        return false;
    }
    return main_base != NULL ? info.dli_fbase == main_base : strstr(info.dli_fname, ".so") == NULL;
}

static void
write_trace(void)
{
    void *frames[TRACE];
    int fd = open(trace, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0) {
        backtrace_symbols_fd(frames, backtrace(frames, TRACE), fd);
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

static bool
fails(const char *name, const void *caller)
{
    static _Thread_local bool inside __attribute__((tls_model("initial-exec")));
    if (wanted == NULL || inside) {
        return false;
    }
    inside = true;
    bool now =
        (anywhere || from_program(caller)) && count(name) == nth && strcmp(wanted, name) == 0;
    if (now && trace != NULL) {
        write_trace();
    }
    if (now && signal_number != 0) {
        kill(getpid(), signal_number);
    }
    inside = false;
    errno = now ? error_number : errno;
    return now && signal_number == 0;
}

#define CALLER   __builtin_return_address(0)
#define NO(name) fails(memory ? "memory" : (name), CALLER)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *
malloc(size_t size)
{
    return NO("malloc") ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
    return NO("calloc") ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
    return NO("realloc") ? NULL : __libc_realloc(old, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    return NO("aligned_alloc") ? NULL : __libc_memalign(alignment, size);
}

int
posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = NO("posix_memalign") ? NULL : __libc_memalign(alignment, size);
    return *block != NULL ? 0 : ENOMEM;
}

/* The function that this one stands before. */
#define NEXT(result, name, parameters)                                                             \
    result(*next) parameters;                                                                      \
    void *symbol = dlsym(RTLD_NEXT, #name);                                                        \
    memcpy(&next, &symbol, sizeof next)

#define WRAP_AS(said, result, name, failure, parameters, arguments)                                \
    result name parameters;                                                                        \
    result name parameters                                                                         \
    {                                                                                              \
        if (fails(said, CALLER)) {                                                                 \
            return failure;                                                                        \
        }                                                                                          \
        NEXT(result, name, parameters);                                                            \
        return next arguments;                                                                     \
    }
#define WRAP(result, name, failure, parameters, arguments)                                         \
    WRAP_AS(#name, result, name, failure, parameters, arguments)

/* Files. */
WRAP(ssize_t, read, -1, (int fd, void *bytes, size_t size), (fd, bytes, size))
WRAP_AS("read", ssize_t, __read_chk, -1, (int fd, void *bytes, size_t size, size_t room),
        (fd, bytes, size, room))
WRAP(ssize_t, write, -1, (int fd, const void *bytes, size_t size), (fd, bytes, size))
WRAP(int, close, -1, (int fd), (fd))
WRAP(int, fstat, -1, (int fd, struct stat *out), (fd, out))
WRAP(int, stat, -1, (const char *path, struct stat *out), (path, out))
WRAP(int, access, -1, (const char *path, int mode), (path, mode))
WRAP(int, rename, -1, (const char *from, const char *to), (from, to))
WRAP(int, unlink, -1, (const char *path), (path))
WRAP(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, rmdir, -1, (const char *path), (path))
WRAP(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
WRAP(int, fsync, -1, (int fd), (fd))
WRAP(int, mkstemp, -1, (char *path), (path))
WRAP(int, mkostemp, -1, (char *path, int flags), (path, flags))
WRAP(char *, realpath, NULL, (const char *path, char *out), (path, out))
WRAP(ssize_t, readlink, -1, (const char *path, char *out, size_t size), (path, out, size))
WRAP(FILE *, fopen, NULL, (const char *path, const char *mode), (path, mode))
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
WRAP(int, epoll_create1, -1, (int flags), (flags))
WRAP(int, epoll_ctl, -1, (int fd, int what, int of, struct epoll_event *event),
     (fd, what, of, event))
WRAP(int, epoll_wait, -1, (int fd, struct epoll_event *events, int n, int timeout),
     (fd, events, n, timeout))
WRAP(int, eventfd, -1, (unsigned int value, int flags), (value, flags))
WRAP(int, signalfd, -1, (int fd, const sigset_t *mask, int flags), (fd, mask, flags))
WRAP(int, sem_init, -1, (sem_t * semaphore, int shared, unsigned int value),
     (semaphore, shared, value))
WRAP(int, adjtimex, -1, (struct timex * out), (out))
WRAP(int, clock_getres, -1, (clockid_t clock, struct timespec *out), (clock, out))

/* Processes and threads. */
WRAP(int, pipe2, -1, (int fds[2], int flags), (fds, flags))
WRAP(pid_t, fork, -1, (void), ())
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

/* What cannot be written is lost; the file is closed all the same. */
int fclose(FILE *file);

int
fclose(FILE *file)
{
    bool lost = fails("fclose", CALLER);
    NEXT(int, fclose, (FILE *));
    int result = next(file);
    if (lost) {
        errno = error_number;
    }
    return lost ? EOF : result;
}

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
