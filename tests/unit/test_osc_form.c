#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "score/osc.h"
#include "score/osc_form.h"

#define SIZE_MAX_HERE 64

static bool
is_message(const char *bytes, size_t size)
{
    char tags[SIZE_MAX_HERE / 4];
    return od_osc_form((const unsigned char *)bytes, size, tags);
}

#define IS(bytes) is_message(bytes, sizeof(bytes) - 1)

static void
a_message_has_an_address_tags_and_an_argument_for_each(void **state)
{
    (void)state;
    assert_true(IS("/a\0\0,\0\0\0"));
    assert_true(IS("/abc\0\0\0\0,\0\0\0"));
    assert_true(IS("/a\0\0,i\0\0\0\0\0\1"));
    assert_true(IS("/a\0\0,sfi\0\0\0\0abc\0\0\0\0\0\0\0\0\0"));
    assert_true(IS("/a\0\0,s\0\0\0\0\0\0"));
}

static void
what_is_not_whole_or_not_ours_is_none(void **state)
{
    (void)state;
    assert_false(IS(""));
    assert_false(IS("/a\0\0"));
    assert_false(IS("/a\0\0,\0\0"));
    assert_false(IS("a\0\0\0,\0\0\0"));
    assert_false(IS("#bun,\0\0\0"));
    assert_false(IS("/a\0\0i\0\0\0\0\0\0\1"));
    assert_false(IS("/a\0\0,i\0\0"));
    assert_false(IS("/a\0\0,\0\0\0\0\0\0\1"));
    assert_false(IS("/a\0\0,ii\0\0\0\0\1"));
    assert_false(IS("/a\0\0,d\0\0\0\0\0\1\0\0\0\1"));
    assert_false(IS("/a\0\0,T\0\0"));
    assert_false(IS("/a\0\0,sss"));
    assert_false(IS("/a\0\0,s\0\0abcd"));
}

static void
a_string_is_padded_with_zeros_only(void **state)
{
    (void)state;
    assert_false(IS("/a\0b,\0\0\0"));
    assert_false(IS("/\0b\0,\0\0\0"));
    assert_false(IS("/a\0\0,\0i\0"));
    assert_false(IS("/a\0\0,s\0\0a\0b\0"));
    assert_false(IS("/a\0\0,s\0\0\0b\0\0"));
    assert_false(IS("/a\0\0,s\0\0\0\0b\0"));
    assert_false(IS("/a\0\0,s\0\0\0bcd\0\0\0\0"));
}

static void
the_places_of_numbers_are_told(void **state)
{
    (void)state;
    static const unsigned char bytes[] = "/a\0\0,sfsi\0\0\0abcd\0\0\0\0\0\0\0\1x\0\0\0\0\0\0\2";
    char tags[SIZE_MAX_HERE / 4];
    memset(tags, 'x', sizeof tags);
    assert_true(od_osc_form(bytes, sizeof bytes - 1, tags));
    assert_memory_equal(tags, "\0\0\0\0\0f\0ix", 9);
}

static size_t
mutate(unsigned char *bytes, size_t size, uint32_t *random)
{
    for (int i = 0; i < 2; i++) {
        *random = *random * 1664525 + 1013904223;
        bytes[(*random >> 8) % size] = (unsigned char)"\0/,sif"[(*random >> 24) % 6];
    }
    return (*random >> 4) % 16 == 0 ? size - 4 : size;
}

static void
what_is_taken_for_a_message_is_one_to_liblo_too(void **state)
{
    (void)state;
    static const char whole[] = "/a/b\0\0\0\0,sfis\0\0\0bc\0\0\0\0\0\1\0\0\0\2def\0";
    uint32_t random = 256;
    int taken = 0;
    for (int i = 0; i < 20000; i++) {
        unsigned char bytes[sizeof whole];
        char tags[SIZE_MAX_HERE / 4];
        struct od_buf text = {0};
        memcpy(bytes, whole, sizeof whole);
        size_t size = mutate(bytes, sizeof whole - 1, &random);
        if (od_osc_form(bytes, size, tags)) {
            taken++;
            assert_int_equal(od_osc_packet_json(bytes, size, &text), OD_OK);
        }
        od_buf_clear(&text);
    }
    assert_in_range(taken, 100, 19900);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_has_an_address_tags_and_an_argument_for_each),
        cmocka_unit_test(what_is_not_whole_or_not_ours_is_none),
        cmocka_unit_test(a_string_is_padded_with_zeros_only),
        cmocka_unit_test(the_places_of_numbers_are_told),
        cmocka_unit_test(what_is_taken_for_a_message_is_one_to_liblo_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
