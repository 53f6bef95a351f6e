/* Events → bundles, against templates laid by hand. */
#include <math.h>
#include <string.h>

#include "play/pack.h"
#include "rig.h"
#include "score/osc.h"

#define SIZE 64

/* A voice of two messages whose slots are at known places; the second has another size. */
struct fixture {
    struct od_score_message messages[OD_VARIANTS][2];
    struct od_score_slot slot;
    struct od_score_values values[2];
    float floats[2 * OD_STEPS];
    unsigned char template[2 * SIZE];
    struct od_voice voice;
    unsigned char bytes[OD_PACKET_BUFFER];
    struct od_bundle bundle;
};

static struct fixture f;

static void
lay(size_t limit)
{
    f = (struct fixture){.slot = {.offset = 40, .values = 0}};
    for (int i = 0; i < 2 * SIZE; i++) {
        f.template[i] = (unsigned char)(i / SIZE + 1);
    }
    for (uint32_t i = 0; i < 2; i++) {
        f.values[i] = (struct od_score_values){i * OD_STEPS, OD_STEPS};
    }
    for (int k = 0; k < OD_STEPS; k++) {
        f.floats[k] = (float)k;
        f.floats[OD_STEPS + k] = (float)k / 256;
    }
    for (unsigned v = 0; v < OD_VARIANTS; v++) {
        for (unsigned m = 0; m < 2; m++) {
            f.messages[v][m] = (struct od_score_message){
                .bytes = m * SIZE,
                .size = (uint16_t)(m == 0 ? SIZE : SIZE - 8),
                .cps = 4,
                .cycle = 8,
                .delta = 12,
                .gain = 16,
                .note = (v & OD_VARIANT_NOTE) != 0 ? 20 : 0,
                .sustain = (v & OD_VARIANT_SUSTAIN) != 0 ? 24 : 0,
                .n_slots = (uint16_t)(m == 0),
                .gain_values = m == 0 ? OD_SCORE_NONE : 1,
                .gain_factor = 0.5F,
                .sustain_factor = 2,
            };
        }
    }
    f.voice.as.osc.n_messages = 2;
    for (unsigned v = 0; v < OD_VARIANTS; v++) {
        f.voice.as.osc.messages[v] = f.messages[v];
    }
    f.voice.as.osc.slots = &f.slot;
    f.voice.as.osc.values = f.values;
    f.voice.as.osc.floats = f.floats;
    f.voice.as.osc.bytes = f.template;
    f.bundle = (struct od_bundle){.bytes = f.bytes, .limit = limit};
    od_bundle_reset(&f.bundle);
}

static uint32_t
wire_at(size_t message, size_t offset)
{
    size_t start = OD_OSC_BUNDLE_HEADER + 4 + message * (SIZE + 4);
    uint32_t raw;
    memcpy(&raw, f.bytes + start + offset, 4);
    return __builtin_bswap32(raw);
}

static double
float_at(size_t message, size_t offset)
{
    uint32_t raw = wire_at(message, offset);
    float value;
    memcpy(&value, &raw, 4);
    return (double)value;
}

static void
slots_are_filled_and_all_else_is_the_template(void **state)
{
    (void)state;
    lay(60000);
    struct od_pack_step step = od_pack_step_of(100, 120, 1);
    struct od_event event = {.note = 61, .velocity = 0.25F, .gate_steps = 3};
    assert_int_equal(od_pack_event(&f.voice, &event, f.voice.as.osc.messages, &step, 0, &f.bundle),
                     2);
    assert_int_equal(f.bundle.length, OD_OSC_BUNDLE_HEADER + 4 + SIZE + 4 + SIZE - 8);
    assert_memory_equal(f.bytes, "#bundle\0\0\0\0\0\0\0\0\0", 16);
    assert_near(float_at(0, 4), 0.5, 1e-6);
    assert_near(float_at(0, 8), 6.25, 0);
    assert_near(float_at(0, 12), 0.125, 0);
    assert_near(float_at(0, 16), 0.125, 0);
    assert_int_equal(wire_at(0, 20), 61);
    assert_near(float_at(0, 24), 0.75, 1e-7);
    assert_near(float_at(0, 40), 100, 0);
    assert_int_equal(wire_at(0, 0), 0x01010101);
    assert_int_equal(wire_at(0, 44), 0x01010101);
    assert_near(float_at(1, 16), 0.25 * 100 / 256, 1e-7);
    assert_int_equal(wire_at(1, 40), 0x02020202);
}

