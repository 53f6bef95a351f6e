/*
 * What a MIDI file plays: a voice for each track and channel, its notes with their ends, its
 * controllers put together as the IR has them, and the part of it that is wanted.
 */
#ifndef OD_SMF_SONG_H
#define OD_SMF_SONG_H

#include "base/arena.h"
#include "smf/act.h"
#include "smf/grid.h"
#include "smf/read.h"

/** Notes are taken apart by their drums on this channel (the tenth, for people). */
#define OD_SMF_DRUMS 9

struct od_smf_voice {
    size_t track;     /**< of the file, from 0 */
    unsigned channel; /**< 0..15 */
    const char *name; /**< unique */
    size_t first, n;  /**< of its acts, in order of time */
    size_t notes;     /**< how many of them are notes */
    bool left_out;    /**< not chosen */
};

/** Zero-initialise. */
struct od_smf_song {
    struct od_smf_file *file; /**< the caller's */
    struct od_smf_grid grid;
    struct od_buf voices; /**< struct od_smf_voice, by track and channel */
    struct od_buf acts;   /**< struct od_smf_act, voice by voice */
    struct od_buf sysex;  /**< size_t: items of the file that are sent at the start */
    int64_t begin, end;   /**< units: what is wanted of it; begin is the grid's origin */
    int64_t last;  /**< units: where its music ends; from there to `end` bars are filled up */
    bool cut;      /**< notes end where it ends */
    int64_t steps; /**< its length, whole bars of 16 */
    struct od_arena arena;
};

/** Makes a song of a file: all of it. OD_ENOMEM. */
OD_NODISCARD enum od_status od_smf_song_init(struct od_smf_song *song, struct od_smf_file *file);

/** From a bar of the file on (from 1), so many bars of it (0: to its end). False if it has no such
 * bar. */
OD_NODISCARD bool od_smf_song_cut(struct od_smf_song *song, int64_t from, int64_t bars);

void od_smf_song_clear(struct od_smf_song *song);

size_t od_smf_n_voices(const struct od_smf_song *song);
struct od_smf_voice *od_smf_voice_at(const struct od_smf_song *song, size_t i);
const struct od_smf_act *od_smf_acts_of(const struct od_smf_song *song,
                                        const struct od_smf_voice *voice);

#endif
