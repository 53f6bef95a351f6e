#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/compile.h"
#include "scores.h"
#include "text/session.h"

#define TRACK(id, s) "'" id "': {'params': {'s': '" s "'}}"

static const char *
name_of(const struct od_score *score, uint32_t string)
{
    return score->strings + string;
}

static void
an_empty_session_is_a_score_of_silence(void **state)
{
    (void)state;
    struct od_score score;
    score_open("{}", &score);
    assert_int_equal(score.count[OD_SECTION_PARTS], 1);
    assert_int_equal(score.count[OD_SECTION_EVENTS], 0);
    assert_float_equal(score.parts[0].bpm, 120, 0);
    assert_float_equal(score.parts[0].default_gate, 1, 0);
    assert_float_equal(score.parts[0].swing, 0, 0);
    assert_int_equal(score.parts[0].flags, 0);
    assert_int_equal(score.header->dialect, 0);
    assert_int_equal(score.header->apply_timing, OD_SCORE_NONE);
    assert_int_equal(score.header->apply_part, OD_SCORE_NONE);
    od_score_close(&score);
}

static void
the_same_text_makes_the_same_bytes(void **state)
{
    (void)state;
    static const char session[] =
        "{'tracks': {'a': {'params': {'s': 'bd', 'extra_params': {'x': 'y', 'z': 2}}}},"
        " 'mixer_lines': {'m': {'include': ['a']}},"
        " 'sequences': {'a': {'events': [{'step': 3}, {'step': 3, 'note': 60}]}}}";
    struct od_buf first = {0};
    struct od_buf second = {0};
    score_compile(session, &first);
    void *between = malloc(12345); /* other memory, other garbage in it */
    score_compile(session, &second);
    assert_int_equal(first.length, second.length);
    assert_memory_equal(first.data, second.data, first.length);
    free(between);
    od_buf_clear(&first);
    od_buf_clear(&second);
}

static void
events_play_by_step_then_track_then_place_in_the_file(void **state)
{
    (void)state;
    struct od_score score;
    score_open(
        "{'tracks': {" TRACK("a", "bd") "," TRACK(
            "b",
            "sn") "},"
                  " 'tracks_midi': {'m': {'channel': 0}},"
                  " 'sequences': {"
                  "  'm': {'events': [{'step': 7, 'note': 5}]},"
                  "  'b': {'events': [{'step': 7, 'velocity': 0.2}, {'step': 0, 'velocity': 0.3}]},"
                  "  'a': {'events': [{'step': 7, 'velocity': 0.5}, {'step': 7, 'velocity': "
                  "0.4}]}}}",
        &score);
    assert_int_equal(score.parts[0].n_events, 5);
    const float velocities[] = {0.3f, 0.5f, 0.4f, 0.2f, 1};
    const uint16_t tracks[] = {1, 0, 0, 1, 2};
    for (int i = 0; i < 5; i++) {
        assert_float_equal(score.events[i].velocity, velocities[i], 0);
        assert_int_equal(score.events[i].track, tracks[i]);
    }
    assert_int_equal(score.index[1], 1);
    assert_int_equal(score.index[7], 1);
    assert_int_equal(score.index[8], 5);
    assert_int_equal(score.tracks[0].n_events, 2);
    assert_int_equal(score.midi_tracks[0].n_events, 1);
    od_score_close(&score);
}

static void
gates_and_notes_choose_the_variant(void **state)
{
    (void)state;
    struct od_score score;
    score_open(
        "{'environment': {'default_gate': 0.5}, 'tracks': {" TRACK(
            "a", "bd") "},"
                       " 'sequences': {'a': {'events': [{'step': 0}, {'step': 1, 'gate': null},"
                       "   {'step': 2, 'gate': 2.5, 'note': 0, 'offset_ms': -3}]}}}",
        &score);
    const struct od_event *events = score.events;
    assert_float_equal(events[0].gate_steps, OD_EVENT_DEFAULT_GATE, 0);
    assert_true(isnan(events[1].gate_steps));
    assert_int_equal(events[1].midi_velocity, 0);
    assert_float_equal(events[2].gate_steps, 2.5f, 0);
    assert_int_equal(events[2].note, 0);
    assert_int_equal(events[0].note, OD_EVENT_NO_NOTE);
    const uint32_t *first = score.tracks[0].first_message;
    assert_int_equal(first[0], 0);
    assert_int_equal(first[1], OD_SCORE_NONE);
    assert_int_equal(first[2], 1);
    assert_int_equal(first[3], 2);
    assert_float_equal(score.parts[0].min_offset_ms, -3, 0);
    assert_float_equal(score.parts[0].max_offset_ms, 0, 0);
    od_score_close(&score);
}

