/* Chance that repeats: numbers decided by what they are for, not by when they are drawn. */
#ifndef OD_CHANCE_H
#define OD_CHANCE_H

#include <stddef.h>
#include <stdint.h>

#include "pattern/frac.h"

/** What follows from `key` and `x`: the same on every machine, and nothing like what follows from
 * their neighbours. */
uint64_t od_chance_mix(uint64_t key, uint64_t x);

/** The same for a text. */
uint64_t od_chance_mix_text(uint64_t key, const char *text, size_t length);

/** A number of 0 <= x < 1 for that moment. */
double od_chance_at(uint64_t key, struct od_frac time);

#endif
