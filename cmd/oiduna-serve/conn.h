/* How connections look to the three files that carry them: server.c accepts, conn.c reads, reply.c
 * writes. For nobody else. */
#ifndef OD_SERVE_CONN_H
#define OD_SERVE_CONN_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "app.h"
#include "server.h"

enum conn_state {
    CONN_HEAD, /* reading a head, or waiting for one */
    CONN_BODY,
    CONN_BUSY, /* a handler has the request */
    CONN_STREAM,
    CONN_CLOSING /* writes what is left, then reads to the end for a while */
};

struct conn {
    struct server *server;
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
    struct request *request;
    struct http_chunks chunks;
    od_nsec body_end;
    void (*closed)(void *arg);
    void *closed_arg;
    char peer[64];
    struct conn *next, *prev;
};

struct server {
    struct event_base *base;
    struct app *app;
    const struct options *options;
    struct server_calls calls;
    struct evconnlistener *listener;
    struct event *resume; /* accepting again after descriptors ran out */
    struct conn *conns;
    size_t n_conns, n_overflow;
    uint64_t body_bytes; /* room that the bodies of all requests may take */
    bool stopping;
    struct server_counts counts;
    char address[80];
};

/** A connection in the server's list; NULL: out of memory. It is not counted yet. */
struct conn *conn_new(struct server *server, evutil_socket_t fd);

/** Begins to read requests. */
void conn_start(struct conn *conn);

/** Writes what is left, waits for the client to have read it, frees. */
void conn_close(struct conn *conn);

/** The server ends: a connection that waits for a request is closed if none comes at once. */
void conn_last_chance(struct conn *conn);

/** Frees at once; a request that its handler still has lives on without it. */
void conn_free(struct conn *conn);

/** The answer to the present request is in the output: goes on, or closes. */
void conn_answered(struct conn *conn);

void conn_request_free(struct request *request);

/** Counts an answer of that status. */
void reply_count(struct server *server, int status);

#endif
