/* MIDI bytes put together: running status, what comes in between, what is no message. */
#include <stdio.h>
#include <string.h>

#include "hear/midi_in.h"
#include "random.h"
#include "rig.h"

/* The messages of some bytes, as "90 40 64|f8|". */
static const char *
heard(const char *bytes, size_t size)
{
    static char text[512];
    struct od_midi_in in = {0};
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < size; i++) {
        struct od_midi_word word;
        if (!od_midi_in_byte(&in, (uint8_t)bytes[i], &word)) {
            continue;
        }
        for (unsigned n = 0; n < word.size; n++) {
            at += (size_t)snprintf(text + at, sizeof text - at,
                                   n + 1 < word.size ? "%02x " : "%02x|", word.bytes[n]);
        }
    }
    return text;
}

#define HEARD(bytes) heard((bytes), sizeof(bytes) - 1)

static void
messages_of_one_two_and_three_bytes_are_whole(void **state)
{
    (void)state;
    assert_string_equal(HEARD("\x90\x40\x64\xc1\x05\xb0\x4a\x7f\xf8\xfa\xf2\x10\x01\xe3\x00\x40"),
                        "90 40 64|c1 05|b0 4a 7f|f8|fa|f2 10 01|e3 00 40|");
}

static void
a_running_status_goes_on_until_the_next(void **state)
{
    (void)state;
    assert_string_equal(HEARD("\x91\x40\x64\x41\x65\x42\x00\xd0\x05\x06"),
                        "91 40 64|91 41 65|81 42 00|d0 05|d0 06|");
}

static void
clocks_come_between_the_bytes_of_others(void **state)
{
    (void)state;
    assert_string_equal(HEARD("\x90\xf8\x40\xf8\x64\xf0\x7e\xf8\x01\xf7\x90\x01\xfe\x02"),
                        "f8|f8|90 40 64|f8|fe|90 01 02|");
}

static void
song_position_has_no_running_status(void **state)
{
    (void)state;
    assert_string_equal(HEARD("\xf2\x01\x02\x03\x04\xf2\x05\x06"), "f2 01 02|f2 05 06|");
    assert_string_equal(HEARD("\xb0\x01\x02\xf2\x01\x02\x03\x04\x05"), "b0 01 02|f2 01 02|");
}

static void
data_without_a_status_is_passed_over(void **state)
{
    (void)state;
    struct od_midi_in in = {0};
    struct od_midi_word word;
    assert_false(od_midi_in_byte(&in, 0x40, &word));
    assert_false(od_midi_in_byte(&in, 0x41, &word));
    assert_int_equal(in.stray, 2);
    assert_string_equal(HEARD("\xf0\x01\x02\x03\xf7\x05\xf4\x01\x90\x90\x40\x90\x41\x42"),
                        "90 41 42|");
}

static void
whatever_comes_a_message_is_well_formed(void **state)
{
    (void)state;
    struct od_midi_in in = {0};
    uint64_t seed = 1;
    for (int i = 0; i < 1000000; i++) {
        struct od_midi_word word;
        if (od_midi_in_byte(&in, (uint8_t)random_bits(&seed), &word)) {
            assert_in_range(word.size, 1, 3);
            assert_true(word.bytes[0] >= 0x80);
            assert_true(word.bytes[1] < 0x80 && word.bytes[2] < 0x80);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_one_two_and_three_bytes_are_whole),
        cmocka_unit_test(a_running_status_goes_on_until_the_next),
        cmocka_unit_test(clocks_come_between_the_bytes_of_others),
        cmocka_unit_test(song_position_has_no_running_status),
        cmocka_unit_test(data_without_a_status_is_passed_over),
        cmocka_unit_test(whatever_comes_a_message_is_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
