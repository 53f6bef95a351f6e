#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "world/clock.h"

#define NOW INT64_C(1700000000123456789)

static od_nsec
parsed(const char *text)
{
    od_nsec real = -1;
    return od_clock_parse(text, NOW, &real) ? real : -1;
}

static void
the_offset_leads_from_monotonic_to_real_time(void **state)
{
    (void)state;
    struct od_clock_offset offset = od_clock_measure();
    od_nsec before = od_clock_now();
    od_nsec real = od_clock_real();
    od_nsec after = od_clock_now();
    assert_true(offset.error > 0);
    assert_true(real >= before + offset.offset - offset.error);
    assert_true(real <= after + offset.offset + offset.error);
}

static void
noise_of_measuring_does_not_move_the_offset(void **state)
{
    (void)state;
    struct od_clock_offset held = {1000000, 50};
    assert_false(od_clock_update(&held, (struct od_clock_offset){1000100, 60}));
    assert_int_equal(held.offset, 1000000);
    assert_false(od_clock_update(&held, (struct od_clock_offset){999890, 60}));
    assert_int_equal(held.offset, 1000000);
}

static void
a_clock_that_was_set_is_followed_both_ways(void **state)
{
    (void)state;
    struct od_clock_offset held = {1000000, 50};
    assert_true(od_clock_update(&held, (struct od_clock_offset){1000111, 60}));
    assert_int_equal(held.offset, 1000111);
    assert_int_equal(held.error, 60);
    assert_true(od_clock_update(&held, (struct od_clock_offset){-5000000000, 80}));
    assert_int_equal(held.offset, -5000000000);
}

static void
a_tighter_measurement_is_kept_but_is_no_change(void **state)
{
    (void)state;
    struct od_clock_offset held = {1000000, 500};
    assert_false(od_clock_update(&held, (struct od_clock_offset){1000300, 20}));
    assert_int_equal(held.offset, 1000300);
    assert_int_equal(held.error, 20);
}

static void
a_time_tag_counts_seconds_since_1900_in_32_32_bits(void **state)
{
    (void)state;
    assert_int_equal(od_clock_ntp(0), UINT64_C(2208988800) << 32);
    assert_int_equal(od_clock_ntp(500000000), UINT64_C(2208988800) << 32 | 0x80000000u);
    assert_int_equal(od_clock_ntp(1), UINT64_C(2208988800) << 32 | 4);
    assert_int_equal(od_clock_ntp(999999999), UINT64_C(2208988800) << 32 | 4294967291u);
    /* 2036-02-07 06:28:16: the seconds begin anew */
    assert_int_equal(od_clock_ntp(2085978496 * OD_NSEC_PER_SEC), 0);
}

static void
seconds_from_now_are_read(void **state)
{
    (void)state;
    assert_int_equal(parsed("+5"), NOW + 5 * OD_NSEC_PER_SEC);
    assert_int_equal(parsed("+0"), NOW);
    assert_int_equal(parsed("+0.25"), NOW + 250000000);
    assert_int_equal(parsed("+1.0000000019"), NOW + 1000000001);
}

static void
unix_time_is_read_to_the_nanosecond(void **state)
{
    (void)state;
    assert_int_equal(parsed("1700000000"), 1700000000 * OD_NSEC_PER_SEC);
    assert_int_equal(parsed("1760000000.123456789"), INT64_C(1760000000123456789));
    assert_int_equal(parsed("0"), 0);
}

static void
rfc_3339_is_read_with_its_offset(void **state)
{
    (void)state;
    assert_int_equal(parsed("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(parsed("2024-02-29T12:34:56.5Z"), INT64_C(1709210096500000000));
    assert_int_equal(parsed("2026-10-16T20:00:00+02:00"), INT64_C(1792173600000000000));
    assert_int_equal(parsed("2026-10-16t13:30:00-04:30"), INT64_C(1792173600000000000));
    assert_int_equal(parsed("2016-12-31T23:59:60Z"), INT64_C(1483228800000000000));
    assert_int_equal(parsed("2199-12-31 23:59:59z"), INT64_C(7258118399000000000));
}

static void
what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "+",
        "-1",
        "+-1",
        "++1",
        " 1",
        "1 ",
        "1.",
        ".5",
        "1e9",
        "nan",
        "soon",
        "0x10",
        "7258118400",
        "99999999999",
        "+99999999999",
        "+7258118399",
        "2026-10-16",
        "2026-10-16T20:00:00",
        "2026-10-16T20:00Z",
        "2026-1-16T20:00:00Z",
        "2026-13-16T20:00:00Z",
        "2026-02-29T20:00:00Z",
        "2026-10-32T20:00:00Z",
        "2026-10-16T24:00:00Z",
        "2026-10-16T20:60:00Z",
        "2026-10-16T20:00:61Z",
        "2026-10-16T20:00:00.Z",
        "2026-10-16T20:00:00Zx",
        "2026-10-16T20:00:00+2",
        "2026-10-16T20:00:00+0200",
        "2026-10-16T20:00:00+24:00",
        "2026-10-16T20:00:00+02:60",
        "2026-10-16T20:00:00+02:00x",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "2200-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (parsed(wrong[i]) != -1) {
            fail_msg("\"%s\" was taken for a time", wrong[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_offset_leads_from_monotonic_to_real_time),
        cmocka_unit_test(noise_of_measuring_does_not_move_the_offset),
        cmocka_unit_test(a_clock_that_was_set_is_followed_both_ways),
        cmocka_unit_test(a_tighter_measurement_is_kept_but_is_no_change),
        cmocka_unit_test(a_time_tag_counts_seconds_since_1900_in_32_32_bits),
        cmocka_unit_test(seconds_from_now_are_read),
        cmocka_unit_test(unix_time_is_read_to_the_nanosecond),
        cmocka_unit_test(rfc_3339_is_read_with_its_offset),
        cmocka_unit_test(what_is_no_time_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
