/* A request, from its head to its answer. Plain data. */
#ifndef OD_SERVE_REQUEST_H
#define OD_SERVE_REQUEST_H

#include <stdint.h>

#include "base/buf.h"
#include "base/units.h"
#include "http.h"

struct app;
struct conn;
struct conns;
struct endpoint;

#define PARAMS_MAX ((size_t)2)

/**
 * It belongs to its handler from the moment that is called: the handler sees to it that exactly one
 * reply_… (or stream_start) is called, now or later; that frees it. The client may be gone by then;
 * the reply goes nowhere then.
 */
struct request {
    struct app *app;     /**< what the handlers know; nothing to who carries it */
    struct conns *conns; /**< whose account it is on */
    struct conn *conn;   /**< NULL when the client is gone */
    struct http_head head;
    struct od_buf body;
    uint64_t max_body;               /**< bytes; more are refused */
    uint64_t body_room;              /**< of the pool for large bodies, whoever has the body */
    const struct endpoint *endpoint; /**< NULL if none was found */
    const char *params[PARAMS_MAX];  /**< what the route's {names} stand for */
    struct od_buf reply_headers;     /**< further header lines, each with CR LF */
    char peer[64];
    od_nsec began;    /**< when its head was there */
    int refused;      /**< status of an answer that waits only for the body to be read */
    char reason[160]; /**< its detail */
};

#endif
