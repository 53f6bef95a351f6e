#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "score/message.h"
#include "score/osc.h"
#include "scores.h"
#include "text/param.h"
#include "text/session.h"

/* Offsets in this pool are what the sources below call strings. */
static const char strings[] = "\0bd\0voice\0cps\0name\0hello";
enum {
    BD = 1,
    VOICE = 4,
    CPS = 10,
    NAME = 14,
    HELLO = 19
};

static struct od_score_param
number(enum od_param param, double value)
{
    bool whole = od_params[param].type == OD_PARAM_INT;
    return (struct od_score_param){.param = (uint16_t)param,
                                   .type = whole ? OD_VALUE_INT : OD_VALUE_FLOAT,
                                   .value.number = value};
}

static struct od_score_param
live(enum od_param param, double value)
{
    struct od_score_param made = number(param, value);
    made.flags = OD_SCORE_PARAM_LIVE;
    return made;
}

static struct od_score_param
text(enum od_param param, uint32_t string)
{
    return (struct od_score_param){
        .param = (uint16_t)param, .type = OD_VALUE_STRING, .value.string = string};
}

static struct od_score_param
extra(uint32_t name, enum od_value_type type, double value)
{
    return (struct od_score_param){
        .param = OD_PARAM_EXTRA, .type = (uint8_t)type, .name = name, .value.number = value};
}

#define LINE                                                                                       \
    {                                                                                              \
        .volume = 0.5, .pan = 0.25, .room = 0.1, .size = 0.2, .dry = 0.3, .delay_send = 0.4,       \
        .delay_time = 0.5, .delay_feedback = 0.6                                                   \
    }

/* A track under test with all that belongs to it. */
struct bench {
    struct od_score_track track;
    struct od_score_param params[8];
    struct od_score_mod mods[4];
    struct od_score_signal signals[2];
    double numbers[2 * OD_STEPS];
    struct od_score_send sends[4];
    struct od_score_line lines[3];
    struct od_message_source source;
    struct od_message_sink sink;
    struct od_score_track out;
    struct od_buf json;
};

static struct bench *
bench_new(void)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->track.line = OD_SCORE_NONE;
    bench->params[0] = text(OD_PARAM_S, BD);
    for (int i = 0; i < 3; i++) {
        bench->lines[i] = (struct od_score_line)LINE;
        bench->lines[i].orbit = (uint32_t)i;
    }
    bench->signals[0] = (struct od_score_signal){0, OD_STEPS};
    bench->signals[1] = (struct od_score_signal){OD_STEPS, OD_STEPS};
    bench->numbers[1] = 0.5;
    bench->numbers[2] = -1;
    bench->numbers[OD_STEPS + 1] = 1;
    bench->source = (struct od_message_source){
        .strings = strings,
        .track = &bench->track,
        .params = bench->params,
        .n_params = 1,
        .mods = bench->mods,
        .signals = bench->signals,
        .numbers = bench->numbers,
        .sends = bench->sends,
        .lines = bench->lines,
        .address = "/dirt/play",
    };
    return bench;
}

static void
bench_free(struct bench *bench)
{
    od_message_sink_clear(&bench->sink);
    od_buf_clear(&bench->json);
    free(bench);
}

static void
add_param(struct bench *bench, struct od_score_param param)
{
    bench->params[bench->source.n_params++] = param;
}

static void
add_mod(struct bench *bench, enum od_param param, uint32_t signal)
{
    bench->mods[bench->source.n_mods++] =
        (struct od_score_mod){.param = (uint16_t)param, .signal = signal};
}

static void
add_send(struct bench *bench, uint32_t line, double amount)
{
    bench->sends[bench->source.n_sends++] = (struct od_score_send){.line = line, .amount = amount};
}

static void
render(struct bench *bench, unsigned variants)
{
    struct od_message_groups groups;
    bench->out = bench->track;
    assert_int_equal(od_message_render(&bench->source, variants, &bench->sink, &groups), OD_OK);
    od_message_set(&bench->out, &groups);
}

static const struct od_score_message *
message_of(const struct bench *bench, unsigned variant, uint32_t place)
{
    const struct od_score_message *messages = (const void *)bench->sink.messages.data;
    assert_int_not_equal(bench->out.first_message[variant], OD_SCORE_NONE);
    return &messages[bench->out.first_message[variant] + place];
}

