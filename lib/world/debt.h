/* The note-offs that a MIDI port owes: those that found no room or no port, and those that wait in
 * its store and are lost with it. Each note once, so it can never overflow. */
#ifndef OD_DEBT_H
#define OD_DEBT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"
#include "play/ledger.h"

/** A bit a note. */
struct od_notes {
    uint64_t of[OD_CHANNELS][OD_NOTES / 64];
};

/** Zero-initialised is none. */
struct od_debt {
    struct od_notes late;    /**< to be sent when there is room */
    struct od_notes swept;   /**< to be ended whether they sound or not, when nothing else is due */
    struct od_notes waiting; /**< in the store */
    size_t n_waiting;        /**< at least as many as bits in `waiting`, 0 only if there is none */
};

/** The note's end was lost. */
OD_REALTIME void od_debt_late(struct od_debt *debt, unsigned channel, unsigned note);

/** Its end waits in the store. */
OD_REALTIME void od_debt_waits(struct od_debt *debt, unsigned channel, unsigned note);

/** It was struck anew, or its end was sent: nothing is owed for it. */
OD_REALTIME void od_debt_paid(struct od_debt *debt, unsigned channel, unsigned note);

/** All of a channel are to be ended, whether they sound or not. */
OD_REALTIME void od_debt_channel(struct od_debt *debt, unsigned channel);

/** The store was written out. */
OD_REALTIME void od_debt_written(struct od_debt *debt);

/** The store was lost: what waited is late. */
OD_REALTIME void od_debt_lost(struct od_debt *debt);

/** The lowest note of the channel in `notes`; −1 if there is none. */
OD_REALTIME int od_debt_next(const struct od_notes *notes, unsigned channel);

/** How many notes are owed, late or waiting. */
OD_REALTIME size_t od_debt_count(const struct od_debt *debt);

OD_REALTIME bool od_debt_any(const struct od_notes *notes);

#endif
