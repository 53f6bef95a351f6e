/*
 * For tests: at the end of a program, a line in the file named by OIDUNA_TEST_HELD for each of
 * descriptors 0 and 2 (1 is closed by then), and what it is: what the program was started without
 * must be held, so that nothing else becomes it.
 */
#undef _FORTIFY_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void note(void) __attribute__((destructor));

static void
note(void)
{
    const char *path = getenv("OIDUNA_TEST_HELD");
    char what[2][256] = {"closed", "closed"};
    for (int i = 0; i < 2; i++) {
        char name[32];
        snprintf(name, sizeof name, "/proc/self/fd/%d", i * 2);
        ssize_t size = readlink(name, what[i], sizeof what[i] - 1);
        what[i][size > 0 ? size : (ssize_t)strlen("closed")] = '\0';
    }
    int fd = path != NULL ? (int)syscall(SYS_openat, AT_FDCWD, path,
                                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)
                          : -1;
    if (fd >= 0) {
        dprintf(fd, "0 %s\n2 %s\n", what[0], what[1]);
        syscall(SYS_close, fd);
    }
}
