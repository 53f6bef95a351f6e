/* --probe and --midi-list: what is there, and what to do about what is not. */
#ifndef OD_PLAY_PROBE_H
#define OD_PLAY_PROBE_H

#include "options.h"

/** Prints the findings on standard output; 0, or 69 if SuperDirt does not answer. */
int probe(const struct options *options);

/** Prints the MIDI output ports, one a line. */
int probe_midi_list(void);

#endif
