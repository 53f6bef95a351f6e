/* Commands that wait for their place: ordered sets that share a room of fixed size. */
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

/** Where what waits lies, in whichever set it is: all of them share this room. */
struct od_timeline_store {
    struct od_waiting *waiting; /**< owned */
    uint16_t *free;             /**< places in `waiting` where nothing lies; owned */
    size_t n_free, capacity;
};

struct od_timeline {
    struct od_timeline_store *store;
    uint16_t *heap; /**< places in the store, in 0..count-1; owned */
    size_t count;
};

/** Takes the memory for `capacity` commands, at most 2^16; false if there is none. */
OD_NODISCARD bool od_timeline_store_init(struct od_timeline_store *store, size_t capacity);
void od_timeline_store_clear(struct od_timeline_store *store);

/** The same for a set of what lies in the store. */
OD_NODISCARD bool od_timeline_init(struct od_timeline *timeline, struct od_timeline_store *store);
void od_timeline_clear(struct od_timeline *timeline);

/** One of 0..count-1, in no order. Holds until it is taken out. */
OD_REALTIME static inline struct od_waiting *
od_timeline_item(const struct od_timeline *timeline, size_t i)
{
    return &timeline->store->waiting[timeline->heap[i]];
}

/** Adds a copy; false if the store is full. O(log n). */
OD_REALTIME OD_NODISCARD bool od_timeline_push(struct od_timeline *timeline, int64_t at,
                                               uint64_t order, const struct od_command *command);

/** The next to act, or NULL. Holds until the set is changed. */
OD_REALTIME static inline const struct od_waiting *
od_timeline_top(const struct od_timeline *timeline)
{
    return timeline->count > 0 ? od_timeline_item(timeline, 0) : NULL;
}

/** Takes the next out; there must be one. O(log n). */
OD_REALTIME struct od_waiting od_timeline_pop(struct od_timeline *timeline);

/** Takes item i out. O(log n). */
OD_REALTIME void od_timeline_remove(struct od_timeline *timeline, size_t i);

/** Is one to be dropped? It has dealt with what the command owns if it says so. */
typedef bool od_timeline_drop_fn(void *context, const struct od_waiting *waiting);

/** Drops all that `drop` wants dropped; how many. O(n). */
OD_REALTIME size_t od_timeline_drop(struct od_timeline *timeline, od_timeline_drop_fn *drop,
                                    void *context);

#endif
