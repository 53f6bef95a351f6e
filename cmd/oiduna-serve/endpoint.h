/* The routes: one table for routing, 405 and Allow, OPTIONS, HEAD, OpenAPI and the page /docs. */
#ifndef OD_SERVE_ENDPOINT_H
#define OD_SERVE_ENDPOINT_H

#include <stddef.h>

#include "server.h"

#define OD_ENDPOINT_PUBLIC    1u   /* needs no token: says nothing of what plays */
#define OD_ENDPOINT_MULTIPART 2u   /* takes multipart/form-data instead of JSON */
#define OD_ENDPOINT_STREAM    4u   /* answers with Server-Sent Events */
#define OD_ENDPOINT_HTML      8u   /* answers with a page */
#define OD_ENDPOINT_PAGE      16u  /* a page for those who accept one, else JSON */
#define OD_ENDPOINT_METRICS   32u  /* JSON or Prometheus' text */
#define OD_ENDPOINT_PLAYER    64u  /* 503 while the player is down */
#define OD_ENDPOINT_LARGE     128u /* a body may have --max-body bytes: it is not read by the loop */

typedef void od_handler(struct od_request *request);

/** One row: everything there is to know of a route. */
struct od_endpoint {
    enum od_method method;
    const char *path; /**< "/tracks/{track_id}/mute" */
    od_handler *handler;
    const char *operation; /**< operationId */
    const char *tag;
    const char *summary;
    const char *request;  /**< schema of the body, or NULL */
    const char *response; /**< schema of the answer */
    unsigned flags;
    const char *errors; /**< further statuses, "404 422" */
};

/** The table. */
const struct od_endpoint *od_endpoints(size_t *count);

/** Finds the route and judges what can be judged without the body (see od_server_calls). */
int od_endpoint_check(struct od_request *request);

/** Calls the handler (see od_server_calls). */
void od_endpoint_handle(struct od_request *request);

/* The handlers, one file per family. */
od_handler od_route_index, od_route_openapi, od_route_docs, od_route_health, od_route_metrics,
    od_route_stream;
od_handler od_route_session, od_route_environment, od_route_bpm, od_route_start, od_route_stop,
    od_route_pause, od_route_status, od_route_panic;
od_handler od_route_trigger_osc, od_route_trigger_midi;
od_handler od_route_pending, od_route_cancel, od_route_cancel_all;
od_handler od_route_clients, od_route_client, od_route_client_set, od_route_client_remove;
od_handler od_route_tracks, od_route_track, od_route_mute, od_route_solo, od_route_params;
od_handler od_route_scene;
od_handler od_route_midi_ports, od_route_midi_port, od_route_midi_panic;
od_handler od_route_samples, od_route_sample_add, od_route_sample_remove, od_route_synthdefs,
    od_route_synthdef_add, od_route_synthdef_remove, od_route_assets_info;

#endif
