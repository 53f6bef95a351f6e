/* A table of byte strings → numbers, for looking names up while compiling. */
#ifndef OD_HASH_H
#define OD_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

struct od_hash_slot {
    const void *key; /**< not owned; NULL = free */
    size_t length;
    uint64_t hash;
    uint32_t value;
};

/** Zero-initialised is ready for use. */
struct od_hash {
    struct od_hash_slot *slots; /**< open addressing, a power of two */
    size_t n_slots, count;
    uint64_t seed; /**< another for each table, so that nobody can choose names that collide */
};

#define OD_HASH_NONE UINT32_MAX

/** The value kept for `key`, or OD_HASH_NONE. */
uint32_t od_hash_find(const struct od_hash *hash, const void *key, size_t length);

/** Makes room for `n` keys (at most 2^32) at once; false if there is no memory. */
OD_NODISCARD bool od_hash_reserve(struct od_hash *hash, size_t n);

/** Keeps `value` for `key`, whose bytes must stay; a key that is there already keeps its value.
 * False if there is no memory. */
OD_NODISCARD bool od_hash_add(struct od_hash *hash, const void *key, size_t length, uint32_t value);

/** Frees the table; it is empty and usable again. */
void od_hash_clear(struct od_hash *hash);

#endif
