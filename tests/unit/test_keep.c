/* The last word wins, by parts: what was changed live outlasts scenes and sessions that say nothing
 * new of it. */
#include <stdio.h>
#include <string.h>

#include "rig.h"

/* A track "a" with its mute and gain, "b" if `more`, a MIDI track; a scene without "a" and one with
 * another gain of it. */
static const char *
session(const char *a, const char *environment, bool more)
{
    static char text[4096];
    snprintf(
        text, sizeof text,
        "{\"environment\":{%s},\"tracks\":{%s%s\"a\":%s},\"tracks_midi\":{\"m\":{\"channel\":0,"
        "\"velocity\":100}},\"sequences\":{\"a\":{\"length\":1,\"events\":[{\"step\":0}]},\"b\":"
        "{\"length\":1,\"events\":[{\"step\":0}]},\"m\":{\"length\":1,\"events\":[{\"step\":0,"
        "\"note\":60}]}},\"scenes\":{\"without\":{\"tracks\":{\"b\":{\"params\":{\"s\":\"b\"}}}},"
        "\"other\":{\"tracks\":{\"a\":{\"params\":{\"s\":\"a\",\"gain\":0.25}}}}}}",
        environment, more ? "\"b\":{\"params\":{\"s\":\"b\"}}" : "", more ? "," : "", a);
    return text;
}

#define PLAIN "{\"params\":{\"s\":\"a\",\"gain\":0.5}}"

static struct od_take *
after(struct rig *rig, struct od_take *base, const char *text, const char *scene)
{
    struct od_shared_score *score = rig_score(text);
    const struct od_score *opened = od_shared_score_get(score);
    uint32_t part = *scene != '\0' ? od_score_find_scene(opened, scene) : 0;
    struct od_take *take = NULL;
    char error[OD_SCORE_ERROR_SIZE];
    assert_int_equal(od_take_after(&rig->setup, score, part, base, &take, error), OD_OK);
    od_shared_score_unref(score);
    return rig_keep(rig, take);
}

static struct od_take *
muted(struct od_take *base, const char *id, bool on)
{
    uint8_t wanted[8] = {OD_WANTED_AS_IT_IS};
    struct od_take *take = NULL;
    for (size_t i = 0; i < od_take_tracks(base); i++) {
        bool meant = strcmp(od_take_track(base, i).id, id) == 0;
        wanted[i] = meant ? (on ? OD_WANTED_ON : OD_WANTED_OFF) : OD_WANTED_AS_IT_IS;
    }
    assert_int_equal(od_take_switch(base, OD_SWITCH_MUTE, wanted, &take), OD_OK);
    return take;
}

static struct od_take *
mute(struct rig *rig, struct od_take *base, const char *id, bool on)
{
    return rig_keep(rig, muted(base, id, on));
}

static struct od_take *
set(struct rig *rig, struct od_take *base, const char *id, const char *param, double number)
{
    const struct od_live_value value = {
        .type = OD_VALUE_FLOAT, .number = number, .remove = isnan(number)};
    struct od_take *take = NULL;
    char error[OD_SCORE_ERROR_SIZE] = "";
    assert_int_equal(od_take_set(base, id, param, &value, &take, error), OD_OK);
    return rig_keep(rig, take);
}

static struct od_track_info
info(const struct od_take *take, const char *id)
{
    int voice = od_take_find(take, id);
    assert_true(voice >= 0);
    return od_take_track(take, (size_t)voice);
}

static void
what_a_session_does_not_change_stays_as_it_was_left(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    struct od_take *take = after(rig, NULL, session(PLAIN, "", true), "");
    take = set(rig, mute(rig, take, "a", true), "a", "gain", 0.75);
    take = set(rig, set(rig, take, "m", "velocity", 20), "b", "speed", 2);
    take = after(rig, take, session(PLAIN, "", true), "");
    assert_true(info(take, "a").mute && !info(take, "a").given_mute);
    assert_near(info(take, "a").gain, 0.75, 0);
    assert_int_equal(info(take, "m").velocity, 20);
    /* Now the gain is the session's word, the mute is not. */
    take = after(rig, take, session("{\"params\":{\"s\":\"a\",\"gain\":0.6}}", "", true), "");
    assert_true(info(take, "a").mute);
    assert_near(info(take, "a").gain, 0.6, 0);
    /* … and stays so when the old value comes again. */
    take = after(rig, take, session(PLAIN, "", true), "");
    assert_near(info(take, "a").gain, 0.5, 0);
    take = after(
        rig, take,
        session("{\"params\":{\"s\":\"a\",\"gain\":0.5},\"meta\":{\"mute\":true}}", "", true), "");
    take = after(rig, take, session(PLAIN, "", true), "");
    assert_false(info(take, "a").mute);
    rig_free(rig);
}

