#include "connections.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/counter.h"
#include "world/cli.h"
#include "world/clock.h"
#include "world/superdirt.h"

#define WARN_EVERY    (10 * OD_NSEC_PER_SEC)
#define REFUSAL_HOLDS (2 * OD_NSEC_PER_SEC)

/* What was said of an OSC output. */
struct output_watch {
    bool refused;
    uint64_t refusals, errors;
    od_nsec refused_at, next_warning;
};

/* What was said of a MIDI port. */
struct port_watch {
    uint64_t lost;
    od_nsec next_warning;
};

struct connections {
    const struct options *options;
    struct engine *engine;
    struct speech *speech;
    struct od_superdirt superdirt;
    struct output_watch outputs[OD_OUTPUTS_MAX];
    struct port_watch ports[OD_PORTS_MAX];
    bool missed;   /* SuperDirt did not answer, as was said */
    bool midi_off; /* there was no MIDI output at the start */
    bool changed;  /* the status is another one */
};

struct connections *
connections_new(const struct options *options, struct engine *engine, struct speech *speech)
{
    struct connections *connections = calloc(1, sizeof *connections);
    if (connections != NULL) {
        connections->options = options;
        connections->engine = engine;
        connections->speech = speech;
        connections->superdirt.fd = -1;
    }
    return connections;
}

void
connections_free(struct connections *connections)
{
    if (connections != NULL) {
        od_superdirt_close(&connections->superdirt);
        free(connections);
    }
}

int
connections_open(struct connections *connections)
{
    char error[OD_ERROR_MAX];
    struct od_udp udp;
    if (!connections->options->osc) {
        return 0;
    }
    enum od_status status =
        od_udp_open_same(&udp, &connections->engine->exchange.outputs[0], error);
    od_superdirt_open(&connections->superdirt, udp.fd, od_clock_now());
    return status == OD_OK ? 0 : od_cli_fail(status, "%s", error);
}

int
connections_open_midi(struct connections *connections)
{
    const struct options *options = connections->options;
    size_t port;
    while (od_midiout_poll(&connections->engine->exchange.midi, od_clock_now(), &port) !=
           OD_MIDIOUT_NOTHING) {
    }
    if (options->midi == NULL && options->midi_raw == NULL && !options->require_midi) {
        return 0;
    }
    if (od_midiout_connected(&connections->engine->exchange.midi, 0)) {
        return 0;
    }
    const char *wanted = options->midi_raw != NULL ? options->midi_raw : options->midi;
    if (options->require_midi) {
        return od_cli_fail(
            OD_EUNAVAILABLE, "no MIDI output%s%s%s; --midi-list shows the ports there are",
            wanted != NULL ? " '" : "", wanted != NULL ? wanted : "", wanted != NULL ? "'" : "");
    }
    connections->midi_off = true;
    return 0;
}

void
connections_say_midi_off(struct connections *connections)
{
    const char *path = connections->options->midi_raw;
    if (!connections->midi_off) {
        return;
    }
    if (path == NULL) {
        say_warning(connections->speech, "MIDI_OFF", 0,
                    "no MIDI output '%s': MIDI is off until it appears; --midi-list shows the "
                    "ports there are",
                    connections->options->midi);
        return;
    }
    struct stat status;
    int error = stat(path, &status) != 0 ? errno : 0;
    say_warning(connections->speech, "MIDI_OFF", 0,
                "cannot write MIDI to %s (%s): MIDI is off until that works", path,
                error != 0                 ? strerror(error)
                : S_ISFIFO(status.st_mode) ? "nobody reads it"
                                           : "not permitted, busy or no device");
}

/* A router tells only now and then that nobody listens: without a word for a while all is well. */
static void
watch_refusals(struct connections *connections, size_t i, od_nsec now)
{
    const struct od_udp *output = &connections->engine->exchange.outputs[i];
    struct output_watch *watch = &connections->outputs[i];
    uint64_t refusals = atomic_load_explicit(&output->refusals, memory_order_relaxed);
    if (refusals > watch->refusals) {
        watch->refusals = refusals;
        watch->refused_at = now;
        if (!watch->refused) {
            watch->refused = true;
            say_warning(connections->speech, "OSC_REFUSED", 0,
                        "nobody listens on %s:%u: is SuperDirt running? (--probe)", output->host,
                        output->port);
            connections->changed = true;
        }
    } else if (watch->refused && now - watch->refused_at >= REFUSAL_HOLDS &&
               !atomic_load_explicit(&output->refused, memory_order_relaxed)) {
        watch->refused = false;
        say_warning(connections->speech, "OSC_BACK", 0, "%s:%u takes messages again", output->host,
                    output->port);
        connections->changed = true;
    }
}

static const char *
remedy_of(int error)
{
    switch (error) {
    case ENOBUFS:
    case EAGAIN:
        return "; the network takes less than is sent: a longer queue (ip link set DEV txqueuelen "
               "10000) or a wire instead of wireless helps";
    case EMSGSIZE:
        return "; a network in between takes only smaller packets";
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
        return "; see that the network is up and the address right";
    case EPERM:
        return "; a firewall on this machine forbids it";
    default:
        return "";
    }
}

