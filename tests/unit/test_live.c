/* Scores → programs: voices, audibility, batches and their destinations, exclusive apply. */
#include <stdlib.h>
#include <string.h>

#include "control/live.h"
#include "rig.h"
#include "scores.h"
#include "switches.h"

static struct rig *rig;
static struct od_take *silence;

static int
set_up(void **state)
{
    (void)state;
    struct od_player_settings settings = rig_settings();
    settings.n_ports = 2;
    rig = rig_new(&settings);
    silence = rig_take(rig, "{}");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    rig_free(rig);
    return 0;
}

/* Plays a take from step 0 for two bars; what it sends is in `rig`. */
static void
hear(struct od_take *take)
{
    rig_command(rig, OD_COMMAND_STOP);
    rig_program(rig, silence, OD_WHEN_NOW, 0);
    rig_forget(rig);
    od_take_program(take)->edit = false;
    rig_program(rig, take, OD_WHEN_NOW, 0);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, rig->now + MS(4000));
    rig_command(rig, OD_COMMAND_STOP);
    rig_program(rig, rig_take(rig, "{}"), OD_WHEN_NOW, 0);
}

static struct od_take *
merge(struct od_take *base, const char *session)
{
    struct od_shared_score *score = rig_score(session);
    struct od_take *take = NULL;
    enum od_apply_what what = OD_APPLY_SESSION;
    char error[OD_SCORE_ERROR_SIZE] = "";
    if (od_take_apply(&rig->setup, base, score, false, &take, &what, error) != OD_OK) {
        fail_msg("%s", error);
    }
    assert_int_equal(what, OD_APPLY_TRACKS);
    od_shared_score_unref(score);
    return rig_keep(rig, take);
}

static enum od_status
refused(const char *session, char *error)
{
    struct od_shared_score *score = rig_score(session);
    struct od_take *take = NULL;
    enum od_status status = od_take_new(&rig->setup, score, 0, &take, error);
    assert_null(take);
    od_shared_score_unref(score);
    return status;
}

static void
what_is_known_of_tracks(void **state)
{
    (void)state;
    struct od_take *take = rig_take(
        rig, "{\"tracks\":{\"a\":{\"params\":{\"s\":\"bd\",\"gain\":0.5,\"pan\":0.25,\"orbit\":3}},"
             "\"b\":{\"params\":{\"s\":\"sn\",\"orbit\":3},\"meta\":{\"mute\":true}}},"
             "\"mixer_lines\":{\"x\":{},\"y\":{\"include\":[\"b\"]}},"
             "\"tracks_midi\":{\"m\":{\"channel\":7,\"velocity\":90,\"transpose\":-5}}}");
    assert_int_equal(od_take_tracks(take), 3);
    struct od_track_info a = od_take_track(take, 0);
    struct od_track_info b = od_take_track(take, 1);
    struct od_track_info m = od_take_track(take, 2);
    assert_string_equal(a.id, "a");
    assert_string_equal(a.sound, "bd");
    assert_null(a.line);
    assert_int_equal(a.orbit, 3);
    assert_near(a.gain, 0.5, 0);
    assert_near(a.pan, 0.25, 0);
    assert_true(a.audible && !b.audible && b.mute);
    assert_string_equal(b.line, "y");
    assert_int_equal(b.orbit, 1);
    assert_true(m.midi);
    assert_null(m.sound);
    assert_int_equal(m.channel, 7);
    assert_int_equal(m.velocity, 90);
    assert_int_equal(m.transpose, -5);
    assert_int_equal(od_take_find(take, "m"), 2);
    assert_int_equal(od_take_find(take, "no"), -1);
}

static void
a_scene_without_environment_keeps_what_is_set(void **state)
{
    (void)state;
    struct od_shared_score *score =
        rig_score("{\"environment\":{\"bpm\":100,\"swing\":0.5},\"scenes\":{\"own\":{"
                  "\"environment\":{\"bpm\":90}},\"none\":{}}}");
    char error[OD_SCORE_ERROR_SIZE];
    for (uint32_t part = 1; part <= 2; part++) {
        struct od_take *take = NULL;
        assert_int_equal(od_take_new(&rig->setup, score, part, &take, error), OD_OK);
        bool own = strcmp(od_take_scene(take), "own") == 0;
        od_take_keep_environment(take);
        assert_int_equal(od_take_program(take)->sets_environment, own);
        od_take_unref(take);
    }
    od_shared_score_unref(score);
}

