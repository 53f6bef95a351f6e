#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "random.h"
#include "text/session.h"

struct reading {
    struct od_session session;
    struct od_diag_list diags;
    enum od_status status;
    char *text;
};

/* Reads a text, with ' for " to keep the cases readable, in memory of exactly its length. */
static struct reading
read_text(const char *text)
{
    struct reading r = {.text = malloc(strlen(text))};
    size_t length = strlen(text);
    assert_non_null(r.text);
    for (size_t i = 0; i < length; i++) {
        r.text[i] = (char)(text[i] == '\'' ? '"' : text[i]);
    }
    const struct od_source source = {"t", r.text, length};
    r.diags = (struct od_diag_list){0};
    r.status = od_session_read(&r.session, &source, &r.diags);
    return r;
}

/* The same for a text that must be without any finding. */
static struct reading
read_clean(const char *text)
{
    struct reading r = read_text(text);
    if (r.diags.count > 0) {
        fail_msg("%s: %s", r.diags.items[0].pointer, r.diags.items[0].message);
    }
    assert_int_equal(r.status, OD_OK);
    return r;
}

/* For a text that has one warning, with this code at this place. */
static struct reading
read_warned(const char *text, const char *code, const char *pointer)
{
    struct reading r = read_text(text);
    assert_int_equal(r.status, OD_OK);
    assert_int_equal(r.diags.count, 1);
    assert_string_equal(r.diags.items[0].code, code);
    assert_string_equal(r.diags.items[0].pointer, pointer);
    return r;
}

static void
end(struct reading *r)
{
    od_session_clear(&r->session);
    od_diag_clear(&r->diags);
    free(r->text);
}

#define assert_number(value, wanted) assert_true((value) == (wanted))

static void
an_empty_object_is_a_session_with_defaults(void **state)
{
    (void)state;
    struct reading r = read_clean("{}");
    const struct od_part *part = &r.session.main;
    assert_number(part->environment.bpm, 120);
    assert_number(part->environment.default_gate, 1);
    assert_number(part->environment.swing, 0);
    assert_null(part->name.text);
    assert_false(part->has_environment || part->has_lines || r.session.is_batch);
    assert_int_equal(part->n_tracks + part->n_midi_tracks + part->n_lines + part->n_sequences, 0);
    assert_false(r.session.apply.present);
    assert_int_equal(r.session.apply.timing, OD_TIMING_BAR);
    end(&r);
}

static void
null_equals_absent(void **state)
{
    (void)state;
    struct reading r = read_clean(
        "{'environment': null, 'tracks': {'gone': null, 'a': {'meta': null, 'params': {'s': 'bd', "
        "'gain': null, 'extra_params': {'x': null}}, 'fx': null, 'track_fx': {'cutoff': null, "
        "'vowel': null}, 'sends': null, 'modulations': {'pan': null}}}, 'tracks_midi': {'m': "
        "{'channel': 3, 'velocity': null, 'cc_modulations': {'7': null}, 'pitch_bend_modulation': "
        "null}}, 'mixer_lines': {'l': {'fx': {'reverb_room': null}, 'include': null}}, "
        "'sequences': "
        "{'a': {'events': [{'step': 1, 'velocity': null, 'note': null, 'offset_ms': null}]}}, "
        "'scenes': {'s': null}, 'apply': null, 'messages': null, 'bpm': null}");
    const struct od_part *part = &r.session.main;
    assert_false(part->has_environment);
    assert_int_equal(part->n_tracks, 1);
    assert_int_equal(part->tracks[0].n_values, 1);
    assert_int_equal(part->tracks[0].n_modulations, 0);
    assert_int_equal(part->midi_tracks[0].velocity, 127);
    assert_int_equal(part->midi_tracks[0].n_ccs, 0);
    assert_number(part->lines[0].room, 0);
    assert_number(part->sequences[0].events[0].velocity, 1);
    assert_int_equal(part->sequences[0].events[0].note, OD_NO_NOTE);
    assert_int_equal(part->sequences[0].events[0].gate, OD_GATE_DEFAULT);
    assert_int_equal(r.session.n_scenes, 0);
    assert_false(r.session.is_batch || r.session.apply.present);
    end(&r);
}

static void
an_environment_is_read(void **state)
{
    (void)state;
    struct reading r = read_clean("{'environment': {'swing': 0.5, 'loop_steps': 256.0, "
                                  "'default_gate': 0.25, 'bpm': 97.5}}");
    assert_true(r.session.main.has_environment);
    assert_number(r.session.main.environment.bpm, 97.5);
    assert_number(r.session.main.environment.default_gate, 0.25);
    assert_number(r.session.main.environment.swing, 0.5);
    end(&r);
}

