/*
 * Plays 24 hours of steps at changing tempos, in no time, and prints when each step is. Input:
 * lines "STEP BPM STEPS", a tempo from that step on, or a ramp to it over so many steps, the last
 * with BPM 0: the end. Output: a time in nanoseconds for each step.
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
    int64_t step, steps;
    double bpm;
    while (scanf("%" SCNd64 " %la %" SCNd64, &step, &bpm, &steps) == 3) {
        print_steps(&transport, at, step);
        if (step == 0) {
            od_transport_anchor(&transport, 0, 0, bpm);
        } else if (bpm > 0 && steps > 0) {
            od_transport_ramp(&transport, step, od_transport_bpm(&transport, step), bpm, steps);
        } else if (bpm > 0) {
            od_transport_tempo(&transport, step, bpm);
        }
        at = step;
    }
    return fclose(stdout) != 0;
}
