/* --follow: what is saved is compiled, and what came before plays on where it cannot be. */
#ifndef OD_PATTERN_FOLLOWING_H
#define OD_PATTERN_FOLLOWING_H

#include "options.h"

/** Follows all inputs, which are one session, until nobody reads the sessions any more; the exit
 * status. */
int following_run(const struct options *options);

#endif
