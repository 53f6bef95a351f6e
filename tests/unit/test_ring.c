#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "world/ring.h"

struct record {
    uint64_t number;
    uint32_t check;
};

static struct record
record_of(uint64_t number)
{
    return (struct record){number, (uint32_t)(number * 2654435761u)};
}

static void
records_come_out_as_they_went_in(void **state)
{
    (void)state;
    struct od_ring ring;
    assert_true(od_ring_init(&ring, sizeof(struct record), 8));
    for (uint64_t round = 0; round < 100; round++) {
        for (uint64_t i = 0; i < 5; i++) {
            struct record in = record_of(round * 5 + i);
            assert_true(od_ring_push(&ring, &in));
        }
        assert_int_equal(od_ring_count(&ring), 5);
        for (uint64_t i = 0; i < 5; i++) {
            struct record out;
            assert_true(od_ring_pop(&ring, &out));
            assert_int_equal(out.number, round * 5 + i);
            assert_int_equal(out.check, record_of(out.number).check);
        }
    }
    od_ring_clear(&ring);
}

static void
a_full_ring_refuses_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct od_ring ring;
    struct record record = record_of(0);
    assert_true(od_ring_init(&ring, sizeof record, 5)); /* made 8 */
    for (uint64_t i = 0; i < 8; i++) {
        assert_int_equal(od_ring_space(&ring), 8 - i);
        record = record_of(i);
        assert_true(od_ring_push(&ring, &record));
    }
    assert_int_equal(od_ring_space(&ring), 0);
    assert_false(od_ring_push(&ring, &record));
    for (uint64_t i = 0; i < 8; i++) {
        assert_true(od_ring_pop(&ring, &record));
        assert_int_equal(record.number, i);
    }
    assert_false(od_ring_pop(&ring, &record));
    od_ring_clear(&ring);
}

static void
positions_may_wrap_around(void **state)
{
    (void)state;
    struct od_ring ring;
    struct record record = record_of(7);
    assert_true(od_ring_init(&ring, sizeof record, 4));
    atomic_init(&ring.head, SIZE_MAX - 1);
    atomic_init(&ring.tail, SIZE_MAX - 1);
    for (uint64_t i = 0; i < 4; i++) {
        record = record_of(i);
        assert_true(od_ring_push(&ring, &record));
    }
    assert_false(od_ring_push(&ring, &record));
    assert_int_equal(od_ring_count(&ring), 4);
    for (uint64_t i = 0; i < 4; i++) {
        assert_true(od_ring_pop(&ring, &record));
        assert_int_equal(record.number, i);
    }
    od_ring_clear(&ring);
}

static void
sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct od_ring ring;
    assert_false(od_ring_init(&ring, 16, SIZE_MAX));
    assert_false(od_ring_init(&ring, 16, SIZE_MAX / 2 + 1));
    assert_false(od_ring_init(&ring, SIZE_MAX, 2));
    assert_false(od_ring_init(&ring, 0, 2));
}

#define PASSED 200000

static void *
write_all(void *context)
{
    struct od_ring *ring = context;
    for (uint64_t i = 0; i < PASSED; i++) {
        struct record record = record_of(i);
        while (!od_ring_push(ring, &record)) {
            sched_yield();
        }
    }
    return NULL;
}

static void
two_threads_lose_and_mix_up_nothing(void **state)
{
    (void)state;
    struct od_ring ring;
    pthread_t writer;
    assert_true(od_ring_init(&ring, sizeof(struct record), 64));
    assert_int_equal(pthread_create(&writer, NULL, write_all, &ring), 0);
    for (uint64_t i = 0; i < PASSED; i++) {
        struct record record;
        while (!od_ring_pop(&ring, &record)) {
            sched_yield();
        }
        if (record.number != i || record.check != record_of(i).check) {
            fail_msg("record %llu is broken", (unsigned long long)i);
        }
    }
    pthread_join(writer, NULL);
    assert_int_equal(od_ring_count(&ring), 0);
    od_ring_clear(&ring);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_out_as_they_went_in),
        cmocka_unit_test(a_full_ring_refuses_and_keeps_what_it_has),
        cmocka_unit_test(positions_may_wrap_around),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(two_threads_lose_and_mix_up_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
