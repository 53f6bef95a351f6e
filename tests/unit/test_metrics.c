#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "world/metrics.h"

static struct od_histogram histogram;
static struct od_histogram_copy copy;

static int
clear(void **state)
{
    (void)state;
    memset(&histogram, 0, sizeof histogram);
    return 0;
}

static void
an_empty_histogram_is_all_zero(void **state)
{
    (void)state;
    size_t bucket = 0;
    od_nsec upper = 0;
    uint64_t count = 0;
    od_histogram_read(&histogram, &copy);
    assert_int_equal(copy.count, 0);
    assert_int_equal(copy.max, 0);
    assert_int_equal(od_histogram_quantile(&copy, 0.99), 0);
    assert_true(od_histogram_mean(&copy) == 0);
    assert_false(od_histogram_next(&copy, &bucket, &upper, &count));
}

static void
a_value_is_known_to_a_sixteenth(void **state)
{
    (void)state;
    for (od_nsec value = 1; value < INT64_C(1) << 37; value = value * 17 / 16 + 1) {
        clear(NULL);
        od_histogram_add(&histogram, value);
        od_histogram_add(&histogram, INT64_C(1) << 37); /* so that max does not help */
        od_histogram_read(&histogram, &copy);
        od_nsec known = od_histogram_quantile(&copy, 0.5);
        assert_true(known >= value);
        assert_true(known <= value + value / 16);
    }
}

static void
quantiles_are_those_of_the_values(void **state)
{
    (void)state;
    for (od_nsec value = 1; value <= 1000; value++) {
        od_histogram_add(&histogram, value * 1000);
    }
    od_histogram_read(&histogram, &copy);
    assert_int_equal(copy.count, 1000);
    assert_int_equal(copy.max, 1000000);
    assert_true(od_histogram_mean(&copy) == 500500.0);
    assert_in_range(od_histogram_quantile(&copy, 0.5), 500000, 531250);
    assert_in_range(od_histogram_quantile(&copy, 0.99), 990000, 1000000);
    assert_int_equal(od_histogram_quantile(&copy, 1), 1000000);
    assert_in_range(od_histogram_quantile(&copy, 0), 1000, 1063);
}

static void
what_is_too_short_or_too_long_is_counted_all_the_same(void **state)
{
    (void)state;
    od_histogram_add(&histogram, -5);
    od_histogram_add(&histogram, 0);
    od_histogram_add(&histogram, 500 * OD_NSEC_PER_SEC);
    od_histogram_read(&histogram, &copy);
    assert_int_equal(copy.count, 3);
    assert_int_equal(copy.max, 500 * OD_NSEC_PER_SEC);
    assert_int_equal(od_histogram_quantile(&copy, 0.5), 0);
    assert_int_equal(od_histogram_quantile(&copy, 1), 500 * OD_NSEC_PER_SEC);
    assert_int_equal(od_histogram_at_most(&copy, 0), 2);
}

static void
the_cumulative_export_ascends_to_the_count(void **state)
{
    (void)state;
    size_t bucket = 0;
    od_nsec upper = 0;
    od_nsec last_upper = -1;
    uint64_t count = 0;
    uint64_t last_count = 0;
    for (od_nsec value = 1; value < OD_NSEC_PER_SEC; value *= 3) {
        od_histogram_add(&histogram, value);
    }
    od_histogram_read(&histogram, &copy);
    while (od_histogram_next(&copy, &bucket, &upper, &count)) {
        assert_true(upper > last_upper);
        assert_true(count > last_count);
        assert_int_equal(count, od_histogram_at_most(&copy, upper));
        last_upper = upper;
        last_count = count;
    }
    assert_int_equal(last_count, copy.count);
    assert_int_equal(od_histogram_at_most(&copy, 100 * OD_NSEC_PER_SEC), copy.count);
}

#define WRITTEN 200000

static void *
write_all(void *context)
{
    for (od_nsec i = 0; i < WRITTEN; i++) {
        od_histogram_add(context, i);
    }
    return NULL;
}

static void
a_reader_beside_the_writer_sees_numbers_that_fit(void **state)
{
    (void)state;
    pthread_t writer;
    uint64_t last = 0;
    assert_int_equal(pthread_create(&writer, NULL, write_all, &histogram), 0);
    while (last < WRITTEN) {
        od_histogram_read(&histogram, &copy);
        assert_true(copy.count >= last);
        assert_true(od_histogram_at_most(&copy, OD_NSEC_PER_SEC) == copy.count);
        last = copy.count;
    }
    pthread_join(writer, NULL);
    od_histogram_read(&histogram, &copy);
    assert_int_equal(copy.count, WRITTEN);
    assert_int_equal(copy.max, WRITTEN - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_histogram_is_all_zero, clear),
        cmocka_unit_test_setup(a_value_is_known_to_a_sixteenth, clear),
        cmocka_unit_test_setup(quantiles_are_those_of_the_values, clear),
        cmocka_unit_test_setup(what_is_too_short_or_too_long_is_counted_all_the_same, clear),
        cmocka_unit_test_setup(the_cumulative_export_ascends_to_the_count, clear),
        cmocka_unit_test_setup(a_reader_beside_the_writer_sees_numbers_that_fit, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
