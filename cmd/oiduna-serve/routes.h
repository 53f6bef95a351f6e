/* The routes: one table for routing, 405 and Allow, OPTIONS, HEAD, OpenAPI and the page /docs. */
#ifndef OD_SERVE_ROUTES_H
#define OD_SERVE_ROUTES_H

#include <stddef.h>

#include "endpoint.h"
#include "request.h"

/** The table. */
const struct endpoint *routes_table(size_t *count);

/** Finds the route and judges what can be judged without the body (see intake_calls). */
int routes_check(struct request *request);

/** Calls the handler (see intake_calls), or lets the request wait for the first player. */
void routes_handle(struct request *request);

/** Calls the handler: there is nothing to wait for. */
void routes_go_on(struct request *request);

/** An answer is written: counts how long it took. */
void routes_answered(const struct request *request, int status);

#endif
