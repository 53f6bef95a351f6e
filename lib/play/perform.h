/* The player's outgoing side: what is due is packed, sent and entered in the ledger. */
#ifndef OD_PERFORM_H
#define OD_PERFORM_H

#include "play/state.h"

/** Does one agenda item that is due; its program's pin is given back. */
OD_REALTIME void od_perform_item(struct od_player *player, const struct od_agenda_item *item,
                                 od_nsec now);

/** Packs the OSC events of `program`, `since` steps after its top, into the packet, and sends
 * nothing. */
OD_REALTIME void od_perform_rehearse(struct od_player *player, const struct od_program *program,
                                     int64_t since);

/** Sends the note-off of a sounding note and takes it out of the ledger. */
OD_REALTIME void od_perform_note_off(struct od_player *player, od_note_id id, od_nsec time);

/**
 * Does a RELEASE: note-offs for the notes of its port that sound and are of earlier generations,
 * all of them if `everything`, else those of tracks that are not audible in its program.
 */
OD_REALTIME void od_perform_release(struct od_player *player, const struct od_agenda_item *release);

/** Note-offs for the sounding notes of one port; its controllers are forgotten. */
OD_REALTIME void od_perform_release_port(struct od_player *player, unsigned port, od_nsec time);

/** All notes off, sound off, controllers reset, bend centred, on every channel of a port. */
OD_REALTIME void od_perform_panic(struct od_player *player, unsigned port, int64_t step,
                                  od_nsec now);

/** Does a SILENCE: the message with which SuperDirt frees its synths. */
OD_REALTIME void od_perform_silence(struct od_player *player, const struct od_agenda_item *item);

#endif
