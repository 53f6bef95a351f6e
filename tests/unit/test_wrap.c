#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/wrap.h"

static const struct {
    const char *text;
    unsigned columns;
    const char *wrapped;
} cases[] = {
    {"", 20, ""},
    {"\n\n", 20, "\n\n"},
    {"short\n", 20, "short\n"},
    {"no line feed", 20, "no line feed"},
    {"as wide as there is.\n", 20, "as wide as there is.\n"},
    {"one wider than there is\n", 20, "one wider than there\n    is\n"},
    {"prog: it goes on and on and on until its end\n", 20,
     "prog: it goes on and\n    on and on until\n    its end\n"},
    {"prog: /a/path/that/cannot/be/broken, but the rest can\n", 20,
     "prog:\n    /a/path/that/cannot/be/broken,\n    but the rest can\n"},
    {"/a/path/that/cannot/be/broken\n", 20, "/a/path/that/cannot/be/broken\n"},
    {"  what is indented stays as it is\n", 20, "  what is indented stays as it is\n"},
    {"  0123456789abcdef\n    ^\n  at /x\n", 20, "  0123456789abcdef\n    ^\n  at /x\n"},
    {"  0123456789abcdefghijklmnopqrst\n    ^\n  at /x\n", 20,
     "  0123456789ab...\n    ^\n  at /x\n"},
    {"  0123456789abcdefghijklmnopqrst\n                 ^\n", 20,
     "  ...9abcdefghijk...\n           ^\n"},
    {"  0123456789abcdefghijklmnopqrst\n                               ^\n", 20,
     "  ...nopqrst\n           ^\n"},
    {"  "
     "\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83"
     "\x94"
     "\xe3\x83\x94\xe3\x83\x94x\n                      ^\n",
     20, "  ...\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94x\n           ^\n"},
    {"two lines, each of which is too wide\nfor the terminal that there is\n", 20,
     "two lines, each of\n    which is too\n    wide\nfor the terminal\n    that there is\n"},
    {"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc \xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc "
     "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc "
     "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\n",
     20,
     "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc \xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc "
     "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc "
     "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\n"},
    {"\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94 "
     "\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\n",
     20,
     "\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\n    "
     "\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\xe3\x83\x94\n"},
    {"\xff\xfe\xff bytes that are none\n", 20, "\xff\xfe\xff bytes that are\n    none\n"},
    {"{\"json\": \"is for programs, also on a terminal\"}\n", 20,
     "{\"json\": \"is for programs, also on a terminal\"}\n"},
    {"one wider than there is\n", 19, "one wider than there is\n"},
    {"one wider than there is\n", 0, "one wider than there is\n"},
};

static void
lines_end_where_words_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct od_buf out = {0};
        assert_true(od_wrap(cases[i].text, strlen(cases[i].text), cases[i].columns, &out));
        assert_int_equal(out.length, strlen(cases[i].wrapped));
        assert_memory_equal(out.length > 0 ? out.data : (const void *)"", cases[i].wrapped,
                            out.length);
        od_buf_clear(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_where_words_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
