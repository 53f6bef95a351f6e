/*
 * Requests are framed here and not by evhttp: that one knows neither 431 nor a body of ours for an
 * error, takes a request for what its two length headers do not agree on, and has no deadline for a
 * head. The loop, the buffers and the timers are libevent's.
 */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "clock.h"

#define SMALL_BODY       ((uint64_t)64 * 1024) /* read to the end even if the answer is no already */
#define OUTPUT_FULL      ((size_t)256 * 1024)  /* answers unread: no further request is looked at */
#define INPUT_FULL       ((size_t)64 * 1024)   /* read ahead of what is being answered */
#define BURST            32                    /* pipelined requests answered in one go */
#define BODIES_AT_ONCE   8u                    /* so many of the greatest bodies in memory */
#define OVERFLOW_MAX     ((size_t)64)          /* connections told that there are too many */
#define LINGER_SECONDS   2.0
#define BODY_SLOWEST     10.0        /* × body-timeout for a whole body */
#define STREAM_SEND_SIZE (64 * 1024) /* the kernel's share of a stream's queue */

enum conn_state {
    CONN_HEAD, /* reading a head, or waiting for one */
    CONN_BODY,
    CONN_BUSY, /* a handler has the request */
    CONN_STREAM,
    CONN_CLOSING /* writes what is left, then reads to the end for a while */
};

struct od_conn {
    struct od_server *server;
    struct bufferevent *bev;
    struct event *timer;
    enum conn_state state;
    bool begun;    /* a byte of the head is there */
    bool first;    /* no request was read yet */
    bool eof;      /* the client will send no more */
    bool overflow; /* only told to go away */
    bool keep;     /* after the present answer */
    bool running;  /* inside process() */
    bool doomed;   /* to be freed when process() is through with it */
    bool shut;     /* our side is closed */
    struct od_request *request;
    struct od_http_chunks chunks;
    uint64_t body_room; /* counted in server->body_bytes */
    od_nsec body_end;
    void (*closed)(void *arg);
    void *closed_arg;
    char peer[64];
    struct od_conn *next, *prev;
};

struct od_server {
    struct event_base *base;
    struct od_app *app;
    const struct od_options *options;
    struct od_server_calls calls;
    struct evconnlistener *listener;
    struct event *resume; /* accepting again after descriptors ran out */
    struct od_conn *conns;
    size_t n_conns, n_overflow;
    uint64_t body_bytes;
    bool stopping;
    struct od_server_counts counts;
    char address[80];
};

static void process(struct od_conn *conn);

static void
set_timer(struct od_conn *conn, double seconds)
{
    struct timeval time = {(time_t)seconds,
                           (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6)};

    evtimer_add(conn->timer, &time);
}

static void
request_free(struct od_request *request)
{
    od_http_head_clear(&request->head);
    od_buf_clear(&request->body);
    od_buf_clear(&request->reply_headers);
    free(request);
}

static void
release_body(struct od_conn *conn)
{
    conn->server->body_bytes -= conn->body_room;
    conn->body_room = 0;
}

static void
conn_free(struct od_conn *conn)
{
    struct od_server *server = conn->server;

    if (conn->closed)
        conn->closed(conn->closed_arg);
    if (conn->request && conn->state == CONN_BUSY)
        conn->request->conn = NULL; /* its handler still has it */
    else if (conn->request)
        request_free(conn->request);
    release_body(conn);
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        server->conns = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    if (conn->overflow)
        server->n_overflow--;
    else
        server->n_conns--;
    server->counts.open = server->n_conns;
    event_free(conn->timer);
    bufferevent_free(conn->bev);
    free(conn);
}

static void
conn_drop(struct od_conn *conn)
{
    if (conn->running)
        conn->doomed = true;
    else
        conn_free(conn);
}

/* Everything is written: says so to the client and waits until it has read it. Closing at once with
 * bytes unread would reset the connection and may take the answer with it. */
