/* link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/dump.h"
#include "score/compile.h"
#include "scores.h"
#include "world/midiout.h"
#include "world/outfile.h"

/* Allocations until one fails; below 0 none does. */
static long left = -1;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static bool
fails(void)
{
    return left >= 0 && left-- == 0;
}

void *
__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

char *
__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

#define ATTEMPTS 20000

/* Each allocation of the compiler fails once; a leak would be told by the sanitizer. */
static void
compile_without_memory(const char *session)
{
    char *text = score_quoted(session);
    enum od_status status = OD_ENOMEM;
    long attempt = 0;
    for (; status != OD_OK && attempt < ATTEMPTS; attempt++) {
        struct od_diag_list diags = {0};
        struct od_buf bytes = {0};
        left = attempt;
        status = score_try(text, &diags, &bytes);
        bool spent = left < 0;
        left = -1;
        assert_int_equal(status, spent ? OD_ENOMEM : OD_OK);
        assert_int_equal(bytes.length > 0, status == OD_OK);
        od_diag_clear(&diags);
        od_buf_clear(&bytes);
    }
    assert_true(attempt > 5 && attempt < ATTEMPTS);
    free(text);
}

static void
a_session_is_compiled_or_there_is_no_memory(void **state)
{
    (void)state;
    struct od_buf text = {0};
    od_buf_printf(&text,
                  "{'tracks': {'a\\u00e4': {'params': {'s': 'bd', 'extra_params': {'x': 'y'}},"
                  " 'sends': [{'target': 'm', 'amount': 1}],"
                  " 'modulations': {'gain': {'signal': [0");
    for (int k = 1; k < OD_STEPS; k++) {
        od_buf_printf(&text, ",0.5");
    }
    od_buf_printf(&text, "]}}}}, 'mixer_lines': {'l': {'include': ['a\\u00e4']}, 'm': {}},"
                         " 'tracks_midi': {'k': {'channel': 1}}, 'scenes': {'s': {}},"
                         " 'sequences': {'a\\u00e4': {'events': [{'step': 0, 'note': 1},"
                         " {'step': 9}]}}, 'apply': {'track_ids': ['a\\u00e4']}}");
    assert_true(od_buf_append(&text, "", 1));
    compile_without_memory((const char *)text.data);
    od_buf_clear(&text);
}

static void
a_batch_is_compiled_or_there_is_no_memory(void **state)
{
    (void)state;
    compile_without_memory("{'messages': ["
                           "{'destination_id': 'superdirt', 'step': 0, 'params': {'s': 'bd'}},"
                           "{'destination_id': 'superdirt', 'step': 1, 'params': {'s': 'sn'}}]}");
}

static void
a_score_is_opened_and_shown_or_there_is_no_memory(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE];
    struct od_buf bytes = {0};
    struct od_score score;
    score_compile("{'tracks': {'a': {'params': {'s': 'bd'}}}}", &bytes);
    left = 0;
    assert_int_equal(od_score_open_memory(&score, bytes.data, bytes.length, error), OD_ENOMEM);
    assert_string_equal(error, "out of memory");
    left = -1;
    assert_int_equal(od_score_open_memory(&score, bytes.data, bytes.length, error), OD_OK);
    for (long attempt = 0; attempt < 3; attempt++) {
        struct od_buf out = {0};
        left = attempt;
        od_dump_json(&score, &out);
        left = -1;
        assert_true(out.failed);
        od_buf_clear(&out);
        left = attempt;
        od_dump_text(&score, &out);
        left = -1;
        assert_true(out.failed);
        od_buf_clear(&out);
    }
    od_score_close(&score);
    od_buf_clear(&bytes);
}

static void
a_port_is_added_or_there_is_no_memory(void **state)
{
    (void)state;
    struct od_midiout out;
    od_midiout_init(&out);
    assert_int_equal(od_midiout_add(&out, OD_MIDI_RAW, "/dev/oiduna-one"), 0);
    left = 0;
    assert_int_equal(od_midiout_add(&out, OD_MIDI_RAW, "/dev/oiduna-two"), OD_MIDIOUT_NO_MEMORY);
    left = -1;
    assert_string_equal(od_midiout_name(&out, 0), "/dev/oiduna-one");
    assert_int_equal(od_midiout_add(&out, OD_MIDI_RAW, "/dev/oiduna-two"), 1);
    od_midiout_close(&out);
}

static void
a_file_is_opened_for_writing_or_there_is_no_memory(void **state)
{
    (void)state;
    for (long attempt = 0; attempt < 2; attempt++) {
        struct od_outfile file = {0};
        left = attempt;
        enum od_status status = od_outfile_open(&file, "/tmp/oiduna-no-memory");
        left = -1;
        assert_int_equal(status, OD_ENOMEM);
        assert_true(strlen(file.error) > 0);
        od_outfile_discard(&file);
    }
    assert_int_not_equal(access("/tmp/oiduna-no-memory", F_OK), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_compiled_or_there_is_no_memory),
        cmocka_unit_test(a_batch_is_compiled_or_there_is_no_memory),
        cmocka_unit_test(a_score_is_opened_and_shown_or_there_is_no_memory),
        cmocka_unit_test(a_port_is_added_or_there_is_no_memory),
        cmocka_unit_test(a_file_is_opened_for_writing_or_there_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
