/* Exact fractions: arithmetic, what does not fit, the nearest double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pattern/frac.h"
#include "random.h"

__extension__ typedef __int128 wide;

static struct od_frac
make(int64_t num, int64_t den)
{
    bool lost = false;
    struct od_frac made = od_frac_make(num, den, &lost);
    assert_false(lost);
    return made;
}

static void
assert_frac(struct od_frac got, int64_t num, int64_t den)
{
    assert_int_equal(got.num, num);
    assert_int_equal(got.den, den);
}

static void
test_fractions_are_in_lowest_terms(void **state)
{
    (void)state;
    assert_frac(make(6, -4), -3, 2);
    assert_frac(make(0, 7), 0, 1);
    assert_frac(make(INT64_MAX, INT64_MAX), 1, 1);
}

static void
test_arithmetic_is_that_of_school(void **state)
{
    (void)state;
    bool lost = false;
    assert_frac(od_frac_add(make(1, 6), make(1, 10), &lost), 4, 15);
    assert_frac(od_frac_sub(make(1, 6), make(1, 6), &lost), 0, 1);
    assert_frac(od_frac_mul(make(-4, 9), make(3, 8), &lost), -1, 6);
    assert_frac(od_frac_div(make(1, 2), make(-3, 4), &lost), -2, 3);
    assert_frac(od_frac_lcm(make(3, 4), make(5, 6), &lost), 15, 2);
    assert_int_equal(od_frac_floor(make(-1, 3)), -1);
    assert_int_equal(od_frac_floor(make(-3, 1)), -3);
    assert_int_equal(od_frac_floor(make(7, 2)), 3);
    assert_false(lost);
}

/* What 128 bits say of small numbers is what is said here. */
static void
test_sums_and_products_agree_with_wider_numbers(void **state)
{
    (void)state;
    uint64_t random = 7;
    for (int i = 0; i < 200000; i++) {
        uint64_t span = UINT64_C(1) << ((1 + random_bits(&random) % 31));
        int64_t n[4];
        for (int j = 0; j < 4; j++) {
            n[j] = (int64_t)(random_bits(&random) % span) + (j % 2);
            n[j] = j % 2 == 0 && random_bits(&random) % 2 == 0 ? -n[j] : n[j];
        }
        struct od_frac a = make(n[0], n[1]), b = make(n[2], n[3]);
        bool lost = false;
        struct od_frac sum = od_frac_add(a, b, &lost);
        wide up = (wide)n[0] * n[3] + (wide)n[2] * n[1], down = (wide)n[1] * n[3];
        assert_true(lost || (wide)sum.num * down == up * sum.den);
        lost = false;
        struct od_frac product = od_frac_mul(a, b, &lost);
        assert_true(lost || (wide)product.num * down == (wide)n[0] * n[2] * product.den);
        assert_int_equal(od_frac_compare(a, b) < 0, (wide)n[0] * n[3] < (wide)n[2] * n[1]);
    }
}

static void
test_floors_of_multiples_are_those_of_products(void **state)
{
    (void)state;
    uint64_t random = 13;
    for (int i = 0; i < 200000; i++) {
        int64_t num = (int64_t)random_bits(&random) >> (1 + random_bits(&random) % 62);
        int64_t den = 1 + (int64_t)(random_bits(&random) >> (2 + random_bits(&random) % 61));
        int64_t n = (int64_t)random_bits(&random) >> (1 + random_bits(&random) % 62);
        bool lost = false, product_lost = false;
        struct od_frac product = od_frac_mul(make(num, den), od_frac_int(n), &product_lost);
        assert_int_equal(od_frac_floor_multiple(make(num, den), n, &lost), od_frac_floor(product));
        assert_int_equal(lost, product_lost);
    }
}