static void
assert_value(const struct od_param_value *value, enum od_param param, enum od_value_type type,
             double number)
{
    assert_int_equal(value->param, param);
    assert_int_equal(value->type, type);
    assert_number(value->number, number);
    assert_null(value->name);
}

static void
the_values_of_a_track_are_in_the_order_of_the_message(void **state)
{
    (void)state;
    struct reading r = read_clean(
        "{'tracks': {'a': {'track_fx': {'vowel': 'a', 'release': 0.5, 'cutoff': 900}, "
        "'fx': {'cutoff': 1, 'room': 0.5, 'attack': 0.01}, 'params': {'extra_params': {'zz': 1, "
        "'aa': 1.0, 'flag': true, 'word': 'x'}, 'legato': 2, 'n': 3.0, 'cut': -1, 'pan': 0.25, "
        "'s': "
        "'bd', 's_path': 7, 'orbit': 11, 'gain': 0.9, 'speed': -1.5, 'begin': 0.1, 'end': 0.9}}}}");
    const struct od_track *track = &r.session.main.tracks[0];
    const struct od_param_value *v = track->values;
    assert_int_equal(track->n_values, 19);
    assert_int_equal(v[0].param, OD_PARAM_S);
    assert_string_equal(v[0].string, "bd");
    assert_value(&v[1], OD_PARAM_ORBIT, OD_VALUE_INT, 11);
    assert_value(&v[2], OD_PARAM_GAIN, OD_VALUE_FLOAT, 0.9);
    assert_value(&v[3], OD_PARAM_PAN, OD_VALUE_FLOAT, 0.25);
    assert_value(&v[4], OD_PARAM_N, OD_VALUE_INT, 3);
    assert_value(&v[5], OD_PARAM_SPEED, OD_VALUE_FLOAT, -1.5);
    assert_value(&v[6], OD_PARAM_BEGIN, OD_VALUE_FLOAT, 0.1);
    assert_value(&v[7], OD_PARAM_END, OD_VALUE_FLOAT, 0.9);
    assert_value(&v[8], OD_PARAM_CUT, OD_VALUE_INT, -1);
    assert_value(&v[9], OD_PARAM_LEGATO, OD_VALUE_FLOAT, 2);
    assert_value(&v[10], OD_PARAM_CUTOFF, OD_VALUE_FLOAT, 900);
    assert_value(&v[11], OD_PARAM_ROOM, OD_VALUE_FLOAT, 0.5);
    assert_value(&v[12], OD_PARAM_ATTACK, OD_VALUE_FLOAT, 0.01);
    assert_value(&v[13], OD_PARAM_RELEASE, OD_VALUE_FLOAT, 0.5);
    assert_int_equal(v[14].param, OD_PARAM_VOWEL);
    assert_string_equal(v[14].string, "a");
    static const char *const extras[] = {"zz", "aa", "flag", "word"};
    static const enum od_value_type types[] = {OD_VALUE_INT, OD_VALUE_FLOAT, OD_VALUE_INT,
                                               OD_VALUE_STRING};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(v[15 + i].param, OD_PARAM_EXTRA);
        assert_string_equal(v[15 + i].name, extras[i]);
        assert_int_equal(v[15 + i].type, types[i]);
    }
    assert_number(v[17].number, 1);
    assert_string_equal(v[18].string, "x");
    end(&r);
}

static void
each_known_effect_is_read_where_it_may_stand(void **state)
{
    (void)state;
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        for (int k = 0; k < 2; k++) {
            unsigned where = k == 0 ? OD_IN_FX : OD_IN_TRACK_FX;
            char text[256];
            if ((od_params[i].where & where) == 0) {
                continue;
            }
            snprintf(text, sizeof text,
                     "{'tracks': {'a': {'params': {'s': 'x'}, '%s': {'%s': %s}}}}",
                     k == 0 ? "fx" : "track_fx", od_params[i].name,
                     od_params[i].type == OD_PARAM_STRING ? "'o'" : "0.5");
            struct reading r = read_clean(text);
            assert_int_equal(r.session.main.tracks[0].n_values, 2);
            assert_int_equal(r.session.main.tracks[0].values[1].param, i);
            end(&r);
        }
    }
}

static void
ids_and_values_know_their_places(void **state)
{
    (void)state;
    static const char text[] = "{'tracks': {'kick': {'meta': {'track_id': 'kick', 'mute': true, "
                               "'solo': true, 'range_id': 4}, 'params': {'s': 'bd', 'gain': 2}}}}";
    struct reading r = read_clean(text);
    const struct od_track *track = &r.session.main.tracks[0];
    assert_true(track->mute && track->solo);
    assert_string_equal(track->id.text, "kick");
    assert_int_equal(track->id.offset, strstr(text, "'kick'") - text);
    assert_int_equal(track->values[1].offset, strstr(text, "2}}}}") - text);
    end(&r);
}

