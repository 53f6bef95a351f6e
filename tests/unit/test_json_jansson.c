/*
 * jansson is the judge: both accept and refuse the same texts and read the same values. Both refuse
 * repeated keys, escaped NULs and integers beyond 64 bits; any value may stand at the top.
 * Different on purpose, and each shown by a test:
 * - the reader stops at 64 levels, jansson at 2048;
 * - the reader refuses a text beyond 256 MiB (test_json.c);
 * - the reader refuses a NUL byte right behind a number, which jansson overlooks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "random.h"
#include "text/json.h"

#define FLAGS     ((size_t)JSON_DECODE_ANY | JSON_REJECT_DUPLICATES)
#define MUTATIONS 40000
#define TEXT_MAX  4096

static const char *const valid[] = {
    "null",
    "true",
    "false",
    " true ",
    "\t\n\r null\n",
    "0",
    "-0",
    "1",
    "-1",
    "10",
    "1234567890",
    "9223372036854775807",
    "-9223372036854775808",
    "0.0",
    "-0.0",
    "0.5",
    "1.5",
    "-1.25",
    "0.1",
    "0.8",
    "3.14159265358979",
    "2.718281828459045",
    "0.30000000000000004",
    "123456.789",
    "1e0",
    "1E0",
    "1e5",
    "1E+5",
    "1e-5",
    "1.5e10",
    "-1.5E-10",
    "0e0",
    "0e999999",
    "0.0e-999999",
    "1e22",
    "1e23",
    "1e-22",
    "1e-23",
    "1e308",
    "1.7976931348623157e308",
    "2.2250738585072014e-308",
    "5e-324",
    "4.9e-324",
    "2e-324",
    "1e-400",
    "9007199254740991",
    "9007199254740993",
    "9007199254740993.0",
    "0.123456789012345678",
    "0.12345678901234567890123456789",
    "1234567890123456789.0",
    "12345678901234567890.5",
    "123456789012345678901234567890.0",
    "0.00000000000000000000000000012345",
    "1.00000000000000000000000000000000000001",
    "\"\"",
    "\"a\"",
    "\"kick drum\"",
    "\"a longer text with nothing special in it at all\"",
    "\"\\\"\"",
    "\"\\\\\"",
    "\"\\/\"",
    "\"/\"",
    "\"\\b\\f\\n\\r\\t\"",
    "\"\\u0041\"",
    "\"\\u00e4\"",
    "\"\\u00E4\"",
    "\"\\u20ac\"",
    "\"\\ud834\\udd1e\"",
    "\"\\uD834\\uDD1E\"",
    "\"\\uffff\"",
    "\"\\ufffe\"",
    "\"\\ue000\"",
    "\"\\ud7ff\"",
    "\"\\udbff\\udfff\"",
    "\"\\u0001\"",
    "\"\\u001f\"",
    "\"\\u007f\"",
    "\"\x7f\"",
    "\"\xc3\xa4\"",
    "\"\xc2\x80\"",
    "\"\xdf\xbf\"",
    "\"\xe0\xa0\x80\"",
    "\"\xe2\x82\xac\"",
    "\"\xed\x9f\xbf\"",
    "\"\xee\x80\x80\"",
    "\"\xef\xbf\xbf\"",
    "\"\xf0\x90\x80\x80\"",
    "\"\xf0\x9d\x84\x9e\"",
    "\"\xf4\x8f\xbf\xbf\"",
    "\"mixed \\u00e4 \xc3\xa4 \\n \xf0\x9d\x84\x9e end\"",
    "[]",
    "[ ]",
    "[\n]",
    "[1]",
    "[1,2,3]",
    "[ 1 , 2 , 3 ]",
    "[[]]",
    "[[],[]]",
    "[[[[[[[[[[]]]]]]]]]]",
    "[null,true,false,0,1.5,\"x\",[],{}]",
    "[-1,-0.5,1e3,-1E-3]",
    "{}",
    "{ }",
    "{\"\":0}",
    "{\"a\":1}",
    "{ \"a\" : 1 }",
    "{\"a\":1,\"b\":2}",
    "{\"a\":{\"a\":{\"a\":{}}}}",
    "{\"a\":[{\"b\":[{\"c\":null}]}]}",
    "{\"\\u0061b\":1,\"b\":2}",
    "{\"\xc3\xa4\":1,\"\\n\":2,\"a\\/b\":3}",
    "{\"a\":1,\"A\":2,\"aa\":3,\"\":4}",
    "{\"environment\":{\"bpm\":120.0,\"swing\":0.25,\"loop_steps\":256}}",
    "{\"tracks\":{\"bd\":{\"params\":{\"s\":\"bd\",\"gain\":0.9,\"n\":3,\"cut\":null}}}}",
    ("{\"sequences\":{\"bd\":{\"events\":[{\"step\":0},{\"step\":4,\"velocity\":0.8,\"note\":60,"
     "\"gate\":1.0,\"offset_ms\":-2.5}]}}}"),
    "{\"apply\":{\"timing\":\"bar\",\"track_ids\":[],\"scene_name\":null}}",
    ("{\"messages\":[{\"destination_id\":\"superdirt\",\"cycle\":0.25,\"step\":4,\"params\":{\"s\":"
     "\"bd\",\"gain\":0.8,\"x\":true}}],\"bpm\":120,\"pattern_length\":4.0}"),
    "{\"signal\":[0.0,0.024541,0.049068,-0.9999,1,-1,5e-1]}",
    ("{\"a\":0,\"b\":1,\"c\":2,\"d\":3,\"e\":4,\"f\":5,\"g\":6,\"h\":7,\"i\":8,\"j\":9,\"k\":10,"
     "\"l\":11,\"m\":12,\"n\":13,\"o\":14,\"p\":15,\"q\":16,\"r\":17,\"s\":18,\"t\":19}"),
};

static const char *const invalid[] = {
    "",
    " ",
    "\n\n",
    "nul",
    "nulll",
    "NULL",
    "True",
    "tru",
    "truefalse",
    "none",
    "nan",
    "NaN",
    "Infinity",
    "-Infinity",
    "undefined",
    "-",
    "--1",
    "+1",
    "01",
    "-01",
    "00",
    "1.",
    "-1.",
    ".5",
    "-.5",
    "1.e5",
    "1e",
    "1e+",
    "1e-",
    "1e5.5",
    "1.5.5",
    "1,5",
    "0x10",
    "1_000",
    "1 2",
    "\"",
    "\"a",
    "a",
    "'a'",
    "\"a\" \"b\"",
    "\"\\\"",
    "\"\\",
    "\"\\x41\"",
    "\"\\a\"",
    "\"\\u\"",
    "\"\\u1\"",
    "\"\\u12\"",
    "\"\\u123\"",
    "\"\\u123g\"",
    "\"\\U0041\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\udbff\"",
    "\"\\udc00\"",
    "\"\\udfff\"",
    "\"\\ud834\\ud834\"",
    "\"\\ud834x\"",
    "\"\\ud834\\n\"",
    "\"\\ud834\\u0041\"",
    "\"\\udd1e\\ud834\"",
    "\"a\nb\"",
    "\"a\tb\"",
    "\"a\x01\x62\"",
    "\"\x1f\"",
    "\"\x80\"",
    "\"\xbf\"",
    "\"\xc0\x80\"",
    "\"\xc1\xbf\"",
    "\"\xc3\"",
    "\"\xc3(\"",
    "\"\xe2\x82\"",
    "\"\xe2(\xa1\"",
    "\"\xe0\x80\x80\"",
    "\"\xe0\x9f\xbf\"",
    "\"\xed\xa0\x80\"",
    "\"\xed\xbf\xbf\"",
    "\"\xf0\x80\x80\x80\"",
    "\"\xf0\x8f\xbf\xbf\"",
    "\"\xf4\x90\x80\x80\"",
    "\"\xf5\x80\x80\x80\"",
    "\"\xf8\x88\x80\x80\x80\"",
    "\"\xfe\"",
    "\"\xff\"",
    "\xff\xfe[\x01]",
    "\xef\xbb\xbf[]",
    "[",
    "]",
    "[]]",
    "[[]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[,]",
    "[1,,2]",
    "[1 2]",
    "[1;2]",
    "[1}",
    "[1:2]",
    "{",
    "}",
    "{}}",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{,}",
    "{,\"a\":1}",
    "{\"a\" 1}",
    "{\"a\":}",
    "{\"a\"}",
    "{\"a\",\"b\"}",
    "{\"a\"::1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1;\"b\":2}",
    "{\"a\":1]",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{null:1}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"b\":2,\"\\u0061\":3}",
    "{\"a\":{\"b\":1,\"b\":1}}",
    "[{\"\":1,\"\":2}]",
    ("{\"a\":0,\"b\":1,\"c\":2,\"d\":3,\"e\":4,\"f\":5,\"g\":6,\"h\":7,\"i\":8,\"j\":9,\"k\":10,"
     "\"l\":11,\"m\":12,\"n\":13,\"o\":14,\"p\":15,\"q\":16,\"r\":17,\"s\":18,\"a\":19}"),
    "// comment\n1",
    "1 // comment",
    "/* comment */ 1",
    "# comment\n1",
    "[1] x",
    "{} {}",
    "\x0b[]",
    "[]\x0c",
    "\xc2\xa0[]",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool same_value(struct od_json *json, const json_t *wanted, unsigned depth);

