/*
 * Requests are framed here and not by evhttp: that one knows neither 431 nor a body of ours for an
 * error, takes a request for what its two length headers do not agree on, and has no deadline for a
 * head. The loop, the buffers and the timers are libevent's.
 */
#include "intake.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "reply.h"
#include "timer.h"
#include "world/clock.h"

#define SMALL_BODY     ((uint64_t)64 * 1024) /* read to the end even if the answer is no already */
#define OUTPUT_FULL    ((size_t)256 * 1024)  /* answers unread: no further request is looked at */
#define INPUT_FULL     ((size_t)64 * 1024)   /* read ahead of what is being answered */
#define BURST          32                    /* pipelined requests answered in one go */
#define BODIES_AT_ONCE 8u                    /* so many of the greatest bodies in memory */
#define BODY_SLOWEST   10.0                  /* × body-timeout for a whole body */

/* An answer to what cannot be read on: the connection ends with it. */
static void
refuse_and_close(struct conn *conn, int status, const char *why)
{
    conn->keep = false;
    conn->state = CONN_BUSY;
    reply_error(conn->request, status, "%s", why);
}

static struct request *
request_new(struct conn *conn)
{
    struct request *request = calloc(1, sizeof *request);
    if (request == NULL) {
        return NULL;
    }
    request->app = conn->conns->app;
    request->conns = conn->conns;
    request->began = od_clock_now();
    request->conn = conn;
    request->max_body = conn->conns->limits->max_body;
    memcpy(request->peer, conn->peer, sizeof request->peer);
    return request;
}

static void
hand_over(struct conn *conn)
{
    struct request *request = conn->request;
    evtimer_del(conn->timer);
    conn->state = CONN_BUSY;
    if (request->refused) {
        reply_error(request, request->refused, "%s", request->reason);
    } else {
        conn->conns->intake->handle(request);
    }
}

static void
set_body_timer(struct conn *conn)
{
    double left = (double)(conn->body_end - od_clock_now()) / (double)OD_NSEC_PER_SEC;
    double idle = conn->conns->limits->body_timeout;
    if (left < 0) {
        left = 0;
    }
    timer_set(conn->timer, left < idle ? left : idle);
}

/* Small bodies take no place in the pool, and large ones what has come of them: who announces much
 * and sends nothing shuts nobody out. */
static bool
has_room(const struct conn *conn, uint64_t length)
{
    const struct conns *conns = conn->conns;
    uint64_t all = conns->limits->max_body * BODIES_AT_ONCE, mine = conn->request->body_room;
    return length <= SMALL_BODY || conns->body_bytes - mine + length <= all;
}

/* False if there is no room for what has come by now: then the request is answered. */
static bool
take_room(struct conn *conn)
{
    struct request *request = conn->request;
    uint64_t length = request->body.length > SMALL_BODY ? request->body.length : 0;
    if (!has_room(conn, length)) {
        refuse_and_close(conn, 503, "too many large bodies are under way");
        return false;
    }
    conn->conns->body_bytes += length - request->body_room;
    request->body_room = length;
    return true;
}

static void
begin_body(struct conn *conn)
{
    const struct limits *limits = conn->conns->limits;
    struct request *request = conn->request;
    uint64_t length = request->head.length;
    if (request->refused &&
        (request->head.chunked || length > SMALL_BODY || request->head.expect_continue)) {
        refuse_and_close(conn, request->refused, request->reason);
        return;
    }
    if (length > request->max_body) {
        snprintf(request->reason, sizeof request->reason,
                 "the body is too large: at most %llu bytes",
                 (unsigned long long)request->max_body);
        refuse_and_close(conn, 413, request->reason);
        return;
    }
    if (!request->head.chunked && !has_room(conn, length)) {
        refuse_and_close(conn, 503, "too many large bodies are under way");
        return;
    }
    if (request->head.expect_continue &&
        evbuffer_get_length(bufferevent_get_input(conn->bev)) == 0) {
        evbuffer_add_printf(bufferevent_get_output(conn->bev), "HTTP/1.1 100 Continue\r\n\r\n");
    }
    conn->state = CONN_BODY;
    conn->chunks = (struct http_chunks){0};
    conn->body_end = od_clock_now() + (od_nsec)(limits->body_timeout * BODY_SLOWEST * 1e9);
    set_body_timer(conn);
}

