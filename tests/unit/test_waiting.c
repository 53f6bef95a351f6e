/* What waits in the player: exact to the step, in its order, and nobody's disturbs another's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"
#include "score/midi.h"

#define STEP  MS(125) /* at 120 BPM */
#define FIRST MS(200) /* when step 0 sounds: a look-ahead after the start */

static char *
song(const char *sound, const char *environment)
{
    static char texts[8][16384];
    static int next;
    char *text = texts[next++ % 8];
    size_t at = (size_t)snprintf(text, sizeof texts[0],
                                 "{\"environment\":{%s},\"tracks\":{\"d\":{\"params\":{\"s\":\"%s\""
                                 "}}},\"sequences\":{\"d\":{\"events\":[",
                                 environment, sound);
    for (int step = 0; step < 256; step++) {
        at += (size_t)snprintf(text + at, sizeof texts[0] - at, "%s{\"step\":%d}",
                               step > 0 ? "," : "", step);
    }
    snprintf(text + at, sizeof texts[0] - at, "]}}}");
    return text;
}

static struct rig *
rig_playing(const char *sound)
{
    struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    rig_start(rig, song(sound, ""));
    return rig;
}

static void
send(struct rig *rig, struct od_command command)
{
    if (command.program != NULL) {
        rig_handed(rig, od_take_of(command.program));
    }
    od_player_command(&rig->player, &command, rig->now);
}

static struct od_command
at(enum od_command_kind kind, int64_t step)
{
    return (struct od_command){.kind = kind,
                               .owner = OD_OWNER_TIMED,
                               .when = OD_WHEN_AT,
                               .step = step,
                               .change = 1,
                               .time = OD_NSEC_NEVER};
}

static struct od_command
at_number(enum od_command_kind kind, int64_t step, double number)
{
    struct od_command command = at(kind, step);
    command.number = number;
    return command;
}

static struct od_command
at_program(struct rig *rig, int64_t step, const char *sound, uint64_t change)
{
    struct od_command command = at(OD_COMMAND_PROGRAM, step);
    command.program = od_take_program(rig_take(rig, song(sound, "")));
    command.program->change = change;
    return command;
}

static void
follow(struct rig *rig, const char *sound)
{
    send(rig, (struct od_command){.kind = OD_COMMAND_FOLLOW,
                                  .owner = OD_OWNER_LIST,
                                  .place = OD_STEPS,
                                  .program = od_take_program(rig_take(rig, song(sound, "")))});
}

static od_nsec
time_of(const struct rig *rig, const char *sound, size_t n)
{
    return rig_osc(rig, sound, n)->sounds;
}

/* ---- exactly at its step ---- */

static void
a_tempo_sets_the_grid_of_its_step_and_not_of_the_one_before(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    send(rig, at_number(OD_COMMAND_BPM, 32, 240));
    assert_int_equal(rig_notice(rig, OD_NOTICE_PENDING)->step, 32);
    assert_int_equal(rig_notice(rig, OD_NOTICE_PENDING)->time, FIRST + 32 * STEP);
    rig_to(rig, MS(10000));
    assert_int_equal(time_of(rig, "bd", 32), FIRST + 32 * STEP);
    assert_int_equal(time_of(rig, "bd", 33), FIRST + 32 * STEP + STEP / 2);
    assert_int_equal(rig_notice(rig, OD_NOTICE_ACTED)->step, 32);
    assert_int_equal(rig_notice(rig, OD_NOTICE_ACTED)->time, FIRST + 32 * STEP);
    rig_free(rig);
}

static void
commands_of_one_step_act_as_they_came(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    for (int i = 0; i < 1000; i++) {
        send(rig, at_number(OD_COMMAND_BPM, 16, 60 + i % 100));
        send(rig, at_number(OD_COMMAND_SWING, 16, i / 1000.0));
    }
    send(rig, at_number(OD_COMMAND_BPM, 16, 120));
    rig_to(rig, MS(5000));
    assert_int_equal(time_of(rig, "bd", 18), FIRST + 18 * STEP);
    assert_int_equal(time_of(rig, "bd", 17), FIRST + 17 * STEP + llrint(0.999 / 3 * 125e6));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_ACTED), 2001);
    rig_free(rig);
}

