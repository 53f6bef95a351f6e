/* Each allocation of a reading is made to fail in turn: it says so, leaks nothing, harms nothing.
 */
/* link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/session.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static long allowed = -1; /* allocations until one fails; -1: none does */
static long asked;

static bool
may_allocate(void)
{
    asked++;
    return allowed < 0 || asked != allowed;
}

void *
__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return may_allocate() ? __real_calloc(n, size) : NULL;
}

void *
__wrap_realloc(void *old, size_t size)
{
    return may_allocate() ? __real_realloc(old, size) : NULL;
}

static enum od_status
read_with(const char *text, size_t length, long allowed_now)
{
    struct od_session session;
    const struct od_source source = {"t", text, length};
    struct od_diag_list diags = {0};
    asked = 0;
    allowed = allowed_now;
    enum od_status status = od_session_read(&session, &source, &diags);
    allowed = -1;
    od_session_clear(&session);
    od_diag_clear(&diags);
    return status;
}

/* All failures in turn; how many allocations there were. */
static long
fail_each(const char *text, size_t length, enum od_status fine)
{
    long n;
    assert_int_equal(read_with(text, length, -1), fine);
    n = asked;
    for (long i = 1; i <= n; i++) {
        assert_int_equal(read_with(text, length, i), OD_ENOMEM);
    }
    return n;
}

/* A text so large that every list grows more than once. */
static char *
large_session(void)
{
    size_t size = 1u << 20;
    char *text = malloc(size), *at = text;
    at += sprintf(at,
                  "{\"tracks\":{\"t\\u0041\":{\"params\":{\"s\":\"x\",\"extra_params\":{\"a\":1}},"
                  "\"sends\":[{\"target\":\"l\",\"amount\":1}],\"modulations\":{\"pan\":{"
                  "\"signal\":[0");
    for (int i = 1; i < OD_STEPS; i++) {
        at += sprintf(at, ",0.123456789012345678901234567890");
    }
    at +=
        sprintf(at, "]}}}},\"tracks_midi\":{\"m\":{\"channel\":1}},\"mixer_lines\":{\"l\":{"
                    "\"include\":[\"x\"]}},\"scenes\":{\"a\":{}},\"apply\":{\"scene_name\":\"b\"},"
                    "\"sequences\":{\"tA\":{\"events\":[{\"step\":0}");
    for (int i = 1; i < 3000; i++) {
        at += sprintf(at, ",{\"step\":%d}", i % 256);
    }
    at += sprintf(at, "]}");
    for (int i = 0; i < 200; i++) {
        at += sprintf(at, ",\"s%d\":{}", i);
    }
    sprintf(at, "}}");
    return text;
}

static void
a_session_without_memory_is_told_apart_from_a_bad_one(void **state)
{
    (void)state;
    char *text = large_session();
    assert_true(fail_each(text, strlen(text), OD_EDATA) > 20);
    free(text);
}

static void
a_batch_without_memory_is_told_apart_from_a_bad_one(void **state)
{
    (void)state;
    static const char text[] = "{\"messages\":[{\"step\":0,\"destination_id\":\"d\",\"params\":{"
                               "\"s\":\"a\\nb\",\"n\":1,\"x\":2.5}},{\"step\":1,\"params\":{}}]}";
    assert_true(fail_each(text, strlen(text), OD_OK) > 3);
}

static void
findings_without_memory_are_told(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":1}";
    assert_true(fail_each(text, strlen(text), OD_OK) > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_without_memory_is_told_apart_from_a_bad_one),
        cmocka_unit_test(a_batch_without_memory_is_told_apart_from_a_bad_one),
        cmocka_unit_test(findings_without_memory_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