static const char *
json_of(struct bench *bench, unsigned variant, uint32_t place)
{
    const struct od_score_message *message = message_of(bench, variant, place);
    bench->json.length = 0;
    assert_int_equal(
        od_osc_packet_json(bench->sink.bytes.data + message->bytes, message->size, &bench->json),
        OD_OK);
    bench->json.data[bench->json.length - 1] = '\0';
    return (const char *)bench->json.data;
}

static const float *
values_at(const struct bench *bench, uint32_t at)
{
    const struct od_score_values *values = (const void *)bench->sink.values.data;
    assert_true(at < bench->sink.values.length / sizeof *values);
    return (const float *)(const void *)bench->sink.floats.data + values[at].first;
}

static const struct od_score_slot *
slots_of(const struct bench *bench, const struct od_score_message *message)
{
    const struct od_score_slot *slots = (const void *)bench->sink.slots.data;
    return slots + message->first_slot;
}

#define HEAD(orbit, gain, pan)                                                                     \
    "[\"/dirt/play\",\"s\",\"bd\",\"orbit\"," orbit ",\"cps\",0,\"cycle\",0,\"delta\",0,"          \
    "\"gain\"," gain ",\"pan\"," pan ","
#define TAIL "\"n\",0,\"speed\",1,\"begin\",0,\"end\",1"
#define SPACE                                                                                      \
    ",\"room\",0.1,\"size\",0.2,\"dry\",0.3,\"delay\",0.4,"                                        \
    "\"delaytime\",0.5,\"delayfeedback\",0.6"

static void
what_is_always_sent_has_its_defaults(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    render(bench, 1);
    assert_int_equal(bench->out.n_messages, 1);
    assert_string_equal(json_of(bench, 0, 0), HEAD("0", "1", "0.5") TAIL "]");
    bench_free(bench);
}

static void
note_and_sustain_are_there_in_the_variants_that_have_them(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    render(bench, 0xf);
    assert_string_equal(json_of(bench, 0, 0), HEAD("0", "1", "0.5") TAIL "]");
    assert_string_equal(json_of(bench, 1, 0), HEAD("0", "1", "0.5") TAIL ",\"midinote\",0]");
    assert_string_equal(json_of(bench, 2, 0), HEAD("0", "1", "0.5") TAIL ",\"sustain\",0]");
    assert_string_equal(json_of(bench, 3, 0),
                        HEAD("0", "1", "0.5") TAIL ",\"midinote\",0,\"sustain\",0]");
    assert_int_equal(message_of(bench, 0, 0)->note, 0);
    assert_int_equal(message_of(bench, 0, 0)->sustain, 0);
    assert_int_not_equal(message_of(bench, 3, 0)->note, 0);
    assert_int_not_equal(message_of(bench, 3, 0)->sustain, 0);
    bench_free(bench);
}

static void
only_the_variants_asked_for_are_made(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    render(bench, 1u << 2);
    assert_int_equal(bench->out.first_message[0], OD_SCORE_NONE);
    assert_int_equal(bench->out.first_message[1], OD_SCORE_NONE);
    assert_int_equal(bench->out.first_message[2], 0);
    assert_int_equal(bench->out.first_message[3], OD_SCORE_NONE);
    assert_int_equal(bench->sink.messages.length, sizeof(struct od_score_message));
    bench_free(bench);
}

/* A place holds the big-endian value that is shown behind its name. */
static void
slots_point_at_the_values_behind_their_names(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    add_param(bench, number(OD_PARAM_GAIN, 0.75));
    render(bench, 1u << 3);
    const struct od_score_message *message = message_of(bench, 3, 0);
    unsigned char *bytes = bench->sink.bytes.data + message->bytes;
    const uint16_t places[] = {message->cps,  message->cycle, message->delta,
                               message->gain, message->note,  message->sustain};
    for (unsigned char i = 0; i < 6; i++) {
        const unsigned char value[4] = {0x40, 0x80, 0, i}; /* 4 and a little */
        memcpy(bytes + places[i], value, 4);
    }
    const char *json = json_of(bench, 3, 0);
    assert_non_null(strstr(json, "\"cps\",4,\"cycle\",4.0000005,\"delta\",4.000001,"
                                 "\"gain\",4.0000014,\"pan\",0.5"));
    assert_non_null(strstr(json, "\"midinote\",1082130436,\"sustain\",4.0000024"));
    bench_free(bench);
}