static void
test_what_does_not_fit_is_found(void **state)
{
    (void)state;
    struct od_frac large = {INT64_MAX, 1}, fine = {1, INT64_MAX}, other = {1, INT64_MAX - 1};
    bool lost[6] = {false};
    od_frac_add(large, large, &lost[0]);
    od_frac_mul(large, large, &lost[1]);
    od_frac_add(fine, other, &lost[2]);
    od_frac_div(large, make(0, 1), &lost[3]);
    od_frac_make(1, 0, &lost[4]);
    od_frac_lcm(large, make(INT64_MAX - 1, 1), &lost[5]);
    for (int i = 0; i < 6; i++) {
        assert_true(lost[i]);
    }
    bool fits = false;
    assert_frac(od_frac_add(large, make(-INT64_MAX, 1), &fits), 0, 1);
    assert_frac(od_frac_mul(large, fine, &fits), 1, 1);
    assert_false(fits);
}

static void
test_once_lost_stays_lost(void **state)
{
    (void)state;
    bool lost = true;
    od_frac_add(make(1, 2), make(1, 3), &lost);
    assert_true(lost);
}

/* strtod of enough digits is the judge: digits of num/den by long division. */
static double
divide_by_hand(uint64_t num, uint64_t den)
{
    char text[1200];
    int at = snprintf(text, sizeof text, "%llu.", (unsigned long long)(num / den));
    __extension__ unsigned __int128 rest = num % den;
    for (int i = 0; i < 1000; i++) {
        rest *= 10;
        text[at++] = (char)('0' + (int)(rest / den));
        rest %= den;
    }
    text[at] = '\0';
    return strtod(text, NULL);
}

static void
test_the_double_is_the_nearest(void **state)
{
    (void)state;
    uint64_t random = 11;
    for (int i = 0; i < 20000; i++) {
        int64_t num = (int64_t)(random_bits(&random) >> (1 + random_bits(&random) % 60));
        int64_t den = (int64_t)(random_bits(&random) >> (1 + random_bits(&random) % 60)) | 1;
        struct od_frac frac = make(num, den);
        double wanted = divide_by_hand((uint64_t)num, (uint64_t)den);
        assert_memory_equal(&(double){od_frac_double(frac)}, &wanted, sizeof wanted);
    }
    assert_true(od_frac_double(make(-1, 3)) == -1.0 / 3);
    assert_true(od_frac_double(make((INT64_C(1) << 60) - 1, INT64_C(1) << 60)) == 1.0);
}

static void
test_decimals_are_read_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t num, den;
    } cases[] = {{"3", 3, 1},          {"-0.25", -1, 4}, {".5", 1, 2},
                 {"1e3", 1000, 1},     {"2.5e-1", 1, 4}, {"3.", 3, 1},
                 {"0.333", 333, 1000}, {"-0", 0, 1},     {"0e999", 0, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct od_frac frac;
        bool lost = false;
        assert_true(od_frac_parse(cases[i].text, strlen(cases[i].text), &frac, &lost));
        assert_false(lost);
        assert_frac(frac, cases[i].num, cases[i].den);
    }
}

static void
test_what_is_no_decimal_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"",    "-",     ".",    "1e", "1e-", "a",  "1a",
                                        "--1", "1.2.3", "0x10", "+1", "1 ",  "e3", "inf"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct od_frac frac;
        bool lost = false;
        assert_false(od_frac_parse(texts[i], strlen(texts[i]), &frac, &lost));
    }
    static const char *const large[] = {"99999999999999999999", "1e19", "1e-19", "1e99999999999"};
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        struct od_frac frac;
        bool lost = false;
        assert_true(od_frac_parse(large[i], strlen(large[i]), &frac, &lost));
        assert_true(lost);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fractions_are_in_lowest_terms),
        cmocka_unit_test(test_arithmetic_is_that_of_school),
        cmocka_unit_test(test_sums_and_products_agree_with_wider_numbers),
        cmocka_unit_test(test_floors_of_multiples_are_those_of_products),
        cmocka_unit_test(test_what_does_not_fit_is_found),
        cmocka_unit_test(test_once_lost_stays_lost),
        cmocka_unit_test(test_the_double_is_the_nearest),
        cmocka_unit_test(test_decimals_are_read_exactly),
        cmocka_unit_test(test_what_is_no_decimal_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
