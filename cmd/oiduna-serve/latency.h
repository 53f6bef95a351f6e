/* How long answers took, by route. */
#ifndef OD_SERVE_LATENCY_H
#define OD_SERVE_LATENCY_H

#include <stddef.h>
#include <stdint.h>

#include "request.h"

#define LATENCY_BOUNDS ((size_t)10)

extern const double latency_bounds[LATENCY_BOUNDS]; /**< seconds; above the last lies the rest */

struct latency;

/** Of one route. */
struct latency_row {
    uint64_t count[LATENCY_BOUNDS + 1];
    double sum; /**< seconds */
};

/** For so many routes. NULL: out of memory. */
struct latency *latency_new(size_t routes);

void latency_free(struct latency *latency);

/** An answer to a request of that route is written. */
void latency_note(struct latency *latency, size_t route, const struct request *request);

const struct latency_row *latency_row(const struct latency *latency, size_t route);

#endif
