/* Who plays what, as far as the player has said: the facts that answers and events tell. */
#ifndef OD_PLAY_SESSION_STATE_H
#define OD_PLAY_SESSION_STATE_H

#include "control/live.h"
#include "play/command.h"
#include "tracks.h"

/** When a score or scene takes over, as it was said. */
struct boundary {
    enum od_when when;
    int64_t step;
    char word[8]; /* "" = nothing was said */
};

/** When a command acts that does not act at once. */
struct timing {
    enum od_when when;
    int64_t step; /* as in struct od_command */
    od_nsec wall;
    int64_t about; /* the step at which that is, as far as is known */
};

/** A change that waits for its boundary. */
struct pending {
    bool active;
    uint64_t change;
    bool scene;
    bool tracks; /* an exclusive apply */
    struct boundary boundary;
    int64_t step;
    struct od_take *take; /* counted */
};

struct session_state {
    struct od_take *current; /* counted; what plays; NULL before the first */
    struct tracks tracks;    /* of `current`, once somebody asked */
    struct pending pending;
    enum od_state state;
    struct od_player_environment environment;
    struct od_transport transport;
    int64_t position; /* step that was planned last; −1 = none */
    int64_t top;      /* step at which step 0 of what plays lies */
    od_nsec position_time;
    int64_t ramped;    /* the first step behind all ramps that were made at once */
    bool plays;        /* it does, or start was sent */
    bool started_once; /* start was sent */
};

/** `bpm` 0: nobody asked for a tempo. */
void session_state_init(struct session_state *session, double bpm);
void session_state_clear(struct session_state *session);

/** Makes a take what plays. */
void session_state_play(struct session_state *session, struct od_take *take);

/** Makes a change the one that waits; takes its reference of the take over. */
void session_state_wait(struct session_state *session, const struct pending *pending);

/** Nothing waits any more. */
void session_state_forget_pending(struct session_state *session);

/** Takes from a notice what it says of grid and environment, and state or position. */
void session_state_heard(struct session_state *session, const struct od_notice *notice);

/** Learns the tracks of what plays, so that they can be told; false if there is no memory. */
bool session_state_learn(struct session_state *session);

#endif
