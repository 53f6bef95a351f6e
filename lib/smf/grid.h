/*
 * Ticks ↔ steps ↔ time, exactly. Places in a file are counted in *units*, four to a tick, so that a
 * sixteenth note is a whole number of them whatever the division; times in *parts* of a
 * microsecond, 4 · division to one, so that each unit at each tempo is a whole number of those.
 */
#ifndef OD_SMF_GRID_H
#define OD_SMF_GRID_H

#include <stddef.h>
#include <stdint.h>

#include "smf/read.h"

#define OD_SMF_TICK_UNITS 4

/** One tempo: until the next one. */
struct od_smf_segment {
    int64_t at;       /**< units */
    int64_t time;     /**< parts */
    uint32_t quarter; /**< microseconds of a quarter note */
};

/** One time signature. */
struct od_smf_bars {
    int64_t at;     /**< units */
    int64_t first;  /**< number of its first bar, from 1 */
    int64_t length; /**< of a bar, units */
    uint8_t beats, unit;
};

/** Zero-initialise. */
struct od_smf_grid {
    int64_t division; /**< of the file; also units of a sixteenth note */
    int64_t step;     /**< units of a step: a sixteenth note, or more where tempi are beyond 999 */
    int64_t origin;   /**< where step 0 is, units */
    struct od_buf segments; /**< struct od_smf_segment, the first at 0 */
    struct od_buf bars;     /**< struct od_smf_bars, the first at 0 */
    size_t near;            /**< the segment asked for last */
};

/** Where something is: `offset` (0 ≤ x < 1) of the step's own length behind `step`. */
struct od_smf_place {
    int64_t step; /**< from the origin */
    double offset;
    int64_t time;   /**< parts, from the file's start */
    int64_t length; /**< of that step, parts */
};

/** Makes the grid of a file; origin 0. Notes tempi and signatures that are odd. OD_ENOMEM. */
OD_NODISCARD enum od_status od_smf_grid_init(struct od_smf_grid *grid, struct od_smf_file *file);
void od_smf_grid_clear(struct od_smf_grid *grid);

/** When a place is, in parts from the file's start. */
int64_t od_smf_grid_time(struct od_smf_grid *grid, int64_t unit);

double od_smf_grid_seconds(const struct od_smf_grid *grid, int64_t parts);

/** The place of a unit, at or behind the origin. */
struct od_smf_place od_smf_grid_place(struct od_smf_grid *grid, int64_t unit);

/** The tempo of a step: that of its exact duration, whatever changes within it. */
double od_smf_grid_bpm(struct od_smf_grid *grid, int64_t step);

/** Where a bar of the file begins (counted from 1), in units. */
int64_t od_smf_grid_bar(const struct od_smf_grid *grid, int64_t bar);

/** The bar that a unit lies in, from 1. */
int64_t od_smf_grid_bar_at(const struct od_smf_grid *grid, int64_t unit);

size_t od_smf_n_segments(const struct od_smf_grid *grid);
const struct od_smf_segment *od_smf_segment_at(const struct od_smf_grid *grid, size_t i);
size_t od_smf_n_bars(const struct od_smf_grid *grid);
const struct od_smf_bars *od_smf_bars_at(const struct od_smf_grid *grid, size_t i);

#endif
