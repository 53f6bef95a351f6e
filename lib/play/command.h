/* What the player is asked, and what it tells: messages of fixed size between two threads. */
#ifndef OD_COMMAND_H
#define OD_COMMAND_H

#include <stdint.h>

#include "base/relative.h"
#include "base/units.h"
#include "play/program.h"
#include "play/sync.h"
#include "play/transport.h"

enum od_state {
    OD_STOPPED,
    OD_PLAYING,
    OD_PAUSED
};

/** When a command acts. A boundary is found from the step that is planned next, which counts. */
enum od_when {
    OD_WHEN_NOW, /**< at once; a program from the step that is planned next */
    OD_WHEN_BEAT,
    OD_WHEN_BAR,
    OD_WHEN_SEQ,
    OD_WHEN_STEP,  /**< at command.step, 0..255, of this loop or the next */
    OD_WHEN_AT,    /**< at command.step, counted through all loops */
    OD_WHEN_AFTER, /**< command.step steps after the one that is planned next */
    OD_WHEN_CLOCK  /**< at command.wall, rounded to the nearest step; while nothing plays, then */
};

/** Whose a command is while it waits. */
enum od_owner {
    OD_OWNER_USER, /**< a change that waits for its boundary: there is one, a later one takes its
                        place; taken over at once by stop and pause, and while nothing plays */
    OD_OWNER_LIST, /**< the same of the list of scores: neither disturbs the other's */
    OD_OWNER_TIMED /**< waits for its place whatever happens, but for stop: see OD_COMMAND_STOP */
};

enum od_command_kind {
    OD_COMMAND_START, /**< from where it stands; `time`: anchor of step 0, or OD_NSEC_NEVER = at
                         once */
    OD_COMMAND_STOP, /**< back to step 0. What waits for a wall-clock time goes on waiting, all else
                        of OD_OWNER_TIMED is dropped (one OD_NOTICE_DROPPED that counts them).
                        What follows is left to follow: the score that plays begins anew */
    OD_COMMAND_PAUSE, /**< keeps the place; goes to `place` if it `moves`, also while nothing plays
                       */
    OD_COMMAND_BPM,   /**< to `number`, over `place` steps; as are, at once, … */
    OD_COMMAND_SWING,
    OD_COMMAND_GATE,
    OD_COMMAND_PROGRAM, /**< hands `program` over; it comes back by OD_NOTICE_RETIRED */
    OD_COMMAND_FOLLOW,  /**< `program` follows in the list, `place` steps after the present one of
                           the list began; takes the place of what followed. NULL: nothing does */
    OD_COMMAND_ENTRY, /**< `program` follows in the song, `place` steps after the top of the program
                         of lineage `change`; NULL: all stops there; `place` −1: it holds. If
                         another plays by now it is handed back */
    OD_COMMAND_SONG_OFF, /**< nothing follows in the song any more */
    OD_COMMAND_PLACE,    /**< while nothing plays: the next step is `place`, and step 0 of what is
                           to play lies at `step` */
    OD_COMMAND_REPLACE,  /**< `program` takes the place of that which waits, or follows, as
                            `change`, of an entry its lineage; if none does, it is handed back */
    OD_COMMAND_CANCEL,   /**< drops what waits with number `change`; 0 = the user's change; all but
                            the  list's if it is OD_CHANGE_ALL */
    OD_COMMAND_TRIGGER,
    OD_COMMAND_PANIC,        /**< as MIDI_PANIC, and SuperDirt at every output frees its synths */
    OD_COMMAND_MIDI_PANIC,   /**< everything off on every port */
    OD_COMMAND_RELEASE_PORT, /**< notes of one port off, its controllers forgotten */
    OD_COMMAND_END,          /**< finish before step `place`, counted through all loops */
    OD_COMMAND_QUIT,         /**< finish before the step at which it acts */
    OD_COMMAND_SYNC,         /**< a master says `sync`: it is followed from now on */
    OD_COMMAND_NUDGE, /**< the grid moves by `time`, + is later, while it plays and nobody leads */
    OD_COMMAND_SYNC_OFF /**< nobody is followed any more; the tempo stays */
};

#define OD_CHANGE_ALL UINT64_MAX

#define OD_TRIGGER_CONTROLS 16 /* messages: an (N)RPN has six, a bank two, a program one */

#define OD_SWING_MAX 1.0
#define OD_GATE_MAX  1e6 /* steps */

