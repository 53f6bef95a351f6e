/*
 * A Standard MIDI File, format 1: a tempo track and one track for each that is named. Events are
 * given in nanoseconds and placed on the musical grid in force at that time, so that bars are bars
 * whatever the tempo does.
 */
#ifndef OD_SMF_WRITE_H
#define OD_SMF_WRITE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/units.h"
#include "play/transport.h"

/* At 120 BPM a tick is 52 µs, a sixth of what a MIDI byte takes on the wire: rounding to it is
 * nothing that a cable could transport. It divides by 3 (swing) and by DAWs' 960. */
#define OD_SMF_PPQ    9600
#define OD_SMF_TRACKS 65534

struct od_smf;

/** NULL if there is no memory. `name` is the sequence's; copied. */
OD_NODISCARD struct od_smf *od_smf_new(const char *name);
void od_smf_free(struct od_smf *smf);

/** The grid (tempo) that holds from transport's anchor on; times ascend, and the first holds before
 * its anchor too; one is needed. One at the same step as the last replaces it. */
void od_smf_grid(struct od_smf *smf, const struct od_transport *transport);

/** Adds a track; numbers count from 0. The name is copied. */
size_t od_smf_track(struct od_smf *smf, const char *name);

/**
 * Adds a channel message to a track (that exists). Equal times keep the order they were given in.
 * What comes before step 0 is put there. System messages (clock, start, …) have no place in a file
 * and are left out.
 */
void od_smf_event(struct od_smf *smf, size_t track, od_nsec time, const unsigned char *bytes,
                  size_t size);

/** Appends the file; all tracks end at `end` (or at their last event, if that is later). OD_ENOMEM,
 * also if memory had failed earlier. The same calls give the same bytes. */
OD_NODISCARD enum od_status od_smf_write(const struct od_smf *smf, od_nsec end, struct od_buf *out);

#endif
