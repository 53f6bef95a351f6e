/* Between a Link session and a player: what each is told of the other. Pure: no clock, no socket.
 */
#ifndef OD_LINK_BRIDGE_H
#define OD_LINK_BRIDGE_H

#include <stdbool.h>

#include "link.h"
#include "play/sync.h"

/** What the player is doing, as far as it is known. */
struct bridge_player {
    bool known, playing;
    bool placed; /**< `step` is known */
    double step; /**< where it is now */
    double bpm;
    unsigned changes; /* times that it said another state */
};

struct bridge {
    double quantum;  /* beats */
    bool start_stop; /* start and stop are shared */
    bool follows;    /* the player was told where the session is */
    bool placed;     /* `step` was told at `time` */
    double step, bpm;
    int64_t time;
    bool session_plays, player_plays; /* as they were last seen, or told to be, … */
    bool seen;                        /* … since the player is there */
    int64_t patient_until;            /* the player was told: until then; 0 = it was not … */
    unsigned changes;                 /* … or its own `changes` are others */
};

/** What is to be done after a look at both. */
struct bridge_deeds {
    bool tell; /**< the player: `line` */
    struct od_sync_line line;
    bool let_go;      /**< tell the player that nobody leads */
    bool start, stop; /**< tell the player, after `line` */
    bool play, pause; /**< tell the session */
    double tempo;     /**< of a session that nobody else is in; 0 = as it is */
    bool place;       /**< … and its beat: */
    double beat;
};

struct bridge_deeds bridge_look(struct bridge *bridge, const struct od_link_state *session,
                                const struct bridge_player *player);

#endif
