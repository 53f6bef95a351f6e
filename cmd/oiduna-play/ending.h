/* How a run ends. */
#ifndef OD_PLAY_ENDING_H
#define OD_PLAY_ENDING_H

#include <stdbool.h>

struct ending {
    bool begun;
    const char *reason; /* of bye */
    int exit_status;
};

/** Begins to end, unless it has begun already. */
void ending_begin(struct ending *ending, const char *reason);

/** The same for what went wrong; `exit_status` is what od_cli_fail returned. */
void ending_fail(struct ending *ending, int exit_status);

#endif
