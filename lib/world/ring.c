#include "world/ring.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool
od_ring_init(struct od_ring *ring, size_t record_size, size_t capacity)
{
    size_t power = 1;
    while (power < capacity && power <= SIZE_MAX / 2) {
        power *= 2;
    }
    if (power < capacity || record_size == 0 || power > SIZE_MAX / record_size) {
        return false;
    }
    ring->records = calloc(power, record_size); /* what is never used takes no memory */
    if (ring->records == NULL) {
        return false;
    }
    ring->record_size = record_size;
    ring->capacity = power;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    return true;
}

void
od_ring_clear(struct od_ring *ring)
{
    free(ring->records);
    ring->records = NULL;
    ring->capacity = 0;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
}

static void *
place(const struct od_ring *ring, size_t position)
{
    return ring->records + (position & (ring->capacity - 1)) * ring->record_size;
}

size_t
od_ring_space(const struct od_ring *ring)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    return ring->capacity - (head - atomic_load_explicit(&ring->tail, memory_order_acquire));
}

bool
od_ring_push(struct od_ring *ring, const void *record)
{
    if (od_ring_space(ring) == 0) {
        return false;
    }
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    memcpy(place(ring, head), record, ring->record_size);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

bool
od_ring_pop(struct od_ring *ring, void *record)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail == atomic_load_explicit(&ring->head, memory_order_acquire)) {
        return false;
    }
    memcpy(record, place(ring, tail), ring->record_size);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}

/* The tail first: it never passes a head that is read after it. */
size_t
od_ring_count(const struct od_ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    size_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    return head - tail;
}
