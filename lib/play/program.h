/* The program: what the player plays. Finished before it is handed over, then never changed. */
#ifndef OD_PROGRAM_H
#define OD_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"
#include "play/glide.h"
#include "score/message.h"
#include "score/midi.h"
#include "score/score.h"

#define OD_OUTPUTS_MAX 8 /* OSC destinations */

enum od_voice_kind {
    OD_VOICE_OSC,
    OD_VOICE_MIDI,      /**< plays its events as notes; gates in steps */
    OD_VOICE_MIDI_MS,   /**< a batch message: one note, duration in milliseconds */
    OD_VOICE_MIDI_BYTES /**< a batch message: a control change or pitch bend as it is */
};

/** Messages of a track that some events play instead of its own. */
struct od_voice_own {
    const struct od_score_message *messages[OD_VARIANTS]; /**< n_messages each, or NULL */
};

/** What moves in the messages of a voice. */
struct od_voice_glides {
    const struct od_score_message *messages; /**< that the moves count from */
    const struct od_message_move *moves;
    size_t n;
    struct od_glide *const *of; /**< by od_message_move.glide */
    const double *numbers;      /**< of signals */
};

/** What plays the events of one track. Points into the score, or into memory of the program. */
struct od_voice {
    uint8_t kind;    /**< enum od_voice_kind */
    bool audible;    /**< mute, solo and mixer lines taken into account */
    uint8_t output;  /**< OSC destination, or MIDI port */
    uint8_t channel; /**< of MIDI */
    uint32_t length; /**< steps of its sequence */
    uint32_t crc;    /**< CRC-32C of its track id */
    union {
        struct {
            uint32_t n_messages;
            bool batch;                                           /**< has variant 0 only */
            const struct od_score_message *messages[OD_VARIANTS]; /**< n_messages each, or NULL */
            const struct od_voice_own *owns;                      /**< by od_score_extra.own */
            const struct od_score_slot *slots;
            const struct od_score_values *values;
            const float *floats;
            const unsigned char *bytes;
            const struct od_voice_glides *glides; /**< or NULL */
        } osc;
        struct {
            uint8_t velocity;
            int8_t transpose;
            uint8_t bytes[3];   /**< of OD_VOICE_MIDI_MS: note-on */
            bool revalued;      /**< an event's midi_velocity is not what it sends: the velocity
                                     was changed live, or it is another each time round */
            double duration_ms; /**< of OD_VOICE_MIDI_MS */
            const struct od_score_control *controls; /**< of a batch: sent with each event */
            uint32_t n_controls;
            const struct od_score_control *init; /**< sent when it begins to play … */
            const struct od_score_sysex *sysex;  /**< … behind these, … */
            const unsigned char *bytes_of_sysex; /**< … which lie here */
            uint32_t n_init, n_sysex;
            struct od_score_control control; /**< what `controls` points at, if it is made here */
            const struct od_score_curve *curves;
            const int16_t *levels; /**< of the curves */
            size_t n_curves;
            const struct od_glide *velocity_glide, *transpose_glide; /**< or NULL */
            const double *velocity_signal;                           /**< or NULL */
            uint32_t signal_length;
        } midi;
    } as;
};

/** What holds for all that plays. It is the player's: commands change it, and what a part sets. */
struct od_player_environment {
    double bpm;
    double swing;
    double gate; /**< steps, of events that name none */
};

/** The events of one length: those of step k are events[index[k]] to events[index[k + 1] - 1]. */
struct od_step_ring {
    uint32_t length;       /**< steps, 1..OD_LENGTH_MAX */
    const uint32_t *index; /**< length + 1 entries */
};

/** Events that lie one behind another: at[0] to end[-1]. */
struct od_run {
    const struct od_event *at, *end;
};

struct od_program {
    struct od_player_environment environment;
    bool sets_environment; /**< taking it over makes that the player's */
    bool anew;             /**< … all of it; else what differs from what the last one gave */
    bool releases; /**< taking it over ends all notes of the one before, not only inaudible ones */
    const struct od_score_tempo *tempos; /**< of the environment, by step of the top … */
    uint32_t n_tempos;                   /**< … which begin anew after `length` steps */
    bool in_song;  /**< it begins anew when the song says so, and so does its tempo map */
    bool from_top; /**< its step 0 lies where it is taken over; else it is in phase with the loop */
    const struct od_event *events;
    const struct od_step_ring *rings; /**< each of another length */
    size_t n_rings;
    uint32_t length;                         /**< of the longest, at least OD_STEPS */
    const struct od_score_extra *extras;     /**< of the events */
    const struct od_score_control *controls; /**< of the extras */
    const struct od_voice *voices;
    size_t n_voices;
    const uint16_t *curve_voices; /**< the voices that have curves */
    size_t n_curve_voices;
    const uint16_t *init_voices; /**< the voices that begin with something */
    size_t n_init_voices;
    const uint32_t *audible; /**< CRC-32C of the ids of MIDI tracks that are heard, ascending */
    size_t n_audible;
    struct od_glide *const *glides; /**< all that move in it; they are the player's */
    size_t n_glides;
    uint64_t seed; /**< of what may or may not play, if it sets the environment */
    od_nsec early; /**< how long before its step the earliest event sounds, at least 0 … */
    od_nsec late;  /**< … and how long after */
    double early_steps, late_steps; /**< to be added to both, 0 to 1 */
    uint64_t change;                /**< the control thread's number for it */
    uint64_t lineage;               /**< the same for all edits of one session or scene */
    bool edit;                      /**< taken only in the place of a program of its lineage */
    /* The player's, once it has the program: */
    uint32_t generation;
    int64_t top;             /**< once it is replaced: where its step 0 lay */
    uint64_t draws;          /**< the seed that holds */
    struct od_run *runs;     /**< for od_walk, of each ring if there are several */
    uint32_t pins;           /**< agenda items that need it */
    struct od_program *next; /**< of those that were replaced and wait for their pins */
};

