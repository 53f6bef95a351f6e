#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "score/osc.h"

static const unsigned char example[] = "/a\0\0,sifs\0\0\0"
                                       "bd\0\0"
                                       "\0\0\0\7"
                                       "\x3f\xc0\0\0"
                                       "four\0\0\0";

static enum od_status
print(const void *packet, size_t size, struct od_buf *out)
{
    out->length = 0;
    enum od_status status = od_osc_packet_json(packet, size, out);
    assert_non_null(od_buf_extend(out, 1)); /* a NUL behind it */
    return status;
}

static void
expect_json(const void *packet, size_t size, const char *json)
{
    struct od_buf out = {0};
    assert_int_equal(print(packet, size, &out), OD_OK);
    assert_string_equal((const char *)out.data, json);
    od_buf_clear(&out);
}

static void
a_message_is_serialised_and_says_where_its_arguments_lie(void **state)
{
    (void)state;
    struct od_osc_arg args[] = {{.type = 's', .s = "bd"},
                                {.type = 'i', .i = 7},
                                {.type = 'f', .f = 1.5f},
                                {.type = 's', .s = "four"}};
    struct od_buf out = {0};
    size_t size = 0;
    assert_true(od_buf_append(&out, "abcd", 4));
    assert_int_equal(od_osc_serialise("/a", args, 4, &out, &size), OD_OK);
    assert_int_equal(size, sizeof example);
    assert_int_equal(out.length, 4 + size);
    assert_memory_equal(out.data + 4, example, size);
    assert_int_equal(args[0].offset, 12);
    assert_int_equal(args[1].offset, 16);
    assert_int_equal(args[2].offset, 20);
    assert_int_equal(args[3].offset, 24);
    od_buf_clear(&out);
}

static void
a_message_may_have_no_argument(void **state)
{
    (void)state;
    struct od_buf out = {0};
    size_t size = 0;
    assert_int_equal(od_osc_serialise("/abc", NULL, 0, &out, &size), OD_OK);
    assert_int_equal(size, 12);
    assert_memory_equal(out.data, "/abc\0\0\0\0,\0\0\0", 12);
    expect_json(out.data, size, "[\"/abc\"]\n");
    od_buf_clear(&out);
}

static void
a_message_is_shown_as_json(void **state)
{
    (void)state;
    expect_json(example, sizeof example, "[\"/a\",\"bd\",7,1.5,\"four\"]\n");
}

static void
strings_are_escaped_and_floats_keep_all_their_digits(void **state)
{
    (void)state;
    struct od_osc_arg args[] = {{.type = 's', .s = "q\"\\\n\xc3\xa4"},
                                {.type = 'f', .f = 0.1f},
                                {.type = 'f', .f = FLT_MAX},
                                {.type = 'i', .i = INT32_MIN},
                                {.type = 'f', .f = NAN}};
    struct od_buf out = {0};
    size_t size = 0;
    assert_int_equal(od_osc_serialise("/x", args, 5, &out, &size), OD_OK);
    expect_json(out.data, size,
                "[\"/x\",\"q\\\"\\\\\\u000a\xc3\xa4\",0.1,3.4028235e+38,-2147483648,"
                "null]\n");
    od_buf_clear(&out);
}

static void
all_types_of_osc_that_json_knows_are_shown(void **state)
{
    (void)state;
    static const unsigned char bytes[] = "/t\0\0,hdTFNSb\0\0\0\0"
                                         "\0\0\0\1\0\0\0\0"
                                         "\x3f\xb9\x99\x99\x99\x99\x99\x9a"
                                         "sym\0"
                                         "\0\0\0\2xy\0";
    expect_json(bytes, sizeof bytes, "[\"/t\",4294967296,0.1,true,false,null,\"sym\",null]\n");
}

static void
put_size(struct od_buf *out, size_t size)
{
    unsigned char bytes[4] = {(unsigned char)(size >> 24), (unsigned char)(size >> 16),
                              (unsigned char)(size >> 8), (unsigned char)size};
    assert_true(od_buf_append(out, bytes, 4));
}

