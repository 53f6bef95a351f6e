/* General MIDI ↔ SuperDirt: programs and drums, and the sounds that come near them. */
#ifndef OD_GM_H
#define OD_GM_H

#include <stddef.h>

#define OD_GM_PROGRAMS 128
#define OD_GM_NOTES    128
#define OD_GM_NONE     (-1)

/** What General MIDI calls a program (0..127). */
const char *od_gm_program_name(unsigned program);

/** The synth of SuperDirt that comes near a program. */
const char *od_gm_program_sound(unsigned program);

/** The sound of SuperDirt for a drum; `*n` is its number. NULL: General MIDI has none there. */
const char *od_gm_drum_sound(unsigned note, int *n);

/** The drum (a note) that is, or comes near, number `n` of a sound; OD_GM_NONE if none does. */
int od_gm_sound_drum(const char *sound, int n);

/** The program that comes near a sound; OD_GM_NONE if none does. */
int od_gm_sound_program(const char *sound);

#endif
