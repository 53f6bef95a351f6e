/* Answers: each request gets exactly one, which frees it. */
#ifndef OD_SERVE_REPLY_H
#define OD_SERVE_REPLY_H

#include <jansson.h>
#include <stddef.h>

#include "base/units.h"
#include "request.h"

struct evbuffer;

/** Counts an answer of that status. */
void reply_count(struct conns *conns, int status);

/** Adds a header line to the answer to come. */
void reply_header(struct request *request, const char *name, const char *value);

/** Answers with `length` bytes of that type (NULL: no body) and frees the request. */
void reply_bytes(struct request *request, int status, const char *type, const void *bytes,
                 size_t length);

/** Answers a HEAD for what has no end, and frees the request. */
void reply_head(struct request *request, const char *type);

/** The same with what is in `body`, which is moved, not copied, and freed. */
void reply_buffer(struct request *request, int status, const char *type, struct evbuffer *body);

/** Answers with a document, whose reference is taken, and frees the request. NULL: out of memory,
 * 500. */
void reply_json(struct request *request, int status, json_t *document);

/** Answers {"detail": "…"} and frees the request. */
void reply_error(struct request *request, int status, const char *format, ...) OD_PRINTF(3, 4);

/**
 * Turns the request's connection into a stream of that type and frees the request. Returns the
 * connection, to write to with conn_write, or NULL if the client is gone. `closed` is called when
 * it ends for whatever reason, but not by conn_end.
 */
struct conn *stream_start(struct request *request, const char *type, void (*closed)(void *arg),
                          void *arg);

#endif