static void
a_program_comes_with_its_step(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("old");
    send(rig, at_program(rig, 40, "b", 2));
    send(rig, at_program(rig, 24, "a", 1));
    rig_to(rig, MS(10000));
    assert_int_equal(rig_count_osc(rig, "old"), 24);
    assert_int_equal(rig_count_osc(rig, "a"), 16);
    assert_int_equal(rig_osc(rig, "b", 0)->step, 40);
    rig_free(rig);
}

static void
a_stop_at_a_step_lets_all_before_it_sound(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    send(rig, at(OD_COMMAND_STOP, 16));
    rig_to(rig, MS(1000));
    rig_to(rig, MS(10000));
    assert_int_equal(rig_count_osc(rig, "bd"), 16);
    assert_int_equal(rig->player.state, OD_STOPPED);
    rig_free(rig);
}

static void
a_start_right_behind_a_timed_stop_waits_until_it_is_quiet(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    send(rig, at(OD_COMMAND_STOP, 16));
    rig_to(rig, FIRST + 16 * STEP - MS(150)); /* planned, and not yet heard */
    assert_int_equal(rig->player.state, OD_STOPPED);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, rig->now + MS(2000));
    assert_int_equal(rig_osc(rig, "bd", 16)->step, 0);
    assert_true(time_of(rig, "bd", 16) >= FIRST + 16 * STEP);
    rig_free(rig);
}

static void
a_pause_at_a_step_begins_there(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    send(rig, at(OD_COMMAND_PAUSE, 16));
    rig_to(rig, MS(10000));
    assert_int_equal(rig_count_osc(rig, "bd"), 16);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, MS(11000));
    assert_int_equal(rig_osc(rig, "bd", 16)->step, 16);
    rig_free(rig);
}

static void
a_quit_at_a_step_ends_the_run_there(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    send(rig, at(OD_COMMAND_QUIT, 16));
    rig_to(rig, MS(10000));
    assert_int_equal(rig_count_osc(rig, "bd"), 16);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_FINISHED), 1);
    rig_free(rig);
}

static void
a_quit_that_acted_ends_the_run_though_it_was_stopped_meanwhile(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    send(rig, at(OD_COMMAND_QUIT, 16));
    rig_to(rig, FIRST + 16 * STEP - MS(150));
    rig_command(rig, OD_COMMAND_STOP);
    rig_to(rig, MS(10000));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_FINISHED), 1);
    rig_free(rig);
}

static void
a_trigger_at_a_step_sounds_with_it(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    struct od_command command = at(OD_COMMAND_TRIGGER, 16);
    command.trigger.note = OD_EVENT_NO_NOTE;
    command.trigger.velocity = 0.5F;
    command.trigger.gate_steps = -1;
    command.trigger.milliseconds = -1;
    send(rig, command);
    rig_to(rig, MS(10000));
    size_t n = 0;
    for (size_t i = 0; i < rig->n_heard; i++) {
        if (rig->heard[i].step == 16) {
            assert_int_equal(rig->heard[i].sounds, FIRST + 16 * STEP);
            assert_int_equal(rig->heard[i].sent, FIRST + 16 * STEP - MS(200));
            n++;
        }
    }
    assert_int_equal(n, 2);
    rig_free(rig);
}

static void
a_place_that_was_planned_is_refused_and_never_done(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    rig_to(rig, FIRST + 10 * STEP); /* steps 0 to 11 are planned */
    send(rig, at_number(OD_COMMAND_BPM, 11, 240));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_PAST), 1);
    send(rig, at_program(rig, 3, "never", 5)); /* and comes back: rig_free checks */
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_PAST), 2);
    send(rig, at_number(OD_COMMAND_BPM, 12, 240));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_PENDING), 1);
    rig_to(rig, MS(10000));
    assert_int_equal(time_of(rig, "bd", 12) + STEP / 2, time_of(rig, "bd", 13));
    assert_int_equal(rig_count_osc(rig, "never"), 0);
    rig_free(rig);
}

static void
what_a_stall_skips_is_done_at_the_next_step_that_plays(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("old");
    send(rig, at_program(rig, 20, "a", 1));
    send(rig, at_program(rig, 30, "b", 2));
    send(rig, at_number(OD_COMMAND_GATE, 35, 3));
    rig_to(rig, FIRST + 10 * STEP);
    rig_late(rig, FIRST + 50 * STEP);
    rig_to(rig, FIRST + 60 * STEP);
    assert_int_equal(rig_count_osc(rig, "a"), 0);
    assert_int_equal(rig_osc(rig, "b", 0)->step, 50);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_ACTED), 1);
    assert_near(rig_number(rig_osc(rig, "b", 0), "sustain"), 0.375, 1e-6);
    rig_free(rig);
}

