/*
 * Requests are framed here and not by evhttp: that one knows neither 431 nor a body of ours for an
 * error, takes a request for what its two length headers do not agree on, and has no deadline for a
 * head. The loop, the buffers and the timers are libevent's.
 */
#include "conn.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "timer.h"
#include "world/clock.h"

#define SMALL_BODY          ((uint64_t)64 * 1024) /* read to the end even if the answer is no already */
#define OUTPUT_FULL         ((size_t)256 * 1024) /* answers unread: no further request is looked at */
#define INPUT_FULL          ((size_t)64 * 1024) /* read ahead of what is being answered */
#define BURST               32                  /* pipelined requests answered in one go */
#define BODIES_AT_ONCE      8u                  /* so many of the greatest bodies in memory */
#define LINGER_SECONDS      2.0
#define LAST_CHANCE_SECONDS 0.1  /* for a request that is on its way when the server ends */
#define BODY_SLOWEST        10.0 /* × body-timeout for a whole body */

static void process(struct conn *conn);

void
conn_request_free(struct request *request)
{
    request->app->server->body_bytes -= request->body_room;
    http_head_clear(&request->head);
    od_buf_clear(&request->body);
    od_buf_clear(&request->reply_headers);
    free(request);
}

void
conn_free(struct conn *conn)
{
    struct server *server = conn->server;
    if (conn->closed != NULL) {
        conn->closed(conn->closed_arg);
    }
    if (conn->request != NULL && conn->state == CONN_BUSY) {
        conn->request->conn = NULL; /* its handler still has it */
    } else if (conn->request != NULL) {
        conn_request_free(conn->request);
    }
    if (conn->prev != NULL) {
        conn->prev->next = conn->next;
    } else {
        server->conns = conn->next;
    }
    if (conn->next != NULL) {
        conn->next->prev = conn->prev;
    }
    if (conn->overflow) {
        server->n_overflow--;
    } else {
        server->n_conns--;
    }
    server->counts.open = server->n_conns;
    event_free(conn->timer);
    bufferevent_free(conn->bev);
    free(conn);
}

static void
conn_drop(struct conn *conn)
{
    if (conn->running) {
        conn->doomed = true;
    } else {
        conn_free(conn);
    }
}

/* Everything is written: says so to the client and waits until it has read it. Closing at once with
 * bytes unread would reset the connection and may take the answer with it. */
static void
linger(struct conn *conn)
{
    if (conn->eof) {
        conn_drop(conn);
        return;
    }
    if (!conn->shut) {
        shutdown(bufferevent_getfd(conn->bev), SHUT_WR);
    }
    conn->shut = true;
    timer_set(conn->timer, LINGER_SECONDS);
}

void
conn_close(struct conn *conn)
{
    conn->state = CONN_CLOSING;
    bufferevent_setwatermark(conn->bev, EV_READ, 0, 0);
    bufferevent_enable(conn->bev, EV_READ);
    timer_set(conn->timer, conn->server->options->limits.body_timeout);
    if (evbuffer_get_length(bufferevent_get_output(conn->bev)) == 0) {
        linger(conn);
    }
}

static void
begin_head(struct conn *conn)
{
    conn->state = CONN_HEAD;
    conn->begun = false;
    timer_set(conn->timer, conn->server->options->limits.idle_timeout);
}

void
conn_answered(struct conn *conn)
{
    conn->request = NULL;
    if (!conn->keep) {
        conn_close(conn);
        return;
    }
    begin_head(conn);
    if (!conn->running) {
        process(conn);
    }
}

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
    request->app = conn->server->app;
    request->conn = conn;
    request->max_body = conn->server->options->limits.max_body;
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
        conn->server->calls.handle(request);
    }
}

static void
set_body_timer(struct conn *conn)
{
    double left = (double)(conn->body_end - od_clock_now()) / (double)OD_NSEC_PER_SEC;
    double idle = conn->server->options->limits.body_timeout;
    if (left < 0) {
        left = 0;
    }
    timer_set(conn->timer, left < idle ? left : idle);
}