static void
sends_have_synonyms_and_amounts(void **state)
{
    (void)state;
    struct reading r =
        read_text("{'mixer_lines': {'a': {'fx': {'leslie_rate': 1}}, "
                  "'b': {'fx': {'reverb_room': 1}}}, 'tracks': {'t': {'params': "
                  "{'s': 'bd'}, 'sends': [{'target': 'a', 'amount': 0.5}, {'target': "
                  "'b'}, {'mixer_line': 'a'}, {'gain': 0.25, 'mixer_line': 'b'}, "
                  "{'target': 'a', 'gain': 0.75}]}}}");
    static const double amounts[] = {0.5, 0, 1, 0.25, 0.75};
    const struct od_track *track = &r.session.main.tracks[0];
    assert_int_equal(r.status, OD_OK);
    assert_int_equal(r.diags.count, 1);
    assert_string_equal(r.diags.items[0].code, "send-amount");
    assert_int_equal(track->n_sends, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_number(track->sends[i].amount, amounts[i]);
        assert_string_equal(track->sends[i].target.text, i == 1 || i == 3 ? "b" : "a");
    }
    end(&r);
}

static void
a_send_to_the_own_line_is_dropped_without_a_word(void **state)
{
    (void)state;
    struct reading r = read_clean(
        "{'mixer_lines': {'a': {'include': ['t']}, 'b': {'include': ['t'], 'fx': "
        "{'leslie_rate': 1}}}, 'tracks': "
        "{'t': {'params': {'s': 'bd'}, 'sends': [{'target': 'a', 'amount': 1}, {'target': "
        "'b', 'amount': 0.5}]}}}");
    const struct od_track *track = &r.session.main.tracks[0];
    assert_int_equal(track->n_sends, 1);
    assert_string_equal(track->sends[0].target.text, "b");
    end(&r);
}

static void
a_send_to_nowhere_is_dropped_with_a_warning(void **state)
{
    (void)state;
    struct reading r = read_warned(
        "{'tracks': {'t': {'params': {'s': 'bd'}, 'sends': [{'target': 'a', 'amount': 1}]}}}",
        "unknown-target", "/tracks/t/sends/0");
    assert_int_equal(r.session.main.tracks[0].n_sends, 0);
    end(&r);
}

/* A text made of pieces; '@' with a number behind it stands for a signal that begins so. */
static char *
with_signals(const char *pieces)
{
    struct od_buf text = {0};
    while (*pieces != '\0') {
        size_t length = strcspn(pieces, "@");
        od_buf_append(&text, pieces, length);
        pieces += length;
        if (*pieces == '@') {
            length = strspn(++pieces, "-.0123456789");
            od_buf_printf(&text, "{'signal': [%.*s", (int)length, pieces);
            for (int i = 1; i < OD_STEPS; i++) {
                od_buf_append(&text, ",0", 2);
            }
            od_buf_append(&text, "]}", 2);
            pieces += length;
        }
    }
    od_buf_append(&text, "", 1);
    assert_false(text.failed);
    return (char *)text.data;
}

static void
modulations_are_one_for_each_parameter(void **state)
{
    (void)state;
    char *text =
        with_signals("{'tracks': {'t': {'params': {'s': 'bd'}, 'modulations': {'room': @0.5, "
                     "'cutoff': @0.25, 'filter.cutoff': @-1}}}}");
    struct reading r = read_warned(text, "same-parameter", "/tracks/t/modulations/filter.cutoff");
    const struct od_track *track = &r.session.main.tracks[0];
    assert_int_equal(track->n_modulations, 2);
    assert_int_equal(track->modulations[0].param, OD_PARAM_CUTOFF);
    assert_number(track->modulations[0].signal.values[0], -1);
    assert_int_equal(track->modulations[1].param, OD_PARAM_ROOM);
    assert_number(track->modulations[1].signal.values[0], 0.5);
    assert_number(track->modulations[1].signal.values[255], 0);
    end(&r);
    free(text);
}

static void
a_signal_beyond_its_range_is_clamped(void **state)
{
    (void)state;
    char *text =
        with_signals("{'tracks': {'t': {'params': {'s': 'bd'}, 'modulations': {'pan': @-1.5}}}}");
    struct reading r = read_warned(text, "range", "/tracks/t/modulations/pan/signal/0");
    assert_number(r.session.main.tracks[0].modulations[0].signal.values[0], -1);
    end(&r);
    free(text);
}

