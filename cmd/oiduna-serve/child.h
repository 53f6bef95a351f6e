/* The player: a process of its own, spoken to over its control stream, started again if it dies. */
#ifndef OD_SERVE_CHILD_H
#define OD_SERVE_CHILD_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "calls.h"
#include "options.h"

struct child;

/** What the child tells the rest. */
struct child_news {
    void *arg;
    /** Every event, before the answer that it may be is handed out. */
    void (*event)(void *arg, const char *name, const json_t *event);
    /** It said what is no event. */
    void (*nonsense)(void *arg, const char *line, size_t length);
    /** It said something for which there was no memory. */
    void (*lost)(void *arg);
    /** A line that it wrote to standard error, without its newline. */
    void (*complained)(void *arg, const char *line);
    /** It died (its wait status) although nobody asked it to; it is started again. */
    void (*died)(void *arg, int status);
    /** It is about to be started again: adds options to `args` (strings are copied). */
    void (*resume_options)(void *arg, struct od_buf *args);
    /** It was started again: writes with child_feed what makes it go on. */
    void (*resume)(void *arg);
    /** It ended before it was ever ready (its wait status), or the end that was asked for came. */
    void (*ended)(void *arg, int status);
};

/** Starts the player. NULL with a message in `error`. */
struct child *child_new(struct event_base *base, const struct options *options,
                        const struct child_news *news, char *error, size_t size);

/** Its process id, 0 while it is down. */
pid_t child_pid(const struct child *child);

/** True from its `ready` event until it dies. */
bool child_is_up(const struct child *child);

/** True until its first `ready` event. */
bool child_is_first(const struct child *child);

/** True if a command was not answered in time and nothing was heard since. */
bool child_is_silent(const struct child *child);

/** True if there was a sign of life of a player lately, whichever it was. */
bool child_is_well(const struct child *child);

/** How often it was started again. */
unsigned child_restarts(const struct child *child);

/** To be called once a second: one that has not answered for --hang-timeout is ended, to be
 * followed by another. */
void child_check(struct child *child);

/**
 * Sends a command line (without id and newline); `answer` is called later, never from in here.
 * False if the player is down, has not read or answered too much already, or if there is no memory:
 * then `answer` is never called.
 */
bool child_command(struct child *child, call_answer *answer, void *arg, const char *format, ...)
    OD_PRINTF(4, 5);

/** The same for a score, which takes over at `timing` ("bar", "48", …; NULL: as the score says).
 * The bytes are copied. */
bool child_score(struct child *child, call_answer *answer, void *arg, const char *timing,
                 const void *bytes, size_t length);

/** Sends bytes as they are, for resume(). */
void child_feed(struct child *child, const void *bytes, size_t length);

/** Asks it to end (all notes off); insists after two seconds. `ended` is called then. */
void child_quit(struct child *child);

/** Frees; a child that still lives is told to end and not waited for longer than a second. */
void child_free(struct child *child);

#endif
