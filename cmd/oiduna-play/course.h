/*
 * What plays before a step to come, as far as is known: what plays now, the entries of its song,
 * and what waits for its time, one after another.
 */
#ifndef OD_PLAY_COURSE_H
#define OD_PLAY_COURSE_H

#include "session_state.h"
#include "songs.h"
#include "waiting.h"

struct course {
    struct songs *songs;
    struct od_take *base;         /* not counted: what plays here */
    const struct od_take *opener; /* not counted: what the song was begun with; NULL = none plays */
    int64_t top;                  /* … and its first step */
    int64_t start;                /* of the entry that plays here */
    bool now;                     /* no other entry or session than the one that plays by now */
};

/** From what plays now on. */
void course_begin(struct course *course, const struct session_state *session, struct songs *songs);

/** On to a step, through the entries that begin before it or there. What follows the one that plays
 * now is made anew of what comes before it; a later one is `opening`'s, made if it is not. */
void course_reach(struct course *course, int64_t step, struct opening *opening);

/** On through what acts there. */
void course_act(struct course *course, const struct waiting_entry *entry);

/** To the end of what waits: what follows what plays now is made of it. */
void course_end(struct course *course);

/** The take that plays before what acts at `step`, not counted; it lives until the next call. */
struct od_take *course_base(const struct waiting *waiting, const struct session_state *session,
                            struct songs *songs, int64_t step);

#endif