/* The status to refuse with if no head can come of what is there; 0 if more may help. */
static int
judge_unfinished(struct conn *conn, struct evbuffer *in, const char **why)
{
    struct evbuffer_ptr line = evbuffer_search(in, "\n", 1, NULL);
    size_t length = evbuffer_get_length(in);
    *why = "the request line is too long";
    if (line.pos < 0) {
        return length > conn->conns->limits->max_header ? 414 : 0;
    }
    *why = "the head is too large";
    if (length > conn->conns->limits->max_header) {
        return 431;
    }
    *why = "lines of a head end in CR LF";
    if (line.pos > 0) {
        struct evbuffer_ptr before = line;
        struct evbuffer_iovec bytes;
        if (evbuffer_ptr_set(in, &before, (size_t)line.pos - 1, EVBUFFER_PTR_SET) == 0 &&
            evbuffer_peek(in, 1, &before, &bytes, 1) >= 1 && *(char *)bytes.iov_base != '\r') {
            return 400;
        }
    }
    return 0;
}

static void
skip_empty_lines(struct evbuffer *in)
{
    char two[2];
    while (evbuffer_copyout(in, two, 2) == 2 && two[0] == '\r' && two[1] == '\n') {
        evbuffer_drain(in, 2);
    }
}

static void
refuse_head(struct conn *conn, int status, const char *why)
{
    if (conn->request == NULL) {
        conn->request = request_new(conn);
    }
    if (conn->request == NULL) {
        conn_drop(conn);
        return;
    }
    refuse_and_close(conn, status, why);
}

static void
head_is_there(struct conn *conn, struct evbuffer *in, size_t length)
{
    const char *bytes = (const char *)evbuffer_pullup(in, (ev_ssize_t)length);
    struct request *request = conn->request = request_new(conn);
    if (request == NULL || bytes == NULL) {
        conn_drop(conn);
        return;
    }
    conn->first = false;
    const char *why;
    int status = http_head_read(&request->head, bytes, length, &why);
    evbuffer_drain(in, length);
    if (status) {
        refuse_and_close(conn, status, why);
        return;
    }
    conn->keep = request->head.keep_alive;
    request->refused = conn->conns->intake->check(request);
    if (request->head.chunked || request->head.length) {
        begin_body(conn);
    } else {
        hand_over(conn);
    }
}

/* True if something happened, so that it is worth to look again. */
static bool
read_head(struct conn *conn)
{
    struct evbuffer *in = bufferevent_get_input(conn->bev);
    uint64_t limit = conn->conns->limits->max_header;
    skip_empty_lines(in);
    if (evbuffer_get_length(in) == 0) {
        return false;
    }
    if (!conn->begun && (!conn->first || conn->conns->stopping)) {
        timer_set(conn->timer, conn->conns->limits->header_timeout);
    }
    conn->begun = true;
    struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
    if (end.pos >= 0 && (uint64_t)end.pos + 4 <= limit) {
        head_is_there(conn, in, (size_t)end.pos + 4);
        return true;
    }
    const char *why;
    int status = judge_unfinished(conn, in, &why);
    if (status == 0) {
        return false;
    }
    refuse_head(conn, status, why);
    return true;
}

static void
take_plain_body(struct conn *conn, struct evbuffer *in)
{
    struct od_buf *body = &conn->request->body;
    size_t have = evbuffer_get_length(in), want = (size_t)conn->request->head.length - body->length;
    if (have > want) {
        have = want;
    }
    void *room = od_buf_extend(body, have);
    if (room == NULL) {
        refuse_and_close(conn, 503, "out of memory");
    } else {
        evbuffer_remove(in, room, have);
    }
}

/* True when the body is complete. */
static bool
take_chunks(struct conn *conn, struct evbuffer *in)
{
    uint64_t limit = conn->request->max_body;
    for (;;) {
        struct evbuffer_iovec piece;
        if (evbuffer_peek(in, -1, NULL, &piece, 1) < 1) {
            return false;
        }
        size_t used;
        enum http_chunk_result result = http_chunks_read(
            &conn->chunks, piece.iov_base, piece.iov_len, &conn->request->body, limit, &used);
        if (result == CHUNK_BAD) {
            refuse_and_close(conn, 400, "the chunked body is broken");
            return false;
        }
        if (result == CHUNK_NO_MEMORY) {
            refuse_and_close(conn, 503, "out of memory");
            return false;
        }
        if (result == CHUNK_LARGE) {
            refuse_and_close(conn, 413, "the body is too large");
            return false;
        }
        evbuffer_drain(in, used);
        if (result == CHUNK_DONE) {
            return true;
        }
    }
}

