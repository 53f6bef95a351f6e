/* uses: oiduna-play */
/* What two threads share lies as its queues want it, whatever the allocator returns. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "../../cmd/oiduna-play/engine.h"
#include "../../cmd/oiduna-play/process.h"

static void
cache_lines_are_as_they_were_asked_for(void **state)
{
    (void)state;
    assert_true(alignof(struct engine) >= OD_CACHE_LINE);
    for (int i = 0; i < 16; i++) {
        struct engine *engine = engine_new();
        assert_non_null(engine);
        assert_int_equal((uintptr_t)engine % alignof(struct engine), 0);
        assert_int_equal((uintptr_t)&engine->exchange.commands.head % OD_CACHE_LINE, 0);
        assert_int_equal((uintptr_t)engine->process % alignof(struct process), 0);
        engine_free(engine);
    }
}

static struct od_notice
notice_of(int64_t number)
{
    return (struct od_notice){
        .kind = OD_NOTICE_STATE,
        .step = number,
        .transport = {.anchor_step = number, .bpm = (double)number, .ramp = {.steps = number}}};
}

#define MANY 200000

static void *
tell_many(void *engine)
{
    struct exchange *exchange = &((struct engine *)engine)->exchange;
    for (int64_t i = 1; i <= MANY; i++) {
        const struct od_notice notice = notice_of(i);
        while (!exchange_tell(exchange, &notice)) {
            sched_yield();
        }
    }
    return NULL;
}

static void
a_notice_comes_with_a_whole_grid_as_it_was_then_or_later(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    assert_non_null(engine);
    assert_true(exchange_open(&engine->exchange));
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, tell_many, engine), 0);
    int64_t before = 0;
    for (int64_t i = 1; i <= MANY;) {
        struct od_notice notice;
        if (!exchange_hear(&engine->exchange, &notice)) {
            sched_yield();
            continue;
        }
        const struct od_transport *grid = &notice.transport;
        assert_int_equal(notice.step, i++);
        assert_true(grid->anchor_step >= notice.step && grid->anchor_step >= before);
        assert_true(grid->bpm == (double)grid->anchor_step &&
                    grid->ramp.steps == grid->anchor_step);
        before = grid->anchor_step;
    }
    assert_int_equal(before, MANY);
    pthread_join(thread, NULL);
    engine_free(engine);
}

static void
positions_leave_room_for_all_that_waits(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    assert_non_null(engine);
    assert_true(exchange_open(&engine->exchange));
    const struct od_notice position = {.kind = OD_NOTICE_POSITION};
    const struct od_notice acted = {.kind = OD_NOTICE_ACTED};
    while (exchange_tell(&engine->exchange, &position)) {
    }
    for (int i = 0; i < OD_TIMELINE_CAPACITY; i++) {
        assert_true(exchange_tell(&engine->exchange, &acted));
    }
    engine_free(engine);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cache_lines_are_as_they_were_asked_for),
        cmocka_unit_test(a_notice_comes_with_a_whole_grid_as_it_was_then_or_later),
        cmocka_unit_test(positions_leave_room_for_all_that_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
