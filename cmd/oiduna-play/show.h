/* --show: what is sent, one line a message, printed when it sounds, with its lateness. */
#ifndef OD_PLAY_SHOW_H
#define OD_PLAY_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"
#include "events.h"
#include "world/udp.h"

#define SHOW_WAITING 2048 /* lines that wait for their time */

struct show_line {
    od_nsec wall; /* when it sounds, ns since 1970 */
    char *text;   /* owned */
};

struct show {
    int fd;         /* for poll; -1 = off */
    od_nsec ahead;  /* how long before it sounds a message is sent */
    od_nsec next;   /* when the next line is due */
    od_nsec origin; /* wall clock of the first step shown */
    struct show_line waiting[SHOW_WAITING];
    size_t n;
    uint64_t dropped; /* lines that found no room */
};

/** Opens a socket on this machine and connects `copies` to it; the exit status, or 0. `ahead`: how
 * long before they sound messages are sent. */
int show_open(struct show *show, struct od_udp *copies, od_nsec ahead);
void show_close(struct show *show);

/** Reads what has come in. `wall_offset` is the wall clock minus the monotonic one. */
void show_receive(struct show *show, od_nsec wall_offset);

/** Adds the lines of what sounds by now; returns how long (ns) until the next, OD_NSEC_NEVER if
 * there is none. */
od_nsec show_print(struct show *show, struct events *events, od_nsec wall);

#endif
