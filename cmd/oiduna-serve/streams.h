/* GET /stream: Server-Sent Events to any number of listeners, each with a queue of its own. */
#ifndef OD_SERVE_STREAMS_H
#define OD_SERVE_STREAMS_H

#include <event2/event.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "conn.h"
#include "options.h"

struct streams;

struct streams *streams_new(struct event_base *base, const struct limits *limits);

/** Ends all streams and frees. */
void streams_free(struct streams *streams);

/** Makes a stream of a request (answers 503 if there are too many); `status` and `tracks` (taken)
 * are its first events. */
void streams_open(struct streams *streams, struct request *request, json_t *status, json_t *tracks);

/** Sends an event to every stream; takes the reference of `data`. */
void streams_send(struct streams *streams, const char *event, json_t *data);

/** The same with data that is JSON text already, on one line. */
void streams_send_text(struct streams *streams, const char *event, const struct od_buf *data);

/** Ends all streams when what is queued has been sent. */
void streams_end(struct streams *streams);

size_t streams_count(const struct streams *streams);
uint64_t streams_dropped(const struct streams *streams); /**< readers that were too slow */
uint64_t streams_sent(const struct streams *streams);    /**< events, once per stream */

#endif
