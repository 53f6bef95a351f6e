/* Tempos that move: which one a step has, and how long all the steps until then are. */
#ifndef OD_RAMP_H
#define OD_RAMP_H

#include <stdint.h>

#include "base/units.h"

#define OD_RAMP_MAX (INT64_C(1) << 20) /* steps: 65,536 bars */

/** A span or point with 2^-64 ns resolution: sums of it stay exact for years. */
struct od_span {
    od_nsec ns;
    uint64_t fraction; /**< of a nanosecond, in 2^-64 */
};

/** A number with twice a double's digits: the sum of both. */
struct od_wide {
    double high, low;
};

/** Step j of `steps` has the tempo from·(to/from)^(j/steps). Zero-initialised: there is none. */
struct od_ramp {
    double from, to;     /**< OD_BPM_MIN..OD_BPM_MAX */
    int64_t steps;       /**< at most OD_RAMP_MAX */
    struct od_wide rate; /**< each step is e^rate times as long as the one before */
    struct od_wide unit; /**< j steps are unit·(e^(j·rate) − 1) nanoseconds long */
};

/** A ramp over `steps`, at least 1. The same arguments give the same bits on every machine. */
OD_REALTIME struct od_ramp od_ramp_of(double from, double to, int64_t steps);

/** The tempo of step j, 0..steps; of the last it is `to`. */
OD_REALTIME double od_ramp_tempo(const struct od_ramp *ramp, int64_t j);

/** How long the steps before step j are together, 0..steps; exact to 2^-50 ns or so. */
OD_REALTIME struct od_span od_ramp_span(const struct od_ramp *ramp, int64_t j);

/** Which step, with its fraction, is `ns` nanoseconds after the first; about that. */
OD_REALTIME double od_ramp_position(const struct od_ramp *ramp, double ns);

#endif
