#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

#define N 10000

static void
every_key_is_found_again_and_no_other(void **state)
{
    (void)state;
    static char keys[N][16];
    struct od_hash hash = {0};
    for (uint32_t i = 0; i < N; i++) {
        snprintf(keys[i], sizeof keys[i], "key %u", i);
        assert_int_equal(od_hash_find(&hash, keys[i], strlen(keys[i])), OD_HASH_NONE);
        assert_true(od_hash_add(&hash, keys[i], strlen(keys[i]), i));
    }
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(od_hash_find(&hash, keys[i], strlen(keys[i])), i);
    }
    assert_int_equal(od_hash_find(&hash, "key 10000", 9), OD_HASH_NONE);
    assert_int_equal(od_hash_find(&hash, "key 1", 4), OD_HASH_NONE);
    od_hash_clear(&hash);
    assert_int_equal(od_hash_find(&hash, "key 1", 5), OD_HASH_NONE);
}

static void
the_first_value_of_a_key_stays(void **state)
{
    (void)state;
    struct od_hash hash = {0};
    assert_true(od_hash_add(&hash, "a", 1, 1));
    assert_true(od_hash_add(&hash, "a", 1, 2));
    assert_int_equal(od_hash_find(&hash, "a", 1), 1);
    assert_int_equal(hash.count, 1);
    od_hash_clear(&hash);
}

static void
a_key_may_be_empty_or_hold_any_byte(void **state)
{
    (void)state;
    struct od_hash hash = {0};
    assert_true(od_hash_add(&hash, "", 0, 1));
    assert_true(od_hash_add(&hash, "a\0b", 3, 2));
    assert_true(od_hash_add(&hash, "a\0c", 3, 3));
    assert_int_equal(od_hash_find(&hash, "", 0), 1);
    assert_int_equal(od_hash_find(&hash, "a\0b", 3), 2);
    assert_int_equal(od_hash_find(&hash, "a\0c", 3), 3);
    assert_int_equal(od_hash_find(&hash, "a", 1), OD_HASH_NONE);
    od_hash_clear(&hash);
}

static void
room_that_was_reserved_is_enough(void **state)
{
    (void)state;
    for (size_t n = 0; n < 40; n++) {
        static const char keys[40];
        struct od_hash hash = {0};
        assert_true(od_hash_reserve(&hash, n));
        const struct od_hash_slot *slots = hash.slots;
        for (size_t i = 0; i < n; i++) {
            assert_true(od_hash_add(&hash, keys, i, (uint32_t)i));
        }
        assert_ptr_equal(hash.slots, slots);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(od_hash_find(&hash, keys, i), i);
        }
        od_hash_clear(&hash);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_found_again_and_no_other),
        cmocka_unit_test(the_first_value_of_a_key_stays),
        cmocka_unit_test(a_key_may_be_empty_or_hold_any_byte),
        cmocka_unit_test(room_that_was_reserved_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
