/* Following a master in virtual time: what is bent, what jumps, and that no step is lost or
 * doubled. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "play/sync.h"
#include "random.h"
#include "rig.h"

#define LEAD (200 * OD_NSEC_PER_MS)
#define SEC  OD_NSEC_PER_SEC
#define DAY  (86400 * SEC)

/* A master: its position is the integral of a tempo that is piecewise linear in time. */
struct master {
    od_nsec begins; /* position 0 */
    double bpm;
    double bpm_per_sec; /* from `ramp_from` to `ramp_to` */
    od_nsec ramp_from, ramp_to;
    double rate;      /* of its clock against ours; 1 = the same */
    double jitter_ms; /* each line's time is off by up to that */
    od_nsec every;    /* between lines */
    od_nsec silent_from, silent_to;
    uint64_t random;
};

static double
tempo_of(const struct master *master, od_nsec time)
{
    od_nsec end = time < master->ramp_to ? time : master->ramp_to;
    double ramped = end > master->ramp_from ? (double)(end - master->ramp_from) / 1e9 : 0;
    return (master->bpm + master->bpm_per_sec * ramped) * master->rate;
}

static double
position_of(const struct master *master, od_nsec time)
{
    od_nsec end = time < master->ramp_to ? time : master->ramp_to;
    double ramped = end > master->ramp_from ? (double)(end - master->ramp_from) / 1e9 : 0;
    double after = time > master->ramp_to ? (double)(time - master->ramp_to) / 1e9 : 0;
    double minutes = (master->bpm * (double)(time - master->begins) / 1e9 +
                      master->bpm_per_sec * (ramped * ramped / 2 + ramped * after)) /
                     60;
    return minutes * OD_BEAT_STEPS * master->rate;
}

/* A player, as far as its grid goes. */
struct follower {
    struct od_sync sync;
    struct od_transport transport;
    int64_t next_step;
    od_nsec now;
    bool plays;
    uint64_t planned, odd; /* steps; those that are not the one after the one before */
    int64_t last_step;
    od_nsec last_time;
    double shortest, longest; /* steps, ns */
    double worst_ms;          /* from the master, since it was last set to 0 */
    double worst_heard_ms;    /* od_sync_error, likewise */
};

static struct follower
follower_at(int64_t step, od_nsec time, double bpm)
{
    struct follower follower = {.plays = true, .next_step = step, .last_step = step - 1};
    od_transport_anchor(&follower.transport, step, time, bpm);
    follower.last_time = od_transport_time(&follower.transport, step - 1);
    follower.shortest = INFINITY;
    return follower;
}

static struct od_sync_grid
grid_of(struct follower *follower)
{
    return (struct od_sync_grid){&follower->transport, &follower->next_step};
}

static void
plan(struct follower *follower, const struct master *master)
{
    od_nsec time = od_transport_time(&follower->transport, follower->next_step);
    double length = (double)(time - follower->last_time);
    follower->odd += follower->next_step != follower->last_step + 1 ? 1 : 0;
    follower->shortest = fmin(follower->shortest, length);
    follower->longest = fmax(follower->longest, length);
    if (master != NULL) {
        double off = (double)follower->next_step - position_of(master, time);
        follower->worst_ms = fmax(follower->worst_ms, fabs(off) * 15000 / tempo_of(master, time));
    }
    follower->last_step = follower->next_step++;
    follower->last_time = time;
    follower->planned++;
    struct od_sync_grid grid = grid_of(follower);
    od_sync_settle(&follower->sync, &grid);
}

static void
plan_to(struct follower *follower, const struct master *master, od_nsec until)
{
    while (od_transport_time(&follower->transport, follower->next_step) - LEAD <= until) {
        plan(follower, master);
    }
    follower->now = until;
    od_sync_look(&follower->sync, until);
}

static void
hear(struct follower *follower, struct master *master, od_nsec now)
{
    struct od_sync_grid grid = grid_of(follower);
    double jitter =
        master->jitter_ms * ((double)(random_bits(&master->random) >> 11) * 0x1p-52 - 1);
    struct od_sync_line line = {.step = position_of(master, now),
                                .bpm = tempo_of(master, now),
                                .time = now + llrint(jitter * 1e6)};
    double error = (double)od_sync_error(&follower->sync, &line, &follower->transport, now) / 1e6;
    follower->worst_heard_ms = fmax(follower->worst_heard_ms, fabs(error));
    od_sync_hear(&follower->sync, &line, follower->plays ? &grid : NULL, now);
}

/* Both go on until then: the master speaks, unless it is silent, and the follower plans. */
static void
run(struct follower *follower, struct master *master, od_nsec until)
{
    for (od_nsec now = follower->now + master->every; now <= until; now += master->every) {
        if (follower->plays) {
            plan_to(follower, master, now);
        }
        follower->now = now;
        if (now < master->silent_from || now >= master->silent_to) {
            hear(follower, master, now);
        }
    }
}

