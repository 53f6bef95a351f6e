#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "text/diag.h"

static struct od_source
source_of(const char *text)
{
    return (struct od_source){"song.json", text, strlen(text)};
}

/* The text of the findings of a list, which is cleared. */
static char *
text_of(struct od_diag_list *list, const struct od_source *source)
{
    struct od_buf out = {0};
    od_diag_report_text(list, source, "prog", &out);
    od_buf_append(&out, "", 1);
    assert_false(out.failed);
    od_diag_clear(list);
    return (char *)out.data;
}

static void
assert_shown(const char *shown, size_t offset, const char *wanted)
{
    struct od_source source = source_of(shown);
    struct od_diag_list list = {0};
    od_diag_add(&list, OD_ERROR, offset, "", "code", "message");
    char *text = text_of(&list, &source);
    assert_string_equal(text, wanted);
    free(text);
}

static void
a_finding_shows_its_line_and_a_caret(void **state)
{
    (void)state;
    struct od_source source = source_of("{\n  \"bmp\": 120\n}\n");
    struct od_diag_list list = {0};
    od_diag_add(&list, OD_WARNING, 4, "/bmp", "unknown-key", "unknown key '%s'", "bmp");
    char *text = text_of(&list, &source);
    assert_string_equal(text, "prog: song.json:2:3: warning: unknown key 'bmp'\n"
                              "    \"bmp\": 120\n"
                              "    ^\n"
                              "  at /bmp\n");
    free(text);
}

static void
what_is_true_of_many_events_is_one_finding(void **state)
{
    (void)state;
    struct od_source source = source_of("{\n}\n");
    struct od_diag_list list = {.strict = false};
    const char *const pointers[] = {
        "/sequences/hat/events/0/params/gian",  "/sequences/hat/events/1/params/gian",
        "/sequences/hat/events/10/params/gian", "/sequences/hat/events/1/params/pan",
        "/sequences/kick/events/1/params/gian", "/tracks/hat/params/gian"};
    for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++) {
        od_diag_add(&list, OD_WARNING, 0, pointers[i], "near", "message");
    }
    od_diag_add(&list, OD_WARNING, 0, pointers[0], "other", "message");
    od_diag_add(&list, OD_WARNING, 0, pointers[0], "range", "too far, found %d", 2);
    od_diag_add(&list, OD_WARNING, 0, pointers[1], "range", "too far, found %d", 3);
    od_diag_add(&list, OD_WARNING, 0, pointers[2], "range", "too near, found %d", 4);
    od_diag_add(&list, OD_ERROR, 0, pointers[1], "near", "message");
    assert_int_equal(list.count, 8);
    assert_int_equal(list.warnings, 7);
    assert_int_equal(list.errors, 1);
    char *text = text_of(&list, &source);
    const char first[] = "prog: song.json:1:1: warning: message, in 3 events\n";
    assert_memory_equal(text, first, sizeof first - 1);
    free(text);
}

static void
columns_count_characters_and_tabs_take_one(void **state)
{
    (void)state;
    assert_shown("\t\"gr\xc3\xb6\xc3\x9f\x65\": x", 12,
                 "prog: song.json:1:11: error: message\n"
                 "   \"gr\xc3\xb6\xc3\x9f\x65\": x\n"
                 "            ^\n");
    assert_shown("\xf0\x9d\x84\x9e\xe2\x82\xac!", 7,
                 "prog: song.json:1:3: error: message\n"
                 "  \xf0\x9d\x84\x9e\xe2\x82\xac!\n"
                 "    ^\n");
}

static void
places_at_the_edges_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset, line, column;
    } cases[] = {{"", 0, 1, 1},        {"a", 1, 1, 2},      {"a\n", 1, 1, 2}, {"a\n", 2, 2, 1},
                 {"\n\n\nx", 3, 4, 1}, {"a\r\nb", 3, 2, 1}, {"ab", 99, 1, 3}, {"\n", 0, 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct od_source source = source_of(cases[i].text);
        size_t line, column;
        od_source_place(&source, cases[i].offset, &line, &column);
        assert_int_equal(line, cases[i].line);
        assert_int_equal(column, cases[i].column);
    }
}

static void
without_a_text_there_is_only_the_place(void **state)
{
    (void)state;
    struct od_source source = {.file = "<stdin>"};
    struct od_diag_list list = {0};
    od_diag_add(&list, OD_ERROR, 0, "/a", "code", "message");
    char *text = text_of(&list, &source);
    assert_string_equal(text, "prog: <stdin>:1:1: error: message\n  at /a\n");
    free(text);
}

