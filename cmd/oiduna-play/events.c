#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/sockios.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "world/clock.h"

#define EXPENDABLE_ROOM ((size_t)64 * 1024)
#define ROOM            ((size_t)8 * 1024 * 1024)
#define PIECE           ((size_t)PIPE_BUF) /* what a pipe takes at once when poll says POLLOUT */
#define REST            (10 * OD_NSEC_PER_MS)

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
        events->missing += !expendable;
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

static bool
has_reader(int fd)
{
    struct pollfd one = {.fd = fd};
    return poll(&one, 1, 0) == 0 || (one.revents & (POLLERR | POLLHUP)) == 0;
}

/* What a pipe or a socket holds until somebody reads. */
struct store {
    bool socket;
    size_t size, taken;
};

/* Writes fill a pipe's pages at least by half. */
static bool
measure_pipe(int fd, struct store *store)
{
    int size = fcntl(fd, F_GETPIPE_SZ);
    int inside = 0;
    if (size < 0 || ioctl(fd, FIONREAD, &inside) != 0) {
        return false;
    }
    size_t taken = inside > 0 ? 2 * (size_t)inside + 3 * PIECE : 0;
    *store = (struct store){.size = (size_t)size, .taken = taken};
    return true;
}

static bool
measure_socket(int fd, struct store *store)
{
    int size = 0, inside = 0;
    socklen_t length = sizeof size;
    if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &length) != 0 ||
        ioctl(fd, SIOCOUTQ, &inside) != 0) {
        return false;
    }
    *store = (struct store){true, (size_t)size, (size_t)inside};
    return true;
}

static bool
measure(int fd, struct store *store)
{
    return measure_pipe(fd, store) || measure_socket(fd, store);
}

/* A socket counts what the kernel needs to keep the bytes, at most as much again. */
static size_t
cost_of(const struct store *store, size_t length)
{
    return store->socket ? 2 * length + 4 * PIECE : length;
}

/* As far as the system allows. */
static bool
widen(int fd, struct store *store, size_t size)
{
    int wanted = (int)size;
    if (store->socket) {
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
    } else {
        (void)fcntl(fd, F_SETPIPE_SZ, wanted);
    }
    return measure(fd, store) && store->size >= size;
}

/* Of a line that is longer than a piece: all of it when the pipe or socket has room, else nothing.
 * What is neither, or never has the room, gets a piece. */
static size_t
whole_or_nothing(int fd, size_t length)
{
    struct store store;
    if (length > ROOM || !has_reader(fd) || !measure(fd, &store)) {
        return PIECE;
    }
    size_t cost = cost_of(&store, length);
    if (cost > store.size && !widen(fd, &store, cost)) {
        return PIECE;
    }
    return store.taken + cost <= store.size ? length : 0;
}

/* Whole lines as far as a pipe or socket takes them at once, so that a reader that is too slow when
 * all ends gets no half of one. */
static size_t
next_piece(const struct events *events, int fd)
{
    size_t waiting = events_waiting(events);
    if (waiting <= PIECE) {
        return waiting;
    }
    const unsigned char *start = events->out.data + events->written;
    const unsigned char *end = memrchr(start, '\n', PIECE);
    if (end != NULL) {
        return (size_t)(end - start) + 1;
    }
    end = memchr(start, '\n', waiting);
    return end == NULL || events->cut ? PIECE : whole_or_nothing(fd, (size_t)(end - start) + 1);
}

void
events_flush(struct events *events, int fd)
{
    if (events_waiting(events) == 0) {
        return;
    }
    size_t size = next_piece(events, fd);
    events->again = size == 0 ? od_clock_now() + REST : 0;
    if (size == 0) {
        return;
    }
    ssize_t written = write(fd, events->out.data + events->written, size);
    if (written < 0) {
        events->broken = errno != EINTR && errno != EAGAIN;
        events->error = errno;
        return;
    }
    if (written > 0) {
        events->written += (size_t)written;
        events->cut = events->out.data[events->written - 1] != '\n';
    }
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
        bool rests = events->again > now;
        struct pollfd poll_out = {.fd = rests ? -1 : fd, .events = POLLOUT};
        od_nsec until = rests && events->again < end ? events->again : end;
        if (poll(&poll_out, 1, (int)((until - now) / OD_NSEC_PER_MS) + 1) > 0) {
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