static void
a_part_without_the_track_compares_nothing(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    const char *text = session(PLAIN, "", true);
    struct od_take *take = after(rig, NULL, text, "");
    take = set(rig, mute(rig, take, "a", true), "a", "gain", 0.75);
    take = after(rig, take, text, "without");
    take = mute(rig, take, "b", true);
    take = after(rig, take, text, "without");
    assert_int_equal(od_take_find(take, "a"), -1);
    take = after(rig, take, text, "");
    assert_true(info(take, "a").mute && info(take, "b").mute);
    assert_near(info(take, "a").gain, 0.75, 0);
    take = after(rig, take, text, "other"); /* gives another gain; "b" is away */
    assert_true(info(take, "a").mute);
    assert_near(info(take, "a").gain, 0.25, 0);
    take = after(rig, take, text, "");
    assert_near(info(take, "a").gain, 0.5, 0);
    assert_true(info(take, "b").mute);
    rig_free(rig);
}

static void
what_was_removed_stays_removed(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    struct od_take *take = after(rig, NULL, session(PLAIN, "", false), "");
    take = set(rig, take, "a", "gain", NAN);
    assert_near(info(take, "a").gain, 1, 0);
    take = after(rig, take, session(PLAIN, "", false), "");
    assert_near(info(take, "a").gain, 1, 0);
    take = after(rig, take, session("{\"params\":{\"s\":\"a\",\"gain\":2}}", "", false), "");
    assert_near(info(take, "a").gain, 2, 0);
    rig_free(rig);
}

static void
the_tempo_is_kept_by_itself_and_so_are_swing_and_gate(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    const struct od_player_environment *now = &rig->player.environment;
    rig_start(rig, session(PLAIN, "\"bpm\":120,\"swing\":0.1", false));
    rig_to(rig, MS(1000));
    rig_bpm(rig, 150);
    const struct od_command swing = {.kind = OD_COMMAND_SWING, .number = 0.5};
    od_player_command(&rig->player, &swing, rig->now);
    rig_program(rig, rig_take(rig, session(PLAIN, "\"bpm\":120,\"swing\":0.2", false)), OD_WHEN_NOW,
                0);
    assert_near(now->bpm, 150, 0);
    assert_near(now->swing, 0.2, 0);
    rig_program(rig, rig_take(rig, session(PLAIN, "\"bpm\":121,\"swing\":0.2", false)), OD_WHEN_NOW,
                0);
    assert_near(now->bpm, 121, 0);
    rig_bpm(rig, 150);
    struct od_take *take = rig_take(rig, session(PLAIN, "\"bpm\":121", false));
    od_take_program(take)->anew = true;
    rig_program(rig, take, OD_WHEN_NOW, 0);
    assert_near(now->bpm, 121, 0);
    rig_free(rig);
}

static void
tracks_that_are_away_are_not_kept_in_mind_without_end(void **state)
{
    (void)state;
    const struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    struct od_take *take = after(rig, NULL, session(PLAIN, "", false), "");
    struct od_take *held = mute(rig, take, "a", true);
    od_take_ref(held);
    for (int i = 0; i < 100; i++) {
        char text[200];
        snprintf(text, sizeof text, "{\"tracks\":{\"t%d\":{\"params\":{\"s\":\"x\"}}}}", i);
        struct od_shared_score *score = rig_score(text);
        struct od_take *next = NULL;
        char error[OD_SCORE_ERROR_SIZE], id[8];
        snprintf(id, sizeof id, "t%d", i);
        assert_int_equal(od_take_after(&rig->setup, score, 0, held, &next, error), OD_OK);
        od_shared_score_unref(score);
        od_take_unref(held);
        held = muted(next, id, true);
        od_take_unref(next);
    }
    take = after(rig, held, session(PLAIN, "", false), "");
    assert_false(info(take, "a").mute); /* a hundred came after it */
    od_take_unref(held);
    rig_free(rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_session_does_not_change_stays_as_it_was_left),
        cmocka_unit_test(a_part_without_the_track_compares_nothing),
        cmocka_unit_test(what_was_removed_stays_removed),
        cmocka_unit_test(the_tempo_is_kept_by_itself_and_so_are_swing_and_gate),
        cmocka_unit_test(tracks_that_are_away_are_not_kept_in_mind_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
