/* What somebody asks for that is heard as itself: one event of a voice, and silence. */
#ifndef OD_SOUND_H
#define OD_SOUND_H

#include "play/command.h"
#include "play/state.h"

/** One event of a voice: now, or with the next step if it was `timed` and something plays. */
OD_REALTIME void od_sound_trigger(struct od_player *player, const struct od_command *command,
                                  bool timed, od_nsec now);

/** A PANIC or MIDI_PANIC, as above. What curves sent counts no more for steps that are planned
 * later. */
OD_REALTIME void od_sound_panic(struct od_player *player, const struct od_command *command,
                                bool timed, od_nsec now);

#endif
