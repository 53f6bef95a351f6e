/*
 * What people see besides the sentences they are told: with -v a picture of the playing at the
 * bottom of the terminal (elsewhere a line a bar), and the line they type.
 */
#ifndef OD_PLAY_DISPLAY_H
#define OD_PLAY_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/units.h"
#include "control/picture.h"
#include "control/prompt.h"
#include "world/terminal.h"

struct display {
    bool verbose;
    struct od_picture_style style;
    struct od_terminal screen; /* closed: standard error is none, or a dumb one */
    struct od_prompt prompt;
    bool prompts;             /* commands are typed here … */
    int keys;                 /* … and read from there … */
    bool aside;               /* … beside what comes by standard input */
    struct od_buf rows, line; /* what is drawn, between two times only memory */
    od_nsec drawn;            /* when the screen was looked at last */
    bool waits;               /* something is to be drawn when it is time */
    int64_t bar;              /* that a line was written of; −1 = none */
};

/** Nothing is shown yet. */
void display_init(struct display *display);

/** Opens the terminal; `verbose`: the picture is wanted. */
void display_open(struct display *display, bool verbose);

/** Away with it all, the terminal as it was. */
void display_close(struct display *display);

/** Commands are typed at the terminal, if standard input is it and `reads` commands. With a picture
 * they are so, too, while standard input is something else. */
void display_begin_prompt(struct display *display, bool reads, od_prompt_complete *complete,
                          void *context);
void display_end_prompt(struct display *display);

/** True if keys are to be given to the prompt now: it is there, and the terminal is ours. */
bool display_takes_keys(struct display *display);

/** Takes a byte that was typed; a line stays on the screen above. */
enum od_prompt_event display_key(struct display *display, char byte);

/** What a state is called. */
const char *display_word(enum od_state state);

/** True if a picture is of use at `now`. */
bool display_is_due(struct display *display, od_nsec now);

/** When it is to be drawn again at the latest, if nothing else happens; `change` is when the
 * picture changes by itself (OD_NSEC_NEVER: it does not). */
od_nsec display_next(const struct display *display, od_nsec change);

/** Draws it, and the prompt; elsewhere a line, if a bar begins. */
void display_draw(struct display *display, const struct od_picture *picture, od_nsec now);

/** Prints it as a plain line. */
void display_say(const struct od_picture *picture);

/** Makes way for another line of text. Before everything that is printed. */
void display_clear(struct display *display);

/** The terminal has another size, or is ours again. */
void display_renew(struct display *display);

/** Before the process is stopped. */
void display_leave(struct display *display);

#endif
