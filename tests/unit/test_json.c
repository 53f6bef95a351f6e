#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "text/json.h"

/* A reader with all it needs. */
struct reading {
    struct od_json json;
    struct od_diag_list diags;
    struct od_arena arena;
};

static void
begin(struct reading *reading, const char *text, size_t length)
{
    const struct od_source source = {"t", text, length};
    *reading = (struct reading){0};
    od_json_init(&reading->json, &source, &reading->diags, &reading->arena);
}

static void
end(struct reading *reading)
{
    od_diag_clear(&reading->diags);
    od_arena_clear(&reading->arena);
}

/* Reads one value in memory of exactly its length, so that a checker sees a step beyond it. */
static char *
exactly(const char *text)
{
    size_t length = strlen(text);
    char *copy = malloc(length == 0 ? 1 : length);
    assert_non_null(copy);
    for (size_t i = 0; i < length; i++) {
        copy[i] = text[i];
    }
    return copy;
}

static double
real_of(const char *text)
{
    struct reading r;
    char *copy = exactly(text);
    begin(&r, copy, strlen(text));
    enum od_json_type type = od_json_peek(&r.json);
    assert_true(type == OD_JSON_INT || type == OD_JSON_REAL);
    double value = od_json_real(&r.json);
    assert_true(od_json_finish(&r.json));
    end(&r);
    free(copy);
    return value;
}

static uint64_t
bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void
assert_bits(const char *text, double wanted)
{
    double value = real_of(text);
    if (bits_of(value) != bits_of(wanted)) {
        fail_msg("%s is read as %a, not %a", text, value, wanted);
    }
}

static void
an_object_is_read_piece_by_piece(void **state)
{
    (void)state;
    static const char text[] = " {\"a\" : 1 , \"b\":[true,false , null], \"c\":{} ,\"d\":\"x\"} ";
    struct reading r;
    struct od_json_string key;
    size_t at;
    char pointer[64];
    begin(&r, text, strlen(text));
    assert_int_equal(od_json_peek(&r.json), OD_JSON_OBJECT);
    assert_true(od_json_enter(&r.json));
    assert_true(od_json_key(&r.json, &key, &at));
    assert_int_equal(at, 2);
    assert_memory_equal(key.text, "a", 1);
    assert_int_equal(od_json_peek(&r.json), OD_JSON_INT);
    assert_int_equal(od_json_peek(&r.json), OD_JSON_INT);
    assert_int_equal(od_json_int(&r.json), 1);
    assert_true(od_json_key(&r.json, &key, &at));
    assert_int_equal(od_json_peek(&r.json), OD_JSON_ARRAY);
    assert_true(od_json_enter(&r.json));
    assert_true(od_json_element(&r.json));
    assert_int_equal(od_json_peek(&r.json), OD_JSON_BOOL);
    assert_true(od_json_bool(&r.json));
    assert_true(od_json_element(&r.json));
    assert_int_equal(od_json_peek(&r.json), OD_JSON_BOOL);
    assert_int_equal(od_json_offset(&r.json), 22);
    od_json_pointer(&r.json, pointer, sizeof pointer);
    assert_string_equal(pointer, "/b/1");
    assert_false(od_json_bool(&r.json));
    assert_true(od_json_element(&r.json));
    assert_int_equal(od_json_peek(&r.json), OD_JSON_NULL);
    od_json_null(&r.json);
    assert_false(od_json_element(&r.json));
    assert_true(od_json_key(&r.json, &key, NULL));
    assert_int_equal(od_json_peek(&r.json), OD_JSON_OBJECT);
    assert_true(od_json_enter(&r.json));
    assert_false(od_json_key(&r.json, &key, NULL));
    assert_true(od_json_key(&r.json, &key, NULL));
    assert_int_equal(od_json_peek(&r.json), OD_JSON_STRING);
    struct od_json_string string = od_json_text(&r.json);
    assert_int_equal(string.length, 1);
    assert_false(od_json_key(&r.json, &key, NULL));
    assert_true(od_json_finish(&r.json));
    assert_int_equal(r.diags.count, 0);
    end(&r);
}