static bool
read_body(struct conn *conn)
{
    struct evbuffer *in = bufferevent_get_input(conn->bev);
    struct request *request = conn->request;
    if (evbuffer_get_length(in) == 0) {
        return false;
    }
    bool done;
    if (request->head.chunked) {
        done = take_chunks(conn, in);
    } else {
        take_plain_body(conn, in);
        done = conn->state == CONN_BODY && request->body.length == request->head.length;
    }
    if (conn->state != CONN_BODY || !take_room(conn)) {
        return true;
    }
    if (!done) {
        set_body_timer(conn);
        return false;
    }
    hand_over(conn);
    return true;
}

/* Looks at what is there until nothing more can be done with it. */
static void
process(struct conn *conn)
{
    struct evbuffer *out = bufferevent_get_output(conn->bev);
    int burst = BURST;
    bool more = true;
    conn->running = true;
    while (more && !conn->doomed && burst > 0) {
        more = false;
        if (conn->state == CONN_HEAD && evbuffer_get_length(out) < OUTPUT_FULL) {
            more = read_head(conn);
            burst--;
        } else if (conn->state == CONN_BODY) {
            more = read_body(conn);
        }
    }
    conn->running = false;
    if (conn->doomed) {
        conn_free(conn);
    } else if (more) {
        bufferevent_trigger(conn->bev, EV_READ,
                            BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
    } else if (conn->state == CONN_HEAD && conn->eof && evbuffer_get_length(out) < OUTPUT_FULL) {
        conn_close(conn);
    }
}

static void
on_read(struct bufferevent *bev, void *arg)
{
    struct conn *conn = arg;
    struct evbuffer *in = bufferevent_get_input(bev);
    if (conn->state == CONN_CLOSING || conn->state == CONN_STREAM) {
        evbuffer_drain(in, evbuffer_get_length(in));
    } else {
        process(conn);
    }
}

static void
on_written(struct bufferevent *bev, void *arg)
{
    struct conn *conn = arg;
    (void)bev;
    if (conn->state == CONN_CLOSING) {
        conn_linger(conn);
    } else if (conn->state == CONN_HEAD) {
        process(conn);
    }
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
    struct conn *conn = arg;
    (void)bev;
    if ((what & BEV_EVENT_EOF) && conn->state == CONN_BUSY) {
        conn->eof = true; /* it may have closed its side only: the answer is still wanted */
        return;
    }
    if ((what & BEV_EVENT_EOF) && conn->state == CONN_CLOSING && !conn->shut) {
        conn->eof = true;
        return;
    }
    if ((what & BEV_EVENT_EOF) && conn->state == CONN_HEAD) {
        conn->eof = true;
        process(conn);
        return;
    }
    conn_free(conn);
}

static void
on_expired(struct conn *conn)
{
    if (conn->state == CONN_HEAD && conn->begun) {
        refuse_head(conn, 408, "the head did not come in time");
    } else if (conn->state == CONN_BODY) {
        refuse_and_close(conn, 408, "the body did not come in time");
    } else if (conn->state != CONN_BUSY) {
        conn_free(conn);
    }
}

void
intake_init(struct conns *conns, const struct intake_calls *calls)
{
    conns->intake = calls;
    conns->go_on = process;
    conns->expired = on_expired;
}

void
intake_start(struct conn *conn)
{
    const struct limits *limits = conn->conns->limits;
    struct timeval stuck = to_timeval(limits->body_timeout + 1);
    int on = 1;
    setsockopt(bufferevent_getfd(conn->bev), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(bufferevent_getfd(conn->bev), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    bufferevent_setcb(conn->bev, on_read, on_written, on_event, conn);
    bufferevent_setwatermark(conn->bev, EV_READ, 0, INPUT_FULL + (size_t)limits->max_header);
    bufferevent_set_timeouts(conn->bev, NULL, &stuck);
    timer_set(conn->timer, limits->header_timeout);
    bufferevent_enable(conn->bev, EV_READ | EV_WRITE);
}
