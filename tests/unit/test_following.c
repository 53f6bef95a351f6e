/* The player in step with a master: what it plays, and when, while lines of where that is come in.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "score/midi.h"

#define STEP     MS(125) /* at 120 BPM */
#define NOTE_ON  0x90u
#define NOTE_OFF 0x80u

/* A note and a sound on each step. */
static char *
song(const char *environment)
{
    static char text[2 * 32768 + 1024];
    static char events[32768];
    size_t at = 0;
    for (int step = 0; step < 256; step++) {
        at += (size_t)snprintf(events + at, sizeof events - at,
                               "%s{\"step\":%d,\"note\":%d,\"gate\":0.5}", step > 0 ? "," : "",
                               step, step / 2);
    }
    snprintf(text, sizeof text,
             "{\"environment\":{%s},\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\"}}},"
             "\"tracks_midi\":{\"m\":{\"channel\":0}},\"sequences\":{\"d\":{\"events\":[%s]},"
             "\"m\":{\"events\":[%s]}}}",
             environment, events, events);
    return text;
}

static struct rig *
rig_clocked(bool clock)
{
    struct od_player_settings settings = rig_settings();
    settings.clock_ports = clock ? OD_ALL_PORTS : 0;
    struct rig *rig = rig_new(&settings);
    rig->plain = true;
    return rig;
}

/* At 0 the master is at step `from`. */
struct master {
    double from, bpm;
};

static double
position_of(const struct master *master, od_nsec time)
{
    return master->from + (double)time / 15e9 * master->bpm;
}

static void
speak(struct rig *rig, const struct master *master)
{
    struct od_command command = {.kind = OD_COMMAND_SYNC,
                                 .sync = {position_of(master, rig->now), master->bpm, rig->now}};
    od_player_command(&rig->player, &command, rig->now);
}

/* Until then the master speaks four times a second. */
static void
follow(struct rig *rig, const struct master *master, od_nsec until)
{
    while (rig->now < until) {
        speak(rig, master);
        od_nsec next = rig->now + MS(250);
        rig_to(rig, next < until ? next : until);
    }
}

/* The greatest distance of a note from where the master has its step, from `from` on; each note is
 * the step's own, and no step of the loop is missed or played twice. Returns ms. */
static double
worst(const struct rig *rig, const struct master *master, od_nsec from)
{
    double most = 0;
    int64_t last = -1;
    for (size_t i = 0; i < rig->n_heard; i++) {
        const struct heard *heard = &rig->heard[i];
        if (!heard->midi || heard->bytes[0] != NOTE_ON || heard->sounds < from) {
            continue;
        }
        double off = (double)heard->step - position_of(master, heard->sounds);
        most = fmax(most, fabs(off) * 15000 / master->bpm);
        assert_int_equal(heard->bytes[1], heard->step % 256 / 2);
        assert_true(last < 0 || heard->step == last + 1);
        last = heard->step;
    }
    assert_true(last >= 0);
    return most;
}

static void
who_starts_while_a_master_speaks_comes_in_in_phase(void **state)
{
    (void)state;
    struct rig *rig = rig_clocked(false);
    struct master master = {1000.3, 133};
    follow(rig, &master, MS(1000));
    rig_start(rig, song("\"bpm\": 90"));
    follow(rig, &master, MS(20000));
    assert_true(worst(rig, &master, 0) < 0.001);
    assert_int_equal(rig->player.sync.jumps, 0);
    double first = position_of(&master, MS(1200));
    const struct heard *heard = rig_midi(rig, NOTE_ON, 0);
    assert_int_equal(heard->step, (int64_t)ceil(first));
    rig_free(rig);
}

static void
who_plays_is_slewed_or_jumps(void **state)
{
    (void)state;
    for (int tenth = -40; tenth <= 200; tenth += 7) {
        struct rig *rig = rig_clocked(false);
        struct master master = {tenth / 10.0, 120};
        rig_start(rig, song("\"bpm\": 120"));
        rig_to(rig, MS(5000));
        follow(rig, &master, MS(30000));
        assert_true(worst(rig, &master, MS(9000)) < 0.001);
        double error = fabs(tenth / 10.0 + 1.6); /* step 0 sounds a look-ahead after the start */
        assert_int_equal(rig->player.sync.jumps, error > 0.5 ? 1 : 0);
        rig_free(rig);
    }
}

static void
notes_end_and_none_is_struck_twice_over_a_jump(void **state)
{
    (void)state;
    struct rig *rig = rig_clocked(true);
    struct master master = {807.2, 120};
    rig_start(rig, song(""));
    rig_to(rig, MS(5000));
    follow(rig, &master, MS(30000));
    assert_int_equal(rig->player.sync.jumps, 1);
    rig_command(rig, OD_COMMAND_STOP);
    assert_int_equal(rig_count_midi(rig, NOTE_ON), rig_count_midi(rig, NOTE_OFF));
    /* Slaves of ours are told where we are: Stop, Song Position, Continue, once. */
    assert_int_equal(rig_count_midi(rig, OD_MIDI_SONG_POSITION), 1);
    assert_int_equal(rig_count_midi(rig, OD_MIDI_CONTINUE), 1);
    const struct heard *position = rig_midi(rig, OD_MIDI_SONG_POSITION, 0);
    assert_int_equal(position->bytes[1] + position->bytes[2] * 128, position->step);
    assert_int_equal(position->step % 16, 0);
    rig_free(rig);
}

