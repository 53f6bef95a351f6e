/* The bytes of MIDI messages. */
#include <math.h>

#include "rig.h"
#include "score/midi.h"

static void
values_are_clamped_to_seven_bits(void **state)
{
    (void)state;
    assert_int_equal(od_midi_clamp(-1), 0);
    assert_int_equal(od_midi_clamp(0), 0);
    assert_int_equal(od_midi_clamp(127), 127);
    assert_int_equal(od_midi_clamp(128), 127);
    assert_int_equal(od_midi_note(0, -127), 0);
    assert_int_equal(od_midi_note(127, 127), 127);
    assert_int_equal(od_midi_note(60, 7), 67);
}

static void
a_velocity_is_cut_not_rounded(void **state)
{
    (void)state;
    assert_int_equal(od_midi_velocity(0.999, 127, 0), 126);
    assert_int_equal(od_midi_velocity(1, 127, 0), 127);
    assert_int_equal(od_midi_velocity(2, 127, 0), 127);
    assert_int_equal(od_midi_velocity(1, 100, -1), 0);
    assert_int_equal(od_midi_velocity(1, 100, -0.5), 50);
    assert_int_equal(od_midi_velocity(0.5, 100, 1), 100);
    assert_int_equal(od_midi_velocity(0.009, 100, 0), 0);
    assert_int_equal(od_midi_velocity(1e300, 127, 0), 127);
    assert_int_equal(od_midi_velocity((double)NAN, 127, 0), 0);
}

static void
every_bend_has_its_bytes(void **state)
{
    (void)state;
    unsigned char bytes[3];
    for (int value = -8192; value <= 8191; value++) {
        od_midi_bend(9, value, bytes);
        assert_int_equal(bytes[0], 0xe9);
        assert_true(bytes[1] < 128 && bytes[2] < 128);
        assert_int_equal(bytes[1] + bytes[2] * 128 - 8192, value);
    }
}

static void
a_song_position_counts_sixteenths_in_14_bits(void **state)
{
    (void)state;
    unsigned char bytes[3];
    static const int64_t steps[] = {0, 1, 127, 128, 255, 16383, 16384, 1000000};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        od_midi_song_position(steps[i], bytes);
        assert_int_equal(bytes[0], 0xf2);
        assert_int_equal(bytes[1] + bytes[2] * 128, steps[i] % 16384);
    }
}

static void
a_panic_is_five_messages_that_undo_everything(void **state)
{
    (void)state;
    unsigned char bytes[OD_MIDI_PANIC_MESSAGES][3];
    static const unsigned char wanted[OD_MIDI_PANIC_MESSAGES][3] = {
        {0xb3, 64, 0}, {0xb3, 123, 0}, {0xb3, 120, 0}, {0xb3, 121, 0}, {0xe3, 0, 64}};
    od_midi_panic(3, bytes);
    assert_memory_equal(bytes, wanted, sizeof wanted);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_clamped_to_seven_bits),
        cmocka_unit_test(a_velocity_is_cut_not_rounded),
        cmocka_unit_test(every_bend_has_its_bytes),
        cmocka_unit_test(a_song_position_counts_sixteenths_in_14_bits),
        cmocka_unit_test(a_panic_is_five_messages_that_undo_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
