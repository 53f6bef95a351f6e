/* Real-time threads: scheduling, memory that stays, waits to absolute times that can be cut short.
 */
#ifndef OD_RT_H
#define OD_RT_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/units.h"

#define OD_RT_PRIORITY 70

/* All of it is locked in RAM. The thread sanitizer keeps data of its own there. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define OD_RT_STACK ((size_t)2 * 1024 * 1024)
#endif
#elif defined(__SANITIZE_THREAD__)
#define OD_RT_STACK ((size_t)2 * 1024 * 1024)
#endif
#ifndef OD_RT_STACK
#define OD_RT_STACK ((size_t)384 * 1024) /* half as much again as is touched beforehand */
#endif

/** What the system granted. */
struct od_rt {
    bool scheduled;     /**< SCHED_FIFO */
    bool locked;        /**< what memory there is stays in RAM … */
    bool locked_future; /**< … and what will be taken too */
    int schedule_error; /**< errno; 0 = granted or not tried */
    int lock_error;
};

/** For the calling thread: SCHED_FIFO with `priority` (1..99), timer slack of 1 ns. */
void od_rt_schedule(struct od_rt *rt, int priority);

/** Timer slack of 1 ns for the calling thread: needed for exact waking without SCHED_FIFO. */
void od_rt_no_slack(void);

/**
 * Keeps the process' memory in RAM. Future memory only where no limit can be hit: else taking it
 * would fail for no better reason than this.
 */
void od_rt_lock(struct od_rt *rt);

/** True if SCHED_FIFO with that priority would be granted to the calling thread; changes nothing.
 */
bool od_rt_permitted(int priority);

/** Starts a thread with a stack of OD_RT_STACK bytes, all signals blocked but those of its own
 * faults. 0 or an errno. */
OD_NODISCARD int od_rt_thread(pthread_t *thread, void *(*run)(void *), void *context);

/** Touches the calling thread's stack, so that no page fault comes later. First thing in `run`. */
void od_rt_prefault(void);

/** Wakes one waiting thread. */
struct od_waker {
    sem_t semaphore;
};

OD_NODISCARD bool od_waker_init(struct od_waker *waker);
void od_waker_clear(struct od_waker *waker);

/** Any thread, also a signal handler. Posts add up only to one waking. */
OD_REALTIME void od_waker_post(struct od_waker *waker);

/** Waits until the moment, or for ever (OD_NSEC_NEVER); true if a post cut it short. */
OD_REALTIME bool od_waker_wait(struct od_waker *waker, od_nsec until);

#endif
