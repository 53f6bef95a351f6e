/* A song as a session: IR 1.1, JSON. */
#ifndef OD_SMF_IMPORT_H
#define OD_SMF_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "smf/drums.h"
#include "smf/song.h"

enum od_smf_to {
    OD_SMF_TO_MIDI,
    OD_SMF_TO_SUPERDIRT,
    OD_SMF_TO_BOTH /**< drums to SuperDirt, the rest to MIDI */
};

struct od_smf_import {
    enum od_smf_to to;
    const struct od_smf_drums *drums; /**< not needed for OD_SMF_TO_MIDI */
    /** Takes a piece of the text; false ends the import (OD_EIO). */
    bool (*write)(void *context, const void *bytes, size_t size);
    void *context;
};

#define OD_SMF_ENTRY_STEPS 4096 /* of a song's entry: longer pieces have several */

/**
 * Writes the session: the same bytes for the same song. Notes what it leaves out. OD_ENOMEM,
 * OD_EIO.
 */
OD_NODISCARD enum od_status od_smf_import(struct od_smf_song *song,
                                          const struct od_smf_import *import);

#endif
