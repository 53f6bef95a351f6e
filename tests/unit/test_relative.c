#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/relative.h"

static const struct {
    const char *text;
    bool with_signs, without; /* whether it is a number then */
    double of_eight, bare;    /* what becomes of 8 in each case */
} cases[] = {
    {"5", true, true, 5, 5},         {"0.25", true, true, 0.25, 0.25}, {"+5", true, true, 13, 5},
    {"-2.5", true, true, 5.5, -2.5}, {"-0", true, true, 8, 0},         {"+=5", true, true, 13, 13},
    {"-=5", true, true, 3, 3},       {"-=-5", true, true, 13, 13},     {"*=0.5", true, true, 4, 4},
    {"/=2", true, true, 4, 4},       {"*=-1", true, true, -8, -8},     {"", false, false, 0, 0},
    {"+", false, false, 0, 0},       {"+=", false, false, 0, 0},       {"++5", false, false, 0, 0},
    {"+-5", false, false, 0, 0},     {"*5", false, false, 0, 0},       {"==5", false, false, 0, 0},
    {"=5", false, false, 0, 0},      {"*=x", false, false, 0, 0},      {"+=5x", false, false, 0, 0},
    {"+inf", false, false, 0, 0},    {"*=nan", false, false, 0, 0},    {"five", false, false, 0, 0},
};

static void
each_form_makes_its_own_of_what_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum od_relation relation;
        double number;
        bool good = od_relative_parse(cases[i].text, true, &relation, &number);
        assert_int_equal(good, cases[i].with_signs);
        if (good) {
            assert_true(od_relative(relation, 8, number) == cases[i].of_eight);
        }
        good = od_relative_parse(cases[i].text, false, &relation, &number);
        assert_int_equal(good, cases[i].without);
        if (good) {
            assert_true(od_relative(relation, 8, number) == cases[i].bare);
        }
    }
}

static void
a_division_by_nothing_is_not_finite(void **state)
{
    (void)state;
    assert_true(od_relative(OD_DIVIDED, 8, 0) > 1e308);
    double none = od_relative(OD_DIVIDED, 0, 0);
    assert_true(none != none);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_makes_its_own_of_what_holds),
        cmocka_unit_test(a_division_by_nothing_is_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
