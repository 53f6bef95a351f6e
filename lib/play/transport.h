/* Steps ↔ time: anchor, tempo, swing. The only place where a step becomes a time. */
#ifndef OD_TRANSPORT_H
#define OD_TRANSPORT_H

#include <stdint.h>

#include "base/units.h"
#include "play/ramp.h"

/** Steps count on from the anchor through all loops: step n is step n mod 256 of loop n div 256. */
struct od_transport {
    int64_t anchor_step;   /**< the tempo holds from this step on */
    struct od_span anchor; /**< when that step is */
    struct od_span length; /**< of a step; of the first, if there is a ramp */
    double bpm;            /**< likewise */
    struct od_ramp ramp;   /**< from the anchor on; behind it the last tempo stays */
};

#define OD_POSITION_MAX 1e12 /* steps; some thousand years */

/** Which step of the loop it is: 0..OD_STEPS-1. */
OD_REALTIME static inline unsigned
od_step_in_loop(int64_t step)
{
    return (unsigned)(step & (OD_STEPS - 1));
}

/** Length of a step at a tempo (OD_BPM_MIN..OD_BPM_MAX): 15 s / bpm, cut to 2^-64 ns. */
OD_REALTIME struct od_span od_step_span(double bpm);

/** The same in seconds. */
OD_REALTIME double od_step_seconds(double bpm);

/** Puts `step` at `time` and goes on from there at `bpm`. */
OD_REALTIME void od_transport_anchor(struct od_transport *transport, int64_t step, od_nsec time,
                                     double bpm);

/** Changes the tempo at once from `step` on, whose time stays what it was, to the last fraction. */
OD_REALTIME void od_transport_tempo(struct od_transport *transport, int64_t step, double bpm);

/** Changes the tempo from `bpm` at `step`, whose time stays what it was, to `to` after `steps`. */
OD_REALTIME void od_transport_ramp(struct od_transport *transport, int64_t step, double bpm,
                                   double to, int64_t steps);

/** Moves the whole grid, ramp and all, so that `step` is at `time`. */
OD_REALTIME void od_transport_move(struct od_transport *transport, int64_t step, od_nsec time);

/** Puts the position `step`, which may have a fraction (within ±OD_POSITION_MAX), at `time`. */
OD_REALTIME void od_transport_place(struct od_transport *transport, double step, od_nsec time,
                                    double bpm);

/**
 * From `step` on, whose time stays what it was, steps are equally far apart, so that `to` (after
 * `step`) is at `time`. The tempo that is said of it is `bpm`.
 */
OD_REALTIME void od_transport_aim(struct od_transport *transport, int64_t step, int64_t to,
                                  od_nsec time, double bpm);

/** The position at `time`, with its fraction. */
OD_REALTIME double od_transport_position(const struct od_transport *transport, od_nsec time);

/** When a step is on the straight grid, rounded to the nearest nanosecond; 255 years if it is
 * farther away than that. */
OD_REALTIME od_nsec od_transport_time(const struct od_transport *transport, int64_t step);

/** The tempo of a step. */
OD_REALTIME double od_transport_bpm(const struct od_transport *transport, int64_t step);

/** How much later than the grid a step sounds: a third of swing (0..1) if it is an odd one of what
 * plays, `since` steps after the top. */
OD_REALTIME od_nsec od_transport_swing(const struct od_transport *transport, int64_t step,
                                       int64_t since, double swing);

/** `steps` (a fraction, at least 0) as a span at the tempo of a step, at most a day. */
OD_REALTIME od_nsec od_transport_span(const struct od_transport *transport, int64_t step,
                                      double steps);

/** The first step at or after `time` (may lie before the anchor step). */
OD_REALTIME int64_t od_transport_step_at(const struct od_transport *transport, od_nsec time);

#endif
