/*
 * What one would write first: each event of a step as a message of its own, made and sent by liblo.
 * liblo_messages PORT EVENTS; reads lines "TIMES", plays the step so often, prints nanoseconds.
 */
#include <lo/lo.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void
send_event(lo_address to, unsigned i)
{
    lo_message message = lo_message_new();
    lo_message_add(message, "sssisfsfsfsfsfsisfsfsfsisfsfsf", "s", "superpiano", "orbit",
                   (int)(i % 12), "cps", 0.5, "cycle", 0.0, "delta", 0.125, "gain",
                   0.9 * (0.5 + i % 50 * 0.01), "pan", 0.5, "n", (int)(i % 16), "speed", 1.0,
                   "begin", 0.0, "end", 1.0, "midinote", (int)(36 + i % 48), "sustain",
                   0.125 * (1 + i % 4), "cutoff", 800.0, "resonance", 0.2);
    lo_send_message(to, "/dirt/play", message);
    lo_message_free(message);
}

static long long
now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int
main(int argc, char **argv)
{
    char line[64];
    if (argc != 3) {
        fprintf(stderr, "usage: liblo_messages PORT EVENTS\n");
        return 64;
    }
    unsigned events = (unsigned)strtoul(argv[2], NULL, 10);
    lo_address to = lo_address_new("127.0.0.1", argv[1]);
    while (to != NULL && fgets(line, sizeof line, stdin) != NULL) {
        unsigned long times = strtoul(line, NULL, 10);
        long long start = now();
        for (unsigned long i = 0; i < times; i++) {
            for (unsigned event = 0; event < events; event++) {
                send_event(to, event);
            }
        }
        printf("%lld\n", now() - start);
        fflush(stdout);
    }
    lo_address_free(to);
    return to != NULL ? 0 : 69;
}
