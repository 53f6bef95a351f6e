/* A thread that does what would block the loop, one job after the other. */
#ifndef OD_SERVE_WORKER_H
#define OD_SERVE_WORKER_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/units.h"

/** A job; to be put first into a struct of its own. */
struct od_job {
    void (*run)(struct od_job *job);  /**< in the worker's thread */
    void (*done)(struct od_job *job); /**< in the loop, afterwards; frees the job */
    struct od_job *next;
};

struct od_worker;

/** Starts the thread, at a lower priority than the loop's. NULL if that is not possible. */
struct od_worker *od_worker_new(struct event_base *base, const char *name);

/** Queues a job. False if `OD_JOBS_MAX` are waiting: then the job stays the caller's. */
#define OD_JOBS_MAX ((size_t)64)
OD_NODISCARD bool od_worker_submit(struct od_worker *worker, struct od_job *job);

/** Jobs that are not done yet. */
size_t od_worker_waiting(const struct od_worker *worker);

/** Lets the present job end, calls `done` of every job, joins the thread. NULL is allowed. */
void od_worker_free(struct od_worker *worker);

#endif
