/* The song that plays: which entry follows, and that the player has it in time. */
#ifndef OD_PLAY_SONGS_H
#define OD_PLAY_SONGS_H

#include "conversation.h"
#include "say.h"
#include "setup.h"

/** An entry to come that nobody has handed over yet. */
struct opening {
    struct od_take *take; /* counted; NULL = none */
    struct od_take *of;   /* counted: what it was made after */
};

void opening_clear(struct opening *opening);

struct songs {
    const struct setup *setup;
    struct speech *speech;
    struct conversation *conversation;
    struct od_take *take; /* counted: the entry that plays; NULL = no song does */
    struct od_take *next; /* counted: the one that was handed over to follow; NULL = none */
    struct opening later; /* of what was asked for last, see course */
    bool left;            /* nothing follows it */
    bool due;             /* what follows, or that nothing does, is to be handed over */
    uint32_t environment; /* the entry whose environment holds; 0 = none of this song */
    uint64_t handed;      /* entries, in all */
};

void songs_clear(struct songs *songs);

/** Notes that `take` plays, which is no edit: if it is an entry, the next is made. */
void songs_playing(struct songs *songs, struct od_take *take);

/** Notes that all stopped: a song goes back to its first entry. */
void songs_stopped(struct songs *songs);

/** How many steps the entry has that `take` is. */
int64_t songs_steps(const struct od_take *take);

/** The entry that plays so many steps after the first of `take`, which is one of a song; gives its
 * own first step, counted from there. */
int64_t songs_entry_at(const struct od_take *take, int64_t since, struct od_take_entry *entry);

/** A take of an entry that plays after `before`, to see what can be done in it; NULL if there can
 * be none. */
struct od_take *songs_later(const struct songs *songs, struct od_take *before,
                            struct od_take_entry entry);

/** What follows is made anew of what plays before it, if that was changed. */
void songs_settle(struct songs *songs, struct od_take *before);

/** Hands over what follows, once all that waits for its place is made of what plays by now: who
 * joins late goes on into the entry at once. */
void songs_hand_over(struct songs *songs);

/** The song was left: what plays of it goes on, nothing follows. */
void songs_left(struct songs *songs);

/** Members that say which entry plays; one does. */
void songs_entry_members(const struct songs *songs, struct od_buf *line);

/** A member: the entry that plays, or null. */
void songs_member(const struct songs *songs, struct od_buf *line);

#endif
