/* Numbers that look random and are the same on every run. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/** The next 64 bits (SplitMix64); `*seed` may begin with any number. */
uint64_t random_bits(uint64_t *seed);

#endif
