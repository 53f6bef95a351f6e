/* MIDI clock in, from a model of a master: what it is taken to be, against what it is. */
#include <math.h>
#include <string.h>

#include "hear/midi_clock.h"
#include "random.h"
#include "rig.h"

#define SEC OD_NSEC_PER_SEC

struct master {
    double time; /* of the next clock, ns */
    double bpm;
    double jitter_ms; /* each clock comes earlier or later by up to that */
    double position;  /* steps, of the next clock, counted by the master whether heard or not */
    uint64_t seed;
    od_nsec heard; /* the last, as it came */
};

static struct master
master_at(double bpm, double jitter_ms)
{
    return (struct master){.time = 1e9, .bpm = bpm, .jitter_ms = jitter_ms, .seed = 5};
}

static void
pass(struct master *master)
{
    master->time += 2.5e9 / master->bpm;
    master->position += 1.0 / 6;
}

static void
tick(struct od_midi_clock *clock, struct master *master)
{
    double chance = (double)(random_bits(&master->seed) >> 11) * 0x1p-52 - 1;
    od_nsec time = llrint(master->time + chance * master->jitter_ms * 1e6);
    master->heard = time > master->heard ? time : master->heard;
    od_midi_clock_tick(clock, master->heard);
    pass(master);
}

static void
ticks(struct od_midi_clock *clock, struct master *master, int n)
{
    for (int i = 0; i < n; i++) {
        tick(clock, master);
    }
}

/* What is told of the master, against the truth: of its last clock's place, ms; of its tempo, 1. */
struct error {
    bool told;
    double ms, tempo;
};

static struct error
error_of(const struct od_midi_clock *clock, const struct master *master)
{
    struct od_sync_line line;
    struct error error = {.told = od_midi_clock_line(clock, &line)};
    if (error.told) {
        double length = 15e9 / master->bpm;
        double there = master->time + (line.step - master->position) * length;
        error.ms = ((double)line.time - there) / 1e6;
        error.tempo = line.bpm / master->bpm - 1;
    }
    return error;
}

static void
begin(struct od_midi_clock *clock, struct master *master)
{
    od_midi_clock_start(clock);
    master->position = 0;
}

static void
clocks_without_jitter_are_told_exactly(void **state)
{
    (void)state;
    static const double tempos[] = {1, 20, 60, 119.99, 120, 174, 300, 999};
    for (size_t i = 0; i < sizeof tempos / sizeof tempos[0]; i++) {
        struct od_midi_clock clock = {0};
        struct master master = master_at(tempos[i], 0);
        begin(&clock, &master);
        ticks(&clock, &master, OD_MIDI_CLOCKS_MIN - 1);
        assert_false(error_of(&clock, &master).told);
        for (int n = 0; n < 2000; n++) {
            tick(&clock, &master);
            struct error error = error_of(&clock, &master);
            assert_true(error.told);
            assert_true(fabs(error.ms) < 0.001);
            assert_true(fabs(error.tempo) < 1e-6);
        }
        assert_int_equal(clock.renewed + clock.mended, 0);
    }
}

static void
a_millisecond_of_jitter_gives_a_tempo_within_a_twentieth_of_a_percent(void **state)
{
    (void)state;
    static const double tempos[] = {60, 90, 120, 133.7};
    for (size_t i = 0; i < sizeof tempos / sizeof tempos[0]; i++) {
        struct od_midi_clock clock = {0};
        struct master master = master_at(tempos[i], 1);
        begin(&clock, &master);
        ticks(&clock, &master, 24);
        assert_true(fabs(error_of(&clock, &master).tempo) < 0.005);
        ticks(&clock, &master, 24 * 3);
        for (int n = 0; n < 24 * 1000; n++) {
            tick(&clock, &master);
            struct error error = error_of(&clock, &master);
            assert_true(error.told);
            assert_true(fabs(error.tempo) < 0.0005);
            assert_true(fabs(error.ms) < 0.7);
        }
        assert_int_equal(clock.renewed + clock.mended, 0);
    }
}

static void
three_milliseconds_of_jitter_stay_under_two(void **state)
{
    (void)state;
    struct od_midi_clock clock = {0};
    struct master master = master_at(120, 3);
    begin(&clock, &master);
    ticks(&clock, &master, 96);
    for (int n = 0; n < 24 * 1000; n++) {
        tick(&clock, &master);
        assert_true(fabs(error_of(&clock, &master).ms) < 2);
    }
    assert_int_equal(clock.renewed + clock.mended, 0);
}

