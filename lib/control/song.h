/* The song of a score: an arrangement of its parts, as takes that follow one another. */
#ifndef OD_SONG_H
#define OD_SONG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/live.h"
#include "text/timing.h"

/** How many entries the song has that begins with this take; 0 = there is none, or the score's
 * apply leaves it off. */
size_t od_song_entries(const struct od_take *take);

/** How many steps an entry has. */
int64_t od_song_steps(const struct od_take *take, size_t entry);

enum od_song_end od_song_end_of(const struct od_take *take);

/**
 * An entry of the song of a take's score, to be taken over from the top without a gap. `first`: it
 * begins the song. Errors as of od_take_new.
 */
OD_NODISCARD enum od_status od_song_take(const struct od_live_setup *setup,
                                         const struct od_take *of, size_t entry, bool first,
                                         struct od_take **take, char *error);

#endif
