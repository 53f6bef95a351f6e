/* Requests that came before the first player was ready: they wait for it, but not for long. */
#ifndef OD_SERVE_LOBBY_H
#define OD_SERVE_LOBBY_H

#include <event2/event.h>

#include "request.h"

struct lobby;

/** NULL: out of memory. `handle` is called for each request when it has waited. */
struct lobby *lobby_new(struct event_base *base, void (*handle)(struct request *request));

/** Answers who still waits with 503, and frees. NULL is allowed. */
void lobby_free(struct lobby *lobby);

/** Keeps a request until lobby_open, or for two seconds. */
void lobby_wait(struct lobby *lobby, struct request *request);

/** Nobody has to wait any more. */
void lobby_open(struct lobby *lobby);

#endif
