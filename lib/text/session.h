/* The session: what an IR text says, checked, before it is compiled. Plain data in an arena. */
#ifndef OD_SESSION_H
#define OD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/units.h"
#include "text/control.h"
#include "text/diag.h"
#include "text/param.h"
#include "text/timing.h"

/** An identifier or other string of the text with its place. Owned by the session's arena. */
struct od_name {
    const char *text; /**< NUL-terminated UTF-8; NULL = absent */
    size_t offset;    /**< byte offset of its value (or key) in the IR text */
};

/** One parameter that is set, of a track or a message. Null ones are not kept. */
struct od_param_value {
    enum od_param param; /**< OD_PARAM_EXTRA: `name` says which */
    enum od_value_type type;
    const char *name; /**< of an extra parameter, else NULL */
    double number;    /**< of OD_VALUE_INT (fits int32) and OD_VALUE_FLOAT */
    const char *string;
    size_t offset;
};

/** What goes round and round: at step n of the top it has values[n mod length]. */
struct od_signal {
    const double *values; /**< in −1..1; NULL = no signal */
    uint32_t length;      /**< 1..OD_LENGTH_MAX */
};

struct od_modulation {
    enum od_param param; /**< of a SuperDirt track; unused for MIDI */
    struct od_signal signal;
    size_t offset;
};

struct od_send {
    struct od_name target;
    double
        amount; /**< factor of gain; 0 if the text names none, 1 with `mixer_line` and no `gain` */
};

struct od_track {
    struct od_name id;
    struct od_name destination; /**< text NULL: SuperDirt */
    bool mute, solo;
    struct od_param_value *values; /**< known ones in the order of od_param, then extras in file
                                      order; `track_fx` has won over `fx` already */
    size_t n_values;
    struct od_modulation *modulations; /**< one per parameter at most */
    size_t n_modulations;
    struct od_send *sends;
    size_t n_sends;
};

struct od_midi_modulation {
    uint8_t controller; /**< 0..127; of cc_modulations only */
    struct od_signal signal;
};

/** One SysEx message, 0xf0 to 0xf7. */
struct od_sysex {
    const unsigned char *bytes;
    size_t size; /**< at most OD_SYSEX_MAX */
};

struct od_midi_track {
    struct od_name id;
    struct od_name destination; /**< text NULL: the port that --midi names */
    int channel;                /**< 0..15 */
    int velocity;               /**< 0..127 */
    int transpose;              /**< semitones, −127..127 */
    bool mute, solo;
    struct od_midi_modulation *ccs; /**< in file order */
    size_t n_ccs;
    struct od_signal pitch_bend, aftertouch, velocity_signal;
    struct od_control *init; /**< sent when the track begins to play, after `sysex` */
    size_t n_init;
    struct od_sysex *sysex;
    size_t n_sysex;
};

struct od_mixer_line {
    struct od_name name;
    struct od_name *include;
    size_t n_include;
    double volume, pan;
    bool mute, solo;
    int output;
    int orbit; /**< −1: the line's place */
    double room, size, dry, delay_send, delay_time, delay_feedback, leslie_rate, leslie_size;
    size_t dry_offset, delay_time_offset; /**< of their values in the text, if it has them */
};

#define OD_NO_NOTE (-1)
enum od_gate {
    OD_GATE_DEFAULT,
    OD_GATE_GIVEN,
    OD_GATE_NULL
};

/** 32 bytes: a session may have 100,000 of them. */
struct od_session_event {
    double velocity;
    double gate_steps; /**< if `gate` is OD_GATE_GIVEN */
    double offset_ms;
    uint32_t offset; /**< byte offset of the event in the text */
    uint16_t step;   /**< 0..length−1 of its sequence */
    int8_t note;     /**< 0..127 or OD_NO_NOTE */
    uint8_t gate;    /**< enum od_gate */
};

/** What few events say. */
struct od_session_more {
    uint32_t event;      /**< whose it is: place in the sequence's events */
    uint8_t of;          /**< `when`: the event plays in passes whose number mod `of` … */
    uint64_t is;         /**< … is a bit of this; of = 0: in every pass */
    double prob;         /**< 0..1 */
    double offset_steps; /**< −1 < x < 1 */
    struct od_param_value *values; /**< its own; in order as a track's; may be OD_VALUE_ABSENT */
    size_t n_values;
    struct od_control *controls; /**< in file order */
    size_t n_controls;
    size_t controls_at; /**< byte offset of the first in the text */
};

struct od_sequence {
    struct od_name id; /**< of the track */
    uint32_t length;   /**< steps, 1..OD_LENGTH_MAX */
    struct od_session_event *events;
    size_t n_events;
    struct od_session_more *more; /**< ascending by event */
    size_t n_more;
};

/** From this step of the top on the tempo is another. */
struct od_tempo {
    uint32_t step; /**< 0..OD_LENGTH_MAX−1 */
    double bpm;
};

struct od_environment {
    double bpm;
    double default_gate;        /**< steps */
    double swing;               /**< 0..1 */
    uint64_t seed;              /**< of `prob`; below 2^53 */
    struct od_tempo *tempo_map; /**< ascending */
    size_t n_tempos;
};

/** What plays at one time: the session itself, or one of its scenes. */
struct od_part {
    struct od_name name; /**< of a scene; NULL for the session itself */
    bool has_environment, has_lines;
    bool from_top; /**< of a scene: its step 0 lies where it is taken over */
    struct od_environment environment;
    struct od_track *tracks;
    size_t n_tracks;
    struct od_midi_track *midi_tracks;
    size_t n_midi_tracks;
    struct od_mixer_line *lines;
    size_t n_lines;
    struct od_sequence *sequences;
    size_t n_sequences;
};

/** One message of the second dialect. */
struct od_message_event {
    struct od_name destination;
    struct od_name track; /**< `track_id`, names the track for mute and solo; text NULL if absent */
    uint8_t step;
    double offset_steps;           /**< −1 < x < 1 */
    struct od_param_value *values; /**< all OD_PARAM_EXTRA, in file order, `track_id` left out */
    size_t n_values;
    struct od_control *controls; /**< what `cc` and `nrpn` objects say */
    size_t n_controls;
    size_t offset;
};

struct od_song_entry {
    struct od_name scene; /**< text NULL: the session outside all scenes */
    uint32_t bars;        /**< 1..OD_LENGTH_MAX */
};

struct od_apply {
    bool present;
    enum od_timing timing; /**< OD_TIMING_BAR if absent */
    enum od_from from;
    struct od_name *track_ids;
    size_t n_track_ids;
    struct od_name scene; /**< text NULL if none */
};

struct od_session {
    struct od_arena arena; /**< owns everything below */
    struct od_part main;
    struct od_part *scenes;
    size_t n_scenes;
    struct od_apply apply;
    struct od_song_entry *song;
    size_t n_song;
    enum od_song_end song_end;
    bool is_batch; /**< the second dialect: `messages` and main.environment.bpm are all there is */
    struct od_message_event *messages;
    size_t n_messages;
};

/**
 * Reads an IR text of either dialect. All findings go to `diags` (whose `strict` is the caller's;
 * sorted on return). OD_OK if there is no error, warnings or not; OD_EDATA else; OD_ENOMEM. The
 * session must be cleared in every case.
 */
OD_NODISCARD enum od_status od_session_read(struct od_session *session,
                                            const struct od_source *source,
                                            struct od_diag_list *diags);

/** Frees what the session owns; it may be read into again. */
void od_session_clear(struct od_session *session);

#endif