static bool
same_array(struct od_json *json, const json_t *wanted, unsigned depth)
{
    size_t n = 0;
    bool same = od_json_enter(json);
    while (od_json_element(json)) {
        same = same_value(json, json_array_get(wanted, n++), depth) && same;
    }
    return same && n == json_array_size(wanted);
}

static bool
same_object(struct od_json *json, const json_t *wanted, unsigned depth)
{
    struct od_json_string key;
    size_t n = 0;
    bool same = od_json_enter(json);
    while (od_json_key(json, &key, NULL)) {
        char *name = strndup(key.text, key.length);
        const json_t *value = json_object_get(wanted, name);
        free(name);
        same = value != NULL && same_value(json, value, depth) && same;
        n++;
    }
    return same && n == json_object_size(wanted);
}

static bool
same_real(double value, double wanted)
{
    uint64_t bits, wanted_bits;
    memcpy(&bits, &value, sizeof bits);
    memcpy(&wanted_bits, &wanted, sizeof wanted_bits);
    return bits == wanted_bits;
}

/* Reads the next value beside jansson's tree. */
static bool
same_value(struct od_json *json, const json_t *wanted, unsigned depth)
{
    struct od_json_string text;
    switch (od_json_peek(json)) {
    case OD_JSON_NULL:
        od_json_null(json);
        return json_is_null(wanted);
    case OD_JSON_BOOL:
        return od_json_bool(json) == json_is_true(wanted) && json_is_boolean(wanted);
    case OD_JSON_INT:
        return json_is_integer(wanted) && od_json_int(json) == json_integer_value(wanted);
    case OD_JSON_REAL:
        return json_is_real(wanted) && same_real(od_json_real(json), json_real_value(wanted));
    case OD_JSON_STRING:
        text = od_json_text(json);
        return json_is_string(wanted) && text.length == json_string_length(wanted) &&
               memcmp(text.text, json_string_value(wanted), text.length) == 0;
    case OD_JSON_ARRAY:
        return json_is_array(wanted) && same_array(json, wanted, depth + 1);
    case OD_JSON_OBJECT:
        return json_is_object(wanted) && same_object(json, wanted, depth + 1);
    case OD_JSON_END:
        break;
    }
    return false;
}

