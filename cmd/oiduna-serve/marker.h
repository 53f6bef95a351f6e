/* A file that says, after a death, that nobody ended what was sounding. */
#ifndef OD_SERVE_MARKER_H
#define OD_SERVE_MARKER_H

#include <stdbool.h>

struct marker;

/**
 * Leaves a mark in the folder, which is made if it is not there. `*left`: somebody who is dead had
 * left one, which is taken away. NULL: it cannot be left (errno).
 */
struct marker *marker_set(const char *folder, bool *left);

/** Frees; takes the mark away if all was ended in order. NULL is allowed. */
void marker_free(struct marker *marker, bool in_order);

#endif
