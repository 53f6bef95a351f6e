/*
 * MIDI clock in: clocks that jitter, get lost and change their distance → where the master is. A
 * function of the times that come in.
 *
 * The line through the clocks of the last beat, by least squares; while the tempo stands it is
 * drawn through the last four, so that clocks that are off by a millisecond give a tempo within
 * 0.05 %.
 */
#ifndef OD_MIDI_CLOCK_H
#define OD_MIDI_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/units.h"
#include "play/sync.h"

#define OD_MIDI_CLOCKS_BEAT 24
#define OD_MIDI_CLOCKS_MAX  96 /* that the line is drawn through: four beats */
#define OD_MIDI_CLOCKS_ODD  8  /* so many in a row that do not fit are a new truth */
#define OD_MIDI_CLOCKS_MIN  7  /* a step: fewer tell no tempo */

struct od_midi_tick {
    int64_t index; /* clocks, counted on whether the master runs or not */
    od_nsec time;
};

/** Zero-initialise. */
struct od_midi_clock {
    struct od_midi_tick ticks[OD_MIDI_CLOCKS_MAX]; /* those that fit, oldest first */
    unsigned n_ticks;
    struct od_midi_tick odd[OD_MIDI_CLOCKS_ODD];
    unsigned n_odd;
    int64_t index;  /* of the clock that came last */
    double length;  /* of a clock, ns; 0 = not known */
    double last;    /* when the clock `index` was by the line, ns after ticks[n_ticks − 1].time */
    double spread;  /* jitter of those clocks: standard deviation, ns */
    int64_t origin; /* clock `origin` is step 0 */
    bool running;   /* Start or Continue, and no Stop since */
    bool begins;    /* Start or Continue was the last word: the next clock may come at any time */
    bool placed;    /* Start, Continue or Song Position was heard: `origin` is the master's */
    uint64_t mended;  /* clocks that were lost on the way, or came twice */
    uint64_t renewed; /* times that the tempo or the phase was another at a stroke */
};

/** A clock came at `time` (not before the one before). */
void od_midi_clock_tick(struct od_midi_clock *clock, od_nsec time);

/** Start: the next clock is step 0. Continue: it is where the master stopped, or was located. */
void od_midi_clock_start(struct od_midi_clock *clock);
void od_midi_clock_continue(struct od_midi_clock *clock);
void od_midi_clock_stop(struct od_midi_clock *clock);

/** Song Position: `step` is that of the next clock after Continue; while the master runs it is that
 * of the next clock. */
void od_midi_clock_locate(struct od_midi_clock *clock, unsigned step);

/** No Start was heard: says that the clock which came last is at `step`, rounded to whole clocks.
 */
void od_midi_clock_assume(struct od_midi_clock *clock, double step);

/**
 * Where the master is; false if that is not known: too few clocks, clocks that just do not fit, a
 * tempo outside OD_BPM_MIN..OD_BPM_MAX. Only `placed` makes the step the master's own.
 */
bool od_midi_clock_line(const struct od_midi_clock *clock, struct od_sync_line *line);

/** Its tempo; 0 if it is not known. */
double od_midi_clock_bpm(const struct od_midi_clock *clock);

#endif
