/* Connections: how they begin and end, and whose turn it is when there are too many. */
#ifndef OD_SERVE_CONN_H
#define OD_SERVE_CONN_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>

#include "http.h"
#include "options.h"
#include "request.h"

struct intake_calls;
struct log;

enum conn_state {
    CONN_HEAD, /* reading a head, or waiting for one */
    CONN_BODY,
    CONN_BUSY, /* a handler has the request */
    CONN_STREAM,
    CONN_CLOSING /* writes what is left, then reads to the end for a while */
};

struct conn {
    struct conns *conns;
    struct bufferevent *bev;
    struct event *timer;
    enum conn_state state;
    bool begun;    /* a byte of the head is there */
    bool first;    /* no request was read yet */
    bool eof;      /* the client will send no more */
    bool overflow; /* only told to go away */
    bool keep;     /* after the present answer */
    bool running;  /* somebody further up works with it */
    bool doomed;   /* to be freed when they are through with it */
    bool shut;     /* our side is closed */
    bool trusted;  /* it has shown the token */
    struct request *request;
    struct http_chunks chunks;
    od_nsec body_end;
    od_nsec quiet_since; /* the last answer, or its beginning */
    void (*closed)(void *arg);
    void *closed_arg;
    char peer[64];
    struct conn *next, *prev;
};

/** Counters for the metrics. */
struct conn_counts {
    uint64_t connections; /**< accepted */
    uint64_t open;        /**< now */
    uint64_t refused;     /**< over the limit */
    uint64_t gave_way;    /**< closed for others: the longest idle */
    uint64_t timeouts;
    uint64_t requests[6]; /**< answers by status class: [2] = 2xx */
    uint64_t bytes_out;   /**< of answers and streams, without heads */
};

/** What all connections share. */
struct conns {
    struct event_base *base;
    struct app *app; /* handed on in requests */
    const struct limits *limits;
    struct log *access_log; /* NULL: none is kept */
    struct conn *first;
    size_t count, n_overflow;
    size_t most;         /* at a time */
    uint64_t body_bytes; /* of large bodies that are in memory */
    bool stopping;
    struct conn_counts counts;
    const struct intake_calls *intake;
    void (*go_on)(struct conn *conn);                            /* an answer is written */
    void (*expired)(struct conn *conn);                          /* its time is over */
    void (*answered)(const struct request *request, int status); /* NULL: nobody wants to know */
};

/** A connection in the list, counted; NULL: out of memory. `fd` is closed in every case but that.
 */
struct conn *conn_new(struct conns *conns, evutil_socket_t fd, const char *peer, bool overflow);

/** Writes what is left, waits for the client to have read it, frees. */
void conn_close(struct conn *conn);

/** Everything is written: half closes, and waits a while for the client to have read it. */
void conn_linger(struct conn *conn);

/** Frees at once; a request that its handler still has lives on without it. */
void conn_free(struct conn *conn);

/** Frees as soon as nobody works with it. */
void conn_drop(struct conn *conn);

/** The answer to the present request is in the output: goes on, or closes. */
void conn_answered(struct conn *conn);

/** The server ends: a connection that waits for a request is closed if none comes at once. */
void conn_last_chance(struct conn *conn);

/**
 * Closes the connection that is idle longest, of `peer` alone if that is not NULL: one that waits
 * for a request rather than one that sends a body, and none that has shown the token. False: there
 * is none.
 */
bool conns_give_way(struct conns *conns, const char *peer);

/** How many connections an address has. */
size_t conns_of(const struct conns *conns, const char *peer);

/** True if `host` (of a Host header or an origin, without port) is the connection's own address. */
bool conn_is_local_address(const struct conn *conn, const char *host);

/** Frees a request that nobody answers any more. */
void request_free(struct request *request);

/** Appends to a stream; the number of bytes that are unsent now. */
size_t conn_write(struct conn *conn, const void *bytes, size_t length);

/** Ends a stream: at once, or when what is unsent has been sent. */
void conn_end(struct conn *conn, bool at_once);

#endif
