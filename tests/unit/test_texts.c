/* JSON texts in one input: cut apart wherever the pieces of the input end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "text/texts.h"

/* Appends what comes out, each text in angle brackets. */
static void
take_all(struct od_texts *texts, struct od_buf *out)
{
    struct od_text text;
    while (od_texts_next(texts, &text)) {
        od_buf_printf(out, "<%.*s>", (int)text.length, text.bytes);
    }
}

/* The texts of `input`, fed in pieces of `piece` bytes. */
static void
cut(const char *input, size_t piece, struct od_buf *out)
{
    struct od_texts texts = {0};
    struct od_text rest;
    size_t length = strlen(input);
    for (size_t at = 0; at < length; at += piece) {
        size_t size = length - at < piece ? length - at : piece;
        assert_true(od_texts_feed(&texts, input + at, size));
        take_all(&texts, out);
    }
    od_buf_printf(out, "|%zu|", od_texts_waiting(&texts));
    if (od_texts_end(&texts, &rest)) {
        od_buf_printf(out, "<%.*s>", (int)rest.length, rest.bytes);
    }
    assert_false(od_texts_end(&texts, &rest));
    od_buf_append(out, "", 1);
    od_texts_clear(&texts);
}

struct row {
    const char *input, *wanted; /* texts, |bytes that waited at the end|, the rest */
};

static const struct row rows[] = {
    {"", "|0|"},
    {" \n\t ", "|0|"},
    {"{}", "<{}>|0|"},
    {"{}\n", "<{}>|0|"},
    {"\n {}", "<\n {}>|0|"}, /* places in the first text count from the beginning of the input */
    {"{}{}", "<{}><{}>|0|"},
    {"{} \r\n{}", "<{}><{}>|0|"}, /* line 1 of the second text is its own */
    {"{}\n\n{}", "<{}><\n{}>|0|"},
    {"{\"a\": [1, {\"b\": {}}]} {}", "<{\"a\": [1, {\"b\": {}}]}><{}>|0|"},
    {"[]true false\n1 2", "<[]><true false>|3|<1 2>"}, /* no JSON; whoever reads it says so */
    {"[}} 12 {}", "<[}><} 12 ><{}>|0|"},
    {"[1, 2][3]", "<[1, 2]><[3]>|0|"},
    {"{\"}\": \"{[\\\"}\"}{}", "<{\"}\": \"{[\\\"}\"}><{}>|0|"},
    {"{\"\\\\\"}{}", "<{\"\\\\\"}><{}>|0|"},
    {"{\"a\": ", "|6|<{\"a\": >"},
    {"{\"a", "|3|<{\"a>"},
    {"12 \"x\"\n{}", "<12 \"x\"><{}>|0|"},
    {"no{}", "<no><{}>|0|"},
    {"no", "|2|<no>"},
    {"}{}", "<}><{}>|0|"},
    {"{]}{}", "<{]><}><{}>|0|"},
    {"{\"open\n}{}", "<{\"open\n}><{}>|0|"}, /* a string ends with its line */
    {"{\"a\": [\x1e{}\n\x1e{}",
     "<{\"a\": [><{}><{}>|0|"}, /* RFC 7464: what is cut off is given up */
    {"{\"open\x1e{}", "<{\"open><{}>|0|"},
    {"\x1e\x1e \x1e", "|0|"},
};

static void
texts_are_cut_apart_in_pieces_of_any_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t piece = 1; piece <= 32; piece++) {
            struct od_buf out = {0};
            cut(rows[i].input, piece, &out);
            assert_false(out.failed);
            assert_string_equal((const char *)out.data, rows[i].wanted);
            od_buf_clear(&out);
        }
    }
}

static void
a_stream_of_texts_keeps_no_more_than_it_must(void **state)
{
    (void)state;
    struct od_texts texts = {0};
    struct od_text text;
    static char large[3 << 20];
    memset(large, ' ', sizeof large);
    large[0] = '[';
    large[sizeof large - 1] = ']';
    for (int i = 0; i < 100; i++) {
        assert_true(od_texts_feed(&texts, large, sizeof large));
        assert_true(od_texts_next(&texts, &text));
        assert_int_equal(text.length, sizeof large);
        assert_false(od_texts_next(&texts, &text));
        assert_true(od_texts_feed(&texts, "{}\n", 3));
        assert_true(od_texts_next(&texts, &text));
        assert_int_equal(text.length, 2);
    }
    assert_true(texts.buf.capacity <= 2 * sizeof large);
    for (int i = 0; i < 100000; i++) {
        assert_true(od_texts_feed(&texts, "{}\n", 3));
        assert_true(od_texts_next(&texts, &text));
    }
    assert_true(texts.buf.capacity <= 1 << 20);
    od_texts_clear(&texts);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_cut_apart_in_pieces_of_any_size),
        cmocka_unit_test(a_stream_of_texts_keeps_no_more_than_it_must),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