static void
a_negative_zero_is_a_zero(void **state)
{
    (void)state;
    struct od_score score;
    score_open("{'tracks': {" TRACK(
                   "a", "bd") "}, 'sequences': {'a': {'events': ["
                              "{'step': 0, 'velocity': -0.0, 'gate': -0.0, 'offset_ms': -0.0}]}}}",
               &score);
    assert_int_equal(signbit(score.events[0].velocity), 0);
    assert_int_equal(signbit(score.events[0].gate_steps), 0);
    assert_int_equal(signbit(score.events[0].offset_ms), 0);
    od_score_close(&score);
}

static void
a_string_is_kept_once(void **state)
{
    (void)state;
    struct od_score score;
    score_open("{'tracks': {" TRACK("bd", "bd") "," TRACK("sn", "bd") "}}", &score);
    assert_int_equal(score.tracks[0].id, score.params[0].value.string);
    assert_int_equal(score.params[0].value.string,
                     score.params[score.tracks[1].first_param].value.string);
    /* "", bd, superdirt, sn */
    assert_int_equal(score.count[OD_SECTION_STRINGS], 1 + 3 + 10 + 3);
    od_score_close(&score);
}

static void
a_solo_line_silences_the_others_and_what_they_carry(void **state)
{
    (void)state;
    struct od_score score;
    score_open(
        "{'tracks': {" TRACK("a", "bd") "," TRACK("b", "sn") "," TRACK(
            "c",
            "hh") "},"
                  " 'mixer_lines': {'x': {'include': ['a'], 'mute': true},"
                  "                 'y': {'include': ['b', 'a'], 'solo': true, 'mute': true}}}",
        &score);
    assert_int_equal(score.tracks[0].line, 0); /* the first line that includes it */
    assert_int_equal(score.tracks[1].line, 1);
    assert_int_equal(score.tracks[2].line, OD_SCORE_NONE);
    assert_int_equal(score.tracks[0].flags, OD_TRACK_LINE_SILENT);
    assert_int_equal(score.tracks[1].flags, 0);
    assert_int_equal(score.tracks[2].flags, 0);
    assert_int_equal(score.lines[0].flags, OD_TRACK_MUTE | OD_TRACK_LINE_SILENT);
    assert_int_equal(score.lines[1].flags, OD_TRACK_MUTE | OD_TRACK_SOLO);
    od_score_close(&score);
}

static void
mute_and_solo_of_tracks_stay_flags(void **state)
{
    (void)state;
    struct od_score score;
    score_open("{'tracks': {'a': {'meta': {'mute': true}, 'params': {'s': 'bd'}},"
               "            'b': {'meta': {'solo': true}, 'params': {'s': 'bd'}}},"
               " 'tracks_midi': {'m': {'channel': 3, 'solo': true, 'transpose': -5}}}",
               &score);
    assert_int_equal(score.tracks[0].flags, OD_TRACK_MUTE);
    assert_int_equal(score.tracks[1].flags, OD_TRACK_SOLO);
    assert_int_equal(score.midi_tracks[0].flags, OD_TRACK_SOLO);
    assert_int_equal(score.midi_tracks[0].channel, 3);
    assert_int_equal(score.midi_tracks[0].transpose, -5);
    assert_int_equal(score.midi_tracks[0].velocity, 127);
    od_score_close(&score);
}

