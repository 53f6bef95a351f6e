/* Connections: accepts, reads requests within the limits, writes answers, carries streams. */
#ifndef OD_SERVE_SERVER_H
#define OD_SERVE_SERVER_H

#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "http.h"
#include "options.h"

struct evbuffer;
struct app;
struct conn;
struct endpoint;
struct server;

#define PARAMS_MAX ((size_t)2)

/**
 * A request. It belongs to its handler from the moment that is called: the handler sees to it that
 * exactly one reply_… (or stream_open) is called, now or later; that frees it. The client may
 * be gone by then; the reply goes nowhere then.
 */
struct request {
    struct app *app;
    struct conn *conn; /**< NULL when the client is gone */
    struct http_head head;
    struct od_buf body;
    uint64_t max_body;               /**< bytes; more are refused */
    uint64_t body_room;              /**< the server's account of its body, whoever has that */
    const struct endpoint *endpoint; /**< NULL if none was found */
    const char *params[PARAMS_MAX];  /**< what the route's {names} stand for */
    struct od_buf reply_headers;     /**< further header lines, each with CR LF */
    char peer[64];
    int refused;      /**< status of an answer that waits only for the body to be read */
    char reason[160]; /**< its detail */
};

/** What the server tells the rest. */
struct server_calls {
    /**
     * After a head was read: finds the route and checks what can be checked without the body. 0, or
     * the status to refuse with, the reason in request->reason and headers in reply_headers.
     */
    int (*check)(struct request *request);
    /** After the body was read. */
    void (*handle)(struct request *request);
};

/** Counters for the metrics. */
struct server_counts {
    uint64_t connections; /**< accepted */
    uint64_t open;        /**< now */
    uint64_t refused;     /**< over the limit */
    uint64_t timeouts;
    uint64_t requests[6]; /**< answers by status class: [2] = 2xx */
    uint64_t bytes_out;   /**< of answers and streams, without heads */
};

/** Listens as the options say; NULL with a message in `error` if that is not possible. */
struct server *server_new(struct event_base *base, struct app *app, const struct options *options,
                          const struct server_calls *calls, char *error, size_t size);

/** The address it listens on, "127.0.0.1:57122". */
const char *server_address(const struct server *server);

const struct server_counts *server_counts(const struct server *server);

/** Accepts nothing more and closes idle connections; what is being answered is finished. */
void server_stop(struct server *server);

/** Requests that are not answered yet, and answers not written yet. */
size_t server_busy(const struct server *server);

/** Closes everything. */
void server_free(struct server *server);

/** True if `host` (of a Host header or an origin, without port) is the connection's own address. */
bool conn_is_local_address(const struct conn *conn, const char *host);

/** Adds a header line to the answer to come. */
void reply_header(struct request *request, const char *name, const char *value);

/** Answers with `length` bytes of that type (NULL: no body) and frees the request. */
void reply_bytes(struct request *request, int status, const char *type, const void *bytes,
                 size_t length);

/** The same with what is in `body`, which is moved, not copied, and freed. */
void reply_buffer(struct request *request, int status, const char *type, struct evbuffer *body);

/** Answers with a document, whose reference is taken, and frees the request. NULL: out of memory,
 * 500. */
void reply_json(struct request *request, int status, json_t *document);

/** Answers {"detail": "…"} and frees the request. */
void reply_error(struct request *request, int status, const char *format, ...) OD_PRINTF(3, 4);

/**
 * Turns the request's connection into a stream of that type and frees the request. Returns the
 * connection, to write to with conn_write, or NULL if the client is gone. `closed` is called
 * when it ends for whatever reason, but not by conn_end.
 */
struct conn *stream_start(struct request *request, const char *type, void (*closed)(void *arg),
                          void *arg);

/** Appends to a stream; the number of bytes that are unsent now. */
size_t conn_write(struct conn *conn, const void *bytes, size_t length);

/** Ends a stream: at once, or when what is unsent has been sent. */
void conn_end(struct conn *conn, bool at_once);

#endif