/** By how many semitones a MIDI voice is transposed. */
OD_REALTIME static inline int
od_voice_transpose(const struct od_voice *voice, struct od_moment at)
{
    return od_glide_whole(voice->as.midi.transpose_glide, at, -127, 127, voice->as.midi.transpose);
}

/** How long an event lasts, in steps; NaN: as long as it rings. The one place where an event that
 * names no gate gets one. */
OD_REALTIME static inline double
od_event_gate(const struct od_event *event, double default_gate)
{
    return event->gate_steps == OD_EVENT_DEFAULT_GATE ? default_gate : (double)event->gate_steps;
}

/** Which of `length` places is due `since` steps after the top. Most sequences have OD_STEPS, and
 * what they cost is a comparison: the division is laid out of the way. */
OD_REALTIME static inline uint32_t
od_place_in(int64_t since, uint32_t length)
{
    return __builtin_expect(length == OD_STEPS, 1) ? (uint32_t)since & (OD_STEPS - 1)
                                                   : (uint32_t)((uint64_t)since % length);
}

/** The events of one ring, `since` steps after the top. */
OD_REALTIME static inline struct od_run
od_ring_step(const struct od_program *program, size_t ring, int64_t since)
{
    const struct od_step_ring *of = &program->rings[ring];
    const uint32_t *index = of->index + od_place_in(since, of->length);
    return (struct od_run){program->events + index[0], program->events + index[1]};
}

/** What an event says more, or NULL. */
OD_REALTIME static inline const struct od_score_extra *
od_event_extra(const struct od_program *program, const struct od_event *event)
{
    return (event->midi_velocity & OD_EVENT_EXTRA) != 0 ? &program->extras[event->extra] : NULL;
}

/** The messages that an event of an OSC voice plays: n_messages by variant, or NULL. */
OD_REALTIME static inline const struct od_score_message *const *
od_event_messages(const struct od_program *program, const struct od_event *event)
{
    const struct od_voice *voice = &program->voices[event->track];
    if ((event->midi_velocity & OD_EVENT_EXTRA) == 0) {
        return voice->as.osc.messages;
    }
    uint32_t own = program->extras[event->extra].own;
    return own == OD_SCORE_NONE ? voice->as.osc.messages : voice->as.osc.owns[own].messages;
}

/** od_event_together for events that do not say the same. */
OD_REALTIME bool od_event_meets(const struct od_program *program, const struct od_event *a,
                                const struct od_event *b);

/** Do two events of one step sound at the same time? */
OD_REALTIME static inline bool
od_event_together(const struct od_program *program, const struct od_event *a,
                  const struct od_event *b)
{
    bool same = ((a->midi_velocity ^ b->midi_velocity) & OD_EVENT_EXTRA) == 0;
    return (same && a->extra == b->extra) || od_event_meets(program, a, b);
}

/**
 * The events of a step, run by run, in the order in which they play: by track, of each those of its
 * ring. The run that begins the walk may be empty; it goes on while od_walk_next says so.
 */
struct od_walk {
    const struct od_program *program; /**< NULL: it is at its end */
    int64_t since;
    struct od_run *left; /**< what rings have that was not walked over; NULL: not looked up yet */
    size_t n;            /**< of them; none is empty */
};

/** One ring, which is the usual, is a run. */
OD_REALTIME static inline struct od_run
od_walk_begin(struct od_walk *walk, const struct od_program *program, int64_t since)
{
    bool one = program->n_rings == 1;
    *walk = (struct od_walk){.program = one ? NULL : program, .since = since};
    return one ? od_ring_step(program, 0, since) : (struct od_run){NULL, NULL};
}

/** od_walk_next of several rings. */
OD_REALTIME bool od_walk_turn(struct od_walk *walk, struct od_run *run);

/** Goes to the next run; false if there is none. */
OD_REALTIME static inline bool
od_walk_next(struct od_walk *walk, struct od_run *run)
{
    return walk->program != NULL && od_walk_turn(walk, run);
}

/** Bytes of a MIDI message. */
OD_REALTIME static inline uint8_t
od_control_size(const struct od_score_control *control)
{
    unsigned status = control->bytes[0];
    return status == OD_MIDI_PROGRAM || status == OD_MIDI_PRESSURE ? 2 : 3;
}

/** The message on a channel; a key that is pressed is transposed. */
OD_REALTIME static inline void
od_control_bytes(const struct od_score_control *control, unsigned channel, int transpose,
                 unsigned char bytes[3])
{
    bytes[0] = (unsigned char)(control->bytes[0] | channel);
    bytes[1] = control->bytes[0] == OD_MIDI_POLY_PRESSURE
                   ? od_midi_note(control->bytes[1], transpose)
                   : control->bytes[1];
    bytes[2] = control->bytes[2];
}

/** od_program_plays for an event that says more. */
OD_REALTIME bool od_program_draws(const struct od_program *program, const struct od_event *event,
                                  int64_t since);

/** Does an event play, `since` steps after the top, as far as `when` and `prob` go? */
OD_REALTIME static inline bool
od_program_plays(const struct od_program *program, const struct od_event *event, int64_t since)
{
    return (event->midi_velocity & OD_EVENT_EXTRA) == 0 || od_program_draws(program, event, since);
}

#endif
