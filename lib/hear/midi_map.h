/*
 * Which controller does what: the lines of oiduna-midimap(5), judged and looked up.
 *
 *     cc 1 74 -> set bass cutoff 200..8000 exp
 *     note 10 36 -> trigger kick
 */
#ifndef OD_MIDI_MAP_H
#define OD_MIDI_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/units.h"
#include "hear/midi_in.h"
#include "text/diag.h"

#define OD_MIDI_MAP_LINES 65536 /* that say something */
#define OD_MIDI_MAP_TEXT  1024  /* bytes of a command */

/* name in a map, status byte, has a number after the channel, has a value */
#define OD_MIDI_CONTROL_LIST(X)                                                                    \
    X(CC, "cc", 0xb0, true, true)                                                                  \
    X(NOTE, "note", 0x90, true, true)                                                              \
    X(PC, "pc", 0xc0, true, false)                                                                 \
    X(BEND, "bend", 0xe0, false, true)                                                             \
    X(PRESSURE, "pressure", 0xd0, false, true)

enum od_midi_control {
#define OD_MIDI_CONTROL_ENUM(id, name, status, numbered, valued) OD_MIDI_CONTROL_##id,
    OD_MIDI_CONTROL_LIST(OD_MIDI_CONTROL_ENUM)
#undef OD_MIDI_CONTROL_ENUM
    OD_MIDI_CONTROLS
};

/** A controller that was touched. */
struct od_midi_touch {
    enum od_midi_control control;
    uint8_t channel; /**< 0..15 */
    uint8_t number;  /**< of controller, note or program; else 0 */
    double value;    /**< 0..1; of a program 1 */
};

/** What a message touches; false if it is none that a map can name (a note-off, a clock). */
bool od_midi_touch_of(const struct od_midi_word *word, struct od_midi_touch *touch);

/** The words that name it in a map: "cc 1 74". `text` has OD_MIDI_TOUCH_TEXT bytes. */
#define OD_MIDI_TOUCH_TEXT 32
void od_midi_touch_name(const struct od_midi_touch *touch, char *text);

/** How a value becomes a number of the command. */
enum od_midi_scale {
    OD_MIDI_NO_VALUE,
    OD_MIDI_LINEAR,
    OD_MIDI_EXPONENTIAL,
    OD_MIDI_WHOLE
};

/** A line. Strings are owned by the map. */
struct od_midi_entry {
    uint8_t control; /**< enum od_midi_control */
    uint8_t channel; /**< 0..15, or OD_MIDI_ANY */
    uint8_t number;
    uint8_t scale; /**< enum od_midi_scale */
    double low, high;
    const char *before; /**< of the command, up to the value */
    const char *after;  /**< and behind it */
    bool pressed;       /**< the player's keeper: a button without a value is down */
    uint32_t next;      /**< of the same control and number; OD_MIDI_MAP_LINES = none */
};
#define OD_MIDI_ANY 0xff

struct od_midi_map {
    struct od_midi_entry *entries;
    size_t n, room;
    uint32_t first[OD_MIDI_CONTROLS][128];
    struct od_arena arena;
};

/**
 * Reads a map. OD_EDATA: `diags` has errors, the map is empty; OD_ENOMEM. Warnings may be there
 * beside OD_OK. The map need not be initialised.
 */
OD_NODISCARD enum od_status od_midi_map_read(const struct od_source *source,
                                             struct od_diag_list *diags, struct od_midi_map *map);
void od_midi_map_clear(struct od_midi_map *map);

/**
 * The next line that is meant by a touch, in the order of the file: `*at` is 0 at first and is
 * moved on. The entry's place in `entries`, or −1 at the end.
 */
long od_midi_map_find(const struct od_midi_map *map, const struct od_midi_touch *touch, size_t *at);

/**
 * True if the touch is to do something now: a value always is, a line without one is a button that
 * acts once when it goes down (from the middle of the way on).
 */
bool od_midi_entry_acts(struct od_midi_entry *entry, const struct od_midi_touch *touch);

/** The command for a value of 0..1, NUL-terminated, in `text` (OD_MIDI_MAP_TEXT + 32 bytes). */
void od_midi_entry_command(const struct od_midi_entry *entry, double value, char *text);

#endif