static void
a_session_says_no_tempo_while_a_master_leads(void **state)
{
    (void)state;
    struct rig *rig = rig_clocked(false);
    struct master master = {0, 140};
    follow(rig, &master, MS(500));
    rig_start(rig, song("\"bpm\": 90"));
    follow(rig, &master, MS(5000));
    rig_program(rig, rig_take(rig, song("\"bpm\": 200, \"swing\": 0.25")), OD_WHEN_BAR, 0);
    follow(rig, &master, MS(20000));
    assert_near(rig->player.environment.bpm, 140, 1e-9);
    assert_near(rig->player.environment.swing, 0.25, 1e-9);
    struct od_command bpm = {.kind = OD_COMMAND_BPM,
                             .owner = OD_OWNER_TIMED,
                             .when = OD_WHEN_AFTER,
                             .step = 4,
                             .change = 7,
                             .number = 60};
    od_player_command(&rig->player, &bpm, rig->now);
    follow(rig, &master, MS(25000));
    assert_near(rig->player.environment.bpm, 140, 1e-9);
    assert_int_equal(rig_notice(rig, OD_NOTICE_PASSED_OVER)->change, 7);
    rig_free(rig);
}

static void
a_lost_master_leaves_its_tempo_until_another_is_said(void **state)
{
    (void)state;
    struct rig *rig = rig_clocked(false);
    struct master master = {0, 140};
    rig_start(rig, song("\"bpm\": 90"));
    follow(rig, &master, MS(10000));
    od_nsec spoke = rig->now - MS(250);
    rig_to(rig, spoke + OD_SYNC_LOST - 1);
    assert_int_equal(rig_notice(rig, OD_NOTICE_SYNC)->sync.state, OD_SYNC_LOCKED);
    rig_to(rig, spoke + OD_SYNC_LOST);
    assert_int_equal(rig_notice(rig, OD_NOTICE_SYNC)->sync.state, OD_SYNC_HOLDING);
    rig_to(rig, MS(20000));
    assert_true(worst(rig, &master, MS(14000)) < 0.001);
    rig_bpm(rig, 100);
    assert_near(rig->player.environment.bpm, 100, 1e-9);
    rig_to(rig, MS(30000));
    assert_near(rig->player.transport.bpm, 100, 1e-9);
    rig_free(rig);
}

static void
a_master_is_lost_while_nothing_plays_too(void **state)
{
    (void)state;
    struct rig *rig = rig_clocked(false);
    struct master master = {500, 140};
    speak(rig, &master);
    assert_int_equal(od_player_next(&rig->player), OD_SYNC_LOST);
    rig_to(rig, MS(3000));
    assert_int_equal(rig_notice(rig, OD_NOTICE_SYNC)->sync.state, OD_SYNC_HOLDING);
    rig_start(rig, song("\"bpm\": 90"));
    rig_to(rig, MS(4000));
    assert_int_equal(rig_midi(rig, NOTE_ON, 0)->step, 0); /* from the top, in its own tempo */
    assert_near(rig->player.transport.bpm, 90, 1e-9);
    rig_free(rig);
}

static void
off_leaves_the_tempo(void **state)
{
    (void)state;
    struct rig *rig = rig_clocked(false);
    struct master master = {0, 140};
    rig_start(rig, song("\"bpm\": 90"));
    follow(rig, &master, MS(10000));
    rig_command(rig, OD_COMMAND_SYNC_OFF);
    rig_to(rig, MS(20000));
    assert_int_equal(rig_notice(rig, OD_NOTICE_SYNC)->sync.state, OD_SYNC_OFF);
    assert_near(rig->player.environment.bpm, 140, 1e-9);
    rig_bpm(rig, 77);
    assert_near(rig->player.environment.bpm, 77, 1e-9);
    rig_free(rig);
}

static void
what_a_jump_skips_acts_at_the_next_step_and_what_it_repeats_does_not(void **state)
{
    (void)state;
    struct rig *rig = rig_clocked(false);
    rig_start(rig, song(""));
    struct od_command swing = {.kind = OD_COMMAND_SWING,
                               .owner = OD_OWNER_TIMED,
                               .when = OD_WHEN_AT,
                               .step = 200,
                               .change = 3,
                               .number = 0.5};
    od_player_command(&rig->player, &swing, 0);
    rig_to(rig, MS(5000));
    struct master master = {400, 120};
    follow(rig, &master, MS(10000));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_ACTED), 1);
    assert_near(rig->player.environment.swing, 0.5, 1e-9);
    master.from = 100; /* and back, over step 200 again */
    follow(rig, &master, MS(30000));
    assert_int_equal(rig->player.sync.jumps, 2);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_ACTED), 1);
    rig_free(rig);
}