static void
settled(struct follower *follower)
{
    follower->worst_ms = follower->worst_heard_ms = follower->longest = 0;
    follower->shortest = INFINITY;
}

static struct master
master_at(double bpm)
{
    return (struct master){.bpm = bpm, .rate = 1, .every = 100 * OD_NSEC_PER_MS, .random = 7};
}

static void
an_error_of_up_to_half_a_step_is_gone_within_a_beat(void **state)
{
    (void)state;
    for (int eighths = -4; eighths <= 4; eighths++) {
        struct master master = master_at(120);
        /* Not on the boundary itself: half a step and a trifle may be either. */
        od_nsec off = eighths * (125 * OD_NSEC_PER_MS / 8) * 99 / 100;
        struct follower follower = follower_at(0, off, 120);
        plan_to(&follower, NULL, SEC);
        follower.now = SEC;
        hear(&follower, &master, SEC);
        int64_t first = follower.next_step;
        settled(&follower);
        while (follower.next_step < first + OD_BEAT_STEPS) {
            plan(&follower, NULL);
        }
        assert_true(follower.shortest > 124.9e6 * 7 / 8);
        assert_true(follower.longest < 125.1e6 * 9 / 8);
        settled(&follower);
        run(&follower, &master, 60 * SEC);
        assert_true(follower.worst_ms < 0.0001);
        assert_int_equal(follower.odd, 0);
        assert_int_equal(follower.sync.jumps, 0);
    }
}

static void
a_greater_error_jumps_at_the_masters_next_bar(void **state)
{
    (void)state;
    for (int off = 1; off < 600; off += 7) {
        struct master master = master_at(120);
        struct follower follower = follower_at(0, off * 125 * OD_NSEC_PER_MS / 2, 120);
        follower.now = follower.transport.anchor.ns;
        plan_to(&follower, NULL, follower.now + SEC);
        od_nsec heard = follower.now;
        if (off == 1) {
            continue; /* half a step */
        }
        hear(&follower, &master, heard);
        uint64_t before = follower.planned;
        while (follower.sync.jumps == 0) {
            plan(&follower, NULL);
            assert_true(follower.planned < before + 20);
        }
        assert_int_equal(follower.next_step % OD_BAR_STEPS, 0);
        assert_true(od_transport_time(&follower.transport, follower.next_step) <
                    heard + LEAD + 2 * SEC + 250 * OD_NSEC_PER_MS);
        settled(&follower);
        run(&follower, &master, heard + 60 * SEC);
        assert_true(follower.worst_ms < 0.0001);
        assert_int_equal(follower.sync.jumps, 1);
        assert_true(follower.odd <= 1);
    }
}

static void
jitter_of_its_lines_comes_through_at_most_as_it_is(void **state)
{
    (void)state;
    for (int ms = 0; ms <= 3; ms++) {
        for (int every = 20; every <= 500; every += 160) {
            struct master master = master_at(131.7);
            master.jitter_ms = ms;
            master.every = every * OD_NSEC_PER_MS;
            struct follower follower = follower_at(0, 30 * OD_NSEC_PER_MS, 120);
            run(&follower, &master, 10 * SEC);
            settled(&follower);
            run(&follower, &master, 600 * SEC);
            assert_int_equal(follower.odd, follower.sync.jumps);
            assert_true(follower.sync.jumps <= 1);
            assert_true(follower.worst_ms < ms + 0.001);
            assert_true(follower.worst_heard_ms < 2 * ms + 0.001);
        }
    }
}

static void
a_step_of_the_tempo_is_followed_within_a_bar(void **state)
{
    (void)state;
    static const double tempos[] = {60, 90, 119, 121, 140, 180, 300};
    for (size_t i = 0; i < sizeof tempos / sizeof tempos[0]; i++) {
        struct master master = master_at(120);
        struct follower follower = follower_at(0, 0, 120);
        run(&follower, &master, 20 * SEC);
        /* The same position, another tempo. */
        master.begins = 20 * SEC - llrint(20e9 * 120 / tempos[i]);
        master.bpm = tempos[i];
        run(&follower, &master, 20 * SEC + llrint(2 * 240e9 / tempos[i]));
        settled(&follower);
        run(&follower, &master, 100 * SEC);
        assert_true(follower.worst_ms < 0.001);
        assert_true(follower.sync.jumps <= 1);
        assert_int_equal(follower.odd, follower.sync.jumps);
    }
}