static void
scenes_are_parts_of_the_score(void **state)
{
    (void)state;
    struct od_shared_score *score = rig_score(
        "{\"tracks\":{\"a\":{\"params\":{\"s\":\"bd\"}}},\"scenes\":{\"verse\":{\"environment\":{"
        "\"bpm\":99},\"tracks\":{\"v\":{\"params\":{\"s\":\"sn\"}}},\"sequences\":{\"v\":{"
        "\"events\":[{\"step\":0}]}}}}}");
    uint32_t part = od_score_find_scene(od_shared_score_get(score), "verse");
    assert_int_equal(part, 1);
    assert_true(od_score_find_scene(od_shared_score_get(score), "vers") == OD_SCORE_NONE);
    struct od_take *take = NULL;
    char error[OD_SCORE_ERROR_SIZE];
    assert_int_equal(od_take_new(&rig->setup, score, part, &take, error), OD_OK);
    od_shared_score_unref(score);
    rig_keep(rig, take);
    assert_string_equal(od_take_scene(take), "verse");
    assert_int_equal(od_shared_score_get(od_take_scenes(take))->count[OD_SECTION_PARTS], 2);
    assert_near(od_take_program(take)->environment.bpm, 99, 0);
    hear(take);
    assert_int_equal(rig_count_osc(rig, "sn"), 1);
}

static void
a_tempo_override_wins_over_the_score(void **state)
{
    (void)state;
    rig->setup.bpm_override = 77;
    struct od_take *take = rig_take(rig, "{\"environment\":{\"bpm\":140}}");
    rig->setup.bpm_override = 0;
    assert_near(od_take_program(take)->environment.bpm, 77, 0);
}

/* ---- message batches ---- */

static void
a_batch_goes_to_its_destinations(void **state)
{
    (void)state;
    hear(rig_take(
        rig,
        "{\"messages\":["
        "{\"destination_id\":\"superdirt\",\"step\":0,\"params\":{\"s\":\"bd\",\"gain\":0.5}},"
        "{\"destination_id\":\"synth\",\"step\":1,\"params\":{\"s\":\"saw\",\"freq\":440,\"cps\":9,"
        "\"track_id\":\"t\"}},"
        "{\"destination_id\":\"keys\",\"step\":2,\"params\":{\"note\":60,\"velocity\":90,"
        "\"duration_ms\":200,\"channel\":2}},"
        "{\"destination_id\":\"keys\",\"step\":3,\"params\":{\"note\":61}},"
        "{\"destination_id\":\"keys\",\"step\":4,\"params\":{\"cc\":7,\"value\":99}},"
        "{\"destination_id\":\"keys\",\"step\":5,\"params\":{\"pitch_bend\":-8192,\"channel\":1}}"
        "]}"));
    const struct heard *dirt = rig_osc(rig, "bd", 0);
    assert_int_equal(dirt->output, 0);
    assert_string_equal(dirt->text, "[\"/dirt/play\",\"s\",\"bd\",\"gain\",0.5,\"cps\",0.5]\n");
    const struct heard *synth = rig_osc(rig, "saw", 0);
    assert_int_equal(synth->output, 1);
    assert_string_equal(synth->text, "[\"/synth/new\",\"s\",\"saw\",\"freq\",440,\"cps\",9]\n");
    const struct heard *on = rig_midi(rig, 0x92, 0);
    assert_int_equal(on->output, 1);
    assert_int_equal(on->bytes[1], 60);
    assert_int_equal(on->bytes[2], 90);
    assert_int_equal(rig_midi(rig, 0x82, 0)->sounds - on->sounds, MS(200));
    assert_int_equal(rig_midi(rig, 0x95, 0)->bytes[2], 100); /* the destination's channel */
    assert_int_equal(rig_midi(rig, 0x85, 0)->sounds - rig_midi(rig, 0x95, 0)->sounds, MS(250));
    assert_int_equal(rig_midi(rig, 0xb5, 0)->bytes[2], 99);
    assert_int_equal(rig_midi(rig, 0xe1, 0)->bytes[2], 0);
}