static void
a_stall_while_the_grid_is_bent_keeps_the_phase(void **state)
{
    (void)state;
    for (int ms = 60; ms < 9000; ms = ms * 3 / 2) {
        struct rig *rig = rig_clocked(false);
        struct master master = {-1.2, 120}; /* 0.4 steps off */
        rig_start(rig, song(""));
        rig_to(rig, MS(5010));
        speak(rig, &master);
        rig_late(rig, rig->now + MS(200 + ms));
        od_nsec woke = rig->now;
        follow(rig, &master, MS(30000));
        assert_true(worst(rig, &master, woke + MS(1000)) < 0.001);
        rig_free(rig);
    }
}

static void
its_tempo_is_what_messages_say_not_that_of_the_bend(void **state)
{
    (void)state;
    struct rig *rig = rig_clocked(false);
    rig->plain = false;
    struct master master = {-1.2, 120};
    rig_start(rig, song(""));
    rig_to(rig, MS(5000));
    follow(rig, &master, MS(8000));
    for (size_t i = 0; i < rig_count_osc(rig, "bd"); i++) {
        assert_near(rig_number(rig_osc(rig, "bd", i), "cps"), 0.5, 1e-6);
    }
    rig_free(rig);
}

static void
a_list_plays_whole_loops_of_the_master(void **state)
{
    (void)state;
    struct rig *rig = rig_clocked(false);
    struct master master = {1000, 120};
    struct od_command end = {.kind = OD_COMMAND_END, .place = 2 * OD_STEPS};
    od_player_command(&rig->player, &end, 0);
    speak(rig, &master);
    rig_start(rig, song(""));
    follow(rig, &master, MS(100000));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_FINISHED), 1);
    size_t n = rig_count_midi(rig, NOTE_ON);
    assert_int_equal(rig_midi(rig, NOTE_ON, n - 1)->step, 5 * OD_STEPS - 1);
    rig_free(rig);
}

static void
an_hour_of_lines_that_jitter_loses_nothing(void **state)
{
    (void)state;
    struct rig *rig = rig_clocked(true);
    struct master master = {0, 999};
    uint32_t seed = 7;
    rig_start(rig, song(""));
    for (int i = 0; i < 3000; i++) {
        struct od_command command = {
            .kind = OD_COMMAND_SYNC,
            .sync = {position_of(&master, rig->now), master.bpm,
                     rig->now + MS(rig_random(&seed) % 6000 / 1000.0 - 3)}};
        od_player_command(&rig->player, &command, rig->now);
        rig_to(rig, rig->now + MS(1 + rig_random(&seed) % 400));
        if (i % 100 == 99) {
            (void)worst(rig, &master, rig->now - MS(300));
            rig_forget(rig);
        }
    }
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_SKIPPED), 0);
    rig_free(rig);
}

static void
what_is_jumped_over_is_no_error_of_the_phase(void **state)
{
    (void)state;
    struct rig *rig = rig_clocked(false);
    struct master master = {700.2, 120};
    rig_start(rig, song(""));
    rig_to(rig, MS(3000));
    follow(rig, &master, MS(20000));
    assert_int_equal(rig->player.sync.jumps, 1);
    size_t far = 0;
    size_t near = 0;
    for (size_t i = 0; i < rig->n_notices; i++) {
        const struct od_notice *notice = &rig->notices[i];
        if (notice->kind == OD_NOTICE_SYNC && notice->sync.measured) {
            assert_true(notice->sync.in_step == (llabs(notice->sync.error) <= STEP / 2));
            near += notice->sync.in_step ? 1 : 0;
            far += notice->sync.in_step ? 0 : 1;
        }
    }
    assert_in_range(far, 1, 11); /* a bar, and a look-ahead, four times a second */
    assert_true(near > 50);
    rig_free(rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_starts_while_a_master_speaks_comes_in_in_phase),
        cmocka_unit_test(who_plays_is_slewed_or_jumps),
        cmocka_unit_test(notes_end_and_none_is_struck_twice_over_a_jump),
        cmocka_unit_test(a_session_says_no_tempo_while_a_master_leads),
        cmocka_unit_test(a_lost_master_leaves_its_tempo_until_another_is_said),
        cmocka_unit_test(a_master_is_lost_while_nothing_plays_too),
        cmocka_unit_test(off_leaves_the_tempo),
        cmocka_unit_test(what_a_jump_skips_acts_at_the_next_step_and_what_it_repeats_does_not),
        cmocka_unit_test(a_stall_while_the_grid_is_bent_keeps_the_phase),
        cmocka_unit_test(its_tempo_is_what_messages_say_not_that_of_the_bend),
        cmocka_unit_test(a_list_plays_whole_loops_of_the_master),
        cmocka_unit_test(what_is_jumped_over_is_no_error_of_the_phase),
        cmocka_unit_test(an_hour_of_lines_that_jitter_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