static void
another_tempo_is_told_within_a_beat(void **state)
{
    (void)state;
    static const double tempos[] = {60, 100, 119, 120.5, 121, 125, 140, 200, 240};
    for (size_t i = 0; i < sizeof tempos / sizeof tempos[0]; i++) {
        struct od_midi_clock clock = {0};
        struct master master = master_at(120, 0.3);
        begin(&clock, &master);
        ticks(&clock, &master, 200);
        master.bpm = tempos[i];
        ticks(&clock, &master, 40);
        struct error error = error_of(&clock, &master);
        assert_true(error.told);
        assert_true(fabs(error.tempo) < 0.004);
        assert_true(fabs(error.ms) < 1);
        ticks(&clock, &master, 100);
        error = error_of(&clock, &master);
        assert_true(fabs(error.tempo) < 0.0005);
        assert_true(fabs(error.ms) < 0.3);
        assert_int_equal(clock.mended, 0);
    }
}

static void
a_ramp_is_told_as_it_goes(void **state)
{
    (void)state;
    struct od_midi_clock clock = {0};
    struct master master = master_at(100, 0.2);
    begin(&clock, &master);
    ticks(&clock, &master, 200);
    for (int n = 0; n < 24 * 80; n++) { /* 40 bpm in some 40 s */
        master.bpm += 40.0 / (24 * 80);
        tick(&clock, &master);
        struct error error = error_of(&clock, &master);
        assert_true(error.told);
        assert_true(fabs(error.ms) < 1);
        assert_true(fabs(error.tempo) < 0.012);
    }
}

static void
clocks_that_are_lost_on_the_way_are_counted_all_the_same(void **state)
{
    (void)state;
    static const int lost[] = {1, 2, 5, 24, 48, 100, 240, 480};
    for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
        struct od_midi_clock clock = {0};
        struct master master = master_at(120, 0.5);
        begin(&clock, &master);
        ticks(&clock, &master, 400);
        for (int n = 0; n < lost[i]; n++) {
            pass(&master);
        }
        ticks(&clock, &master, OD_MIDI_CLOCKS_ODD);
        assert_int_equal(clock.mended, lost[i]);
        assert_int_equal(clock.renewed, 0);
        struct error error = error_of(&clock, &master);
        assert_true(error.told);
        assert_true(fabs(error.ms) < 1);
    }
}

static void
clocks_that_come_late_in_a_burst_are_not_lost(void **state)
{
    (void)state;
    for (int held = 1; held <= 6; held++) {
        struct od_midi_clock clock = {0};
        struct master master = master_at(120, 0.2);
        begin(&clock, &master);
        ticks(&clock, &master, 200);
        for (int round = 0; round < 50; round++) {
            double until = master.time + held * 2.5e9 / 120; /* nothing comes before */
            while (master.time < until) {
                master.heard = llrint(until);
                od_midi_clock_tick(&clock, master.heard);
                pass(&master);
            }
            ticks(&clock, &master, 48);
            assert_true(fabs(error_of(&clock, &master).ms) < 1);
        }
        assert_int_equal(clock.mended, 0);
    }
}

static void
a_stopped_master_keeps_its_place_and_locates(void **state)
{
    (void)state;
    struct od_midi_clock clock = {0};
    struct master master = master_at(120, 0);
    begin(&clock, &master);
    ticks(&clock, &master, 96);
    od_midi_clock_stop(&clock);
    double place = master.position;
    ticks(&clock, &master, 50);
    assert_false(error_of(&clock, &master).told);
    assert_near(od_midi_clock_bpm(&clock), 120, 1e-6);
    master.position = place;
    od_midi_clock_continue(&clock);
    ticks(&clock, &master, 12);
    assert_true(fabs(error_of(&clock, &master).ms) < 0.001);
    od_midi_clock_stop(&clock);
    od_midi_clock_locate(&clock, 100);
    ticks(&clock, &master, 3);
    master.position = 100;
    od_midi_clock_continue(&clock);
    ticks(&clock, &master, 2);
    assert_true(error_of(&clock, &master).told);
    assert_true(fabs(error_of(&clock, &master).ms) < 0.001);
}

