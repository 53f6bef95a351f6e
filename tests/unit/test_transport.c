/* Steps ↔ time at the corners; tests/cli/grid.t holds a whole day against exact arithmetic. */
#include <math.h>
#include <stdlib.h>

#include "play/transport.h"
#include "rig.h"

static void
the_length_of_a_step_is_exact_to_the_last_fraction(void **state)
{
    (void)state;
    static const struct {
        double bpm;
        od_nsec ns;
        uint64_t fraction;
    } cases[] = {
        {1, INT64_C(15000000000), 0},
        {120, 125000000, 0},
        {300, 50000000, 0},
        {90, 166666666, UINT64_C(0xaaaaaaaaaaaaaaaa)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct od_span span = od_step_span(cases[i].bpm);
        assert_int_equal(span.ns, cases[i].ns);
        assert_true(span.fraction == cases[i].fraction);
        assert_near(od_step_seconds(cases[i].bpm), 15 / cases[i].bpm, 1e-15);
    }
}

static void
the_exact_length_times_the_tempo_is_15_seconds(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        double bpm = OD_BPM_MIN + i * 0.9979;
        struct od_span span = od_step_span(bpm);
        double product = (double)span.ns * bpm + (double)span.fraction * 0x1p-64 * bpm;
        assert_near(product, 15e9, 1e-4);
    }
}

static void
a_tempo_change_moves_no_step_before_it_nor_the_step_itself(void **state)
{
    (void)state;
    struct od_transport transport;
    od_transport_anchor(&transport, 0, 12345, 133.7);
    od_nsec at = od_transport_time(&transport, 1000001);
    od_transport_tempo(&transport, 1000001, 33.3);
    assert_int_equal(od_transport_time(&transport, 1000001), at);
    od_transport_tempo(&transport, 1000001, 133.7);
    assert_in_range(od_transport_time(&transport, 0), 12345, 12346);
}

static void
step_at_is_the_inverse_of_time(void **state)
{
    (void)state;
    static const double tempos[] = {1, 30, 61.37, 120, 131.7, 299.99, 999};
    uint32_t random = 11;
    for (size_t i = 0; i < sizeof tempos / sizeof tempos[0]; i++) {
        struct od_transport transport;
        od_transport_anchor(&transport, rig_random(&random) % 1000,
                            rig_random(&random) - 1000000000, tempos[i]);
        for (int k = 0; k < 20000; k++) {
            int64_t most = INT64_C(4000000000000000000) / transport.length.ns; /* 126 years */
            int64_t step =
                ((int64_t)rig_random(&random) << 20 | rig_random(&random)) % most - most / 2;
            step = k % 2 == 0 ? step : step % 1000;
            od_nsec time = od_transport_time(&transport, step);
            assert_int_equal(od_transport_step_at(&transport, time), step);
            assert_int_equal(od_transport_step_at(&transport, time + 1), step + 1);
            assert_int_equal(od_transport_step_at(&transport, time - 1), step);
        }
    }
}

static void
steps_before_the_anchor_are_on_the_same_grid(void **state)
{
    (void)state;
    struct od_transport transport;
    od_transport_anchor(&transport, 0, 0, 90);
    assert_int_equal(od_transport_time(&transport, -3), -500000000);
    assert_int_equal(od_transport_time(&transport, -1), -166666667);
    assert_int_equal(od_transport_time(&transport, 1), 166666667);
    assert_int_equal(od_transport_step_at(&transport, -1), 0);
    assert_int_equal(od_transport_step_at(&transport, -500000000), -3);
}

static void
centuries_of_steps_are_still_exact(void **state)
{
    (void)state;
    struct od_transport transport;
    od_transport_anchor(&transport, 0, 0, 90);
    int64_t steps = INT64_C(3) * 10000000000; /* 158 years */
    assert_int_equal(od_transport_time(&transport, steps), INT64_C(5000000000000000000));
    assert_int_equal(od_transport_step_at(&transport, INT64_C(5000000000000000000)), steps);
}

static void
swing_delays_odd_steps_by_a_third_of_a_step(void **state)
{
    (void)state;
    struct od_transport transport;
    od_transport_anchor(&transport, 0, 0, 120);
    assert_int_equal(od_transport_swing(&transport, 0, 0, 1), 0);
    assert_int_equal(od_transport_swing(&transport, 0, 254, 1), 0);
    assert_int_equal(od_transport_swing(&transport, 0, 1, 1), 41666667);
    assert_int_equal(od_transport_swing(&transport, 0, 255, 0.5), 20833333);
    assert_int_equal(od_transport_swing(&transport, 0, -1, 1), 41666667);
    assert_int_equal(od_transport_swing(&transport, 0, 1, 0), 0);
}

static void
a_span_is_rounded_and_has_an_end(void **state)
{
    (void)state;
    struct od_transport transport;
    od_transport_anchor(&transport, 0, 0, 90);
    assert_int_equal(od_transport_span(&transport, 0, 0), 0);
    assert_int_equal(od_transport_span(&transport, 0, 1), 166666667);
    assert_int_equal(od_transport_span(&transport, 0, 300000), INT64_C(50000000000000));
    assert_int_equal(od_transport_span(&transport, 0, 1e300), 86400 * OD_NSEC_PER_SEC);
}

static void
what_no_clock_can_say_is_as_good_as_never(void **state)
{
    (void)state;
    struct od_transport transport;
    const int64_t billion_loops = INT64_C(1000000000) * OD_STEPS;
    od_transport_anchor(&transport, 0, INT64_C(1000000000), 120);
    od_nsec never = od_transport_time(&transport, billion_loops);
    assert_true(never > OD_NSEC_PER_SEC * 86400 * 365 * 200);
    assert_true(never < OD_NSEC_NEVER - OD_NSEC_PER_SEC * 86400 * 365);
    assert_int_equal(od_transport_time(&transport, -billion_loops), -never);
    assert_int_equal(od_transport_time(&transport, INT64_MAX), never);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_length_of_a_step_is_exact_to_the_last_fraction),
        cmocka_unit_test(the_exact_length_times_the_tempo_is_15_seconds),
        cmocka_unit_test(a_tempo_change_moves_no_step_before_it_nor_the_step_itself),
        cmocka_unit_test(step_at_is_the_inverse_of_time),
        cmocka_unit_test(steps_before_the_anchor_are_on_the_same_grid),
        cmocka_unit_test(centuries_of_steps_are_still_exact),
        cmocka_unit_test(swing_delays_odd_steps_by_a_third_of_a_step),
        cmocka_unit_test(a_span_is_rounded_and_has_an_end),
        cmocka_unit_test(what_no_clock_can_say_is_as_good_as_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
