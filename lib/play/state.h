/*
 * What the player is: its whole state, and the small things that all its parts do with it. Nothing
 * here decides anything; player.h says what may be asked.
 */
#ifndef OD_STATE_H
#define OD_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"
#include "play/agenda.h"
#include "play/command.h"
#include "play/ledger.h"
#include "play/pack.h"
#include "play/program.h"
#include "play/sync.h"
#include "play/timeline.h"
#include "play/transport.h"

#define OD_LATE_LIMIT      (50 * OD_NSEC_PER_MS) /* what is later than this past its time is skipped */
#define OD_EARLY_MAX       ((od_nsec)OD_EARLY_MAX_MS * OD_NSEC_PER_MS)
#define OD_CLOCKS_PER_STEP 6 /* MIDI 1.0: 24 per quarter note */

/** A MIDI message that is due. */
struct od_midi_message {
    unsigned port;
    uint16_t voice;      /**< that plays it, or OD_NO_VOICE: clock, panic */
    uint32_t generation; /**< of that voice's program: the first that was taken over has 1 */
    od_nsec time;
    int64_t step;
    const unsigned char *bytes;
    size_t size;
};
#define OD_NO_VOICE UINT16_MAX

/** Where the messages go. All are called from od_player_run and od_player_command. */
struct od_player_ops {
    /** A bundle of `size` bytes that sounds at `sounds`; its time tag is still to be set. */
    void (*osc)(void *context, unsigned output, od_nsec sounds, int64_t step, unsigned char *bundle,
                size_t size);
    void (*midi)(void *context, const struct od_midi_message *message);
    void (*notice)(void *context, const struct od_notice *notice);
};

struct od_player_settings {
    od_nsec latency;                    /**< look-ahead, at least 0 */
    od_nsec osc_offset[OD_OUTPUTS_MAX]; /**< of each output, at least −latency */
    od_nsec midi_offset[OD_PORTS_MAX];  /**< of each port, at least −latency */
    uint32_t clock_ports;               /**< bit n: port n gets the MIDI clock */
    double gain_limit;                  /**< of SuperDirt's messages; 0 = none */
    bool lets_go; /**< at rest no pedal stays down and no pitch stays bent; not in a trace, which
                     ends as its score does */
    unsigned n_outputs;                  /**< OSC outputs, that get a panic */
    unsigned n_ports;                    /**< MIDI outputs: all get a panic */
    size_t packet_limit[OD_OUTPUTS_MAX]; /**< bytes of a datagram */
    size_t agenda_capacity; /**< items; over 1,024, which clock and releases keep for themselves */
};

/** Counters: written by the player only, read by any thread at any time. */
struct od_player_counts {
    _Atomic uint64_t ticks;  /**< steps planned */
    _Atomic uint64_t events; /**< events played */
    _Atomic uint64_t dropped_steps, late_events, lost_events;
    _Atomic uint64_t agenda_high_water, pending_note_offs;
};

#define OD_CONTROLS 130 /* per channel: 128 controllers, pitch bend, channel pressure */

/** What comes after the score that plays in a list of them. */
struct od_following {
    int64_t began;              /**< the step at which the score that plays began in the list */
    struct od_program *program; /**< NULL = nothing follows, or it was not handed over yet */
    int64_t step;               /**< at which it is taken over */
};

#define OD_ALL_PORTS (~UINT32_C(0)) /* of od_player_settings.clock_ports */

/** What the offsets of all outputs and ports come to. */
struct od_player_reach {
    od_nsec latest; /**< no output is later than this, at least 0 */
    od_nsec clock;  /**< the earliest port that gets a clock */
    bool apart;     /**< not all OSC outputs have one offset */
    unsigned ports; /**< that may have notes: without a port they count as of the first */
};

/** What follows in the song that plays. */
struct od_section_next {
    struct od_program *program; /**< NULL = all stops */
    int64_t step;               /**< at which; INT64_MAX = nothing follows */
    bool awaited;     /**< an entry plays, and what follows it has not been handed over yet */
    od_nsec patience; /**< who is behind waits for that until then; 0 = nobody waits */
};

