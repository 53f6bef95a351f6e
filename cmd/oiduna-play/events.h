/* Lines on standard output: JSON about what happens, or --show's. A slow reader loses positions
 * first; nothing ever waits for it. */
#ifndef OD_PLAY_EVENTS_H
#define OD_PLAY_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/units.h"

struct events {
    bool enabled;
    bool broken;        /* the reader is gone, or it cannot be written */
    int error;          /* errno of that; EPIPE is no fault of anybody's */
    struct od_buf out;  /* whole lines that wait … */
    size_t written;     /* … but for so many bytes of them */
    bool cut;           /* the last of these is in the middle of a line */
    od_nsec again;      /* a long line waits for room until then; 0 = none does */
    struct od_buf line; /* the one being written */
    uint64_t lost;      /* lines that found no room … */
    uint64_t missing;   /* … and were not expendable */
};

/** Begins a line {"event":"NAME"; `id` NULL or "" = none. Then add members, then end. */
struct od_buf *events_begin(struct events *events, const char *name, const char *id);

/** Ends the line; `expendable` ones (positions) are dropped long before the others. */
void events_end(struct events *events, bool expendable);

/** Adds a line of plain text, which gets its line feed; expendable like a position. */
void events_plain(struct events *events, const char *text, size_t length);

/** Members, each with its comma in front. */
void events_text(struct od_buf *line, const char *key, const char *value); /* NULL = null */
void events_number(struct od_buf *line, const char *key, double value);
void events_count(struct od_buf *line, const char *key, uint64_t value);
void events_bool(struct od_buf *line, const char *key, bool value);
void events_null(struct od_buf *line, const char *key);
void events_time(struct od_buf *line, const char *key, od_nsec wall); /* Unix seconds */
/** "step", "beat", "bar", "loop" and "time" of a step. */
void events_step(struct od_buf *line, int64_t step, od_nsec wall);

/** How many bytes wait for the reader. */
size_t events_waiting(const struct events *events);

/** Writes what the descriptor takes without waiting. Call it when poll says POLLOUT, not before
 * `again`: so long a line waits for a pipe that has room for all of it. */
void events_flush(struct events *events, int fd);

/** Writes all, waiting at most `patience`. */
void events_drain(struct events *events, int fd, od_nsec patience);

void events_clear(struct events *events);

#endif