static void
a_midi_track_is_read(void **state)
{
    (void)state;
    char *text = with_signals(
        "{'tracks_midi': {'m': {'track_id': 'm', 'solo': true, 'mute': true, 'transpose': -12, "
        "'velocity': 100, 'channel': 15, 'cc_modulations': {'127': @0.1, '0': @0.2}, "
        "'pitch_bend_modulation': @0.3, 'aftertouch_modulation': @0.4, 'velocity_modulation': "
        "@0.5}}}");
    struct reading r = read_clean(text);
    const struct od_midi_track *track = &r.session.main.midi_tracks[0];
    assert_int_equal(track->channel, 15);
    assert_int_equal(track->velocity, 100);
    assert_int_equal(track->transpose, -12);
    assert_true(track->mute && track->solo);
    assert_int_equal(track->n_ccs, 2);
    assert_int_equal(track->ccs[0].controller, 127);
    assert_number(track->ccs[0].signal.values[0], 0.1);
    assert_int_equal(track->ccs[1].controller, 0);
    assert_number(track->pitch_bend.values[0], 0.3);
    assert_number(track->aftertouch.values[0], 0.4);
    assert_number(track->velocity_signal.values[0], 0.5);
    end(&r);
    free(text);
}

static void
midi_values_beyond_their_range_are_clamped(void **state)
{
    (void)state;
    struct reading r =
        read_text("{'tracks_midi': {'m': {'channel': 0, 'velocity': 300, 'transpose': -128}}}");
    assert_int_equal(r.status, OD_OK);
    assert_int_equal(r.diags.warnings, 2);
    assert_int_equal(r.session.main.midi_tracks[0].velocity, 127);
    assert_int_equal(r.session.main.midi_tracks[0].transpose, -127);
    end(&r);
}

static void
a_mixer_line_is_read_with_its_defaults(void **state)
{
    (void)state;
    struct reading r = read_clean(
        "{'tracks': {'t': {'params': {'s': 'bd'}}}, 'mixer_lines': {'plain': {}, 'wet': {'name': "
        "'wet', 'include': ['t'], 'volume': 0.5, 'pan': 0.75, 'mute': true, 'solo': true, "
        "'output': "
        "2, 'dynamics': {'limiter': true, 'compressor_knee': 'soft'}, 'fx': {'reverb_send': 0.1, "
        "'reverb_size': 0.2, 'reverb_dry': 0.3, 'delay_send': 0.4, 'delay_time': 0.5, "
        "'delay_feedback': 0.6, 'leslie_rate': 0.7, 'leslie_size': 0.8}}}}");
    const struct od_mixer_line *plain = &r.session.main.lines[0], *wet = &r.session.main.lines[1];
    assert_true(r.session.main.has_lines);
    assert_string_equal(plain->name.text, "plain");
    assert_number(plain->volume, 1);
    assert_number(plain->pan, 0.5);
    assert_number(plain->room, 0);
    assert_number(plain->size, 0.5);
    assert_number(plain->dry, 1);
    assert_number(plain->delay_send, 0);
    assert_number(plain->delay_time, 0.375);
    assert_number(plain->delay_feedback, 0.4);
    assert_number(plain->leslie_rate + plain->leslie_size, 0);
    assert_number(wet->room, 0.1);
    assert_number(wet->size, 0.2);
    assert_number(wet->dry, 0.3);
    assert_number(wet->delay_send, 0.4);
    assert_number(wet->delay_time, 0.5);
    assert_number(wet->delay_feedback, 0.6);
    assert_number(wet->leslie_rate, 0.7);
    assert_number(wet->leslie_size, 0.8);
    assert_int_equal(wet->output, 2);
    assert_true(wet->mute && wet->solo);
    assert_int_equal(wet->n_include, 1);
    assert_string_equal(wet->include[0].text, "t");
    end(&r);
}

static void
events_are_read_with_the_three_kinds_of_gate(void **state)
{
    (void)state;
    struct reading r = read_clean(
        "{'tracks': {'t': {'params': {'s': 'bd'}}}, 'sequences': {'t': {'track_id': 't', 'events': "
        "[{'step': 0}, {'step': 255, 'velocity': 0.5, 'note': 127, 'gate': 0.5, 'offset_ms': "
        "-2.5}, "
        "{'gate': null, 'note': 0, 'step': 3.0, 'velocity': 0}]}}}");
    const struct od_session_event *e = r.session.main.sequences[0].events;
    assert_int_equal(r.session.main.sequences[0].n_events, 3);
    assert_int_equal(e[0].step, 0);
    assert_number(e[0].velocity, 1);
    assert_int_equal(e[0].note, OD_NO_NOTE);
    assert_int_equal(e[0].gate, OD_GATE_DEFAULT);
    assert_number(e[0].offset_ms, 0);
    assert_int_equal(e[1].step, 255);
    assert_number(e[1].velocity, 0.5);
    assert_int_equal(e[1].note, 127);
    assert_int_equal(e[1].gate, OD_GATE_GIVEN);
    assert_number(e[1].gate_steps, 0.5);
    assert_number(e[1].offset_ms, -2.5);
    assert_int_equal(e[2].step, 3);
    assert_int_equal(e[2].note, 0);
    assert_int_equal(e[2].gate, OD_GATE_NULL);
    assert_int_equal(r.text[e[1].offset], '{');
    assert_memory_equal(r.text + e[2].offset, "{\"gate\"", 7);
    end(&r);
}