/* Bits of od_player.held: a pedal is down, the pitch is bent. */
#define OD_HELD_DAMPER    0x01u /* CC 64 */
#define OD_HELD_SOSTENUTO 0x02u /* CC 66 */
#define OD_HELD_HOLD      0x04u /* CC 69 */
#define OD_HELD_BEND      0x08u

/** The tempos that come by themselves, see tempo.h. */
struct od_tempo_map {
    struct od_score_tempo tempos[OD_LENGTH_MAX];
    uint32_t n;     /**< 0 = there is none */
    int64_t length; /**< steps after which it begins anew */
    double bpm;     /**< before the first */
    double slowest; /**< of all */
    double scale;   /**< of all, by a change while it plays */
    int32_t entry;  /**< that holds; −1 = `bpm` */
};

struct od_player {
    struct od_player_settings settings;
    struct od_player_reach reach;
    const struct od_player_ops *ops;
    void *context;
    struct od_player_counts counts;
    enum od_state state;
    struct od_transport transport;
    struct od_sync sync; /**< a master that is followed */
    struct od_player_environment environment;
    struct od_player_environment given; /**< what the last program gave that sets it; bpm 0: none */
    struct od_tempo_map map;
    int64_t next_step; /**< the next to be planned */
    int64_t top;       /**< the step at which step 0 of what plays lies; not after next_step */
    int64_t end_step;  /**< not planned any more; INT64_MAX = never */
    bool finishing;
    bool quitting;              /**< a QUIT acted: nothing but the end comes any more */
    bool resting;               /**< stopped at a step: what was planned before sounds until … */
    od_nsec rest_from;          /**< … then */
    struct od_program *program; /**< what plays; NULL before the first */
    struct od_following following;
    struct od_section_next section;
    bool joins;       /**< it started late, and goes through what is past */
    uint64_t skipped; /**< steps, in the stall that it catches up with */
    bool placed;      /**< it was told where it is: the next start goes on from there */
    struct od_timeline_store waiting;
    struct od_timeline pending;  /**< what waits for a step */
    struct od_timeline clocked;  /**< what waits for a time of the wall clock */
    uint64_t arrivals;           /**< numbers what waits */
    od_nsec earliest;            /**< no program that waits in `pending` begins earlier than this
                                      before its step … */
    double earliest_steps;       /**< … and this … */
    double slowest;              /**< … and none brings a slower tempo */
    od_nsec wall_offset;         /**< wall clock minus player's time; see od_player_wall */
    struct od_program *retiring; /**< replaced ones that still have pins */
    uint32_t generation;
    uint32_t epoch; /**< one more after each stop */
    struct od_agenda agenda;
    struct od_ledger ledger;
    int16_t controls[OD_PORTS_MAX][OD_CHANNELS][OD_CONTROLS]; /**< last value planned, or −32768 */
    uint8_t held[OD_PORTS_MAX][OD_CHANNELS]; /**< what was sent and makes notes go on: OD_HELD_… */
    uint64_t loud[(UINT16_MAX + 1) / 64]; /**< voices of `loud_lineage` that were told to be louder
                                             than the limit */
    uint64_t loud_lineage;
    bool clock_running; /**< MIDI slaves were sent Start or Continue and no Stop since */
    bool clock_behind;  /**< they missed clocks, or are new: to be told where we are */
    bool clock_lost;    /**< clocks that were planned were dropped, as overdue … */
    int64_t lost_step;  /**< … the last of this step */
    unsigned char packet[OD_PACKET_BUFFER];
};

/** A notice of how things are; `step` is the next to be planned, `time` when that sounds. */
OD_REALTIME struct od_notice od_state_notice(const struct od_player *player,
                                             enum od_notice_kind kind, od_nsec now);

OD_REALTIME void od_state_say(struct od_player *player, const struct od_notice *notice);

/** When the next step sounds; a pause begins where what was sent ends. */
OD_REALTIME od_nsec od_state_next_time(const struct od_player *player, od_nsec now);

