/* What somebody asks for that is heard as itself: one event of a voice, and silence. */
#ifndef OD_SOUND_H
#define OD_SOUND_H

#include "play/command.h"
#include "play/state.h"

/** One event of a voice: now, or with the next step if it was `timed` and something plays. */
OD_REALTIME void od_sound_trigger(struct od_player *player, const struct od_command *command,
                                  bool timed, od_nsec now);

/** SuperDirt frees its synths, at every output, as above. */
OD_REALTIME void od_sound_silence(struct od_player *player, bool timed, od_nsec now);

/** od_perform_panic, as above. What curves sent counts no more for steps that are planned later. */
OD_REALTIME void od_sound_panic(struct od_player *player, bool timed, od_nsec now);

#endif