/* Counts the room a body may take; false if there are too many large ones under way. */
static bool
reserve_body(struct conn *conn, uint64_t bytes)
{
    struct server *server = conn->server;
    if (bytes > server->options->limits.max_body * BODIES_AT_ONCE - server->body_bytes) {
        return false;
    }
    server->body_bytes += bytes;
    conn->request->body_room = bytes;
    return true;
}

static void
begin_body(struct conn *conn)
{
    const struct limits *limits = &conn->server->options->limits;
    struct request *request = conn->request;
    uint64_t length = request->head.chunked ? request->max_body : request->head.length;
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
    if (!reserve_body(conn, length)) {
        reply_header(request, "Retry-After", "1");
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
        return length > conn->server->options->limits.max_header ? 414 : 0;
    }
    *why = "the head is too large";
    if (length > conn->server->options->limits.max_header) {
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
    request->refused = conn->server->calls.check(request);
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
    uint64_t limit = conn->server->options->limits.max_header;
    skip_empty_lines(in);
    if (evbuffer_get_length(in) == 0) {
        return false;
    }
    if (!conn->begun && (!conn->first || conn->server->stopping)) {
        timer_set(conn->timer, conn->server->options->limits.header_timeout);
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
    if (conn->state != CONN_BODY) {
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
        linger(conn);
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
on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;
    (void)fd;
    (void)what;
    conn->server->counts.timeouts++;
    if (conn->state == CONN_HEAD && conn->begun) {
        refuse_head(conn, 408, "the head did not come in time");
    } else if (conn->state == CONN_BODY) {
        refuse_and_close(conn, 408, "the body did not come in time");
    } else if (conn->state != CONN_BUSY) {
        conn_free(conn);
    }
}

void
conn_last_chance(struct conn *conn)
{
    if (conn->state == CONN_HEAD && !conn->begun) {
        timer_set(conn->timer, LAST_CHANCE_SECONDS);
    }
}

struct conn *
conn_new(struct server *server, evutil_socket_t fd)
{
    struct conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL) {
        return NULL;
    }
    conn->server = server;
    conn->first = true;
    conn->timer = evtimer_new(server->base, on_timer, conn);
    conn->bev = bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (conn->timer == NULL || conn->bev == NULL) {
        if (conn->timer != NULL) {
            event_free(conn->timer);
        }
        if (conn->bev != NULL) {
            bufferevent_free(conn->bev);
        }
        free(conn);
        return NULL;
    }
    conn->next = server->conns;
    if (conn->next != NULL) {
        conn->next->prev = conn;
    }
    server->conns = conn;
    return conn;
}

void
conn_start(struct conn *conn)
{
    const struct limits *limits = &conn->server->options->limits;
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

bool
conn_is_local_address(const struct conn *conn, const char *host)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    char text[INET6_ADDRSTRLEN + 8];
    const char *bare = text;
    if (getsockname(bufferevent_getfd(conn->bev), (struct sockaddr *)&address, &length) != 0 ||
        getnameinfo((struct sockaddr *)&address, length, text, sizeof text, NULL, 0,
                    NI_NUMERICHOST) != 0) {
        return false;
    }
    char *zone = strchr(text, '%');
    if (zone != NULL) {
        *zone = '\0';
    }
    if (strncmp(text, "::ffff:", 7) == 0) {
        bare = text + 7;
    }
    return strcmp(bare, host) == 0;
}

size_t
conn_write(struct conn *conn, const void *bytes, size_t length)
{
    struct evbuffer *out = bufferevent_get_output(conn->bev);
    evbuffer_add(out, bytes, length);
    conn->server->counts.bytes_out += length;
    return evbuffer_get_length(out);
}

void
conn_end(struct conn *conn, bool at_once)
{
    conn->closed = NULL;
    if (at_once) {
        conn_drop(conn);
    } else {
        conn_close(conn);
    }
}
