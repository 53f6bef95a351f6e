/* A row of the table of routes. Plain data. */
#ifndef OD_SERVE_ENDPOINT_H
#define OD_SERVE_ENDPOINT_H

#include <stddef.h>

#include "http.h"

struct request;

#define ENDPOINT_PUBLIC    1u   /* needs no token: says nothing of what plays */
#define ENDPOINT_MULTIPART 2u   /* takes multipart/form-data instead of JSON */
#define ENDPOINT_STREAM    4u   /* answers with Server-Sent Events */
#define ENDPOINT_HTML      8u   /* answers with a page */
#define ENDPOINT_PAGE      16u  /* a page for those who accept one, else JSON */
#define ENDPOINT_METRICS   32u  /* JSON or Prometheus' text */
#define ENDPOINT_PLAYER    64u  /* 503 while the player is down */
#define ENDPOINT_CSS       256u /* answers with a style sheet */
#define ENDPOINT_SCRIPT    512u /* answers with a script */
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

#endif
