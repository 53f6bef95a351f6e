#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"

struct od_stream {
    struct od_streams *streams;
    struct od_conn *conn;
    struct od_stream *next, *prev;
};

struct od_streams {
    const struct od_limits *limits;
    struct event *heartbeat;
    struct od_stream *first;
    size_t count;
    uint64_t next_id, dropped, sent;
};

static json_t *
time_stamp(void)
{
    return json_pack("{s:f}", "timestamp", od_unix_time());
}

static void
on_heartbeat(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    od_streams_send(arg, "heartbeat", time_stamp());
}

struct od_streams *
od_streams_new(struct event_base *base, const struct od_limits *limits)
{
    struct od_streams *streams = calloc(1, sizeof *streams);
    time_t seconds = (time_t)limits->heartbeat;
    struct timeval time = {seconds, (suseconds_t)((limits->heartbeat - (double)seconds) * 1e6)};

    if (!streams) {
        return NULL;
    }
    streams->limits = limits;
    streams->heartbeat = event_new(base, -1, EV_PERSIST, on_heartbeat, streams);
    if (!streams->heartbeat || event_add(streams->heartbeat, &time) != 0) {
        od_streams_free(streams);
        return NULL;
    }
    return streams;
}

static void
unlink_stream(struct od_stream *stream)
{
    if (stream->prev) {
        stream->prev->next = stream->next;
    } else {
        stream->streams->first = stream->next;
    }
    if (stream->next) {
        stream->next->prev = stream->prev;
    }
    stream->streams->count--;
    free(stream);
}

static void
on_closed(void *arg)
{
    unlink_stream(arg);
}

static char *
format_event(struct od_streams *streams, const char *event, json_t *data, size_t *length)
{
    char *text = json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(15)), *line = NULL;
    int n = -1;

    json_decref(data);
    if (text) {
        n = asprintf(&line, "id: %llu\nevent: %s\ndata: %s\n\n",
                     (unsigned long long)++streams->next_id, event, text);
    }
    free(text);
    *length = n < 0 ? 0 : (size_t)n;
    return n < 0 ? NULL : line;
}

/* A reader that does not keep up is dropped alone; the others do not notice. */
static void
send_one(struct od_stream *stream, const char *line, size_t length)
{
    struct od_streams *streams = stream->streams;

    if (od_conn_write(stream->conn, line, length) > streams->limits->max_backlog) {
        od_conn_end(stream->conn, true);
        unlink_stream(stream);
        streams->dropped++;
    } else {
        streams->sent++;
    }
}

void
od_streams_send(struct od_streams *streams, const char *event, json_t *data)
{
    struct od_stream *next;
    size_t length;
    char *line;

    if (!streams->first) {
        json_decref(data);
        return;
    }
    line = format_event(streams, event, data, &length);
    for (struct od_stream *stream = streams->first; line && stream; stream = next) {
        next = stream->next;
        send_one(stream, line, length);
    }
    free(line);
}

static void
send_first(struct od_stream *stream, const char *event, json_t *data)
{
    size_t length;
    char *line = format_event(stream->streams, event, data, &length);

    if (line) {
        od_conn_write(stream->conn, line, length);
    }
    free(line);
}

void
od_streams_open(struct od_streams *streams, struct od_request *request, json_t *status,
                json_t *tracks)
{
    struct od_stream *stream = NULL;
    struct od_conn *conn = NULL;

    if (streams->count >= streams->limits->max_streams) {
        od_reply_header(request, "Retry-After", "5");
        od_reply_error(request, 503, "too many streams");
    } else if (!(stream = calloc(1, sizeof *stream))) {
        od_reply_error(request, 503, "out of memory");
    } else {
        conn = od_stream_start(request, "text/event-stream; charset=utf-8", on_closed, stream);
    }
    if (!conn) {
        free(stream);
        json_decref(status);
        json_decref(tracks);
        return;
    }
    stream->streams = streams;
    stream->conn = conn;
    stream->next = streams->first;
    if (stream->next) {
        stream->next->prev = stream;
    }
    streams->first = stream;
    streams->count++;
    od_conn_write(conn, "retry: 1000\n\n", 13);
    send_first(stream, "connected", time_stamp());
    send_first(stream, "status", status);
    send_first(stream, "tracks", tracks);
}

void
od_streams_end(struct od_streams *streams)
{
    struct od_stream *next;

    for (struct od_stream *stream = streams->first; stream; stream = next) {
        next = stream->next;
        od_conn_end(stream->conn, false);
        unlink_stream(stream);
    }
}

void
od_streams_free(struct od_streams *streams)
{
    if (!streams) {
        return;
    }
    od_streams_end(streams);
    if (streams->heartbeat) {
        event_free(streams->heartbeat);
    }
    free(streams);
}

size_t
od_streams_count(const struct od_streams *streams)
{
    return streams->count;
}

uint64_t
od_streams_dropped(const struct od_streams *streams)
{
    return streams->dropped;
}

uint64_t
od_streams_sent(const struct od_streams *streams)
{
    return streams->sent;
}