static void
integers_are_whole_and_as_near_as_64_bits_go(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {{"0", 0},
                 {"-0", 0},
                 {"-1", -1},
                 {"1234567890123456789", INT64_C(1234567890123456789)},
                 {"9223372036854775807", INT64_MAX},
                 {"-9223372036854775808", INT64_MIN},
                 {"9223372036854775808", INT64_MAX},
                 {"-9223372036854775809", INT64_MIN},
                 {"99999999999999999999999", INT64_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading r;
        begin(&r, cases[i].text, strlen(cases[i].text));
        assert_int_equal(od_json_peek(&r.json), OD_JSON_INT);
        assert_true(od_json_int(&r.json) == cases[i].value);
        assert_true(od_json_finish(&r.json));
        end(&r);
    }
}

static void
reals_are_correctly_rounded(void **state)
{
    (void)state;
    assert_bits("0.0", 0.0);
    assert_bits("-0.0", -0.0);
    assert_bits("-0e5", -0.0);
    assert_bits("-0", 0.0);
    assert_bits("1", 1.0);
    assert_bits("0.1", 0.1);
    assert_bits("0.8", 0.8);
    assert_bits("123.456e2", 12345.6);
    assert_bits("1E+2", 100.0);
    assert_bits("9007199254740992", 9007199254740992.0);
    assert_bits("9007199254740993.0", 9007199254740992.0);
    assert_bits("9007199254740993.00000000000000000001", 9007199254740994.0);
    assert_bits("0.30000000000000004", 0.30000000000000004);
    assert_bits("0.123456789012345678", 0.123456789012345678);
    assert_bits("1e22", 1e22);
    assert_bits("1e23", 1e23);
    assert_bits("123456789012345678901234567890.0", 123456789012345678901234567890.0);
    assert_bits("1.7976931348623157e308", 1.7976931348623157e308);
    assert_bits("2.2250738585072014e-308", 2.2250738585072014e-308);
    assert_bits("2.2250738585072011e-308", 2.2250738585072011e-308);
    assert_bits("4.9406564584124654e-324", 4.9406564584124654e-324);
    assert_bits("1e-400", 0.0);
    assert_bits("18446744073709551617", 18446744073709551616.0);
    assert_bits("-100000000000000000000", -1e20);
    assert_bits("1e309", (double)INFINITY);
    assert_bits("-1e999999999999999999", -(double)INFINITY);
    assert_bits("0.000000000000000000000000000000000000000000001", 1e-45);
}

static void
random_reals_are_read_as_strtod_reads_them(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        uint64_t bits = random_bits(&seed);
        double value = (double)(int64_t)bits / 9223372036854775808.0;
        if (i % 4 == 0) {
            snprintf(text, sizeof text, "%.*f", (int)(bits % 20) + 1, value);
        } else if (i % 4 == 1) {
            snprintf(text, sizeof text, "%.17g", value * 1000);
        } else if (i % 4 == 2) {
            memcpy(&value, &bits, sizeof value);
            snprintf(text, sizeof text, "%.*e", (int)(bits % 21), isfinite(value) ? value : 0.5);
        } else { /* as many digits as 64 bits hold, a point somewhere */
            int digits = snprintf(text, sizeof text, "%llu", (unsigned long long)bits);
            int point = (int)(random_bits(&seed) % (uint64_t)digits) + 1;
            memmove(text + point + 1, text + point, (size_t)(digits - point) + 1);
            text[point] = '.';
            if (point == digits) {
                text[point + 1] = '0';
                text[point + 2] = '\0';
            }
        }
        double wanted = strtod(text, NULL);
        if (isfinite(wanted)) {
            assert_bits(text, wanted);
        }
    }
}

static void
zeros_and_exponents_may_make_up_for_each_other(void **state)
{
    (void)state;
    static const struct {
        int zeros;
        const char *exponent;
    } cases[] = {{150000, "e150000"}, {150000, "e150001"}, {99999, "e100000"},
                 {100001, "e100000"}, {99998, "e99000"},   {900, "e905"},
                 {990, "e+1200"},     {1000, "e1005"},     {400, "e90"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct od_buf text = {0};
        od_buf_printf(&text, "0.%0*d1%s", cases[i].zeros, 0, cases[i].exponent);
        assert_false(text.failed);
        od_buf_append(&text, "", 1);
        assert_bits((const char *)text.data, strtod((const char *)text.data, NULL));
        od_buf_clear(&text);
    }
}

static void
halfway_cases_round_to_even(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < 20000; i++) {
        /* exactly between two doubles of 53 bits: an odd number of 54 bits, and its neighbours */
        uint64_t odd = (random_bits(&seed) >> 10) | (UINT64_C(1) << 53) | 1;
        char text[64];
        for (int k = -1; k <= 1; k++) {
            snprintf(text, sizeof text, "%llu.%s", (unsigned long long)odd - (k < 0),
                     k == 0  ? "0"
                     : k < 0 ? "99"
                             : "01");
            assert_bits(text, strtod(text, NULL));
        }
    }
}

