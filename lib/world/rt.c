#include "world/rt.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PREFAULT_BYTES ((size_t)256 * 1024)

void
od_rt_no_slack(void)
{
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

void
od_rt_schedule(struct od_rt *rt, int priority)
{
    struct sched_param param = {.sched_priority = priority};
    od_rt_no_slack();
    rt->schedule_error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
    rt->scheduled = rt->schedule_error == 0;
}

static bool
has_capability(unsigned capability)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    memset(data, 0, sizeof data);
    if (syscall(SYS_capget, &header, data) != 0) {
        return false;
    }
    return (data[capability / 32].effective >> capability % 32 & 1u) != 0;
}

static bool
lock_is_unlimited(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY) {
        return true;
    }
    return has_capability(CAP_IPC_LOCK);
}

void
od_rt_lock(struct od_rt *rt)
{
    int flags = lock_is_unlimited() ? MCL_CURRENT | MCL_FUTURE : MCL_CURRENT;
    rt->locked = mlockall(flags) == 0;
    rt->locked_future = rt->locked && (flags & MCL_FUTURE) != 0;
    rt->lock_error = rt->locked ? 0 : errno;
}

/* Trying is the only sure answer: containers refuse what the limits would allow. */
bool
od_rt_permitted(int priority)
{
    struct sched_param old;
    struct sched_param param = {.sched_priority = priority};
    int policy = SCHED_OTHER;
    if (pthread_getschedparam(pthread_self(), &policy, &old) != 0 ||
        pthread_setschedparam(pthread_self(), SCHED_FIFO, &param) != 0) {
        return false;
    }
    return pthread_setschedparam(pthread_self(), policy, &old) == 0;
}

int
od_rt_thread(pthread_t *thread, void *(*run)(void *), void *context)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t old;
    int error = pthread_attr_init(&attributes);
    if (error != 0) {
        return error;
    }
    sigfillset(&all);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        sigdelset(&all, faults[i]); /* blocked, they would end the process without its handler */
    }
    error = pthread_attr_setstacksize(&attributes, OD_RT_STACK);
    if (error == 0) {
        pthread_sigmask(SIG_SETMASK, &all, &old);
        error = pthread_create(thread, &attributes, run, context);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    pthread_attr_destroy(&attributes);
    return error;
}

/* volatile: stores that nobody reads must still be made. */
__attribute__((noinline)) void
od_rt_prefault(void)
{
    volatile unsigned char stack[PREFAULT_BYTES];
    for (size_t i = 0; i < sizeof stack; i += 1024) {
        stack[i] = 0;
    }
}

bool
od_waker_init(struct od_waker *waker)
{
    return sem_init(&waker->semaphore, 0, 0) == 0;
}

void
od_waker_clear(struct od_waker *waker)
{
    sem_destroy(&waker->semaphore);
}

void
od_waker_post(struct od_waker *waker)
{
    sem_post(&waker->semaphore); /* fails only when it has been posted 2^31 times: awake anyway */
}

static int
wait_once(struct od_waker *waker, od_nsec until)
{
    if (until == OD_NSEC_NEVER) {
        return sem_wait(&waker->semaphore);
    }
    until = until < 0 ? 0 : until;
    struct timespec time = {.tv_sec = (time_t)(until / OD_NSEC_PER_SEC),
                            .tv_nsec = (long)(until % OD_NSEC_PER_SEC)};
    return sem_clockwait(&waker->semaphore, CLOCK_MONOTONIC, &time);
}

bool
od_waker_wait(struct od_waker *waker, od_nsec until)
{
    int result = 0;
    while ((result = wait_once(waker, until)) != 0 && errno == EINTR) {
    }
    if (result != 0) {
        return false;
    }
    while (sem_trywait(&waker->semaphore) == 0) {
    }
    return true;
}
