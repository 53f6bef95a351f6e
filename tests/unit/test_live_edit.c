/* Live changes: parameters of every kind set and removed, mute, solo. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/live.h"
#include "rig.h"
#include "switches.h"
#include "text/param.h"

static struct rig *rig;

static int
set_up(void **state)
{
    (void)state;
    struct od_player_settings settings = rig_settings();
    rig = rig_new(&settings);
    rig_program(rig, rig_take(rig, "{}"), OD_WHEN_NOW, 0);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    rig_free(rig);
    return 0;
}

static void
hear(struct od_take *take)
{
    rig_forget(rig);
    od_take_program(take)->edit = false;
    rig_program(rig, take, OD_WHEN_NOW, 0);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, rig->now + MS(4000));
    rig_command(rig, OD_COMMAND_STOP);
    rig_program(rig, rig_take(rig, "{}"), OD_WHEN_NOW, 0);
}

static struct od_take *
set(struct od_take *base, const char *id, const char *param, struct od_live_value value)
{
    struct od_take *take = NULL;
    char error[OD_SCORE_ERROR_SIZE] = "";
    if (od_take_set(base, id, param, &value, &take, error) != OD_OK) {
        fail_msg("%s: %s", param, error);
    }
    return rig_keep(rig, take);
}

static struct od_take *
set_number(struct od_take *base, const char *id, const char *param, double number)
{
    enum od_value_type type = number == rint(number) ? OD_VALUE_INT : OD_VALUE_FLOAT;
    return set(base, id, param, (struct od_live_value){.type = type, .number = number});
}

static struct od_take *
take_away(struct od_take *base, const char *id, const char *param)
{
    return set(base, id, param, (struct od_live_value){.remove = true});
}

static enum od_status
try_to_set(struct od_take *base, const char *id, const char *param, struct od_live_value value,
           const char *wanted)
{
    struct od_take *take = NULL;
    char error[OD_SCORE_ERROR_SIZE] = "";
    enum od_status status = od_take_set(base, id, param, &value, &take, error);
    assert_null(take);
    if (strstr(error, wanted) == NULL) {
        fail_msg("'%s' is not in '%s'", wanted, error);
    }
    return status;
}

static void
refuse(struct od_take *base, const char *id, const char *param, struct od_live_value value,
       const char *wanted)
{
    assert_int_equal(try_to_set(base, id, param, value, wanted), OD_EDATA);
}

static void
refuse_name(struct od_take *base, const char *id, const char *param, const char *wanted)
{
    const struct od_live_value one = {.number = 1};
    assert_int_equal(try_to_set(base, id, param, one, wanted), OD_EUNKNOWN);
}

static const char plain[] = "{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\",\"extra_params\":{"
                            "\"x\":1,\"y\":\"text\"}}}},\"sequences\":{\"d\":{\"events\":["
                            "{\"step\":0},{\"step\":1,\"note\":60},{\"step\":2,\"gate\":null}]}}}";
static const char on_line[] =
    "{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\",\"orbit\":5},\"sends\":[{\"target\":\"other\","
    "\"amount\":0.5}]}},\"mixer_lines\":{\"other\":{\"fx\":{\"reverb_room\":0.5}},\"own\":{"
    "\"include\":[\"d\"],\"volume\":0.5,\"fx\":{\"reverb_room\":0.25}}},\"sequences\":{\"d\":{"
    "\"events\":[{\"step\":0}]}}}";

static void
every_number_can_be_set_and_removed(void **state)
{
    (void)state;
    struct rig *own = rig;
    for (int p = 0; p < OD_PARAM_COUNT; p++) {
        const struct od_param_info *info = &od_params[p];
        if (info->name == NULL || info->type == OD_PARAM_STRING) {
            continue;
        }
        struct od_player_settings settings = rig_settings();
        rig = rig_new(&settings);
        struct od_take *base = rig_take(rig, plain);
        struct od_take *changed = set_number(base, "d", info->name, 3);
        hear(changed);
        for (size_t k = 0; k < 3; k++) {
            assert_near(rig_number(rig_osc(rig, "bd", k), info->wire), 3 - 2 * (p == OD_PARAM_PAN),
                        0);
        }
        hear(take_away(changed, "d", info->name));
        bool always = p == OD_PARAM_ORBIT || p == OD_PARAM_GAIN || p == OD_PARAM_PAN ||
                      p == OD_PARAM_N || p == OD_PARAM_SPEED || p == OD_PARAM_BEGIN ||
                      p == OD_PARAM_END;
        double after = rig_number(rig_osc(rig, "bd", 0), info->wire);
        assert_true(always ? fabs(after - info->def) < 1e-6 : isnan(after));
        rig_free(rig);
    }
    rig = own;
}

static void
a_message_with_a_live_value_is_as_if_the_session_said_so(void **state)
{
    (void)state;
    hear(set_number(rig_take(rig, plain), "d", "cutoff", 500));
    char *live[3];
    for (size_t k = 0; k < 3; k++) {
        live[k] = strdup(rig_osc(rig, "bd", k)->text);
        assert_non_null(live[k]);
    }
    hear(rig_take(rig, "{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\",\"extra_params\":{\"x\":1,"
                       "\"y\":\"text\"}},\"track_fx\":{\"cutoff\":500}}},\"sequences\":{\"d\":{"
                       "\"events\":[{\"step\":0},{\"step\":1,\"note\":60},{\"step\":2,\"gate\":"
                       "null}]}}}"));
    for (size_t k = 0; k < 3; k++) {
        assert_string_equal(rig_osc(rig, "bd", k)->text, live[k]);
        free(live[k]);
    }
}

static void
strings_can_be_set(void **state)
{
    (void)state;
    struct od_take *take = rig_take(rig, plain);
    take = set(take, "d", "s", (struct od_live_value){.type = OD_VALUE_STRING, .string = "sn"});
    take = set(take, "d", "vowel", (struct od_live_value){.type = OD_VALUE_STRING, .string = "é"});
    hear(take);
    assert_int_equal(rig_count_osc(rig, "sn"), 3);
    assert_non_null(strstr(rig_osc(rig, "sn", 0)->text, "\"vowel\",\"é\""));
    assert_string_equal(od_take_track(take, 0).sound, "sn");
}

static void
extra_parameters_can_be_set_in_their_place(void **state)
{
    (void)state;
    struct od_take *take = set_number(rig_take(rig, plain), "d", "x", 7);
    hear(take);
    assert_non_null(strstr(rig_osc(rig, "bd", 0)->text, "\"x\",7,\"y\",\"text\"]"));
    hear(take_away(take, "d", "x"));
    assert_true(isnan(rig_number(rig_osc(rig, "bd", 0), "x")));
    refuse_name(take, "d", "z", "no parameter 'z'");
}

static void
what_will_not_do_is_refused_with_the_reason(void **state)
{
    (void)state;
    struct od_take *base = rig_take(rig, plain);
    refuse_name(base, "d", "cutof", "did you mean 'cutoff'");
    refuse(base, "d", "n", (struct od_live_value){.type = OD_VALUE_FLOAT, .number = 1.5},
           "a whole number");
    refuse(base, "d", "orbit", (struct od_live_value){.type = OD_VALUE_FLOAT, .number = 1e10},
           "a whole number");
    refuse(base, "d", "gain", (struct od_live_value){.type = OD_VALUE_STRING, .string = "x"},
           "a number");
    refuse(base, "d", "s", (struct od_live_value){.type = OD_VALUE_INT, .number = 1}, "a string");
    refuse(base, "d", "s", (struct od_live_value){.remove = true}, "a sound");
    refuse(base, "d", "gain", (struct od_live_value){.type = OD_VALUE_INT, .number = 1e39},
           "a number that fits 32 bits");
    refuse(base, "d", "x", (struct od_live_value){.type = OD_VALUE_FLOAT, .number = -1e39},
           "a number that fits 32 bits");
    refuse(base, "d", "x", (struct od_live_value){.type = OD_VALUE_INT, .number = 2147483648.0},
           "a number that fits 32 bits");
    char text[OD_SCORE_MESSAGE_MAX];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    refuse(base, "d", "y", (struct od_live_value){.type = OD_VALUE_STRING, .string = text},
           "longer than 16384 bytes");
}

static void
a_live_value_wins_over_the_mixer_line_but_not_on_sends(void **state)
{
    (void)state;
    struct od_take *base = rig_take(rig, on_line);
    hear(base);
    assert_near(rig_number(rig_osc(rig, "bd", 0), "room"), 0.25, 1e-6);
    struct od_take *take = set_number(base, "d", "room", 0.75);
    hear(take);
    const char *text = rig_osc(rig, "bd", 0)->text;
    assert_non_null(strstr(text, "\"room\",0.75,"));
    assert_non_null(strstr(strchr(text, '\n'), "\"room\",0.5,"));
    assert_null(strstr(strchr(text, '\n'), "\"room\",0.75"));
    assert_near(rig_number(rig_osc(rig, "bd", 0), "orbit"), 1, 0);
    hear(set_number(take, "d", "orbit", 9));
    assert_near(rig_number(rig_osc(rig, "bd", 0), "orbit"), 9, 0);
    hear(take_away(take, "d", "room"));
    assert_near(rig_number(rig_osc(rig, "bd", 0), "room"), 0.25, 1e-6);
}

static void
changes_pile_up(void **state)
{
    (void)state;
    struct od_take *take = rig_take(rig, plain);
    static const char *const names[] = {"room",  "size",   "gain", "pan",   "speed", "cutoff",
                                        "crush", "legato", "n",    "squiz", "cut",   "djf"};
    size_t n = sizeof names / sizeof names[0];
    for (size_t i = 0; i < n; i++) {
        take = set_number(take, "d", names[i], 1);
    }
    struct od_take *muted = NULL;
    assert_int_equal(switch_one(take, OD_SWITCH_MUTE, "d", true, &muted), OD_OK);
    rig_keep(rig, muted);
    hear(muted);
    assert_int_equal(rig_count_osc(rig, "bd"), 0);
    struct od_take *again = NULL;
    assert_int_equal(switch_one(muted, OD_SWITCH_MUTE, "d", false, &again), OD_OK);
    hear(rig_keep(rig, again));
    for (size_t i = 0; i < n; i++) {
        assert_near(rig_number(rig_osc(rig, "bd", 1), names[i]), 1, 0);
    }
}

static void
legato_scales_the_sustain(void **state)
{
    (void)state;
    hear(set_number(rig_take(rig, plain), "d", "legato", 0.5));
    assert_near(rig_number(rig_osc(rig, "bd", 0), "sustain"), 0.0625, 1e-7);
}

/* ---- MIDI ---- */

