/* A track that leaves its score takes along all that it is made of, and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "score/score_cut.h"
#include "scores.h"

static const char session[] =
    "{'environment':{'bpm':97,'swing':0.5,'tempo':[{'step':0,'bpm':90}]},'tracks':{"
    "'other':{'params':{'s':'far too long a name to be kept by whoever does not need it'}},"
    "'rich':{'params':{'s':'bd','n':3,'extra_params':{'odd':'word','number':7}},"
    "'sends':[{'target':'b','amount':0.5},{'target':'d','amount':0.25}],"
    "'modulations':{'pan':{'signal':[-1,0,1]},'gain':{'signal':[0,0.5]}}}},"
    "'tracks_midi':{'first':{'channel':1},'keys':{'channel':4,'velocity':80,"
    "'pitch_bend_modulation':{'signal':[0,0.5,-0.5]},'cc_modulations':{'7':{'signal':[0,1]}},"
    "'velocity_modulation':{'signal':[0,0.5]}}},"
    "'mixer_lines':{'a':{},'b':{'fx':{'reverb_room':0.5,'reverb_dry':0.1}},"
    "'c':{'include':['rich'],'volume':0.5},'d':{}},"
    "'sequences':{'other':{'events':[{'step':1}]},'rich':{'events':[{'step':0},"
    "{'step':4,'note':60},{'step':5,'params':{'s':'sn','odd':'other'}},{'step':6,'gate':null}]},"
    "'keys':{'events':[{'step':0,'note':60}]}},"
    "'scenes':{'s':{'tracks':{'rich':{'params':{'s':'of the scene'}}}}}}";

/* What a cut makes is a score like any other: sealed, every check lets it pass. */
static void
assert_sound(const struct od_score *cut)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_score again;
    size_t length = cut->header->length;
    void *bytes = malloc(length);
    assert_non_null(bytes);
    memcpy(bytes, cut->header, length);
    score_seal(bytes, length);
    if (od_score_open_memory(&again, bytes, length, error) != OD_OK) {
        fail_msg("%s", error);
    }
    free(bytes);
}

static void
assert_same_messages(const struct od_score *score, uint32_t track, const struct od_score *cut)
{
    const struct od_score_track *of = &score->tracks[track];
    for (unsigned variant = 0; variant < OD_VARIANTS; variant++) {
        bool has = of->first_message[variant] != OD_SCORE_NONE;
        assert_int_equal(has, cut->tracks[0].first_message[variant] != OD_SCORE_NONE);
        for (uint32_t i = 0; has && i < of->n_messages; i++) {
            char *before = score_message(score, track, variant, i);
            char *after = score_message(cut, 0, variant, i);
            assert_string_equal(before, after);
            free(before);
            free(after);
        }
    }
}

static void
a_track_is_the_same_in_a_score_of_its_own(void **state)
{
    (void)state;
    struct od_score score, cut;
    score_open(session, &score);
    for (uint32_t i = 0; i < score.parts[0].n_tracks; i++) {
        assert_int_equal(od_score_cut(&score, 0, false, i, &cut), OD_OK);
        assert_sound(&cut);
        assert_string_equal(cut.strings + cut.tracks[0].id, score.strings + score.tracks[i].id);
        assert_int_equal(cut.tracks[0].n_params, score.tracks[i].n_params);
        assert_same_messages(&score, i, &cut);
        od_score_close(&cut);
    }
    od_score_close(&score);
}

static void
what_a_track_is_made_of_comes_along_once(void **state)
{
    (void)state;
    struct od_score score, cut;
    score_open(session, &score);
    assert_int_equal(od_score_cut(&score, 0, false, 1, &cut), OD_OK);
    const struct od_score_track *track = &cut.tracks[0];
    assert_string_equal(cut.strings + cut.lines[track->line].name, "c");
    assert_string_equal(cut.strings + cut.lines[cut.sends[0].line].name, "b");
    assert_string_equal(cut.strings + cut.lines[cut.sends[1].line].name, "d");
    assert_int_equal(cut.count[OD_SECTION_LINES], 3);
    assert_int_equal(cut.count[OD_SECTION_SIGNALS], 2);
    assert_int_equal(track->n_owns, score.tracks[1].n_owns);
    assert_true(track->n_owns > 0);
    od_score_close(&cut);
    od_score_close(&score);
}

static void
nothing_else_comes_along(void **state)
{
    (void)state;
    struct od_score score, cut;
    score_open(session, &score);
    assert_int_equal(od_score_cut(&score, 0, false, 1, &cut), OD_OK);
    assert_null(memmem(cut.strings, cut.count[OD_SECTION_STRINGS], "far too long", 12));
    assert_int_equal(cut.count[OD_SECTION_PARTS], 1);
    assert_int_equal(cut.count[OD_SECTION_EVENTS], 0);
    assert_int_equal(cut.count[OD_SECTION_INDEX], 0);
    assert_true(cut.header->length < score.header->length);
    od_score_close(&cut);
    od_score_close(&score);
}

static void
a_midi_track_keeps_its_curves(void **state)
{
    (void)state;
    struct od_score score, cut;
    score_open(session, &score);
    const struct od_score_midi_track *was = &score.midi_tracks[1];
    assert_int_equal(od_score_cut(&score, 0, true, 1, &cut), OD_OK);
    assert_sound(&cut);
    const struct od_score_midi_track *track = &cut.midi_tracks[0];
    assert_string_equal(cut.strings + track->id, "keys");
    assert_int_equal(track->channel, 4);
    assert_int_equal(track->n_curves, 2);
    for (uint32_t i = 0; i < track->n_curves; i++) {
        const struct od_score_curve *old = &score.curves[was->first_curve + i];
        const struct od_score_curve *curve = &cut.curves[i];
        assert_int_equal(curve->length, old->length);
        assert_memory_equal(cut.levels + curve->first, score.levels + old->first,
                            old->length * sizeof *score.levels);
    }
    assert_int_equal(cut.signals[track->velocity_signal].length, 2);
    od_score_close(&cut);
    od_score_close(&score);
}

static void
a_track_of_a_scene_is_that_of_the_scene(void **state)
{
    (void)state;
    struct od_score score, cut;
    score_open(session, &score);
    uint32_t track = score.parts[1].first_track;
    assert_int_equal(od_score_cut(&score, 1, false, track, &cut), OD_OK);
    assert_sound(&cut);
    assert_same_messages(&score, track, &cut);
    od_score_close(&cut);
    od_score_close(&score);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_track_is_the_same_in_a_score_of_its_own),
        cmocka_unit_test(what_a_track_is_made_of_comes_along_once),
        cmocka_unit_test(nothing_else_comes_along),
        cmocka_unit_test(a_midi_track_keeps_its_curves),
        cmocka_unit_test(a_track_of_a_scene_is_that_of_the_scene),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
