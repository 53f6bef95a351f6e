/* GET /stream: Server-Sent Events to any number of listeners, each with a queue of its own. */
#ifndef OD_SERVE_STREAM_H
#define OD_SERVE_STREAM_H

#include <event2/event.h>
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "server.h"

struct od_streams;

struct od_streams *od_streams_new(struct event_base *base, const struct od_limits *limits);

/** Ends all streams and frees. */
void od_streams_free(struct od_streams *streams);

/** Makes a stream of a request (answers 503 if there are too many); `status` and `tracks` (taken)
 * are its first events. */
void od_streams_open(struct od_streams *streams, struct od_request *request, json_t *status,
                     json_t *tracks);

/** Sends an event to every stream; takes the reference of `data`. */
void od_streams_send(struct od_streams *streams, const char *event, json_t *data);

/** Ends all streams when what is queued has been sent. */
void od_streams_end(struct od_streams *streams);

size_t od_streams_count(const struct od_streams *streams);
uint64_t od_streams_dropped(const struct od_streams *streams); /**< readers that were too slow */
uint64_t od_streams_sent(const struct od_streams *streams);    /**< events, once per stream */

#endif