static void
the_locale_does_not_matter(void **state)
{
    (void)state;
    /* where such a locale is installed its decimal sign is a comma */
    const char *set = setlocale(LC_NUMERIC, "de_DE.UTF-8");
    assert_bits("0.1234567890123456789012345", 0.1234567890123456789012345);
    assert_bits("1.5e300", 1.5e300);
    if (set != NULL) {
        setlocale(LC_NUMERIC, "C");
    }
}

static void
assert_text_is(const char *json, const char *wanted, size_t length)
{
    struct reading r;
    char *copy = exactly(json);
    begin(&r, copy, strlen(json));
    assert_int_equal(od_json_peek(&r.json), OD_JSON_STRING);
    struct od_json_string text = od_json_text(&r.json);
    assert_true(od_json_finish(&r.json));
    assert_int_equal(text.length, length);
    assert_memory_equal(text.text, wanted, length);
    end(&r);
    free(copy);
}

static void
strings_are_decoded(void **state)
{
    (void)state;
    assert_text_is("\"\"", "", 0);
    assert_text_is("\"kick\"", "kick", 4);
    assert_text_is("\"a long string without anything to decode in it\"",
                   "a long string without anything to decode in it", 46);
    assert_text_is("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8);
    assert_text_is("\"\\u0041\\u00e4\\u20AC\\uD834\\udd1E.\"",
                   "A\xc3\xa4\xe2\x82\xac\xf0\x9d\x84\x9e.", 11);
    assert_text_is("\"gr\xc3\xb6\xc3\x9f\x65 \xf0\x9d\x84\x9e\"",
                   "gr\xc3\xb6\xc3\x9f\x65 \xf0\x9d\x84\x9e", 12);
    assert_text_is("\"\\u0001\x7f\"", "\x01\x7f", 2);
    assert_text_is("\"12345678\\n12345678\"", "12345678\n12345678", 17);
}

static void
every_ascii_byte_is_judged_at_every_place_of_a_string(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        for (size_t place = 1; place < 19; place++) {
            char text[20];
            memset(text, 'x', sizeof text);
            text[0] = text[19] = '"';
            text[place] = (char)byte;
            struct reading r;
            begin(&r, text, sizeof text);
            struct od_json_string string = od_json_text(&r.json);
            bool fine = od_json_finish(&r.json);
            assert_int_equal(fine, byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\');
            assert_true(!fine || (string.length == 18 && string.text[place - 1] == byte));
            end(&r);
        }
    }
}

/* Reads over a text; the message of the first finding, or "" (for the caller to free). */
static char *
judge(const char *text, size_t length)
{
    struct reading r;
    begin(&r, text, length);
    od_json_skip(&r.json);
    od_json_finish(&r.json);
    char *message = strdup(r.diags.count > 0 ? r.diags.items[0].message : "");
    assert_true(r.diags.count <= 1 || strcmp(r.diags.items[0].code, "duplicate-key") == 0);
    assert_int_equal(r.diags.errors > 0, message[0] != '\0');
    end(&r);
    return message;
}

static void
each_syntax_error_says_what_was_expected_and_found(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "expected a value, found the end of the text"},
        {" ", "expected a value, found the end of the text"},
        {"{", "expected a key in double quotes or '}', found the end of the text"},
        {"[", "expected a value, found the end of the text"},
        {"[1", "expected ',' or ']', found the end of the text"},
        {"[1,", "expected a value, found the end of the text"},
        {"[1 2]", "expected ',' or ']', found '2'"},
        {"[1}", "expected ',' or ']', found '}'"},
        {"[,1]", "expected a value, found ','"},
        {"[1,]", "expected a value after the comma, found ']'"},
        {"{\"a\"}", "expected ':' after the key, found '}'"},
        {"{\"a\":}", "expected a value, found '}'"},
        {"{\"a\":1,}", "expected a key in double quotes, found '}'"},
        {"{\"a\":1 \"b\":2}", "expected ',' or '}', found '\"'"},
        {"{,}", "expected a key in double quotes or '}', found ','"},
        {"{1:2}", "expected a key in double quotes or '}', found '1'"},
        {"1 2", "expected the end of the text after the value, found '2'"},
        {"]", "expected a value, found ']'"},
        {"-", "expected a digit after the minus sign, found the end of the text"},
        {"-x", "expected a digit after the minus sign, found 'x'"},
        {"01", "expected no digit after a leading zero, found '1'"},
        {"-00", "expected no digit after a leading zero, found '0'"},
        {"1.", "expected a digit after the decimal point, found the end of the text"},
        {"1.e5", "expected a digit after the decimal point, found 'e'"},
        {"1e", "expected a digit of the exponent, found the end of the text"},
        {"1e+", "expected a digit of the exponent, found the end of the text"},
        {"1e5.5", "expected the end of a number, found '.'"},
        {"12ab", "expected the end of a number, found 'ab'"},
        {"tru", "expected true, found 'tru'"},
        {"nul", "expected null, found 'nul'"},
        {"fals\n", "expected false, found 'fals'"},
        {"truex", "expected the end of the text after the value, found 'x'"},
        {"\"a", "expected the closing '\"' of a string, found the end of the text"},
        {"\"a\nb\"",
         "expected a closing '\"' (or an escape such as \\n), found the end of the line"},
        {"\"\\x\"", "expected one of \"\\/bfnrtu after a backslash, found 'x'"},
        {"\"\\", "expected one of \"\\/bfnrtu after a backslash, found the end of the text"},
        {"\"\\u12", "expected four hexadecimal digits after \\u"},
        {"\"\\u12g4\"", "expected four hexadecimal digits after \\u"},
        {"\"\\ud800\"", "expected a second surrogate after \\ud800"},
        {"\"\\ud800\\u0041\"", "expected a second surrogate after \\ud800"},
        {"\"\\udc00\"", "expected a first surrogate before \\udc00"},
        {"\"\\u0000\"", "\\u0000 is not allowed: no name or value may hold a NUL"},
        {"\"\x80\"", "expected UTF-8, found the byte 0x80 that is none"},
        {"\"\xc3\"", "expected UTF-8, found the byte 0xC3 that is none"},
        {"\"\xed\xa0\x80\"", "expected UTF-8, found the byte 0xED that is none"},
        {"\"\xf4\x90\x80\x80\"", "expected UTF-8, found the byte 0xF4 that is none"},
        {"\"\xe0\x80\x80\"", "expected UTF-8, found the byte 0xE0 that is none"},
        {"\xef\xbb\xbf{}", "the text begins with a byte-order mark: save it as UTF-8 without one"},
        {"[1\n 2]", "expected ',' or ']', found the end of the line"},
        {"[1 2]", "expected ',' or ']', found '2'"},
        {"[1\n }", "expected ',' or ']', found '}'"},
        {"{\"a\":1,\"a\":2}", "the key 'a' stands here a second time"},
        {"{\"a\":1,\"\\u0061\":2}", "the key 'a' stands here a second time"},
        {"'a'", "expected a value, found a single quote"},
        {"None", "expected a value, found 'None' (JSON says null)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *copy = exactly(cases[i].text);
        char *message = judge(copy, strlen(cases[i].text));
        assert_string_equal(message, cases[i].message);
        free(message);
        free(copy);
    }
}

