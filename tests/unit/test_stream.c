/* The control stream: whole things out of any pieces, and what is wrong dropped, no more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/stream.h"
#include "scores.h"

#define ITEMS_MAX 64

static const char song[] = "{'tracks':{'d':{'params':{'s':'bd'}}},"
                           "'sequences':{'d':{'events':[{'step':0}]}}}";

/* What came out: lines as they are, scores as "<score>", faults as "<too long>", "<bad>". */
struct log {
    char *items[ITEMS_MAX];
    size_t n;
};

static void
keep(struct log *log, const char *text)
{
    assert_true(log->n < ITEMS_MAX);
    log->items[log->n++] = strdup(text);
}

static void
clear(struct log *log)
{
    for (size_t i = 0; i < log->n; i++) {
        free(log->items[i]);
    }
    *log = (struct log){0};
}

static void
take_all(struct od_stream *stream, const struct od_buf *score, struct log *log)
{
    for (;;) {
        struct od_stream_item item = od_stream_next(stream);
        switch (item.kind) {
        case OD_STREAM_MORE:
            return;
        case OD_STREAM_LINE:
            assert_int_equal(strlen(item.line), item.length);
            keep(log, item.line);
            break;
        case OD_STREAM_SCORE:
            assert_int_equal(item.length, score->length);
            assert_memory_equal(item.score, score->data, score->length);
            free(item.score);
            keep(log, "<score>");
            break;
        case OD_STREAM_TOO_LONG:
            keep(log, "<too long>");
            break;
        case OD_STREAM_BAD_SCORE:
            assert_true(strlen(item.error) > 10);
            keep(log, "<bad>");
            break;
        case OD_STREAM_NO_MEMORY:
            fail();
        }
    }
}

/* Feeds `bytes` in pieces of `piece` and checks what comes out. */
static void
expect(const struct od_buf *bytes, size_t piece, const struct od_buf *score,
       const char *const *wanted)
{
    struct od_stream stream = {0};
    struct log log = {0};
    for (size_t at = 0; at < bytes->length; at += piece) {
        size_t size = bytes->length - at < piece ? bytes->length - at : piece;
        assert_true(od_stream_feed(&stream, bytes->data + at, size));
        take_all(&stream, score, &log);
    }
    for (size_t i = 0; i < log.n; i++) {
        assert_non_null(wanted[i]);
        assert_string_equal(log.items[i], wanted[i]);
    }
    assert_null(wanted[log.n]);
    assert_false(od_stream_cut(&stream));
    clear(&log);
    od_stream_clear(&stream);
}

static void
scores_and_lines_come_out_of_any_pieces(void **state)
{
    (void)state;
    struct od_buf score = {0};
    struct od_buf bytes = {0};
    static const char *const wanted[] = {"bpm 120", "<score>", "<score>", "  mute d on\r",
                                         "<score>", "stop",    NULL};
    score_compile(song, &score);
    od_buf_append(&bytes, "bpm 120\n\n \t\r\n", 13);
    od_buf_append(&bytes, score.data, score.length);
    od_buf_append(&bytes, score.data, score.length);
    od_buf_append(&bytes, "  mute d on\r\n", 13);
    od_buf_append(&bytes, score.data, score.length);
    od_buf_append(&bytes, "stop\n", 5);
    for (size_t piece = 1; piece < 200; piece++) {
        expect(&bytes, piece, &score, wanted);
    }
    expect(&bytes, score.length, &score, wanted);
    expect(&bytes, bytes.length, &score, wanted);
    od_buf_clear(&bytes);
    od_buf_clear(&score);
}

static void
a_line_may_have_64_kib_and_no_more(void **state)
{
    (void)state;
    struct od_buf bytes = {0};
    char *line = malloc(OD_LINE_MAX + 2);
    assert_non_null(line);
    memset(line, 'x', OD_LINE_MAX + 1);
    line[OD_LINE_MAX + 1] = '\0';
    od_buf_append(&bytes, line, OD_LINE_MAX + 1);
    od_buf_append(&bytes, "\n", 1);
    od_buf_append(&bytes, line, OD_LINE_MAX);
    od_buf_append(&bytes, "\nafter\n", 7);
    line[OD_LINE_MAX] = '\0';
    const char *const wanted[] = {"<too long>", line, "after", NULL};
    static const size_t pieces[] = {1, 4096, 65536, 65537, 1000000};
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        expect(&bytes, pieces[i], NULL, wanted);
    }
    free(line);
    od_buf_clear(&bytes);
}