static const char keys[] =
    "{\"tracks_midi\":{\"m\":{\"channel\":1,\"velocity\":100}},\"sequences\":{\"m\":{\"events\":["
    "{\"step\":0,\"note\":60,\"velocity\":0.57}]}}}";

static void
midi_tracks_have_velocity_transpose_and_channel(void **state)
{
    (void)state;
    struct od_take *take = rig_take(rig, keys);
    take = set_number(take, "m", "velocity", 50);
    take = set_number(take, "m", "transpose", -12);
    take = set_number(take, "m", "channel", 4);
    hear(take);
    assert_int_equal(rig_midi(rig, 0x94, 0)->bytes[1], 48);
    assert_int_equal(rig_midi(rig, 0x94, 0)->bytes[2], 28); /* 0.57 · 50, cut */
    assert_int_equal(od_take_track(take, 0).velocity, 50);
    take = take_away(take, "m", "velocity");
    take = take_away(take, "m", "transpose");
    take = take_away(take, "m", "channel");
    hear(take);
    assert_int_equal(rig_midi(rig, 0x91, 0)->bytes[1], 60);
    assert_int_equal(rig_midi(rig, 0x91, 0)->bytes[2], 56); /* 0.57 · 100 is 56.99… */
}

static void
a_live_velocity_counts_as_a_compiled_one(void **state)
{
    (void)state;
    for (int velocity = 1; velocity < 128; velocity += 9) {
        for (int hundredths = 1; hundredths <= 100; hundredths += 6) {
            char text[256];
            snprintf(text, sizeof text,
                     "{\"tracks_midi\":{\"m\":{\"channel\":0,\"velocity\":%d}},\"sequences\":{"
                     "\"m\":{\"events\":[{\"step\":0,\"note\":60,\"velocity\":%d.%02d}]}}}",
                     velocity, hundredths / 100, hundredths % 100);
            struct od_player_settings settings = rig_settings();
            struct rig *own = rig;
            rig = rig_new(&settings);
            struct od_take *base = rig_take(rig, text);
            hear(base);
            int compiled = rig_count_midi(rig, 0x90) > 0 ? rig_midi(rig, 0x90, 0)->bytes[2] : 0;
            struct od_take *other = set_number(base, "m", "velocity", velocity == 1 ? 2 : 1);
            hear(set_number(other, "m", "velocity", velocity));
            int back = rig_count_midi(rig, 0x90) > 0 ? rig_midi(rig, 0x90, 0)->bytes[2] : 0;
            assert_int_equal(back, compiled);
            rig_free(rig);
            rig = own;
        }
    }
}

