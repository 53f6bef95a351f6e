/* -v: the status line, redrawn on a terminal; plain lines elsewhere. */
#ifndef OD_PLAY_DISPLAY_H
#define OD_PLAY_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/units.h"
#include "play/player.h"
#include "report.h"

struct display {
    bool terminal, colour;
    bool drawn; /* a line stands on the terminal */
    bool waits; /* something is to be drawn when it is time */
    od_nsec next;
};

/** What it shows. */
struct display_state {
    enum od_state state;
    double bpm;
    int64_t step; /* of the whole run; -1 = none yet */
    struct report_summary summary;
    bool osc_enabled, osc_connected, midi_enabled, midi_connected;
};

void display_init(struct display *display);

/** What a state is called. */
const char *display_word(enum od_state state);

/** Draws if it is time: ten times a second on a terminal, every ten seconds elsewhere. */
void display_draw(struct display *display, const struct display_state *state, od_nsec now);

/** Prints it as a plain line. */
void display_say(const struct display_state *state);

/** Makes way for another line of text. */
void display_clear(struct display *display);

#endif
