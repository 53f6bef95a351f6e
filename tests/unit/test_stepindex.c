#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "score/stepindex.h"

#define N 5000

static void
events_come_out_by_step_in_the_order_they_had(void **state)
{
    (void)state;
    struct od_event *events = calloc(N, sizeof *events);
    struct od_event *sorted = calloc(N, sizeof *sorted);
    uint8_t *steps = calloc(N, 1);
    uint32_t index[OD_STEPS + 1];
    uint32_t seed = 5;
    for (uint32_t i = 0; i < N; i++) {
        seed = seed * 1664525u + 1013904223u;
        steps[i] = (uint8_t)(seed >> 24);
        events[i].track = (uint16_t)i;
    }
    od_stepindex_build(events, steps, N, sorted, index);
    assert_int_equal(index[0], 0);
    assert_int_equal(index[OD_STEPS], N);
    for (int k = 0; k < OD_STEPS; k++) {
        assert_true(index[k] <= index[k + 1]);
        for (uint32_t i = index[k]; i < index[k + 1]; i++) {
            assert_int_equal(steps[sorted[i].track], k);
            assert_true(i == index[k] || sorted[i].track > sorted[i - 1].track);
        }
    }
    free(events);
    free(sorted);
    free(steps);
}

static void
no_events_make_an_index_of_zeros(void **state)
{
    (void)state;
    struct od_event event = {0};
    uint8_t step = 0;
    uint32_t index[OD_STEPS + 1];
    od_stepindex_build(&event, &step, 0, &event, index);
    for (int k = 0; k <= OD_STEPS; k++) {
        assert_int_equal(index[k], 0);
    }
}

static void
all_events_may_be_on_the_first_or_last_step(void **state)
{
    (void)state;
    for (int at = 0; at < OD_STEPS; at += OD_STEPS - 1) {
        struct od_event events[3] = {{.track = 2}, {.track = 0}, {.track = 1}};
        struct od_event sorted[3];
        uint8_t steps[3] = {(uint8_t)at, (uint8_t)at, (uint8_t)at};
        uint32_t index[OD_STEPS + 1];
        od_stepindex_build(events, steps, 3, sorted, index);
        assert_int_equal(index[at], 0);
        assert_int_equal(index[at + 1], 3);
        assert_int_equal(sorted[0].track, 2);
        assert_int_equal(sorted[1].track, 0);
        assert_int_equal(sorted[2].track, 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_out_by_step_in_the_order_they_had),
        cmocka_unit_test(no_events_make_an_index_of_zeros),
        cmocka_unit_test(all_events_may_be_on_the_first_or_last_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