/* The line that shows the source, and where its caret stands. */
static void
find_window(const char *text, const char **window, size_t *length, size_t *caret)
{
    *window = strchr(text, '\n') + 3;
    *length = strcspn(*window, "\n");
    *caret = strcspn(*window + *length + 3, "^");
}

static void
of_a_long_line_at_most_100_characters_are_shown(void **state)
{
    (void)state;
    char line[5001];
    for (size_t i = 0; i < 5000; i++) {
        line[i] = (char)('a' + i % 26);
    }
    line[5000] = '\0';
    for (size_t offset = 0; offset <= 5000; offset += 7) {
        struct od_source source = source_of(line);
        struct od_diag_list list = {0};
        const char *window;
        size_t length, caret;
        od_diag_add(&list, OD_ERROR, offset, "", "code", "message");
        char *text = text_of(&list, &source);
        find_window(text, &window, &length, &caret);
        assert_true(length <= 100);
        assert_true(caret <= length);
        if (offset < 5000) {
            assert_int_equal(window[caret], line[offset]);
        }
        free(text);
    }
}

static void
what_a_terminal_would_obey_is_not_printed(void **state)
{
    (void)state;
    struct od_diag_list list = {0};
    struct od_source source = {
        .file = "\x1b[2J.json", .text = "\x1b]0;x\x07 \xc2\x9b \xff", .length = 12};
    od_diag_add(&list, OD_ERROR, 0, "/\x1b[0m", "code", "\x1b[31m \x7f \xc2\x9b \xfe %s", "ü");
    char *text = text_of(&list, &source);
    for (const char *p = text; *p != '\0'; p++) {
        assert_true((unsigned char)*p >= 0x20 || *p == '\n');
        assert_true((unsigned char)*p != 0x7f && (unsigned char)*p != 0x9b);
    }
    assert_non_null(strstr(text, "?[31m ? ? ? ü"));
    free(text);
}

static void
findings_are_sorted_by_place_and_stay_in_order(void **state)
{
    (void)state;
    struct od_diag_list list = {0};
    od_diag_add(&list, OD_ERROR, 5, "", "c", "fourth");
    od_diag_add(&list, OD_WARNING, 2, "", "c", "first");
    od_diag_add(&list, OD_ERROR, 2, "", "c", "second");
    od_diag_add(&list, OD_WARNING, 2, "", "c", "third");
    od_diag_sort(&list);
    static const char *const wanted[] = {"first", "second", "third", "fourth"};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(list.items[i].message, wanted[i]);
    }
    assert_int_equal(list.errors, 2);
    assert_int_equal(list.warnings, 2);
    od_diag_clear(&list);
}

static void
strict_makes_warnings_errors(void **state)
{
    (void)state;
    struct od_diag_list list = {0};
    list.strict = true;
    assert_true(od_diag_add(&list, OD_WARNING, 0, "", "c", "message"));
    assert_int_equal(list.errors, 1);
    assert_int_equal(list.warnings, 0);
    assert_int_equal(list.items[0].severity, OD_ERROR);
    od_diag_clear(&list);
}

static void
more_than_a_hundred_are_counted_and_said(void **state)
{
    (void)state;
    struct od_source source = source_of("x");
    struct od_diag_list list = {0};
    for (int i = 0; i < 250; i++) {
        assert_int_equal(od_diag_add(&list, OD_WARNING, 0, "", "c", "%d", i), i < 99);
    }
    assert_int_equal(list.count, OD_DIAG_MAX);
    assert_int_equal(list.warnings, 250);
    char *text = text_of(&list, &source);
    assert_non_null(strstr(text, "prog: song.json: too many findings: 150 more are not shown\n"));
    free(text);
}

static void
an_error_displaces_a_warning_when_there_is_no_room(void **state)
{
    (void)state;
    struct od_diag_list list = {0};
    for (int i = 0; i < OD_DIAG_MAX; i++) {
        od_diag_add(&list, OD_WARNING, 0, "", "c", "warning %d", i);
    }
    od_diag_add(&list, OD_ERROR, 0, "", "c", "the reason");
    od_diag_sort(&list);
    assert_int_equal(list.count, OD_DIAG_MAX);
    assert_string_equal(list.items[OD_DIAG_MAX - 1].message, "the reason");
    assert_string_equal(list.items[0].message, "warning 0");
    for (int i = 0; i < 2 * OD_DIAG_MAX; i++) {
        od_diag_add(&list, OD_ERROR, 0, "", "c", "error %d", i);
    }
    for (size_t i = 0; i < OD_DIAG_MAX; i++) {
        assert_int_equal(list.items[i].severity, OD_ERROR);
    }
    od_diag_clear(&list);
}

