#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out/nrt.h"

static void
times_count_from_zero_in_32_32_bits(void **state)
{
    (void)state;
    assert_int_equal(od_nrt_tag(0), 0);
    assert_int_equal(od_nrt_tag(-OD_NSEC_PER_SEC / 4), UINT64_C(0xffffffffc0000000));
    assert_int_equal(od_nrt_tag(1500000000), UINT64_C(0x180000000));
    assert_int_equal(od_nrt_tag(3600 * OD_NSEC_PER_SEC), UINT64_C(3600) << 32);
}

static void
bundles_follow_their_lengths(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t size = 0;
    unsigned char bundle[] = "#bundle\0--------\0\0\0\10/a\0\0,\0\0";
    FILE *file = open_memstream(&bytes, &size);
    assert_non_null(file);
    assert_int_equal(od_nrt_write(file, 250000000, bundle, 28), OD_OK);
    assert_int_equal(od_nrt_end(file, 2 * OD_NSEC_PER_SEC), OD_OK);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(size, 4 + 28 + 4 + 16);
    assert_memory_equal(bytes,
                        "\0\0\0\34#bundle\0\0\0\0\0\100\0\0\0\0\0\0\10/a\0\0,\0\0\0"
                        "\0\0\0\20#bundle\0\0\0\0\2\0\0\0\0",
                        size);
    free(bytes);
}

static void
what_lies_before_zero_is_moved_behind_it(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t size = 0;
    unsigned char bundle[] = "#bundle\0--------\0\0\0\10/a\0\0,\0\0";
    FILE *file = open_memstream(&bytes, &size);
    assert_non_null(file);
    assert_int_equal(od_nrt_write(file, -250000000, bundle, 28), OD_OK);
    assert_int_equal(od_nrt_end(file, OD_NSEC_PER_SEC), OD_OK);
    assert_int_equal(fclose(file), 0);
    od_nrt_shift(bytes, size, 2 * OD_NSEC_PER_SEC);
    assert_memory_equal(bytes,
                        "\0\0\0\34#bundle\0\0\0\0\1\300\0\0\0\0\0\0\10/a\0\0,\0\0\0"
                        "\0\0\0\20#bundle\0\0\0\0\3\0\0\0\0",
                        size);
    free(bytes);
}

static void
a_full_disk_is_an_error(void **state)
{
    (void)state;
    FILE *file = fopen("/dev/full", "we");
    assert_non_null(file);
    setvbuf(file, NULL, _IONBF, 0);
    assert_int_equal(od_nrt_end(file, 0), OD_EIO);
    fclose(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_count_from_zero_in_32_32_bits),
        cmocka_unit_test(bundles_follow_their_lengths),
        cmocka_unit_test(what_lies_before_zero_is_moved_behind_it),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
