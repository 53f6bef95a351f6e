/*
 * A sequencer that leads: an ALSA port that sends MIDI clock.
 *     seqclock NAME FILE BPM SECONDS [JITTER_US [BPM2]]
 * waits until somebody listens, sends a beat of clocks, Start, clocks for SECONDS (in the second
 * half at BPM2), Stop. Each clock leaves at its moment, or up to JITTER_US off it; FILE gets a line
 * for each clock since Start: seconds of CLOCK_MONOTONIC at which it should be.
 */
#include <alsa/asoundlib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BEAT 24

static void
check(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "seqclock: %s: %s\n", what, snd_strerror(result));
        exit(2);
    }
}

static void
sleep_until(double seconds)
{
    struct timespec until = {.tv_sec = (time_t)seconds};
    until.tv_nsec = (long)((seconds - (double)until.tv_sec) * 1e9);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static double
monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* -1..1, the same on every run */
static double
chance(void)
{
    static uint32_t state = 12345;
    state = state * 1664525u + 1013904223u;
    return (double)(state >> 8) / (double)(1 << 23) - 1;
}

static void
send(snd_seq_t *sequencer, int port, snd_seq_event_type_t type)
{
    snd_seq_event_t event;
    snd_seq_ev_clear(&event);
    event.type = type;
    snd_seq_ev_set_source(&event, port);
    snd_seq_ev_set_subs(&event);
    snd_seq_ev_set_direct(&event);
    check(snd_seq_event_output_direct(sequencer, &event), "output");
}

static void
await_listener(snd_seq_t *sequencer, int port)
{
    snd_seq_port_info_t *info;
    snd_seq_port_info_alloca(&info);
    do {
        sleep_until(monotonic() + 0.05);
        check(snd_seq_get_port_info(sequencer, port, info), "port info");
    } while (snd_seq_port_info_get_read_use(info) == 0);
}

int
main(int argc, char **argv)
{
    snd_seq_t *sequencer = NULL;
    if (argc < 5) {
        return 64;
    }
    FILE *file = fopen(argv[2], "w");
    double bpm = atof(argv[3]);
    double seconds = atof(argv[4]);
    double jitter = argc > 5 ? atof(argv[5]) / 1e6 : 0;
    double second_bpm = argc > 6 ? atof(argv[6]) : bpm;
    if (file == NULL) {
        perror(argv[2]);
        return 73;
    }
    check(snd_seq_open(&sequencer, "default", SND_SEQ_OPEN_DUPLEX, 0), "open");
    check(snd_seq_set_client_name(sequencer, argv[1]), "name");
    int port = snd_seq_create_simple_port(sequencer, argv[1],
                                          SND_SEQ_PORT_CAP_READ | SND_SEQ_PORT_CAP_SUBS_READ,
                                          SND_SEQ_PORT_TYPE_MIDI_GENERIC);
    check(port, "port");
    await_listener(sequencer, port);
    double time = monotonic() + 1.5;
    double end = time + BEAT * 2.5 / bpm + seconds;
    for (int i = 0; time < end; i++) {
        if (i == BEAT) {
            sleep_until(time - 0.0015);
            send(sequencer, port, SND_SEQ_EVENT_START);
        }
        sleep_until(time + jitter * chance());
        send(sequencer, port, SND_SEQ_EVENT_CLOCK);
        if (i >= BEAT) {
            fprintf(file, "%.6f\n", time);
        }
        time += 2.5 / (time < end - seconds / 2 ? bpm : second_bpm);
    }
    send(sequencer, port, SND_SEQ_EVENT_STOP);
    fclose(file);
    snd_seq_close(sequencer);
    return 0;
}
