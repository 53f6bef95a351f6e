#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crc32c.h"

/* Both ways must say the same. */
static void
expect(const void *bytes, size_t size, uint32_t crc)
{
    assert_int_equal(od_crc32c(0, bytes, size), crc);
    assert_int_equal(od_crc32c_table(0, bytes, size), crc);
}

static void
the_vectors_of_rfc_3720_come_out(void **state)
{
    (void)state;
    unsigned char bytes[32];
    static const unsigned char read_command[48] = {
        0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
        0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18, 0x28, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
    memset(bytes, 0, sizeof bytes);
    expect(bytes, sizeof bytes, 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    expect(bytes, sizeof bytes, 0x62a8ab43);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)i;
    }
    expect(bytes, sizeof bytes, 0x46dd794e);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(31 - i);
    }
    expect(bytes, sizeof bytes, 0x113fdb5c);
    expect(read_command, sizeof read_command, 0xd9963a56);
    expect("123456789", 9, 0xe3069283);
    expect("", 0, 0);
}

static unsigned char *
noise(size_t size)
{
    unsigned char *bytes = malloc(size);
    uint32_t seed = 1;
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (unsigned char)(seed >> 24);
    }
    return bytes;
}

static void
the_instruction_agrees_with_the_tables_at_every_length_and_alignment(void **state)
{
    (void)state;
    size_t size = 20000;
    unsigned char *bytes = noise(size + 8);
    for (size_t n = 0; n < 400; n++) {
        assert_int_equal(od_crc32c(0, bytes + n % 8, n), od_crc32c_table(0, bytes + n % 8, n));
    }
    for (size_t n = 3000; n <= size; n += 61) {
        assert_int_equal(od_crc32c(7, bytes + n % 8, n), od_crc32c_table(7, bytes + n % 8, n));
    }
    free(bytes);
}

static void
pieces_give_what_the_whole_gives(void **state)
{
    (void)state;
    size_t size = 10000;
    unsigned char *bytes = noise(size);
    uint32_t whole = od_crc32c(0, bytes, size);
    for (size_t cut = 0; cut <= size; cut += 97) {
        uint32_t first = od_crc32c(0, bytes, cut);
        assert_int_equal(od_crc32c(first, bytes + cut, size - cut), whole);
    }
    free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_3720_come_out),
        cmocka_unit_test(the_instruction_agrees_with_the_tables_at_every_length_and_alignment),
        cmocka_unit_test(pieces_give_what_the_whole_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