static void
linger(struct od_conn *conn)
{
    if (conn->eof) {
        conn_drop(conn);
        return;
    }
    if (!conn->shut)
        shutdown(bufferevent_getfd(conn->bev), SHUT_WR);
    conn->shut = true;
    set_timer(conn, LINGER_SECONDS);
}

static void
start_closing(struct od_conn *conn)
{
    conn->state = CONN_CLOSING;
    bufferevent_setwatermark(conn->bev, EV_READ, 0, 0);
    bufferevent_enable(conn->bev, EV_READ);
    set_timer(conn, conn->server->options->limits.body_timeout);
    if (evbuffer_get_length(bufferevent_get_output(conn->bev)) == 0)
        linger(conn);
}

static void
begin_head(struct od_conn *conn)
{
    conn->state = CONN_HEAD;
    conn->begun = false;
    set_timer(conn, conn->server->options->limits.idle_timeout);
}

static void
date_line(struct evbuffer *out)
{
    static time_t last;
    static char text[64];
    time_t now = time(NULL);

    if (now != last) {
        struct tm tm;

        gmtime_r(&now, &tm);
        strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
        last = now;
    }
    evbuffer_add(out, text, strlen(text));
}

/* As written into a log between quotes: nothing that ends the line or the quotes. */
static void
log_text(const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            fprintf(stderr, "\\%c", c);
        else if (c < 0x20 || c >= 0x7f)
            fprintf(stderr, "\\x%02x", c);
        else
            fputc(c, stderr);
    }
}

static void
log_request(const struct od_request *request, int status, size_t bytes)
{
    time_t now = time(NULL);
    struct tm tm;
    char when[40];

    localtime_r(&now, &tm);
    strftime(when, sizeof when, "%d/%b/%Y:%H:%M:%S %z", &tm);
    fprintf(stderr, "%s - - [%s] \"", request->peer, when);
    if (request->head.target) {
        log_text(request->head.method_text);
        fputc(' ', stderr);
        log_text(request->head.target);
        fprintf(stderr, " HTTP/1.%d", request->head.minor);
    } else {
        fputc('-', stderr);
    }
    fprintf(stderr, "\" %d %zu\n", status, bytes);
}

static void
write_head(struct od_request *request, int status, const char *type, size_t length, bool keep)
{
    struct evbuffer *out = bufferevent_get_output(request->conn->bev);

    evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\n", status, od_http_reason(status));
    date_line(out);
    if (type)
        evbuffer_add_printf(out, "Content-Type: %s\r\n", type);
    if (status != 204)
        evbuffer_add_printf(out, "Content-Length: %zu\r\n", length);
    if (!keep)
        evbuffer_add_printf(out, "Connection: close\r\n");
    else if (request->head.minor == 0)
        evbuffer_add_printf(out, "Connection: keep-alive\r\n");
    evbuffer_add_printf(out, "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n");
    evbuffer_add(out, request->reply_headers.data, request->reply_headers.length);
    evbuffer_add(out, "\r\n", 2);
}

void
od_reply_header(struct od_request *request, const char *name, const char *value)
{
    od_buf_printf(&request->reply_headers, "%s: %s\r\n", name, value);
}

static void
count_reply(struct od_server *server, int status)
{
    size_t class = (size_t)status / 100;

    if (class < sizeof server->counts.requests / sizeof *server->counts.requests)
        server->counts.requests[class]++;
}

void
od_reply_bytes(struct od_request *request, int status, const char *type, const void *bytes,
               size_t length)
{
    struct od_conn *conn = request->conn;
    struct od_server *server = request->app->server;

    count_reply(server, status);
    server->counts.bytes_out += length;
    if (server->options->log)
        log_request(request, status, length);
    if (!conn) {
        request_free(request);
        return;
    }
    conn->keep = conn->keep && !server->stopping &&
                 (!conn->eof || evbuffer_get_length(bufferevent_get_input(conn->bev)) > 0);
    write_head(request, status, type, length, conn->keep);
    if (request->head.method != OD_METHOD_HEAD && status != 204)
        evbuffer_add(bufferevent_get_output(conn->bev), bytes, length);
    conn->request = NULL;
    release_body(conn);
    request_free(request);
    if (!conn->keep) {
        start_closing(conn);
        return;
    }
    begin_head(conn);
    if (!conn->running)
        process(conn);
}

