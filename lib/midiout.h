/*
 * Where MIDI bytes go: up to OD_PORTS_MAX ports, each a PortMidi output or a raw byte stream
 * (device, FIFO, file). Two threads: the player writes, the control thread opens and opens again.
 * At any time each port belongs to one of them; `state` passes it on. PortMidi ports pass all at
 * once, because PortMidi is one and when one port vanishes all its streams fail.
 * Writing to a FIFO whose reader is gone raises SIGPIPE: the program must ignore that signal.
 */
#ifndef OD_MIDIOUT_H
#define OD_MIDIOUT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger.h"
#include "midiport.h"
#include "status.h"
#include "units.h"

#define OD_MIDIOUT_PATH 4096
#define OD_MIDIOUT_KEPT 256 /* bytes a stalled raw port may owe; the second half is for note-offs  \
                             */
#define OD_MIDIOUT_RETRY (500 * OD_NSEC_PER_MS)

enum od_midi_kind {
    OD_MIDI_NONE,
    OD_MIDI_PORTMIDI,
    OD_MIDI_RAW
};

enum od_midi_state {
    OD_MIDI_CLOSED, /**< the control thread's */
    OD_MIDI_OPEN,   /**< the player's */
    OD_MIDI_LOST,   /**< the control thread's: the player found it dead */
    OD_MIDI_GIVEN   /**< the control thread's: it wanted it back, or another PortMidi port died */
};

struct od_midiout_port {
    enum od_midi_kind kind;
    char wanted[OD_MIDIOUT_PATH]; /**< as it was asked for: (part of) a name, or a path */
    _Atomic enum od_midi_state state;
    struct od_midiport_info info; /**< PortMidi: what is open */
    void *stream;                 /**< PortMidi */
    int fd;                       /**< raw; −1 = closed */
    bool regular;                 /**< raw: a file */
    bool was_open;                /**< the control thread said BACK or opened it */
    unsigned char running;        /**< raw: running status; 0 = none */
    uint16_t owed;                /**< raw: channels that lost a note-off */
    size_t kept;                  /**< raw: bytes in `keep` */
    unsigned char keep[OD_MIDIOUT_KEPT];
    /* Written by the player only: */
    _Atomic uint64_t messages; /**< taken by the port */
    _Atomic uint64_t errors;   /**< refused by the port */
    _Atomic uint64_t dropped;  /**< not written: the port was closed or stalled */
    _Atomic uint64_t lost;     /**< times the port vanished */
};

struct od_midiout {
    struct od_midiout_port ports[OD_PORTS_MAX];
    size_t n_ports;
    _Atomic bool recall; /**< the control thread wants the PortMidi ports back */
    bool started;        /**< PortMidi is running */
    od_nsec next_look;   /**< when ports are looked for again */
};

/* ---- the control thread's ---------------------------------------------------------------------
 */

void od_midiout_init(struct od_midiout *out);

/** Adds a port (before the player runs); its number, or −1 if all OD_PORTS_MAX are taken or the
 * name is too long. The same name or path is added once. An empty name is a port that is closed
 * until od_midiout_rename. */
int od_midiout_add(struct od_midiout *out, enum od_midi_kind kind, const char *name);

/** What became of a port, one a call. */
enum od_midiout_change {
    OD_MIDIOUT_NOTHING,
    OD_MIDIOUT_OPENED, /**< first time, or after a rename */
    OD_MIDIOUT_LOST,   /**< release its notes in the ledger (OD_COMMAND_RELEASE_PORT) */
    OD_MIDIOUT_BACK
};

/**
 * Opens what is closed and can be opened, hands it to the player, and finds out what vanished.
 * Call it until it says NOTHING: once before the player runs, then whenever `next_look` is due or
 * the player woke the control thread. Never waits. `*port` gets the number of the port that
 * changed.
 */
enum od_midiout_change od_midiout_poll(struct od_midiout *out, od_nsec now, size_t *port);

/**
 * Gives a PortMidi port another name; it is opened by a later od_midiout_poll, after the player has
 * given the ports back (wake it). OD_EUNAVAILABLE if there is no such output now (`error`,
 * OD_MIDIOUT_PATH + 64 bytes, may be NULL): then nothing changes.
 */
OD_NODISCARD enum od_status od_midiout_rename(struct od_midiout *out, size_t port, const char *name,
                                              char *error);

/** True if messages for the port reach something. Any thread. */
bool od_midiout_connected(const struct od_midiout *out, size_t port);

/** The full name (or path) of an open port, or what was asked for. */
const char *od_midiout_name(const struct od_midiout *out, size_t port);

/** Closes everything, writing what raw ports still owe if they take it at once. The player must
 * have ended. */
void od_midiout_close(struct od_midiout *out);

/* ---- the player's -----------------------------------------------------------------------------
 */

/** Sends one whole message (1..3 bytes), or drops and counts it. Never blocks. */
OD_REALTIME void od_midiout_write(struct od_midiout *out, size_t port, const unsigned char *bytes,
                                  size_t size);

/** Once per waking: writes what raw ports owe and gives back what the control thread wants. True
 * if something owed is left: wake again within some ms. */
OD_REALTIME bool od_midiout_service(struct od_midiout *out);

#endif
