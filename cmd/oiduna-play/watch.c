#include "watch.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "answers.h"
#include "input.h"
#include "panic.h"
#include "report.h"
#include "say.h"
#include "world/cli.h"

#define SLOW_TICK     (20 * OD_NSEC_PER_MS)
#define SLOW_EVERY    (10 * OD_NSEC_PER_SEC)
#define REFUSAL_HOLDS (2 * OD_NSEC_PER_SEC)

int
watch_open(struct control *control)
{
    const struct options *options = control->options;
    char error[256];
    control->superdirt.fd = -1;
    if (options->osc) {
        struct od_udp udp;
        enum od_status status = od_udp_open_same(&udp, &control->engine->outputs[0], error);
        od_superdirt_open(&control->superdirt, udp.fd, od_clock_now());
        if (status != OD_OK) {
            return od_cli_fail(status, "%s", error);
        }
    }
    if (options->control_port != 0) {
        enum od_status status = od_osc_server_new(options->control_host, options->control_port,
                                                  input_osc, control, &control->osc_server, error);
        if (status != OD_OK) {
            return od_cli_fail(status, "--control-port: %s", error);
        }
    }
    od_nsec earlier = options->osc_offset < 0 ? options->osc_offset : 0;
    return options->show
               ? show_open(&control->show, &control->engine->show, options->latency + earlier)
               : 0;
}

int
watch_open_midi(struct control *control)
{
    const struct options *options = control->options;
    size_t port;
    while (od_midiout_poll(&control->engine->midi, od_clock_now(), &port) != OD_MIDIOUT_NOTHING) {
    }
    if (options->midi == NULL && options->midi_raw == NULL && !options->require_midi) {
        return 0;
    }
    if (od_midiout_connected(&control->engine->midi, 0)) {
        return 0;
    }
    const char *wanted = options->midi_raw != NULL ? options->midi_raw : options->midi;
    if (options->require_midi) {
        return od_cli_fail(
            OD_EUNAVAILABLE, "no MIDI output%s%s%s; --midi-list shows the ports there are",
            wanted != NULL ? " '" : "", wanted != NULL ? wanted : "", wanted != NULL ? "'" : "");
    }
    control->midi_off = true;
    return 0;
}

void
watch_superpanic(struct control *control)
{
    for (size_t i = 0; i < control->engine->n_outputs; i++) {
        struct od_udp own;
        char error[OD_ERROR_MAX];
        enum od_status status = od_udp_open_same(&own, &control->engine->outputs[i], error);
        if (status == OD_OK) {
            status = panic_superdirt(&own, error);
            od_udp_close(&own);
        }
        if (status != OD_OK) {
            say_warning(control, "OSC_ERROR", 0, "superpanic was not sent: %s", error);
        }
    }
}

