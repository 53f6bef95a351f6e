/* A posted session taken out of what is around it: {"data", "timing" or "apply", "live"}. */
#ifndef OD_SERVE_POSTED_H
#define OD_SERVE_POSTED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct posted {
    bool wrapped;
    size_t from, until;    /**< the session in the body */
    struct od_buf session; /**< what is to be compiled instead, if it is not empty: owned */
    size_t apply_from;     /**< where in the body lies what `session` has more */
    char timing[8];        /**< word of the control stream; "" = as the session says */
    bool reset_live;       /**< "live": "reset" */
};

/**
 * Reads what is around the session in `body`, and timings in it that are not the compiler's way to
 * say them: those are taken out of the body, in place. Faults are appended to `faults`; what is no
 * JSON is left for the compiler to tell. To be cleared in every case.
 */
void posted_read(struct posted *posted, struct od_buf *body, json_t *faults);

void posted_clear(struct posted *posted);

/** Where in the body a byte of the compiled text lies. */
size_t posted_place(const struct posted *posted, size_t offset);

#endif
