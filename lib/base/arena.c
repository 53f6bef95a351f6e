#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE_MIN ((size_t)4 * 1024)
#define BLOCK_SIZE_MAX ((size_t)64 * 1024)
#define ALIGNMENT      _Alignof(max_align_t)

struct od_arena_block {
    struct od_arena_block *next;
    size_t size;
    max_align_t bytes[];
};

/* The first is small: for a short text, zeroing a large one would be a good part of the work. */
static size_t
next_size(const struct od_arena *arena)
{
    size_t size = arena->blocks != NULL ? arena->blocks->size : BLOCK_SIZE_MIN / 2;
    return size < BLOCK_SIZE_MAX / 2 ? size * 2 : BLOCK_SIZE_MAX;
}

static struct od_arena_block *
add_block(struct od_arena *arena, size_t size)
{
    size_t usual = next_size(arena);
    size_t bytes = size > usual ? size : usual;
    if (bytes > SIZE_MAX - sizeof(struct od_arena_block)) {
        return NULL;
    }
    struct od_arena_block *block = calloc(1, sizeof *block + bytes);
    if (block == NULL) {
        return NULL;
    }
    block->size = bytes;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->used = 0;
    return block;
}

void *
od_arena_alloc(struct od_arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT) {
        return NULL;
    }
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct od_arena_block *block = arena->blocks;
    if (block == NULL || block->size - arena->used < rounded) {
        block = add_block(arena, rounded);
    }
    if (block == NULL) {
        return NULL;
    }
    void *taken = (char *)block->bytes + arena->used;
    arena->used += rounded;
    return taken;
}

void *
od_arena_array(struct od_arena *arena, size_t count, size_t size)
{
    return size != 0 && count > SIZE_MAX / size ? NULL : od_arena_alloc(arena, count * size);
}

char *
od_arena_string(struct od_arena *arena, const char *text, size_t length)
{
    char *copy = length == SIZE_MAX ? NULL : od_arena_alloc(arena, length + 1);
    if (copy != NULL && length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

void
od_arena_clear(struct od_arena *arena)
{
    while (arena->blocks != NULL) {
        struct od_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    arena->used = 0;
}
