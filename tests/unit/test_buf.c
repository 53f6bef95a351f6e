#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void
assert_text(const struct od_buf *buf, const char *text)
{
    assert_int_equal(buf->length, strlen(text));
    assert_memory_equal(buf->data, text, buf->length);
}

static void
bytes_are_appended_in_order(void **state)
{
    (void)state;
    struct od_buf buf = {0};
    for (int i = 0; i < 10000; i++) {
        unsigned char byte = (unsigned char)i;
        assert_true(od_buf_append(&buf, &byte, 1));
    }
    assert_int_equal(buf.length, 10000);
    for (size_t i = 0; i < buf.length; i++) {
        assert_int_equal(buf.data[i], (unsigned char)i);
    }
    assert_true(od_buf_append(&buf, NULL, 0));
    od_buf_clear(&buf);
}

static void
extended_room_is_zeroed(void **state)
{
    (void)state;
    struct od_buf buf = {0};
    memset(od_buf_extend(&buf, 1000), 0xff, 1000);
    buf.length = 0;
    unsigned char *room = od_buf_extend(&buf, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(room[i], 0);
    }
    od_buf_clear(&buf);
}

static void
texts_are_put_behind_and_before(void **state)
{
    (void)state;
    struct od_buf buf = {0};
    od_buf_text(&buf, "");
    assert_int_equal(buf.length, 0);
    for (int i = 0; i < 200; i++) {
        od_buf_text(&buf, "four");
    }
    assert_int_equal(buf.length, 800);
    buf.length = 4;
    assert_true(od_buf_insert(&buf, 0, "one ", 4));
    assert_true(od_buf_insert(&buf, 4, "and ", 4));
    assert_true(od_buf_insert(&buf, buf.length, ".", 1));
    assert_true(od_buf_insert(&buf, 2, NULL, 0));
    assert_text(&buf, "one and four.");
    od_buf_clear(&buf);
}

static void
room_counts_once_it_is_filled(void **state)
{
    (void)state;
    struct od_buf buf = {0};
    for (size_t i = 0; i < 1000; i++) {
        memset(od_buf_room(&buf, 300), (int)i, 300);
        assert_int_equal(buf.length, i);
        buf.length++;
    }
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(buf.data[i], (unsigned char)i);
    }
    od_buf_clear(&buf);
}

static void
text_is_formatted_without_its_nul(void **state)
{
    (void)state;
    struct od_buf buf = {0};
    od_buf_printf(&buf, "%d beats", 4);
    od_buf_printf(&buf, ", %s", "");
    od_buf_printf(&buf, "%0300d", 7);
    assert_int_equal(buf.length, 7 + 2 + 300);
    assert_memory_equal(buf.data, "4 beats, 000", 12);
    assert_int_equal(buf.data[buf.length - 1], '7');
    od_buf_clear(&buf);
}

static void
alignment_pads_with_zeros(void **state)
{
    (void)state;
    struct od_buf buf = {0};
    assert_true(od_buf_align(&buf, 8));
    assert_int_equal(buf.length, 0);
    od_buf_append(&buf, "abc", 3);
    assert_true(od_buf_align(&buf, 8));
    assert_int_equal(buf.length, 8);
    assert_memory_equal(buf.data, "abc\0\0\0\0\0", 8);
    assert_true(od_buf_align(&buf, 8));
    assert_int_equal(buf.length, 8);
    od_buf_clear(&buf);
}

static void
json_strings_are_escaped(void **state)
{
    (void)state;
    struct od_buf buf = {0};
    od_buf_json_string(&buf, "a\"b\\c/\n\x1f\x7f ü 𝄞");
    assert_text(&buf, "\"a\\\"b\\\\c/\\u000a\\u001f\\u007f ü 𝄞\"");
    od_buf_clear(&buf);
    od_buf_json_string(&buf, "");
    assert_text(&buf, "\"\"");
    od_buf_clear(&buf);
}

static void
what_is_no_utf_8_is_replaced_in_json_strings(void **state)
{
    (void)state;
    struct od_buf buf = {0};
    od_buf_json_string(&buf, "a\xff\xfe\xc3(\xed\xa0\x80\xf0\x9f\x8e");
    assert_text(&buf, "\"a\ufffd\ufffd\ufffd(\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\"");
    od_buf_clear(&buf);
}

static void
numbers_are_as_short_as_they_can_be(void **state)
{
    (void)state;
    struct od_buf buf = {0};
    const float floats[] = {0.1F, 0.516666651F, 16777216, 1e-30F, -0.0F, FLT_MAX, NAN, INFINITY};
    const double doubles[] = {0.1, 0.1 + 0.2, 1e15, 5e-324, -INFINITY};
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++) {
        od_buf_float(&buf, floats[i]);
        od_buf_append(&buf, " ", 1);
    }
    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++) {
        od_buf_double(&buf, doubles[i]);
        od_buf_append(&buf, " ", 1);
    }
    assert_text(&buf, "0.1 0.51666665 16777216 1e-30 -0 3.4028235e+38 null null "
                      "0.1 0.30000000000000004 1e+15 4.94065645841247e-324 null ");
    od_buf_clear(&buf);
}

static void
after_a_failure_nothing_is_written(void **state)
{
    (void)state;
    struct od_buf buf = {0};
    od_buf_append(&buf, "abc", 3);
    assert_null(od_buf_extend(&buf, SIZE_MAX));
    assert_true(buf.failed);
    assert_false(od_buf_append(&buf, "d", 1));
    assert_false(od_buf_insert(&buf, 0, "d", 1));
    assert_null(od_buf_room(&buf, 1));
    od_buf_text(&buf, "d");
    assert_false(od_buf_printf(&buf, "d"));
    assert_false(od_buf_json_string(&buf, "d"));
    assert_false(od_buf_align(&buf, 8));
    assert_text(&buf, "abc");
    od_buf_clear(&buf);
    assert_false(buf.failed);
    assert_true(od_buf_append(&buf, "d", 1));
    od_buf_clear(&buf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_appended_in_order),
        cmocka_unit_test(extended_room_is_zeroed),
        cmocka_unit_test(texts_are_put_behind_and_before),
        cmocka_unit_test(room_counts_once_it_is_filled),
        cmocka_unit_test(text_is_formatted_without_its_nul),
        cmocka_unit_test(alignment_pads_with_zeros),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(what_is_no_utf_8_is_replaced_in_json_strings),
        cmocka_unit_test(numbers_are_as_short_as_they_can_be),
        cmocka_unit_test(after_a_failure_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