static void
sends_to_nowhere_and_to_the_own_line_are_dropped(void **state)
{
    (void)state;
    struct od_score score;
    score_open("{'tracks': {'a': {'params': {'s': 'bd'}, 'sends': ["
               "   {'target': 'x', 'amount': 1}, {'target': 'nowhere', 'amount': 1},"
               "   {'mixer_line': 'y', 'gain': 0.5}, {'target': 'z', 'amount': 0.25}]}},"
               " 'mixer_lines': {'x': {'include': ['a']}, 'y': {}, 'z': {'mute': true}}}",
               &score);
    assert_int_equal(score.tracks[0].n_sends, 2);
    assert_int_equal(score.sends[0].line, 1);
    assert_float_equal(score.sends[0].amount, 0.5, 0);
    assert_int_equal(score.sends[1].line, 2);
    assert_int_equal(score.tracks[0].n_messages, 2); /* z is muted */
    od_score_close(&score);
}

/* A session with one modulated MIDI track; the signal is `first` at step 0, else 0. */
static void
open_midi(const char *first, struct od_score *score)
{
    struct od_buf text = {0};
    static const char *const names[] = {"'pitch_bend_modulation'", "'aftertouch_modulation'",
                                        "'velocity_modulation'"};
    od_buf_printf(&text,
                  "{'tracks_midi': {'m': {'channel': 1, 'velocity': 100, "
                  "'cc_modulations': {'74': {'signal': [%s",
                  first);
    for (int k = 1; k < OD_STEPS; k++) {
        od_buf_printf(&text, ",0");
    }
    od_buf_printf(&text, "]}}");
    for (int i = 0; i < 3; i++) {
        od_buf_printf(&text, ", %s: {'signal': [%s", names[i], first);
        for (int k = 1; k < OD_STEPS; k++) {
            od_buf_printf(&text, ",0");
        }
        od_buf_printf(&text, "]}");
    }
    od_buf_printf(&text,
                  "}}, 'sequences': {'m': {'events': [{'step': 0, 'note': 60, 'velocity': 0.8},"
                  "{'step': 1, 'note': 60, 'velocity': 0.29}, {'step': 2, 'note': 60, 'velocity': "
                  "9}]}}}");
    assert_true(od_buf_append(&text, "", 1));
    score_open((const char *)text.data, score);
    od_buf_clear(&text);
}