void
od_reply_json(struct od_request *request, int status, json_t *document)
{
    char *text = document ? json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;

    json_decref(document);
    if (!text) {
        static const char none[] = "{\"detail\":\"out of memory\"}";

        od_reply_bytes(request, 500, "application/json", none, sizeof none - 1);
        return;
    }
    od_reply_bytes(request, status, "application/json", text, strlen(text));
    free(text);
}

void
od_reply_error(struct od_request *request, int status, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!od_http_utf8(text, strlen(text)))
        snprintf(text, sizeof text, "%s", od_http_reason(status));
    od_reply_json(request, status, json_pack("{s:s}", "detail", text));
}

/* An answer to what cannot be read on: the connection ends with it. */
static void
refuse_and_close(struct od_conn *conn, int status, const char *why)
{
    conn->keep = false;
    conn->state = CONN_BUSY;
    od_reply_error(conn->request, status, "%s", why);
}

static struct od_request *
request_new(struct od_conn *conn)
{
    struct od_request *request = calloc(1, sizeof *request);

    if (!request)
        return NULL;
    request->app = conn->server->app;
    request->conn = conn;
    memcpy(request->peer, conn->peer, sizeof request->peer);
    return request;
}

static void
hand_over(struct od_conn *conn)
{
    struct od_request *request = conn->request;

    evtimer_del(conn->timer);
    conn->state = CONN_BUSY;
    if (request->refused)
        od_reply_error(request, request->refused, "%s", request->reason);
    else
        conn->server->calls.handle(request);
}

static void
set_body_timer(struct od_conn *conn)
{
    double left = (double)(conn->body_end - od_clock_now()) / (double)OD_NSEC_PER_SEC;
    double idle = conn->server->options->limits.body_timeout;

    if (left < 0)
        left = 0;
    set_timer(conn, left < idle ? left : idle);
}

/* Counts the room a body may take; false if there are too many large ones under way. */
static bool
reserve_body(struct od_conn *conn, uint64_t bytes)
{
    struct od_server *server = conn->server;

    if (bytes > server->options->limits.max_body * BODIES_AT_ONCE - server->body_bytes)
        return false;
    server->body_bytes += bytes;
    conn->body_room = bytes;
    return true;
}

static void
begin_body(struct od_conn *conn)
{
    const struct od_limits *limits = &conn->server->options->limits;
    struct od_request *request = conn->request;
    uint64_t length = request->head.chunked ? limits->max_body : request->head.length;

    if (request->refused &&
        (request->head.chunked || length > SMALL_BODY || request->head.expect_continue)) {
        refuse_and_close(conn, request->refused, request->reason);
        return;
    }
    if (length > limits->max_body) {
        snprintf(request->reason, sizeof request->reason,
                 "the body is too large: at most %llu bytes", (unsigned long long)limits->max_body);
        refuse_and_close(conn, 413, request->reason);
        return;
    }
    if (!reserve_body(conn, length)) {
        od_reply_header(request, "Retry-After", "1");
        refuse_and_close(conn, 503, "too many large bodies are under way");
        return;
    }
    if (request->head.expect_continue && evbuffer_get_length(bufferevent_get_input(conn->bev)) == 0)
        evbuffer_add_printf(bufferevent_get_output(conn->bev), "HTTP/1.1 100 Continue\r\n\r\n");
    conn->state = CONN_BODY;
    conn->chunks = (struct od_http_chunks){0};
    conn->body_end = od_clock_now() + (od_nsec)(limits->body_timeout * BODY_SLOWEST * 1e9);
    set_body_timer(conn);
}

