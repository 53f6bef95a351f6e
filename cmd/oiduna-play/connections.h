/* The connections to what sounds: opened, watched, and what is to be said of them. */
#ifndef OD_PLAY_CONNECTIONS_H
#define OD_PLAY_CONNECTIONS_H

#include "engine.h"
#include "options.h"
#include "say.h"

struct connections;

/** NULL if there is no memory. Nothing is watched yet. */
struct connections *connections_new(const struct options *options, struct engine *engine,
                                    struct speech *speech);
void connections_free(struct connections *connections);

/** Opens what the control thread has for itself of SuperDirt; the exit status (all has been said),
 * or 0. */
int connections_open(struct connections *connections);

/** Opens the MIDI ports for the first time; the exit status, or 0. */
int connections_open_midi(struct connections *connections);

/** Says, once the events have begun, that no MIDI output could be opened. */
void connections_say_midi_off(struct connections *connections);

/** Something a port lost sends: its notes are to be forgotten. */
typedef void connections_release_fn(void *context, size_t port);

/** Says what changed since the last look; true if the status is another one. */
bool connections_watch(struct connections *connections, od_nsec now,
                       connections_release_fn *release, void *context);

/** The descriptor that SuperDirt's answers come by; −1 = none. */
int connections_fd(const struct connections *connections);

/** When it is to be looked at again, whatever comes in. */
od_nsec connections_next(const struct connections *connections);

/** How they are. */
struct connections_facts {
    bool osc, osc_answers; /* is there to be SuperDirt, does it answer */
    const char *osc_host;
    unsigned osc_port;
    bool midi_connected;
    const char *midi_port; /* NULL = none is wanted */
};
struct connections_facts connections_facts(const struct connections *connections);

/** Another MIDI output for port 0, whose notes are off; OD_EUNAVAILABLE with `error`
 * (OD_MIDIOUT_ERROR bytes). */
OD_NODISCARD enum od_status connections_rename_midi(struct connections *connections,
                                                    const char *name, char *error);

#endif
