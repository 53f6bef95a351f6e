/* The routes: one table for routing, 405 and Allow, OPTIONS, HEAD, OpenAPI and the page /docs. */
#ifndef OD_SERVE_ENDPOINT_H
#define OD_SERVE_ENDPOINT_H

#include <stddef.h>

#include "server.h"

#define ENDPOINT_PUBLIC    1u   /* needs no token: says nothing of what plays */
#define ENDPOINT_MULTIPART 2u   /* takes multipart/form-data instead of JSON */
#define ENDPOINT_STREAM    4u   /* answers with Server-Sent Events */
#define ENDPOINT_HTML      8u   /* answers with a page */
#define ENDPOINT_PAGE      16u  /* a page for those who accept one, else JSON */
#define ENDPOINT_METRICS   32u  /* JSON or Prometheus' text */
#define ENDPOINT_PLAYER    64u  /* 503 while the player is down */
#define ENDPOINT_LARGE     128u /* a body may have --max-body bytes: it is not read by the loop */

typedef void handler(struct request *request);

/** One row: everything there is to know of a route. */
struct endpoint {
    enum method method;
    const char *path; /**< "/tracks/{track_id}/mute" */
    handler *handler;
    const char *operation; /**< operationId */
    const char *tag;
    const char *summary;
    const char *request;  /**< schema of the body, or NULL */
    const char *response; /**< schema of the answer */
    unsigned flags;
    const char *errors; /**< further statuses, "404 422" */
};

/** The table. */
const struct endpoint *endpoint_table(size_t *count);

/** Finds the route and judges what can be judged without the body (see server_calls). */
int endpoint_check(struct request *request);

/** Calls the handler (see server_calls). */
void endpoint_handle(struct request *request);

/* The handlers, one file per family. */
handler route_index, route_openapi, route_docs, route_health, route_metrics, route_stream;
handler route_session, route_environment, route_bpm, route_start, route_stop, route_pause,
    route_status, route_panic;
handler route_trigger_osc, route_trigger_midi;
handler route_pending, route_cancel, route_cancel_all;
handler route_clients, route_client, route_client_set, route_client_remove;
handler route_tracks, route_track, route_mute, route_solo, route_params;
handler route_scene;
handler route_midi_ports, route_midi_port, route_midi_panic;
handler route_samples, route_sample_add, route_sample_remove, route_synthdefs, route_synthdef_add,
    route_synthdef_remove, route_assets_info;

#endif
