/* The song of a score: an arrangement of its parts, as takes that follow one another. */
#ifndef OD_SONG_H
#define OD_SONG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/live.h"
#include "text/timing.h"

/** How many entries the song of a take's score has; 0 = there is none. */
size_t od_song_entries(const struct od_take *take);

/** The same of the song that begins with this take: 0 also if the score's apply leaves it off. */
size_t od_song_begins(const struct od_take *take);

/** How many steps an entry has. */
int64_t od_song_steps(const struct od_take *take, size_t entry);

/** How many steps all entries have. */
int64_t od_song_pass(const struct od_take *take);

/** How many steps so many passes of the song last that begins with this take; of one that stops,
 * one. 0 = none begins. */
int64_t od_song_length(const struct od_take *take, int64_t passes);

enum od_song_end od_song_end_of(const struct od_take *take);

/**
 * An entry (from 0) of the song of a take's score, to be taken over from the top without a gap, in
 * a pass of the song (from 0). `first`: it begins the song. Errors as of od_take_new.
 */
OD_NODISCARD enum od_status od_song_take(const struct od_live_setup *setup, struct od_take *of,
                                         size_t entry, uint64_t pass, bool first,
                                         struct od_take **take, char *error);

/** As od_take_apply; a session with a song begins with its first entry. */
OD_NODISCARD enum od_status od_song_apply(const struct od_live_setup *setup, struct od_take *base,
                                          struct od_shared_score *shared, bool reset,
                                          struct od_take **take, enum od_apply_what *what,
                                          char *error);

#endif