struct od_command {
    enum od_command_kind kind;
    enum od_owner owner;
    enum od_when when;
    enum od_relation relation; /**< of BPM, SWING and GATE: what `number` is to what holds when it
                                  acts */
    uint64_t request;          /**< comes back in the notice that answers */
    uint64_t change; /**< number of what waits, not 0, but of a program its own; of CANCEL, see
                          there */
    int64_t step;    /**< of `when` */
    od_nsec wall;    /**< of OD_WHEN_CLOCK: ns since 1970 */
    struct od_program *program;
    union { /* thousands may wait, so they are small */
        struct {
            int64_t place; /**< of PAUSE, FOLLOW, ENTRY, PLACE, END and BPM, in steps */
            od_nsec time;
            double number;
            bool moves; /**< of PAUSE */
            uint8_t port;
        };
        struct od_sync_line sync; /**< of SYNC */
        struct {
            uint64_t lineage; /**< of the program that has the voice */
            float velocity;   /**< of a MIDI track 0..127, else a factor */
            float gate_steps; /**< used if milliseconds is negative; if negative too, the default
                                 gate */
            float milliseconds;
            uint16_t voice;
            uint8_t note;       /**< or OD_EVENT_NO_NOTE */
            uint8_t n_controls; /**< of a MIDI track: messages that come first */
            struct od_score_control controls[OD_TRIGGER_CONTROLS];
        } trigger;
    };
};

enum od_notice_kind {
    OD_NOTICE_DONE,    /**< answers a command: `step` and `time` say from when on it holds */
    OD_NOTICE_PENDING, /**< answers a command that waits: it will act at step, time (time is
                          OD_NSEC_NEVER while it stands still) */
    OD_NOTICE_PAST,  /**< answers one whose place was planned already; its program is handed back */
    OD_NOTICE_FULL,  /**< answers one for which there was no room; likewise */
    OD_NOTICE_IDLE,  /**< answers one that counts from where it stands while nothing plays */
    OD_NOTICE_ACTED, /**< what waited (`change`) acts from step, time on; not told of programs */
    OD_NOTICE_APPLIED, /**< a program (`change`) is taken over at step, time */
    OD_NOTICE_DROPPED, /**< `count` commands that waited were replaced or cancelled; `change` is the
                          number of a single one, OD_CHANGE_ALL if they were several */
    OD_NOTICE_STALE,   /**< answers an edit, which is handed back, and a trigger: another session
                          plays by now. If `request` is 0 it waited, and is `change` */
    OD_NOTICE_RANGE, /**< answers a number that is relative to what holds and would make of it what
                        cannot be; as STALE if it waited */
    OD_NOTICE_NOTHING,  /**< answers CANCEL: nothing was pending */
    OD_NOTICE_RETIRED,  /**< `program` is the control thread's again */
    OD_NOTICE_POSITION, /**< step was planned and sounds at time */
    OD_NOTICE_TEMPO,    /**< the tempo map changed the tempo from step, time on, or a ramp ended */
    OD_NOTICE_STATE,    /**< the state changed */
    OD_NOTICE_SKIPPED,  /**< `count` steps were skipped before `step` */
    OD_NOTICE_LOST,     /**< `count` events found no room in the agenda */
    OD_NOTICE_LOUD, /**< voice `count` of `program` is louder than the limit, at which it is played;
                       the first time. The program is not handed back */
    OD_NOTICE_SYNC, /**< a master was heard, is lost, or a jump to where it is was made */
    OD_NOTICE_PASSED_OVER, /**< a tempo that waited (`change`), or a ramp (0), is none: a master
                              leads */
    OD_NOTICE_FINISHED,    /**< the end was reached and every note is off */
};

struct od_notice {
    enum od_notice_kind kind;
    enum od_state state;
    uint64_t request;
    uint64_t change;
    int64_t step;
    int64_t top; /**< the step at which step 0 of what plays lies */
    od_nsec time;
    struct od_player_environment environment; /**< from now on */
    union {
        struct {
            uint64_t count;
            struct od_program *program;
            double ramp_to;     /**< of DONE and ACTED: the tempo moves there, over … */
            int64_t ramp_steps; /**< … so many steps; 0: it does not move */
        };
        struct {
            uint64_t jumps, lost;
            od_nsec error; /**< our time minus the master's, + is late */
            enum od_sync_state state;
            bool measured; /**< `error` is of a line that just came, while it plays */
            bool in_step;  /**< … and is at most half a step: what is more is jumped over */
        } sync;            /**< of SYNC */
    };
    struct od_transport transport; /**< of DONE, ACTED, TEMPO, STATE, SYNC and APPLIED: the grid
                                      from now on; bpm 0: of another, which does not tell. Last:
                                      who queues notices need not queue each grid */
};

#endif
