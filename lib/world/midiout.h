/*
 * Where MIDI bytes go: up to OD_PORTS_MAX ports, each a PortMidi output or a raw byte stream
 * (device, FIFO, file). Two threads: the player writes, the control thread opens and opens again.
 * At any time each port belongs to one of them; `state` passes it on. PortMidi ports pass all at
 * once, because PortMidi is one, and when one port vanishes all its streams fail.
 * Writing to a FIFO whose reader is gone raises SIGPIPE: the program must ignore that signal.
 */
#ifndef OD_MIDIOUT_H
#define OD_MIDIOUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/units.h"
#include "play/ledger.h"
#include "world/debt.h"
#include "world/midiport.h"

#define OD_MIDIOUT_PATH  4096
#define OD_MIDIOUT_ERROR (OD_MIDIOUT_PATH + 64)
#define OD_MIDIOUT_KEPT                                                                            \
    256 /* bytes a stalled raw port may owe; the second half is for note-offs                      \
         */
#define OD_MIDIOUT_LONG  (2 * OD_SYSEX_MAX) /* and SysEx besides */
#define OD_MIDIOUT_ROOM  (OD_MIDIOUT_KEPT + OD_MIDIOUT_LONG)
#define OD_MIDIOUT_RETRY (500 * OD_NSEC_PER_MS)
#define OD_MIDIOUT_STALE (50 * OD_NSEC_PER_MS) /* a note that was held longer is not struck */

enum od_midi_kind {
    OD_MIDI_PORTMIDI,
    OD_MIDI_RAW
};

/** Whose a port is. */
enum od_midi_state {
    OD_MIDI_CLOSED, /**< the control thread's */
    OD_MIDI_OPEN,   /**< the player's */
    OD_MIDI_BACK    /**< the control thread's: the player gave it back, dead or because it should */
};

/** What became of a port. */
enum od_midiout_change {
    OD_MIDIOUT_NOTHING,
    OD_MIDIOUT_OPENED, /**< the first time, or after a rename */
    OD_MIDIOUT_LOST,   /**< let the player forget its notes (OD_COMMAND_RELEASE_PORT) */
    OD_MIDIOUT_BACK
};

struct od_midiout_port {
    enum od_midi_kind kind;
    char wanted[OD_MIDIOUT_PATH]; /**< as it was asked for: (part of) a name, or a path */
    _Atomic enum od_midi_state state;
    /* The owner's, as `state` says: */
    void *stream;          /**< PortMidi; NULL = closed */
    bool refuses;          /**< raw: the last write failed though the port is there */
    int fd;                /**< raw; −1 = closed */
    unsigned char running; /**< raw: running status; 0 = none */
    /* The control thread's: */
    struct od_midiport_info info;  /**< PortMidi: what is or was open; name "" = nothing yet */
    struct od_midiport_info tried; /**< PortMidi: what could not be opened */
    bool borrowed;                 /**< PortMidi: `stream` is another port's, of the same name */
    bool up;                       /**< as far as was said */
    bool ever_up;                  /**< since the last rename */
    enum od_midiout_change news;
    /* The player's; the counters may be read by any thread: */
    uint16_t owed;                       /**< channels that lost a note-off with the port */
    struct od_debt debt;                 /**< the notes */
    uint64_t lost_then;                  /**< PortMidi: `lost` when `keep` was filled */
    size_t kept;                         /**< bytes in `keep` … */
    size_t kept_long;                    /**< … at most so many of them SysEx */
    unsigned char keep[OD_MIDIOUT_ROOM]; /**< raw: of a stalled port, as they go out; PortMidi:
                                            whole messages while PortMidi is started anew */
    od_nsec held[OD_MIDIOUT_ROOM / 3];   /**< PortMidi: since when those of three bytes, by the
                                            third of their place in `keep` */
    _Atomic uint64_t messages;           /**< taken by the port */
    _Atomic uint64_t errors;             /**< refused by the port */
    _Atomic uint64_t dropped;            /**< not written: the port was closed or stalled */
    _Atomic int last_error;              /**< errno of the last message lost; 0 = no room */
    _Atomic uint64_t lost;               /**< times the port vanished (the control thread's) */
};

struct od_midiout {
    struct od_midiout_port *ports; /**< owned; they do not move once the player runs */
    size_t n_ports;
    _Atomic bool recall; /**< the control thread wants the PortMidi ports back */
    bool started;        /**< PortMidi is running */
    od_nsec next_look;   /**< when ports are looked for again */
};

/* ---- the control thread's ---------------------------------------------------------------------
 */

/** Sets one up without ports. */
void od_midiout_init(struct od_midiout *out);

#define OD_MIDIOUT_NO_MEMORY (-2)

/** Adds a port, before the player runs; its number, OD_MIDIOUT_NO_MEMORY, or −1 if all OD_PORTS_MAX
 * are taken or the name is too long. The same name or path is added once. With an empty name it
 * stays closed until od_midiout_rename. */
int od_midiout_add(struct od_midiout *out, enum od_midi_kind kind, const char *name);

/**
 * Opens what is closed and can be opened, hands it to the player, finds out what vanished, and says
 * what changed, one port a call (`*port` gets its number): call it until it says NOTHING. Once
 * before the player runs, then when `next_look` is due or the player saw a port die (see
 * od_midiout_service). Never waits. If `recall` is set afterwards, wake the player.
 * A file that does not exist is created, but not in /dev: there a device is waited for.
 */
enum od_midiout_change od_midiout_poll(struct od_midiout *out, od_nsec now, size_t *port);

/**
 * Gives a PortMidi port another name; a later od_midiout_poll opens it, after the player has given
 * its ports back (wake it). OD_EUNAVAILABLE if there is no such output now, or several: then
 * nothing changes, and `error` (OD_MIDIOUT_ERROR bytes) says why.
 */
OD_NODISCARD enum od_status od_midiout_rename(struct od_midiout *out, size_t port, const char *name,
                                              char *error);

/** True if messages for the port reach something. Any thread. */
bool od_midiout_connected(const struct od_midiout *out, size_t port);

/** The full name (or path) of a port that was opened, or what was asked for; "" = no such port. */
const char *od_midiout_name(const struct od_midiout *out, size_t port);

/** Closes everything; raw ports get what they owe if they take it at once. The player must have
 * ended. */
void od_midiout_close(struct od_midiout *out);

/* ---- the player's -----------------------------------------------------------------------------
 */

/** Sends one whole message (1..3 bytes, or a SysEx of at most OD_SYSEX_MAX), or drops and counts
 * it. Never blocks. A port that comes back after note-offs were lost first gets them, and All Notes
 * Off on their channels. After All Sound Off every note of its channel gets its note-off too, a few
 * at a time: there are devices that know nothing else. */
OD_REALTIME void od_midiout_write(struct od_midiout *out, size_t port, const unsigned char *bytes,
                                  size_t size);

/** What od_midiout_service asks for. */
enum od_midiout_need {
    OD_MIDIOUT_OWES = 1,    /**< a port owes bytes: call again within some ms */
    OD_MIDIOUT_GAVE = 2,    /**< ports are the control thread's now: wake it to poll at once */
    OD_MIDIOUT_REFUSES = 4, /**< a port that owes refuses (a full disk): call again after
                               OD_MIDIOUT_RETRY */
};

/** Once per waking: writes what raw ports owe, gives back what the control thread wants. A mask of
 * enum od_midiout_need. */
OD_REALTIME unsigned od_midiout_service(struct od_midiout *out);

/** How many notes open ports did not take the end of yet. */
OD_REALTIME size_t od_midiout_unended(const struct od_midiout *out);

#endif