static void
nested(char *text, size_t levels)
{
    memset(text, '[', levels);
    memset(text + levels, ']', levels);
    text[2 * levels] = '\0';
}

static void
depth_ends_at_64(void **state)
{
    (void)state;
    char text[200];
    nested(text, 64);
    char *message = judge(text, strlen(text));
    assert_string_equal(message, "");
    free(message);
    nested(text, 65);
    message = judge(text, strlen(text));
    assert_string_equal(message, "nested too deep: the most is 64 levels");
    free(message);
}

static void
a_text_too_large_is_not_looked_at(void **state)
{
    (void)state;
    struct reading r;
    begin(&r, "1", OD_JSON_SIZE_MAX + 1);
    assert_true(r.json.broken);
    assert_string_equal(r.diags.items[0].code, "too-large");
    end(&r);
}

static void
a_broken_reader_returns_at_once(void **state)
{
    (void)state;
    struct reading r;
    struct od_json_string key;
    begin(&r, "x", 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(od_json_peek(&r.json), OD_JSON_END);
        assert_false(od_json_enter(&r.json));
        assert_false(od_json_key(&r.json, &key, NULL));
        assert_false(od_json_element(&r.json));
        assert_false(od_json_bool(&r.json));
        assert_true(od_json_int(&r.json) == 0);
        assert_true(od_json_real(&r.json) == 0);
        assert_int_equal(od_json_text(&r.json).length, 0);
        od_json_null(&r.json);
        od_json_skip(&r.json);
        assert_false(od_json_finish(&r.json));
    }
    assert_int_equal(r.diags.errors, 1);
    end(&r);
}