static void
watch_errors(struct connections *connections, size_t i, od_nsec now)
{
    const struct od_udp *output = &connections->engine->exchange.outputs[i];
    struct output_watch *watch = &connections->outputs[i];
    uint64_t errors = atomic_load_explicit(&output->errors, memory_order_relaxed);
    if (errors <= watch->errors || now < watch->next_warning) {
        return;
    }
    int error = atomic_load_explicit(&output->last_error, memory_order_relaxed);
    say_warning(connections->speech, "OSC_ERROR", errors - watch->errors,
                "%" PRIu64 " packets to %s:%u were lost: %s%s", errors - watch->errors,
                output->host, output->port, strerror(error), remedy_of(error));
    watch->errors = errors;
    watch->next_warning = now + WARN_EVERY;
}

/* That all is well from the start is no news; the status says it. */
static void
watch_superdirt(struct connections *connections, od_nsec now)
{
    const struct od_udp *output = &connections->engine->exchange.outputs[0];
    switch (od_superdirt_poll(&connections->superdirt, now)) {
    case OD_SUPERDIRT_PRESENT:
        if (connections->missed) {
            say_warning(connections->speech, "SUPERDIRT_BACK", 0, "SuperDirt answers on %s:%u",
                        output->host, output->port);
        }
        connections->changed = true;
        break;
    case OD_SUPERDIRT_MISSING:
        connections->missed = true;
        say_warning(connections->speech, "SUPERDIRT_MISSING", 0,
                    "SuperDirt on %s:%u does not answer: not started yet?", output->host,
                    output->port);
        connections->changed = true;
        break;
    case OD_SUPERDIRT_NOTHING:
        break;
    }
}

static void
watch_osc(struct connections *connections, od_nsec now)
{
    for (size_t i = 0; i < connections->engine->exchange.n_outputs; i++) {
        watch_refusals(connections, i, now);
        watch_errors(connections, i, now);
    }
    if (connections->options->osc) {
        watch_superdirt(connections, now);
    }
}

/* A disk that is full, a reader that stalls: the port is there and yet loses. */
static void
watch_losses(struct connections *connections, size_t i, od_nsec now)
{
    const struct od_midiout_port *port = &connections->engine->exchange.midi.ports[i];
    struct port_watch *watch = &connections->ports[i];
    uint64_t lost = atomic_load_explicit(&port->errors, memory_order_relaxed) +
                    atomic_load_explicit(&port->dropped, memory_order_relaxed);
    if (!od_midiout_connected(&connections->engine->exchange.midi, i)) {
        watch->lost = lost; /* that it is not there is told */
    }
    if (lost <= watch->lost || now < watch->next_warning) {
        return;
    }
    int error = atomic_load_explicit(&port->last_error, memory_order_relaxed);
    say_warning(connections->speech, "MIDI_ERROR", lost - watch->lost,
                "MIDI to '%s' is lost: %s (%" PRIu64 " messages)",
                od_midiout_name(&connections->engine->exchange.midi, i),
                error != 0 ? strerror(error) : "it is not taken as fast as it comes",
                lost - watch->lost);
    watch->lost = lost;
    watch->next_warning = now + WARN_EVERY;
}

static void
watch_midi(struct connections *connections, od_nsec now, connections_release_fn *release,
           void *context)
{
    struct od_midiout *midi = &connections->engine->exchange.midi;
    size_t port;
    for (size_t i = 0; i < midi->n_ports; i++) {
        watch_losses(connections, i, now);
    }
    for (;;) {
        enum od_midiout_change change = od_midiout_poll(midi, now, &port);
        if (change == OD_MIDIOUT_NOTHING) {
            break;
        }
        const char *name = od_midiout_name(midi, port);
        if (change == OD_MIDIOUT_LOST) {
            release(context, port);
            say_warning(connections->speech, "MIDI_LOST", 0,
                        "MIDI port '%s' is gone; it is opened again when it comes back", name);
        } else if (change == OD_MIDIOUT_BACK) {
            say_warning(connections->speech, "MIDI_BACK", 0, "MIDI port '%s' is back", name);
        }
        connections->changed = true;
    }
    /* A player that sleeps gives nothing back. */
    if (atomic_load_explicit(&midi->recall, memory_order_acquire)) {
        od_waker_post(&connections->engine->exchange.waker);
    }
}

bool
connections_watch(struct connections *connections, od_nsec now, connections_release_fn *release,
                  void *context)
{
    connections->changed = false;
    watch_osc(connections, now);
    watch_midi(connections, now, release, context);
    return connections->changed;
}

int
connections_fd(const struct connections *connections)
{
    return connections->options->osc ? connections->superdirt.fd : -1;
}

od_nsec
connections_next(const struct connections *connections)
{
    od_nsec look = connections->engine->exchange.midi.next_look;
    od_nsec ask =
        connections->options->osc ? od_superdirt_next(&connections->superdirt) : OD_NSEC_NEVER;
    return look < ask ? look : ask;
}

struct connections_facts
connections_facts(const struct connections *connections)
{
    const struct options *options = connections->options;
    const struct od_midiout *midi = &connections->engine->exchange.midi;
    const char *name = od_midiout_name(midi, 0);
    return (struct connections_facts){
        .osc = options->osc,
        .osc_answers = connections->superdirt.present,
        .osc_host = options->osc_host,
        .osc_port = options->osc_port,
        .midi_connected = od_midiout_connected(midi, 0),
        .midi_port = name != NULL && *name != '\0' ? name : NULL,
    };
}

enum od_status
connections_rename_midi(struct connections *connections, const char *name, char *error)
{
    enum od_status status = od_midiout_rename(&connections->engine->exchange.midi, 0, name, error);
    od_waker_post(&connections->engine->exchange.waker);
    return status;
}
