/* Parameters that move while it plays: from where they stand, past edits, until something newer. */
#include <string.h>

#include "rig.h"
#include "switches.h"

#define SONG                                                                                       \
    "{\"environment\":{\"bpm\":120},\"tracks\":{\"bd\":{\"params\":{\"s\":\"bd\",\"gain\":0.5}},"  \
    "\"sn\":{\"params\":{\"s\":\"sn\"}}},\"tracks_midi\":{\"m\":{\"channel\":0,\"velocity\":120}}" \
    ","                                                                                            \
    "\"sequences\":{\"bd\":{\"length\":1,\"events\":[{\"step\":0,\"velocity\":0.5}]},"             \
    "\"m\":{\"length\":1,\"events\":[{\"step\":0,\"note\":60}]}}}"

static struct od_take *
take_with(struct rig *rig, struct od_take *base, const char *id, const char *param, double to,
          int64_t over)
{
    const struct od_live_value value = {.over = over, .type = OD_VALUE_FLOAT, .number = to};
    struct od_take *take = NULL;
    char error[OD_SCORE_ERROR_SIZE] = "";
    assert_int_equal(od_take_set(base, id, param, &value, &take, error), OD_OK);
    return rig_keep(rig, take);
}

/* A take that waits for a step; what is made of it comes behind it. */
static void
at(struct rig *rig, struct od_take *take, int64_t step)
{
    struct od_command command = {.kind = OD_COMMAND_PROGRAM,
                                 .owner = OD_OWNER_TIMED,
                                 .when = OD_WHEN_AT,
                                 .step = step,
                                 .program = od_take_program(take)};
    command.program->change = 9;
    rig_handed(rig, take);
    od_player_command(&rig->player, &command, rig->now);
}

static double
gain(const struct rig *rig, size_t n)
{
    return rig_number(rig_osc(rig, "bd", n), "gain") / 0.5;
}

static void
a_parameter_moves_step_by_step_as_it_is_defined(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    struct od_take *take = rig_start(rig, SONG);
    take = take_with(rig, take, "bd", "gain", 2, 48);
    at(rig, take, 16);
    take = take_with(rig, take, "bd", "speed", 4, 32); /* without a value: from the default */
    at(rig, take, 20);
    rig_to(rig, MS(12000));
    for (size_t k = 0; k < 90; k++) {
        double j = fmin(fmax((double)k - 16, 0), 48);
        assert_near(gain(rig, k), 0.5 + 1.5 * j / 48, 1e-6);
        j = fmin(fmax((double)k - 20, 0), 32);
        assert_near(rig_number(rig_osc(rig, "bd", k), "speed"), 1 + 3 * j / 32, 1e-6);
    }
    rig_free(rig);
}

static void
what_is_newer_takes_its_place_where_it_stands(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    struct od_take *take = rig_start(rig, SONG);
    take = take_with(rig, take, "bd", "gain", 2.5, 64);
    at(rig, take, 0 + 16);
    struct od_take *muted = NULL;
    assert_int_equal(switch_one(take, OD_SWITCH_MUTE, "sn", true, &muted), OD_OK);
    at(rig, rig_keep(rig, muted), 30); /* it goes on under another edit */
    take = take_with(rig, muted, "bd", "gain", 0, 16);
    at(rig, take, 48); /* half way it is 1.5 */
    take = take_with(rig, take, "bd", "gain", 1, 0);
    at(rig, take, 56);
    rig_to(rig, MS(12000));
    for (size_t k = 16; k < 48; k++) {
        assert_near(gain(rig, k), 0.5 + 2 * ((double)k - 16) / 64, 1e-6);
    }
    for (size_t k = 48; k < 56; k++) {
        assert_near(gain(rig, k), 1.5 - 1.5 * ((double)k - 48) / 16, 1e-6);
    }
    for (size_t k = 56; k < 90; k++) {
        assert_near(gain(rig, k), 1, 1e-6);
    }
    rig_free(rig);
}

static void
a_stop_leaves_what_it_reached(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    struct od_take *take = rig_start(rig, SONG);
    take = take_with(rig, take, "bd", "gain", 2.5, 64);
    at(rig, take, 16);
    const struct od_command stop = {.kind = OD_COMMAND_STOP,
                                    .owner = OD_OWNER_TIMED,
                                    .when = OD_WHEN_AT,
                                    .step = 48,
                                    .change = 8};
    od_player_command(&rig->player, &stop, rig->now);
    rig_to(rig, MS(10000));
    assert_int_equal(rig_count_osc(rig, "bd"), 48);
    assert_near(gain(rig, 47), 0.5 + 2 * 31.0 / 64, 1e-6);
    od_take_stopped(take);
    assert_near(od_take_track(take, 0).gain, 1.5, 1e-12);
    rig_command(rig, OD_COMMAND_START);
    struct od_take *next = take_with(rig, take, "bd", "gain", 0.5, 10);
    at(rig, next, 20);
    rig_to(rig, MS(16000));
    for (size_t k = 0; k < 35; k++) {
        assert_near(gain(rig, 48 + k), 1.5 - fmin(fmax((double)k - 20, 0), 10) / 10, 1e-6);
    }
    rig_free(rig);
}

static void
numbers_of_midi_tracks_move_in_whole_steps(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    struct od_take *take = rig_start(rig, SONG);
    take = take_with(rig, take, "m", "velocity", 20, 40);
    take = take_with(rig, take, "m", "transpose", -12, 7);
    at(rig, take, 16);
    rig_to(rig, MS(10000));
    for (size_t k = 0; k < 70; k++) {
        double j = fmax((double)k - 16, 0);
        assert_int_equal(rig_midi(rig, 0x90, k)->bytes[2], rint(120 - 100 * fmin(j, 40) / 40));
        assert_int_equal(rig_midi(rig, 0x90, k)->bytes[1], 60 + rint(-12 * fmin(j, 7) / 7));
    }
    rig_free(rig);
}

static void
what_cannot_move_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *id, *param;
        struct od_live_value value;
    } cases[] = {
        {"bd", "s", {.over = 4, .type = OD_VALUE_FLOAT, .number = 1}},
        {"bd", "squiz", {.over = 4, .type = OD_VALUE_FLOAT, .number = 1}}, /* has no default */
        {"bd", "gain", {.over = 4, .type = OD_VALUE_STRING, .string = "loud"}},
        {"bd", "gain", {.over = 4, .remove = true}},
        {"m", "velocity", {.over = 4, .remove = true}},
        {"m", "velocity", {.over = 4, .type = OD_VALUE_FLOAT, .number = 1.5}},
        {"m", "channel", {.over = 4, .type = OD_VALUE_INT, .number = 1}},
    };
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    struct od_take *base = rig_start(rig, SONG);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct od_take *take = NULL;
        char error[OD_SCORE_ERROR_SIZE] = "";
        assert_int_equal(
            od_take_set(base, cases[i].id, cases[i].param, &cases[i].value, &take, error),
            OD_EDATA);
        assert_null(take);
        assert_non_null(strstr(error, cases[i].param));
    }
    rig_free(rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parameter_moves_step_by_step_as_it_is_defined),
        cmocka_unit_test(what_is_newer_takes_its_place_where_it_stands),
        cmocka_unit_test(a_stop_leaves_what_it_reached),
        cmocka_unit_test(numbers_of_midi_tracks_move_in_whole_steps),
        cmocka_unit_test(what_cannot_move_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
