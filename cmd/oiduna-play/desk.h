/* What lies before whoever does a command or reads an answer: the parts of the running player, each
 * of which keeps its own state to itself. */
#ifndef OD_PLAY_DESK_H
#define OD_PLAY_DESK_H

#include "connections.h"
#include "conversation.h"
#include "ending.h"
#include "files.h"
#include "following.h"
#include "session_state.h"
#include "songs.h"
#include "status.h"
#include "waiting.h"

/** What was said of the next score. */
struct next_score {
    struct boundary boundary;         /* of `apply` */
    char id[CONVERSATION_ID_MAX + 1]; /* of `score-id` */
    bool reset;                       /* … and that nothing is kept that was changed live */
    bool timed;                       /* of `at WHEN score` … */
    struct timing timing;             /* … when */
};

#define TAPS_MAX 8

/** When somebody tapped, in a row. */
struct taps {
    od_nsec at[TAPS_MAX];
    unsigned n;
};

/** What changed and was not told yet. */
struct owed {
    bool status, tracks;
    od_nsec next; /* when it may be told again */
};

struct desk {
    const struct options *options;
    const struct setup *setup;
    struct engine *engine;
    struct speech *speech;
    struct session_state *session;
    struct conversation *conversation;
    struct connections *connections;
    struct files *files;
    struct waiting waiting;
    bool quits; /* a timed quit acted */
    struct following *following;
    struct songs *songs;
    const struct status *status;
    struct ending *ending;
    struct owed owed;
    struct next_score next;
    struct taps taps;
    od_nsec arrived;      /* when what is done now was read */
    unsigned garbled;     /* lines without a command, since the last that had one */
    uint64_t ignored;     /* OSC that was no command, or came faster than it can be done */
    od_nsec start_at;     /* --start-at, ns since 1970 */
    bool start_monotonic; /* it is CLOCK_MONOTONIC instead */
};

/** The anchor of a start: of the first one what --start-at says, else OD_NSEC_NEVER (at once). */
od_nsec desk_first_start(struct desk *desk);

/** Starts, unless --paused or it was started before. */
void desk_start(struct desk *desk);

/**
 * Tells the state, or that of the tracks, or both. If it `can_wait`, because nobody reads the
 * answer to what changed it, or many such changes come at once, that is told some times a second at
 * most: else a flood of commands would make one of events, behind which answers wait or are lost.
 */
void desk_tell(struct desk *desk, bool status, bool tracks, bool can_wait);

/** Tells what is owed if it is time; when that is, or OD_NSEC_NEVER. */
void desk_pay(struct desk *desk, od_nsec now);
od_nsec desk_pays_next(const struct desk *desk);

#endif
