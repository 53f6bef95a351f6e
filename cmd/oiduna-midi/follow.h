/* --clock: what the master says, told to the player. */
#ifndef OD_MIDI_FOLLOW_H
#define OD_MIDI_FOLLOW_H

#include <stdbool.h>

#include "hear/midi_clock.h"
#include "hear/midi_in.h"
#include "world/client.h"

struct follow {
    struct od_client *client;
    bool quiet;
    struct od_midi_clock clock;
    int64_t told; /* clock.index when a line was sent last */
    od_nsec told_at;
    bool runs;         /* Start or Continue was heard, and no Stop since */
    bool to_start;     /* the master runs, and the player was not told to yet */
    bool from_the_top; /* … and is to leave where it is */
    bool said_unplaced, said_tempo;
    unsigned sound_clocks; /* in a row, of a tempo that can be followed */
    bool heard_clock;
};

/** Takes a message that came at `now`; what is no clock is passed over. */
void follow_take(struct follow *follow, const struct od_midi_word *word, od_nsec now);

/** A player is there, that was not: if the master runs, it is to. */
void follow_present(struct follow *follow);

#endif
