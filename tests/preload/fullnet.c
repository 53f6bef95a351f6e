/*
 * For tests: a network whose queue is full. While the file named by OIDUNA_TEST_NET begins with a
 * byte other than '0', sending a bundle fails with ENOBUFS.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

typedef ssize_t send_fn(int fd, const void *bytes, size_t size, int flags);

static send_fn *real_send;
static const volatile char *full = "0";

__attribute__((constructor)) static void
begin(void)
{
    void *symbol = dlsym(RTLD_NEXT, "send");
    const char *path = getenv("OIDUNA_TEST_NET");
    memcpy(&real_send, &symbol, sizeof symbol);
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        void *page = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
        if (page != MAP_FAILED) {
            full = page;
        }
        close(fd);
    }
}

ssize_t
send(int fd, const void *buf, size_t n, int flags)
{
    if (*full != '0' && n >= 8 && memcmp(buf, "#bundle", 8) == 0) {
        errno = ENOBUFS;
        return -1;
    }
    return real_send(fd, buf, n, flags);
}
