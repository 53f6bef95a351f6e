/* Signals: curves over time that are read where something begins. */
#ifndef OD_SIGNAL_H
#define OD_SIGNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pattern/frac.h"

enum od_signal_shape {
    OD_SIGNAL_SINE,
    OD_SIGNAL_SAW,
    OD_SIGNAL_ISAW,
    OD_SIGNAL_TRI,
    OD_SIGNAL_SQUARE,
    OD_SIGNAL_RAND,
    OD_SIGNAL_PERLIN
};

#define OD_SIGNAL_CHANCE 16 /* rounds after which rand and perlin come round */

struct od_signal {
    enum od_signal_shape shape;
    double low, high;
    struct od_frac per; /**< cycles of one round, > 0 */
};

/** The shape of that name; false if it is none. */
bool od_signal_find(const char *text, size_t length, enum od_signal_shape *shape);

/** The value at `time` (>= 0); `key` is what chance depends on. `*lost` as in od_frac. */
double od_signal_at(const struct od_signal *signal, uint64_t key, struct od_frac time, bool *lost);

/** The same, as one of the whole numbers low..high, each for an equal share of what the shape
 * gives. */
double od_signal_whole(const struct od_signal *signal, uint64_t key, struct od_frac time,
                       bool *lost);

/** Cycles after which it comes round. */
struct od_frac od_signal_period(const struct od_signal *signal, bool *lost);

#endif
