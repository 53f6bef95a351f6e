/* Which sound of SuperDirt a drum of a MIDI file becomes: General MIDI's, or what a file says. */
#ifndef OD_SMF_DRUMS_H
#define OD_SMF_DRUMS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"
#include "smf/gm.h"
#include "text/diag.h"

/* Parameters that a channel's controllers set, and a drum may set for itself. */
#define OD_SMF_GAIN  0x1u
#define OD_SMF_PAN   0x2u
#define OD_SMF_ROOM  0x4u
#define OD_SMF_DELAY 0x8u

struct od_smf_drum {
    const char *sound; /**< as JSON, with its quotes; NULL: none */
    const char *more; /**< its other parameters as members of a JSON object, `"n": 2`; "" if none */
    unsigned sets;    /**< which of the above are among them */
};

/** Zero-initialise. */
struct od_smf_drums {
    struct od_smf_drum of[OD_GM_NOTES];
    struct od_arena arena;
};

/** General MIDI's. OD_ENOMEM. */
OD_NODISCARD enum od_status od_smf_drums_init(struct od_smf_drums *drums);

/** Changes some as a JSON object says: {"36": {"s": "808bd", "n": 2}, "37": null}. OD_EDATA with
 * the findings, OD_ENOMEM. */
OD_NODISCARD enum od_status od_smf_drums_read(struct od_smf_drums *drums,
                                              const struct od_source *source,
                                              struct od_diag_list *diags);

void od_smf_drums_clear(struct od_smf_drums *drums);

#endif
