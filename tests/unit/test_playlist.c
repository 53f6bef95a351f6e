/* Which score follows at which step. */
#include "control/playlist.h"
#include "rig.h"

static struct od_take *takes[3];

static void
check(int64_t loops, int64_t bars, int64_t each, int64_t end)
{
    struct od_playlist list = {.takes = takes, .n = 3, .loops = loops, .bars = bars};
    struct od_command command;
    for (size_t i = 0; i < 3; i++) {
        assert_true(od_playlist_next(&list, &command));
        assert_int_equal(command.kind, i == 0 ? OD_COMMAND_PROGRAM : OD_COMMAND_FOLLOW);
        assert_int_equal(command.when, OD_WHEN_NOW);
        assert_int_equal(command.place, each);
        assert_ptr_equal(command.program, od_take_program(takes[i]));
    }
    assert_false(od_playlist_next(&list, &command));
    assert_int_equal(od_playlist_end(&list, &command), end != INT64_MAX);
    assert_int_equal(command.kind, OD_COMMAND_END);
    assert_int_equal(command.place, end);
    assert_int_equal(od_playlist_steps(&list), end);
}

static void
each_score_plays_its_loops(void **state)
{
    (void)state;
    check(1, 0, 256, 768);
    check(4, 0, 1024, 3072);
}

static void
without_loops_the_last_score_plays_for_ever(void **state)
{
    (void)state;
    check(0, 0, 256, INT64_MAX);
}

static void
bars_may_end_it_sooner_never_later(void **state)
{
    (void)state;
    check(0, 4, 256, 64);
    check(1, 4, 256, 64);
    check(1, 1000, 256, 768);
}

int
main(void)
{
    struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    for (size_t i = 0; i < 3; i++) {
        takes[i] = rig_take(rig, "{}");
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_score_plays_its_loops),
        cmocka_unit_test(without_loops_the_last_score_plays_for_ever),
        cmocka_unit_test(bars_may_end_it_sooner_never_later),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rig_free(rig);
    return failed;
}