static void
a_batch_loops_like_everything_else(void **state)
{
    (void)state;
    struct od_take *take =
        rig_take(rig, "{\"messages\":[{\"destination_id\":\"keys\",\"step\":3,\"params\":{"
                      "\"cc\":7,\"value\":99}}]}");
    rig_forget(rig);
    rig_program(rig, take, OD_WHEN_NOW, 0);
    rig_command(rig, OD_COMMAND_START);
    rig_to(rig, rig->now + MS(125 * 600));
    assert_int_equal(rig_count_midi(rig, 0xb5), 3); /* said in each loop, changed or not */
    rig_command(rig, OD_COMMAND_STOP);
}

static void
a_destination_nobody_named_is_refused_by_name(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE] = "";
    assert_int_equal(refused("{\"messages\":[{\"destination_id\":\"nowhere\",\"step\":0,"
                             "\"params\":{\"s\":\"x\"}}]}",
                             error),
                     OD_EDATA);
    assert_non_null(strstr(error, "'nowhere'"));
}

static void
a_midi_message_that_says_nothing_is_refused(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE] = "";
    assert_int_equal(refused("{\"messages\":[{\"destination_id\":\"keys\",\"step\":0,"
                             "\"params\":{\"velocity\":3}}]}",
                             error),
                     OD_EDATA);
    assert_non_null(strstr(error, "'keys'"));
}

static void
tracks_of_a_batch_are_muted_and_soloed_by_name(void **state)
{
    (void)state;
    struct od_take *take = rig_take(
        rig, "{\"messages\":["
             "{\"destination_id\":\"superdirt\",\"step\":0,\"params\":{\"s\":\"a\",\"track_id\":"
             "\"t\"}},"
             "{\"destination_id\":\"superdirt\",\"step\":1,\"track_id\":\"t\",\"params\":{\"s\":"
             "\"b\"}},"
             "{\"destination_id\":\"superdirt\",\"step\":2,\"params\":{\"s\":\"c\"}}]}");
    struct od_take *changed = NULL;
    assert_int_equal(switch_one(take, OD_SWITCH_MUTE, "t", true, &changed), OD_OK);
    hear(rig_keep(rig, changed));
    assert_int_equal(rig_count_osc(rig, "a") + rig_count_osc(rig, "b"), 0);
    assert_int_equal(rig_count_osc(rig, "c"), 1);
    assert_int_equal(switch_one(take, OD_SWITCH_SOLO, "t", true, &changed), OD_OK);
    hear(rig_keep(rig, changed));
    assert_int_equal(rig_count_osc(rig, "a") + rig_count_osc(rig, "b"), 2);
    assert_int_equal(rig_count_osc(rig, "c"), 0);
}

static void
messages_of_a_batch_can_be_triggered(void **state)
{
    (void)state;
    struct od_take *take = rig_take(
        rig, "{\"messages\":["
             "{\"destination_id\":\"synth\",\"step\":9,\"params\":{\"s\":\"saw\"}},"
             "{\"destination_id\":\"keys\",\"step\":9,\"params\":{\"note\":61,\"velocity\":80,"
             "\"duration_ms\":100}},"
             "{\"destination_id\":\"keys\",\"step\":9,\"params\":{\"cc\":7,\"value\":99}}]}");
    rig_forget(rig);
    rig_program(rig, take, OD_WHEN_NOW, 0);
    struct od_command command = {
        .kind = OD_COMMAND_TRIGGER,
        .trigger = {.note = OD_EVENT_NO_NOTE, .velocity = 1, .gate_steps = 1, .milliseconds = -1}};
    for (; command.trigger.voice < 3; command.trigger.voice++) {
        od_player_command(&rig->player, &command, rig->now);
    }
    command.trigger.voice = 0;
    command.trigger.note = 60; /* it has no place in the message, but the message plays */
    od_player_command(&rig->player, &command, rig->now);
    command.trigger.voice = 1;
    command.trigger.note = 70;
    command.trigger.velocity = 0.5F;
    od_player_command(&rig->player, &command, rig->now);
    rig_to(rig, rig->now + MS(500));
    assert_int_equal(rig_count_osc(rig, "saw"), 2);
    assert_int_equal(rig_midi(rig, 0x95, 0)->bytes[1], 61);
    assert_int_equal(rig_midi(rig, 0x95, 0)->bytes[2], 80);
    assert_int_equal(rig_midi(rig, 0x85, 0)->sounds - rig_midi(rig, 0x95, 0)->sounds, MS(100));
    assert_int_equal(rig_midi(rig, 0x95, 1)->bytes[1], 70);
    assert_int_equal(rig_midi(rig, 0x95, 1)->bytes[2], 40);
    assert_int_equal(rig_count_midi(rig, 0xb5), 1);
}

