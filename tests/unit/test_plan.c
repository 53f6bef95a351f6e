/* link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free */
/* The tick path takes and frees no memory: counted from start to stop. */
#include <stdlib.h>

#include "rig.h"
#include "switches.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *old);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *old);

static size_t calls;

void *
__wrap_malloc(size_t size)
{
    calls++;
    return __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    calls++;
    return __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
    calls++;
    return __real_realloc(old, size);
}

void
__wrap_free(void *old)
{
    calls++;
    __real_free(old);
}

static const char song[] =
    "{\"environment\":{\"bpm\":240,\"swing\":0.3},"
    "\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\"},\"sends\":[{\"target\":\"l\",\"amount\":0.5}]}},"
    "\"mixer_lines\":{\"l\":{}},\"tracks_midi\":{\"m\":{\"channel\":2}},"
    "\"sequences\":{\"d\":{\"events\":[{\"step\":0},{\"step\":4,\"offset_ms\":-40},{\"step\":9,"
    "\"note\":40}]},\"m\":{\"events\":[{\"step\":0,\"note\":60,\"gate\":7},{\"step\":3,\"note\":60"
    "},{\"step\":200,\"note\":62,\"gate\":200}]}}}";

static void
the_counter_counts(void **state)
{
    (void)state;
    size_t before = calls;
    struct od_agenda agenda;
    assert_true(od_agenda_init(&agenda, 10));
    od_agenda_clear(&agenda);
    assert_int_equal(calls, before + 2);
}

static void
nothing_is_allocated_between_start_and_stop(void **state)
{
    (void)state;
    struct od_player_settings settings = rig_settings();
    settings.clock_ports = OD_ALL_PORTS;
    struct rig *rig = rig_new(&settings);
    rig->plain = true;
    struct od_take *takes[8];
    for (size_t i = 0; i < 8; i++) {
        takes[i] = rig_take(rig, song);
    }
    struct od_take *muted = NULL;
    assert_int_equal(switch_one(takes[7], OD_SWITCH_MUTE, "d", true, &muted), OD_OK);
    rig_keep(rig, muted);
    size_t before = calls;
    rig_program(rig, takes[0], OD_WHEN_NOW, 0);
    rig_command(rig, OD_COMMAND_START);
    for (size_t i = 1; i < 8; i++) {
        rig_to(rig, rig->now + MS(3000));
        rig_program(rig, takes[i], OD_WHEN_BAR, 0);
        rig_bpm(rig, 100 + 20 * (double)i);
        rig_command(rig, OD_COMMAND_PAUSE);
        rig_to(rig, rig->now + MS(500));
        rig_command(rig, OD_COMMAND_START);
        rig_late(rig, rig->now + MS(2000)); /* overslept */
    }
    rig_program(rig, muted, OD_WHEN_NOW, 0);
    rig_to(rig, rig->now + MS(3000));
    rig_command(rig, OD_COMMAND_PANIC);
    rig_command(rig, OD_COMMAND_STOP);
    od_player_drain(&rig->player, rig->now);
    size_t after = calls;
    assert_int_equal(after, before);
    assert_true(rig->n_heard > 500);
    rig_free(rig);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_counter_counts),
        cmocka_unit_test(nothing_is_allocated_between_start_and_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
