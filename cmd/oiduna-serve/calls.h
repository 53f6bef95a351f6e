/* Commands that were sent to the player and are not answered yet, each with who waits for it. */
#ifndef OD_SERVE_CALLS_H
#define OD_SERVE_CALLS_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/units.h"

struct call;
struct calls;

/** Why a command got no answer of the player's. */
enum call_lost {
    CALL_ANSWERED, /**< it did: `event` is there */
    CALL_DIED,
    CALL_SILENT /**< for longer than --answer-timeout */
};

/**
 * Called once for each command that was sent; after CALL_SILENT once more, when it is answered at
 * last or the player dies. `event` is borrowed; NULL if lost.
 */
typedef void call_answer(void *arg, const json_t *event, enum call_lost lost);

/** NULL: out of memory. Whoever is not answered after `timeout` seconds is told so. */
struct calls *calls_new(struct event_base *base, double timeout);

/** Nobody may wait any more. NULL is allowed. */
void calls_free(struct calls *calls);

/** One more that waits, to be sent with its id. NULL: out of memory. */
struct call *calls_add(struct calls *calls, call_answer *answer, void *arg);

unsigned long call_id(const struct call *call);

/** It could not be sent: `answer` is not called. */
void calls_take_back(struct calls *calls, const struct call *call);

/** Something was heard of the player: if it is the answer to a call, that is answered. */
void calls_heard(struct calls *calls, const json_t *event);

/** The player died: nobody is answered by it. */
void calls_fail(struct calls *calls);

/** Commands that nobody waits for any more, and which are not answered either. */
size_t calls_overdue(const struct calls *calls);

/** True if a command was not answered in time and nothing was heard since. */
bool calls_are_silent(const struct calls *calls);

/** How long the oldest call waits, in nanoseconds, if nothing was heard meanwhile; else 0. */
od_nsec calls_silence(const struct calls *calls);

#endif
