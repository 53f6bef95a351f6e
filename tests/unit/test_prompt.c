/* A typed line: keys in, the line and its row out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "control/prompt.h"
#include "random.h"

#define UP    "\033[A"
#define DOWN  "\033[B"
#define LEFT  "\033[D"
#define RIGHT "\033[C"
#define PASTE "\033[200~"
#define DONE  "\033[201~"

static const char *const words[] = {"mute",    "metrics", "midi-panic", "\"a b\"",
                                    "\"a c\"", "größe",   "grün"};

static void
offer_words(void *context, const char *line, size_t start, struct od_completions *completions)
{
    (void)context;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strncmp(words[i], line + start, strlen(line + start)) == 0) {
            assert_true(od_completions_add(completions, words[i]));
        }
    }
}

/* Types; what is completed goes to `lines`, each ended by '/'. */
static void
type(struct od_prompt *prompt, const char *keys, size_t length, char *lines, size_t size)
{
    for (size_t i = 0; i < length; i++) {
        switch (od_prompt_key(prompt, keys[i])) {
        case OD_PROMPT_LINE:
            snprintf(lines + strlen(lines), size - strlen(lines), "%s/", prompt->line);
            od_prompt_next(prompt);
            break;
        case OD_PROMPT_END:
            snprintf(lines + strlen(lines), size - strlen(lines), "END/");
            break;
        case OD_PROMPT_EDITED:
            break;
        }
    }
}

struct row {
    const char *keys;
    const char *wanted; /* lines that were entered, then the one that stands, '|' = the cursor */
};

static const struct row rows[] = {
    {"", "|"},
    {"mute hat", "mute hat|"},
    {"mute hat\r", "mute hat/|"},
    {"mute hat\n", "mute hat/|"},
    {"ab\001x", "x|ab"},
    {"ab\001\005x", "abx|"},
    {"ab\002x", "ax|b"},
    {"ab" LEFT LEFT LEFT "x", "x|ab"},
    {"ab" LEFT RIGHT RIGHT "x", "abx|"},
    {"ab\177", "a|"},
    {"\177\177", "|"},
    {"ab\033[H\033[3~", "|b"},
    {"ab\033OH\004", "|b"},
    {"\004", "END/|"},
    {"a\004", "a|"}, /* only in an empty line */
    {"set hat gain\027x", "set hat x|"},
    {"set hat gain \027\027", "set |"},
    {"set hat\033b\033bx", "x|set hat"},
    {"one two\001\033fx", "onex| two"},
    {"one two\001\033d", "| two"},
    {"one two\025x\031", "xone two|"},
    {"one two\001\013\031\031", "one twoone two|"},
    {"one two\033[1;5Dx", "one x|two"},
    {"größe\177\177x", "gröx|"},
    {"e\xcc\x81x\002\002y", "y|e\xcc\x81x"}, /* a mark goes with what it stands on */
    {"e\xcc\x81\177", "|"},
    {"a\033[99;99~b", "ab|"}, /* a key without a meaning */
    {"a\033Zb", "ab|"},
    {"a\000\007b", "ab|"},
    {"a\xff\xfe"
     "b",
     "ab|"},
    {"a\xc3(b", "ab|"}, /* half a character, and what came behind it */
    {"one\rtwo\r" UP, "one/two/two|"},
    {"one\rtwo\r" UP UP, "one/two/one|"},
    {"one\rtwo\r" UP UP UP UP, "one/two/one|"},
    {"one\rtwo\r" UP UP DOWN, "one/two/two|"},
    {"one\rtwo\rdraft" UP "x", "one/two/draftx|"}, /* nothing begins like that */
    {"one\rtwo\rt" UP DOWN, "one/two/t|"},
    {"one\rtwo\ro" UP, "one/two/one|"},
    {"one\r\r  \rone\rtwo\r" UP UP UP, "one//  /one/two/one|"}, /* neither blank nor twice */
    {DOWN, "|"},
    {"mu\t", "mute |"},
    {"m\t", "m|"},
    {"mi\tx", "midi-panic x|"},
    {"\"a\t", "\"a |"},
    {"\"a \tc\t", "\"a c\" |"},
    {"x\t", "x|"},
    {"gr\t", "gr|"}, /* no half of a character */
    {"mute me\t", "mute metrics |"},
    {"mute\001m\t", "m|mute"},
    {PASTE "one\ttwo" DONE "x", "one twox|"},
    {PASTE "one\rtwo\001" DONE "x", "one/twox|"},
    {PASTE "a\033[Ab" DONE, "ab|"},
};

static void
keys_make_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct od_prompt prompt = {.complete = offer_words};
        char got[512] = "";
        size_t length = strlen(rows[i].keys);
        if (strncmp(rows[i].keys, "a\0\007b", 4) == 0) {
            length = 4;
        }
        type(&prompt, rows[i].keys, length, got, sizeof got);
        snprintf(got + strlen(got), sizeof got - strlen(got), "%.*s|%s", (int)prompt.at,
                 prompt.line, prompt.line + prompt.at);
        assert_string_equal(got, rows[i].wanted);
        od_prompt_clear(&prompt);
    }
}

