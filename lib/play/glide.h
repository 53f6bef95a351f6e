/* Parameters that move over steps, and whose start and end only the player knows. */
#ifndef OD_GLIDE_H
#define OD_GLIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/units.h"

/** Where the player is: steps count from 0 anew after each stop, in another epoch. */
struct od_moment {
    int64_t step;
    uint32_t epoch;
};

/** A value that is from + (to − from)·j/steps at step j, and then `to`. */
struct od_glide {
    double to;
    int64_t steps;                 /**< at least 1 */
    const struct od_glide *before; /**< it begins where that one stands; NULL: at `from` */
    /* The player's, once it has a program with it: */
    double from;
    bool begun;
    struct od_moment start;
    double left; /**< what it is in later runs */
};

/** It begins here, unless it has begun: a program with it was taken over. */
OD_REALTIME void od_glide_begin(struct od_glide *glide, struct od_moment at);

/** It ends here; it stays what it became, in all runs to come. */
OD_REALTIME void od_glide_end(struct od_glide *glide, struct od_moment at);

/** What it is. */
OD_REALTIME double od_glide_value(const struct od_glide *glide, struct od_moment at);

/** The same as a whole number, the nearest of min..max; `otherwise` if `glide` is NULL. */
OD_REALTIME int od_glide_whole(const struct od_glide *glide, struct od_moment at, int min, int max,
                               int otherwise);

#endif
