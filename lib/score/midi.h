/* MIDI 1.0: the bytes of the messages we send. */
#ifndef OD_MIDI_H
#define OD_MIDI_H

#include "base/units.h"

/* Status bytes; channel messages have the channel in the low nibble. */
#define OD_MIDI_NOTE_OFF       0x80u
#define OD_MIDI_NOTE_ON        0x90u
#define OD_MIDI_POLY_PRESSURE  0xa0u
#define OD_MIDI_CONTROL        0xb0u
#define OD_MIDI_PROGRAM        0xc0u
#define OD_MIDI_PRESSURE       0xd0u
#define OD_MIDI_PITCH_BEND     0xe0u
#define OD_MIDI_SYSEX          0xf0u
#define OD_MIDI_SYSEX_END      0xf7u
#define OD_MIDI_SONG_POSITION  0xf2u
#define OD_MIDI_CLOCK          0xf8u
#define OD_MIDI_START          0xfau
#define OD_MIDI_CONTINUE       0xfbu
#define OD_MIDI_STOP           0xfcu
#define OD_MIDI_BEND_CENTRE    8192
#define OD_MIDI_PANIC_MESSAGES 5

/* Controllers that mean something to us. */
#define OD_MIDI_CC_BANK 0u
#define OD_MIDI_CC_DATA 6u
#define OD_MIDI_CC_LSB  32u  /* added to 0..31: their lower seven bits */
#define OD_MIDI_CC_NRPN 99u  /* upper seven bits; the lower are one before */
#define OD_MIDI_CC_RPN  101u /* likewise */

/** A value clamped to 0..127. */
OD_REALTIME unsigned char od_midi_clamp(int value);

/** note + transpose, clamped to 0..127. */
OD_REALTIME unsigned char od_midi_note(unsigned note, int transpose);

/** Velocity as sent: trunc(velocity · track velocity · (1 + modulation)), clamped to 0..127. */
OD_REALTIME unsigned char od_midi_velocity(double velocity, int track_velocity, double modulation);

/** Pitch bend of −8192..8191 on a channel. */
OD_REALTIME void od_midi_bend(unsigned channel, int value, unsigned char bytes[3]);

/** Song Position Pointer to a step (16th note), modulo its 14 bits. */
OD_REALTIME void od_midi_song_position(int64_t step, unsigned char bytes[3]);

/** One channel's panic: damper off, all notes off, all sound off, controllers reset, bend centred.
 */
OD_REALTIME void od_midi_panic(unsigned channel, unsigned char bytes[OD_MIDI_PANIC_MESSAGES][3]);

#endif