/* Reads the text as a plain object or array of two; false must leave the reader where it was. */
static bool
is_plain(const char *text, struct od_json_plain *plain)
{
    static const struct od_json_plain_name names[] = {
        OD_JSON_PLAIN_NAME("a"), OD_JSON_PLAIN_NAME("bpm"), OD_JSON_PLAIN_NAME("sixteen_bytes_")};
    struct reading r;
    char *copy = exactly(text);
    begin(&r, copy, strlen(text));
    bool read = text[0] == '[' ? od_json_plain_array(&r.json, plain->values, 2)
                               : od_json_plain_object(&r.json, names, 3, plain);
    assert_int_equal(r.diags.count, 0);
    assert_int_equal(r.json.depth, 0);
    assert_true(read || r.json.at == r.json.start);
    if (read) {
        char *message = judge(text, strlen(text));
        assert_string_equal(message, "");
        free(message);
    }
    end(&r);
    free(copy);
    return read;
}

#define SPACE "                        " /* the fast way looks ahead */

static void
plain_objects_are_read_at_once(void **state)
{
    (void)state;
    struct od_json_plain p;
    assert_true(is_plain("{\"a\":1,\"bpm\":-2.5,\"sixteen_bytes_\":3 }" SPACE, &p));
    assert_int_equal(p.seen, 7);
    assert_int_equal(p.null, 0);
    assert_true(p.values[0] == 1 && p.values[1] == -2.5 && p.values[2] == 3);
    assert_true(is_plain("{ \"bpm\": null , \"a\": 0.125 }" SPACE, &p));
    assert_int_equal(p.seen, 3);
    assert_int_equal(p.null, 2);
    assert_true(p.values[0] == 0.125);
    assert_true(is_plain("[1, -0.5]", &p));
    assert_true(is_plain("[ 1 ,2]", &p));
}

static void
what_is_not_plain_is_left_alone(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"a\":1,\"a\":2}" SPACE,
        "{\"b\":1}" SPACE,
        "{\"ab\":1}" SPACE,
        "{\"\\u0061\":1}" SPACE,
        "{\"a\":\"1\"}" SPACE,
        "{\"a\":true}" SPACE,
        "{\"a\":[1]}" SPACE,
        "{\"a\":1,}" SPACE,
        "{,\"a\":1}" SPACE,
        "{\"a\" :1}" SPACE,
        "{\"a\":1e2}" SPACE,
        "{\"a\":01}" SPACE,
        "{\"a\":1.}" SPACE,
        "{\"a\":.5}" SPACE,
        "{\"a\":-}" SPACE,
        "{\"a\":1 2}" SPACE,
        "{\"a\":nul}" SPACE,
        "{\"a\":nullx}" SPACE,
        "{\"a\":1",
        "{",
        "{\"a\":1]" SPACE,
        "{\"a\":1234567890123456789}" SPACE,
        "{\"sixteen_bytes\":1}" SPACE,
        "[1,2,3]",
        "[1,2",
        "[]",
        "[1,null]",
        "[1,2}",
        "[1,,2]",
        "[1 2]",
        "[1,2e1]",
        "[-,1]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct od_json_plain plain;
        if (is_plain(texts[i], &plain)) {
            fail_msg("read: %s", texts[i]);
        }
    }
}

