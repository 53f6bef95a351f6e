/* The control thread: one loop that reads the control stream, and says what happens. */
#ifndef OD_PLAY_CONTROL_H
#define OD_PLAY_CONTROL_H

#include "options.h"

/** Plays until the end; the exit status. */
int control_run(const struct options *options);

#endif