/* ---- exclusive apply ---- */

#define FIRST                                                                                      \
    "{\"tracks\":{\"a\":{\"params\":{\"s\":\"a1\"}},\"b\":{\"params\":{\"s\":\"b1\"}}},"           \
    "\"tracks_midi\":{\"m\":{\"channel\":1}},\"sequences\":{\"a\":{\"events\":[{\"step\":0}]},"    \
    "\"b\":{\"events\":[{\"step\":0}]},\"m\":{\"events\":[{\"step\":0,\"note\":1}]}}}"

static const char second[] =
    "{\"environment\":{\"bpm\":100},\"apply\":{\"timing\":\"now\",\"track_ids\":[\"c\",\"b\"]},"
    "\"tracks\":{\"a\":{\"params\":{\"s\":\"a2\"}},\"b\":{\"params\":{\"s\":\"b2\"}},"
    "\"c\":{\"params\":{\"s\":\"c2\"}}},\"sequences\":{\"a\":{\"events\":[{\"step\":0}]},"
    "\"b\":{\"events\":[{\"step\":1}]},\"c\":{\"events\":[{\"step\":0}]}}}";

static void
exclusive_apply_keeps_definitions_and_drops_their_events(void **state)
{
    (void)state;
    struct od_take *take = merge(rig_take(rig, FIRST), second);
    assert_int_equal(od_take_tracks(take), 4);
    static const char *const order[] = {"a", "b", "c", "m"};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(od_take_track(take, i).id, order[i]);
    }
    assert_string_equal(od_take_track(take, 0).sound, "a1");
    assert_string_equal(od_take_track(take, 1).sound, "b2");
    assert_near(od_take_program(take)->environment.bpm, 100, 0);
    hear(take);
    assert_int_equal(rig_count_osc(rig, "a1") + rig_count_osc(rig, "a2"), 0);
    assert_int_equal(rig_count_osc(rig, "b2"), 1);
    assert_int_equal(rig_count_osc(rig, "c2"), 1);
    assert_int_equal(rig_count_midi(rig, 0x91), 0);
}

static void
exclusive_apply_onto_nothing_plays_the_named_alone(void **state)
{
    (void)state;
    struct od_take *take = merge(NULL, second);
    assert_int_equal(od_take_tracks(take), 2);
    hear(take);
    assert_int_equal(rig_count_osc(rig, "b2"), 1);
    assert_int_equal(rig_count_osc(rig, "c2"), 1);
    assert_int_equal(rig_count_osc(rig, "a2"), 0);
}

static void
merges_can_be_piled_up_and_edited(void **state)
{
    (void)state;
    struct od_take *take = rig_take(rig, FIRST);
    for (int i = 0; i < 5; i++) {
        take = merge(take, second);
        struct od_take *edited = NULL;
        struct od_live_value value = {.type = OD_VALUE_FLOAT, .number = 0.125 * i};
        char error[OD_SCORE_ERROR_SIZE] = "";
        assert_int_equal(od_take_set(take, "b", "gain", &value, &edited, error), OD_OK);
        take = rig_keep(rig, edited);
    }
    assert_int_equal(od_take_tracks(take), 4);
    hear(take);
    assert_near(rig_number(rig_osc(rig, "b2", 0), "gain"), 0.5, 1e-6);
}

