/* A queue of fixed-size records from one thread to one other, in memory taken beforehand. */
#ifndef OD_RING_H
#define OD_RING_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/units.h"

#define OD_CACHE_LINE 64

/** Positions count on for ever; their difference is what is inside. */
struct od_ring {
    unsigned char *records; /**< owned */
    size_t record_size;
    size_t capacity;                            /**< records; a power of two */
    alignas(OD_CACHE_LINE) _Atomic size_t head; /**< next to be written; the writer's */
    alignas(OD_CACHE_LINE) _Atomic size_t tail; /**< next to be read; the reader's */
};

/** Takes the memory for at least `capacity` records (a page of it when it is first used, or when
 * memory is locked); false if there is none. */
OD_NODISCARD bool od_ring_init(struct od_ring *ring, size_t record_size, size_t capacity);
void od_ring_clear(struct od_ring *ring);

/** The writer's: copies one record in; false if it is full. */
OD_REALTIME OD_NODISCARD bool od_ring_push(struct od_ring *ring, const void *record);

/** The writer's: how many records there is room for. */
OD_REALTIME size_t od_ring_space(const struct od_ring *ring);

/** The reader's: copies the oldest record out; false if it is empty. */
OD_REALTIME OD_NODISCARD bool od_ring_pop(struct od_ring *ring, void *record);

/** How many records are inside: exact for the reader's "at least", the writer's "at most". */
OD_REALTIME size_t od_ring_count(const struct od_ring *ring);

#endif
