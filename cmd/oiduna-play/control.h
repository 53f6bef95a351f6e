/* The control thread: reads the control stream, prepares programs, says what happens. */
#ifndef OD_PLAY_CONTROL_H
#define OD_PLAY_CONTROL_H

#include <signal.h>

#include "control/live.h"
#include "control/playlist.h"
#include "control/stream.h"
#include "display.h"
#include "engine.h"
#include "events.h"
#include "options.h"
#include "setup.h"
#include "show.h"
#include "tracks.h"
#include "world/osc_server.h"
#include "world/superdirt.h"

#define CONTROL_ID_MAX  64
#define CONTROL_QUEUE   64 /* command lines that came by OSC and wait */
#define CONTROL_GARBLED 4  /* so many lines that are no commands are told one by one */
#define CONTROL_REPEATS                                                                            \
    8 /* how often an edit is tried again after a session change came between                      \
       */

/** The command whose answer from the player is awaited: one at a time, in the order they came. */
struct answer {
    bool active;
    uint64_t request;
    char id[CONTROL_ID_MAX + 1];
    char command[24];
    char *line; /* to do it again: after an edit that came too late, or a preparation; owned */
    bool again; /* when done, do it again: what was sent only prepared it */
    int repeats;
    struct od_take *take; /* counted: becomes `current` when it is taken over */
    char *port;           /* of midi-port; owned */
};

/** When a score or scene takes over, as it was said. */
struct boundary {
    enum od_when when;
    int64_t step;
    char word[8]; /* "" = nothing was said */
};

/** A program that waits for its boundary. */
struct pending {
    bool active;
    uint64_t change;
    bool scene;
    bool tracks; /* an exclusive apply */
    struct boundary boundary;
    int64_t step;
    struct od_take *take; /* counted */
};

/* What was said of an OSC output. */
struct output_watch {
    bool refused;
    uint64_t refusals, errors;
    od_nsec refused_at, next_warning;
};

/* What was said of a MIDI port. */
struct port_watch {
    uint64_t lost;
    od_nsec next_warning;
};

/* ^Z: first a pause, then the notes that are left, then the process. */
struct suspension {
    enum {
        SUSPEND_NOT,
        SUSPEND_PAUSING,
        SUSPEND_RELEASING
    } stage;
    bool plays; /* so that it does again when the process goes on */
    od_nsec next, deadline;
};

struct control {
    const struct options *options;
    struct setup setup;
    struct engine *engine;
    struct events events;
    struct show show;
    struct display display;
    struct od_take *current; /* counted; what plays, as far as is known; NULL before the first */
    struct tracks tracks;    /* of `current`, once somebody asked */
    struct pending pending;
    struct answer answer;
    struct pending answer_pending;     /* of the score or scene that waits for its answer */
    struct od_playlist list;           /* score files */
    size_t list_playing;               /* which of them plays, in its turn, whatever is heard */
    int64_t list_began;                /* at which step */
    const struct od_take *list_handed; /* to the player: to follow, or at the next bar; or NULL */
    struct od_stream stream;
    bool reading;                     /* standard input has not ended */
    bool input_ended;                 /* its end was dealt with */
    od_nsec half_told;                /* when it is told that half a line or score waits */
    od_nsec start_at;                 /* --start-at, ns since 1970 */
    struct boundary next_boundary;    /* of `apply`, for the next score */
    char next_id[CONTROL_ID_MAX + 1]; /* of `score-id` */
    char *queue[CONTROL_QUEUE];       /* owned lines */
    size_t queued, queue_dropped;
    unsigned garbled; /* lines without a command, since the last that had one */
    struct od_osc_server *osc_server;
    struct od_superdirt superdirt;
    uint64_t requests, changes;
    /* What the player said last: */
    enum od_state state;
    struct od_player_environment environment;
    int64_t position; /* step that was planned last; −1 = none */
    od_nsec position_time;
    struct od_transport transport;
    /* What was said of the connections: */
    struct output_watch outputs[OD_OUTPUTS_MAX];
    struct port_watch ports[OD_PORTS_MAX];
    bool missed, midi_off; /* SuperDirt did not answer; there was no MIDI output */
    bool said_no_midi, said_no_events;
    uint64_t said_lost;
    unsigned said_dense; /* messages of the densest step */
    od_nsec next_slow_warning;
    od_nsec said_slowest;
    bool started_once;
    bool plays; /* it does, or start was sent */
    struct suspension suspension;
    bool ending;
    const char *reason; /* of bye */
    int exit_status;
};

/** Plays until the end; the exit status. */
int control_run(const struct options *options);

/** Begins to end. */
void control_end(struct control *control, const char *reason);

#endif
