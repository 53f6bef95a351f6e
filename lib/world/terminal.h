/*
 * A terminal whose lowest rows hold a picture. The rows above it are a scrolling region, in which
 * the cursor stays: whatever anybody prints there, this program or another one of the same pipe,
 * scrolls above the picture and never into it. The line where the cursor is may hold a prompt.
 * Never waits: what the terminal does not take is left out and drawn anew later.
 */
#ifndef OD_TERMINAL_H
#define OD_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/units.h"

#define OD_TERMINAL_ROWS_MAX   200
#define OD_TERMINAL_ERROR_SIZE 256

/** Zero-initialised is closed. */
struct od_terminal {
    int fd; /**< opened anew, so that not to wait is our choice alone; valid while `open` */
    bool open, raw;
    bool stands;            /**< region, picture and prompt are on the screen */
    bool prompts;           /**< a prompt stands where the cursor is */
    unsigned columns, rows; /**< as the terminal says */
    unsigned height;        /**< rows of the picture that stand */
    struct termios before;  /**< valid while `raw` */
    struct od_buf pending;  /**< not taken yet */
    size_t sent;            /**< bytes of it that were */
    struct od_buf shown;    /**< the picture that stands, its rows ended by line feeds */
    struct od_buf prompt;   /**< the prompt that stands */
    unsigned cursor;        /**< column of the cursor in it */
};

/** Opens the terminal that `fd` is. OD_EUNAVAILABLE and why, if it is none or cannot be had. */
OD_NODISCARD enum od_status od_terminal_open(struct od_terminal *terminal, int fd,
                                             char error[OD_TERMINAL_ERROR_SIZE]);

/** Keys come one by one and are not echoed; those that are signals stay signals. False if the
 * terminal does not do that, or is another job's. */
bool od_terminal_keys(struct od_terminal *terminal);

/** True if this process may draw: others have the terminal while a job is in the background. */
bool od_terminal_is_ours(const struct od_terminal *terminal);

/** Asks for the size: at first, and when it changed (SIGWINCH). All is drawn anew. */
void od_terminal_measure(struct od_terminal *terminal);

/** Rows that a picture may have: so many that a third of the terminal is left, and two rows. */
unsigned od_terminal_room(const struct od_terminal *terminal);

/** The columns that a row may have. */
unsigned od_terminal_width(const struct od_terminal *terminal);

/**
 * Shows the `n` rows of `picture` (each ended by a line feed), and `prompt` (one row, NULL for
 * none) with the cursor in its column `cursor`. Only what changed is sent. False if the terminal
 * has not taken the last one yet: then nothing is done.
 */
bool od_terminal_draw(struct od_terminal *terminal, const struct od_buf *picture, unsigned n,
                      const struct od_buf *prompt, unsigned cursor);

/** Before anything is printed: takes the prompt away. The next draw brings it back. */
void od_terminal_make_way(struct od_terminal *terminal);

/** Picture and prompt away, the region and the keys as they were: before the process stops. The
 * next draw and od_terminal_keys bring all back. */
void od_terminal_leave(struct od_terminal *terminal);

/** Leaves and closes. Does nothing to one that is closed. */
void od_terminal_close(struct od_terminal *terminal);

/** In a signal handler, of a program that dies: the terminal is fit for a shell again. */
void od_terminal_rescue(const struct od_terminal *terminal);

#endif
