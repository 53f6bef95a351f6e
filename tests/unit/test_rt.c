#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "world/clock.h"
#include "world/rt.h"

static void
a_wait_lasts_until_its_time(void **state)
{
    (void)state;
    struct od_waker waker;
    od_nsec until = od_clock_now() + 5 * OD_NSEC_PER_MS;
    assert_true(od_waker_init(&waker));
    assert_false(od_waker_wait(&waker, until));
    assert_true(od_clock_now() >= until);
    assert_false(od_waker_wait(&waker, 0));
    assert_false(od_waker_wait(&waker, -5));
    od_waker_clear(&waker);
}

static void
posts_add_up_to_one_waking(void **state)
{
    (void)state;
    struct od_waker waker;
    assert_true(od_waker_init(&waker));
    od_waker_post(&waker);
    od_waker_post(&waker);
    od_waker_post(&waker);
    assert_true(od_waker_wait(&waker, OD_NSEC_NEVER));
    assert_false(od_waker_wait(&waker, od_clock_now()));
    od_waker_clear(&waker);
}

struct worker {
    struct od_waker waker;
    struct od_rt rt;
    bool blocked;
    bool woken;
};

static void *
wait_for_post(void *context)
{
    struct worker *worker = context;
    sigset_t mask;
    od_rt_prefault();
    od_rt_schedule(&worker->rt, OD_RT_PRIORITY);
    sigemptyset(&mask);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    worker->blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGUSR1) == 1;
    worker->woken = od_waker_wait(&worker->waker, OD_NSEC_NEVER);
    return NULL;
}

static void
a_thread_is_woken_and_takes_no_signals(void **state)
{
    (void)state;
    pthread_t thread;
    struct worker worker;
    memset(&worker, 0, sizeof worker);
    assert_true(od_waker_init(&worker.waker));
    assert_int_equal(od_rt_thread(&thread, wait_for_post, &worker), 0);
    od_waker_post(&worker.waker);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(worker.blocked);
    assert_true(worker.woken);
    assert_true(worker.rt.scheduled == (worker.rt.schedule_error == 0));
    od_waker_clear(&worker.waker);
}

static void
what_is_not_granted_is_said(void **state)
{
    (void)state;
    struct od_rt rt;
    memset(&rt, 0, sizeof rt);
    od_rt_schedule(&rt, 1000);
    assert_false(rt.scheduled);
    assert_true(rt.schedule_error == EINVAL || rt.schedule_error == EPERM);
    assert_false(od_rt_permitted(1000));
    od_rt_lock(&rt);
    assert_true(rt.locked == (rt.lock_error == 0));
    assert_true(rt.locked || !rt.locked_future);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_lasts_until_its_time),
        cmocka_unit_test(posts_add_up_to_one_waking),
        cmocka_unit_test(a_thread_is_woken_and_takes_no_signals),
        cmocka_unit_test(what_is_not_granted_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