static void
parameters_stand_in_the_order_of_the_list_and_extras_behind(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    add_param(bench, number(OD_PARAM_CUT, -1));
    add_param(bench, number(OD_PARAM_LEGATO, 0.5));
    add_param(bench, number(OD_PARAM_CUTOFF, 900));
    add_param(bench, text(OD_PARAM_VOWEL, HELLO));
    add_param(bench, extra(VOICE, OD_VALUE_INT, 3));
    add_param(bench, extra(NAME, OD_VALUE_FLOAT, 3));
    render(bench, 1u << 2);
    assert_string_equal(json_of(bench, 2, 0), HEAD("0", "1", "0.5") TAIL
                        ",\"sustain\",0,\"cut\",-1,\"legato\",0.5,\"cutoff\",900,\"vowel\","
                        "\"hello\",\"voice\",3,\"name\",3]");
    assert_float_equal(message_of(bench, 2, 0)->sustain_factor, 0.5f, 0);
    bench_free(bench);
}

static void
an_extra_parameter_keeps_its_type(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    add_param(bench, extra(VOICE, OD_VALUE_INT, 3));
    add_param(bench, extra(NAME, OD_VALUE_FLOAT, 3));
    struct od_score_param string = extra(CPS, OD_VALUE_STRING, 0);
    string.value.string = HELLO;
    add_param(bench, string);
    render(bench, 1);
    const struct od_score_message *message = message_of(bench, 0, 0);
    const char *types = (const char *)bench->sink.bytes.data + message->bytes + 12;
    assert_string_equal(types, ",sssisfsfsfsfsfsisfsfsfsisfss");
    bench_free(bench);
}

static void
a_line_gives_orbit_volume_pan_and_space(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->track.line = 2;
    add_param(bench, number(OD_PARAM_ORBIT, 7));
    add_param(bench, number(OD_PARAM_GAIN, 1.5));
    add_param(bench, number(OD_PARAM_ROOM, 0.9));
    render(bench, 1);
    assert_string_equal(json_of(bench, 0, 0), HEAD("2", "0.75", "0.25") TAIL SPACE "]");
    assert_float_equal(message_of(bench, 0, 0)->gain_factor, 0.75f, 0);
    bench_free(bench);
}

static void
without_a_line_the_track_has_its_own_orbit_and_space(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    add_param(bench, number(OD_PARAM_ORBIT, 7));
    add_param(bench, number(OD_PARAM_ROOM, 0.75));
    render(bench, 1);
    assert_string_equal(json_of(bench, 0, 0), HEAD("7", "1", "0.5") TAIL ",\"room\",0.75]");
    bench_free(bench);
}

static void
pan_stays_between_left_and_right(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->track.line = 0;
    add_param(bench, number(OD_PARAM_PAN, 0.125));
    render(bench, 1);
    assert_non_null(strstr(json_of(bench, 0, 0), "\"pan\",0,"));
    bench->lines[0].pan = 1;
    bench->params[1] = number(OD_PARAM_PAN, 0.75);
    render(bench, 1);
    assert_non_null(strstr(json_of(bench, 0, 0), "\"pan\",1,"));
    bench_free(bench);
}

static void
leslie_is_sent_while_its_rate_is_above_0(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->track.line = 0;
    bench->lines[0].leslie_size = 0.5;
    render(bench, 1);
    assert_null(strstr(json_of(bench, 0, 0), "leslie"));
    bench->lines[0].leslie_rate = 6;
    render(bench, 1);
    assert_non_null(strstr(json_of(bench, 0, 0), ",\"leslie\",1,\"lrate\",6,\"lsize\",0.5]"));
    bench_free(bench);
}

static void
a_send_goes_out_as_the_line_it_goes_to(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->track.line = 0;
    bench->lines[1].volume = 2;
    bench->lines[1].pan = 0.75;
    add_send(bench, 1, 0.25);
    render(bench, 1);
    assert_int_equal(bench->out.n_messages, 2);
    assert_string_equal(json_of(bench, 0, 0), HEAD("0", "0.5", "0.25") TAIL SPACE "]");
    assert_string_equal(json_of(bench, 0, 1), HEAD("1", "0.5", "0.75") TAIL SPACE "]");
    bench_free(bench);
}

static void
a_send_to_a_silent_line_is_left_out(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->lines[1].flags = OD_TRACK_LINE_SILENT;
    add_send(bench, 0, 1);
    add_send(bench, 1, 1);
    add_send(bench, 2, 1);
    render(bench, 1);
    assert_int_equal(bench->out.n_messages, 3);
    assert_non_null(strstr(json_of(bench, 0, 1), "\"orbit\",0,"));
    assert_non_null(strstr(json_of(bench, 0, 2), "\"orbit\",2,"));
    bench_free(bench);
}