static void
what_a_word_could_become_is_offered_at_the_second_key(void **state)
{
    (void)state;
    struct od_prompt prompt = {.complete = offer_words};
    char lines[64] = "";
    type(&prompt, "m", 1, lines, sizeof lines);
    assert_int_equal(prompt.offer.n, 0);
    type(&prompt, "\t", 1, lines, sizeof lines);
    assert_int_equal(prompt.offer.n, 3);
    assert_memory_equal(prompt.offer.words.data, "mute\0metrics\0midi-panic", 24);
    od_prompt_clear(&prompt);
}

static void
the_history_has_a_bound(void **state)
{
    (void)state;
    struct od_prompt prompt = {0};
    char lines[64] = "";
    for (int i = 0; i < 2 * OD_PROMPT_HISTORY; i++) {
        char line[32];
        snprintf(line, sizeof line, "bpm %d", i);
        od_prompt_remember(&prompt, line);
    }
    assert_int_equal(prompt.n_history, OD_PROMPT_HISTORY);
    type(&prompt, UP UP, 6, lines, sizeof lines);
    assert_string_equal(prompt.line, "bpm 998");
    od_prompt_clear(&prompt);
}

static void
a_line_has_a_bound(void **state)
{
    (void)state;
    struct od_prompt prompt = {0};
    char lines[8] = "";
    for (int i = 0; i < 2 * OD_PROMPT_BYTES; i++) {
        type(&prompt, "x", 1, lines, sizeof lines);
    }
    assert_int_equal(prompt.length, OD_PROMPT_BYTES - 1);
    type(&prompt, "\025\031\031", 3, lines, sizeof lines);
    assert_int_equal(prompt.length, OD_PROMPT_BYTES - 1);
    od_prompt_clear(&prompt);
}

static unsigned
columns_of(const char *text, size_t length)
{
    unsigned columns = 0;
    for (const char *end = text + length; text < end;) {
        size_t step = od_utf8_length(text, end);
        assert_true(step > 0);
        columns += od_utf8_columns(od_utf8_decode(text, step));
        text += step;
    }
    return columns;
}

static void
a_long_line_goes_along_with_the_cursor(void **state)
{
    (void)state;
    struct od_prompt prompt = {0};
    struct od_buf out = {0};
    char lines[8] = "";
    type(&prompt, "0123456789", 10, lines, sizeof lines);
    assert_int_equal(od_prompt_draw(&prompt, "> ", 8, &out), 7);
    od_buf_append(&out, "", 1);
    assert_string_equal((const char *)out.data, "> 56789");
    out.length = 0;
    type(&prompt, "\001", 1, lines, sizeof lines);
    assert_int_equal(od_prompt_draw(&prompt, "> ", 8, &out), 2);
    od_buf_append(&out, "", 1);
    assert_string_equal((const char *)out.data, "> 012345");
    od_buf_clear(&out);
    od_prompt_clear(&prompt);
}

static void
no_keys_leave_the_frame(void **state)
{
    (void)state;
    static const char *const keys[] = {"a",    " ",    "\"",   "\\",   "猫",   "e\xcc\x81",
                                       "\t",   "\r",   UP,     DOWN,   LEFT,   RIGHT,
                                       "\177", "\027", "\031", "\013", "\001", "\005",
                                       PASTE,  DONE,   "\xff", "m",    "\033", "["};
    uint64_t seed = 12;
    struct od_prompt prompt = {.complete = offer_words};
    struct od_buf out = {0};
    for (int i = 0; i < 50000; i++) {
        const char *key = keys[random_bits(&seed) % (sizeof keys / sizeof *keys)];
        unsigned columns = (unsigned)(random_bits(&seed) % 40);
        for (; *key != '\0'; key++) {
            if (od_prompt_key(&prompt, *key) == OD_PROMPT_LINE) {
                od_prompt_next(&prompt);
            }
        }
        assert_true(prompt.at <= prompt.length && prompt.length < OD_PROMPT_BYTES);
        assert_int_equal(strlen(prompt.line), prompt.length);
        assert_true(od_utf8_is_text(prompt.line, prompt.length));
        out.length = 0;
        unsigned cursor = od_prompt_draw(&prompt, "> ", columns, &out);
        assert_true(cursor < (columns > 0 ? columns : 1));
        assert_true(columns_of((const char *)out.data, out.length) <= columns);
    }
    od_buf_clear(&out);
    od_prompt_clear(&prompt);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_make_lines),
        cmocka_unit_test(what_a_word_could_become_is_offered_at_the_second_key),
        cmocka_unit_test(the_history_has_a_bound),
        cmocka_unit_test(a_line_has_a_bound),
        cmocka_unit_test(a_long_line_goes_along_with_the_cursor),
        cmocka_unit_test(no_keys_leave_the_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