static void
what_a_midi_track_has_not_is_refused(void **state)
{
    (void)state;
    struct od_take *base = rig_take(rig, keys);
    refuse_name(base, "m", "gain", "no parameter 'gain'");
    refuse(base, "m", "velocity", (struct od_live_value){.number = 128}, "0..127");
    refuse(base, "m", "transpose", (struct od_live_value){.number = -128}, "-127..127");
    refuse(base, "m", "channel", (struct od_live_value){.number = 16}, "0..15");
    refuse(base, "m", "channel", (struct od_live_value){.type = OD_VALUE_STRING, .string = "1"},
           "0..15");
}

/* ---- triggers ---- */

static void
a_prepared_track_can_play_any_trigger(void **state)
{
    (void)state;
    struct od_take *base =
        rig_take(rig, "{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\"}}},\"sequences\":{\"d\":{"
                      "\"events\":[{\"step\":0,\"gate\":null}]}}}");
    assert_false(od_take_prepared(base, 0));
    struct od_take *ready = NULL;
    assert_int_equal(od_take_prepare(base, "d", &ready), OD_OK);
    rig_keep(rig, ready);
    assert_true(od_take_prepared(ready, 0));
    od_take_program(ready)->edit = false;
    rig_program(rig, ready, OD_WHEN_NOW, 0);
    struct od_command command = {.kind = OD_COMMAND_TRIGGER,
                                 .trigger = {.note = 50, .velocity = 1, .milliseconds = 100}};
    od_player_command(&rig->player, &command, rig->now);
    assert_near(rig_number(rig_osc(rig, "bd", 0), "midinote"), 50, 0);
    assert_near(rig_number(rig_osc(rig, "bd", 0), "sustain"), 0.1, 1e-6);
}

