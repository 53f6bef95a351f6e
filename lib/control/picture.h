/*
 * The playing as a picture of text: what a terminal shows below what is typed and printed. Pure: a
 * state in, rows out.
 */
#ifndef OD_PICTURE_H
#define OD_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/units.h"
#include "play/player.h"

#define OD_PICTURE_LEVELS 8 /* of an onset; 0 = there is none */

/** A row: the onsets of one track in the current bar. */
struct od_picture_track {
    const char *name;
    bool muted, solo;
    bool audible;                /**< mute, solo of others and mixer lines taken into account */
    uint8_t cells[OD_BAR_STEPS]; /**< 0..OD_PICTURE_LEVELS */
};

enum od_picture_link {
    OD_PICTURE_OFF,
    OD_PICTURE_OK,
    OD_PICTURE_MISSING
};

/** What is shown. Nothing is owned; a text may be NULL where there is nothing to be told. */
struct od_picture {
    enum od_state state;
    int64_t step; /**< that sounds now, of the whole run; −1 = none yet */
    unsigned loop_steps;
    double bpm;
    const char *scene; /**< that plays */
    const char *next;  /**< what comes next: a scene, a session */
    int64_t next_step; /**< when; −1 = that is not known (nothing plays) */
    size_t more_next;  /**< so many come behind it */
    const char *sync;  /**< who leads, and whether all is well */
    bool sync_lost;
    enum od_picture_link osc, midi;
    uint64_t drops, events;
    od_nsec lateness_p99;
    const char *answer; /**< of the last command */
    bool answer_failed;
    const struct od_picture_track *tracks;
    size_t n_tracks;
    size_t more_tracks; /**< that there are besides and that nobody could show */
};

/** What the terminal can show. */
struct od_picture_style {
    bool colour; /**< SGR sequences; without, nothing but text */
    bool utf8;   /**< else ASCII */
};

/**
 * Appends the picture: at most `rows` rows of at most `columns` columns, each ended by a line feed;
 * returns how many there are. Where there is less room less is shown, in this order: the ruler, the
 * tracks (those that find no room are counted), the last answer, the second row of states; in a row
 * what is of least use first. Tempo and place are shown wherever anything is. `out->failed` says if
 * memory ran out.
 */
unsigned od_picture_draw(const struct od_picture *picture, unsigned columns, unsigned rows,
                         const struct od_picture_style *style, struct od_buf *out);

/** How strong an onset is, 1..OD_PICTURE_LEVELS, by its velocity (1.0 = full). */
uint8_t od_picture_level(double velocity);

#endif