static void
an_early_event_of_what_comes_is_in_time(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("old");
    struct od_command command = at(OD_COMMAND_PROGRAM, 40);
    command.program = od_take_program(rig_take(
        rig, "{\"tracks\":{\"e\":{\"params\":{\"s\":\"early\"}}},\"sequences\":{\"e\":{\"events\":["
             "{\"step\":40,\"offset_ms\":-3000}]}}}"));
    send(rig, at_number(OD_COMMAND_BPM, 60, 100)); /* what waits behind it changes nothing */
    send(rig, command);
    rig_to(rig, MS(10000));
    assert_int_equal(time_of(rig, "early", 0), FIRST + 40 * STEP - MS(3000));
    assert_int_equal(rig_osc(rig, "early", 0)->sent, time_of(rig, "early", 0) - MS(200));
    rig_free(rig);
}

/* ---- what counts from where it stands ---- */

static void
a_place_ahead_counts_from_the_step_that_is_planned_next(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    rig_to(rig, FIRST + 10 * STEP);
    struct od_command command = at(OD_COMMAND_PAUSE, 4);
    command.when = OD_WHEN_AFTER;
    send(rig, command);
    assert_int_equal(rig_notice(rig, OD_NOTICE_PENDING)->step, 16);
    rig_free(rig);
}

static void
while_nothing_plays_only_a_place_of_its_own_can_be_waited_for(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    rig_command(rig, OD_COMMAND_STOP);
    struct od_command command = at(OD_COMMAND_BPM, 4);
    command.number = 240;
    command.when = OD_WHEN_AFTER;
    send(rig, command);
    command.when = OD_WHEN_BAR;
    send(rig, command);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_IDLE), 2);
    send(rig, at_number(OD_COMMAND_BPM, 4, 240));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_PENDING), 1);
    rig_forget(rig);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, rig->now + MS(3000));
    assert_int_equal(time_of(rig, "bd", 5) - time_of(rig, "bd", 4), STEP / 2);
    assert_int_equal(time_of(rig, "bd", 4) - time_of(rig, "bd", 3), STEP);
    rig_free(rig);
}

/* ---- the wall clock ---- */

#define WALL (1000 * OD_NSEC_PER_SEC)

static struct od_command
on_clock(enum od_command_kind kind, od_nsec after, double number)
{
    return (struct od_command){.kind = kind,
                               .owner = OD_OWNER_TIMED,
                               .when = OD_WHEN_CLOCK,
                               .wall = WALL + after,
                               .number = number,
                               .change = 9,
                               .time = OD_NSEC_NEVER};
}

static void
a_time_of_the_clock_is_the_nearest_step_whatever_the_tempo_becomes(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    od_player_wall(&rig->player, WALL);
    send(rig, on_clock(OD_COMMAND_SWING, FIRST + 20 * STEP + MS(60), 1)); /* step 20 … */
    send(rig, at_number(OD_COMMAND_BPM, 8, 240));                         /* … now 33 */
    rig_to(rig, MS(10000));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_ACTED), 2);
    const struct od_notice *acted = rig_notice(rig, OD_NOTICE_ACTED);
    assert_int_equal(acted->step, 33);
    assert_true(llabs(acted->time - (FIRST + 20 * STEP + MS(60))) <= STEP / 4);
    rig_free(rig);
}

static void
a_time_of_the_clock_inside_the_look_ahead_is_the_next_step(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    od_player_wall(&rig->player, WALL);
    rig_to(rig, FIRST + 10 * STEP);
    send(rig, on_clock(OD_COMMAND_SWING, FIRST + 10 * STEP, 1));
    rig_to(rig, MS(10000));
    assert_int_equal(rig_notice(rig, OD_NOTICE_ACTED)->step, 12);
    rig_free(rig);
}

static void
while_nothing_plays_the_clock_is_kept_to_the_moment(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    od_player_wall(&rig->player, WALL);
    rig_command(rig, OD_COMMAND_STOP);
    rig_forget(rig);
    send(rig, on_clock(OD_COMMAND_BPM, MS(777), 60));
    send(rig, on_clock(OD_COMMAND_START, MS(3333), 0));
    rig_to(rig, MS(776));
    assert_near(rig->player.environment.bpm, 120, 0);
    rig_to(rig, MS(777));
    assert_near(rig->player.environment.bpm, 60, 0);
    rig_to(rig, MS(5000));
    assert_int_equal(time_of(rig, "bd", 0), MS(3333));
    rig_free(rig);
}

