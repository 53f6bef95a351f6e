/* Every sounding MIDI note and when it ends. A note is in it once; so it can never overflow. */
#ifndef OD_LEDGER_H
#define OD_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

#define OD_PORTS_MAX    8 /* MIDI outputs */
#define OD_CHANNELS     16
#define OD_NOTES        128
#define OD_LEDGER_NOTES (OD_PORTS_MAX * OD_CHANNELS * OD_NOTES)

/** Identifies a note: ((port · 16) + channel) · 128 + note. */
typedef uint16_t od_note_id;

struct od_sounding {
    od_nsec ends;
    int64_t step;        /**< of its note-on */
    uint32_t generation; /**< of the program that struck it */
    uint32_t track;      /**< CRC-32C of its track's id */
    uint16_t voice;      /**< of that program */
    uint16_t place;      /**< in the heap + 1; 0 = silent */
};

struct od_ledger {
    struct od_sounding *notes; /**< of all channels of the ports; owned */
    od_note_id *heap;          /**< sounding notes, the one that ends first on top; owned */
    size_t count, capacity;
};

/** Takes the memory for the notes of `ports`, at most OD_PORTS_MAX; false if there is none. */
OD_NODISCARD bool od_ledger_init(struct od_ledger *ledger, unsigned ports);
void od_ledger_clear(struct od_ledger *ledger);

OD_REALTIME od_note_id od_note_id_of(unsigned port, unsigned channel, unsigned note);

/** Enters a note of one of the ports that is not sounding (see od_ledger_sounding). */
OD_REALTIME void od_ledger_add(struct od_ledger *ledger, od_note_id id,
                               const struct od_sounding *note);

OD_REALTIME bool od_ledger_sounding(const struct od_ledger *ledger, od_note_id id);

/** Takes out a sounding note. */
OD_REALTIME void od_ledger_remove(struct od_ledger *ledger, od_note_id id);

/** The note that ends first; there must be one (`count` > 0). */
OD_REALTIME od_note_id od_ledger_first(const struct od_ledger *ledger);

#endif
