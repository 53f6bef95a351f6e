/* The session: what an IR text says, checked, before it is compiled. Plain data in an arena. */
#ifndef OD_SESSION_H
#define OD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/units.h"
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

struct od_modulation {
    enum od_param param;  /**< of a SuperDirt track; unused for MIDI */
    const double *signal; /**< OD_STEPS values in −1..1 */
    size_t offset;
};

struct od_send {
    struct od_name target;
    double
        amount; /**< factor of gain; 0 if the text names none, 1 with `mixer_line` and no `gain` */
};

struct od_track {
    struct od_name id;
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
    const double *signal;
};

struct od_midi_track {
    struct od_name id;
    int channel;   /**< 0..15 */
    int velocity;  /**< 0..127 */
    int transpose; /**< semitones, −127..127 */
    bool mute, solo;
    struct od_midi_modulation *ccs; /**< in file order */
    size_t n_ccs;
    const double *pitch_bend, *aftertouch, *velocity_signal; /**< OD_STEPS values or NULL */
};

struct od_mixer_line {
    struct od_name name;
    struct od_name *include;
    size_t n_include;
    double volume, pan;
    bool mute, solo;
    int output;
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
    uint8_t step;    /**< 0..255 */
    uint8_t gate;    /**< enum od_gate */
    int16_t note;    /**< 0..127 or OD_NO_NOTE */
};

struct od_sequence {
    struct od_name id; /**< of the track */
    struct od_session_event *events;
    size_t n_events;
};

struct od_environment {
    double bpm;
    double default_gate; /**< steps */
    double swing;        /**< 0..1 */
};

/** What plays at one time: the session itself, or one of its scenes. */
struct od_part {
    struct od_name name; /**< of a scene; NULL for the session itself */
    bool has_environment, has_lines;
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
    struct od_param_value *values; /**< all OD_PARAM_EXTRA, in file order, `track_id` left out */
    size_t n_values;
    size_t offset;
};

struct od_apply {
    bool present;
    enum od_timing timing; /**< OD_TIMING_BAR if absent */
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