/* The status to refuse with if no head can come of what is there; 0 if more may help. */
static int
judge_unfinished(struct od_conn *conn, struct evbuffer *in, const char **why)
{
    struct evbuffer_ptr line = evbuffer_search(in, "\n", 1, NULL);
    size_t length = evbuffer_get_length(in);

    *why = "the request line is too long";
    if (line.pos < 0)
        return length > conn->server->options->limits.max_header ? 414 : 0;
    *why = "the head is too large";
    if (length > conn->server->options->limits.max_header)
        return 431;
    *why = "lines of a head end in CR LF";
    if (line.pos > 0) {
        struct evbuffer_ptr before = line;
        struct evbuffer_iovec bytes;

        if (evbuffer_ptr_set(in, &before, (size_t)line.pos - 1, EVBUFFER_PTR_SET) == 0 &&
            evbuffer_peek(in, 1, &before, &bytes, 1) >= 1 && *(char *)bytes.iov_base != '\r')
            return 400;
    }
    return 0;
}

static void
skip_empty_lines(struct evbuffer *in)
{
    char two[2];

    while (evbuffer_copyout(in, two, 2) == 2 && two[0] == '\r' && two[1] == '\n')
        evbuffer_drain(in, 2);
}

static void
refuse_head(struct od_conn *conn, int status, const char *why)
{
    if (!conn->request)
        conn->request = request_new(conn);
    if (!conn->request) {
        conn_drop(conn);
        return;
    }
    refuse_and_close(conn, status, why);
}

static void
head_is_there(struct od_conn *conn, struct evbuffer *in, size_t length)
{
    const char *bytes = (const char *)evbuffer_pullup(in, (ev_ssize_t)length), *why;
    struct od_request *request = conn->request = request_new(conn);
    int status;

    if (!request || !bytes) {
        conn_drop(conn);
        return;
    }
    conn->first = false;
    status = od_http_head_read(&request->head, bytes, length, &why);
    evbuffer_drain(in, length);
    if (status) {
        refuse_and_close(conn, status, why);
        return;
    }
    conn->keep = request->head.keep_alive;
    request->refused = conn->server->calls.check(request);
    if (request->head.chunked || request->head.length)
        begin_body(conn);
    else
        hand_over(conn);
}

/* True if something happened, so that it is worth to look again. */
static bool
read_head(struct od_conn *conn)
{
    struct evbuffer *in = bufferevent_get_input(conn->bev);
    uint64_t limit = conn->server->options->limits.max_header;
    struct evbuffer_ptr end;
    const char *why;
    int status;

    skip_empty_lines(in);
    if (evbuffer_get_length(in) == 0)
        return false;
    if (!conn->begun && !conn->first)
        set_timer(conn, conn->server->options->limits.header_timeout);
    conn->begun = true;
    end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
    if (end.pos >= 0 && (uint64_t)end.pos + 4 <= limit) {
        head_is_there(conn, in, (size_t)end.pos + 4);
        return true;
    }
    status = judge_unfinished(conn, in, &why);
    if (status == 0)
        return false;
    refuse_head(conn, status, why);
    return true;
}

static void
take_plain_body(struct od_conn *conn, struct evbuffer *in)
{
    struct od_buf *body = &conn->request->body;
    size_t have = evbuffer_get_length(in), want = (size_t)conn->request->head.length - body->length;
    void *room;

    if (have > want)
        have = want;
    room = od_buf_extend(body, have);
    if (!room)
        refuse_and_close(conn, 503, "out of memory");
    else
        evbuffer_remove(in, room, have);
}

