#include "latency.h"

#include <stdlib.h>

#include "world/clock.h"

const double latency_bounds[LATENCY_BOUNDS] = {0.0005, 0.001, 0.0025, 0.005, 0.01,
                                               0.025,  0.1,   0.25,   1,     2.5};

struct latency {
    size_t n;
    struct latency_row rows[];
};

struct latency *
latency_new(size_t routes)
{
    struct latency *latency = calloc(1, sizeof *latency + routes * sizeof *latency->rows);
    if (latency != NULL) {
        latency->n = routes;
    }
    return latency;
}

void
latency_free(struct latency *latency)
{
    free(latency);
}

void
latency_note(struct latency *latency, size_t route, const struct request *request)
{
    double seconds = (double)(od_clock_now() - request->began) / (double)OD_NSEC_PER_SEC;
    size_t i = 0;
    while (i < LATENCY_BOUNDS && seconds > latency_bounds[i]) {
        i++;
    }
    if (route < latency->n) {
        latency->rows[route].count[i]++;
        latency->rows[route].sum += seconds;
    }
}

const struct latency_row *
latency_row(const struct latency *latency, size_t route)
{
    return &latency->rows[route];
}