static void
a_modulated_parameter_becomes_a_table(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    add_param(bench, number(OD_PARAM_CUTOFF, 800));
    add_mod(bench, OD_PARAM_CUTOFF, 0);
    render(bench, 1);
    const struct od_score_message *message = message_of(bench, 0, 0);
    assert_int_equal(message->n_slots, 1);
    const float *values = values_at(bench, slots_of(bench, message)->values);
    assert_float_equal(values[0], 800, 0);
    assert_float_equal(values[1], 1200, 0);
    assert_float_equal(values[2], 20, 0); /* not below the parameter's least value */
    bench_free(bench);
}

static void
a_modulated_parameter_that_is_not_set_starts_from_its_default(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    add_mod(bench, OD_PARAM_RELEASE, 0);
    add_mod(bench, OD_PARAM_ROOM, 1);
    render(bench, 1);
    assert_string_equal(json_of(bench, 0, 0),
                        HEAD("0", "1", "0.5") TAIL ",\"room\",0,\"release\",0.2]");
    const struct od_score_message *message = message_of(bench, 0, 0);
    assert_int_equal(message->n_slots, 2);
    assert_float_equal(values_at(bench, slots_of(bench, message)[0].values)[1], 1, 0);
    assert_float_equal(values_at(bench, slots_of(bench, message)[1].values)[1], 1.2f, 0);
    bench_free(bench);
}

static void
space_is_modulated_around_the_value_of_the_line_it_goes_to(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->track.line = 0;
    bench->lines[1].room = 0.25;
    add_param(bench, number(OD_PARAM_ROOM, 0.9));
    add_mod(bench, OD_PARAM_ROOM, 0);
    add_send(bench, 1, 1);
    render(bench, 1);
    for (uint32_t i = 0; i < 2; i++) {
        const struct od_score_message *message = message_of(bench, 0, i);
        const float *values = values_at(bench, slots_of(bench, message)->values);
        float base = i == 0 ? 0.1f : 0.25f;
        assert_float_equal(values[0], base, 1e-7);
        assert_float_equal(values[1], base + 0.5f, 1e-7);
        assert_float_equal(values[2], 0, 0);
    }
    bench_free(bench);
}

static void
modulated_gain_has_volume_and_amount_in_its_table(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    add_mod(bench, OD_PARAM_GAIN, 0);
    add_send(bench, 1, 0.5);
    render(bench, 1);
    const struct od_score_message *message = message_of(bench, 0, 0);
    assert_int_equal(message->n_slots, 0);
    assert_float_equal(values_at(bench, message->gain_values)[1], 1.5f, 0);
    message = message_of(bench, 0, 1);
    assert_float_equal(values_at(bench, message->gain_values)[0], 0.25f, 0);
    assert_float_equal(values_at(bench, message->gain_values)[1], 0.375f, 0);
    assert_float_equal(values_at(bench, message->gain_values)[2], 0, 0);
    bench_free(bench);
}

static void
modulated_pan_has_the_lines_place_in_its_table(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->track.line = 0;
    add_mod(bench, OD_PARAM_PAN, 0);
    render(bench, 1);
    const struct od_score_message *message = message_of(bench, 0, 0);
    const float *values = values_at(bench, slots_of(bench, message)->values);
    assert_float_equal(values[0], 0.25f, 0);
    assert_float_equal(values[1], 0.5f, 0);
    assert_float_equal(values[2], 0, 0);
    bench_free(bench);
}

static void
tables_are_shared_by_variants_and_by_sends_that_agree(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    add_mod(bench, OD_PARAM_SHAPE, 0);
    add_send(bench, 0, 1);
    add_send(bench, 1, 1);
    render(bench, 0xf);
    assert_int_equal(bench->sink.messages.length, 12 * sizeof(struct od_score_message));
    assert_int_equal(bench->sink.slots.length, 12 * sizeof(struct od_score_slot));
    assert_int_equal(bench->sink.values.length, sizeof(struct od_score_values));
    bench_free(bench);
}

static void
a_live_value_counts_more_than_the_line_but_not_for_sends(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->track.line = 0;
    add_param(bench, live(OD_PARAM_ORBIT, 5));
    add_param(bench, live(OD_PARAM_ROOM, 0.75));
    add_send(bench, 1, 1);
    render(bench, 1);
    assert_non_null(strstr(json_of(bench, 0, 0), "\"orbit\",5,"));
    assert_non_null(strstr(json_of(bench, 0, 0), "\"room\",0.75,"));
    assert_non_null(strstr(json_of(bench, 0, 1), "\"orbit\",1,"));
    assert_non_null(strstr(json_of(bench, 0, 1), "\"room\",0.1,"));
    bench_free(bench);
}

