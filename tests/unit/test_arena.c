#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static bool
is_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static void
pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct od_arena arena = {0};
    unsigned char *last = NULL;
    for (size_t size = 1; size < 300; size++) {
        unsigned char *piece = od_arena_alloc(&arena, size);
        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
        assert_true(is_zero(piece, size));
        assert_ptr_not_equal(piece, last);
        memset(piece, 0xff, size);
        last = piece;
    }
    od_arena_clear(&arena);
}

static void
a_piece_larger_than_a_block_is_given(void **state)
{
    (void)state;
    struct od_arena arena = {0};
    size_t size = 5u << 20;
    unsigned char *small = od_arena_alloc(&arena, 10);
    unsigned char *large = od_arena_alloc(&arena, size);
    assert_non_null(small);
    assert_non_null(large);
    assert_true(is_zero(large, size));
    memset(large, 1, size);
    assert_true(is_zero(small, 10));
    od_arena_clear(&arena);
}

static void
sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct od_arena arena = {0};
    assert_null(od_arena_alloc(&arena, SIZE_MAX));
    assert_null(od_arena_alloc(&arena, SIZE_MAX - 16));
    assert_null(od_arena_array(&arena, SIZE_MAX / 2, 3));
    assert_null(od_arena_string(&arena, "", SIZE_MAX));
    assert_non_null(od_arena_array(&arena, 0, 8));
    assert_non_null(od_arena_array(&arena, 8, 0));
    od_arena_clear(&arena);
}

static void
a_string_is_copied_and_ended(void **state)
{
    (void)state;
    struct od_arena arena = {0};
    assert_string_equal(od_arena_string(&arena, "kick drum", 4), "kick");
    assert_string_equal(od_arena_string(&arena, NULL, 0), "");
    od_arena_clear(&arena);
}

static void
a_cleared_arena_is_ready_again(void **state)
{
    (void)state;
    struct od_arena arena = {0};
    for (int i = 0; i < 3; i++) {
        unsigned char *piece = od_arena_alloc(&arena, 100000);
        assert_true(is_zero(piece, 100000));
        memset(piece, 0xaa, 100000);
        od_arena_clear(&arena);
        assert_null(arena.blocks);
    }
    od_arena_clear(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(a_piece_larger_than_a_block_is_given),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(a_string_is_copied_and_ended),
        cmocka_unit_test(a_cleared_arena_is_ready_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