static void
a_prepared_track_sounds_as_before(void **state)
{
    (void)state;
    struct od_take *base = rig_take(rig, on_line);
    hear(base);
    char *before = strdup(rig_osc(rig, "bd", 0)->text);
    struct od_take *ready = NULL;
    assert_int_equal(od_take_prepare(base, "d", &ready), OD_OK);
    hear(rig_keep(rig, ready));
    assert_string_equal(rig_osc(rig, "bd", 0)->text, before);
    free(before);
}

static void
a_modulated_parameter_stays_modulated_around_its_live_value(void **state)
{
    (void)state;
    char text[4096];
    size_t at = (size_t)snprintf(text, sizeof text,
                                 "{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\"},\"modulations\":{"
                                 "\"cutoff\":{\"signal\":[0.5");
    for (int k = 1; k < 256; k++) {
        at += (size_t)snprintf(text + at, sizeof text - at, ",0");
    }
    snprintf(text + at, sizeof text - at,
             "]}}}},\"sequences\":{\"d\":{\"events\":[{\"step\":0},{\"step\":1}]}}}");
    struct od_take *base = rig_take(rig, text);
    hear(set_number(base, "d", "cutoff", 400));
    assert_near(rig_number(rig_osc(rig, "bd", 0), "cutoff"), 600, 1e-3);
    assert_near(rig_number(rig_osc(rig, "bd", 1), "cutoff"), 400, 1e-3);
}

int
main(void)
{
#define EDIT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EDIT_TEST(every_number_can_be_set_and_removed),
        EDIT_TEST(a_message_with_a_live_value_is_as_if_the_session_said_so),
        EDIT_TEST(strings_can_be_set),
        EDIT_TEST(extra_parameters_can_be_set_in_their_place),
        EDIT_TEST(what_will_not_do_is_refused_with_the_reason),
        EDIT_TEST(a_live_value_wins_over_the_mixer_line_but_not_on_sends),
        EDIT_TEST(changes_pile_up),
        EDIT_TEST(legato_scales_the_sustain),
        EDIT_TEST(midi_tracks_have_velocity_transpose_and_channel),
        EDIT_TEST(a_live_velocity_counts_as_a_compiled_one),
        EDIT_TEST(what_a_midi_track_has_not_is_refused),
        EDIT_TEST(a_prepared_track_can_play_any_trigger),
        EDIT_TEST(a_prepared_track_sounds_as_before),
        EDIT_TEST(a_modulated_parameter_stays_modulated_around_its_live_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