static void
a_line_without_end_takes_no_more_memory_than_a_line(void **state)
{
    (void)state;
    struct od_stream stream = {0};
    char piece[4096];
    int told = 0;
    memset(piece, 'x', sizeof piece);
    for (int i = 0; i < 4096; i++) {
        assert_true(od_stream_feed(&stream, piece, sizeof piece));
        while (od_stream_next(&stream).kind != OD_STREAM_MORE) {
            told++;
        }
        assert_true(stream.buf.capacity <= 4 * OD_LINE_MAX);
    }
    assert_int_equal(told, 1);
    od_stream_clear(&stream);
}

static void
a_score_of_another_version_is_dropped_whole(void **state)
{
    (void)state;
    struct od_buf score = {0};
    struct od_buf bytes = {0};
    static const char *const wanted[] = {"<bad>", "ping", NULL};
    score_compile(song, &score);
    od_buf_append(&bytes, score.data, score.length);
    bytes.data[offsetof(struct od_score_header, version)] ^= 0x40;
    od_buf_append(&bytes, "ping\n", 5);
    for (size_t piece = 1; piece < 100; piece++) {
        expect(&bytes, piece, &score, wanted);
    }
    od_buf_clear(&bytes);
    od_buf_clear(&score);
}

static void
the_end_in_the_middle_of_something_is_seen(void **state)
{
    (void)state;
    struct od_buf score = {0};
    struct od_stream stream = {0};
    score_compile(song, &score);
    assert_false(od_stream_cut(&stream));
    assert_true(od_stream_feed(&stream, "bpm", 3));
    assert_int_equal(od_stream_next(&stream).kind, OD_STREAM_MORE);
    assert_true(od_stream_cut(&stream));
    assert_true(od_stream_feed(&stream, "\n", 1));
    assert_int_equal(od_stream_next(&stream).kind, OD_STREAM_LINE);
    assert_false(od_stream_cut(&stream));
    assert_true(od_stream_feed(&stream, score.data, score.length - 1));
    assert_int_equal(od_stream_next(&stream).kind, OD_STREAM_MORE);
    assert_true(od_stream_cut(&stream));
    od_stream_clear(&stream);
    od_buf_clear(&score);
}

static void
a_score_ends_a_line_that_nothing_else_ends(void **state)
{
    (void)state;
    struct od_buf score = {0};
    struct od_buf bytes = {0};
    static const char *const wanted[] = {"bpm 140", "<score>", "<score>", " \x89O", "ODN\r", NULL};
    score_compile(song, &score);
    od_buf_append(&bytes, "bpm 140", 7);
    od_buf_append(&bytes, score.data, score.length);
    od_buf_append(&bytes, " ", 1);
    od_buf_append(&bytes, score.data, score.length);
    od_buf_append(&bytes, " \x89O\nODN\r\n", 9);
    for (size_t piece = 1; piece < 200; piece++) {
        expect(&bytes, piece, &score, wanted);
    }
    expect(&bytes, bytes.length, &score, wanted);
    od_buf_clear(&bytes);
    od_buf_clear(&score);
}

static void
the_last_line_needs_no_end(void **state)
{
    (void)state;
    struct od_stream stream = {0};
    struct log log = {0};
    const struct od_buf no_score = {0};
    assert_false(od_stream_end(&stream));
    assert_true(od_stream_feed(&stream, "start\nbpm 90", 12));
    take_all(&stream, &no_score, &log);
    assert_true(od_stream_in_line(&stream));
    assert_true(od_stream_end(&stream));
    take_all(&stream, &no_score, &log);
    assert_int_equal(log.n, 2);
    assert_string_equal(log.items[1], "bpm 90");
    assert_false(od_stream_end(&stream));
    clear(&log);
    assert_true(od_stream_feed(&stream, OD_SCORE_MAGIC, OD_SCORE_MAGIC_SIZE));
    take_all(&stream, &no_score, &log);
    assert_int_equal(log.n, 0);
    clear(&log);
    assert_false(od_stream_in_line(&stream));
    assert_false(od_stream_end(&stream));
    assert_true(od_stream_cut(&stream));
    od_stream_clear(&stream);
}

