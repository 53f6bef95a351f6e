/*
 * For tests: a wall clock that can be set. The file named by OIDUNA_TEST_CLOCK holds a number of
 * nanoseconds (int64) that CLOCK_REALTIME is ahead of the true one; a test may change it any time.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

typedef int clock_fn(clockid_t clock, struct timespec *now);

static clock_fn *real_clock;
static const volatile int64_t *shift;

__attribute__((constructor)) static void
begin(void)
{
    static const int64_t none;
    void *symbol = dlsym(RTLD_NEXT, "clock_gettime");
    const char *path = getenv("OIDUNA_TEST_CLOCK");
    memcpy(&real_clock, &symbol, sizeof symbol);
    shift = &none;
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        void *page = mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, fd, 0);
        if (page != MAP_FAILED) {
            shift = page;
        }
        close(fd);
    }
}

int
clock_gettime(clockid_t clock_id, struct timespec *tp)
{
    if (real_clock == NULL) {
        begin();
    }
    int result = real_clock(clock_id, tp);
    if (result == 0 && clock_id == CLOCK_REALTIME) {
        int64_t time = tp->tv_sec * SECOND + tp->tv_nsec + *shift;
        tp->tv_sec = time / SECOND;
        tp->tv_nsec = time % SECOND;
    }
    return result;
}
