#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"

static void
each_character_is_what_was_written(void **state)
{
    (void)state;
    for (unsigned long character = 0; character <= 0x10ffff; character++) {
        char bytes[5] = {0};
        size_t length = od_utf8_encode(character, bytes);
        bool surrogate = character >= 0xd800 && character <= 0xdfff;
        assert_int_equal(od_utf8_length(bytes, bytes + length), surrogate ? 0 : length);
        assert_int_equal(od_utf8_decode(bytes, length), character);
        assert_false(od_utf8_continues(bytes[0]));
        for (size_t i = 1; i < length; i++) {
            assert_true(od_utf8_continues(bytes[i]));
            assert_int_equal(od_utf8_length(bytes, bytes + i), 0);
        }
    }
}

static void
no_character_is_cut(void **state)
{
    (void)state;
    static const char text[] = "aé€😀z";
    static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    for (size_t most = 0; most < sizeof kept / sizeof kept[0]; most++) {
        assert_int_equal(od_utf8_cut(text, strlen(text), most), kept[most]);
    }
    assert_int_equal(od_utf8_cut("", 0, 0), 0);
    assert_int_equal(od_utf8_cut("\x80\x80\x80", 3, 2), 0);
}

static void
what_steers_a_terminal_is_not_shown(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain é€😀", "plain é€😀"},
        {"\x1b[2J\r\n\ttab", "?[2J???tab"},
        {"\x7f\x01", "??"},
        {"csi \xc2\x9b"
         "2J, blank \xc2\xa0.",
         "csi ?2J, blank \xc2\xa0."},
        {"\xff\xc3", "??"},
        {"cut \xe2\x82", "cut ??"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", cases[i][0]);
        od_utf8_defuse(text);
        assert_string_equal(text, cases[i][1]);
    }
}

static void
a_text_is_characters_from_its_first_byte_to_its_last(void **state)
{
    (void)state;
    assert_true(od_utf8_is_text("", 0));
    assert_true(od_utf8_is_text("a\0\xc3\xa4\xf0\x9f\x8e\xb5", 8));
    assert_false(od_utf8_is_text("a\xc3\xa4", 2));
    assert_false(od_utf8_is_text("\x80", 1));
    assert_false(od_utf8_is_text("a\xed\xa0\x80", 4));
    assert_false(od_utf8_is_text("\xc0\x80", 2));
}

static void
each_character_has_its_columns(void **state)
{
    (void)state;
    assert_int_equal(od_utf8_columns('a'), 1);
    assert_int_equal(od_utf8_columns(0xe4), 1);     /* LATIN SMALL LETTER A WITH DIAERESIS */
    assert_int_equal(od_utf8_columns(0x0301), 0);   /* COMBINING ACUTE ACCENT */
    assert_int_equal(od_utf8_columns(0x200d), 0);   /* ZERO WIDTH JOINER */
    assert_int_equal(od_utf8_columns(0x25cf), 1);   /* BLACK CIRCLE */
    assert_int_equal(od_utf8_columns(0x2588), 1);   /* FULL BLOCK */
    assert_int_equal(od_utf8_columns(0x4e00), 2);   /* the first of the CJK ideographs */
    assert_int_equal(od_utf8_columns(0x9fff), 2);   /* and the last */
    assert_int_equal(od_utf8_columns(0xff76), 1);   /* HALFWIDTH KATAKANA LETTER KA */
    assert_int_equal(od_utf8_columns(0x1f3b5), 2);  /* MUSICAL NOTE */
    assert_int_equal(od_utf8_columns(0x10ffff), 1); /* the last of all */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_characters_from_its_first_byte_to_its_last),
        cmocka_unit_test(each_character_is_what_was_written),
        cmocka_unit_test(no_character_is_cut),
        cmocka_unit_test(each_character_has_its_columns),
        cmocka_unit_test(what_steers_a_terminal_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