static void
many_events_keep_their_order(void **state)
{
    (void)state;
    enum {
        N = 20000
    };
    char *text = malloc(N * 64 + 256), *at = text;
    at += sprintf(at, "{'tracks': {'t': {'params': {'s': 'bd'}}}, 'sequences': {'t': {'events': [");
    for (int i = 0; i < N; i++) {
        at += sprintf(at, "%s{'step': %d, 'offset_ms': %d}", i == 0 ? "" : ",", i * 7 % 256, i);
    }
    sprintf(at, "]}}}");
    struct reading r = read_clean(text);
    const struct od_sequence *sequence = &r.session.main.sequences[0];
    assert_int_equal(sequence->n_events, N);
    for (int i = 0; i < N; i++) {
        assert_int_equal(sequence->events[i].step, i * 7 % 256);
        assert_number(sequence->events[i].offset_ms, i);
    }
    end(&r);
    free(text);
}

static void
assert_same_event(const struct od_session_event *a, const struct od_session_event *b)
{
    assert_int_equal(a->step, b->step);
    assert_number(a->velocity, b->velocity);
    assert_int_equal(a->note, b->note);
    assert_int_equal(a->gate, b->gate);
    assert_true(a->gate != OD_GATE_GIVEN || a->gate_steps == b->gate_steps);
    assert_number(a->offset_ms, b->offset_ms);
}

/* The members of a random event, some of which may be wrong. */
static void
append_members(struct od_buf *text, uint64_t *seed)
{
    static const char *const names[] = {"velocity", "note", "gate", "offset_ms"};
    static const char *const values[] = {"0",
                                         "1",
                                         "0.5",
                                         "0.123456789012345678",
                                         "60",
                                         "127",
                                         "60.0",
                                         "null",
                                         "-0",
                                         "-0.0",
                                         "2",
                                         "-1",
                                         "128",
                                         "60.5",
                                         "1e1",
                                         "true",
                                         "'x'",
                                         "-12.5",
                                         "1.0000000000000000001"};
    uint64_t bits = random_bits(seed);
    for (size_t i = 0; i < 4; i++, bits >>= 8) {
        const char *space = (bits & 64) != 0 ? " " : "";
        if ((bits & 128) != 0) {
            /* mostly a good value: a wrong one is told, and the event is not played */
            size_t n = (bits & 32) != 0 ? sizeof values / sizeof values[0] : 8;
            od_buf_printf(text, ",%s'%s':%s%s%s", space, names[(i + bits) % 4], space,
                          values[random_bits(seed) % n], space);
        }
    }
}

/* An escape in the first key keeps an event from being read the fast way. */
static void
the_fast_way_and_the_usual_way_read_the_same(void **state)
{
    (void)state;
    uint64_t seed = 4;
    size_t good = 0;
    for (int i = 0; i < 20000; i++) {
        struct od_buf members = {0}, fast = {0}, usual = {0};
        static const char before[] =
            "{'tracks':{'t':{'params':{'s':'x'}}},'sequences':{'t':{'events':[{'";
        append_members(&members, &seed);
        od_buf_append(&members, "", 1);
        int step = (int)(random_bits(&seed) % 260);
        od_buf_printf(&fast, "%sstep':%d%s}]}}}", before, step, (char *)members.data);
        od_buf_printf(&usual, "%s\\u0073tep':%d%s}]}}}", before, step, (char *)members.data);
        od_buf_append(&fast, "", 1);
        od_buf_append(&usual, "", 1);
        struct reading a = read_text((char *)fast.data), b = read_text((char *)usual.data);
        assert_int_equal(a.status, b.status);
        assert_int_equal(a.diags.count, b.diags.count);
        for (size_t k = 0; k < a.diags.count; k++) {
            assert_string_equal(a.diags.items[k].message, b.diags.items[k].message);
            assert_string_equal(a.diags.items[k].pointer, b.diags.items[k].pointer);
        }
        if (a.status == OD_OK) {
            good++;
            assert_same_event(a.session.main.sequences[0].events,
                              b.session.main.sequences[0].events);
        }
        end(&a);
        end(&b);
        od_buf_clear(&members);
        od_buf_clear(&fast);
        od_buf_clear(&usual);
    }
    assert_true(good > 2000 && good < 18000);
}

