/*
 * A Standard MIDI File, format 1: a tempo track and one track for each that is named. Events are
 * given in nanoseconds and placed on the musical grid in force at that time, so that bars are bars
 * whatever the tempo does.
 */
#ifndef OD_SMF_WRITE_H
#define OD_SMF_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/units.h"
#include "play/transport.h"

/* At 120 BPM a tick is 52 µs, a sixth of what a MIDI byte takes on the wire: rounding to it is
 * nothing that a cable could transport. It divides by 3 (swing) and by DAWs' 960. */
#define OD_SMF_PPQ 9600

struct od_smf;

/** NULL if there is no memory. `name` is the sequence's; copied. */
OD_NODISCARD struct od_smf *od_smf_new(const char *name);
void od_smf_free(struct od_smf *smf);

/** The grid (tempo) that holds from transport's anchor on; times ascend, and the first holds before
 * its anchor too; one is needed. One at the same step as the last replaces it. */
void od_smf_grid(struct od_smf *smf, const struct od_transport *transport);

/** Adds a track; numbers count from 0. The name is copied, and cut between characters where readers
 * would not take all of it. One that stays silent says in the file which channel (0..15) it has. */
size_t od_smf_track(struct od_smf *smf, const char *name, unsigned channel);

/**
 * Adds a channel message, or a SysEx (F0 … F7, at most 65,535 bytes), to a track (that exists).
 * Equal times keep the order they were given in. What comes before the file's begin is put there
 * (see od_smf_write). System messages (clock, start, …) have no place in a file and are left out.
 */
void od_smf_event(struct od_smf *smf, size_t track, od_nsec time, const unsigned char *bytes,
                  size_t size);

/**
 * Appends the file, with `lead` empty bars in front of step 0. All tracks end at the first bar line
 * at or after `end`, or their last event. A tempo for which the format has no number (below 3.58
 * BPM) is written as one that is two, four or more times as fast, and each step as so many more
 * ticks: times are right, bars longer; `*stretched` says so. OD_ENOMEM, also if memory had failed
 * earlier. The same calls give the same bytes.
 */
OD_NODISCARD enum od_status od_smf_write(const struct od_smf *smf, od_nsec end, int64_t lead,
                                         struct od_buf *out, bool *stretched);

#endif
