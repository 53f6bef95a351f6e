/* The player in virtual time: what comes out, in which order, and how a run ends. */
#include <stdlib.h>
#include <string.h>

#include "out/offline.h"
#include "rig.h"
#include "score/midi.h"

struct log {
    size_t n_osc, n_midi, n_clocks, n_grids, positions;
    od_nsec last, first;
    int64_t first_step;
    bool ordered;
    size_t stop_after; /* messages; 0 = never */
    double bpm[16];
};

static bool
heard(struct log *log, od_nsec time, int64_t step)
{
    if (log->n_osc + log->n_midi == 0) {
        log->first = time;
        log->first_step = step;
        log->ordered = true;
    } else {
        log->ordered = log->ordered && time >= log->last;
    }
    log->last = time;
    return log->stop_after == 0 || log->n_osc + log->n_midi + 1 < log->stop_after;
}

static bool
on_osc(void *context, od_nsec time, int64_t step, unsigned char *bundle, size_t size)
{
    struct log *log = context;
    bool more = heard(log, time, step);
    assert_memory_equal(bundle, "#bundle", 8);
    assert_true(size > 16);
    log->n_osc++;
    return more;
}

static bool
on_midi(void *context, const struct od_midi_message *message)
{
    struct log *log = context;
    log->n_clocks += message->bytes[0] == OD_MIDI_CLOCK;
    bool more = heard(log, message->time, message->step);
    log->n_midi++;
    return more;
}

static void
on_grid(void *context, const struct od_transport *transport)
{
    struct log *log = context;
    log->bpm[log->n_grids++] = transport->bpm;
}

static bool
on_position(void *context, int64_t step)
{
    struct log *log = context;
    assert_int_equal(step, log->positions++);
    return true;
}

static struct log
run(struct od_player_settings settings, int64_t loops, const char *first, const char *second,
    size_t stop_after)
{
    struct log log = {.stop_after = stop_after};
    struct rig *rig = rig_new(&settings);
    struct od_take *takes[2] = {rig_take(rig, first), NULL};
    if (second != NULL) {
        takes[1] = rig_take(rig, second);
    }
    struct od_playlist list = {.takes = takes, .n = second != NULL ? 2 : 1, .loops = loops};
    const struct od_offline_sink sink = {&log,        on_osc, on_midi, on_grid,
                                         on_position, NULL,   NULL,    NULL};
    assert_int_equal(od_offline_run(&settings, &list, &sink), OD_OK);
    rig_free(rig);
    return log;
}

static const char song[] =
    "{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\"}}},\"tracks_midi\":{\"m\":{\"channel\":0}},"
    "\"sequences\":{\"d\":{\"events\":[{\"step\":0,\"offset_ms\":-250},{\"step\":5},{\"step\":6,"
    "\"offset_ms\":400}]},\"m\":{\"events\":[{\"step\":1,\"note\":60,\"gate\":300},{\"step\":255,"
    "\"note\":61,\"gate\":8}]}}}";
static const char faster[] =
    "{\"environment\":{\"bpm\":240},\"tracks\":{\"d\":{\"params\":{\"s\":\"sn\"}}},"
    "\"sequences\":{\"d\":{\"events\":[{\"step\":0}]}}}";

static void
a_run_is_in_order_of_time_and_ends_with_every_note_off(void **state)
{
    (void)state;
    struct log log = run(rig_settings(), 2, song, NULL, 0);
    assert_true(log.ordered);
    assert_int_equal(log.n_osc, 6);
    assert_int_equal(log.n_midi, 8);
    assert_int_equal(log.positions, 512);
    assert_int_equal(log.first, MS(-250));
    assert_int_equal(log.last, MS(125) * (257 + 300)); /* struck again at 257; the longest note */
}

static void
a_very_early_event_is_in_order_too(void **state)
{
    (void)state;
    struct log log = run(rig_settings(), 1,
                         "{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\"}}},\"sequences\":{\"d\":{"
                         "\"events\":[{\"step\":0},{\"step\":3,\"offset_ms\":-20000}]}}}",
                         NULL, 0);
    assert_true(log.ordered);
    assert_int_equal(log.n_osc, 2);
    assert_int_equal(log.first, MS(375 - 20000));
}

static void
scores_follow_each_other_at_their_own_tempo(void **state)
{
    (void)state;
    struct log log = run(rig_settings(), 1, song, faster, 0);
    assert_true(log.ordered);
    assert_int_equal(log.n_grids, 2);
    assert_near(log.bpm[0], 120, 0);
    assert_near(log.bpm[1], 240, 0);
    assert_int_equal(log.positions, 512);
    assert_int_equal(log.n_osc, 4);
}