static void
scenes_are_parts_of_their_own(void **state)
{
    (void)state;
    struct reading r = read_clean(
        "{'environment': {'bpm': 90}, 'tracks': {'bd': {'params': {'s': 'bd'}}}, 'mixer_lines': "
        "{'wet': {'include': ['bd', 'sn']}}, 'scenes': {'a': {'name': 'a', 'tracks': {'sn': "
        "{'params': {'s': 'sn'}, 'sends': [{'target': 'wet', 'amount': 1}]}}, 'sequences': {'sn': "
        "{'events': [{'step': 4}]}}}, 'b': {'environment': {'swing': 0.5}, 'mixer_lines': {}, "
        "'tracks_midi': {'m': {'channel': 0}}}}}");
    const struct od_part *a = &r.session.scenes[0], *b = &r.session.scenes[1];
    assert_int_equal(r.session.n_scenes, 2);
    assert_string_equal(a->name.text, "a");
    assert_false(a->has_environment || a->has_lines);
    assert_int_equal(a->n_tracks, 1);
    assert_int_equal(a->tracks[0].n_sends, 0); /* it is on that line */
    assert_int_equal(a->sequences[0].n_events, 1);
    assert_true(b->has_environment && b->has_lines);
    assert_number(b->environment.bpm, 120);
    assert_number(b->environment.swing, 0.5);
    assert_int_equal(b->n_midi_tracks, 1);
    assert_int_equal(r.session.main.n_tracks, 1);
    end(&r);
}

static void
apply_is_read(void **state)
{
    (void)state;
    struct reading r =
        read_clean("{'tracks': {'bd': {'params': {'s': 'bd'}}}, 'scenes': {'x': {'tracks_midi': "
                   "{'m': {'channel': 1}}}}, 'apply': {'timing': 'immediate', 'track_ids': ['bd', "
                   "'m'], 'scene_name': 'x'}}");
    assert_true(r.session.apply.present);
    assert_int_equal(r.session.apply.timing, OD_TIMING_NOW);
    assert_int_equal(r.session.apply.n_track_ids, 2);
    assert_string_equal(r.session.apply.track_ids[1].text, "m");
    assert_string_equal(r.session.apply.scene.text, "x");
    end(&r);
}

static void
a_scene_that_is_not_there_cannot_be_applied(void **state)
{
    (void)state;
    struct reading r = read_text("{'apply': {'scene_name': 'x'}}");
    assert_int_equal(r.status, OD_EDATA);
    assert_string_equal(r.diags.items[0].code, "unknown-scene");
    end(&r);
}

static void
timings_have_words(void **state)
{
    (void)state;
    enum od_timing timing;
    for (int i = OD_TIMING_NOW; i <= OD_TIMING_SEQ; i++) {
        assert_true(od_timing_parse(od_timing_word((enum od_timing)i), &timing));
        assert_int_equal(timing, i);
    }
    assert_true(od_timing_parse("immediate", &timing));
    assert_int_equal(timing, OD_TIMING_NOW);
    assert_false(od_timing_parse("", &timing));
    assert_false(od_timing_parse("Bar", &timing));
}

static void
a_batch_is_known_by_its_messages(void **state)
{
    (void)state;
    struct reading r = read_clean(
        "{'pattern_length': 4.0, 'messages': [{'destination_id': 'synth', 'cycle': 0.5, 'step': 8, "
        "'params': {'note': 60, 'x': 1.5, 'track_id': 'lead', 'on': true, 'w': 'saw', 'z': null}}, "
        "{'step': 9, 'track_id': 'bass'}, {'step': 0, 'params': {'s': 'bd'}}], 'bpm': 90}");
    const struct od_message_event *m = r.session.messages;
    assert_true(r.session.is_batch);
    assert_number(r.session.main.environment.bpm, 90);
    assert_int_equal(r.session.n_messages, 3);
    assert_string_equal(m[0].destination.text, "synth");
    assert_string_equal(m[0].track.text, "lead");
    assert_int_equal(m[0].step, 8);
    assert_int_equal(m[0].n_values, 4);
    static const char *const names[] = {"note", "x", "on", "w"};
    static const enum od_value_type types[] = {OD_VALUE_INT, OD_VALUE_FLOAT, OD_VALUE_INT,
                                               OD_VALUE_STRING};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(m[0].values[i].param, OD_PARAM_EXTRA);
        assert_string_equal(m[0].values[i].name, names[i]);
        assert_int_equal(m[0].values[i].type, types[i]);
    }
    assert_string_equal(m[1].destination.text, "superdirt");
    assert_string_equal(m[1].track.text, "bass");
    assert_int_equal(m[1].n_values, 0);
    assert_null(m[2].track.text);
    end(&r);
}

