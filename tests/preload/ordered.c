/*
 * For tests: in which order files reach the disk and their names. Each fsync and each rename adds a
 * word to the file named by OIDUNA_TEST_ORDER.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
note(const char *word)
{
    const char *path = getenv("OIDUNA_TEST_ORDER");
    int fd = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) {
        ssize_t written = write(fd, word, strlen(word));
        (void)written;
        close(fd);
    }
}

int
fsync(int fd)
{
    static int (*real)(int fd);
    void *symbol = dlsym(RTLD_NEXT, "fsync");
    memcpy(&real, &symbol, sizeof symbol);
    note("fsync ");
    return real(fd);
}

int
rename(const char *old, const char *new)
{
    static int (*real)(const char *old, const char *new);
    void *symbol = dlsym(RTLD_NEXT, "rename");
    memcpy(&real, &symbol, sizeof symbol);
    note("rename ");
    return real(old, new);
}
