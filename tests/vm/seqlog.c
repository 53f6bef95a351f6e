/*
 * A synthesiser that only listens: an ALSA sequencer port that logs what is delivered to it.
 *     seqlog NAME FILE [CLIENT:PORT]
 * makes a port NAME (and subscribes it to CLIENT:PORT), prints "ready", and writes a line per
 * message: seconds of CLOCK_MONOTONIC at which the kernel delivered it, then its bytes in
 * hexadecimal. INT or TERM ends it.
 */
#include <alsa/asoundlib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define READINGS 50

static volatile sig_atomic_t stop;

static void
on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void
check(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "seqlog: %s: %s\n", what, snd_strerror(result));
        exit(2);
    }
}

static double
monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* CLOCK_MONOTONIC at which the queue's clock was 0: the tightest of some readings. */
static double
queue_epoch(snd_seq_t *sequencer, int queue)
{
    snd_seq_queue_status_t *status;
    double best = 1e9;
    double epoch = 0;
    snd_seq_queue_status_alloca(&status);
    for (int i = 0; i < READINGS; i++) {
        double before = monotonic();
        check(snd_seq_get_queue_status(sequencer, queue, status), "queue status");
        double after = monotonic();
        const snd_seq_real_time_t *time = snd_seq_queue_status_get_real_time(status);
        if (after - before < best) {
            best = after - before;
            epoch = (before + after) / 2 - ((double)time->tv_sec + (double)time->tv_nsec / 1e9);
        }
    }
    return epoch;
}

static int
make_port(snd_seq_t *sequencer, const char *name, int queue)
{
    snd_seq_port_info_t *info;
    snd_seq_port_info_alloca(&info);
    snd_seq_port_info_set_name(info, name);
    snd_seq_port_info_set_capability(info, SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_SUBS_WRITE);
    snd_seq_port_info_set_type(info,
                               SND_SEQ_PORT_TYPE_MIDI_GENERIC | SND_SEQ_PORT_TYPE_APPLICATION);
    snd_seq_port_info_set_timestamping(info, 1);
    snd_seq_port_info_set_timestamp_real(info, 1);
    snd_seq_port_info_set_timestamp_queue(info, queue);
    check(snd_seq_create_port(sequencer, info), "create port");
    return snd_seq_port_info_get_port(info);
}

static void
log_event(FILE *file, snd_midi_event_t *decoder, const snd_seq_event_t *event, double epoch)
{
    unsigned char bytes[256];
    long n = snd_midi_event_decode(decoder, bytes, sizeof bytes, event);
    if (n <= 0) {
        return; /* of the sequencer, not MIDI: a subscription */
    }
    fprintf(file, "%.6f",
            epoch + (double)event->time.time.tv_sec + (double)event->time.time.tv_nsec / 1e9);
    for (long i = 0; i < n; i++) {
        fprintf(file, " %02x", bytes[i]);
    }
    fprintf(file, "\n");
}

static void
listen_on(snd_seq_t *sequencer, FILE *file, double epoch)
{
    snd_midi_event_t *decoder = NULL;
    check(snd_midi_event_new(256, &decoder), "decoder");
    snd_midi_event_no_status(decoder, 1);
    while (!stop) {
        struct pollfd polls[4];
        snd_seq_event_t *event = NULL;
        int n = snd_seq_poll_descriptors(sequencer, polls, 4, POLLIN);
        int result = 0;
        if (poll(polls, (nfds_t)n, 200) <= 0) {
            continue;
        }
        while ((result = snd_seq_event_input(sequencer, &event)) >= 0 || result == -ENOSPC) {
            if (result == -ENOSPC) {
                fprintf(file, "overrun\n");
            } else {
                log_event(file, decoder, event, epoch);
            }
        }
    }
    snd_midi_event_free(decoder);
}

int
main(int argc, char **argv)
{
    snd_seq_t *sequencer = NULL;
    const struct timespec settle = {.tv_nsec = 20000000};
    if (argc < 3) {
        return 64;
    }
    FILE *file = fopen(argv[2], "w");
    if (file == NULL) {
        perror(argv[2]);
        return 73;
    }
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    check(snd_seq_open(&sequencer, "default", SND_SEQ_OPEN_DUPLEX, SND_SEQ_NONBLOCK), "open");
    check(snd_seq_set_client_name(sequencer, argv[1]), "name");
    check(snd_seq_set_client_pool_input(sequencer, 1900), "pool");
    int queue = snd_seq_alloc_queue(sequencer);
    check(queue, "queue");
    int port = make_port(sequencer, argv[1], queue);
    if (argc > 3) {
        snd_seq_addr_t from;
        check(snd_seq_parse_address(sequencer, &from, argv[3]), argv[3]);
        check(snd_seq_connect_from(sequencer, port, from.client, from.port), argv[3]);
    }
    check(snd_seq_start_queue(sequencer, queue, NULL), "start");
    check(snd_seq_drain_output(sequencer), "drain");
    nanosleep(&settle, NULL);
    double epoch = queue_epoch(sequencer, queue);
    printf("ready\n");
    fflush(stdout);
    listen_on(sequencer, file, epoch);
    snd_seq_close(sequencer);
    return fclose(file) == 0 ? 0 : 74;
}