/* What the reader says of a text that it only reads over. */
static bool
accepts(const char *text, size_t length, bool *too_deep)
{
    const struct od_source source = {"t", text, length};
    struct od_diag_list diags = {0};
    struct od_arena arena = {0};
    struct od_json json;
    od_json_init(&json, &source, &diags, &arena);
    od_json_skip(&json);
    od_json_finish(&json);
    *too_deep = diags.count > 0 && strcmp(diags.items[0].code, "too-deep") == 0;
    bool accepted = diags.errors == 0;
    od_diag_clear(&diags);
    od_arena_clear(&arena);
    return accepted;
}

static bool
reads_as(const char *text, size_t length, const json_t *wanted)
{
    const struct od_source source = {"t", text, length};
    struct od_diag_list diags = {0};
    struct od_arena arena = {0};
    struct od_json json;
    od_json_init(&json, &source, &diags, &arena);
    bool same = same_value(&json, wanted, 0);
    same = od_json_finish(&json) && same && diags.errors == 0;
    od_diag_clear(&diags);
    od_arena_clear(&arena);
    return same;
}

static bool
has_nul_behind_digit(const char *text, size_t length)
{
    for (size_t i = 1; i < length; i++) {
        if (text[i] == '\0' && text[i - 1] >= '0' && text[i - 1] <= '9') {
            return true;
        }
    }
    return false;
}

/* Both judge the text, in memory of exactly its length; true if both accept it. */
static bool
compare(const char *text, size_t length)
{
    char *copy = malloc(length == 0 ? 1 : length);
    assert_non_null(copy);
    memcpy(copy, text, length);
    bool too_deep;
    bool ours = accepts(copy, length, &too_deep);
    json_error_t error = {0};
    json_t *tree = json_loadb(copy, length, FLAGS, &error);
    bool theirs = tree != NULL;
    if (ours && !theirs && json_error_code(&error) == json_error_numeric_overflow) {
        free(copy);
        return ours; /* jansson has no number for it, the reader has the nearest */
    }
    if (!too_deep && ours != theirs && !has_nul_behind_digit(copy, length)) {
        fail_msg("the reader %s and jansson %s: %.*s", ours ? "accepts" : "refuses",
                 theirs ? "accepts" : "refuses", (int)length, copy);
    }
    if (ours && !reads_as(copy, length, tree)) {
        fail_msg("read differently: %.*s", (int)length, copy);
    }
    json_decref(tree);
    free(copy);
    return ours;
}

static void
valid_documents_are_read_as_jansson_reads_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(valid); i++) {
        if (!compare(valid[i], strlen(valid[i]))) {
            fail_msg("refused: %s", valid[i]);
        }
    }
}