static void
a_ramp_of_the_tempo_is_followed_as_it_goes(void **state)
{
    (void)state;
    struct master master = master_at(100);
    master.ramp_from = 10 * SEC;
    master.ramp_to = 50 * SEC;
    master.bpm_per_sec = 1;
    struct follower follower = follower_at(0, 0, 100);
    run(&follower, &master, 9 * SEC);
    settled(&follower);
    run(&follower, &master, 50 * SEC);
    assert_true(follower.worst_ms < 4); /* a look-ahead and a line's age of 1 bpm/s */
    run(&follower, &master, 53 * SEC);
    settled(&follower);
    run(&follower, &master, 100 * SEC);
    assert_true(follower.worst_ms < 0.001);
    assert_int_equal(follower.odd, 0);
}

static void
a_silent_master_is_held_and_then_slewed_to(void **state)
{
    (void)state;
    for (int gap = 1; gap <= 10; gap++) {
        struct master master = master_at(127);
        master.rate = 1.0001;
        struct follower follower = follower_at(0, 0, 127);
        master.silent_from = 20 * SEC;
        master.silent_to = (20 + gap) * SEC;
        run(&follower, &master, 20 * SEC);
        run(&follower, &master, master.silent_to - 1);
        bool lost = gap >= 2; /* its last line was a tenth of a second before */
        assert_int_equal(follower.sync.state, lost ? OD_SYNC_HOLDING : OD_SYNC_LOCKED);
        assert_int_equal(follower.sync.lost, lost ? 1 : 0);
        run(&follower, &master, 40 * SEC);
        assert_int_equal(follower.sync.state, OD_SYNC_LOCKED);
        settled(&follower);
        run(&follower, &master, 60 * SEC);
        assert_true(follower.worst_ms < 0.001);
        assert_int_equal(follower.odd, 0);
        assert_int_equal(follower.sync.jumps, 0);
    }
}

static void
a_day_at_100_ppm_loses_no_step(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        struct master master = master_at(120);
        master.rate = 1 + sign * 100e-6;
        master.every = SEC / 2;
        /* Its tempo is told by its own clock: the rate is in the position only. */
        struct follower follower = follower_at(0, 0, 120);
        run(&follower, &master, 10 * SEC);
        settled(&follower);
        for (od_nsec now = 10 * SEC; now < DAY; now += master.every) {
            plan_to(&follower, &master, now);
            struct od_sync_grid grid = grid_of(&follower);
            struct od_sync_line line = {.step = position_of(&master, now), .bpm = 120, .time = now};
            od_sync_hear(&follower.sync, &line, &grid, now);
        }
        assert_true(follower.worst_ms < 0.2); /* 100 ppm of look-ahead, beat and a line's age */
        assert_int_equal(follower.odd, 0);
        assert_int_equal(follower.sync.jumps, 0);
        assert_in_range(follower.planned, 86400 * 8 - 100, 86400 * 8 + 100);
    }
}

static void
without_its_tempo_s_error_a_day_stays_within_a_microsecond(void **state)
{
    (void)state;
    struct master master = master_at(133.7);
    master.every = SEC;
    struct follower follower = follower_at(0, 0, 133.7);
    run(&follower, &master, DAY);
    assert_true(follower.worst_ms < 0.001);
    assert_int_equal(follower.odd, 0);
}

static void
a_master_that_locates_is_jumped_to(void **state)
{
    (void)state;
    struct master master = master_at(120);
    struct follower follower = follower_at(0, 0, 120);
    run(&follower, &master, 20 * SEC);
    master.begins -= 1000 * 125 * OD_NSEC_PER_MS; /* 1,000 steps on */
    run(&follower, &master, 25 * SEC);
    assert_int_equal(follower.sync.jumps, 1);
    master.begins += 1003 * 125 * OD_NSEC_PER_MS; /* and back, by 3 more */
    run(&follower, &master, 30 * SEC);
    assert_int_equal(follower.sync.jumps, 2);
    settled(&follower);
    run(&follower, &master, 60 * SEC);
    assert_true(follower.worst_ms < 0.001);
    assert_int_equal(follower.odd, 2);
}

static void
who_starts_late_joins_in_phase(void **state)
{
    (void)state;
    struct master master = master_at(120);
    struct follower follower = follower_at(0, 0, 90);
    follower.plays = false;
    run(&follower, &master, 7 * SEC);
    struct od_sync_grid grid = grid_of(&follower);
    od_sync_join(&follower.sync, &grid, follower.now + LEAD);
    assert_int_equal(follower.next_step, (7000 + 200) / 125 + 1);
    follower.plays = true;
    follower.last_step = follower.next_step - 1;
    settled(&follower);
    run(&follower, &master, 60 * SEC);
    assert_true(follower.worst_ms < 0.0001);
    assert_int_equal(follower.odd, 0);
}

