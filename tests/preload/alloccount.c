/*
 * For tests: counts what each thread allocates and frees, its libraries' calls too. At the end a
 * line a thread is written to the file named by OIDUNA_TEST_ALLOC: "main|other ALLOCATED FREED".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 64

struct counts {
    _Atomic unsigned long allocated, freed;
    _Atomic int thread;
};

static struct counts counts[THREADS];
static _Atomic int n_threads;
static _Thread_local struct counts *mine __attribute__((tls_model("initial-exec")));

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static struct counts *
own(void)
{
    if (mine == NULL) {
        int number = atomic_fetch_add(&n_threads, 1);
        mine = &counts[number < THREADS ? number : THREADS - 1];
        atomic_store(&mine->thread, (int)syscall(SYS_gettid));
    }
    return mine;
}

void *
malloc(size_t size)
{
    atomic_fetch_add(&own()->allocated, 1);
    return __libc_malloc(size);
}

void *
calloc(size_t nmemb, size_t size)
{
    atomic_fetch_add(&own()->allocated, 1);
    return __libc_calloc(nmemb, size);
}

void *
realloc(void *ptr, size_t size)
{
    atomic_fetch_add(&own()->allocated, 1);
    return __libc_realloc(ptr, size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
    atomic_fetch_add(&own()->allocated, 1);
    return __libc_memalign(alignment, size);
}

int
posix_memalign(void **memptr, size_t alignment, size_t size)
{
    atomic_fetch_add(&own()->allocated, 1);
    *memptr = __libc_memalign(alignment, size);
    return *memptr != NULL ? 0 : ENOMEM;
}

void
free(void *ptr)
{
    if (ptr != NULL) {
        atomic_fetch_add(&own()->freed, 1);
    }
    __libc_free(ptr);
}

__attribute__((destructor)) static void
end(void)
{
    const char *path = getenv("OIDUNA_TEST_ALLOC");
    int fd = path != NULL ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    int n = atomic_load(&n_threads);
    for (int i = 0; fd >= 0 && i < n && i < THREADS; i++) {
        bool is_main = atomic_load(&counts[i].thread) == (int)getpid();
        dprintf(fd, "%s %lu %lu\n", is_main ? "main" : "other", atomic_load(&counts[i].allocated),
                atomic_load(&counts[i].freed));
    }
}
