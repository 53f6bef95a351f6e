/* A player that starts late, with an anchor in the past: what waited for steps that are past is
 * gone through, so that it plays as one that was there from the beginning. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

static char *
song(const char *sound)
{
    static char texts[4][16384];
    static int next;
    char *text = texts[next++ % 4];
    size_t at = (size_t)snprintf(
        text, sizeof texts[0],
        "{\"environment\":{\"bpm\":120},\"tracks\":{\"d\":{\"params\":{\"s\":\"%s\"}}},"
        "\"sequences\":{\"d\":{\"events\":[",
        sound);
    for (int step = 0; step < 256; step++) {
        at += (size_t)snprintf(text + at, sizeof texts[0] - at, "%s{\"step\":%d}",
                               step > 0 ? "," : "", step);
    }
    snprintf(text + at, sizeof texts[0] - at, "]}}}");
    return text;
}

static void
send_at(struct rig *rig, int64_t step, struct od_command command)
{
    static uint64_t change = 100;
    command.owner = OD_OWNER_TIMED;
    command.when = OD_WHEN_AT;
    command.step = step;
    command.change = ++change;
    if (command.program != NULL) {
        rig_handed(rig, od_take_of(command.program));
    }
    od_player_command(&rig->player, &command, rig->now);
}

/* The piece: two tempos, a swing, another program; step 0 is at one second. */
static struct rig *
rig_from(od_nsec now)
{
    struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    rig->now = now;
    rig_program(rig, rig_take(rig, song("bd")), OD_WHEN_NOW, 0);
    send_at(rig, 32, (struct od_command){.kind = OD_COMMAND_BPM, .number = 143.7});
    send_at(rig, 40, (struct od_command){.kind = OD_COMMAND_SWING, .number = 0.3});
    send_at(rig, 77, (struct od_command){.kind = OD_COMMAND_BPM, .number = 90});
    struct od_program *other = od_take_program(rig_take(rig, song("sn")));
    other->sets_environment = false;
    send_at(rig, 100, (struct od_command){.kind = OD_COMMAND_PROGRAM, .program = other});
    send_at(rig, 200, (struct od_command){.kind = OD_COMMAND_BPM, .number = 111});
    const struct od_command start = {.kind = OD_COMMAND_START, .time = MS(1000)};
    od_player_command(&rig->player, &start, rig->now);
    return rig;
}

static void
it_plays_what_one_plays_that_was_there(void **state)
{
    (void)state;
    for (int ms = 500; ms < 60000; ms += 2333) {
        struct rig *there = rig_from(0);
        struct rig *late = rig_from(MS(ms));
        rig_to(there, MS(70000));
        rig_to(late, MS(70000));
        assert_in_range(late->n_heard, 1, there->n_heard);
        size_t before = there->n_heard - late->n_heard;
        for (size_t i = 0; i < late->n_heard; i++) {
            const struct heard *a = &there->heard[before + i];
            const struct heard *b = &late->heard[i];
            assert_int_equal(a->step, b->step);
            assert_true(a->sounds == b->sounds);
            assert_string_equal(a->text, b->text);
        }
        assert_true(late->heard[0].sounds >= MS(ms + 200) || ms < 800);
        assert_true(before == 0 || there->heard[before - 1].sounds < MS(ms + 220));
        assert_int_equal(rig_count_notices(late, OD_NOTICE_SKIPPED), 0);
        rig_free(there);
        rig_free(late);
    }
}

static void
what_was_stopped_on_the_way_does_not_play(void **state)
{
    (void)state;
    struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    rig->now = MS(30000);
    rig_program(rig, rig_take(rig, song("bd")), OD_WHEN_NOW, 0);
    send_at(rig, 16, (struct od_command){.kind = OD_COMMAND_STOP});
    const struct od_command start = {.kind = OD_COMMAND_START, .time = MS(1000)};
    od_player_command(&rig->player, &start, rig->now);
    rig_to(rig, MS(40000));
    assert_int_equal(rig->n_heard, 0);
    assert_int_equal(rig->player.state, OD_STOPPED);
    rig_free(rig);
}

static void
what_was_quit_on_the_way_is_finished(void **state)
{
    (void)state;
    struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    rig->now = MS(30000);
    rig_program(rig, rig_take(rig, song("bd")), OD_WHEN_NOW, 0);
    send_at(rig, 16, (struct od_command){.kind = OD_COMMAND_QUIT});
    const struct od_command start = {.kind = OD_COMMAND_START, .time = MS(1000)};
    od_player_command(&rig->player, &start, rig->now);
    rig_to(rig, MS(40000));
    assert_int_equal(rig->n_heard, 0);
    assert_int_equal(rig_count_notices(rig, OD_NOTICE_FINISHED), 1);
    rig_free(rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_plays_what_one_plays_that_was_there),
        cmocka_unit_test(what_was_stopped_on_the_way_does_not_play),
        cmocka_unit_test(what_was_quit_on_the_way_is_finished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
