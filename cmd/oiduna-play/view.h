/* What the picture shows: put together from all that is known. */
#ifndef OD_PLAY_VIEW_H
#define OD_PLAY_VIEW_H

#include "connections.h"
#include "control/picture.h"
#include "following.h"
#include "say.h"
#include "session_state.h"
#include "waiting.h"

/** What is kept from one picture to the next: the rows of a bar. Zero-initialised knows nothing. */
struct view {
    struct od_take *take; /* counted: whose rows they are */
    int64_t bar;
    struct tracks known;             /* of the take */
    struct od_picture_track *tracks; /* owned */
    uint32_t *row_of;                /* owned: the row of each voice, or OD_SCORE_NONE */
    size_t n, more;
    char sync[FOLLOWING_NAME + 32]; /* who leads */
};

/** What is known, and where. */
struct view_sources {
    const struct session_state *session;
    const struct connections *connections;
    const struct engine *engine;
    const struct following *following;
    const struct speech *speech;
    const struct waiting *waiting;
};

/** The picture at `now`; its texts hold until anything changes. Without memory it has no rows. */
struct od_picture view_picture(struct view *view, const struct view_sources *sources, od_nsec now);

/** When it changes by itself: with the next step. OD_NSEC_NEVER if nothing plays. */
od_nsec view_next(const struct session_state *session, od_nsec now);

void view_clear(struct view *view);

#endif
