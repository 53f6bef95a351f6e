/*
 * The player's core: the tick. No clock, no I/O, no global: time comes in, messages go out through
 * a table of functions. The same code runs in the real-time thread and in virtual time.
 */
#ifndef OD_PLAYER_H
#define OD_PLAYER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"
#include "play/agenda.h"
#include "play/ledger.h"
#include "play/pack.h"
#include "play/program.h"
#include "play/transport.h"

#define OD_LATE_LIMIT      (50 * OD_NSEC_PER_MS) /* what is later than this past its time is skipped */
#define OD_EARLY_MAX       ((od_nsec)OD_EARLY_MAX_MS * OD_NSEC_PER_MS)
#define OD_CLOCKS_PER_STEP 6 /* MIDI 1.0: 24 per quarter note */

enum od_state {
    OD_STOPPED,
    OD_PLAYING,
    OD_PAUSED
};

/* When a program is taken over. OD_WHEN_AT: at command.step, counted through all loops. */
enum od_when {
    OD_WHEN_NOW,
    OD_WHEN_BEAT,
    OD_WHEN_BAR,
    OD_WHEN_SEQ,
    OD_WHEN_STEP,
    OD_WHEN_AT
};

enum od_command_kind {
    OD_COMMAND_START, /**< from where it stands; `time`: anchor of step 0, or OD_NSEC_NEVER = at
                         once */
    OD_COMMAND_STOP,
    OD_COMMAND_PAUSE, /**< keeps the place; with OD_WHEN_AT also while nothing plays: to `step` */
    OD_COMMAND_BPM,
    OD_COMMAND_PROGRAM, /**< hands `program` over; it comes back by OD_NOTICE_RETIRED */
    OD_COMMAND_CANCEL,  /**< drops what is pending if its change is `change`, or 0 = whatever */
    OD_COMMAND_TRIGGER,
    OD_COMMAND_PANIC,        /**< all notes off on every port; SuperDirt is the sender's matter */
    OD_COMMAND_RELEASE_PORT, /**< notes of one port off, its controllers forgotten */
    OD_COMMAND_END,          /**< finish before `step`, counted through all loops */
};

struct od_command {
    enum od_command_kind kind;
    enum od_when when;
    uint64_t request; /**< comes back in the notice that answers */
    uint64_t change;  /**< of CANCEL; of TRIGGER the lineage of the program that has the voice */
    int64_t step;     /**< of OD_WHEN_AT and END; of OD_WHEN_STEP 0..255 */
    od_nsec time;
    double bpm;
    struct od_program *program;
    struct {
        uint16_t voice;
        uint8_t note;     /**< or OD_EVENT_NO_NOTE */
        float velocity;   /**< of a MIDI track 0..127, else a factor */
        float gate_steps; /**< used if milliseconds is negative */
        float milliseconds;
    } trigger;
    uint8_t port;
};

enum od_notice_kind {
    OD_NOTICE_DONE,     /**< answers a command: `step` and `time` say from when on it holds */
    OD_NOTICE_PENDING,  /**< answers OD_COMMAND_PROGRAM: it will be taken over at step, time */
    OD_NOTICE_APPLIED,  /**< a program (`change`) is taken over at step, time */
    OD_NOTICE_DROPPED,  /**< a pending program (`change`) was replaced or cancelled */
    OD_NOTICE_STALE,    /**< answers an edit, which is handed back, and a trigger: another session
                           plays by now */
    OD_NOTICE_NOTHING,  /**< answers CANCEL: nothing was pending */
    OD_NOTICE_RETIRED,  /**< `program` is the control thread's again */
    OD_NOTICE_POSITION, /**< step was planned and sounds at time */
    OD_NOTICE_STATE,    /**< the state changed */
    OD_NOTICE_SKIPPED,  /**< `count` steps were skipped before `step` */
    OD_NOTICE_LOST,     /**< `count` events found no room in the agenda */
    OD_NOTICE_FINISHED, /**< the end was reached and every note is off */
};

struct od_notice {
    enum od_notice_kind kind;
    enum od_state state;
    uint64_t request;
    uint64_t change;
    int64_t step;
    od_nsec time;
    double bpm;
    uint64_t count;
    struct od_program *program;
    struct od_transport transport; /**< of DONE, STATE and APPLIED: the grid from now on */
};

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
    od_nsec latency;     /**< look-ahead, at least 0 */
    od_nsec osc_offset;  /**< at least −latency */
    od_nsec midi_offset; /**< at least −latency */
    bool midi_clock;
    unsigned n_ports;                    /**< MIDI outputs that get clock and panic */
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

struct od_player {
    struct od_player_settings settings;
    const struct od_player_ops *ops;
    void *context;
    struct od_player_counts counts;
    enum od_state state;
    struct od_transport transport;
    int64_t next_step; /**< the next to be planned */
    int64_t end_step;  /**< not planned any more; INT64_MAX = never */
    bool finishing;
    double bpm;                 /**< tempo while nothing plays */
    struct od_program *program; /**< what plays; NULL before the first */
    struct od_program *pending;
    int64_t pending_step;
    struct od_program *retiring; /**< replaced ones that still have pins */
    uint32_t generation;
    struct od_agenda agenda;
    struct od_ledger ledger;
    int16_t controls[OD_PORTS_MAX][OD_CHANNELS][OD_CONTROLS]; /**< last value planned, or −32768 */
    bool clock_running; /**< MIDI slaves were sent Start or Continue and no Stop since */
    bool clock_behind;  /**< they missed clocks, or are new: to be told where we are */
    unsigned char packet[OD_PACKET_BUFFER];
};

/** Sets a zeroed player up; false if there is no memory. */
OD_NODISCARD bool od_player_init(struct od_player *player,
                                 const struct od_player_settings *settings,
                                 const struct od_player_ops *ops, void *context);

/** Frees the agenda. Programs are handed back by od_player_drain. */
void od_player_clear(struct od_player *player);

/** Does what `command` says at `now`. */
OD_REALTIME void od_player_command(struct od_player *player, const struct od_command *command,
                                   od_nsec now);

/** Does all that is due at `now`, in order of time. */
OD_REALTIME void od_player_run(struct od_player *player, od_nsec now);

/**
 * Goes through what od_player_run will do next without doing it, so that it is in the caches when
 * its time comes. Nothing that anybody can see changes.
 */
OD_REALTIME void od_player_rehearse(struct od_player *player);

/** When od_player_run has something to do next; OD_NSEC_NEVER if nothing. */
OD_REALTIME od_nsec od_player_next(const struct od_player *player);

/** Stops at `now`, every note off, and hands all programs back (OD_NOTICE_RETIRED). */
OD_REALTIME void od_player_drain(struct od_player *player, od_nsec now);

#endif
