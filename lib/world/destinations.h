/* Where the destinations of message batches are: reads the --destinations file. */
#ifndef OD_DESTINATIONS_H
#define OD_DESTINATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/units.h"
#include "text/diag.h"

#define OD_SUPERDIRT_ID      "superdirt"
#define OD_SUPERDIRT_HOST    "127.0.0.1"
#define OD_SUPERDIRT_PORT    57120
#define OD_SUPERDIRT_ADDRESS "/dirt/play"

#define OD_OFFSET_MAX_MS 30000

struct od_destination {
    const char *id;
    bool midi;
    const char *host; /**< of OSC */
    unsigned port;    /**< of OSC */
    const char *address;
    const char *port_name; /**< of MIDI: (part of) a port's name */
    uint8_t channel;       /**< of MIDI: default, 0..15 */
    bool has_offset;
    od_nsec offset; /**< its own latency: + is later */
    bool has_clock;
    bool clock; /**< of MIDI: it gets the clock */
};

/** Zero-initialised is empty; strings are in the arena. */
struct od_destinations {
    struct od_destination *items;
    size_t count;
    struct od_arena arena;
};

/**
 * Sets it to "superdirt" alone, at `host` and `port` (copied). OD_ENOMEM.
 */
OD_NODISCARD enum od_status od_destinations_default(struct od_destinations *destinations,
                                                    const char *host, unsigned port);

/**
 * Reads the file's text after od_destinations_default; an id that is there already (superdirt) is
 * replaced in its place, so superdirt stays the first. Findings with their places go to `diags`.
 * OD_EDATA if there are errors, OD_ENOMEM.
 */
OD_NODISCARD enum od_status od_destinations_read(struct od_destinations *destinations,
                                                 const struct od_source *source,
                                                 struct od_diag_list *diags);

void od_destinations_clear(struct od_destinations *destinations);

#endif