static void
expect_words(const char *text, int n, const char *const *wanted)
{
    char line[256];
    char *words[OD_WORDS_MAX];
    bool quoted[OD_WORDS_MAX];
    char error[OD_SCORE_ERROR_SIZE];
    snprintf(line, sizeof line, "%s", text);
    assert_int_equal(od_words_split(line, words, quoted, error), n);
    for (int i = 0; i < n; i++) {
        assert_string_equal(words[i], wanted[i]);
    }
    if (n < 0) {
        assert_true(strlen(error) > 10);
    }
}

static void
words_are_split_at_blanks_and_strings_are_decoded(void **state)
{
    (void)state;
    expect_words("", 0, NULL);
    expect_words(" \t\r", 0, NULL);
    expect_words("bpm 120", 2, (const char *const[]){"bpm", "120"});
    expect_words("  set\tbd  cutoff 5e2\r", 4, (const char *const[]){"set", "bd", "cutoff", "5e2"});
    expect_words("scene \"two words\" now", 3, (const char *const[]){"scene", "two words", "now"});
    expect_words("a \"\" b", 3, (const char *const[]){"a", "", "b"});
    expect_words("a \"\\u00e9\\n\\\"\" b", 3, (const char *const[]){"a", "\u00e9\n\"", "b"});
    expect_words("it's \"a\"", 2, (const char *const[]){"it's", "a"});
    expect_words("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", 16,
                 (const char *const[]){"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11",
                                       "12", "13", "14", "15", "16"});
}

static void
words_that_are_not_sound_are_refused(void **state)
{
    (void)state;
    expect_words("a \"open", -1, NULL);
    expect_words("a \"open\\\"", -1, NULL);
    expect_words("a \"b\"c", -1, NULL);
    expect_words("a \"\\x\"", -1, NULL);
    expect_words("a \"\\ud800\"", -1, NULL);
    expect_words("a \"\x01\"", -1, NULL);
    expect_words("a \"\xff\"", -1, NULL);
}

static void
a_line_has_so_many_words_and_no_more(void **state)
{
    (void)state;
    char line[2 * (OD_WORDS_MAX + 1) + 1] = "";
    char *words[OD_WORDS_MAX];
    bool quoted[OD_WORDS_MAX];
    char error[OD_SCORE_ERROR_SIZE];
    for (size_t i = 0; i < OD_WORDS_MAX; i++) {
        memcpy(line + 2 * i, "x ", 3);
    }
    assert_int_equal(od_words_split(line, words, quoted, error), OD_WORDS_MAX);
    for (size_t i = 0; i <= OD_WORDS_MAX; i++) {
        memcpy(line + 2 * i, "x ", 3);
    }
    assert_int_equal(od_words_split(line, words, quoted, error), -1);
    assert_non_null(strstr(error, "more than"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_and_lines_come_out_of_any_pieces),
        cmocka_unit_test(a_line_may_have_64_kib_and_no_more),
        cmocka_unit_test(a_line_without_end_takes_no_more_memory_than_a_line),
        cmocka_unit_test(a_score_of_another_version_is_dropped_whole),
        cmocka_unit_test(the_end_in_the_middle_of_something_is_seen),
        cmocka_unit_test(a_score_ends_a_line_that_nothing_else_ends),
        cmocka_unit_test(the_last_line_needs_no_end),
        cmocka_unit_test(words_are_split_at_blanks_and_strings_are_decoded),
        cmocka_unit_test(words_that_are_not_sound_are_refused),
        cmocka_unit_test(a_line_has_so_many_words_and_no_more),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