/* ---- nobody disturbs another ---- */

static void
a_stop_drops_what_is_musical_and_leaves_what_the_clock_says(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    od_player_wall(&rig->player, WALL);
    send(rig, at_program(rig, 40, "never", 3));
    send(rig, at_number(OD_COMMAND_BPM, 50, 99));
    send(rig, on_clock(OD_COMMAND_SWING, MS(4000), 1));
    rig_to(rig, MS(1000));
    rig_command(rig, OD_COMMAND_STOP);
    const struct od_notice *dropped = rig_notice(rig, OD_NOTICE_DROPPED);
    assert_int_equal(dropped->count, 2);
    assert_true(dropped->change == OD_CHANGE_ALL);
    rig_to(rig, MS(5000));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_ACTED), 1);
    assert_near(rig->player.environment.swing, 1, 0);
    rig_free(rig);
}

static void
cancel_takes_one_or_all_but_never_what_the_list_waits_for(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    follow(rig, "next");
    struct od_command reload = at_program(rig, 0, "again", 50);
    reload.owner = OD_OWNER_LIST;
    reload.when = OD_WHEN_SEQ;
    rig_to(rig, MS(1000));
    send(rig, reload);
    send(rig, at_program(rig, 40, "never", 3));
    send(rig, at_number(OD_COMMAND_BPM, 50, 240));
    send(rig, (struct od_command){.kind = OD_COMMAND_CANCEL, .change = 3});
    assert_int_equal(rig_notice(rig, OD_NOTICE_DROPPED)->change, 3);
    send(rig, (struct od_command){.kind = OD_COMMAND_CANCEL}); /* the user's: there is none */
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_NOTHING), 1);
    send(rig, (struct od_command){.kind = OD_COMMAND_CANCEL, .change = OD_CHANGE_ALL});
    assert_int_equal(rig_notice(rig, OD_NOTICE_DROPPED)->change, 1);
    rig_to(rig, FIRST + 260 * STEP);
    assert_int_equal(rig_count_osc(rig, "never"), 0);
    assert_int_equal(rig_osc(rig, "again", 0)->step, 256);
    assert_int_equal(rig->player.pending.count, 0);
    rig_free(rig);
}

static void
a_pause_leaves_the_list_where_it_is(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("a");
    follow(rig, "b");
    rig_to(rig, MS(2000));
    rig_command(rig, OD_COMMAND_PAUSE);
    rig_to(rig, MS(4000));
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, MS(4000) + 260 * STEP);
    assert_int_equal(rig_count_osc(rig, "a"), 256);
    assert_int_equal(rig_osc(rig, "b", 0)->step, 256);
    rig_free(rig);
}

static void
a_stop_goes_back_to_the_beginning_of_the_score_that_plays_in_the_list(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("a");
    send(rig, (struct od_command){.kind = OD_COMMAND_END, .place = 768});
    follow(rig, "b");
    rig_to(rig, FIRST + 300 * STEP);
    follow(rig, "c");
    rig_command(rig, OD_COMMAND_STOP);
    rig_forget(rig);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, rig->now + 600 * STEP);
    assert_int_equal(rig_count_osc(rig, "a"), 0);
    assert_int_equal(rig_count_osc(rig, "b"), 256);
    assert_int_equal(rig_count_osc(rig, "c"), 256);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_FINISHED), 1);
    rig_free(rig);
}

static void
a_scene_now_or_cancelled_leaves_the_list_where_it_is(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("a");
    follow(rig, "b");
    rig_to(rig, MS(2000));
    rig_program(rig, rig_take(rig, song("scene", "")), OD_WHEN_NOW, 0);
    rig_program(rig, rig_take(rig, song("never", "")), OD_WHEN_SEQ, 0);
    send(rig, (struct od_command){.kind = OD_COMMAND_CANCEL});
    rig_to(rig, FIRST + 260 * STEP);
    assert_true(rig_count_osc(rig, "scene") > 200);
    assert_int_equal(rig_osc(rig, "b", 0)->step, 256);
    assert_int_equal(rig_count_osc(rig, "never"), 0);
    rig_free(rig);
}

/* ---- the environment is the player's ---- */

