/*
 * MIDI ports of this machine through PortMidi: the only module that includes it. PortMidi is not
 * thread safe: one thread at a time may call what is here (midiout.h passes that right around), but
 * od_midiport_list may be called by any thread at any time.
 */
#ifndef OD_MIDIPORT_H
#define OD_MIDIPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/units.h"

#define OD_MIDIPORT_NAME 128 /* bytes with the NUL; longer names are cut */
#define OD_MIDIPORT_MAX  64

struct od_midiport_info {
    char name[OD_MIDIPORT_NAME];
    int client, port; /**< address in the ALSA sequencer */
    bool is_input, is_output;
};

/**
 * The ports there are now, in PortMidi's order, as the kernel tells it: PortMidi itself only sees
 * what was there when it was started. `file` NULL = the kernel's. Returns how many (at most `max`).
 */
size_t od_midiport_list(const char *file, struct od_midiport_info *ports, size_t max);

/** The output port called `name`, else the one that has `name` in its name, whatever the case. Its
 * index, OD_MIDIPORT_NONE, or OD_MIDIPORT_AMBIGUOUS if ports of different names have it. */
#define OD_MIDIPORT_NONE      (-1)
#define OD_MIDIPORT_AMBIGUOUS (-2)
int od_midiport_find(const struct od_midiport_info *ports, size_t n, const char *name);
/** The input port, likewise. */
int od_midiport_find_input(const struct od_midiport_info *ports, size_t n, const char *name);

/** True if this machine has a MIDI sequencer that may be opened. Prints nothing where it has not.
 */
bool od_midiport_available(void);

/** Starts PortMidi anew (all streams must be closed); false if there is no MIDI on this machine. */
bool od_midiport_start(void);
void od_midiport_stop(void);

/** Opens the output at that sequencer address or, failing that, of that name. OD_EUNAVAILABLE. */
OD_NODISCARD enum od_status od_midiport_open(const struct od_midiport_info *info, void **stream);
void od_midiport_close(void *stream);

/** The same for an input. It cannot tell that its device is gone: od_midiport_list can. */
OD_NODISCARD enum od_status od_midiport_open_input(const struct od_midiport_info *info,
                                                   void **stream);

/**
 * Takes what has come in: the bytes of whole messages but system exclusive, at most `size` (a
 * multiple of 3). Returns how many bytes; `*lost` is increased if the input overflowed.
 */
size_t od_midiport_read(void *stream, unsigned char *bytes, size_t size, uint64_t *lost);

/** Sends one message of 1..3 bytes, or a SysEx, at once; false if the port is gone (then all
 * streams are dead).
 */
OD_REALTIME bool od_midiport_write(void *stream, const unsigned char *bytes, size_t size);

#endif
