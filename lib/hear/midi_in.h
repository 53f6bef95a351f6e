/* MIDI bytes in: one after another, put together to messages. Whatever comes, nothing is believed.
 */
#ifndef OD_MIDI_IN_H
#define OD_MIDI_IN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/units.h"

/** A whole message. What a message has no byte for is 0. */
struct od_midi_word {
    uint8_t bytes[3];
    uint8_t size; /**< 1..3 */
};

/** Zero-initialise. */
struct od_midi_in {
    uint8_t status; /**< that the next data bytes belong to; 0 = to none */
    uint8_t have;
    uint8_t data[2];
    bool exclusive; /**< within a system exclusive message, which is passed over */
    uint64_t stray; /**< data bytes that belonged to nothing */
};

/**
 * Takes a byte. True if it ends a message, which is in `word`: channel messages (running status
 * too), Song Position, Song Select, and those of one byte, which may come in between others.
 * Note-ons of velocity 0 come as note-offs. System exclusive is swallowed.
 */
bool od_midi_in_byte(struct od_midi_in *in, uint8_t byte, struct od_midi_word *word);

#endif