static void
a_batch_message_is_sent_as_it_is_with_cps_behind(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->track.flags = OD_TRACK_BATCH;
    bench->source.n_params = 0;
    bench->source.address = "/synth";
    add_param(bench, extra(VOICE, OD_VALUE_FLOAT, 0.5));
    render(bench, 1);
    assert_string_equal(json_of(bench, 0, 0), "[\"/synth\",\"voice\",0.5,\"cps\",0]");
    const struct od_score_message *message = message_of(bench, 0, 0);
    assert_int_not_equal(message->cps, 0);
    assert_int_equal(message->gain, 0);
    assert_int_equal(message->delta, 0);
    bench_free(bench);
}

static void
a_batch_message_keeps_its_own_cps(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    bench->track.flags = OD_TRACK_BATCH;
    bench->source.n_params = 0;
    add_param(bench, extra(CPS, OD_VALUE_FLOAT, 0.25));
    add_param(bench, extra(VOICE, OD_VALUE_INT, 2));
    render(bench, 1);
    assert_string_equal(json_of(bench, 0, 0), "[\"/dirt/play\",\"cps\",0.25,\"voice\",2]");
    assert_int_equal(message_of(bench, 0, 0)->cps, 0);
    bench_free(bench);
}

static void
numbers_that_no_float_can_hold_become_the_greatest(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    add_param(bench, number(OD_PARAM_GAIN, 1e300));
    add_param(bench, number(OD_PARAM_END, -1e300));
    render(bench, 1);
    assert_true(isfinite(message_of(bench, 0, 0)->gain_factor));
    assert_non_null(strstr(json_of(bench, 0, 0), "\"end\",-3.4028235e+38"));
    bench_free(bench);
}

static void
a_message_that_is_too_long_is_refused(void **state)
{
    (void)state;
    struct bench *bench = bench_new();
    char *pool = calloc(1, 20000);
    assert_non_null(pool);
    memset(pool + 1, 'x', 20000 - 2);
    bench->source.strings = pool;
    bench->params[0] = text(OD_PARAM_S, 1);
    struct od_message_groups groups;
    assert_int_equal(od_message_render(&bench->source, 1, &bench->sink, &groups), OD_EDATA);
    bench->params[0] = text(OD_PARAM_S, 20000 - 16000);
    assert_int_equal(od_message_render(&bench->source, 1, &bench->sink, &groups), OD_OK);
    free(pool);
    bench_free(bench);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_always_sent_has_its_defaults),
        cmocka_unit_test(note_and_sustain_are_there_in_the_variants_that_have_them),
        cmocka_unit_test(only_the_variants_asked_for_are_made),
        cmocka_unit_test(slots_point_at_the_values_behind_their_names),
        cmocka_unit_test(parameters_stand_in_the_order_of_the_list_and_extras_behind),
        cmocka_unit_test(an_extra_parameter_keeps_its_type),
        cmocka_unit_test(a_line_gives_orbit_volume_pan_and_space),
        cmocka_unit_test(without_a_line_the_track_has_its_own_orbit_and_space),
        cmocka_unit_test(pan_stays_between_left_and_right),
        cmocka_unit_test(leslie_is_sent_while_its_rate_is_above_0),
        cmocka_unit_test(a_send_goes_out_as_the_line_it_goes_to),
        cmocka_unit_test(a_send_to_a_silent_line_is_left_out),
        cmocka_unit_test(a_modulated_parameter_becomes_a_table),
        cmocka_unit_test(a_modulated_parameter_that_is_not_set_starts_from_its_default),
        cmocka_unit_test(space_is_modulated_around_the_value_of_the_line_it_goes_to),
        cmocka_unit_test(modulated_gain_has_volume_and_amount_in_its_table),
        cmocka_unit_test(modulated_pan_has_the_lines_place_in_its_table),
        cmocka_unit_test(tables_are_shared_by_variants_and_by_sends_that_agree),
        cmocka_unit_test(a_live_value_counts_more_than_the_line_but_not_for_sends),
        cmocka_unit_test(a_batch_message_is_sent_as_it_is_with_cps_behind),
        cmocka_unit_test(a_batch_message_keeps_its_own_cps),
        cmocka_unit_test(numbers_that_no_float_can_hold_become_the_greatest),
        cmocka_unit_test(a_message_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
