/* What the names of a pattern text mean: parameters in every spelling, notes. */
#ifndef OD_NAMES_H
#define OD_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "text/param.h"

enum od_name_kind {
    OD_NAME_PARAM, /* of SuperDirt, `param` says which */
    OD_NAME_NOTE,
    OD_NAME_UP,
    OD_NAME_VELOCITY,
    OD_NAME_GATE,
    OD_NAME_NUDGE,
    OD_NAME_EARLY,
    OD_NAME_LATE,
    OD_NAME_CC, /* `controller` says which; this and what follows are messages of MIDI tracks */
    OD_NAME_BEND,
    OD_NAME_PRESSURE,
    OD_NAME_PROGRAM,
    OD_NAME_EXTRA /* SuperDirt's, if anybody's: sent as it is */
};

struct od_name {
    enum od_name_kind kind;
    enum od_param param;
    int controller; /**< 0..127; -1 if the number after "cc" is none of those */
    const char *ir; /**< the name in a session, static; NULL for an extra one */
};

/** What `text` names; an unknown word is an extra parameter. */
struct od_name od_name_find(const char *text, size_t length);

/** The known name that `text` may be a misspelling of, or NULL. Static. */
const char *od_name_nearest(const char *text, size_t length);

/** Ends of a signal that make sense of this name where 0..1 is next to nothing, as "300..2000";
 * else NULL. Static. */
const char *od_name_ends(const struct od_name *name);

/**
 * A note by name: c4 is 60, e#4, eb3, cs5, a name without a number is of octave 3. False if it is
 * none. Whether MIDI has it (0..127) is not looked at.
 */
bool od_name_note(const char *text, size_t length, int *note);

/** The mixer line's key in a session for `text`; NULL if a line has none of that name. Static. */
const char *od_name_line(const char *text, size_t length);

/** The known name of a mixer line's that `text` may be a misspelling of, or NULL. Static. */
const char *od_name_nearest_line(const char *text, size_t length);

#endif
