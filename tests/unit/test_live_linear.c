/* link: -Wl,--wrap=strcmp,--wrap=memcmp */
/* Twice the tracks is twice the work, for what looks ids up: counted in comparisons of strings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "rig.h"

int __real_strcmp(const char *a, const char *b);
int __wrap_strcmp(const char *a, const char *b);
int __real_memcmp(const void *a, const void *b, size_t n);
int __wrap_memcmp(const void *a, const void *b, size_t n);

static size_t compared;

int
__wrap_strcmp(const char *a, const char *b)
{
    compared++;
    return __real_strcmp(a, b);
}

int
__wrap_memcmp(const void *a, const void *b, size_t n)
{
    compared++;
    return __real_memcmp(a, b, n);
}

/* A session of n tracks that is applied to all of them. */
static struct od_shared_score *
score_of(size_t n)
{
    struct od_buf text = {0};
    od_buf_printf(&text, "{\"tracks\":{");
    for (size_t i = 0; i < n; i++) {
        od_buf_printf(&text, "%s\"t%zu\":{\"params\":{\"s\":\"bd\"}}", i > 0 ? "," : "", i);
    }
    od_buf_printf(&text, "},\"apply\":{\"timing\":\"now\",\"track_ids\":[");
    for (size_t i = 0; i < n; i++) {
        od_buf_printf(&text, "%s\"t%zu\"", i > 0 ? "," : "", i);
    }
    od_buf_printf(&text, "]}}");
    od_buf_append(&text, "", 1);
    struct od_shared_score *score = rig_score((const char *)text.data);
    od_buf_clear(&text);
    return score;
}

static size_t
merged(struct rig *rig, size_t n)
{
    char error[OD_SCORE_ERROR_SIZE] = "";
    struct od_take *base = NULL;
    struct od_take *take = NULL;
    struct od_shared_score *score = score_of(n);
    assert_int_equal(od_take_new(&rig->setup, score, 0, &base, error), OD_OK);
    size_t before = compared;
    assert_int_equal(od_take_merge(&rig->setup, base, score, &take, error), OD_OK);
    size_t made = compared - before;
    assert_int_equal(od_take_tracks(take), n);
    od_take_unref(take);
    od_take_unref(base);
    od_shared_score_unref(score);
    return made;
}

static size_t
found(struct rig *rig, size_t n)
{
    char error[OD_SCORE_ERROR_SIZE] = "";
    char id[32];
    struct od_take *take = NULL;
    struct od_shared_score *score = score_of(n);
    assert_int_equal(od_take_new(&rig->setup, score, 0, &take, error), OD_OK);
    size_t before = compared;
    for (size_t i = 0; i < n; i++) {
        snprintf(id, sizeof id, "t%zu", i);
        assert_int_equal(od_take_find(take, id), (int)i);
    }
    size_t made = compared - before;
    od_take_unref(take);
    od_shared_score_unref(score);
    return made;
}

static void
check(size_t (*work)(struct rig *rig, size_t n))
{
    struct od_player_settings settings = rig_settings();
    struct rig *rig = rig_new(&settings);
    size_t once = work(rig, 1000);
    size_t four = work(rig, 4000);
    assert_true(once >= 1000); /* it is counted */
    assert_true(four < 8 * once);
    rig_free(rig);
}

static void
an_exclusive_apply_is_linear_in_tracks(void **state)
{
    (void)state;
    check(merged);
}

static void
looking_every_track_up_is_linear_in_tracks(void **state)
{
    (void)state;
    check(found);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exclusive_apply_is_linear_in_tracks),
        cmocka_unit_test(looking_every_track_up_is_linear_in_tracks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