static struct od_take *
set_number(struct od_take *base, const char *id, const char *param, double number)
{
    struct od_take *edited = NULL;
    struct od_live_value value = {.type = OD_VALUE_FLOAT, .number = number};
    char error[OD_SCORE_ERROR_SIZE] = "";
    assert_int_equal(od_take_set(base, id, param, &value, &edited, error), OD_OK);
    return rig_keep(rig, edited);
}

static void
a_change_reaches_the_events_that_do_not_say_otherwise(void **state)
{
    (void)state;
    struct od_take *take =
        rig_take(rig, "{\"tracks\":{\"t\":{\"params\":{\"s\":\"plain\",\"pan\":0.25,\"speed\":1}}},"
                      "\"sequences\":{\"t\":{\"events\":[{\"step\":0},"
                      "{\"step\":1,\"params\":{\"s\":\"own\",\"pan\":0.75}}]}}}");
    take = set_number(take, "t", "pan", 0.5);
    take = set_number(take, "t", "speed", 2);
    hear(take);
    assert_near(rig_number(rig_osc(rig, "plain", 0), "pan"), 0.5, 1e-6);
    assert_near(rig_number(rig_osc(rig, "plain", 0), "speed"), 2, 1e-6);
    assert_near(rig_number(rig_osc(rig, "own", 0), "pan"), 0.75, 1e-6);
    assert_near(rig_number(rig_osc(rig, "own", 0), "speed"), 2, 1e-6);
}

