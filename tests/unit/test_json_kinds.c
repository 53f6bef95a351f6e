/* The JSON reader before texts of every kind: tests/json has those that RFC 8259 accepts, those
 * that it refuses, and those of which it leaves it to the reader. Where we differ, and what we do
 * with the last kind, is listed here; oiduna-ir(5) says why. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "text/json.h"

#define FOLDER "tests/json/"

struct verdict {
    const char *file;
    const char *code; /* of the finding with which it is refused; NULL: accepted */
};

/* No name and no value may hold a NUL, no key may stand twice: both would be lost without a word.
 */
static const struct verdict valid_refused[] = {
    {"object-escaped-nul-in-key.json", "nul"},
    {"object-repeated-key-and-value.json", "duplicate-key"},
    {"object-repeated-key.json", "duplicate-key"},
    {"string-nul-escape.json", "nul"},
};

static const struct verdict either[] = {
    {"number-huge-exponent.json", NULL},
    {"number-huge-negative-exponent.json", NULL},
    {"number-negative-integer-huge-exponent.json", NULL},
    {"number-positive-integer-huge-exponent.json", NULL},
    {"number-real-neg-overflow.json", NULL},
    {"number-real-pos-overflow.json", NULL},
    {"number-real-underflow.json", NULL},
    {"number-too-big-negative-integer.json", NULL},
    {"number-too-big-positive-integer.json", NULL},
    {"number-very-big-negative-integer.json", NULL},
    {"object-key-lone-second-surrogate.json", "syntax"},
    {"string-first-surrogate-but-second-missing.json", "syntax"},
    {"string-first-valid-second-invalid.json", "syntax"},
    {"string-incomplete-surrogate-and-escape.json", "syntax"},
    {"string-incomplete-surrogate-pair.json", "syntax"},
    {"string-incomplete-surrogates.json", "syntax"},
    {"string-invalid-surrogate.json", "syntax"},
    {"string-invalid-utf8.json", "utf-8"},
    {"string-inverted-surrogates.json", "syntax"},
    {"string-iso-latin-1.json", "utf-8"},
    {"string-lone-continuation-byte.json", "utf-8"},
    {"string-lone-second-surrogate.json", "syntax"},
    {"string-lonely-surrogate.json", "syntax"},
    {"string-not-in-unicode-range.json", "utf-8"},
    {"string-overlong-six-bytes-null.json", "utf-8"},
    {"string-overlong-six-bytes.json", "utf-8"},
    {"string-overlong-two-bytes.json", "utf-8"},
    {"string-truncated-utf8.json", "utf-8"},
    {"string-utf16be-no-bom.json", "syntax"},
    {"string-utf16le-no-bom.json", "syntax"},
    {"string-utf16le-with-bom.json", "syntax"},
    {"string-utf8-surrogate.json", "utf-8"},
    {"structure-500-nested-arrays.json", "too-deep"},
    {"structure-64-nested-arrays.json", NULL},
    {"structure-65-nested-arrays.json", "too-deep"},
    {"structure-bom-empty-object.json", "byte-order-mark"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
read_file(const char *folder, const char *name, struct od_buf *text)
{
    char path[512], piece[4096];
    snprintf(path, sizeof path, FOLDER "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;) {
        assert_true(od_buf_append(text, piece, n));
    }
    fclose(file);
}

/* Reads over the text, in memory of exactly its length; the code of the first finding, or NULL. */
static const char *
judge(const char *folder, const char *name)
{
    static char code[32];
    struct od_buf text = {0};
    struct od_diag_list diags = {0};
    struct od_arena arena = {0};
    struct od_json json;
    read_file(folder, name, &text);
    char *copy = malloc(text.length == 0 ? 1 : text.length);
    assert_non_null(copy);
    if (text.length > 0) {
        memcpy(copy, text.data, text.length);
    }
    const struct od_source source = {name, copy, text.length};
    od_json_init(&json, &source, &diags, &arena);
    od_json_skip(&json);
    od_json_finish(&json);
    snprintf(code, sizeof code, "%s", diags.count > 0 ? diags.items[0].code : "");
    free(copy);
    od_buf_clear(&text);
    od_diag_clear(&diags);
    od_arena_clear(&arena);
    return code[0] == '\0' ? NULL : code;
}

static const struct verdict *
find_verdict(const struct verdict *verdicts, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(verdicts[i].file, name) == 0) {
            return &verdicts[i];
        }
    }
    return NULL;
}

static int
is_json(const struct dirent *entry)
{
    return strstr(entry->d_name, ".json") != NULL;
}

/* Judges each file of a folder; `wanted` says whether the code is right. How many there were. */
static int
judge_all(const char *folder, bool (*wanted)(const char *name, const char *code))
{
    char path[512];
    struct dirent **entries = NULL;
    int bad = 0;
    snprintf(path, sizeof path, FOLDER "%s", folder);
    int n = scandir(path, &entries, is_json, alphasort);
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name, *code = judge(folder, name);
        if (!wanted(name, code)) {
            print_error("%s/%s: %s\n", folder, name, code == NULL ? "accepted" : code);
            bad++;
        }
        free(entries[i]);
    }
    free(entries);
    assert_int_equal(bad, 0);
    return n;
}

static bool
is_as_listed(const struct verdict *verdict, const char *code)
{
    return (verdict->code == NULL) == (code == NULL) &&
           (code == NULL || strcmp(verdict->code, code) == 0);
}

static bool
want_accepted(const char *name, const char *code)
{
    const struct verdict *verdict = find_verdict(valid_refused, COUNT(valid_refused), name);
    return verdict == NULL ? code == NULL : is_as_listed(verdict, code);
}

static bool
want_refused(const char *name, const char *code)
{
    (void)name;
    return code != NULL;
}

static bool
want_listed(const char *name, const char *code)
{
    const struct verdict *verdict = find_verdict(either, COUNT(either), name);
    return verdict != NULL && is_as_listed(verdict, code);
}

static void
what_is_json_is_read_but_for_what_is_listed(void **state)
{
    (void)state;
    judge_all("valid", want_accepted);
}

static void
what_is_no_json_is_refused(void **state)
{
    (void)state;
    judge_all("invalid", want_refused);
}

static void
what_is_left_to_the_reader_is_decided_as_listed(void **state)
{
    (void)state;
    assert_int_equal(judge_all("either", want_listed), COUNT(either));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_json_is_read_but_for_what_is_listed),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(what_is_left_to_the_reader_is_decided_as_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