static void
a_master_that_counts_in_is_awaited(void **state)
{
    (void)state;
    struct master master = master_at(120);
    master.begins = 10 * SEC;
    struct follower follower = follower_at(0, 0, 120);
    follower.plays = false;
    run(&follower, &master, 5 * SEC);
    struct od_sync_grid grid = grid_of(&follower);
    od_sync_join(&follower.sync, &grid, follower.now + LEAD);
    assert_int_equal(follower.next_step, 0);
    assert_int_equal(od_transport_time(&follower.transport, 0), 10 * SEC);
}

static void
one_wrong_line_among_right_ones_moves_nothing_far(void **state)
{
    (void)state;
    struct master master = master_at(120);
    struct follower follower = follower_at(0, 0, 120);
    run(&follower, &master, 20 * SEC + 300 * OD_NSEC_PER_MS);
    struct od_sync_grid grid = grid_of(&follower);
    struct od_sync_line wrong = {.step = 7e6 + 5, .bpm = 120, .time = follower.now};
    od_sync_hear(&follower.sync, &wrong, &grid, follower.now);
    assert_int_equal(follower.sync.move, OD_SYNC_JUMPS);
    run(&follower, &master, 40 * SEC);
    assert_int_equal(follower.sync.jumps, 0);
    assert_true(follower.worst_ms < 0.001);
}

static void
no_line_within_its_bounds_does_harm(void **state)
{
    (void)state;
    static const double steps[] = {-OD_POSITION_MAX, -17.5, 0, 0.999, 1e6, OD_POSITION_MAX};
    static const double tempos[] = {OD_BPM_MIN, 120, OD_BPM_MAX};
    static const od_nsec times[] = {-OD_SYNC_FAR, -1, 0, 3 * SEC, OD_SYNC_FAR};
    struct follower follower = follower_at(0, 0, 120);
    for (int i = 0; i < 6 * 3 * 5; i++) {
        struct od_sync_grid grid = grid_of(&follower);
        struct od_sync_line line = {steps[i % 6], tempos[i / 6 % 3], times[i / 18]};
        (void)od_sync_error(&follower.sync, &line, &follower.transport, follower.now);
        od_sync_hear(&follower.sync, &line, &grid, follower.now);
        assert_true(follower.next_step >= 0);
        for (int n = 0; n < 40; n++) {
            plan(&follower, NULL);
        }
        follower.now += SEC;
    }
    /* And a sane one puts all right. */
    struct master master = master_at(120);
    follower.now = od_transport_time(&follower.transport, follower.next_step);
    if (follower.now < DAY) {
        run(&follower, &master, follower.now + 100 * SEC);
        settled(&follower);
        run(&follower, &master, follower.now + 100 * SEC);
        assert_true(follower.worst_ms < 0.001);
    }
}

static void
off_leaves_the_tempo_and_makes_no_jump(void **state)
{
    (void)state;
    struct master master = master_at(140);
    struct follower follower = follower_at(0, 0, 120);
    follower.now = 5 * SEC;
    plan_to(&follower, NULL, 5 * SEC);
    hear(&follower, &master, 5 * SEC);
    assert_int_equal(follower.sync.move, OD_SYNC_JUMPS);
    od_sync_off(&follower.sync);
    plan_to(&follower, NULL, 60 * SEC);
    assert_int_equal(follower.sync.jumps, 0);
    assert_int_equal(follower.odd, 0);
    assert_true(follower.transport.bpm > 139.99);
    assert_int_equal(od_sync_next(&follower.sync), OD_NSEC_NEVER);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_of_up_to_half_a_step_is_gone_within_a_beat),
        cmocka_unit_test(a_greater_error_jumps_at_the_masters_next_bar),
        cmocka_unit_test(jitter_of_its_lines_comes_through_at_most_as_it_is),
        cmocka_unit_test(a_step_of_the_tempo_is_followed_within_a_bar),
        cmocka_unit_test(a_ramp_of_the_tempo_is_followed_as_it_goes),
        cmocka_unit_test(a_silent_master_is_held_and_then_slewed_to),
        cmocka_unit_test(a_day_at_100_ppm_loses_no_step),
        cmocka_unit_test(without_its_tempo_s_error_a_day_stays_within_a_microsecond),
        cmocka_unit_test(a_master_that_locates_is_jumped_to),
        cmocka_unit_test(who_starts_late_joins_in_phase),
        cmocka_unit_test(a_master_that_counts_in_is_awaited),
        cmocka_unit_test(one_wrong_line_among_right_ones_moves_nothing_far),
        cmocka_unit_test(no_line_within_its_bounds_does_harm),
        cmocka_unit_test(off_leaves_the_tempo_and_makes_no_jump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