static void
an_expected_key_is_read_if_it_is_the_next(void **state)
{
    (void)state;
    static const char text[] = "{ \"bpm\" :1, \"bpm\":2 ,\"swing\":3}";
    struct reading r;
    struct od_json_string key;
    begin(&r, text, strlen(text));
    assert_int_equal(od_json_peek(&r.json), OD_JSON_OBJECT);
    assert_true(od_json_enter(&r.json));
    assert_false(od_json_key_is(&r.json, "bpm")); /* the space before the colon is unusual */
    assert_true(od_json_key(&r.json, &key, NULL));
    assert_true(od_json_int(&r.json) == 1);
    assert_false(od_json_key_is(&r.json, "bp"));
    assert_false(od_json_key_is(&r.json, "bpmx"));
    assert_true(od_json_key_is(&r.json, "bpm"));
    assert_true(od_json_real(&r.json) == 2);
    assert_false(od_json_key_is(&r.json, "bpm"));
    assert_true(od_json_key_is(&r.json, "swing"));
    assert_int_equal(od_json_offset(&r.json), strstr(text, "\"swing") - text);
    assert_true(od_json_real(&r.json) == 3);
    assert_false(od_json_key_is(&r.json, "swing"));
    assert_false(od_json_key(&r.json, &key, NULL));
    assert_true(od_json_finish(&r.json));
    end(&r);
}

static void
many_keys_are_told_apart(void **state)
{
    (void)state;
    enum {
        N = 5000
    };
    static char names[N][8];
    struct reading r;
    struct od_json_keys keys = {0};
    begin(&r, "0", 1);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < N; i++) {
            int length = snprintf(names[i], sizeof names[i], "k%zu", i);
            struct od_json_string key = {names[i], (size_t)length};
            assert_true(od_json_keys_add(&r.json, &keys, key, 0));
        }
        od_json_keys_reset(&keys);
    }
    for (size_t i = 0; i < N; i++) {
        struct od_json_string key = {names[i], strlen(names[i])};
        assert_true(od_json_keys_add(&r.json, &keys, key, 0));
        assert_int_equal(r.diags.errors, i);
        assert_false(od_json_keys_add(&r.json, &keys, key, 0));
    }
    struct od_json_string empty = {"", 0};
    assert_true(od_json_keys_add(&r.json, &keys, empty, 0));
    assert_false(od_json_keys_add(&r.json, &keys, empty, 0));
    end(&r);
}

static void
pointers_are_escaped_and_cut_at_characters(void **state)
{
    (void)state;
    char out[16] = "";
    od_json_pointer_step(out, sizeof out, "a/b~", 4);
    assert_string_equal(out, "/a~1b~0");
    od_json_pointer_step(out, sizeof out, "", 0);
    assert_string_equal(out, "/a~1b~0/");
    od_json_pointer_step(out, sizeof out, "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 8);
    assert_true(strlen(out) < sizeof out);
    assert_string_equal(out, "/a~1b~0//\xc3\xbc\xc3\xbc");
    od_json_pointer_step(out, sizeof out, "xyz", 3);
    od_json_pointer_step(out, sizeof out, "xyz", 3);
    assert_true(strlen(out) < sizeof out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_read_piece_by_piece),
        cmocka_unit_test(integers_are_whole_and_as_near_as_64_bits_go),
        cmocka_unit_test(reals_are_correctly_rounded),
        cmocka_unit_test(random_reals_are_read_as_strtod_reads_them),
        cmocka_unit_test(zeros_and_exponents_may_make_up_for_each_other),
        cmocka_unit_test(halfway_cases_round_to_even),
        cmocka_unit_test(the_locale_does_not_matter),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(every_ascii_byte_is_judged_at_every_place_of_a_string),
        cmocka_unit_test(each_syntax_error_says_what_was_expected_and_found),
        cmocka_unit_test(depth_ends_at_64),
        cmocka_unit_test(a_text_too_large_is_not_looked_at),
        cmocka_unit_test(a_broken_reader_returns_at_once),
        cmocka_unit_test(plain_objects_are_read_at_once),
        cmocka_unit_test(what_is_not_plain_is_left_alone),
        cmocka_unit_test(an_expected_key_is_read_if_it_is_the_next),
        cmocka_unit_test(many_keys_are_told_apart),
        cmocka_unit_test(pointers_are_escaped_and_cut_at_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
