/* A thread that does what would block the loop, one job after the other. */
#ifndef OD_SERVE_WORKER_H
#define OD_SERVE_WORKER_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/units.h"

/** A job; to be put first into a struct of its own. */
struct job {
    void (*run)(struct job *job);  /**< in the worker's thread */
    void (*done)(struct job *job); /**< in the loop, afterwards; frees the job */
    struct job *next;
};

struct worker;

/** Starts the thread, at a lower priority than the loop's. NULL if that is not possible. */
struct worker *worker_new(struct event_base *base, const char *name);

/** Queues a job. False if `JOBS_MAX` are waiting: then the job stays the caller's. */
#define JOBS_MAX ((size_t)64)
OD_NODISCARD bool worker_submit(struct worker *worker, struct job *job);

/** Jobs that are not done yet. */
size_t worker_waiting(const struct worker *worker);

/** Lets the present job end, calls `done` of every job, joins the thread. NULL is allowed. */
void worker_free(struct worker *worker);

#endif
