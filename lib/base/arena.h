/* Memory of one session: taken piece by piece, freed at once. */
#ifndef OD_ARENA_H
#define OD_ARENA_H

#include <stddef.h>

#include "base/units.h"

struct od_arena_block;

/** Zero-initialised is ready for use. Not thread safe. */
struct od_arena {
    struct od_arena_block *blocks; /**< newest first */
    size_t used;                   /**< bytes of the newest block that are taken */
};

/** `size` bytes aligned for any type, zeroed; NULL if there is no memory (or `size` overflows). */
OD_NODISCARD void *od_arena_alloc(struct od_arena *arena, size_t size);

/** `count` × `size` zeroed bytes; NULL if that overflows or there is no memory. */
OD_NODISCARD void *od_arena_array(struct od_arena *arena, size_t count, size_t size);

/** A NUL-terminated copy of `length` bytes; NULL if there is no memory. */
OD_NODISCARD char *od_arena_string(struct od_arena *arena, const char *text, size_t length);

/** Frees all that was taken; the arena is empty and usable again. */
void od_arena_clear(struct od_arena *arena);

#endif