static void
make_bundle(struct od_buf *out, const void *element, size_t size, int count)
{
    out->length = 0;
    assert_true(od_buf_append(out, "#bundle\0\0\0\0\0\0\0\0\1", OD_OSC_BUNDLE_HEADER));
    for (int i = 0; i < count; i++) {
        put_size(out, size);
        assert_true(od_buf_append(out, element, size));
    }
}

static void
a_bundle_is_shown_message_by_message_also_nested(void **state)
{
    (void)state;
    struct od_buf inner = {0};
    struct od_buf outer = {0};
    make_bundle(&inner, example, sizeof example, 2);
    expect_json(inner.data, inner.length,
                "[\"/a\",\"bd\",7,1.5,\"four\"]\n[\"/a\",\"bd\",7,1.5,\"four\"]\n");
    make_bundle(&outer, inner.data, inner.length, 1);
    expect_json(outer.data, outer.length,
                "[\"/a\",\"bd\",7,1.5,\"four\"]\n[\"/a\",\"bd\",7,1.5,\"four\"]\n");
    make_bundle(&inner, NULL, 0, 0);
    expect_json(inner.data, inner.length, "");
    od_buf_clear(&inner);
    od_buf_clear(&outer);
}

static void
bundles_nested_without_end_are_refused(void **state)
{
    (void)state;
    struct od_buf bundle[2] = {{0}, {0}};
    struct od_buf out = {0};
    make_bundle(&bundle[0], example, sizeof example, 1);
    for (int depth = 0; depth < 50; depth++) {
        make_bundle(&bundle[(depth + 1) % 2], bundle[depth % 2].data, bundle[depth % 2].length, 1);
    }
    assert_int_equal(print(bundle[0].data, bundle[0].length, &out), OD_EDATA);
    od_buf_clear(&bundle[0]);
    od_buf_clear(&bundle[1]);
    od_buf_clear(&out);
}

/* In memory of its exact size, so that a sanitizer sees what is read behind it. */
static enum od_status
print_exactly(const unsigned char *bytes, size_t size, struct od_buf *out)
{
    unsigned char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    enum od_status status = print(copy, size, out);
    free(copy);
    return status;
}

static void
a_packet_cut_short_is_refused(void **state)
{
    (void)state;
    struct od_buf bundle = {0};
    struct od_buf out = {0};
    make_bundle(&bundle, example, sizeof example, 1);
    for (size_t size = 0; size < sizeof example; size++) {
        assert_int_equal(print_exactly(example, size, &out), OD_EDATA);
    }
    for (size_t size = 0; size < bundle.length; size++) {
        enum od_status wanted = size == OD_OSC_BUNDLE_HEADER ? OD_OK : OD_EDATA;
        assert_int_equal(print_exactly(bundle.data, size, &out), wanted);
    }
    od_buf_clear(&bundle);
    od_buf_clear(&out);
}

static void
no_changed_byte_leads_outside(void **state)
{
    (void)state;
    struct od_buf bundle = {0};
    struct od_buf out = {0};
    make_bundle(&bundle, example, sizeof example, 2);
    for (size_t i = 0; i < bundle.length; i++) {
        for (int bit = 0; bit < 8; bit++) {
            bundle.data[i] ^= (unsigned char)(1 << bit);
            enum od_status status = print_exactly(bundle.data, bundle.length, &out);
            assert_true(status == OD_OK || status == OD_EDATA);
            bundle.data[i] ^= (unsigned char)(1 << bit);
        }
    }
    od_buf_clear(&bundle);
    od_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_serialised_and_says_where_its_arguments_lie),
        cmocka_unit_test(a_message_may_have_no_argument),
        cmocka_unit_test(a_message_is_shown_as_json),
        cmocka_unit_test(strings_are_escaped_and_floats_keep_all_their_digits),
        cmocka_unit_test(all_types_of_osc_that_json_knows_are_shown),
        cmocka_unit_test(a_bundle_is_shown_message_by_message_also_nested),
        cmocka_unit_test(bundles_nested_without_end_are_refused),
        cmocka_unit_test(a_packet_cut_short_is_refused),
        cmocka_unit_test(no_changed_byte_leads_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
