/* The lines of a trace. */
#include <stdlib.h>
#include <string.h>

#include "out/trace.h"
#include "rig.h"
#include "score/osc.h"

static void
check_midi(od_nsec time, int64_t step, const char *wanted)
{
    struct od_buf out = {0};
    static const unsigned char bytes[] = {144, 60, 100};
    assert_int_equal(od_trace_midi(&out, time, step, bytes, 3), OD_OK);
    assert_true(od_buf_append(&out, "", 1));
    assert_string_equal((const char *)out.data, wanted);
    od_buf_clear(&out);
}

static void
a_time_has_nine_decimals_and_maybe_a_sign(void **state)
{
    (void)state;
    check_midi(0, 0, "{\"t\":0.000000000,\"step\":0,\"midi\":[144,60,100]}\n");
    check_midi(125000001, 1, "{\"t\":0.125000001,\"step\":1,\"midi\":[144,60,100]}\n");
    check_midi(-1, 0, "{\"t\":-0.000000001,\"step\":0,\"midi\":[144,60,100]}\n");
    check_midi(INT64_C(-12000000034), 0,
               "{\"t\":-12.000000034,\"step\":0,\"midi\":[144,60,100]}\n");
    check_midi(INT64_C(86400) * OD_NSEC_PER_SEC, 600,
               "{\"t\":86400.000000000,\"step\":88,\"midi\":[144,60,100]}\n");
}

static void
each_message_of_a_bundle_has_its_line(void **state)
{
    (void)state;
    struct od_buf bundle = {0};
    struct od_buf out = {0};
    od_buf_append(&bundle, "#bundle\0\0\0\0\0\0\0\0\0", 16);
    for (int i = 0; i < 2; i++) {
        struct od_buf message = {0};
        struct od_osc_arg args[] = {
            {.type = 's', .s = "a\"\n"}, {.type = 'i', .i = -7 + i}, {.type = 'f', .f = 0.5F}};
        size_t size = 0;
        assert_int_equal(od_osc_serialise("/x", args, 3, &message, &size), OD_OK);
        unsigned char length[4] = {0, 0, (unsigned char)(size >> 8), (unsigned char)size};
        od_buf_append(&bundle, length, 4);
        od_buf_append(&bundle, message.data, message.length);
        od_buf_clear(&message);
    }
    assert_int_equal(od_trace_osc(&out, 500, 3, bundle.data, bundle.length), OD_OK);
    assert_true(od_buf_append(&out, "", 1));
    const char *first = "{\"t\":0.000000500,\"step\":3,\"osc\":[\"/x\",\"a\\\"\\u000a\",-7,0.5]}\n";
    const char *second =
        "{\"t\":0.000000500,\"step\":3,\"osc\":[\"/x\",\"a\\\"\\u000a\",-6,0.5]}\n";
    assert_memory_equal(out.data, first, strlen(first));
    assert_string_equal((const char *)out.data + strlen(first), second);
    od_buf_clear(&out);
    assert_int_equal(od_trace_osc(&out, 0, 0, bundle.data, bundle.length - 1), OD_EDATA);
    od_buf_clear(&out);
    od_buf_clear(&bundle);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_has_nine_decimals_and_maybe_a_sign),
        cmocka_unit_test(each_message_of_a_bundle_has_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
