/* Commands that wait for their place: an ordered set of fixed size. */
#ifndef OD_TIMELINE_H
#define OD_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "play/command.h"

#define OD_TIMELINE_CAPACITY 4096

struct od_waiting {
    int64_t at;     /**< a step counted through all loops, or ns since 1970: one of them in a set */
    uint64_t order; /**< of arrival: what is due at one place acts as it came */
    struct od_command command;
};

struct od_timeline {
    struct od_waiting *items; /**< a heap in 0..count-1; owned */
    size_t count, capacity;
};

/** Takes the memory for `capacity` commands; false if there is none. */
OD_NODISCARD bool od_timeline_init(struct od_timeline *timeline, size_t capacity);
void od_timeline_clear(struct od_timeline *timeline);

/** Adds a copy; false if it is full. O(log n). */
OD_REALTIME OD_NODISCARD bool od_timeline_push(struct od_timeline *timeline, int64_t at,
                                               uint64_t order, const struct od_command *command);

/** The next to act, or NULL. Holds until the set is changed. */
OD_REALTIME static inline const struct od_waiting *
od_timeline_top(const struct od_timeline *timeline)
{
    return timeline->count > 0 ? &timeline->items[0] : NULL;
}

/** Takes the next out; there must be one. O(log n). */
OD_REALTIME struct od_waiting od_timeline_pop(struct od_timeline *timeline);

/** Takes items[i] out. O(log n). */
OD_REALTIME void od_timeline_remove(struct od_timeline *timeline, size_t i);

/** Is one to be dropped? It has dealt with what the command owns if it says so. */
typedef bool od_timeline_drop_fn(void *context, const struct od_waiting *waiting);

/** Drops all that `drop` wants dropped; how many. O(n). */
OD_REALTIME size_t od_timeline_drop(struct od_timeline *timeline, od_timeline_drop_fn *drop,
                                    void *context);

#endif
