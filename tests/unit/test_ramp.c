/* Tempos that move while it plays: from where they stand, through pauses, until something newer. */
#include "rig.h"

#define FIRST (MS(200)) /* when step 0 sounds */
#define SONG                                                                                       \
    "{\"environment\":{\"bpm\":120},\"tracks\":{\"bd\":{\"params\":{\"s\":\"bd\"}}},"              \
    "\"sequences\":"                                                                               \
    "{\"bd\":{\"length\":1,\"events\":[{\"step\":0}]}}}"

static void
ramp(struct rig *rig, double to, int64_t steps, int64_t at)
{
    const struct od_command command = {.kind = OD_COMMAND_BPM,
                                       .owner = OD_OWNER_TIMED,
                                       .when = at < 0 ? OD_WHEN_NOW : OD_WHEN_AT,
                                       .step = at,
                                       .change = 7,
                                       .number = to,
                                       .place = steps};
    od_player_command(&rig->player, &command, rig->now);
}

static double
tempo_of(const struct rig *rig, size_t n)
{
    return rig_number(rig_osc(rig, "bd", n), "cps") * 240;
}

/* The steps of the definition, one after another. */
static void
check(const struct rig *rig, int64_t at, double from, double to, int64_t steps, int64_t last)
{
    double ns = (double)rig_osc(rig, "bd", (size_t)at)->sounds;
    for (int64_t j = 0; at + j < last; j++) {
        double tempo = j < steps ? from * pow(to / from, (double)j / (double)steps) : to;
        const struct heard *heard = rig_osc(rig, "bd", (size_t)(at + j));
        assert_near(heard->sounds, ns, 1.1);
        assert_near(tempo_of(rig, (size_t)(at + j)), tempo, tempo * 1e-6);
        ns += 15e9 / tempo;
    }
}

static void
a_tempo_moves_step_by_step_as_it_is_defined(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    rig_start(rig, SONG);
    ramp(rig, 180, 64, 16);
    ramp(rig, 30, 3, 100);
    ramp(rig, 30, 16, 110);
    rig_to(rig, MS(60000));
    check(rig, 0, 120, 120, 1, 16);
    check(rig, 16, 120, 180, 64, 100);
    check(rig, 100, 180, 30, 3, 150);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_TEMPO), 3); /* each is told when it is over */
    assert_near(rig->player.environment.bpm, 30, 0);
    rig_free(rig);
}

static void
what_is_newer_takes_the_place_of_a_ramp_where_it_stands(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    rig_start(rig, SONG);
    ramp(rig, 480, 64, 0 + 16);
    ramp(rig, 60, 32, 48); /* half way it is 240 */
    ramp(rig, 90, 0, 64);
    rig_to(rig, MS(30000));
    check(rig, 16, 120, 480, 64, 48);
    check(rig, 48, 240, 60, 32, 64);
    check(rig, 64, 90, 90, 1, 100);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_TEMPO), 0);
    rig_free(rig);
}

static void
a_ramp_waits_through_a_pause(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    rig_start(rig, SONG);
    ramp(rig, 240, 64, 16);
    rig_to(rig, MS(4000));
    rig_command(rig, OD_COMMAND_PAUSE);
    size_t n = rig_count_osc(rig, "bd");
    assert_in_range(n, 17, 60);
    rig_to(rig, MS(9000));
    assert_int_equal(rig_count_osc(rig, "bd"), n);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, MS(40000));
    check(rig, 16, 120, 240, 64, (int64_t)n);
    double ns = (double)rig_osc(rig, "bd", n)->sounds;
    assert_near(ns, MS(9200), 1.1);
    for (size_t k = n; k < 120; k++) {
        double tempo = 120 * pow(2, fmin((double)k - 16, 64) / 64);
        assert_near(rig_osc(rig, "bd", k)->sounds, ns, 1.1);
        assert_near(tempo_of(rig, k), tempo, tempo * 1e-6);
        ns += 15e9 / tempo;
    }
    rig_free(rig);
}