/* True when the body is complete. */
static bool
take_chunks(struct od_conn *conn, struct evbuffer *in)
{
    uint64_t limit = conn->server->options->limits.max_body;

    for (;;) {
        struct evbuffer_iovec piece;
        enum od_http_chunk_result result;
        size_t used;

        if (evbuffer_peek(in, -1, NULL, &piece, 1) < 1)
            return false;
        result = od_http_chunks_read(&conn->chunks, piece.iov_base, piece.iov_len,
                                     &conn->request->body, limit, &used);
        if (result == OD_CHUNK_BAD) {
            refuse_and_close(conn, 400, "the chunked body is broken");
            return false;
        }
        if (result == OD_CHUNK_LARGE) {
            refuse_and_close(conn, 413, "the body is too large");
            return false;
        }
        evbuffer_drain(in, used);
        if (result == OD_CHUNK_DONE)
            return true;
    }
}

static bool
read_body(struct od_conn *conn)
{
    struct evbuffer *in = bufferevent_get_input(conn->bev);
    struct od_request *request = conn->request;
    bool done;

    if (evbuffer_get_length(in) == 0)
        return false;
    if (request->head.chunked) {
        done = take_chunks(conn, in);
    } else {
        take_plain_body(conn, in);
        done = conn->state == CONN_BODY && request->body.length == request->head.length;
    }
    if (conn->state != CONN_BODY)
        return true;
    if (!done) {
        set_body_timer(conn);
        return false;
    }
    hand_over(conn);
    return true;
}

/* Looks at what is there until nothing more can be done with it. */
static void
process(struct od_conn *conn)
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
    if (conn->doomed)
        conn_free(conn);
    else if (more)
        bufferevent_trigger(conn->bev, EV_READ,
                            BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
    else if (conn->state == CONN_HEAD && conn->eof && evbuffer_get_length(out) < OUTPUT_FULL)
        start_closing(conn);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
    struct od_conn *conn = arg;
    struct evbuffer *in = bufferevent_get_input(bev);

    if (conn->state == CONN_CLOSING || conn->state == CONN_STREAM)
        evbuffer_drain(in, evbuffer_get_length(in));
    else
        process(conn);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
    struct od_conn *conn = arg;

    (void)bev;
    if (conn->state == CONN_CLOSING)
        linger(conn);
    else if (conn->state == CONN_HEAD)
        process(conn);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
    struct od_conn *conn = arg;

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
    struct od_conn *conn = arg;

    (void)fd;
    (void)what;
    conn->server->counts.timeouts++;
    if (conn->state == CONN_HEAD && conn->begun)
        refuse_head(conn, 408, "the head did not come in time");
    else if (conn->state == CONN_BODY)
        refuse_and_close(conn, 408, "the body did not come in time");
    else if (conn->state != CONN_BUSY)
        conn_free(conn);
}

static void
peer_name(struct od_conn *conn, struct sockaddr *address, int length)
{
    if (getnameinfo(address, (socklen_t)length, conn->peer, sizeof conn->peer, NULL, 0,
                    NI_NUMERICHOST) != 0)
        snprintf(conn->peer, sizeof conn->peer, "-");
}

static struct od_conn *
conn_new(struct od_server *server, evutil_socket_t fd)
{
    struct od_conn *conn = calloc(1, sizeof *conn);

    if (!conn)
        return NULL;
    conn->server = server;
    conn->first = true;
    conn->timer = evtimer_new(server->base, on_timer, conn);
    conn->bev = bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (!conn->timer || !conn->bev) {
        if (conn->timer)
            event_free(conn->timer);
        if (conn->bev)
            bufferevent_free(conn->bev);
        free(conn);
        return NULL;
    }
    conn->next = server->conns;
    if (conn->next)
        conn->next->prev = conn;
    server->conns = conn;
    return conn;
}

