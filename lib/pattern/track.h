/* One track of a pattern text as a session has it: what it is, and its sequence. */
#ifndef OD_TRACK_H
#define OD_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "pattern/number.h"
#include "pattern/sheet.h"
#include "pattern/steps.h"

#define OD_TRACK_EVENTS ((size_t)1000000) /* of one session */

/** What all tracks of a session share. Zero-initialise, then set the first four; to be cleared. */
struct od_track_writer {
    struct od_sheet *text;
    uint64_t seed;
    size_t work;   /**< how much may still be done, as in od_query */
    size_t events; /**< how many there may still be */
    bool full;     /**< they are used up, and it was said: nothing more is tried */
    bool out_of_memory;

    /* Its own: memory that one track after the other works in. */
    struct od_steps notes;
    struct od_hap *haps;
    size_t n_haps;
};

/**
 * Appends two members of JSON objects (`"id":{…}`, no comma): the track's, and its sequence's. What
 * is wrong goes to the track's file; false then, and the texts are worth nothing.
 */
bool od_track_write(struct od_track_writer *writer, const struct od_sheet_part *part,
                    const struct od_sheet_track *track, struct od_buf *definition,
                    struct od_buf *sequence);

void od_track_writer_clear(struct od_track_writer *writer);

/** Appends a name, or a word of a pattern, as a JSON string. */
void od_track_word(struct od_buf *out, const struct od_sheet_word *word);

#endif