static void
a_stop_leaves_what_a_ramp_reached(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    rig_start(rig, SONG);
    ramp(rig, 480, 64, 16);
    const struct od_command stop = {.kind = OD_COMMAND_STOP,
                                    .owner = OD_OWNER_TIMED,
                                    .when = OD_WHEN_AT,
                                    .step = 48,
                                    .change = 8};
    od_player_command(&rig->player, &stop, rig->now);
    rig_to(rig, MS(20000));
    assert_int_equal(rig_count_osc(rig, "bd"), 48);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, MS(22000));
    check(rig, 48, 240, 240, 1, 60);
    rig_free(rig);
}

static void
a_ramp_before_the_start_begins_with_it_also_for_who_comes_late(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    for (int late = 0; late < 2; late++) {
        struct rig *rig = rig_new(&settings);
        rig_program(rig, rig_take(rig, SONG), OD_WHEN_NOW, 0);
        ramp(rig, 240, 64, -1);
        struct od_command start = {.kind = OD_COMMAND_START, .time = FIRST};
        rig_late(rig, late ? MS(4000) : 0);
        od_player_command(&rig->player, &start, rig->now);
        rig_to(rig, MS(12000));
        size_t first = (size_t)rig_osc(rig, "bd", 0)->step;
        assert_true(late ? first > 20 && first < 60 : first == 0);
        double ns = (double)FIRST;
        for (size_t k = 0; k < 100; k++) {
            double tempo = 120 * pow(2, fmin((double)k, 64) / 64);
            if (k >= first) {
                assert_near(rig_osc(rig, "bd", k - first)->sounds, ns, 1.1);
                assert_near(tempo_of(rig, k - first), tempo, tempo * 1e-6);
            }
            ns += 15e9 / tempo;
        }
        rig_free(rig);
    }
}

static void
what_a_stall_skips_of_a_ramp_is_skipped_on_its_grid(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    rig_start(rig, SONG);
    ramp(rig, 240, 64, 16);
    rig_to(rig, MS(3000));
    size_t n = rig_count_osc(rig, "bd");
    rig_late(rig, MS(5000));
    rig_to(rig, MS(15000));
    assert_true(rig->player.counts.dropped_steps > 5);
    double ns = (double)rig_osc(rig, "bd", 16)->sounds;
    for (int64_t k = 16; k < 120; k++) {
        size_t i = k < (int64_t)n ? (size_t)k : (size_t)k - rig->player.counts.dropped_steps;
        if (k < (int64_t)n || k >= (int64_t)(n + rig->player.counts.dropped_steps)) {
            assert_int_equal(rig_osc(rig, "bd", i)->step, k);
            assert_near(rig_osc(rig, "bd", i)->sounds, ns, 1.1);
        }
        ns += 15e9 / (120 * pow(2, fmin((double)k - 16, 64) / 64));
    }
    rig_free(rig);
}

static void
a_master_ends_a_ramp_and_it_is_said(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    rig_start(rig, SONG);
    ramp(rig, 240, 64, 16);
    rig_to(rig, MS(4000));
    const struct od_command master = {.kind = OD_COMMAND_SYNC,
                                      .sync = {.step = 35, .bpm = 100, .time = MS(4000)}};
    od_player_command(&rig->player, &master, rig->now);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_PASSED_OVER), 1);
    rig_to(rig, MS(5900));
    assert_near(rig->player.environment.bpm, 100, 0);
    ramp(rig, 240, 64, -1);
    assert_near(rig->player.transport.ramp.steps, 0, 0);
    rig_free(rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tempo_moves_step_by_step_as_it_is_defined),
        cmocka_unit_test(what_is_newer_takes_the_place_of_a_ramp_where_it_stands),
        cmocka_unit_test(a_ramp_waits_through_a_pause),
        cmocka_unit_test(a_stop_leaves_what_a_ramp_reached),
        cmocka_unit_test(a_ramp_before_the_start_begins_with_it_also_for_who_comes_late),
        cmocka_unit_test(what_a_stall_skips_of_a_ramp_is_skipped_on_its_grid),
        cmocka_unit_test(a_master_ends_a_ramp_and_it_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