static void
midi_controllers_are_cut_to_what_the_wire_has(void **state)
{
    (void)state;
    const struct {
        const char *x;
        int cc, bend, velocity;
    } cases[] = {
        {"-1", 0, -8191, 0},    {"-0.5", 31, -4095, 40}, {"0", 63, 0, 80},
        {"0.001", 63, 8, 80},   {"0.5", 95, 4095, 120},  {"1", 127, 8191, 127},
        {"-0.0001", 63, 0, 79}, {"0.25", 79, 2047, 100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct od_score score;
        open_midi(cases[i].x, &score);
        assert_int_equal(score.midi_tracks[0].n_curves, 3);
        assert_int_equal(score.curves[0].kind, OD_CURVE_CC);
        assert_int_equal(score.curves[0].controller, 74);
        assert_int_equal(score.levels[score.curves[0].first], cases[i].cc);
        assert_int_equal(score.curves[1].kind, OD_CURVE_PITCH_BEND);
        assert_int_equal(score.levels[score.curves[1].first], cases[i].bend);
        assert_int_equal(score.curves[2].kind, OD_CURVE_PRESSURE);
        assert_int_equal(score.levels[score.curves[2].first], cases[i].cc);
        assert_int_equal(score.events[0].midi_velocity & 0x7f, cases[i].velocity);
        assert_int_equal(score.events[1].midi_velocity & 0x7f, 28); /* 0.29 · 100 in double */
        assert_int_equal(score.events[2].midi_velocity & 0x7f, 127);
        assert_float_equal(score.numbers[score.signals[score.midi_tracks[0].velocity_signal].first],
                           strtod(cases[i].x, NULL), 0);
        od_score_close(&score);
    }
}

static void
a_scene_takes_environment_and_lines_from_the_session(void **state)
{
    (void)state;
    struct od_score score;
    score_open("{'environment': {'bpm': 90, 'swing': 0.5}, 'tracks': {" TRACK(
                   "a", "bd") "},"
                              " 'mixer_lines': {'x': {'include': ['b']}},"
                              " 'scenes': {'one': {'tracks': {" TRACK(
                                  "b", "sn") "}},"
                                             "  'two': {'environment': {'bpm': 60}, 'mixer_lines': "
                                             "{}, 'tracks': {" TRACK("b", "hh") "}}}}",
               &score);
    assert_int_equal(score.count[OD_SECTION_PARTS], 3);
    const struct od_score_part *one = &score.parts[od_score_find_scene(&score, "one")];
    const struct od_score_part *two = &score.parts[od_score_find_scene(&score, "two")];
    assert_float_equal(one->bpm, 90, 0);
    assert_float_equal(one->swing, 0.5, 0);
    assert_int_equal(one->flags, 0);
    assert_int_equal(one->n_lines, 1);
    assert_int_equal(score.tracks[one->first_track].line, 0);
    assert_float_equal(two->bpm, 60, 0);
    assert_float_equal(two->swing, 0, 0);
    assert_int_equal(two->flags, OD_PART_ENVIRONMENT | OD_PART_LINES);
    assert_int_equal(two->n_lines, 0);
    assert_int_equal(score.tracks[two->first_track].line, OD_SCORE_NONE);
    assert_int_equal(od_score_find_scene(&score, "three"), OD_SCORE_NONE);
    assert_int_equal(od_score_find_scene(&score, ""), OD_SCORE_NONE);
    od_score_close(&score);
}

static void
apply_is_kept(void **state)
{
    (void)state;
    struct od_score score;
    score_open(
        "{'tracks': {" TRACK(
            "a", "bd") "}, 'scenes': {'x': {}, 'y': {}},"
                       " 'apply': {'timing': 'seq', 'track_ids': ['a', 'b'], 'scene_name': 'y'}}",
        &score);
    assert_int_equal(score.header->apply_timing, OD_TIMING_SEQ);
    assert_int_equal(score.header->apply_part, 2);
    assert_int_equal(score.count[OD_SECTION_APPLY_IDS], 2);
    assert_string_equal(name_of(&score, score.apply_ids[0]), "a");
    assert_string_equal(name_of(&score, score.apply_ids[1]), "b");
    od_score_close(&score);
}

static void
the_densest_step_is_known(void **state)
{
    (void)state;
    struct od_score score;
    score_open("{'tracks': {'a': {'params': {'s': 'bd'}, 'sends': [{'target': 'x', 'amount': 1}]}},"
               " 'mixer_lines': {'x': {}}, 'tracks_midi': {'m': {'channel': 0}},"
               " 'sequences': {'a': {'events': [{'step': 9}, {'step': 9}, {'step': 3}]},"
               "  'm': {'events': [{'step': 3, 'note': 1}]}}}",
               &score);
    assert_int_equal(score.parts[0].densest_step, 9);
    assert_int_equal(score.parts[0].densest_messages, 4);
    od_score_close(&score);
}

static void
same_messages_of_a_batch_share_a_track(void **state)
{
    (void)state;
    struct od_score score;
    score_open("{'bpm': 90, 'messages': ["
               " {'destination_id': 'superdirt', 'step': 4, 'params': {'s': 'bd', 'gain': 1}},"
               " {'destination_id': 'superdirt', 'step': 0, 'params': {'s': 'bd', 'gain': 1}},"
               " {'destination_id': 'superdirt', 'step': 4, 'params': {'s': 'bd', 'gain': 1.0}},"
               " {'destination_id': 'synth', 'step': 4, 'params': {'s': 'bd', 'gain': 1}},"
               " {'destination_id': 'superdirt', 'step': 4, 'params': {'s': 'bd', 'gain': 1,"
               "   'track_id': 't'}}]}",
               &score);
    assert_int_equal(score.header->dialect, 1);
    assert_float_equal(score.parts[0].bpm, 90, 0);
    assert_int_equal(score.parts[0].n_tracks, 4);
    assert_int_equal(score.tracks[0].n_events, 2);
    assert_int_equal(score.tracks[0].flags, OD_TRACK_BATCH);
    assert_string_equal(name_of(&score, score.tracks[2].destination), "synth");
    assert_string_equal(name_of(&score, score.tracks[3].id), "t");
    const uint16_t tracks[] = {0, 0, 1, 2, 3};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(score.events[i].track, tracks[i]);
        assert_int_equal(score.events[i].note, OD_EVENT_NO_NOTE);
        assert_true(isnan(score.events[i].gate_steps));
    }
    char *json = score_message(&score, 0, 0, 0);
    assert_string_equal(json, "[\"/dirt/play\",\"s\",\"bd\",\"gain\",1,\"cps\",0]");
    free(json);
    od_score_close(&score);
}

