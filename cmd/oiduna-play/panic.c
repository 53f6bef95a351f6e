#include "panic.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "score/midi.h"
#include "score/osc.h"
#include "world/cli.h"
#include "world/clock.h"
#include "world/midiout.h"
#include "world/udp.h"

#define SETTLE (20 * OD_NSEC_PER_MS) /* a refusal comes back, a device takes what it was sent */
#define WITHIN                                                                                     \
    (4 * OD_NSEC_PER_SEC) /* a port of 3,125 bytes a second needs 1.4 s for all of it              \
                           */

static void
settle(void)
{
    const struct timespec wait = {.tv_nsec = SETTLE};
    nanosleep(&wait, NULL);
}

/* Sends superpanic, which frees every synth of SuperDirt; `error` (OD_ERROR_MAX) says why not. */
static enum od_status
panic_superdirt(struct od_udp *udp, char *error)
{
    struct od_osc_arg args[] = {{.type = 's', .s = "s"}, {.type = 's', .s = "superpanic"}};
    struct od_buf message = {0};
    size_t size;
    enum od_status status = od_osc_serialise("/dirt/play", args, 2, &message, &size);
    if (status != OD_OK) {
        snprintf(error, OD_ERROR_MAX, "%s", od_status_text(status));
    } else if (!od_udp_send(udp, message.data, size)) {
        status = OD_EIO;
        snprintf(error, OD_ERROR_MAX, "%.180s:%u: %s", udp->host, udp->port,
                 strerror(atomic_load(&udp->last_error)));
    }
    od_buf_clear(&message);
    return status;
}

static int
panic_osc(const struct options *options)
{
    char error[OD_ERROR_MAX];
    struct od_udp udp = {.fd = -1};
    enum od_status status = od_udp_open(&udp, options->osc_host, options->osc_port, error);
    if (status != OD_OK) {
        return od_cli_fail(status, "%s", error);
    }
    status = panic_superdirt(&udp, error);
    if (status == OD_OK) {
        settle();
        status = panic_superdirt(&udp, error); /* a refusal of the first shows here */
    }
    if (status != OD_OK) {
        od_cli_message("superpanic was not sent: %s", error);
    } else if (atomic_load(&udp.refused)) {
        status = OD_EUNAVAILABLE;
        od_cli_message("superpanic was sent to %s:%u, but nobody listens there", udp.host,
                       udp.port);
    } else if (!options->quiet) {
        od_cli_message("superpanic sent to %s:%u", udp.host, udp.port);
    }
    od_udp_close(&udp);
    return od_status_exit(status);
}

/* After All Sound Off a channel is owed 128 note-offs, which a slow port takes when it can. */
static void
serve(struct od_midiout *midi, od_nsec until)
{
    while (od_midiout_service(midi) == OD_MIDIOUT_OWES && od_clock_now() < until) {
        const struct timespec wait = {.tv_nsec = OD_NSEC_PER_MS};
        nanosleep(&wait, NULL);
    }
}

static void
panic_port(struct od_midiout *midi)
{
    od_nsec until = od_clock_now() + WITHIN;
    for (unsigned channel = 0; channel < 16; channel++) {
        unsigned char bytes[OD_MIDI_PANIC_MESSAGES][3];
        od_midi_panic(channel, bytes);
        for (unsigned i = 0; i < OD_MIDI_PANIC_MESSAGES; i++) {
            od_midiout_write(midi, 0, bytes[i], sizeof bytes[i]);
        }
    }
    serve(midi, until);
}

/* Says that the notes of the first port of `midi` are off, or why not; exit status. */
static int
panic_named(struct od_midiout *midi, const struct options *options)
{
    size_t port;
    int added = options->midi_raw != NULL ? od_midiout_add(midi, OD_MIDI_RAW, options->midi_raw)
                                          : od_midiout_add(midi, OD_MIDI_PORTMIDI, options->midi);
    if (added == OD_MIDIOUT_NO_MEMORY) {
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    if (added < 0) {
        return od_cli_usage("the name of the MIDI port is too long");
    }
    while (od_midiout_poll(midi, od_clock_now(), &port) != OD_MIDIOUT_NOTHING) {
    }
    if (!od_midiout_connected(midi, 0)) {
        return od_cli_fail(OD_EUNAVAILABLE,
                           "no MIDI output '%s'; --midi-list shows the ports there are",
                           od_midiout_name(midi, 0));
    }
    panic_port(midi);
    if (od_midiout_unended(midi) > 0) {
        return od_cli_fail(OD_EIO, "'%s' takes nothing: its notes may sound on",
                           od_midiout_name(midi, 0));
    }
    if (!options->quiet) {
        od_cli_message("all notes off on '%s', 16 channels", od_midiout_name(midi, 0));
    }
    return 0;
}

static int
panic_midi(const struct options *options)
{
    struct od_midiout midi;
    od_midiout_init(&midi);
    int exit_status = panic_named(&midi, options);
    settle();
    od_midiout_close(&midi);
    return exit_status;
}

int
panic(const struct options *options)
{
    int midi = 0;
    if (options->midi != NULL || options->midi_raw != NULL) {
        midi = panic_midi(options);
    } else if (!options->osc) {
        return od_cli_fail(OD_EUNAVAILABLE, "neither SuperDirt nor a MIDI output (--midi, "
                                            "--midi-raw) was named: nothing is silenced");
    } else if (!options->quiet) {
        od_cli_message("no MIDI output was named (--midi, --midi-raw): none is silenced");
    }
    int osc = options->osc ? panic_osc(options) : 0; /* it may wait for a name server */
    return osc != 0 ? osc : midi;
}
