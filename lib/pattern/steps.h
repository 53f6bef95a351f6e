/* Cycles become steps: when the events of a track begin, how long they are, after how many cycles
 * they come round. */
#ifndef OD_STEPS_H
#define OD_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/units.h"
#include "pattern/query.h"
#include "pattern/signal.h"

#define OD_STEPS_CYCLES 256 /* the longest period; what would be longer is cut */
#define OD_STEPS_CHANCE 16  /* cycles after which choices by chance come round */

/** What an event takes a value from: a pattern, or a signal. */
struct od_steps_column {
    const struct od_mini *node;     /**< NULL: the signal */
    const struct od_signal *signal; /**< read where an event begins */
    bool whole;                     /**< the signal gives whole numbers */
    uint64_t key;                   /**< what its chance depends on */
};

/** One value of one event. */
struct od_cell {
    const struct od_mini *atom, *tail; /**< as in od_hap; NULL: `number` */
    double number;
};

struct od_onset {
    struct od_frac time, length; /**< in cycles; 0 <= time < `cycles` */
    int64_t step;                /**< of 16 a cycle: the one that `time` lies in */
    double offset;               /**< how far behind its begin, in steps: 0 <= x < 1 */
    double steps;                /**< `length` in steps */
};

/** Zero-initialise; to be cleared. May be made again, in the memory that it has. */
struct od_steps {
    struct od_buf onsets; /**< of struct od_onset, in order of time */
    struct od_buf cells;  /**< of struct od_cell: `n_columns` for each onset */
    size_t n, n_columns;
    int64_t cycles;

    /* Its own: those of a cycle, while the query looks for other columns. */
    struct od_hap *haps;
    size_t capacity;
};

/**
 * After how many cycles all columns together come round: at most OD_STEPS_CYCLES. `*cut` is what it
 * would be, if that is more (INT64_MAX: too many to count), else 0. False after an error of
 * `query`.
 */
bool od_steps_period(struct od_query *query, const struct od_steps_column *columns, size_t n,
                     int64_t *cycles, int64_t *cut);

/**
 * The events of so many cycles. The first column, a pattern, says when they begin and how long they
 * are; each other one gives the value that it has at that moment: none drops the event, several
 * make as many. Then all are moved by `shift` cycles and wrap. Doubles are the nearest to the exact
 * value. False after an error of `query`.
 */
bool od_steps_make(struct od_steps *steps, struct od_query *query,
                   const struct od_steps_column *columns, size_t n, int64_t cycles,
                   struct od_frac shift);

/** True if they come round after `cycles`, of which steps->cycles is a multiple. */
bool od_steps_repeat(const struct od_steps *steps, int64_t cycles);

/** Leaves only the first `cycles`. */
void od_steps_cut(struct od_steps *steps, int64_t cycles);

bool od_cell_equal(const struct od_cell *a, const struct od_cell *b);

void od_steps_clear(struct od_steps *steps);

#endif