/* Compiles a text with an error and expects this code and pointer. */
static void
expect_finding(struct od_buf *text, enum od_severity severity, const char *code,
               const char *pointer)
{
    struct od_diag_list diags = {0};
    struct od_buf bytes = {0};
    assert_true(od_buf_append(text, "", 1));
    char *quoted = score_quoted((const char *)text->data);
    enum od_status status = score_try(quoted, &diags, &bytes);
    assert_int_equal(status, severity == OD_ERROR ? OD_EDATA : OD_OK);
    assert_int_equal(bytes.length == 0, severity == OD_ERROR);
    bool found = false;
    for (size_t i = 0; i < diags.count; i++) {
        found = found ||
                (diags.items[i].severity == severity && strcmp(diags.items[i].code, code) == 0 &&
                 strcmp(diags.items[i].pointer, pointer) == 0);
    }
    if (!found) {
        fail_msg("no %s at %s; first: %s at %s", code, pointer,
                 diags.count > 0 ? diags.items[0].code : "none",
                 diags.count > 0 ? diags.items[0].pointer : "nowhere");
    }
    od_diag_clear(&diags);
    od_buf_clear(&bytes);
    od_buf_clear(text);
    free(quoted);
}

static void
a_message_that_is_too_long_is_an_error_at_its_track(void **state)
{
    (void)state;
    struct od_buf text = {0};
    od_buf_printf(&text, "{'scenes': {'a/b~': {'tracks': {'t': {'params': {'s': '");
    for (int i = 0; i < 20000; i++) {
        od_buf_append(&text, "x", 1);
    }
    od_buf_printf(&text, "'}}}, 'sequences': {'t': {'events': [{'step': 0}]}}}}}");
    expect_finding(&text, OD_ERROR, "message-too-long", "/scenes/a~1b~0/tracks/t");
}

static void
a_batch_message_that_is_too_long_is_an_error(void **state)
{
    (void)state;
    struct od_buf text = {0};
    od_buf_printf(&text, "{'messages': [{'destination_id': 'd', 'step': 0, 'params': {'x': '");
    for (int i = 0; i < 20000; i++) {
        od_buf_append(&text, "x", 1);
    }
    od_buf_printf(&text, "'}}]}");
    expect_finding(&text, OD_ERROR, "message-too-long", "/messages/0");
}

static void
a_score_that_would_be_too_long_is_an_error_before_it_is_made(void **state)
{
    (void)state;
    struct od_buf text = {0};
    od_buf_printf(&text, "{'mixer_lines': {'l': {}}, 'tracks': {'t': {'params': {'s': '");
    for (int i = 0; i < 16000; i++) {
        od_buf_append(&text, "x", 1);
    }
    od_buf_printf(&text, "'}, 'sends': [");
    for (int i = 0; i < 100000; i++) { /* 1.6 GB of messages */
        od_buf_printf(&text, "%s{'target':'l','amount':1}", i == 0 ? "" : ",");
    }
    od_buf_printf(&text, "]}}, 'sequences': {'t': {'events': [{'step': 0}]}}}");
    expect_finding(&text, OD_ERROR, "too-long", "");
}

static void
lines_that_each_scene_copies_are_counted_too(void **state)
{
    (void)state;
    struct od_buf text = {0};
    od_buf_printf(&text, "{'mixer_lines': {");
    for (int i = 0; i < 10000; i++) {
        od_buf_printf(&text, "%s'%d':{}", i == 0 ? "" : ",", i);
    }
    od_buf_printf(&text, "}, 'scenes': {");
    for (int i = 0; i < 10000; i++) { /* 8.8 GB of lines */
        od_buf_printf(&text, "%s'%d':{}", i == 0 ? "" : ",", i);
    }
    od_buf_printf(&text, "}}");
    expect_finding(&text, OD_ERROR, "too-long", "");
}

