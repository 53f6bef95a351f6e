/*
 * Plays 24 hours of steps at changing tempos, in no time, and prints when each step is. Input:
 * lines "STEP BPM", a tempo from that step on, the last with BPM 0: the end. Output: a time in
 * nanoseconds for each step.
 */
#include <inttypes.h>
#include <stdio.h>

#include "play/transport.h"

static void
print_steps(const struct od_transport *transport, int64_t from, int64_t to)
{
    for (int64_t step = from; step < to; step++) {
        printf("%" PRId64 "\n", od_transport_time(transport, step));
    }
}

int
main(void)
{
    struct od_transport transport = {0};
    int64_t at = 0;
    int64_t step;
    double bpm;
    while (scanf("%" SCNd64 " %la", &step, &bpm) == 2) {
        print_steps(&transport, at, step);
        if (step == 0) {
            od_transport_anchor(&transport, 0, 0, bpm);
        } else if (bpm > 0) {
            od_transport_tempo(&transport, step, bpm);
        }
        at = step;
    }
    return fclose(stdout) != 0;
}
