/* ^Z: first a pause, then the notes that are left, then the process: no note may be left to sound.
 */
#ifndef OD_PLAY_SUSPENSION_H
#define OD_PLAY_SUSPENSION_H

#include "desk.h"

/** Zero-initialised: nobody asked for it. */
struct suspension {
    enum {
        SUSPEND_NOT,
        SUSPEND_PAUSING,
        SUSPEND_RELEASING
    } stage;
    bool plays; /* so that it does again when the process goes on */
    od_nsec next, deadline;
};

void suspension_begin(struct suspension *suspension, struct desk *desk);

/** Suspends the process (TSTP) once nothing sounds any more; returns when it goes on. */
void suspension_watch(struct suspension *suspension, struct desk *desk, od_nsec now);

/** When it has something to do next. */
od_nsec suspension_next(const struct suspension *suspension);

#endif