static void
names_of_a_batch_are_right_whatever_the_order(void **state)
{
    (void)state;
    struct reading r = read_clean(
        "{'messages': [{'step': 0, 'destination_id': 'p', 'params': {'a': 1, 'b': 2, 'c': 3}}, "
        "{'step': 1, 'destination_id': 'p', 'params': {'a': 1, 'c': 3}}, {'step': 2, "
        "'destination_id': 'q', 'params': {}}, {'step': 3, 'params': {'c': 1, 'a': 2, 'b': 3}}, "
        "{'step': 4, 'destination_id': 'p', 'params': {'c': 1, 'aa': 2, 'b': 3}}]}");
    static const char *const wanted[] = {"p:abc", "p:ac", "q:", "superdirt:cab", "p:caab"};
    assert_int_equal(r.session.n_messages, 5);
    for (size_t i = 0; i < 5; i++) {
        struct od_buf names = {0};
        const struct od_message_event *message = &r.session.messages[i];
        od_buf_printf(&names, "%s:", message->destination.text);
        for (size_t k = 0; k < message->n_values; k++) {
            od_buf_printf(&names, "%s", message->values[k].name);
        }
        od_buf_append(&names, "", 1);
        assert_string_equal(names.data, wanted[i]);
        od_buf_clear(&names);
    }
    end(&r);
}

static void
a_batch_of_nothing_is_a_batch(void **state)
{
    (void)state;
    struct reading r = read_clean("{'messages': []}");
    assert_true(r.session.is_batch);
    assert_number(r.session.main.environment.bpm, 120);
    end(&r);
}

static void
superdirt_is_not_what_other_destinations_are_judged_by(void **state)
{
    (void)state;
    struct reading r = read_clean("{'messages': [{'step': 0, 'params': {'s': 'bd:3', 'orbit': 99, "
                                  "'speed': 0, 'sustain': 0}, 'destination_id': 'other'}]}");
    end(&r);
}

static void
both_dialects_at_once_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"{'messages': [], 'tracks': {}}",
                                        "{'sequences': {}, 'messages': []}",
                                        "{'scenes': {}, 'messages': []}"};
    for (size_t i = 0; i < 3; i++) {
        struct reading r = read_text(texts[i]);
        assert_int_equal(r.status, OD_EDATA);
        assert_string_equal(r.diags.items[0].code, "mixed-dialects");
        end(&r);
    }
}

static void
strict_refuses_what_is_warned_about(void **state)
{
    (void)state;
    static const char text[] = "{\"composer\": 1}";
    struct od_session session;
    const struct od_source source = {"t", text, strlen(text)};
    struct od_diag_list diags = {.strict = true};
    assert_int_equal(od_session_read(&session, &source, &diags), OD_EDATA);
    od_session_clear(&session);
    od_diag_clear(&diags);
    diags.strict = false;
    assert_int_equal(od_session_read(&session, &source, &diags), OD_OK);
    od_session_clear(&session);
    od_diag_clear(&diags);
}

static void
a_session_with_very_many_names_is_resolved(void **state)
{
    (void)state;
    enum {
        N = 20000
    };
    char *text = malloc(N * 96 + 256), *at = text;
    at += sprintf(at, "{'tracks': {");
    for (int i = 0; i < N; i++) {
        at += sprintf(at, "%s't%d': {'params': {'s': 'x'}}", i == 0 ? "" : ",", i);
    }
    at += sprintf(at, "}, 'mixer_lines': {'l': {'include': [");
    for (int i = 0; i < N; i++) {
        at += sprintf(at, "%s't%d'", i == 0 ? "" : ",", i);
    }
    at += sprintf(at, "]}}, 'sequences': {");
    for (int i = 0; i < N; i++) {
        at += sprintf(at, "%s'%c%d': {}", i == 0 ? "" : ",", i % 2 == 0 ? 't' : 'u', i);
    }
    sprintf(at, "}}");
    struct reading r = read_text(text);
    assert_int_equal(r.status, OD_OK);
    assert_int_equal(r.diags.warnings, N / 2);
    assert_int_equal(r.session.main.n_tracks, N);
    end(&r);
    free(text);
}

/* Replaces one value by another that may be of a wrong type, size or sign. */
static void
spoil(char *out, const char *text, uint64_t *seed)
{
    static const char *const values[] = {
        "null",     "true",       "0",           "-1",     "1.5",        "1e39",
        "256",      "''",         "'x'",         "[]",     "{}",         "[0]",
        "{'x': 0}", "4294967296", "'superdirt'", "[null]", "{'step': 1}"};
    const char *at = text + random_bits(seed) % strlen(text);
    const char *colon = strchr(at, ':');
    if (colon == NULL) {
        colon = strchr(text, ':');
    }
    const char *rest = colon + 1 + strcspn(colon + 1, ",}]");
    sprintf(out, "%.*s %s%s", (int)(colon + 1 - text), text,
            values[random_bits(seed) % (sizeof values / sizeof values[0])], rest);
}

