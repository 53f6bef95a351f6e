/* Where the bytes come from: a port through PortMidi, or a device, FIFO or pipe. */
#ifndef OD_MIDI_SOURCE_H
#define OD_MIDI_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "world/midiport.h"

#define SOURCE_BYTES 768 /* taken at once */

struct source {
    const struct options *options;
    int fd;       /* of --raw; −1 = closed */
    void *stream; /* of --from; NULL = closed */
    struct od_midiport_info port;
    od_nsec next_look; /* whether it is there: at most so long until source_look is called */
    bool ended;        /* a file or pipe that came to its end … */
    int exit_status;   /* … and if it could not be read (all has been said), this one */
    bool said_away;
    uint64_t lost; /* times that PortMidi's buffer overflowed */
};

/** Opens what is there. A raw path that can never be read is an error (its exit status, all has
 * been said); what is only away now is not. */
int source_open(struct source *source, const struct options *options, od_nsec now);
void source_close(struct source *source);

/** Whether what is open is still there, and what was away is back. Call it at `next_look`. */
void source_look(struct source *source, od_nsec now);

/** Takes what has come in, at most SOURCE_BYTES; 0 = nothing. With `fd` open, call it only when
 * that is readable: it may wait. */
size_t source_read(struct source *source, unsigned char *bytes);

/** Prints the inputs there are, a line each; the exit status. */
int source_list(void);

#endif
