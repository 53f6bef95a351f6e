/* uses: oiduna-play */
/* What two threads share lies as its queues want it, whatever the allocator returns. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cache_lines_are_as_they_were_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