static void
a_score_may_begin_before_the_one_before_is_over(void **state)
{
    (void)state;
    struct log log = run(rig_settings(), 1, faster, song, 0); /* song begins 250 ms early */
    assert_true(log.ordered);
    assert_int_equal(log.n_osc, 4);
}

static void
the_clock_of_a_run_begins_at_step_0(void **state)
{
    (void)state;
    struct od_player_settings settings = rig_settings();
    settings.clock_ports = OD_ALL_PORTS;
    struct log log = run(settings, 1, faster, NULL, 0);
    assert_true(log.ordered);
    assert_int_equal(log.positions, 256);
    assert_int_equal(log.n_clocks, 256 * 6);
    assert_int_equal(log.first, MS(-1)); /* Start */
    assert_int_equal(log.n_midi, 256 * 6 + 2);
}

static void
offsets_that_a_player_covers_by_its_look_ahead_lose_nothing(void **state)
{
    (void)state;
    const struct log straight = run(rig_settings(), 2, song, NULL, 0);
    struct od_player_settings settings = rig_settings();
    settings.clock_ports = OD_ALL_PORTS;
    rig_midi_offset(&settings, MS(-150));
    rig_osc_offset(&settings, MS(-150));
    struct log log = run(settings, 2, song, NULL, 0);
    assert_true(log.ordered);
    assert_int_equal(log.n_osc, straight.n_osc);
    assert_int_equal(log.n_midi - log.n_clocks, straight.n_midi + 2); /* Start and Stop */
    assert_int_equal(log.n_clocks, 512 * OD_CLOCKS_PER_STEP);
    assert_int_equal(log.first, straight.first + MS(-150));
}

static void
outputs_that_are_shifted_apart_still_come_in_order_of_time(void **state)
{
    (void)state;
    static const od_nsec shifts[][2] = {{MS(-150), MS(40)}, {MS(400), MS(-90)}, {MS(70), 0}};
    for (size_t i = 0; i < sizeof shifts / sizeof shifts[0]; i++) {
        struct od_player_settings settings = rig_settings();
        rig_osc_offset(&settings, shifts[i][0]);
        rig_midi_offset(&settings, shifts[i][1]);
        struct log log = run(settings, 1, song, NULL, 0);
        assert_true(log.n_osc > 0 && log.n_midi > 0);
        assert_true(log.ordered);
    }
}

static void
the_sink_may_end_a_run(void **state)
{
    (void)state;
    for (size_t n = 1; n < 9; n++) {
        struct log log = run(rig_settings(), 0, song, NULL, n);
        assert_int_equal(log.n_osc + log.n_midi, n);
    }
}

static void
a_list_without_programs_is_over_at_once(void **state)
{
    (void)state;
    struct log log = {0};
    struct od_player_settings settings = rig_settings();
    struct od_playlist list = {.loops = 1};
    const struct od_offline_sink sink = {&log, on_osc, on_midi, NULL, NULL, NULL, NULL, NULL};
    assert_int_equal(od_offline_run(&settings, &list, &sink), OD_OK);
    assert_int_equal(log.n_osc + log.n_midi, 0);
}

static void
a_sink_may_want_nothing(void **state)
{
    (void)state;
    struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    struct od_take *take = rig_take(rig, song);
    struct od_playlist list = {.takes = &take, .n = 1, .loops = 1};
    const struct od_offline_sink sink = {0};
    assert_int_equal(od_offline_run(&settings, &list, &sink), OD_OK);
    rig_free(rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_in_order_of_time_and_ends_with_every_note_off),
        cmocka_unit_test(a_very_early_event_is_in_order_too),
        cmocka_unit_test(scores_follow_each_other_at_their_own_tempo),
        cmocka_unit_test(a_score_may_begin_before_the_one_before_is_over),
        cmocka_unit_test(the_clock_of_a_run_begins_at_step_0),
        cmocka_unit_test(offsets_that_a_player_covers_by_its_look_ahead_lose_nothing),
        cmocka_unit_test(outputs_that_are_shifted_apart_still_come_in_order_of_time),
        cmocka_unit_test(the_sink_may_end_a_run),
        cmocka_unit_test(a_list_without_programs_is_over_at_once),
        cmocka_unit_test(a_sink_may_want_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