static void
more_different_messages_than_a_score_can_count_are_an_error(void **state)
{
    (void)state;
    struct od_buf text = {0};
    od_buf_printf(&text, "{'messages': [");
    for (int i = 0; i <= 65535; i++) {
        od_buf_printf(&text, "%s{'destination_id':'d','step':0,'params':{'x':%d}}",
                      i == 0 ? "" : ",", i);
    }
    od_buf_printf(&text, "]}");
    expect_finding(&text, OD_ERROR, "too-many-tracks", "/messages/65535");
}

static void
a_step_that_superdirt_cannot_take_in_time_is_a_warning(void **state)
{
    (void)state;
    for (int n = 300; n <= 301; n++) {
        struct od_buf text = {0};
        od_buf_printf(&text, "{'tracks': {" TRACK("a", "bd") "}, 'sequences': {'a': {'events': [");
        for (int i = 0; i < n; i++) {
            od_buf_printf(&text, "%s{'step': 17}", i == 0 ? "" : ",");
        }
        od_buf_printf(&text, "]}}}");
        if (n == 301) {
            expect_finding(&text, OD_WARNING, "dense-step", "");
        } else {
            struct od_diag_list diags = {0};
            struct od_buf bytes = {0};
            assert_true(od_buf_append(&text, "", 1));
            char *quoted = score_quoted((const char *)text.data);
            assert_int_equal(score_try(quoted, &diags, &bytes), OD_OK);
            assert_int_equal(diags.warnings, 0);
            od_diag_clear(&diags);
            od_buf_clear(&bytes);
            od_buf_clear(&text);
            free(quoted);
        }
    }
}

static void
more_lines_than_orbits_are_a_warning(void **state)
{
    (void)state;
    struct od_buf text = {0};
    od_buf_printf(&text, "{'mixer_lines': {");
    for (int i = 0; i < 13; i++) {
        od_buf_printf(&text, "%s'line %d': {}", i == 0 ? "" : ",", i);
    }
    od_buf_printf(&text, "}}");
    expect_finding(&text, OD_WARNING, "orbit-range", "/mixer_lines/line 12");
}

static void
a_text_with_an_error_leaves_no_score(void **state)
{
    (void)state;
    struct od_diag_list diags = {0};
    struct od_buf bytes = {0};
    char text[] = "{\"tracks\": {\"a\": {}}}";
    assert_int_equal(score_try(text, &diags, &bytes), OD_EDATA);
    assert_int_equal(bytes.length, 0);
    od_diag_clear(&diags);
    od_buf_clear(&bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_session_is_a_score_of_silence),
        cmocka_unit_test(the_same_text_makes_the_same_bytes),
        cmocka_unit_test(events_play_by_step_then_track_then_place_in_the_file),
        cmocka_unit_test(gates_and_notes_choose_the_variant),
        cmocka_unit_test(a_negative_zero_is_a_zero),
        cmocka_unit_test(a_string_is_kept_once),
        cmocka_unit_test(a_solo_line_silences_the_others_and_what_they_carry),
        cmocka_unit_test(mute_and_solo_of_tracks_stay_flags),
        cmocka_unit_test(sends_to_nowhere_and_to_the_own_line_are_dropped),
        cmocka_unit_test(midi_controllers_are_cut_to_what_the_wire_has),
        cmocka_unit_test(a_scene_takes_environment_and_lines_from_the_session),
        cmocka_unit_test(apply_is_kept),
        cmocka_unit_test(the_densest_step_is_known),
        cmocka_unit_test(same_messages_of_a_batch_share_a_track),
        cmocka_unit_test(a_message_that_is_too_long_is_an_error_at_its_track),
        cmocka_unit_test(a_batch_message_that_is_too_long_is_an_error),
        cmocka_unit_test(a_score_that_would_be_too_long_is_an_error_before_it_is_made),
        cmocka_unit_test(lines_that_each_scene_copies_are_counted_too),
        cmocka_unit_test(more_different_messages_than_a_score_can_count_are_an_error),
        cmocka_unit_test(a_step_that_superdirt_cannot_take_in_time_is_a_warning),
        cmocka_unit_test(more_lines_than_orbits_are_a_warning),
        cmocka_unit_test(a_text_with_an_error_leaves_no_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
