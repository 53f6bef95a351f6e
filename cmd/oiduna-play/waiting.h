/*
 * What waits in the player for its place, as the control thread knows it: who asked for it, and how
 * the take of an edit or scene is made anew when what comes before it becomes another.
 */
#ifndef OD_PLAY_WAITING_H
#define OD_PLAY_WAITING_H

#include "conversation.h"
#include "songs.h"

struct waiting_entry {
    uint64_t number;
    uint64_t order; /* of arrival */
    int64_t step;   /* at which it acts, as far as is known */
    od_nsec wall;   /* of a time of the wall clock; 0 = none */
    struct timed timed;
    struct od_take *take;   /* counted; NULL of a command that brings none */
    bool late;              /* the player refused it: it is done as soon as it can be */
    unsigned tries;         /* how often it did */
    struct opening opening; /* of the entry of a song that it is the first to act in */
};

/** In their order; at most so many as the player keeps. Zero-initialised is empty. */
struct waiting {
    struct waiting_entry *entries; /* owned */
    size_t n, capacity;
    uint64_t orders;
};

void waiting_clear(struct waiting *waiting);

/** Adds what an answer speaks of; takes over what it has. False if there is no memory. */
OD_NODISCARD bool waiting_add(struct waiting *waiting, struct answer *answer,
                              const struct od_notice *notice);

/** By number, by id; NULL if it does not wait. */
struct waiting_entry *waiting_find(struct waiting *waiting, uint64_t number);
struct waiting_entry *waiting_find_id(struct waiting *waiting, const char *id);

/** It waits no longer. */
void waiting_remove(struct waiting *waiting, struct waiting_entry *entry);

/** Those with a musical place do not, or none does. */
void waiting_drop(struct waiting *waiting, bool musical_only);

#endif
