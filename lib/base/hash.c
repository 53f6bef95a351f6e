#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64
#define LEAST_SLOTS 4

static uint64_t
hash_bytes(uint64_t seed, const unsigned char *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed; /* FNV-1a */
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return hash ^ hash >> 32; /* the low bits choose the slot */
}

/* The slot that holds the key, or the free one where it belongs. The table is never full. */
static struct od_hash_slot *
probe(const struct od_hash *hash, const void *key, size_t length, uint64_t value)
{
    size_t at = (size_t)value & (hash->n_slots - 1);
    for (;;) {
        struct od_hash_slot *slot = &hash->slots[at];
        if (slot->key == NULL || (slot->hash == value && slot->length == length &&
                                  memcmp(slot->key, key, length) == 0)) {
            return slot;
        }
        at = (at + 1) & (hash->n_slots - 1);
    }
}

static bool
grow(struct od_hash *hash, size_t n_slots)
{
    struct od_hash larger = {.n_slots = n_slots};
    larger.slots = calloc(larger.n_slots, sizeof *larger.slots);
    if (larger.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < hash->n_slots; i++) {
        const struct od_hash_slot *slot = &hash->slots[i];
        if (slot->key != NULL) {
            *probe(&larger, slot->key, slot->length, slot->hash) = *slot;
        }
    }
    larger.count = hash->count;
    larger.seed = hash->n_slots > 0
                      ? hash->seed
                      : (uint64_t)(uintptr_t)larger.slots * UINT64_C(0x9e3779b97f4a7c15);
    free(hash->slots);
    *hash = larger;
    return true;
}

uint32_t
od_hash_find(const struct od_hash *hash, const void *key, size_t length)
{
    if (hash->count == 0) {
        return OD_HASH_NONE;
    }
    const struct od_hash_slot *slot = probe(hash, key, length, hash_bytes(hash->seed, key, length));
    return slot->key == NULL ? OD_HASH_NONE : slot->value;
}

bool
od_hash_reserve(struct od_hash *hash, size_t n)
{
    size_t n_slots = LEAST_SLOTS;
    while (n_slots / 4 * 3 < n) {
        n_slots *= 2;
    }
    return n_slots <= hash->n_slots || grow(hash, n_slots);
}

bool
od_hash_add(struct od_hash *hash, const void *key, size_t length, uint32_t value)
{
    if (hash->count >= hash->n_slots / 4 * 3 &&
        !grow(hash, hash->n_slots > 0 ? hash->n_slots * 2 : FIRST_SLOTS)) {
        return false;
    }
    uint64_t hashed = hash_bytes(hash->seed, key, length);
    struct od_hash_slot *slot = probe(hash, key, length, hashed);
    if (slot->key == NULL) {
        *slot = (struct od_hash_slot){key, length, hashed, value};
        hash->count++;
    }
    return true;
}

void
od_hash_clear(struct od_hash *hash)
{
    free(hash->slots);
    *hash = (struct od_hash){0};
}