/** The step that sounds at `now`; the place, while nothing plays. */
OD_REALTIME int64_t od_state_sounding(const struct od_player *player, od_nsec now);

/** Tells how following goes. `error` is of a line that came while it plays; NULL = of none. */
OD_REALTIME void od_state_say_sync(struct od_player *player, const od_nsec *error, od_nsec now);

/** Tells that a voice was louder than the limit: once a track, until another session plays. */
OD_REALTIME void od_state_say_loud(struct od_player *player, const struct od_program *program,
                                   unsigned voice, int64_t step, od_nsec time);

/** After `next_step` moved on while the grid moves: what bends it may end there, or a jump be made.
 */
OD_REALTIME void od_state_settle(struct od_player *player, od_nsec now);

/** How long before its step the earliest event of `program` sounds. */
OD_REALTIME od_nsec od_state_early(const struct od_player *player,
                                   const struct od_program *program);

/** How long before its grid time a step of `program` (may be NULL) is planned: the look-ahead and
 * the earliest event's lead. */
OD_REALTIME static inline od_nsec
od_state_lead(const struct od_player *player, const struct od_program *program)
{
    od_nsec early = program == NULL            ? 0
                    : program->early_steps > 0 ? od_state_early(player, program)
                                               : program->early;
    return player->settings.latency + (early < OD_EARLY_MAX ? early : OD_EARLY_MAX);
}

/** Where the next step is, for what moves. */
OD_REALTIME static inline struct od_moment
od_state_moment(const struct od_player *player)
{
    return (struct od_moment){player->next_step, player->epoch};
}

/** How many steps after the top one is. */
OD_REALTIME static inline int64_t
od_state_since(const struct od_player *player, int64_t step)
{
    return step > player->top ? step - player->top : 0;
}

/** Does anything wait, or follow? Most of the time nothing does, and each step asks. */
OD_REALTIME static inline bool
od_state_expects(const struct od_player *player)
{
    return (player->pending.count | player->clocked.count) != 0 ||
           player->following.program != NULL || player->section.step != INT64_MAX;
}

/** Is there room in the agenda for an item of that kind? */
OD_REALTIME bool od_state_has_room(const struct od_player *player, uint8_t kind);

OD_REALTIME static inline bool
od_state_has_clock(const struct od_player *player, unsigned port)
{
    return (player->settings.clock_ports >> port & 1) != 0;
}

/** Do two OSC events of one step go out at the same time? */
OD_REALTIME static inline bool
od_state_together(const struct od_player *player, const struct od_program *program,
                  const struct od_event *a, const struct od_event *b)
{
    const od_nsec *offset = player->settings.osc_offset;
    return od_event_together(program, a, b) &&
           (!player->reach.apart ||
            offset[program->voices[a->track].output] == offset[program->voices[b->track].output]);
}

/** When the next step's grid time is there on a MIDI port. */
OD_REALTIME static inline od_nsec
od_state_port_time(const struct od_player *player, unsigned port)
{
    return od_transport_time(&player->transport, player->next_step) +
           player->settings.midi_offset[port];
}

/** Pushes an item, pinning its program; if there is no room the event is counted as lost. */
OD_REALTIME void od_state_push(struct od_player *player, const struct od_agenda_item *item);

/** Pushes a MIDI message without channel (clock, Start, …) for every port. */
OD_REALTIME void od_state_push_clock(struct od_player *player, od_nsec time, int64_t step,
                                     const unsigned char *bytes, unsigned size);

/** Pushes Stop for every port, if there is a MIDI clock. */
OD_REALTIME void od_state_push_stop(struct od_player *player, od_nsec time);

/** Takes a pin off a program; a retired one without pins goes back to the control thread. */
OD_REALTIME void od_state_unpin(struct od_player *player, struct od_program *program);

/** Gives a program back to the control thread, once it has no pins any more. */
OD_REALTIME void od_state_retire(struct od_player *player, struct od_program *program);

/** The controllers of a port are not known any more. */
OD_REALTIME void od_state_forget_controls(struct od_player *player, unsigned port);

#endif
