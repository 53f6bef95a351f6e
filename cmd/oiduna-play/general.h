/* SuperDirt's messages as General MIDI, in a MIDI file: drums on channel 10, other sounds as notes.
 */
#ifndef OD_PLAY_GENERAL_H
#define OD_PLAY_GENERAL_H

#include "base/buf.h"
#include "base/status.h"
#include "base/units.h"
#include "smf/write.h"

struct general;

/** Writes to `smf`, which must outlive it; bit c of `taken` says that a MIDI track has channel c.
 * NULL if there is no memory. */
OD_NODISCARD struct general *general_new(struct od_smf *smf, unsigned taken);

/** A packet of OSC that sounds at `time`; times ascend. OD_ENOMEM. */
OD_NODISCARD enum od_status general_take(struct general *general, od_nsec time, const void *packet,
                                         size_t size);

/** Ends all notes. When the last one ends. */
od_nsec general_end(struct general *general);

/** Appends what has no counterpart in General MIDI, in a sentence; nothing if all has. */
void general_say(const struct general *general, struct od_buf *out);

void general_free(struct general *general);

#endif
