/*
 * For tests: whatever opens or makes a file, or connects, leaves a line in the file named by
 * OIDUNA_TEST_OPENED: the call and what it was for. Calls of libraries too, and of programs that
 * are started.
 */
#undef _FORTIFY_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
note(const char *call, const char *what)
{
    const char *path = getenv("OIDUNA_TEST_OPENED");
    int before = errno;
    int fd = path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path,
                                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)
                          : -1;
    if (fd >= 0) {
        dprintf(fd, "%s %s\n", call, what);
        syscall(SYS_close, fd);
    }
    errno = before;
}

static void
note_address(const char *call, const void *address)
{
    const struct sockaddr_in *four = address;
    char host[INET_ADDRSTRLEN];
    char text[sizeof host + 16];
    if (four != NULL && four->sin_family == AF_INET &&
        inet_ntop(AF_INET, &four->sin_addr, host, sizeof host) != NULL) {
        snprintf(text, sizeof text, "%s:%u", host, ntohs(four->sin_port));
        note(call, text);
    } else if (four != NULL) {
        note(call, "of another family");
    }
}

#define NEXT(result, name, parameters)                                                             \
    result(*next) parameters;                                                                      \
    void *symbol = dlsym(RTLD_NEXT, #name);                                                        \
    memcpy(&next, &symbol, sizeof next)

#define NOTED(result, name, parameters, what, arguments)                                           \
    result name parameters;                                                                        \
    result name parameters                                                                         \
    {                                                                                              \
        note(#name, what);                                                                         \
        NEXT(result, name, parameters);                                                            \
        return next arguments;                                                                     \
    }

NOTED(FILE *, fopen, (const char *path, const char *mode), path, (path, mode))
NOTED(int, creat, (const char *path, mode_t mode), path, (path, mode))
NOTED(int, mkostemp, (char *path, int flags), path, (path, flags))
NOTED(int, mkstemp, (char *path), path, (path))
NOTED(int, unlink, (const char *path), path, (path))
NOTED(int, rename, (const char *from, const char *to), to, (from, to))
NOTED(int, mkdir, (const char *path, mode_t mode), path, (path, mode))
NOTED(int, symlink, (const char *to, const char *path), path, (to, path))
NOTED(int, execv, (const char *path, char *const words[]), path, (path, words))
NOTED(int, execvp, (const char *path, char *const words[]), path, (path, words))
NOTED(int, execve, (const char *path, char *const words[], char *const environment[]), path,
      (path, words, environment))

#define OPENS(name)                                                                                \
    int name(const char *path, int flags, ...);                                                    \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? (mode_t)va_arg(args, int) : 0;        \
        va_end(args);                                                                              \
        note(#name, path);                                                                         \
        return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);                              \
    }

OPENS(open)
OPENS(open64)

int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t size);

int
connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t size)
{
    note_address("connect", to.__sockaddr__);
    return (int)syscall(SYS_connect, fd, to.__sockaddr__, size);
}

ssize_t
sendto(int fd, const void *bytes, size_t size, int flags, __CONST_SOCKADDR_ARG to, socklen_t length)
{
    note_address("sendto", to.__sockaddr__);
    return syscall(SYS_sendto, fd, bytes, size, flags, to.__sockaddr__, length);
}
