/* What the parts of the session reader share. Private to lib/text/session*.c. */
#ifndef OD_SESSION_READ_H
#define OD_SESSION_READ_H

#include "text/json.h"
#include "text/session.h"

#define OD_READ_POINTER_SIZE 1024

/** One reading. Lists grow in the bufs and are copied into the session's arena when complete. */
struct od_reader {
    struct od_json json;
    struct od_session *session;
    struct od_diag_list *diags;
    struct od_arena scratch; /**< what only the reading needs: decoded strings, tables of names */
    struct od_buf tracks, midi_tracks, lines, sequences, scenes, names;
    struct od_buf values, modulations, sends, ccs, events, messages;
    struct od_buf controls, sysex, more, tempos, song;
    struct od_buf beyond;    /**< struct od_read_beyond, of the sequence being read */
    double *signal, *points; /**< room for the longest, in `scratch`; NULL until there is one */
    struct od_json_keys message_keys;         /**< of the message being read */
    const struct od_param_value *last_values; /**< of the message before */
    size_t n_last_values;
    const char *last_destination;
    const char *below[3]; /**< names a finding's pointer goes on with, for what was read before */
};

/** An event whose step is none of its sequence's, if that has no other length. */
struct od_read_beyond {
    size_t event; /**< its place */
    size_t at;    /**< byte offset of the step */
    int step;
};

/** An object of known keys while it is read. Set `names`, `n_names` (≤ 64) and `what`. */
struct od_read_object {
    const char *const *names;
    size_t n_names;
    const char *what;           /**< for messages: "an event", "track_fx" */
    uint64_t nullable;          /**< bit i: names[i] is told even if its value is null */
    uint64_t seen;              /**< bit i: names[i] was read */
    size_t next;                /**< where the search goes on: keys mostly come in order */
    size_t key_at;              /**< byte offset of the key that was told last */
    struct od_json_keys others; /**< unknown keys */
};

/** Adds a finding whose pointer is where the reader is. */
void od_read_diag(struct od_reader *reader, enum od_severity severity, size_t offset,
                  const char *code, const char *format, ...) OD_PRINTF(5, 6);

/** A finding about the value that was just read. */
#define od_read_warn(reader, ...)                                                                  \
    od_read_diag(reader, OD_WARNING, od_json_offset(&(reader)->json), __VA_ARGS__)
#define od_read_error(reader, ...)                                                                 \
    od_read_diag(reader, OD_ERROR, od_json_offset(&(reader)->json), __VA_ARGS__)

/** Memory ran out: the reading stops. */
void od_read_no_memory(struct od_reader *reader);

/** Enters the next value if it is an object (array), else says so, skips it and returns false. */
bool od_read_enter_object(struct od_reader *reader);
bool od_read_enter_array(struct od_reader *reader);

/**
 * In an object of known keys: reads on to the next known key whose value is not null and returns
 * its place in `names`, or -1 at the end. Unknown keys are warned about, repeated ones are errors;
 * both are skipped.
 */
int od_read_field(struct od_reader *reader, struct od_read_object *object);

/** Behind a key of `nullable`: true if its value is null, which has been read then. */
bool od_read_null(struct od_reader *reader);

/** In an object of free keys: reads on to the next key (a repeated one is an error and skipped)
 * whose value is not null; false at the end. `*key_at` gets its place. */
bool od_read_entry(struct od_reader *reader, struct od_json_keys *keys, struct od_json_string *key,
                   size_t *key_at);

/** Warns about a key that `what` does not know and skips its value; names the nearest of `names`.
 */
void od_read_unknown(struct od_reader *reader, struct od_json_string key, size_t key_at,
                     const char *what, const char *const *names, size_t n_names);

/** What people mean who write a key that is unknown: what it is called here, or where it belongs. A
 * half sentence in `out`; false if nothing is known of it. `what` is the object's name. */
#define OD_READ_HINT 96
bool od_read_hint(const char *what, struct od_json_string key, char out[OD_READ_HINT]);

/** The same in an object of parameters, of which those of `where` may stand in it. `is_object`: so
 * is the key's value. */
bool od_read_param_hint(struct od_json_string key, bool is_object, unsigned where,
                        char out[OD_READ_HINT]);

/** The MIDI note of a name such as "C3" (48), "F#4", "Bb-1"; -1 if it is none. */
int od_read_note_name(struct od_json_string name);

/** Reads the next value. If its type (or range) is wrong: an error, it is skipped, false. */
bool od_read_number(struct od_reader *reader, double *value);
bool od_read_bool(struct od_reader *reader, bool *value);
bool od_read_integer(struct od_reader *reader, int least, int most, int *value);
bool od_read_whole(struct od_reader *reader, uint64_t most, uint64_t *value); /**< below 2^53 */
bool od_read_name(struct od_reader *reader, struct od_name *name);

/** The next value, one of `n` words (or an error, with the nearest of them); its place, or -1. */
int od_read_word(struct od_reader *reader, const char *const *words, size_t n);

/** Reads a name that repeats the key `id` of what is read; warns if it is another. */
void od_read_own_name(struct od_reader *reader, const struct od_name *id);

/** Is it 0 as it is sent, in 32 bits? */
bool od_read_is_zero(double value);

