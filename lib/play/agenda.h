/* What is to happen later: a heap of fixed size, ordered by time, then by rank, then as it came. */
#ifndef OD_AGENDA_H
#define OD_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

struct od_program;

/* Ranks: what comes first at equal times. Note-offs (ledger.h) stand between CLOCK and RELEASE, the
 * planning of a step between RELEASE and OSC. */
enum od_agenda_kind {
    OD_AGENDA_CLOCK,     /**< MIDI clock, Start, Stop, Continue, Song Position */
    OD_AGENDA_RELEASE,   /**< note-offs of what `program` does not play any more */
    OD_AGENDA_PANIC,     /**< everything off on a port */
    OD_AGENDA_SILENCE,   /**< SuperDirt at the output `port` frees its synths */
    OD_AGENDA_OSC,       /**< the OSC messages of a step with one offset, as a bundle */
    OD_AGENDA_SYSEX,     /**< what a track begins with before all else */
    OD_AGENDA_PROGRAM,   /**< bank and program */
    OD_AGENDA_PARAMETER, /**< RPN and NRPN */
    OD_AGENDA_CONTROL,   /**< control change; pitch bend and pressure of curves */
    OD_AGENDA_BEND,      /**< pitch bend and pressure of events */
    OD_AGENDA_TRIGGER,   /**< one event of a voice that somebody asked for */
    OD_AGENDA_NOTE,      /**< a note-on */
};

struct od_agenda_item {
    od_nsec time; /**< when it is to happen */
    int64_t step; /**< the step it belongs to */
    union {
        struct {
            od_nsec sounds; /**< time tag */
            double bpm;     /**< the tempo it was planned at … */
            double gate;    /**< … and the default gate, steps */
            int64_t since;  /**< steps after the top */
            uint32_t epoch; /**< of the player, as everything that moves counts */
            uint32_t event; /**< index of the first with that offset */
            bool alone;     /**< it alone, not all that have its offset */
        } osc;
        struct {
            od_nsec duration;
            uint32_t generation; /**< of the program */
            uint32_t track;      /**< CRC-32C of the id, of a NOTE */
            uint16_t voice;
        } note;
        struct {
            const unsigned char *bytes; /**< in a score that the program holds */
            uint32_t size;
            uint32_t generation;
            uint16_t voice;
        } sysex;
        struct {
            od_nsec sounds; /**< time tag, of OSC */
            double bpm, gate;
            float velocity, gate_steps, milliseconds; /**< see od_command.trigger */
            uint32_t generation, epoch;
            uint16_t voice;
            uint8_t note;
        } trigger;
    } as;
    struct od_program *program; /**< of OSC, TRIGGER, SYSEX and RELEASE; pinned while the item
                                     waits */
    uint32_t order;             /**< set by push */
    uint8_t kind;               /**< enum od_agenda_kind */
    uint8_t port;
    uint8_t size;     /**< bytes of MIDI in use */
    uint8_t bytes[3]; /**< MIDI message */
    bool everything;  /**< RELEASE: all notes of earlier generations, not only inaudible voices' */
    bool rests;       /**< RELEASE: nothing plays afterwards, pedals go up */
};

struct od_agenda {
    struct od_agenda_item *items; /**< a heap in 0..count-1; owned */
    size_t count, capacity;
    size_t high_water; /**< greatest count so far */
    uint32_t order;
};

/** Takes the memory for `capacity` items; false if there is none. */
OD_NODISCARD bool od_agenda_init(struct od_agenda *agenda, size_t capacity);
void od_agenda_clear(struct od_agenda *agenda);

/** Adds a copy; false if it is full. O(log n). */
OD_REALTIME OD_NODISCARD bool od_agenda_push(struct od_agenda *agenda,
                                             const struct od_agenda_item *item);

/** The next item, or NULL. Holds until the next push or pop. */
OD_REALTIME static inline const struct od_agenda_item *
od_agenda_top(const struct od_agenda *agenda)
{
    return agenda->count > 0 ? &agenda->items[0] : NULL;
}

/** Takes the next item out; there must be one. */
OD_REALTIME struct od_agenda_item od_agenda_pop(struct od_agenda *agenda);

#endif
