/* Which tracks of a file are wanted. */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "smf/song.h"

/**
 * Leaves out all voices that a list does not name: numbers as --list counts them and ranges of them
 * ("1,3-5"), or names ("Bass,Drums"). Says what is wrong; the exit status, or 0.
 */
int choose_tracks(struct od_smf_song *song, const char *list);

#endif