/** A number that must not be below 0. */
bool od_read_positive(struct od_reader *reader, double *value);

/** A copy of a key as a name at `offset`, in the session's arena. */
struct od_name od_read_keep_name(struct od_reader *reader, struct od_json_string key,
                                 size_t offset);

/** Copies the records of `buf` into the session's arena and empties it; `*count` records of `size`.
 */
void *od_read_keep(struct od_reader *reader, struct od_buf *buf, size_t size, size_t *count);

/** What the members of an object of named things are read into. */
struct od_read_kind {
    struct od_buf *buf;  /**< where they grow; of the reader, and used for nothing inside one */
    size_t size;         /**< of a record, whose first member is its struct od_name */
    const void *initial; /**< a record that says nothing */
    void (*read)(struct od_reader *reader, void *record); /**< the object, which was entered */
};

/** Reads the next value, an object of named things; the records, in the session's arena. */
void *od_read_members(struct od_reader *reader, const struct od_read_kind *kind, size_t *count);

/** The key just read, cut to what a message can hold, in `out`. */
#define OD_READ_SHOWN 64
const char *od_read_shown(const char *text, size_t length, char out[OD_READ_SHOWN]);

/** The parts of a session. Each reads the next value. */
void od_read_environment(struct od_reader *reader, struct od_environment *environment);
bool od_read_bpm(struct od_reader *reader, double *bpm);
void od_read_tracks(struct od_reader *reader, struct od_part *part);
void od_read_midi_tracks(struct od_reader *reader, struct od_part *part);
void od_read_mixer_lines(struct od_reader *reader, struct od_part *part);
void od_read_sequences(struct od_reader *reader, struct od_part *part);
void od_read_messages(struct od_reader *reader);

void od_read_tempo_map(struct od_reader *reader, struct od_environment *environment);
void od_read_song(struct od_reader *reader);

/** The events of a sequence, whose length is `sequence->length`, or not known yet (0). */
void od_read_events(struct od_reader *reader, struct od_sequence *sequence);

/** Reads a modulation object; values NULL after an error. */
struct od_signal od_read_modulation(struct od_reader *reader);

/** Reads the value of a kind of control into reader->controls. */
void od_read_control(struct od_reader *reader, int field);

/** Reads `init` of a MIDI track. */
void od_read_init(struct od_reader *reader, struct od_midi_track *track);

/** Reads an event's own parameters. */
void od_read_own_params(struct od_reader *reader, struct od_session_more *more);

/** Reads the next value as that of a known parameter; false after an error. */
bool od_read_param(struct od_reader *reader, enum od_param param, struct od_param_value *value);

/** Reads an offset in steps, above -1 and below 1; false after an error. */
bool od_read_offset_steps(struct od_reader *reader, double *steps);

/**
 * Reads the next value as that of an extra parameter (null was seen to). False after an error. The
 * name is the caller's to set.
 */
bool od_read_extra(struct od_reader *reader, struct od_json_string key, size_t key_at,
                   struct od_param_value *value);

/** Warns about a value that SuperDirt takes otherwise than it is meant. `param` is its wire name.
 */
void od_read_check_superdirt(struct od_reader *reader, const char *param,
                             const struct od_param_value *value);

/** A table from names to numbers; holds the texts by pointer. */
struct od_read_names {
    struct od_read_names_slot {
        const char *text; /**< NULL = free */
        size_t value;
        bool mark; /**< for the caller */
    } * slots;
    size_t n_slots; /**< a power of two, more than there are names */
};

/** An empty table for up to `most` names, in the reader's scratch memory; false if there is none.
 */
bool od_read_names_init(struct od_reader *reader, struct od_read_names *names, size_t most);

/** Puts a name that is not there yet; one that is keeps its value. */
void od_read_names_put(struct od_read_names *names, const char *text, size_t value);

/** The slot of a name, or NULL. */
struct od_read_names_slot *od_read_names_find(const struct od_read_names *names, const char *text);

/** What the tracks of a part go through, once it is known. */
struct od_read_routes {
    const struct od_part *part;
    const struct od_mixer_line *lines; /**< that it plays with */
    const size_t *line_of;             /**< of each track, its place; SIZE_MAX = on none */
    const struct od_read_names *line_names, *sequences, *tracks; /**< → places */
};

/** Warns about reverb and echo of the tracks that SuperDirt cannot make heard: of a track without a
 * line that undo themselves, and of two that meet on one orbit. */
void od_session_check_heard(struct od_reader *reader, const struct od_read_routes *routes);

/** Warns about what events say that is not heard, or not theirs to say. */
void od_session_check_events(struct od_reader *reader, const struct od_read_routes *routes);

/** Warns about a line whose effects undo themselves. `echo_moves`: a track modulates its echo. */
void od_session_check_line_heard(struct od_reader *reader, const struct od_mixer_line *line,
                                 bool echo_moves, const char *pointer);

/** Warns about a send to a line that adds nothing. */
void od_session_check_send_heard(struct od_reader *reader, const struct od_track *track,
                                 const struct od_mixer_line *line, const struct od_send *send,
                                 const char *pointer);

/** What needs the whole session: names that lead nowhere, values that another one hides. */
void od_session_resolve(struct od_reader *reader);

#endif
