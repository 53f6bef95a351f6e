/* The program: what the player plays. Finished before it is handed over, then never changed. */
#ifndef OD_PROGRAM_H
#define OD_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"
#include "score/score.h"

#define OD_OUTPUTS_MAX 8 /* OSC destinations */

enum od_voice_kind {
    OD_VOICE_OSC,
    OD_VOICE_MIDI,      /**< plays its events as notes; gates in steps */
    OD_VOICE_MIDI_MS,   /**< a batch message: one note, duration in milliseconds */
    OD_VOICE_MIDI_BYTES /**< a batch message: a control change or pitch bend as it is */
};

/** What plays the events of one track. Points into the score, or into memory of the program. */
struct od_voice {
    uint8_t kind;    /**< enum od_voice_kind */
    bool audible;    /**< mute, solo and mixer lines taken into account */
    uint8_t output;  /**< OSC destination, or MIDI port */
    uint8_t channel; /**< of MIDI */
    union {
        struct {
            uint32_t n_messages;
            bool batch;                                           /**< has variant 0 only */
            const struct od_score_message *messages[OD_VARIANTS]; /**< n_messages each, or NULL */
            const struct od_score_slot *slots;
            const struct od_score_values *values;
            const unsigned char *bytes;
        } osc;
        struct {
            uint8_t velocity;
            int8_t transpose;
            uint8_t size;       /**< of `bytes` */
            uint8_t bytes[3];   /**< of OD_VOICE_MIDI_BYTES; of _MS: note-on */
            bool revalued;      /**< velocity was changed live: an event's midi_velocity is stale */
            double duration_ms; /**< of OD_VOICE_MIDI_MS */
            const struct od_score_curve *curves;
            size_t n_curves;
            const double *velocity_signal; /**< OD_STEPS values or NULL */
        } midi;
    } as;
};

/** What holds for all that plays. It is the player's: commands change it, and what a part sets. */
struct od_player_environment {
    double bpm;
    double swing;
    double gate; /**< steps, of events that name none */
};

struct od_program {
    struct od_player_environment environment;
    bool sets_environment; /**< taking it over makes that the player's */
    bool releases; /**< taking it over ends all notes of the one before, not only inaudible ones */
    const struct od_event *events;
    const uint32_t *index; /**< OD_STEPS + 1 entries */
    const struct od_voice *voices;
    size_t n_voices;
    const uint16_t *curve_voices; /**< the voices that have curves */
    size_t n_curve_voices;
    od_nsec early;    /**< how long before its step the earliest event sounds, at least 0 */
    od_nsec late;     /**< how long after, at least 0 */
    uint64_t change;  /**< the control thread's number for it */
    uint64_t lineage; /**< the same for all edits of one session or scene */
    bool edit;        /**< taken only in the place of a program of its lineage */
    /* The player's, once it has the program: */
    uint32_t generation;
    uint32_t pins;           /**< agenda items that need it */
    struct od_program *next; /**< of those that were replaced and wait for their pins */
};

/** How long an event lasts, in steps; NaN: as long as it rings. The one place where an event that
 * names no gate gets one. */
OD_REALTIME static inline double
od_event_gate(const struct od_event *event, double default_gate)
{
    return (event->midi_velocity & OD_EVENT_DEFAULT_GATE) != 0 ? default_gate
                                                               : (double)event->gate_steps;
}

/** The events of a step: `*events` gets the first; returns how many. */
static inline size_t
od_program_step(const struct od_program *program, unsigned step, const struct od_event **events)
{
    *events = program->events + program->index[step];
    return program->index[step + 1] - program->index[step];
}

#endif
