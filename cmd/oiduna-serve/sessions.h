/* Sessions that were posted: compiled in a thread of their own, counted. */
#ifndef OD_SERVE_SESSIONS_H
#define OD_SERVE_SESSIONS_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

struct app;
struct sessions;

/** Counts of what was posted. */
struct session_counts {
    uint64_t accepted, refused; /**< sessions */
    double compile_seconds;     /**< spent in all */
    double compile_seconds_max;
};

/** NULL: out of memory, or there can be no thread. */
struct sessions *sessions_new(struct event_base *base);

/** Answers what is being compiled, and frees. NULL is allowed. */
void sessions_free(struct sessions *sessions);

/** Has the player take over a session without anything in it, if it has none: clients start first
 * and load then. False: it could not be told. */
bool sessions_begin(struct app *app);

const struct session_counts *sessions_counts(const struct sessions *sessions);

#endif