/* A router tells only now and then that nobody listens: without a word for a while all is well. */
static void
watch_refusals(struct control *control, size_t i, od_nsec now)
{
    const struct od_udp *output = &control->engine->outputs[i];
    struct output_watch *watch = &control->outputs[i];
    uint64_t refusals = atomic_load_explicit(&output->refusals, memory_order_relaxed);
    if (refusals > watch->refusals) {
        watch->refusals = refusals;
        watch->refused_at = now;
        if (!watch->refused) {
            watch->refused = true;
            say_warning(control, "OSC_REFUSED", 0,
                        "nobody listens on %s:%u: is SuperDirt running? Playing on; --probe tells "
                        "more",
                        output->host, output->port);
            say_status(control, NULL);
        }
    } else if (watch->refused && now - watch->refused_at >= REFUSAL_HOLDS &&
               !atomic_load_explicit(&output->refused, memory_order_relaxed)) {
        watch->refused = false;
        say_warning(control, "OSC_BACK", 0, "%s:%u takes messages again", output->host,
                    output->port);
        say_status(control, NULL);
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
watch_errors(struct control *control, size_t i, od_nsec now)
{
    const struct od_udp *output = &control->engine->outputs[i];
    struct output_watch *watch = &control->outputs[i];
    uint64_t errors = atomic_load_explicit(&output->errors, memory_order_relaxed);
    if (errors <= watch->errors || now < watch->next_warning) {
        return;
    }
    int error = atomic_load_explicit(&output->last_error, memory_order_relaxed);
    say_warning(control, "OSC_ERROR", errors - watch->errors,
                "%" PRIu64 " packets to %s:%u were lost: %s%s", errors - watch->errors,
                output->host, output->port, strerror(error), remedy_of(error));
    watch->errors = errors;
    watch->next_warning = now + SLOW_EVERY;
}

/* That all is well from the start is news for programs only. */
static void
watch_superdirt(struct control *control, od_nsec now)
{
    const struct od_udp *output = &control->engine->outputs[0];
    switch (od_superdirt_poll(&control->superdirt, now)) {
    case OD_SUPERDIRT_PRESENT:
        if (control->missed) {
            say_warning(control, "SUPERDIRT_BACK", 0, "SuperDirt answers on %s:%u", output->host,
                        output->port);
        } else {
            say_warning_event(control, "SUPERDIRT_BACK", "SuperDirt answers");
        }
        say_status(control, NULL);
        break;
    case OD_SUPERDIRT_MISSING:
        control->missed = true;
        say_warning(control, "SUPERDIRT_MISSING", 0,
                    "SuperDirt does not answer on %s:%u: it is not started yet, or listens "
                    "elsewhere; playing on",
                    output->host, output->port);
        say_status(control, NULL);
        break;
    case OD_SUPERDIRT_NOTHING:
        break;
    }
}

void
watch_osc(struct control *control, od_nsec now)
{
    for (size_t i = 0; i < control->engine->n_outputs; i++) {
        watch_refusals(control, i, now);
        watch_errors(control, i, now);
    }
    if (control->options->osc) {
        watch_superdirt(control, now);
    }
}

/* A disk that is full, a reader that stalls: the port is there and yet loses. */
static void
watch_losses(struct control *control, size_t i, od_nsec now)
{
    const struct od_midiout_port *port = &control->engine->midi.ports[i];
    struct port_watch *watch = &control->ports[i];
    uint64_t lost = atomic_load_explicit(&port->errors, memory_order_relaxed) +
                    atomic_load_explicit(&port->dropped, memory_order_relaxed);
    if (!od_midiout_connected(&control->engine->midi, i)) {
        watch->lost = lost; /* that it is not there is told */
    }
    if (lost <= watch->lost || now < watch->next_warning) {
        return;
    }
    int error = atomic_load_explicit(&port->last_error, memory_order_relaxed);
    say_warning(control, "MIDI_ERROR", lost - watch->lost,
                "MIDI to '%s' is lost: %s (%" PRIu64 " messages)",
                od_midiout_name(&control->engine->midi, i),
                error != 0 ? strerror(error) : "it is not taken as fast as it comes",
                lost - watch->lost);
    watch->lost = lost;
    watch->next_warning = now + SLOW_EVERY;
}

void
watch_midi(struct control *control, od_nsec now)
{
    size_t port;
    for (size_t i = 0; i < control->engine->midi.n_ports; i++) {
        watch_losses(control, i, now);
    }
    for (;;) {
        enum od_midiout_change change = od_midiout_poll(&control->engine->midi, now, &port);
        if (change == OD_MIDIOUT_NOTHING) {
            break;
        }
        const char *name = od_midiout_name(&control->engine->midi, port);
        if (change == OD_MIDIOUT_LOST) {
            struct od_command command = {.kind = OD_COMMAND_RELEASE_PORT, .port = (uint8_t)port};
            answers_send(control, &command);
            say_warning(control, "MIDI_LOST", 0,
                        "MIDI port '%s' is gone; it is opened again when it comes back", name);
        } else if (change == OD_MIDIOUT_BACK) {
            say_warning(control, "MIDI_BACK", 0, "MIDI port '%s' is back", name);
        }
        say_status(control, NULL);
    }
    /* A player that sleeps gives nothing back. */
    if (atomic_load_explicit(&control->engine->midi.recall, memory_order_acquire)) {
        od_waker_post(&control->engine->waker);
    }
}

void
watch_player(struct control *control, od_nsec now)
{
    const struct engine *engine = control->engine;
    uint64_t lost = atomic_load_explicit(&engine->player.counts.lost_events, memory_order_relaxed);
    od_nsec slowest = (od_nsec)atomic_load_explicit(&engine->tick.max, memory_order_relaxed);
    if (now < control->next_slow_warning) {
        return;
    }
    if (lost > control->said_lost) {
        say_warning(control, "EVENTS_LOST", lost - control->said_lost,
                    "%" PRIu64 " events were lost: more wait for their time than there is room; "
                    "fewer events a step, or a shorter --latency",
                    lost - control->said_lost);
        control->said_lost = lost;
        control->next_slow_warning = now + SLOW_EVERY;
    }
    if (slowest > SLOW_TICK && slowest > control->said_slowest) {
        say_warning(control, "SLOW_TICK", 0,
                    "a step took %.1f ms to send; the machine is too busy, or real-time scheduling "
                    "is missing",
                    (double)slowest / (double)OD_NSEC_PER_MS);
        control->said_slowest = slowest;
        control->next_slow_warning = now + SLOW_EVERY;
    }
}

void
watch_show(struct control *control, od_nsec now)
{
    if (control->show.fd >= 0) {
        od_nsec wait =
            show_print(&control->show, &control->events, engine_wall(control->engine, now));
        control->show.next = wait == OD_NSEC_NEVER ? wait : now + wait;
    }
}

/* Whoever writes `printf quit` into a FIFO wonders why nothing happens. */
void
watch_input(struct control *control, od_nsec now)
{
    if (now < control->half_told || control->answer.active) {
        return;
    }
    control->half_told = OD_NSEC_NEVER;
    if (od_stream_cut(&control->stream)) {
        bool line = od_stream_in_line(&control->stream);
        say_warning(control, "INPUT_HALF", 0, "%s",
                    line ? "a line waits for its line feed; until then nothing behind it is done"
                         : "half a score has come; all that follows is taken for the rest of it");
    }
}

struct display_state
watch_state(const struct control *control)
{
    const struct od_midiout *midi = &control->engine->midi;
    const char *name = od_midiout_name(midi, 0);
    return (struct display_state){.state = control->state,
                                  .bpm = control->environment.bpm,
                                  .step = control->position,
                                  .summary = report_summary(control->engine),
                                  .osc_enabled = control->options->osc,
                                  .osc_connected = control->superdirt.present,
                                  .midi_enabled = name != NULL && *name != '\0',
                                  .midi_connected = od_midiout_connected(midi, 0)};
}

void
watch_draw(struct control *control, od_nsec now)
{
    if (control->options->verbose) {
        struct display_state state = watch_state(control);
        display_draw(&control->display, &state, now);
    }
}
