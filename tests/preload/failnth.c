/*
 * Makes the n-th call of one function fail, if it comes from the program itself (not from a
 * library). FAIL_CALL=write FAIL_NTH=3 FAIL_ERRNO=5     the third write(2) fails with EIO
 *     FAIL_COUNT=FILE                             at exit, how many calls there were
 * Calls are counted in all threads together.
 */
#undef _FORTIFY_SOURCE /* its inline functions stand in the way of functions of the same names */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *wanted;
static long nth;
static int error_number = EIO;
static _Atomic long calls;
static const void *main_base;

__attribute__((constructor)) static void
begin(void)
{
    const char *number = getenv("FAIL_NTH");
    const char *code = getenv("FAIL_ERRNO");
    nth = number != NULL ? strtol(number, NULL, 10) : 0;
    error_number = code != NULL ? (int)strtol(code, NULL, 10) : EIO;
    Dl_info info;
    void *entry = dlsym(RTLD_DEFAULT, "main");
    main_base = entry != NULL && dladdr(entry, &info) != 0 ? info.dli_fbase : NULL;
    wanted = getenv("FAIL_CALL");
    unsetenv("LD_PRELOAD"); /* programs that it starts are left alone */
}

__attribute__((destructor)) static void
end(void)
{
    const char *path = getenv("FAIL_COUNT");
    wanted = NULL;
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file != NULL) {
        fprintf(file, "%ld\n", atomic_load(&calls));
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

static bool
fails(const char *name, const void *caller)
{
    static _Thread_local bool inside;
    if (wanted == NULL || inside || strcmp(wanted, name) != 0) {
        return false;
    }
    inside = true;
    bool ours = from_program(caller);
    inside = false;
    if (!ours || atomic_fetch_add(&calls, 1) + 1 != nth) {
        return false;
    }
    errno = error_number;
    return true;
}

#define CALLER __builtin_return_address(0)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

void *
malloc(size_t size)
{
    return fails("malloc", CALLER) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
    return fails("calloc", CALLER) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
    return fails("realloc", CALLER) ? NULL : __libc_realloc(old, size);
}

#define WRAP(result, name, failure, parameters, arguments)                                         \
    result name parameters;                                                                        \
    result name parameters                                                                         \
    {                                                                                              \
        if (fails(#name, CALLER)) {                                                                \
            return failure;                                                                        \
        }                                                                                          \
        result(*next) parameters;                                                                  \
        void *symbol = dlsym(RTLD_NEXT, #name);                                                    \
        memcpy(&next, &symbol, sizeof next);                                                       \
        return next arguments;                                                                     \
    }

WRAP(ssize_t, read, -1, (int fd, void *bytes, size_t size), (fd, bytes, size))
WRAP(ssize_t, write, -1, (int fd, const void *bytes, size_t size), (fd, bytes, size))
WRAP(int, close, -1, (int fd), (fd))
WRAP(int, fstat, -1, (int fd, struct stat *out), (fd, out))
WRAP(int, rename, -1, (const char *from, const char *to), (from, to))
WRAP(int, fflush, EOF, (FILE * file), (file))
WRAP(int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(int, connect, -1, (int fd, __CONST_SOCKADDR_ARG to, socklen_t size), (fd, to, size))
WRAP(int, bind, -1, (int fd, __CONST_SOCKADDR_ARG to, socklen_t size), (fd, to, size))
WRAP(ssize_t, send, -1, (int fd, const void *bytes, size_t size, int flags),
     (fd, bytes, size, flags))
WRAP(int, poll, -1, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout))
WRAP(int, pipe2, -1, (int fds[2], int flags), (fds, flags))
WRAP(pid_t, fork, -1, (void), ())
WRAP(int, eventfd, -1, (unsigned int value, int flags), (value, flags))
WRAP(int, signalfd, -1, (int fd, const sigset_t *mask, int flags), (fd, mask, flags))
WRAP(int, pthread_create, EAGAIN,
     (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context),
     (thread, attributes, run, context))
WRAP(char *, strdup, NULL, (const char *text), (text))

/* What cannot be written is lost; the file is closed all the same. */
int fclose(FILE *file);

int
fclose(FILE *file)
{
    bool lost = fails("fclose", CALLER);
    int (*next)(FILE *);
    void *symbol = dlsym(RTLD_NEXT, "fclose");
    memcpy(&next, &symbol, sizeof next);
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
        __builtin_va_list args;
        __builtin_va_start(args, flags);
        mode = (mode_t) __builtin_va_arg(args, int);
        __builtin_va_end(args);
    }
    int (*next)(const char *, int, ...);
    void *symbol = dlsym(RTLD_NEXT, "open");
    memcpy(&next, &symbol, sizeof next);
    return next(path, flags, mode);
}
