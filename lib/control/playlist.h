/* Scores one after another, each a number of loops: which program follows at which step. */
#ifndef OD_PLAYLIST_H
#define OD_PLAYLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/live.h"
#include "play/player.h"

struct od_playlist {
    struct od_take **takes; /**< not owned */
    int64_t *lengths; /**< not owned: of each, steps; 0, and without a list, as many loops as all */
    size_t n;
    bool ends;     /**< also without loops: with the last */
    int64_t loops; /**< each; 0 = each once and the last for ever */
    int64_t bars;  /**< the whole ends after so many, if that is sooner; 0 = no such limit */
    size_t next;   /**< the first that was not handed over yet */
};

/**
 * The command that hands the next program over: the first at once, the others, each when the one
 * before has begun, to follow where that has played its loops. False if there is none left.
 */
bool od_playlist_next(struct od_playlist *list, struct od_command *command);

/** How many steps score `i` has before the next follows. */
int64_t od_playlist_length(const struct od_playlist *list, size_t i);

/** How many steps the whole has; INT64_MAX if it never ends by itself. */
int64_t od_playlist_steps(const struct od_playlist *list);

/** The command that ends the run; false if it never ends by itself. */
bool od_playlist_end(const struct od_playlist *list, struct od_command *command);

#endif
