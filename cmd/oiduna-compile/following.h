/* --follow: what is saved is compiled, and what came before plays on where it cannot be. */
#ifndef OD_COMPILE_FOLLOWING_H
#define OD_COMPILE_FOLLOWING_H

#include "options.h"

/** Follows all inputs until standard input has ended and there is no other, or nobody reads the
 * scores any more; the exit status. */
int following_run(const struct options *options);

#endif
