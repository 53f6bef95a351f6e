/* What waits for its place: in its order, whatever is taken out of the middle, up to its limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "play/timeline.h"
#include "random.h"

#define MANY 4096

static struct od_timeline_store store;
static struct od_timeline timeline, other;

static void
push(int64_t at, uint64_t order)
{
    const struct od_command command = {.kind = OD_COMMAND_BPM, .change = order + 1};
    assert_true(od_timeline_push(&timeline, at, order, &command));
}

static int
set_up(void **state)
{
    (void)state;
    bool memory = od_timeline_store_init(&store, MANY) && od_timeline_init(&timeline, &store) &&
                  od_timeline_init(&other, &store);
    return memory ? 0 : 1;
}

static int
tear_down(void **state)
{
    (void)state;
    od_timeline_clear(&timeline);
    od_timeline_clear(&other);
    od_timeline_store_clear(&store);
    return 0;
}

/* Pops all; each must come after the one before, and its command with it. */
static void
check_order(size_t count)
{
    int64_t at = INT64_MIN;
    uint64_t order = 0;
    for (size_t i = 0; i < count; i++) {
        const struct od_waiting waiting = od_timeline_pop(&timeline);
        assert_true(waiting.at > at || (waiting.at == at && waiting.order > order));
        assert_int_equal(waiting.command.change, waiting.order + 1);
        at = waiting.at;
        order = waiting.order;
    }
    assert_null(od_timeline_top(&timeline));
}

static void
what_waits_comes_by_place_and_then_as_it_came(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (uint64_t i = 0; i < MANY; i++) {
        push((int64_t)(random_bits(&seed) % 50), i);
    }
    check_order(MANY);
}

static void
four_thousand_and_ninety_six_wait_at_once_and_no_more(void **state)
{
    (void)state;
    const struct od_command command = {.kind = OD_COMMAND_STOP};
    for (uint64_t i = 0; i < MANY; i++) {
        push(7, i);
    }
    assert_false(od_timeline_push(&timeline, 0, MANY, &command));
    check_order(MANY);
}

static void
two_sets_share_the_room_and_what_leaves_makes_room(void **state)
{
    (void)state;
    const struct od_command command = {.kind = OD_COMMAND_STOP};
    for (uint64_t i = 0; i < MANY; i++) {
        push(7, i);
    }
    for (uint64_t i = 0; i < MANY / 2; i++) {
        od_timeline_pop(&timeline);
        assert_true(od_timeline_push(&other, 1, i, &command));
        assert_false(od_timeline_push(&other, 0, MANY, &command));
    }
    assert_int_equal(od_timeline_top(&other)->order, 0);
    assert_int_equal(other.count, MANY / 2);
    check_order(MANY / 2);
}

static void
any_can_be_taken_out_and_the_others_keep_their_order(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (uint64_t i = 0; i < 500; i++) {
        push((int64_t)(random_bits(&seed) % 20), i);
    }
    for (size_t left = 500; left > 100; left--) {
        od_timeline_remove(&timeline, random_bits(&seed) % left);
    }
    check_order(100);
}

static bool
is_odd(void *context, const struct od_waiting *waiting)
{
    (*(size_t *)context)++;
    return waiting->order % 2 == 1;
}

static void
what_is_dropped_is_asked_once_each(void **state)
{
    (void)state;
    uint64_t seed = 3;
    size_t asked = 0;
    for (uint64_t i = 0; i < 501; i++) {
        push((int64_t)(random_bits(&seed) % 20), i);
    }
    assert_int_equal(od_timeline_drop(&timeline, is_odd, &asked), 250);
    assert_int_equal(asked, 501);
    check_order(251);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_waits_comes_by_place_and_then_as_it_came, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(four_thousand_and_ninety_six_wait_at_once_and_no_more,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_sets_share_the_room_and_what_leaves_makes_room, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(any_can_be_taken_out_and_the_others_keep_their_order,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_dropped_is_asked_once_each, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