static void
conn_start(struct od_conn *conn)
{
    const struct od_limits *limits = &conn->server->options->limits;
    struct timeval stuck = {(time_t)limits->body_timeout + 1, 0};
    int on = 1;

    setsockopt(bufferevent_getfd(conn->bev), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(bufferevent_getfd(conn->bev), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    bufferevent_setcb(conn->bev, on_read, on_written, on_event, conn);
    bufferevent_setwatermark(conn->bev, EV_READ, 0, INPUT_FULL + (size_t)limits->max_header);
    bufferevent_set_timeouts(conn->bev, NULL, &stuck);
    set_timer(conn, limits->header_timeout);
    bufferevent_enable(conn->bev, EV_READ | EV_WRITE);
}

/* The answer to one connection too many. */
static void
turn_away(struct od_conn *conn)
{
    static const char text[] = "HTTP/1.1 503 Service Unavailable\r\n"
                               "Content-Type: application/json\r\n"
                               "Content-Length: 34\r\n"
                               "Connection: close\r\n"
                               "Retry-After: 1\r\n\r\n"
                               "{\"detail\":\"too many connections\"}\n";

    conn->server->counts.refused++;
    count_reply(conn->server, 503);
    evbuffer_add(bufferevent_get_output(conn->bev), text, sizeof text - 1);
    start_closing(conn);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address, int length,
          void *arg)
{
    struct od_server *server = arg;
    bool full = server->n_conns >= server->options->limits.max_connections;
    struct od_conn *conn;

    (void)listener;
    if (full && server->n_overflow >= OVERFLOW_MAX) {
        server->counts.refused++;
        evutil_closesocket(fd);
        return;
    }
    conn = conn_new(server, fd);
    if (!conn) {
        evutil_closesocket(fd);
        return;
    }
    conn->overflow = full;
    if (full)
        server->n_overflow++;
    else
        server->n_conns++;
    server->counts.connections++;
    server->counts.open = server->n_conns;
    peer_name(conn, address, length);
    conn_start(conn);
    if (full)
        turn_away(conn);
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
    struct od_server *server = arg;

    (void)fd;
    (void)what;
    if (!server->stopping)
        evconnlistener_enable(server->listener);
}

/* Out of descriptors: the connection stays in the queue; looking at it again at once would spin. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
    struct od_server *server = arg;
    struct timeval soon = {0, 100000};

    evconnlistener_disable(listener);
    evtimer_add(server->resume, &soon);
}

static void
note_address(struct od_server *server)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    char host[INET6_ADDRSTRLEN + 8], port[8];

    if (getsockname(evconnlistener_get_fd(server->listener), (struct sockaddr *)&address,
                    &length) == 0 &&
        getnameinfo((struct sockaddr *)&address, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        snprintf(server->address, sizeof server->address,
                 address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static bool
start_listening(struct od_server *server, char *error, size_t size)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    const struct od_options *options = server->options;
    char port[8];
    int result;

    snprintf(port, sizeof port, "%u", options->port);
    result = getaddrinfo(options->host, port, &hints, &found);
    if (result != 0) {
        snprintf(error, size, "%s: %s", options->host, gai_strerror(result));
        return false;
    }
    server->listener =
        evconnlistener_new_bind(server->base, on_accept, server,
                                LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
                                512, found->ai_addr, (int)found->ai_addrlen);
    freeaddrinfo(found);
    if (!server->listener) {
        snprintf(error, size, "%s:%s: %s", options->host, port, strerror(errno));
        return false;
    }
    evconnlistener_set_error_cb(server->listener, on_accept_error);
    note_address(server);
    return true;
}

/* Room for the connections that are allowed, if the system permits. */
static void
raise_descriptors(const struct od_limits *limits)
{
    rlim_t want = (rlim_t)limits->max_connections + OVERFLOW_MAX + 64;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= want)
        return;
    limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
    setrlimit(RLIMIT_NOFILE, &limit);
}

struct od_server *
od_server_new(struct event_base *base, struct od_app *app, const struct od_options *options,
              const struct od_server_calls *calls, char *error, size_t size)
{
    struct od_server *server = calloc(1, sizeof *server);

    snprintf(error, size, "out of memory");
    if (!server)
        return NULL;
    server->base = base;
    server->app = app;
    server->options = options;
    server->calls = *calls;
    server->resume = evtimer_new(base, on_resume, server);
    raise_descriptors(&options->limits);
    if (!server->resume || !start_listening(server, error, size)) {
        od_server_free(server);
        return NULL;
    }
    return server;
}

const char *
od_server_address(const struct od_server *server)
{
    return server->address;
}

const struct od_server_counts *
od_server_counts(const struct od_server *server)
{
    return &server->counts;
}

void
od_server_stop(struct od_server *server)
{
    struct od_conn *next;

    server->stopping = true;
    evconnlistener_disable(server->listener);
    evconnlistener_free(server->listener);
    server->listener = NULL;
    for (struct od_conn *conn = server->conns; conn; conn = next) {
        next = conn->next;
        if (conn->state == CONN_HEAD && !conn->begun)
            start_closing(conn);
    }
}

size_t
od_server_busy(const struct od_server *server)
{
    size_t busy = 0;

    for (const struct od_conn *conn = server->conns; conn; conn = conn->next)
        busy += conn->state == CONN_BODY || conn->state == CONN_BUSY ||
                (conn->state == CONN_HEAD && conn->begun) ||
                evbuffer_get_length(bufferevent_get_output(conn->bev)) > 0;
    return busy;
}

void
od_server_free(struct od_server *server)
{
    if (!server)
        return;
    while (server->conns)
        conn_free(server->conns);
    if (server->listener)
        evconnlistener_free(server->listener);
    if (server->resume)
        event_free(server->resume);
    free(server);
}

bool
od_conn_is_local_address(const struct od_conn *conn, const char *host)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    char text[INET6_ADDRSTRLEN + 8], *zone;
    const char *bare = text;

    if (getsockname(bufferevent_getfd(conn->bev), (struct sockaddr *)&address, &length) != 0 ||
        getnameinfo((struct sockaddr *)&address, length, text, sizeof text, NULL, 0,
                    NI_NUMERICHOST) != 0)
        return false;
    zone = strchr(text, '%');
    if (zone)
        *zone = '\0';
    if (strncmp(text, "::ffff:", 7) == 0)
        bare = text + 7;
    return strcmp(bare, host) == 0;
}

