/* The connections: opened, watched, shown. */
#ifndef OD_PLAY_WATCH_H
#define OD_PLAY_WATCH_H

#include "control.h"

/** Opens what the control thread has for itself; the exit status (all has been said), or 0. */
int watch_open(struct control *control);

/** Opens the MIDI ports for the first time; the exit status, or 0. */
int watch_open_midi(struct control *control);

/** Says what changed since the last look. */
void watch_osc(struct control *control, od_nsec now);
void watch_midi(struct control *control, od_nsec now);
void watch_player(struct control *control, od_nsec now);
void watch_input(struct control *control, od_nsec now);

/** Adds the lines of --show that are due. */
void watch_show(struct control *control, od_nsec now);

/** What the status line tells now. */
struct display_state watch_state(const struct control *control);

/** Draws the status line if it is asked for and time. */
void watch_draw(struct control *control, od_nsec now);

/** Panic of the OSC side: SuperDirt frees every synth. */
void watch_superpanic(struct control *control);

#endif
