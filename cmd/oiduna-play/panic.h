/* --panic: silence, whatever was left sounding by whomever. */
#ifndef OD_PLAY_PANIC_H
#define OD_PLAY_PANIC_H

#include "options.h"

/** Sends it all and says where it went; the exit status. */
int panic(const struct options *options);

#endif
