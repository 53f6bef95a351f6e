/* What the files that compile a part share. Private to lib/score/compile_*.c. */
#ifndef OD_COMPILE_WORK_H
#define OD_COMPILE_WORK_H

#include "score/compiler.h"

#define OD_WORK_POINTER 512

/** One part while it is compiled. */
struct od_work {
    struct od_compiler *compiler;
    const struct od_part *part;
    const struct od_mixer_line *lines; /**< its own, or the session's */
    size_t n_lines;
    bool own_lines;
    struct od_hash line_names;  /**< → place of the line */
    struct od_hash track_lines; /**< track id → place of the first line that includes it */
    struct od_hash sequences;   /**< track id → place of its sequence */
    struct od_score_part record;
    char pointer[OD_WORK_POINTER]; /**< of the part */
};

/** Record `first` of a section; NULL if it has none. Holds until the section grows. */
const void *od_work_record(const struct od_compiler *compiler, enum od_section section,
                           uint32_t first, size_t size);

/** What the track of that id plays; an empty sequence if there is none. */
const struct od_sequence *od_work_sequence(const struct od_work *work, const struct od_name *id);

/** OD_TRACK_MUTE and OD_TRACK_SOLO. */
uint32_t od_work_flags(bool mute, bool solo);

/** Puts a signal into SIGNALS; its place. */
uint32_t od_work_signal(struct od_compiler *compiler, struct od_signal signal);

/** A track of the part is to be compiled, its `place` among them all. */
void od_work_track(struct od_work *part, const struct od_track *track, uint32_t place);
void od_work_midi_track(struct od_work *work, const struct od_midi_track *track, uint32_t place);

/** The event as all kinds of track have it; what `more` says is not looked at. */
struct od_event od_work_event(const struct od_session_event *event, uint32_t track);

/** What an event's `more` says but its parameters and messages; false if that is nothing. */
bool od_work_extra(const struct od_session_more *more, struct od_score_extra *extra);

/** The `more` of event `i`, or NULL; `*next`, 0 at first, is the one that is due. */
const struct od_session_more *od_work_more(const struct od_sequence *sequence, size_t i,
                                           size_t *next);

#endif
