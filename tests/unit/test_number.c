/* Numbers as JSON has them: they read back as what they were, and none is longer than printf's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pattern/number.h"
#include "random.h"

#define TRIES 200000

static void
take(struct od_buf *out, char *text, size_t size)
{
    assert_false(out->failed);
    assert_true(out->length < size);
    memcpy(text, out->data, out->length);
    text[out->length] = '\0';
    out->length = 0;
}

/* Of any size that occurs: whole numbers, levels, offsets, times. */
static double
random_number(uint64_t *random)
{
    static const double sizes[] = {1e-9, 1e-3, 0.125, 1, 16, 1e4, 1e6, 1e17};
    double part = (double)(random_bits(random) >> 11) * 0x1p-53;
    double number = part * sizes[random_bits(random) % (sizeof sizes / sizeof sizes[0])];
    if ((random_bits(random) % 4) == 0) {
        number = (double)(random_bits(random) % 200000) / (double)(1 + (random_bits(random) % 64));
    }
    return (random_bits(random) % 2) == 0 ? -number : number;
}

static void
test_doubles_read_back_and_are_shortest(void **state)
{
    (void)state;
    uint64_t random = 7;
    struct od_buf out = {0};
    char text[64], longest[64];
    for (int i = 0; i < TRIES; i++) {
        double number = random_number(&random);
        od_number_double(&out, number);
        take(&out, text, sizeof text);
        assert_true(strtod(text, NULL) == number);
        od_buf_double(&out, number);
        take(&out, longest, sizeof longest);
        if (strchr(longest, 'e') == NULL) {
            assert_int_equal(strlen(text), strlen(longest));
        }
    }
    od_buf_clear(&out);
}

static void
test_floats_read_back_and_are_shortest(void **state)
{
    (void)state;
    uint64_t random = 11;
    struct od_buf out = {0};
    char text[64], longest[64];
    for (int i = 0; i < TRIES; i++) {
        float number = (float)random_number(&random);
        od_number_float(&out, number);
        take(&out, text, sizeof text);
        assert_true(strtof(text, NULL) == number);
        od_buf_float(&out, number);
        take(&out, longest, sizeof longest);
        assert_int_equal(strlen(text), strlen(longest));
    }
    od_buf_clear(&out);
}

static void
test_what_people_write_is_written_so(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",      "7",          "-12",    "0.9",     "-0.5",
                                        "0.0625", "0.001",      "0.05",   "1.5",     "999.9999",
                                        "100.25", "0.12345678", "123456", "1e+20",   "0.0001",
                                        "999.5",  "10.01",      "0.0101", "2.71828", "0.007"};
    struct od_buf out = {0};
    char text[64];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        od_number_double(&out, strtod(texts[i], NULL));
        take(&out, text, sizeof text);
        assert_string_equal(text, texts[i]);
        od_number_float(&out, strtof(texts[i], NULL));
        take(&out, text, sizeof text);
        assert_string_equal(text, texts[i]);
    }
    od_number_integer(&out, INT64_MIN);
    take(&out, text, sizeof text);
    assert_string_equal(text, "-9223372036854775808");
    od_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles_read_back_and_are_shortest),
        cmocka_unit_test(test_floats_read_back_and_are_shortest),
        cmocka_unit_test(test_what_people_write_is_written_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
