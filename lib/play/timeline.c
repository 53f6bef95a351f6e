#include "play/timeline.h"

#include <stdlib.h>

bool
od_timeline_store_init(struct od_timeline_store *store, size_t capacity)
{
    *store = (struct od_timeline_store){.capacity = capacity};
    store->waiting = calloc(capacity, sizeof *store->waiting);
    store->free = calloc(capacity, sizeof *store->free);
    if (store->waiting == NULL || store->free == NULL) {
        od_timeline_store_clear(store);
        return false;
    }
    for (; store->n_free < capacity; store->n_free++) {
        store->free[store->n_free] = (uint16_t)(capacity - 1 - store->n_free);
    }
    return true;
}

void
od_timeline_store_clear(struct od_timeline_store *store)
{
    free(store->waiting);
    free(store->free);
    *store = (struct od_timeline_store){0};
}

bool
od_timeline_init(struct od_timeline *timeline, struct od_timeline_store *store)
{
    *timeline = (struct od_timeline){.store = store};
    timeline->heap = calloc(store->capacity, sizeof *timeline->heap);
    return timeline->heap != NULL;
}

void
od_timeline_clear(struct od_timeline *timeline)
{
    free(timeline->heap);
    *timeline = (struct od_timeline){0};
}

static bool
before(const struct od_timeline *timeline, uint16_t one, uint16_t other)
{
    const struct od_waiting *a = &timeline->store->waiting[one];
    const struct od_waiting *b = &timeline->store->waiting[other];
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

/* Puts `place` into the hole, or where it belongs above it … */
static void
rise(struct od_timeline *timeline, size_t hole, uint16_t place)
{
    uint16_t *heap = timeline->heap;
    while (hole > 0 && before(timeline, place, heap[(hole - 1) / 2])) {
        heap[hole] = heap[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    heap[hole] = place;
}

/* … or below it. */
static void
sink(struct od_timeline *timeline, size_t hole, uint16_t place)
{
    uint16_t *heap = timeline->heap;
    for (size_t child = 2 * hole + 1; child < timeline->count; child = 2 * hole + 1) {
        if (child + 1 < timeline->count && before(timeline, heap[child + 1], heap[child])) {
            child++;
        }
        if (!before(timeline, heap[child], place)) {
            break;
        }
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = place;
}

bool
od_timeline_push(struct od_timeline *timeline, int64_t at, uint64_t order,
                 const struct od_command *command)
{
    struct od_timeline_store *store = timeline->store;
    if (store->n_free == 0) {
        return false;
    }
    uint16_t place = store->free[--store->n_free];
    store->waiting[place] = (struct od_waiting){.at = at, .order = order, .command = *command};
    rise(timeline, timeline->count++, place);
    return true;
}

static void
leave(struct od_timeline_store *store, uint16_t place)
{
    store->free[store->n_free++] = place;
}

void
od_timeline_remove(struct od_timeline *timeline, size_t i)
{
    uint16_t last = timeline->heap[--timeline->count];
    leave(timeline->store, timeline->heap[i]);
    if (i == timeline->count) {
        return;
    }
    if (i > 0 && before(timeline, last, timeline->heap[(i - 1) / 2])) {
        rise(timeline, i, last);
    } else {
        sink(timeline, i, last);
    }
}

struct od_waiting
od_timeline_pop(struct od_timeline *timeline)
{
    const struct od_waiting taken = *od_timeline_item(timeline, 0);
    od_timeline_remove(timeline, 0);
    return taken;
}

size_t
od_timeline_drop(struct od_timeline *timeline, od_timeline_drop_fn *drop, void *context)
{
    size_t kept = 0;
    const size_t count = timeline->count;
    for (size_t i = 0; i < count; i++) {
        if (drop(context, od_timeline_item(timeline, i))) {
            leave(timeline->store, timeline->heap[i]);
        } else {
            timeline->heap[kept++] = timeline->heap[i];
        }
    }
    timeline->count = kept;
    for (size_t i = kept < count ? kept / 2 : 0; i > 0; i--) {
        sink(timeline, i - 1, timeline->heap[i - 1]);
    }
    return count - kept;
}