static void
invalid_documents_are_refused_by_both(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(invalid); i++) {
        if (compare(invalid[i], strlen(invalid[i]))) {
            fail_msg("accepted: %s", invalid[i]);
        }
    }
}

static void
every_beginning_of_a_document_is_judged_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(valid); i++) {
        for (size_t length = 0; length < strlen(valid[i]); length++) {
            compare(valid[i], length);
        }
    }
}

static size_t
below(uint64_t *seed, size_t n)
{
    return n == 0 ? 0 : (size_t)(random_bits(seed) % n);
}

static const char *
any_document(uint64_t *seed)
{
    size_t i = below(seed, COUNT(valid) + COUNT(invalid));
    return i < COUNT(valid) ? valid[i] : invalid[i - COUNT(valid)];
}

static void
insert(char *text, size_t *length, size_t at, const char *piece, size_t size)
{
    if (*length + size <= TEXT_MAX) {
        memmove(text + at + size, text + at, *length - at);
        memcpy(text + at, piece, size);
        *length += size;
    }
}

static void
remove_piece(char *text, size_t *length, size_t at, size_t size)
{
    size = size < *length - at ? size : *length - at;
    memmove(text + at, text + at + size, *length - at - size);
    *length -= size;
}

/* One change of a text: a byte, a bit, a piece less or twice, a token, a piece of another text. */
static void
mutate(char *text, size_t *length, uint64_t *seed)
{
    static const char tokens[] = "{}[]:,\"\\0123456789.eE+-truefalsn \n\t/\x80\xc3\xe2\xf0";
    size_t at = below(seed, *length + 1), size = below(seed, 8);
    const char *other = any_document(seed);
    char piece[16];
    switch (below(seed, 7)) {
    case 0:
        insert(text, length, at, &tokens[below(seed, sizeof tokens - 1)], 1);
        break;
    case 1:
        remove_piece(text, length, at, 1);
        break;
    case 2:
        remove_piece(text, length, at, size);
        break;
    case 3:
        if (at < *length) {
            text[at] = (char)(text[at] ^ (1 << below(seed, 8)));
        }
        break;
    case 4:
        if (at < *length) {
            text[at] = tokens[below(seed, sizeof tokens - 1)];
        }
        break;
    case 5:
        size = size < *length - at ? size : *length - at;
        memcpy(piece, text + at, size);
        insert(text, length, at, piece, size);
        break;
    default:
        insert(text, length, at, other, strlen(other));
        break;
    }
}

static void
random_mutations_are_judged_alike(void **state)
{
    (void)state;
    uint64_t seed = 20240501;
    char text[TEXT_MAX];
    size_t accepted = 0;
    for (int i = 0; i < MUTATIONS; i++) {
        const char *document = any_document(&seed);
        size_t length = 0;
        insert(text, &length, 0, document, strlen(document));
        for (size_t n = below(&seed, 3) + 1; n > 0; n--) {
            mutate(text, &length, &seed);
        }
        accepted += compare(text, length);
    }
    /* a test that only ever refuses would prove little */
    assert_true(accepted > MUTATIONS / 20);
    assert_true(accepted < MUTATIONS);
}

static void
only_depth_is_judged_otherwise(void **state)
{
    (void)state;
    for (size_t levels = 60; levels < 70; levels++) {
        char text[140];
        bool too_deep;
        memset(text, '[', levels);
        memset(text + levels, ']', levels);
        assert_int_equal(accepts(text, 2 * levels, &too_deep), levels <= OD_JSON_DEPTH_MAX);
        assert_int_equal(too_deep, levels > OD_JSON_DEPTH_MAX);
        json_t *tree = json_loadb(text, 2 * levels, FLAGS, NULL);
        assert_non_null(tree);
        json_decref(tree);
    }
}

static void
a_nul_byte_is_refused_wherever_it_stands(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1,2.5,true,null,\"x\"]} ";
    bool too_deep;
    assert_true(accepts(text, sizeof text - 1, &too_deep));
    for (size_t at = 0; at < sizeof text; at++) {
        char with_nul[sizeof text + 1];
        size_t length = sizeof text - 1;
        memcpy(with_nul, text, length);
        insert(with_nul, &length, at < length ? at : length, "", 1);
        assert_false(accepts(with_nul, length, &too_deep));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_documents_are_read_as_jansson_reads_them),
        cmocka_unit_test(invalid_documents_are_refused_by_both),
        cmocka_unit_test(every_beginning_of_a_document_is_judged_alike),
        cmocka_unit_test(random_mutations_are_judged_alike),
        cmocka_unit_test(only_depth_is_judged_otherwise),
        cmocka_unit_test(a_nul_byte_is_refused_wherever_it_stands),
    };
    _Static_assert(COUNT(valid) + COUNT(invalid) >= 150, "a corpus worth the name");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
