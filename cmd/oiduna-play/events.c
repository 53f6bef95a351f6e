#include "events.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "world/clock.h"

#define EXPENDABLE_ROOM ((size_t)64 * 1024)
#define ROOM            ((size_t)8 * 1024 * 1024)
#define PIECE           ((size_t)PIPE_BUF) /* what a pipe takes at once when poll says POLLOUT */

struct od_buf *
events_begin(struct events *events, const char *name, const char *id)
{
    events->line.length = 0;
    events->line.failed = false;
    od_buf_printf(&events->line, "{\"event\":\"%s\"", name);
    if (id != NULL && *id != '\0') {
        events_text(&events->line, "id", id);
    }
    return &events->line;
}

size_t
events_waiting(const struct events *events)
{
    return events->out.length - events->written;
}

static void
add_line(struct events *events, bool expendable)
{
    size_t room = expendable ? EXPENDABLE_ROOM : ROOM;
    if (events->line.failed || events_waiting(events) + events->line.length > room ||
        !od_buf_append(&events->out, events->line.data, events->line.length)) {
        events->out.failed = false;
        events->lost++;
    }
}

void
events_end(struct events *events, bool expendable)
{
    if (events->enabled && !events->broken) {
        od_buf_append(&events->line, "}\n", 2);
        add_line(events, expendable);
    }
}

void
events_plain(struct events *events, const char *text, size_t length)
{
    if (!events->broken) {
        events->line.length = 0;
        events->line.failed = false;
        od_buf_append(&events->line, text, length);
        od_buf_append(&events->line, "\n", 1);
        add_line(events, true);
    }
}

static void
key_of(struct od_buf *line, const char *key)
{
    od_buf_printf(line, ",\"%s\":", key);
}

void
events_text(struct od_buf *line, const char *key, const char *value)
{
    key_of(line, key);
    if (value != NULL) {
        od_buf_json_string(line, value);
    } else {
        od_buf_append(line, "null", 4);
    }
}

void
events_number(struct od_buf *line, const char *key, double value)
{
    key_of(line, key);
    if (isfinite(value)) {
        od_buf_printf(line, "%.12g", value);
    } else {
        od_buf_append(line, "null", 4);
    }
}

void
events_count(struct od_buf *line, const char *key, uint64_t value)
{
    key_of(line, key);
    od_buf_printf(line, "%" PRIu64, value);
}

void
events_bool(struct od_buf *line, const char *key, bool value)
{
    key_of(line, key);
    od_buf_printf(line, "%s", value ? "true" : "false");
}

void
events_null(struct od_buf *line, const char *key)
{
    events_text(line, key, NULL);
}

void
events_time(struct od_buf *line, const char *key, od_nsec wall)
{
    key_of(line, key);
    od_nsec positive = wall < 0 ? -wall : wall;
    od_buf_printf(line, "%s%" PRId64 ".%09" PRId64, wall < 0 ? "-" : "", positive / OD_NSEC_PER_SEC,
                  positive % OD_NSEC_PER_SEC);
}

void
events_step(struct od_buf *line, int64_t step, od_nsec wall)
{
    int64_t place = step & (OD_STEPS - 1);
    od_buf_printf(line,
                  "\"step\":%" PRId64 ",\"beat\":%" PRId64 ",\"bar\":%" PRId64 ",\"loop\":%" PRId64,
                  place, place / OD_BEAT_STEPS, place / OD_BAR_STEPS, (step - place) / OD_STEPS);
    events_time(line, "time", wall);
}

/* Whole lines as far as a pipe takes them at once, so that a reader that is too slow when all ends
 * gets no half of one; of a longer line, a piece. */
static size_t
next_piece(const struct events *events)
{
    size_t waiting = events_waiting(events);
    if (waiting <= PIECE) {
        return waiting;
    }
    const unsigned char *start = events->out.data + events->written;
    const unsigned char *end = memrchr(start, '\n', PIECE);
    return end != NULL ? (size_t)(end - start) + 1 : PIECE;
}

void
events_flush(struct events *events, int fd)
{
    size_t size = next_piece(events);
    if (size == 0) {
        return;
    }
    ssize_t written = write(fd, events->out.data + events->written, size);
    if (written < 0) {
        events->broken = errno != EINTR && errno != EAGAIN;
        events->error = errno;
        return;
    }
    events->written += (size_t)written;
    if (events->written > events->out.length / 2) { /* seldom, however much waits */
        events->out.length -= events->written;
        memmove(events->out.data, events->out.data + events->written, events->out.length);
        events->written = 0;
    }
}

void
events_drain(struct events *events, int fd, od_nsec patience)
{
    od_nsec end = od_clock_now() + patience;
    for (od_nsec now = od_clock_now(); events_waiting(events) > 0 && !events->broken && now < end;
         now = od_clock_now()) {
        struct pollfd poll_out = {.fd = fd, .events = POLLOUT};
        if (poll(&poll_out, 1, (int)((end - now) / OD_NSEC_PER_MS) + 1) > 0) {
            events_flush(events, fd);
        }
    }
}

void
events_clear(struct events *events)
{
    od_buf_clear(&events->out);
    od_buf_clear(&events->line);
}