static void
spoilt_sessions_are_refused_or_read_without_harm(void **state)
{
    (void)state;
    static const char text[] =
        "{'environment': {'bpm': 90, 'swing': 0.1, 'default_gate': 1}, 'tracks': {'bd': {'meta': "
        "{'track_id': 'bd', 'mute': false}, 'params': {'s': 'bd', 'n': 1, 'cut': 1, "
        "'extra_params': "
        "{'a': 1, 'b': 'x'}}, 'fx': {'room': 0.5}, 'track_fx': {'cutoff': 900, 'vowel': 'a'}, "
        "'sends': [{'target': 'wet', 'amount': 0.5}], 'modulations': {'pan': {'signal': [0]}}}}, "
        "'tracks_midi': {'m': {'channel': 1, 'velocity': 100, 'cc_modulations': {'7': {'signal': "
        "[1]}}}}, 'mixer_lines': {'wet': {'include': ['bd'], 'volume': 1, 'fx': {'reverb_room': "
        "0.5}}}, 'sequences': {'bd': {'track_id': 'bd', 'events': [{'step': 0, 'velocity': 1, "
        "'note': 60, 'gate': 1, 'offset_ms': 0}]}}, 'scenes': {'a': {'name': 'a', 'tracks': {}}}, "
        "'apply': {'timing': 'bar', 'track_ids': ['bd'], 'scene_name': 'a'}, 'messages': [{'step': "
        "1, 'params': {'s': 'bd', 'track_id': 'x'}}]}";
    uint64_t seed = 3;
    for (int i = 0; i < 5000; i++) {
        char once[sizeof text + 64], twice[sizeof text + 128];
        spoil(once, text, &seed);
        spoil(twice, once, &seed);
        struct reading r = read_text(twice);
        assert_true(r.status == OD_OK || r.status == OD_EDATA);
        assert_int_equal(r.status == OD_EDATA, r.diags.errors > 0);
        end(&r);
    }
}

static void
a_cleared_session_is_empty(void **state)
{
    (void)state;
    struct reading r = read_clean("{'tracks': {'a': {'params': {'s': 'x'}}}}");
    od_session_clear(&r.session);
    assert_int_equal(r.session.main.n_tracks, 0);
    od_session_clear(&r.session);
    end(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_object_is_a_session_with_defaults),
        cmocka_unit_test(null_equals_absent),
        cmocka_unit_test(an_environment_is_read),
        cmocka_unit_test(the_values_of_a_track_are_in_the_order_of_the_message),
        cmocka_unit_test(each_known_effect_is_read_where_it_may_stand),
        cmocka_unit_test(ids_and_values_know_their_places),
        cmocka_unit_test(sends_have_synonyms_and_amounts),
        cmocka_unit_test(a_send_to_the_own_line_is_dropped_without_a_word),
        cmocka_unit_test(a_send_to_nowhere_is_dropped_with_a_warning),
        cmocka_unit_test(modulations_are_one_for_each_parameter),
        cmocka_unit_test(a_signal_beyond_its_range_is_clamped),
        cmocka_unit_test(a_midi_track_is_read),
        cmocka_unit_test(midi_values_beyond_their_range_are_clamped),
        cmocka_unit_test(a_mixer_line_is_read_with_its_defaults),
        cmocka_unit_test(events_are_read_with_the_three_kinds_of_gate),
        cmocka_unit_test(many_events_keep_their_order),
        cmocka_unit_test(the_fast_way_and_the_usual_way_read_the_same),
        cmocka_unit_test(scenes_are_parts_of_their_own),
        cmocka_unit_test(apply_is_read),
        cmocka_unit_test(a_scene_that_is_not_there_cannot_be_applied),
        cmocka_unit_test(timings_have_words),
        cmocka_unit_test(a_batch_is_known_by_its_messages),
        cmocka_unit_test(names_of_a_batch_are_right_whatever_the_order),
        cmocka_unit_test(a_batch_of_nothing_is_a_batch),
        cmocka_unit_test(superdirt_is_not_what_other_destinations_are_judged_by),
        cmocka_unit_test(both_dialects_at_once_are_refused),
        cmocka_unit_test(strict_refuses_what_is_warned_about),
        cmocka_unit_test(a_session_with_very_many_names_is_resolved),
        cmocka_unit_test(spoilt_sessions_are_refused_or_read_without_harm),
        cmocka_unit_test(a_cleared_session_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