static void
a_session_says_whether_it_begins_at_its_top(void **state)
{
    (void)state;
    static const struct {
        const char *session;
        bool top;
    } cases[] = {
        {"{\"apply\":{\"from\":\"top\"}}", true},
        {"{\"apply\":{\"from\":\"here\"}}", false},
        {"{\"apply\":{\"timing\":\"now\"}}", false},
        {"{\"scenes\":{\"s\":{\"from\":\"top\"}},\"apply\":{\"scene_name\":\"s\"}}", true},
        {"{\"scenes\":{\"s\":{\"from\":\"top\"}},\"apply\":{\"scene_name\":\"s\","
         "\"from\":\"here\"}}",
         false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct od_shared_score *score = rig_score(cases[i].session);
        struct od_take *take = NULL;
        enum od_apply_what what;
        char error[OD_SCORE_ERROR_SIZE] = "";
        assert_int_equal(od_take_apply(&rig->setup, NULL, score, false, &take, &what, error),
                         OD_OK);
        assert_int_equal(od_take_program(take)->from_top, cases[i].top);
        od_shared_score_unref(score);
        od_take_unref(take);
    }
}

/* Only the last one's score stays, however many have tracks that are still there. */
static void
exclusive_applies_let_the_scores_before_them_go(void **state)
{
    (void)state;
    static const char third[] = "{\"apply\":{\"timing\":\"now\",\"track_ids\":[\"d\"]},"
                                "\"tracks\":{\"d\":{\"params\":{\"s\":\"d3\"}}}}";
    struct od_shared_score *scores[] = {rig_score(FIRST), rig_score(second), rig_score(third)};
    struct od_take *take = NULL;
    for (size_t i = 0; i < 3; i++) {
        enum od_apply_what what;
        struct od_take *next = NULL;
        char error[OD_SCORE_ERROR_SIZE] = "";
        assert_int_equal(od_take_apply(&rig->setup, take, scores[i], false, &next, &what, error),
                         OD_OK);
        od_take_applied(next);
        od_take_unref(take);
        take = next;
    }
    assert_int_equal(scores[0]->refs, 1);
    assert_int_equal(scores[1]->refs, 1);
    assert_true(scores[2]->refs > 1);
    assert_int_equal(od_take_tracks(take), 5);
    assert_string_equal(od_take_track(take, 0).sound, "a1");
    assert_string_equal(od_take_track(take, 1).sound, "b2");
    od_take_unref(take);
    for (size_t i = 0; i < 3; i++) {
        od_shared_score_unref(scores[i]);
    }
}

static void
a_solo_that_was_merged_in_silences_the_others(void **state)
{
    (void)state;
    struct od_take *take = merge(
        rig_take(rig, FIRST), "{\"apply\":{\"timing\":\"now\",\"track_ids\":[\"b\"]},\"tracks\":{"
                              "\"b\":{\"params\":{\"s\":\"b2\"},\"meta\":{\"solo\":true}}}}");
    assert_false(od_take_track(take, 0).audible);
    assert_true(od_take_track(take, 1).audible);
    assert_true(od_take_track(take, 2).audible); /* MIDI tracks are among themselves */
}

static void
takes_outlive_what_they_were_made_of(void **state)
{
    (void)state;
    struct od_shared_score *score = rig_score(FIRST);
    struct od_take *take = NULL;
    struct od_take *muted = NULL;
    char error[OD_SCORE_ERROR_SIZE];
    assert_int_equal(od_take_new(&rig->setup, score, 0, &take, error), OD_OK);
    od_shared_score_unref(score);
    assert_int_equal(switch_one(take, OD_SWITCH_MUTE, "a", true, &muted), OD_OK);
    od_take_ref(take);
    od_take_unref(take);
    od_take_unref(take);
    hear(rig_keep(rig, muted));
    assert_int_equal(rig_count_osc(rig, "a1"), 0);
    assert_int_equal(rig_count_osc(rig, "b1"), 1);
    od_take_unref(NULL);
    od_shared_score_unref(NULL);
}

static void
what_is_known_of_a_batch_has_any_orbit(void **state)
{
    (void)state;
    struct od_take *take = rig_take(rig, "{\"messages\":[{\"step\":0,\"params\":{\"s\":\"bd\","
                                         "\"orbit\":-1e30}}]}");
    assert_int_equal(od_take_track(take, 0).orbit, INT32_MIN);
}

static void
no_number_of_sends_is_cut(void **state)
{
    (void)state;
    struct od_buf session = {0};
    od_buf_printf(&session, "{'mixer_lines': {'l': {}}, 'tracks': {'t': {'params': {'s': 'bd'}, "
                            "'sends': [");
    for (int i = 0; i < 65535; i++) { /* and the message itself: 2^16 */
        od_buf_printf(&session, "%s{'target':'l','amount':1}", i == 0 ? "" : ",");
    }
    od_buf_append(&session, "]}}, 'sequences': {'t': {'events': [{'step': 0}]}}}", 52);
    assert_false(session.failed);
    char *quoted = score_quoted((const char *)session.data);
    struct od_take *take = rig_take(rig, quoted);
    assert_int_equal(od_take_program(take)->voices[0].as.osc.n_messages, 65536);
    free(quoted);
    od_buf_clear(&session);
}

int
main(void)
{
#define LIVE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        LIVE_TEST(no_number_of_sends_is_cut),
        LIVE_TEST(what_is_known_of_a_batch_has_any_orbit),
        LIVE_TEST(what_is_known_of_tracks),
        LIVE_TEST(scenes_are_parts_of_the_score),
        LIVE_TEST(a_scene_without_environment_keeps_what_is_set),
        LIVE_TEST(a_tempo_override_wins_over_the_score),
        LIVE_TEST(a_batch_goes_to_its_destinations),
        LIVE_TEST(a_batch_loops_like_everything_else),
        LIVE_TEST(a_destination_nobody_named_is_refused_by_name),
        LIVE_TEST(a_midi_message_that_says_nothing_is_refused),
        LIVE_TEST(tracks_of_a_batch_are_muted_and_soloed_by_name),
        LIVE_TEST(messages_of_a_batch_can_be_triggered),
        LIVE_TEST(exclusive_apply_keeps_definitions_and_drops_their_events),
        LIVE_TEST(exclusive_apply_onto_nothing_plays_the_named_alone),
        LIVE_TEST(merges_can_be_piled_up_and_edited),
        LIVE_TEST(exclusive_applies_let_the_scores_before_them_go),
        LIVE_TEST(a_solo_that_was_merged_in_silences_the_others),
        LIVE_TEST(a_change_reaches_the_events_that_do_not_say_otherwise),
        LIVE_TEST(a_session_says_whether_it_begins_at_its_top),
        LIVE_TEST(takes_outlive_what_they_were_made_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
