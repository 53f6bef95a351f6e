#include "world/debt.h"

#include <string.h>

static uint64_t *
word(struct od_notes *notes, unsigned channel, unsigned note)
{
    return &notes->of[channel % OD_CHANNELS][note % OD_NOTES / 64];
}

static uint64_t
bit(unsigned note)
{
    return UINT64_C(1) << (note % 64);
}

void
od_debt_late(struct od_debt *debt, unsigned channel, unsigned note)
{
    *word(&debt->late, channel, note) |= bit(note);
}

void
od_debt_waits(struct od_debt *debt, unsigned channel, unsigned note)
{
    *word(&debt->waiting, channel, note) |= bit(note);
    debt->n_waiting++;
}

void
od_debt_paid(struct od_debt *debt, unsigned channel, unsigned note)
{
    *word(&debt->late, channel, note) &= ~bit(note);
    *word(&debt->swept, channel, note) &= ~bit(note);
}

void
od_debt_channel(struct od_debt *debt, unsigned channel)
{
    memset(debt->swept.of[channel % OD_CHANNELS], 0xff, sizeof debt->swept.of[0]);
}

void
od_debt_written(struct od_debt *debt)
{
    if (debt->n_waiting > 0) {
        memset(&debt->waiting, 0, sizeof debt->waiting);
        debt->n_waiting = 0;
    }
}

void
od_debt_lost(struct od_debt *debt)
{
    for (unsigned channel = 0; channel < OD_CHANNELS; channel++) {
        for (unsigned i = 0; i < OD_NOTES / 64; i++) {
            debt->late.of[channel][i] |= debt->waiting.of[channel][i];
        }
    }
    od_debt_written(debt);
}

int
od_debt_next(const struct od_notes *notes, unsigned channel)
{
    for (unsigned i = 0; i < OD_NOTES / 64; i++) {
        uint64_t some = notes->of[channel % OD_CHANNELS][i];
        if (some != 0) {
            return (int)(i * 64) + __builtin_ctzll(some);
        }
    }
    return -1;
}

size_t
od_debt_count(const struct od_debt *debt)
{
    size_t n = 0;
    for (unsigned channel = 0; channel < OD_CHANNELS; channel++) {
        for (unsigned i = 0; i < OD_NOTES / 64; i++) {
            uint64_t owed = debt->late.of[channel][i] | debt->swept.of[channel][i] |
                            debt->waiting.of[channel][i];
            n += (size_t)__builtin_popcountll(owed);
        }
    }
    return n;
}

bool
od_debt_any(const struct od_notes *notes)
{
    uint64_t any = 0;
    for (unsigned channel = 0; channel < OD_CHANNELS; channel++) {
        any |= notes->of[channel][0] | notes->of[channel][1];
    }
    return any != 0;
}
