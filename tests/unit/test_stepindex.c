#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "score/stepindex.h"

#define N 5000

/* All in one piece, in an index of a loop. */
static void
build(const struct od_event *events, const uint16_t *steps, uint32_t n, struct od_event *sorted,
      uint32_t *index)
{
    uint32_t next[OD_STEPS];
    memset(index, 0, (OD_STEPS + 1) * sizeof *index);
    od_stepindex_count(index, steps, n);
    od_stepindex_sum(index, OD_STEPS, 0, next);
    od_stepindex_place(events, steps, n, sorted, next);
}

static void
events_come_out_by_step_in_the_order_they_had(void **state)
{
    (void)state;
    struct od_event *events = calloc(N, sizeof *events);
    struct od_event *sorted = calloc(N, sizeof *sorted);
    uint16_t *steps = calloc(N, sizeof *steps);
    uint32_t index[OD_STEPS + 1];
    uint32_t seed = 5;
    for (uint32_t i = 0; i < N; i++) {
        seed = seed * 1664525u + 1013904223u;
        steps[i] = (uint16_t)(seed >> 24);
        events[i].track = (uint16_t)i;
    }
    build(events, steps, N, sorted, index);
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
    uint16_t step = 0;
    uint32_t index[OD_STEPS + 1];
    build(&event, &step, 0, &event, index);
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
        uint16_t steps[3] = {(uint16_t)at, (uint16_t)at, (uint16_t)at};
        uint32_t index[OD_STEPS + 1];
        build(events, steps, 3, sorted, index);
        assert_int_equal(index[at], 0);
        assert_int_equal(index[at + 1], 3);
        assert_int_equal(sorted[0].track, 2);
        assert_int_equal(sorted[1].track, 0);
        assert_int_equal(sorted[2].track, 1);
    }
}

static void
pieces_are_sorted_as_if_they_were_one(void **state)
{
    (void)state;
    const struct od_event first[2] = {{.track = 0}, {.track = 0, .note = 1}};
    const struct od_event second[2] = {{.track = 1}, {.track = 1, .note = 1}};
    const uint16_t steps[2] = {4095, 7};
    struct od_event sorted[14] = {{0}};
    static uint32_t index[OD_LENGTH_MAX + 1], next[OD_LENGTH_MAX];
    od_stepindex_count(index, steps, 2);
    od_stepindex_count(index, steps, 2);
    od_stepindex_sum(index, OD_LENGTH_MAX, 10, next);
    od_stepindex_place(first, steps, 2, sorted, next);
    od_stepindex_place(second, steps, 2, sorted, next);
    assert_int_equal(index[0], 10);
    assert_int_equal(index[7], 10);
    assert_int_equal(index[8], 12);
    assert_int_equal(index[OD_LENGTH_MAX], 14);
    assert_int_equal(sorted[10].note, 1);
    assert_int_equal(sorted[10].track, 0);
    assert_int_equal(sorted[11].track, 1);
    assert_int_equal(sorted[12].track, 0);
    assert_int_equal(sorted[13].track, 1);
    assert_int_equal(sorted[13].note, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_come_out_by_step_in_the_order_they_had),
        cmocka_unit_test(no_events_make_an_index_of_zeros),
        cmocka_unit_test(all_events_may_be_on_the_first_or_last_step),
        cmocka_unit_test(pieces_are_sorted_as_if_they_were_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
