#include "streams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "reply.h"
#include "timer.h"

struct listener {
    struct streams *streams;
    struct conn *conn;
    struct listener *next, *prev;
};

struct streams {
    const struct limits *limits;
    struct event *heartbeat;
    struct listener *first;
    size_t count;
    size_t longest; /* event ever sent: whoever is given one has time to read it */
    uint64_t next_id, dropped, sent;
};

static json_t *
time_stamp(void)
{
    return json_pack("{s:f}", "timestamp", unix_time());
}

static void
on_heartbeat(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    streams_send(arg, "heartbeat", time_stamp());
}

struct streams *
streams_new(struct event_base *base, const struct limits *limits)
{
    struct streams *streams = calloc(1, sizeof *streams);
    struct timeval time = to_timeval(limits->heartbeat);
    if (streams == NULL) {
        return NULL;
    }
    streams->limits = limits;
    streams->heartbeat = event_new(base, -1, EV_PERSIST, on_heartbeat, streams);
    if (streams->heartbeat == NULL || event_add(streams->heartbeat, &time) != 0) {
        streams_free(streams);
        return NULL;
    }
    return streams;
}

static void
unlink_stream(struct listener *stream)
{
    if (stream->prev != NULL) {
        stream->prev->next = stream->next;
    } else {
        stream->streams->first = stream->next;
    }
    if (stream->next != NULL) {
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

static void
begin_event(struct streams *streams, const char *event, struct od_buf *text)
{
    od_buf_printf(text, "id: %llu\nevent: %s\ndata: ", (unsigned long long)++streams->next_id,
                  event);
}

static bool
end_event(struct streams *streams, struct od_buf *text)
{
    bool good = od_buf_append(text, "\n\n", 2);
    if (good && text->length > streams->longest) {
        streams->longest = text->length;
    }
    return good;
}

/* Takes the reference; false if there is no memory. */
static bool
format_event(struct streams *streams, const char *event, json_t *data, struct od_buf *text)
{
    begin_event(streams, event, text);
    bool good = data != NULL && document_write(data, text) && end_event(streams, text);
    json_decref(data);
    return good;
}

/* A reader that does not keep up is dropped alone; the others do not notice. */
static void
send_one(struct listener *stream, const struct od_buf *text)
{
    struct streams *streams = stream->streams;
    if (conn_write(stream->conn, text->data, text->length) >
        streams->limits->max_backlog + streams->longest) {
        conn_end(stream->conn, true);
        unlink_stream(stream);
        streams->dropped++;
    } else {
        streams->sent++;
    }
}

static void
send_all(struct streams *streams, const struct od_buf *text)
{
    struct listener *next;
    for (struct listener *stream = streams->first; stream != NULL; stream = next) {
        next = stream->next;
        send_one(stream, text);
    }
}

void
streams_send(struct streams *streams, const char *event, json_t *data)
{
    if (streams->first == NULL) {
        json_decref(data);
        return;
    }
    struct od_buf text = {0};
    if (format_event(streams, event, data, &text)) {
        send_all(streams, &text);
    }
    od_buf_clear(&text);
}

void
streams_send_text(struct streams *streams, const char *event, const struct od_buf *data)
{
    struct od_buf text = {0};
    if (streams->first != NULL) {
        begin_event(streams, event, &text);
        od_buf_append(&text, data->data, data->length);
        if (end_event(streams, &text)) {
            send_all(streams, &text);
        }
    }
    od_buf_clear(&text);
}

static void
send_first(struct listener *stream, const char *event, json_t *data)
{
    struct od_buf text = {0};
    if (format_event(stream->streams, event, data, &text)) {
        conn_write(stream->conn, text.data, text.length);
    }
    od_buf_clear(&text);
}

void
streams_open(struct streams *streams, struct request *request, json_t *status, json_t *tracks)
{
    struct listener *stream = NULL;
    struct conn *conn = NULL;
    if (streams->count >= streams->limits->max_streams) {
        reply_header(request, "Retry-After", "5");
        reply_error(request, 503, "too many streams");
    } else if ((stream = calloc(1, sizeof *stream)) == NULL) {
        reply_error(request, 503, "out of memory");
    } else {
        conn = stream_start(request, "text/event-stream; charset=utf-8", on_closed, stream);
    }
    if (conn == NULL) {
        free(stream);
        json_decref(status);
        json_decref(tracks);
        return;
    }
    stream->streams = streams;
    stream->conn = conn;
    stream->next = streams->first;
    if (stream->next != NULL) {
        stream->next->prev = stream;
    }
    streams->first = stream;
    streams->count++;
    conn_write(conn, "retry: 1000\n\n", 13);
    send_first(stream, "connected", time_stamp());
    send_first(stream, "status", status);
    send_first(stream, "tracks", tracks);
}

void
streams_end(struct streams *streams)
{
    struct listener *next;
    for (struct listener *stream = streams->first; stream != NULL; stream = next) {
        next = stream->next;
        conn_end(stream->conn, false);
        unlink_stream(stream);
    }
}

void
streams_free(struct streams *streams)
{
    if (streams == NULL) {
        return;
    }
    streams_end(streams);
    if (streams->heartbeat != NULL) {
        event_free(streams->heartbeat);
    }
    free(streams);
}

size_t
streams_count(const struct streams *streams)
{
    return streams->count;
}

uint64_t
streams_dropped(const struct streams *streams)
{
    return streams->dropped;
}

uint64_t
streams_sent(const struct streams *streams)
{
    return streams->sent;
}
