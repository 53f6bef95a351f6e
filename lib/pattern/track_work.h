/* What the files that write a track share: a track while it is written. Private to
 * lib/pattern/track*.c. */
#ifndef OD_TRACK_WORK_H
#define OD_TRACK_WORK_H

#include "base/utf8.h"
#include "pattern/query.h"
#include "pattern/sheet.h"
#include "pattern/steps.h"

struct od_track_writer;

/** A parameter of the track's events. */
struct od_track_field {
    const struct od_sheet_value *value;
    int column;              /* of the notes' steps; -1: `constant` is its value */
    struct od_cell constant; /* or, once all is known, the value that all events have */
    bool live;               /* no later value is of the same name */
};

/** A message of a MIDI track that a pattern says: its own events. */
struct od_track_message {
    const struct od_sheet_value *value;
    struct od_steps steps;
};

/** One track while it is written. */
struct od_track_work {
    struct od_track_writer *writer;
    const struct od_sheet_part *part;
    const struct od_sheet_track *track;
    struct od_query query;
    struct od_track_field *fields;
    size_t n_fields;
    struct od_track_field *s, *n, *note, *up, *velocity, *gate, *legato, *nudge;
    struct od_steps_column *columns;
    size_t n_columns;
    struct od_steps *notes; /* the writer's */
    struct od_track_message *messages;
    size_t n_messages;
    struct od_frac shift;
    int64_t cycles;
    struct od_cell sound; /* the track's own `s` */
    bool tails;           /* `s` says numbers (bd:3) that count */
    bool failed;
};

#define OD_TRACK_SHOWN 40
#define OD_TRACK_NUDGE 60.0 /* seconds, to either side */

/** A word for "%.*s", cut where it is long. */
#define OD_TRACK_SHOW(word)                                                                        \
    (int)od_utf8_cut((word).text, (word).length, OD_TRACK_SHOWN), (word).text

/** Says an error of the track, which is not written then. */
#define OD_TRACK_FAIL(work, at, ...)                                                               \
    do {                                                                                           \
        (work)->failed = true;                                                                     \
        od_sheet_say((work)->track->input, OD_ERROR, at, __VA_ARGS__);                             \
    } while (0)

static inline bool
od_track_is_midi(const struct od_track_work *work)
{
    return work->track->channel >= 0;
}

static inline bool
od_track_is_message(const struct od_sheet_value *value)
{
    return value->name.kind >= OD_NAME_CC && value->name.kind <= OD_NAME_PROGRAM;
}

/* track.c */

/** What the chance of a value depends on. */
uint64_t od_track_key_of(const struct od_track_work *work, const struct od_sheet_value *value);

/** True if value `i` is said again later, which counts; then that is told. */
bool od_track_is_overridden(struct od_track_work *work, size_t i);

/** The base that a modulation moves: halfway between the ends, so that it reaches both. */
double od_track_base_of(const struct od_track_work *work, const struct od_sheet_value *value);

/* track_events.c */

/** The first pattern; without one a constant, which begins with each cycle. */
struct od_track_field *od_track_find_structure(struct od_track_work *work);

/** A column for it, and one for each other pattern and signal. */
void od_track_add_columns(struct od_track_work *work, struct od_track_field *structure);

/** Columns, period and events of the notes and of each message; what is wrong is told. */
void od_track_make_events(struct od_track_work *work);

/** A pattern that says the same everywhere is a constant: it belongs to the track, where a
 * performer can change it. */
void od_track_find_constants(struct od_track_work *work);

/** What sounds where an event says nothing else. */
void od_track_find_sound(struct od_track_work *work);

/* track_sequence.c */

/** What a parameter has in a row. */
const struct od_cell *od_track_cell_at(const struct od_track_work *work,
                                       const struct od_track_field *field, size_t row);

/** The whole number that a value needs, within bounds; 0, told, if there is none. */
int64_t od_track_whole_within(struct od_track_work *work, const struct od_sheet_value *value,
                              const struct od_cell *cell, double least, double most);

/** Appends the value of a parameter as a session has it. */
void od_track_put_value(struct od_track_work *work, struct od_buf *out,
                        const struct od_sheet_value *value, const struct od_cell *cell);

/** Appends a member's key: the name in a session, a colon. */
void od_track_put_key(struct od_buf *out, const struct od_sheet_value *value);

/** Appends a comma but for the first time. */
void od_track_put_separator(struct od_buf *out, bool *any);

/** A parameter that is neither `s` nor `n`, which have ways of their own. */
bool od_track_is_plain(const struct od_track_work *work, const struct od_track_field *field);

/** Appends the number of `bd:3` as the member `n`. */
void od_track_put_tail(struct od_track_work *work, struct od_buf *out, const struct od_mini *tail);

/** Appends a MIDI message with its number. */
void od_track_put_message(struct od_track_work *work, struct od_buf *out,
                          const struct od_sheet_value *value, const struct od_cell *cell);

/** Appends the sequence: its length and all events. */
void od_track_put_sequence(struct od_track_work *work, struct od_buf *out);

/* track_judge.c */

/** Tells which parameters its line has in their stead, and which are called as a line. */
void od_track_judge_line(const struct od_track_work *work);

/** Tells of numbers that were hardly meant as MIDI's. */
void od_track_judge_notes(const struct od_track_work *work);

/** Tells of values outside of what is heard, where they stand in the text. */
void od_track_judge_values(const struct od_track_work *work);

/* track_curves.c */

/** False, told, if a curve moves what cannot be moved. */
bool od_track_check_modulations(struct od_track_work *work);

/** Appends the curves that move parameters, if there are any. */
void od_track_put_modulations(struct od_track_work *work, struct od_buf *out);

/** Appends those that move a MIDI track's controllers, bend and pressure. */
void od_track_put_midi_curves(struct od_track_work *work, struct od_buf *out);

#endif