static void
a_master_whose_clock_starts_with_it_is_told_a_step_later(void **state)
{
    (void)state;
    for (int tenth = 1; tenth < 40; tenth++) {
        struct od_midi_clock clock = {0};
        struct master master = master_at(120, 0.1);
        ticks(&clock, &master, 200);
        master.time += tenth * 2.5e9 / 120 / 10;
        begin(&clock, &master);
        ticks(&clock, &master, OD_MIDI_CLOCKS_MIN + 1);
        struct error error = error_of(&clock, &master);
        assert_true(error.told);
        assert_true(fabs(error.ms) < 1);
        ticks(&clock, &master, 100);
        error = error_of(&clock, &master);
        assert_true(fabs(error.ms) < 0.1);
    }
}

static void
a_master_that_ran_before_is_placed_where_it_is_said(void **state)
{
    (void)state;
    struct od_midi_clock clock = {0};
    struct master master = master_at(120, 0);
    ticks(&clock, &master, 50);
    struct od_sync_line line;
    assert_false(od_midi_clock_line(&clock, &line));
    assert_false(clock.placed);
    od_midi_clock_assume(&clock, 17.4);
    assert_true(od_midi_clock_line(&clock, &line));
    assert_true(fabs(line.step - 17.4) < 1.0 / 12 + 1e-9);
}

static void
what_is_no_clock_of_music_tells_nothing(void **state)
{
    (void)state;
    struct od_midi_clock clock = {0};
    struct od_sync_line line;
    od_midi_clock_start(&clock);
    for (int i = 0; i < 1000; i++) {
        od_midi_clock_tick(&clock, SEC); /* all at once */
        assert_false(od_midi_clock_line(&clock, &line));
    }
    struct master master = master_at(1010, 0);
    master.heard = SEC;
    master.time = 2e9;
    ticks(&clock, &master, 500);
    assert_false(od_midi_clock_line(&clock, &line));
    master.bpm = 120;
    ticks(&clock, &master, 500);
    assert_true(od_midi_clock_line(&clock, &line));
    assert_near(line.bpm, 120, 0.001);
}

static void
whatever_times_come_a_line_is_within_its_bounds(void **state)
{
    (void)state;
    struct od_midi_clock clock = {0};
    uint64_t seed = 3;
    od_nsec now = 0;
    for (int i = 0; i < 300000; i++) {
        uint64_t chance = random_bits(&seed);
        now += (od_nsec)(chance >> (10 + chance % 50));
        now = now > OD_SYNC_FAR ? 0 : now;
        switch (chance % 97) {
        case 0:
            od_midi_clock_start(&clock);
            break;
        case 1:
            od_midi_clock_stop(&clock);
            break;
        case 2:
            od_midi_clock_locate(&clock, (unsigned)(chance >> 50));
            break;
        case 3:
            od_midi_clock_continue(&clock);
            break;
        default:
            od_midi_clock_tick(&clock, now);
        }
        struct od_sync_line line;
        if (od_midi_clock_line(&clock, &line)) {
            assert_true(line.bpm >= OD_BPM_MIN && line.bpm <= OD_BPM_MAX);
            assert_true(fabs(line.step) <= OD_POSITION_MAX);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_without_jitter_are_told_exactly),
        cmocka_unit_test(a_millisecond_of_jitter_gives_a_tempo_within_a_twentieth_of_a_percent),
        cmocka_unit_test(three_milliseconds_of_jitter_stay_under_two),
        cmocka_unit_test(another_tempo_is_told_within_a_beat),
        cmocka_unit_test(a_ramp_is_told_as_it_goes),
        cmocka_unit_test(clocks_that_are_lost_on_the_way_are_counted_all_the_same),
        cmocka_unit_test(clocks_that_come_late_in_a_burst_are_not_lost),
        cmocka_unit_test(a_stopped_master_keeps_its_place_and_locates),
        cmocka_unit_test(a_master_whose_clock_starts_with_it_is_told_a_step_later),
        cmocka_unit_test(a_master_that_ran_before_is_placed_where_it_is_said),
        cmocka_unit_test(what_is_no_clock_of_music_tells_nothing),
        cmocka_unit_test(whatever_times_come_a_line_is_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
