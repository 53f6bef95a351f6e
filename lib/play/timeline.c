#include "play/timeline.h"

#include <stdlib.h>

bool
od_timeline_init(struct od_timeline *timeline, size_t capacity)
{
    *timeline = (struct od_timeline){.capacity = capacity};
    timeline->items = calloc(capacity, sizeof *timeline->items);
    return timeline->items != NULL;
}

void
od_timeline_clear(struct od_timeline *timeline)
{
    free(timeline->items);
    *timeline = (struct od_timeline){0};
}

static bool
before(const struct od_waiting *a, const struct od_waiting *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

/* Puts `item` into the hole, or where it belongs above it … */
static void
rise(struct od_timeline *timeline, size_t hole, const struct od_waiting *item)
{
    while (hole > 0 && before(item, &timeline->items[(hole - 1) / 2])) {
        timeline->items[hole] = timeline->items[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    timeline->items[hole] = *item;
}

/* … or below it. */
static void
sink(struct od_timeline *timeline, size_t hole, const struct od_waiting *item)
{
    struct od_waiting *items = timeline->items;
    for (size_t child = 2 * hole + 1; child < timeline->count; child = 2 * hole + 1) {
        if (child + 1 < timeline->count && before(&items[child + 1], &items[child])) {
            child++;
        }
        if (!before(&items[child], item)) {
            break;
        }
        items[hole] = items[child];
        hole = child;
    }
    items[hole] = *item;
}

bool
od_timeline_push(struct od_timeline *timeline, int64_t at, uint64_t order,
                 const struct od_command *command)
{
    if (timeline->count == timeline->capacity) {
        return false;
    }
    const struct od_waiting item = {.at = at, .order = order, .command = *command};
    rise(timeline, timeline->count++, &item);
    return true;
}

void
od_timeline_remove(struct od_timeline *timeline, size_t i)
{
    const struct od_waiting last = timeline->items[--timeline->count];
    if (i == timeline->count) {
        return;
    }
    if (i > 0 && before(&last, &timeline->items[(i - 1) / 2])) {
        rise(timeline, i, &last);
    } else {
        sink(timeline, i, &last);
    }
}

struct od_waiting
od_timeline_pop(struct od_timeline *timeline)
{
    const struct od_waiting taken = timeline->items[0];
    od_timeline_remove(timeline, 0);
    return taken;
}

size_t
od_timeline_drop(struct od_timeline *timeline, od_timeline_drop_fn *drop, void *context)
{
    size_t kept = 0;
    const size_t count = timeline->count;
    for (size_t i = 0; i < count; i++) {
        if (!drop(context, &timeline->items[i])) {
            timeline->items[kept++] = timeline->items[i];
        }
    }
    timeline->count = kept;
    for (size_t i = kept < count ? kept / 2 : 0; i > 0; i--) {
        const struct od_waiting item = timeline->items[i - 1];
        sink(timeline, i - 1, &item);
    }
    return count - kept;
}