static void
assert_member(const json_t *object, const char *key, const char *wanted)
{
    assert_string_equal(json_string_value(json_object_get(object, key)), wanted);
}

static void
programs_get_one_object_a_line(void **state)
{
    (void)state;
    struct od_source source = source_of("{\n \"a\\\"\": 1}");
    struct od_diag_list list = {0};
    struct od_buf out = {0};
    source.file = "so\"ng\xff.json";
    od_diag_add(&list, OD_WARNING, 3, "/a\"", "unknown-key", "unknown key '%s'", "a\"\\");
    od_diag_report_json(&list, &source, &out);
    json_t *object = json_loadb((const char *)out.data, out.length, 0, NULL);
    assert_non_null(object);
    assert_ptr_equal(memchr(out.data, '\n', out.length), out.data + out.length - 1);
    assert_member(object, "severity", "warning");
    assert_member(object, "message", "unknown key 'a\"\\'");
    assert_member(object, "file", "so\"ng?.json");
    assert_member(object, "pointer", "/a\"");
    assert_member(object, "code", "unknown-key");
    assert_int_equal(json_integer_value(json_object_get(object, "line")), 2);
    assert_int_equal(json_integer_value(json_object_get(object, "column")), 2);
    json_decref(object);
    od_buf_clear(&out);
    od_diag_clear(&list);
}

static void
the_nearest_name_is_found_or_none(void **state)
{
    (void)state;
    static const char *const names[] = {"cutoff",    "hcutoff",    "kcutoff",
                                        "resonance", "delay_time", "n",
                                        "s",         "delay_send", "velocity"};
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"cutof", "cutoff"},
        {"cutfof", "cutoff"},
        {"Cutoff", "cutoff"},
        {"ctuoff", "cutoff"},
        {"delaytime", "delay_time"},
        {"delaySend", "delay_send"},
        {"velocty", "velocity"},
        {"hcutof", "hcutoff"},
        {"zzz", NULL},
        {"m", NULL},
        {"", NULL},
        {"cut", NULL},
        {"rezonannze", NULL},
        {"reso", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *nearest = od_diag_nearest(cases[i].word, names, sizeof names / sizeof names[0]);
        if (cases[i].nearest == NULL) {
            assert_null(nearest);
        } else {
            assert_non_null(nearest);
            assert_string_equal(nearest, cases[i].nearest);
        }
    }
    char longest[1000];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_null(od_diag_nearest(longest, names, 2));
    assert_null(od_diag_nearest("cutoff", NULL, 0));
}

static void
a_cleared_list_stays_as_strict_as_it_was(void **state)
{
    (void)state;
    struct od_diag_list list = {.strict = true};
    od_diag_add(&list, OD_ERROR, 1, "", "c", "message");
    od_diag_clear(&list);
    assert_int_equal(list.count + list.errors + list.warnings, 0);
    assert_true(list.strict);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_shows_its_line_and_a_caret),
        cmocka_unit_test(what_is_true_of_many_events_is_one_finding),
        cmocka_unit_test(columns_count_characters_and_tabs_take_one),
        cmocka_unit_test(places_at_the_edges_are_found),
        cmocka_unit_test(without_a_text_there_is_only_the_place),
        cmocka_unit_test(of_a_long_line_at_most_100_characters_are_shown),
        cmocka_unit_test(what_a_terminal_would_obey_is_not_printed),
        cmocka_unit_test(findings_are_sorted_by_place_and_stay_in_order),
        cmocka_unit_test(strict_makes_warnings_errors),
        cmocka_unit_test(more_than_a_hundred_are_counted_and_said),
        cmocka_unit_test(an_error_displaces_a_warning_when_there_is_no_room),
        cmocka_unit_test(programs_get_one_object_a_line),
        cmocka_unit_test(the_nearest_name_is_found_or_none),
        cmocka_unit_test(a_cleared_list_stays_as_strict_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
