/* link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free */
/* Each allocation of a live change fails once: it is said, and nothing is lost or leaked. */
#include <stdlib.h>
#include <string.h>

#include "control/live.h"
#include "play/player.h"
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

static long until; /* so many allocations succeed; negative = all do */
static long held;  /* allocations that were not freed */

static bool
fails(void)
{
    if (until < 0) {
        return false;
    }
    return until-- == 0;
}

void *
__wrap_malloc(size_t size)
{
    void *made = fails() ? NULL : __real_malloc(size);
    held += made != NULL;
    return made;
}

void *
__wrap_calloc(size_t n, size_t size)
{
    void *made = fails() ? NULL : __real_calloc(n, size);
    held += made != NULL;
    return made;
}

void *
__wrap_realloc(void *old, size_t size)
{
    void *made = fails() ? NULL : __real_realloc(old, size);
    held += old == NULL && made != NULL;
    return made;
}

void
__wrap_free(void *old)
{
    held -= old != NULL;
    __real_free(old);
}

static struct rig *rig;
static struct od_shared_score *session, *fresh, *scenes, *batch;
static struct od_take *base;

typedef enum od_status attempt_fn(struct od_take **take, char *error);

/* Fails the first allocation, then the second and so on, until all goes well; without an index of
 * its ids a take is made all the same. What liblo allocates and we free is not counted: where
 * messages are rendered only a sanitizer can see a leak. */
static void
fail_each(attempt_fn *attempt, bool renders)
{
    for (long n = 0;; n++) {
        struct od_take *take = NULL;
        char error[OD_SCORE_ERROR_SIZE] = "";
        long before = held;
        until = n;
        enum od_status status = attempt(&take, error);
        bool all_went_well = until >= 0;
        until = -1;
        assert_int_equal(take != NULL, status == OD_OK);
        od_take_unref(take);
        assert_true(held == before || renders);
        if (all_went_well) {
            assert_int_equal(status, OD_OK);
            assert_true(n > 1);
            return;
        }
        assert_true(status == OD_ENOMEM || status == OD_OK);
    }
}

static enum od_status
make_new(struct od_take **take, char *error)
{
    return od_take_new(&rig->setup, session, 0, take, error);
}

static enum od_status
make_batch(struct od_take **take, char *error)
{
    return od_take_new(&rig->setup, batch, 0, take, error);
}

static enum od_status
make_merged(struct od_take **take, char *error)
{
    enum od_apply_what what = OD_APPLY_SESSION;
    enum od_status status = od_take_apply(&rig->setup, base, fresh, false, take, &what, error);
    assert_int_equal(what, OD_APPLY_TRACKS);
    return status;
}

static enum od_status
make_scene(struct od_take **take, char *error)
{
    enum od_apply_what what = OD_APPLY_SESSION;
    enum od_status status = od_take_apply(&rig->setup, base, scenes, false, take, &what, error);
    assert_int_equal(what, OD_APPLY_SCENE);
    return status;
}

static enum od_status
make_session(struct od_take **take, char *error)
{
    enum od_apply_what what = OD_APPLY_SCENE;
    enum od_status status = od_take_apply(&rig->setup, base, session, false, take, &what, error);
    assert_int_equal(what, OD_APPLY_SESSION);
    return status;
}

static enum od_status
make_muted(struct od_take **take, char *error)
{
    (void)error;
    return switch_one(base, OD_SWITCH_MUTE, "d", true, take);
}

static enum od_status
make_set(struct od_take **take, char *error)
{
    struct od_live_value value = {.type = OD_VALUE_STRING, .string = "sn"};
    return od_take_set(base, "d", "s", &value, take, error);
}

static enum od_status
make_moved(struct od_take **take, char *error)
{
    struct od_live_value value = {.over = 16, .type = OD_VALUE_FLOAT, .number = 2};
    return od_take_set(base, "d", "gain", &value, take, error);
}

static enum od_status
make_ready(struct od_take **take, char *error)
{
    (void)error;
    return od_take_prepare(base, "d", take);
}

static void
each_way_to_a_program_survives_running_out_of_memory(void **state)
{
    (void)state;
    static const struct {
        attempt_fn *attempt;
        bool renders;
    } ways[] = {
        {make_new, false},     {make_merged, false}, {make_scene, false},
        {make_session, false}, {make_muted, false},  {make_batch, true},
        {make_set, true},      {make_moved, true},   {make_ready, true},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        fail_each(ways[i].attempt, ways[i].renders);
    }
}

static void
tracks_are_found_without_memory_for_an_index(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE];
    struct od_take *take = NULL;
    assert_int_equal(od_take_new(&rig->setup, session, 0, &take, error), OD_OK);
    for (int i = 0; i < 2; i++) {
        until = i == 0 ? 0 : -1;
        assert_int_equal(od_take_find(take, "m"), 1);
        until = i == 0 ? 0 : -1;
        assert_int_equal(od_take_find(take, "no"), -1);
    }
    od_take_unref(take);
}

static void
a_score_that_cannot_be_shared_is_closed(void **state)
{
    (void)state;
    long before = held;
    struct od_score score = {.owned = malloc(1)};
    until = 0;
    assert_null(od_shared_score_new(&score));
    until = -1;
    assert_int_equal(held, before);
}

static void
a_player_without_memory_is_refused(void **state)
{
    (void)state;
    static struct od_player player;
    struct od_player_settings settings = rig_settings();
    until = 0;
    assert_false(od_player_init(&player, &settings, NULL, NULL));
    until = -1;
    od_player_clear(&player);
}

/* A session with something of everything, and more top-level members. */
#define SONG(more)                                                                                 \
    "{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\",\"extra_params\":{\"x\":\"y\"}},\"sends\":[{"    \
    "\"target\":\"l\",\"amount\":1}]}},\"mixer_lines\":{\"l\":{}},\"tracks_midi\":{\"m\":{"        \
    "\"channel\":1}},\"sequences\":{\"d\":{\"events\":[{\"step\":0}]}}" more "}"

int
main(void)
{
    struct od_player_settings settings = rig_settings();
    until = -1;
    rig = rig_new(&settings);
    session = rig_score(SONG(""));
    base = rig_take(rig, SONG(""));
    (void)od_take_find(base, "d"); /* its index stays with it */
    fresh = rig_score(SONG(",\"apply\":{\"timing\":\"now\",\"track_ids\":[\"d\"]}"));
    scenes = rig_score(
        SONG(",\"scenes\":{\"v\":{}},\"apply\":{\"timing\":\"now\",\"scene_name\":\"v\"}"));
    batch = rig_score("{\"messages\":[{\"destination_id\":\"synth\",\"step\":0,\"params\":{\"s\":"
                      "\"x\",\"f\":1.5}},{\"destination_id\":\"keys\",\"step\":0,\"params\":{"
                      "\"note\":1}}]}");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_to_a_program_survives_running_out_of_memory),
        cmocka_unit_test(tracks_are_found_without_memory_for_an_index),
        cmocka_unit_test(a_score_that_cannot_be_shared_is_closed),
        cmocka_unit_test(a_player_without_memory_is_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    od_shared_score_unref(session);
    od_shared_score_unref(fresh);
    od_shared_score_unref(scenes);
    od_shared_score_unref(batch);
    rig_free(rig);
    return failed;
}