static void
the_variant_follows_note_and_gate(void **state)
{
    (void)state;
    struct od_pack_step step = od_pack_step_of(0, 120, 1);
    for (unsigned v = 0; v < OD_VARIANTS; v++) {
        lay(60000);
        struct od_event event = {
            .note = (v & OD_VARIANT_NOTE) != 0 ? 60 : OD_EVENT_NO_NOTE,
            .gate_steps = (v & OD_VARIANT_SUSTAIN) != 0 ? 1 : NAN,
        };
        assert_int_equal(
            od_pack_event(&f.voice, &event, f.voice.as.osc.messages, &step, 0, &f.bundle), 2);
        assert_int_equal(wire_at(0, 20) == 60, (v & OD_VARIANT_NOTE) != 0);
        assert_int_equal(wire_at(0, 24) != 0x01010101, (v & OD_VARIANT_SUSTAIN) != 0);
    }
}

static void
a_default_gate_is_taken_at_play_time(void **state)
{
    (void)state;
    lay(60000);
    struct od_pack_step step = od_pack_step_of(0, 120, 7);
    struct od_event event = {.note = OD_EVENT_NO_NOTE, .gate_steps = OD_EVENT_DEFAULT_GATE};
    assert_int_equal(od_pack_event(&f.voice, &event, f.voice.as.osc.messages, &step, 0, &f.bundle),
                     2);
    assert_near(float_at(0, 24), 7 * 0.125 * 2, 1e-6);
}

static void
a_message_that_does_not_fit_waits_for_the_next_bundle(void **state)
{
    (void)state;
    struct od_pack_step step = od_pack_step_of(0, 120, 1);
    struct od_event event = {.note = OD_EVENT_NO_NOTE, .gate_steps = NAN};
    size_t both = OD_OSC_BUNDLE_HEADER + 4 + SIZE + 4 + SIZE - 8;
    lay(both);
    assert_int_equal(od_pack_event(&f.voice, &event, f.voice.as.osc.messages, &step, 0, &f.bundle),
                     2);
    lay(both - 1);
    assert_int_equal(od_pack_event(&f.voice, &event, f.voice.as.osc.messages, &step, 0, &f.bundle),
                     1);
    assert_int_equal(f.bundle.length, OD_OSC_BUNDLE_HEADER + 4 + SIZE);
    od_bundle_reset(&f.bundle);
    assert_int_equal(od_pack_event(&f.voice, &event, f.voice.as.osc.messages, &step, 1, &f.bundle),
                     2);
    assert_int_equal(f.bundle.length, OD_OSC_BUNDLE_HEADER + 4 + SIZE - 8);
}

static void
a_message_longer_than_the_limit_goes_alone(void **state)
{
    (void)state;
    struct od_pack_step step = od_pack_step_of(0, 120, 1);
    struct od_event event = {.note = OD_EVENT_NO_NOTE, .gate_steps = NAN};
    lay(20);
    assert_int_equal(od_pack_event(&f.voice, &event, f.voice.as.osc.messages, &step, 0, &f.bundle),
                     1);
    assert_int_equal(f.bundle.length, OD_OSC_BUNDLE_HEADER + 4 + SIZE);
}

static void
a_variant_that_was_never_made_plays_nothing(void **state)
{
    (void)state;
    lay(60000);
    f.voice.as.osc.messages[OD_VARIANT_NOTE] = NULL;
    struct od_pack_step step = od_pack_step_of(0, 120, 1);
    struct od_event event = {.note = 60, .gate_steps = NAN};
    assert_int_equal(od_pack_event(&f.voice, &event, f.voice.as.osc.messages, &step, 0, &f.bundle),
                     2);
    assert_int_equal(f.bundle.length, OD_OSC_BUNDLE_HEADER);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_filled_and_all_else_is_the_template),
        cmocka_unit_test(the_variant_follows_note_and_gate),
        cmocka_unit_test(a_default_gate_is_taken_at_play_time),
        cmocka_unit_test(a_message_that_does_not_fit_waits_for_the_next_bundle),
        cmocka_unit_test(a_message_longer_than_the_limit_goes_alone),
        cmocka_unit_test(a_variant_that_was_never_made_plays_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
