#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "conn.h"
#include "document.h"
#include "log.h"

#define UNKNOWN          SIZE_MAX    /* length */
#define STREAM_SEND_SIZE (64 * 1024) /* the kernel's share of a stream's queue */

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
quote_text(struct od_buf *line, const char *text, size_t length)
{
    for (; length > 0; text++, length--) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            od_buf_printf(line, "\\%c", c);
        } else if (c < 0x20 || c >= 0x7f) {
            od_buf_printf(line, "\\x%02x", c);
        } else {
            od_buf_append(line, &c, 1);
        }
    }
}

/* A token in it is nobody's business. */
static void
log_target(struct od_buf *line, const char *target)
{
    static const char name[] = "access_token=";
    const char *secret;
    while ((secret = strstr(target, name)) != NULL) {
        secret += sizeof name - 1;
        quote_text(line, target, (size_t)(secret - target));
        od_buf_append(line, "***", 3);
        target = secret + strcspn(secret, "&#");
    }
    quote_text(line, target, strlen(target));
}

static void
log_request(const struct request *request, int status, size_t bytes)
{
    struct od_buf line = {0};
    time_t now = time(NULL);
    struct tm tm;
    localtime_r(&now, &tm);
    char when[40];
    strftime(when, sizeof when, "%d/%b/%Y:%H:%M:%S %z", &tm);
    od_buf_printf(&line, "%s - - [%s] \"", request->peer, when);
    if (request->head.target != NULL) {
        quote_text(&line, request->head.method_text, strlen(request->head.method_text));
        od_buf_printf(&line, " ");
        log_target(&line, request->head.target);
        od_buf_printf(&line, " HTTP/1.%d", request->head.minor);
    } else {
        od_buf_printf(&line, "-");
    }
    od_buf_printf(&line, "\" %d %zu\n", status, bytes);
    log_line(request->conns->access_log, line.data, line.length);
    od_buf_clear(&line);
}

static void
write_head(struct request *request, int status, const char *type, size_t length, bool keep)
{
    struct evbuffer *out = bufferevent_get_output(request->conn->bev);
    evbuffer_add_printf(out, "HTTP/1.1 %d %s\r\n", status, http_reason(status));
    date_line(out);
    if (type != NULL) {
        evbuffer_add_printf(out, "Content-Type: %s\r\n", type);
    }
    if (status != 204 && length != UNKNOWN) {
        evbuffer_add_printf(out, "Content-Length: %zu\r\n", length);
    }
    if (!keep) {
        evbuffer_add_printf(out, "Connection: close\r\n");
    } else if (request->head.minor == 0) {
        evbuffer_add_printf(out, "Connection: keep-alive\r\n");
    }
    evbuffer_add_printf(out, "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n");
    evbuffer_add(out, request->reply_headers.data, request->reply_headers.length);
    evbuffer_add(out, "\r\n", 2);
}

void
reply_header(struct request *request, const char *name, const char *value)
{
    od_buf_printf(&request->reply_headers, "%s: %s\r\n", name, value);
}

/* With its colon: other headers' values are names of headers. */
static bool
has_header(const struct request *request, const char *name)
{
    const struct od_buf *lines = &request->reply_headers;
    return lines->length && memmem(lines->data, lines->length, name, strlen(name)) != NULL;
}

void
reply_count(struct conns *conns, int status)
{
    size_t class = (size_t)status / 100;
    if (class < sizeof conns->counts.requests / sizeof *conns->counts.requests) {
        conns->counts.requests[class]++;
    }
}

/* Counts and writes the head; true if the body is to follow: there is somebody who wants it. */
static bool
begin_answer(struct request *request, int status, const char *type, size_t length)
{
    struct conn *conn = request->conn;
    struct conns *conns = request->conns;
    bool wanted = conn != NULL && request->head.method != METHOD_HEAD && status != 204;
    reply_count(conns, status);
    if (conns->answered != NULL) {
        conns->answered(request, status);
    }
    conns->counts.bytes_out += wanted ? length : 0;
    if (conns->access_log != NULL) {
        log_request(request, status, wanted ? length : 0);
    }
    if (conn == NULL) {
        return false;
    }
    if (status == 503 && !has_header(request, "Retry-After:")) {
        reply_header(request, "Retry-After", "1");
    }
    conn->keep = conn->keep && !conns->stopping &&
                 (!conn->eof || evbuffer_get_length(bufferevent_get_input(conn->bev)) > 0);
    write_head(request, status, type, length, conn->keep);
    return wanted;
}

/* A body that found no room is missed: the client sees that by the end of the connection. */
static void
end_answer(struct request *request, bool whole)
{
    struct conn *conn = request->conn;
    request_free(request);
    if (conn != NULL) {
        conn->keep = conn->keep && whole;
        conn_answered(conn);
    }
}

void
reply_bytes(struct request *request, int status, const char *type, const void *bytes, size_t length)
{
    bool whole = true;
    if (begin_answer(request, status, type, length)) {
        whole = evbuffer_add(bufferevent_get_output(request->conn->bev), bytes, length) == 0;
    }
    end_answer(request, whole);
}

void
reply_head(struct request *request, const char *type)
{
    begin_answer(request, 200, type, UNKNOWN);
    end_answer(request, true);
}

void
reply_buffer(struct request *request, int status, const char *type, struct evbuffer *body)
{
    bool whole = true;
    if (begin_answer(request, status, type, evbuffer_get_length(body))) {
        whole = evbuffer_add_buffer(bufferevent_get_output(request->conn->bev), body) == 0;
    }
    evbuffer_free(body);
    end_answer(request, whole);
}

struct conn *
stream_start(struct request *request, const char *type, void (*closed)(void *arg), void *arg)
{
    struct conn *conn = request->conn;
    int size = STREAM_SEND_SIZE;
    reply_count(request->conns, 200);
    if (request->conns->access_log != NULL) {
        log_request(request, 200, 0);
    }
    if (conn == NULL) {
        request_free(request);
        return NULL;
    }
    struct evbuffer *out = bufferevent_get_output(conn->bev);
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

void
reply_json(struct request *request, int status, json_t *document)
{
    struct od_buf text = {0};
    if (document != NULL && document_write(document, &text)) {
        reply_bytes(request, status, "application/json", text.data, text.length);
    } else {
        static const char none[] = "{\"detail\":\"out of memory\"}";
        reply_bytes(request, 500, "application/json", none, sizeof none - 1);
    }
    json_decref(document);
    od_buf_clear(&text);
}

void
reply_error(struct request *request, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!http_utf8(text, strlen(text))) {
        snprintf(text, sizeof text, "%s", http_reason(status));
    }
    reply_json(request, status, json_pack("{s:s}", "detail", text));
}