static void
what_is_set_while_something_waits_holds_after_it(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("a");
    struct od_take *scene = rig_take(rig, song("scene", "\"bpm\":90,\"swing\":0.9"));
    od_take_program(scene)->sets_environment = false;
    rig_to(rig, MS(1000));
    rig_program(rig, scene, OD_WHEN_BAR, 0);
    send(rig, (struct od_command){.kind = OD_COMMAND_SWING, .number = 0.5});
    send(rig, (struct od_command){.kind = OD_COMMAND_GATE, .number = 2});
    send(rig, (struct od_command){.kind = OD_COMMAND_BPM, .number = 240});
    rig_to(rig, MS(6000));
    assert_near(rig->player.environment.swing, 0.5, 0);
    assert_near(rig->player.environment.gate, 2, 0);
    assert_near(rig->player.environment.bpm, 240, 0);
    assert_near(rig_number(rig_osc(rig, "scene", 0), "sustain"), 0.125, 1e-7);
    rig_free(rig);
}

static void
a_part_that_brings_an_environment_sets_what_differs(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("a");
    send(rig, (struct od_command){.kind = OD_COMMAND_GATE, .number = 2});
    rig_program(rig, rig_take(rig, song("b", "\"bpm\":90,\"swing\":0.9")), OD_WHEN_NOW, 0);
    assert_near(rig->player.environment.bpm, 90, 0);
    assert_near(rig->player.environment.swing, 0.9, 0);
    assert_near(rig->player.environment.gate, 2, 0);
    rig_free(rig);
}

static void
a_full_timeline_refuses_and_costs_no_step(void **state)
{
    (void)state;
    struct rig *rig = rig_playing("bd");
    for (int i = 0; i < OD_TIMELINE_CAPACITY; i++) {
        send(rig, at_number(OD_COMMAND_GATE, 16, i));
    }
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_FULL), 0);
    send(rig, at_program(rig, 16, "never", 5));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_FULL), 1);
    rig_to(rig, MS(5000));
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_ACTED), OD_TIMELINE_CAPACITY);
    assert_int_equal(rig->player.counts.dropped_steps, 0);
    rig_free(rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tempo_sets_the_grid_of_its_step_and_not_of_the_one_before),
        cmocka_unit_test(commands_of_one_step_act_as_they_came),
        cmocka_unit_test(a_program_comes_with_its_step),
        cmocka_unit_test(a_stop_at_a_step_lets_all_before_it_sound),
        cmocka_unit_test(a_start_right_behind_a_timed_stop_waits_until_it_is_quiet),
        cmocka_unit_test(a_pause_at_a_step_begins_there),
        cmocka_unit_test(a_quit_at_a_step_ends_the_run_there),
        cmocka_unit_test(a_quit_that_acted_ends_the_run_though_it_was_stopped_meanwhile),
        cmocka_unit_test(a_trigger_at_a_step_sounds_with_it),
        cmocka_unit_test(a_place_that_was_planned_is_refused_and_never_done),
        cmocka_unit_test(what_a_stall_skips_is_done_at_the_next_step_that_plays),
        cmocka_unit_test(an_early_event_of_what_comes_is_in_time),
        cmocka_unit_test(a_place_ahead_counts_from_the_step_that_is_planned_next),
        cmocka_unit_test(while_nothing_plays_only_a_place_of_its_own_can_be_waited_for),
        cmocka_unit_test(a_time_of_the_clock_is_the_nearest_step_whatever_the_tempo_becomes),
        cmocka_unit_test(a_time_of_the_clock_inside_the_look_ahead_is_the_next_step),
        cmocka_unit_test(while_nothing_plays_the_clock_is_kept_to_the_moment),
        cmocka_unit_test(a_stop_drops_what_is_musical_and_leaves_what_the_clock_says),
        cmocka_unit_test(cancel_takes_one_or_all_but_never_what_the_list_waits_for),
        cmocka_unit_test(a_pause_leaves_the_list_where_it_is),
        cmocka_unit_test(a_stop_goes_back_to_the_beginning_of_the_score_that_plays_in_the_list),
        cmocka_unit_test(a_scene_now_or_cancelled_leaves_the_list_where_it_is),
        cmocka_unit_test(what_is_set_while_something_waits_holds_after_it),
        cmocka_unit_test(a_part_that_brings_an_environment_sets_what_differs),
        cmocka_unit_test(a_full_timeline_refuses_and_costs_no_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