struct od_conn *
od_stream_start(struct od_request *request, const char *type, void (*closed)(void *arg), void *arg)
{
    struct od_conn *conn = request->conn;
    struct evbuffer *out;
    int size = STREAM_SEND_SIZE;

    count_reply(request->app->server, 200);
    if (request->app->options.log)
        log_request(request, 200, 0);
    if (!conn) {
        request_free(request);
        return NULL;
    }
    out = bufferevent_get_output(conn->bev);
    evbuffer_add_printf(out, "HTTP/1.1 200 OK\r\n");
    date_line(out);
    evbuffer_add_printf(out,
                        "Content-Type: %s\r\nCache-Control: no-cache\r\nConnection: close\r\n"
                        "X-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\n",
                        type);
    evbuffer_add(out, request->reply_headers.data, request->reply_headers.length);
    evbuffer_add(out, "\r\n", 2);
    conn->request = NULL;
    request_free(request);
    setsockopt(bufferevent_getfd(conn->bev), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    bufferevent_set_timeouts(conn->bev, NULL, NULL);
    conn->state = CONN_STREAM;
    conn->closed = closed;
    conn->closed_arg = arg;
    return conn;
}

size_t
od_conn_write(struct od_conn *conn, const void *bytes, size_t length)
{
    struct evbuffer *out = bufferevent_get_output(conn->bev);

    evbuffer_add(out, bytes, length);
    conn->server->counts.bytes_out += length;
    return evbuffer_get_length(out);
}

void
od_conn_end(struct od_conn *conn, bool at_once)
{
    conn->closed = NULL;
    if (at_once)
        conn_drop(conn);
    else
        start_closing(conn);
}
