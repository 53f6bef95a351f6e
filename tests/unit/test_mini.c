/* The mini-notation: what must mean the same, what comes round when, rhythms, limits, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pattern/mini.h"
#include "pattern/query.h"

#define WORK ((size_t)20000000)

struct played {
    struct od_arena arena;
    struct od_diag_list diags;
    struct od_source source;
    struct od_query query;
    const struct od_mini *node;
};

static void
open_pattern(struct played *played, const char *text)
{
    memset(played, 0, sizeof *played);
    played->source = (struct od_source){"-", text, strlen(text)};
    played->query = (struct od_query){.arena = &played->arena, .work = WORK, .key = 1};
    played->node =
        od_mini_read(&played->source, text, strlen(text), &played->arena, &played->diags);
}

static void
close_pattern(struct played *played)
{
    od_query_clear(&played->query);
    od_diag_clear(&played->diags);
    od_arena_clear(&played->arena);
}

static void
print_atom(struct od_buf *out, const struct od_mini *atom)
{
    if (atom->is_number) {
        od_buf_printf(out, "%g", atom->number);
    } else {
        od_buf_printf(out, "%.*s", (int)atom->length, atom->text);
    }
}

static void
print_haps(struct od_buf *out, const struct od_query *query)
{
    for (size_t i = 0; i < query->count; i++) {
        const struct od_hap *hap = &query->haps[i];
        od_buf_printf(out, "%lld/%lld-%lld/%lld:", (long long)hap->whole.begin.num,
                      (long long)hap->whole.begin.den, (long long)hap->whole.end.num,
                      (long long)hap->whole.end.den);
        print_atom(out, hap->atom);
        if (hap->tail != NULL) {
            od_buf_printf(out, ":");
            print_atom(out, hap->tail);
        }
        od_buf_printf(out, " ");
    }
}

/* All that a pattern plays in `cycles`; to be freed. */
static char *
play(const char *text, int64_t cycles)
{
    struct played played;
    struct od_buf out = {0};
    open_pattern(&played, text);
    if (played.node == NULL) {
        od_buf_printf(&out, "error: %s", played.diags.items[0].message);
    }
    for (int64_t i = 0; i < cycles && played.node != NULL; i++) {
        if (!od_query_cycle(&played.query, played.node, i)) {
            od_buf_printf(&out, "error: %s", played.query.error);
            break;
        }
        print_haps(&out, &played.query);
    }
    close_pattern(&played);
    od_buf_append(&out, "", 1);
    return (char *)out.data;
}

static void
assert_same(const char *a, const char *b)
{
    char *x = play(a, 12), *y = play(b, 12);
    if (strcmp(x, y) != 0) {
        print_message("%s: %s\n%s: %s\n", a, x, b, y);
    }
    assert_string_equal(x, y);
    assert_null(strstr(x, "error"));
    free(x);
    free(y);
}

static void
test_what_is_written_two_ways_plays_the_same(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"a b", "[a b]"},
        {"a b", "[[[a] [b]]]"},
        {"a*2", "a a"},
        {"a*2 b", "[a a] b"},
        {"[a b]*2", "a b a b"},
        {"[a b]/2", "<a b>"},
        {"<a b c>", "[a b c]/3"},
        {"<a b>*2", "a b"},
        {"<a b>*4", "[a b]*2"},
        {"a!3 b", "a a a b"},
        {"a! b", "a a b"},
        {"a ! ! b", "a a a b"},
        {"a!2!2 b", "a!3 b"},
        {"a@3 b", "a _ _ b"},
        {"a@3 b", "[a@3 b]"},
        {"a@1.5 b", "a@3 b@2"},
        {"<a@3 b>", "[a@3 b]/4"},
        {"<a!2 b>", "[a a b]/3"},
        {"a . b c", "a [b c]"},
        {"a b . c d . e", "[a b] [c d] e"},
        {"[a . b c] d", "[a [b c]] d"},
        {"0 .. 3", "0 1 2 3"},
        {"3 .. 0", "3 2 1 0"},
        {"0 .. 3 7", "[0 1 2 3] 7"},
        {"0..3", "0 .. 3"},
        {"[0 2] .. 3", "[0 1 2 3] [2 3]"},
        {"{a b c}%4", "[a b c]*<4>/3"},
        {"{a b c}%3", "a b c"},
        {"{a b, c d e}", "[a b, [c d e]*2/3]"},
        {"{a b c d}%2", "<[a b] [c d]>"},
        {"a,b", "[a,b]"},
        {"~ a", "- a"},
        {"a*1.5", "a*3/2"},
        {"a*<2 3>", "<[a a] [a a a]>"},
        {"a(3,8)", "a ~ ~ a ~ ~ a ~"},
        {"a(3,8,2)", "a ~ a ~ ~ a ~ ~"},
        {"a(3,8,-1)", "~ ~ a ~ ~ a ~ a"},
        {"a(-3,8)", "~ a a ~ a a ~ a"},
        {"a(<3 5>,8)", "<a(3,8) a(5,8)>"},
        {"a(3,8,8)", "a(3,8)"},
        {"a?0", "a"},
        {"a?1", "~"},
        {"a*0 b", "~ b"},
        {"a/0", "~"},
        {"bd:3 sn", "[bd:3] sn"},
        {"<bd sn>:3", "<bd:3 sn:3>"},
        {" a  b ", "a b"},
        {"a *2", "a*2"},
        {"", "~"},
        {"[]", "~"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_same(pairs[i][0], pairs[i][1]);
    }
}

/* ---- rhythms ---- */

/* Toussaint's table of rhythms that are played, and Bjorklund's own example. */
static void
test_rhythms_are_those_of_the_table(void **state)
{
    (void)state;
    static const struct {
        int64_t k, n;
        const char *bits;
    } table[] = {
        {1, 2, "10"},
        {1, 3, "100"},
        {1, 4, "1000"},
        {4, 12, "100100100100"},
        {2, 5, "10100"},
        {3, 4, "1110"},
        {3, 5, "10101"},
        {3, 7, "1010100"},
        {3, 8, "10010010"},
        {4, 7, "1010101"},
        {4, 9, "101010100"},
        {4, 11, "10010010010"},
        {5, 6, "111110"},
        {5, 7, "1011011"},
        {5, 8, "10110110"},
        {5, 9, "101010101"},
        {5, 11, "10101010100"},
        {5, 12, "100101001010"},
        {5, 16, "1001001001001000"},
        {7, 8, "11111110"},
        {7, 12, "101101011010"},
        {7, 16, "1001010100101010"},
        {9, 16, "1011010101101010"},
        {11, 24, "100101010101001010101010"},
        {13, 24, "101101010101011010101010"},
        {5, 13, "1001010010100"},
        {0, 4, "0000"},
        {4, 4, "1111"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        unsigned char bits[32];
        char shown[33] = {0};
        assert_true(od_query_rhythm(table[i].k, table[i].n, bits));
        for (int64_t j = 0; j < table[i].n; j++) {
            shown[j] = (char)('0' + bits[j]);
        }
        assert_string_equal(shown, table[i].bits);
    }
}

/* No two gaps differ by more than one step, and each stroke is one of k. */
static void
test_rhythms_are_as_even_as_can_be(void **state)
{
    (void)state;
    for (int64_t n = 1; n <= 40; n++) {
        for (int64_t k = 1; k <= n; k++) {
            unsigned char bits[64];
            int64_t count = 0, least = n, most = 0, last = -1, first = -1;
            assert_true(od_query_rhythm(k, n, bits));
            for (int64_t i = 0; i < 2 * n; i++) {
                if (bits[i % n] == 0) {
                    continue;
                }
                count += i < n;
                first = first < 0 ? i : first;
                if (last >= 0) {
                    least = i - last < least ? i - last : least;
                    most = i - last > most ? i - last : most;
                }
                last = i;
            }
            assert_int_equal(count, k);
            assert_int_equal(first, 0);
            assert_true(most - least <= 1);
        }
    }
}

/* ---- periods ---- */

static struct od_frac
period_of(const char *text, bool *chance)
{
    struct played played;
    bool lost = false;
    *chance = false;
    open_pattern(&played, text);
    assert_non_null(played.node);
    struct od_frac period = od_query_period(&played.query, played.node, chance, &lost);
    close_pattern(&played);
    return lost ? od_frac_int(-1) : period;
}

static void
test_periods_are_what_the_notation_needs(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t num, den;
    } cases[] = {
        {"a", 1, 1},           {"a b", 1, 1},
        {"<a b>", 2, 1},       {"<a b c> <d e>", 6, 1},
        {"a/3", 3, 1},         {"a*1.5 b", 2, 1},
        {"<a b>*2", 1, 1},     {"{a b c}%4", 3, 4},
        {"{a b c}%4 d", 3, 1}, {"{a b c, d e}", 2, 1},
        {"a*<2 3 4>", 3, 1},   {"a(<3 5>,8,<0 2 4>)", 6, 1},
        {"<a b>!2 c", 2, 1},   {"bd:<1 2 3>", 3, 1},
        {"0 .. <2 3>", 2, 1},  {"<a b>/1.5", 3, 1},
        {"a/<2 3>", 6, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool chance;
        struct od_frac period = period_of(cases[i].text, &chance);
        if (period.num != cases[i].num || period.den != cases[i].den) {
            print_message("%s: %lld/%lld\n", cases[i].text, (long long)period.num,
                          (long long)period.den);
        }
        assert_int_equal(period.num, cases[i].num);
        assert_int_equal(period.den, cases[i].den);
        assert_false(chance);
    }
    bool chance;
    period_of("a? b", &chance);
    assert_true(chance);
    period_of("a|b", &chance);
    assert_true(chance);
    assert_int_equal(period_of("a/9007199254740991 b/9007199254740881", &chance).num, -1);
}

/* ---- chance ---- */

static void
test_chance_decides_the_same_each_time_and_differently_each_cycle(void **state)
{
    (void)state;
    char *once = play("a*16?", 64), *again = play("a*16?", 64);
    assert_string_equal(once, again);
    free(once);
    free(again);
    struct played played;
    open_pattern(&played, "a*16?0.25");
    size_t counts[64], all = 0;
    bool differ = false;
    for (int64_t i = 0; i < 64; i++) {
        assert_true(od_query_cycle(&played.query, played.node, i));
        counts[i] = played.query.count;
        all += counts[i];
        differ = differ || counts[i] != counts[0];
    }
    close_pattern(&played);
    assert_true(differ);
    assert_in_range(all, 64 * 16 * 65 / 100, 64 * 16 * 85 / 100);
}

static void
test_one_of_several_is_chosen_each_cycle(void **state)
{
    (void)state;
    struct played played;
    size_t seen[3] = {0};
    open_pattern(&played, "a|b b|[c c c]");
    for (int64_t i = 0; i < 300; i++) {
        assert_true(od_query_cycle(&played.query, played.node, i));
        assert_in_range(played.query.count, 1, 3);
        seen[played.query.count - 1]++;
    }
    close_pattern(&played);
    for (int i = 0; i < 3; i++) {
        assert_in_range(seen[i], 60, 140);
    }
}

/* ---- moments ---- */

/* What a pattern says at a moment is what it plays then. */
static void
test_a_moment_is_a_cut_through_the_cycle(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a b c",      "<a b> [c d]*2", "[a,b c]",  "a(3,8)",    "{a b c}%4", "a*<2 3>",
        "a!3 b",      "0 .. 3 7",      "bd:<1 2>", "a/2 b/3",   "a@3 b",     "a*1.5 ~",
        "[a b](3,8)", "a? b?",         "a|b|c",    "<a b>!2 c", "[~ a]*2.5",
    };
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
        struct played played, cut;
        open_pattern(&played, texts[t]);
        open_pattern(&cut, texts[t]);
        for (int64_t cycle = 0; cycle < 6; cycle++) {
            for (int64_t i = 0; i < 48; i++) {
                bool lost = false;
                struct od_frac time = od_frac_make(cycle * 48 + i, 48, &lost);
                struct od_frac next = od_frac_make(cycle * 48 + i + 1, 48, &lost);
                assert_true(od_query_moment(&cut.query, cut.node, time));
                assert_true(
                    od_query_span(&played.query, played.node, (struct od_span){time, next}));
                size_t n = 0;
                for (size_t h = 0; h < played.query.count; h++) {
                    n += od_frac_equal(played.query.haps[h].part.begin, time);
                }
                assert_int_equal(cut.query.count, n);
            }
        }
        close_pattern(&played);
        close_pattern(&cut);
    }
}

/* ---- limits and errors ---- */

static void
assert_error(const char *text, size_t at, const char *code)
{
    struct played played;
    open_pattern(&played, text);
    bool ran = played.node == NULL || od_query_cycle(&played.query, played.node, 0);
    assert_true(played.node != NULL || played.diags.count > 0);
    const char *found = played.node == NULL ? played.diags.items[0].code
                        : ran               ? "none"
                                            : played.query.code;
    found = found != NULL ? found : "none";
    size_t place = played.node == NULL ? played.diags.items[0].offset : played.query.at;
    if (strcmp(found, code) != 0 || place != at) {
        print_message("%.60s: %s at %zu\n", text, found, place);
    }
    assert_string_equal(found, code);
    assert_int_equal(place, at);
    close_pattern(&played);
}

/* Each event of a track may ask for them. */
static void
test_numbers_of_a_range_are_made_once(void **state)
{
    (void)state;
    struct played played;
    open_pattern(&played, "[0 .. <7 9 3>] [5 .. 1]");
    for (int64_t i = 0; i < 30; i++) {
        assert_true(od_query_cycle(&played.query, played.node, i));
    }
    struct od_arena before = played.arena;
    for (int64_t i = 0; i < 1000; i++) {
        bool lost = false;
        struct od_frac time = od_frac_make(i, 7, &lost);
        assert_true(od_query_moment(&played.query, played.node, time));
        assert_int_equal(played.query.count, 1);
    }
    assert_ptr_equal(played.arena.blocks, before.blocks);
    assert_int_equal(played.arena.used, before.used);
    close_pattern(&played);
}

static void
test_errors_stand_where_they_are(void **state)
{
    (void)state;
    assert_error("bd(3,8", 2, "unclosed");
    assert_error("bd [sn hh", 3, "unclosed");
    assert_error("<a b", 0, "unclosed");
    assert_error("{a b", 0, "unclosed");
    assert_error("[a b>", 4, "unclosed");
    assert_error("a b]", 3, "unopened");
    assert_error("a *", 3, "missing");
    assert_error("*2", 0, "unexpected");
    assert_error("_ a", 0, "unexpected");
    assert_error(". a", 0, "empty");
    assert_error("a , , b", 4, "empty");
    assert_error("a |", 3, "empty");
    assert_error("bd(3)", 2, "missing");
    assert_error("bd(,8)", 3, "empty");
    assert_error("bd(9,8)", 3, "range");
    assert_error("bd(3,0)", 5, "range");
    assert_error("bd(2.5,8)", 3, "range");
    assert_error("bd(x,8)", 3, "range");
    assert_error("bd(<9>,8)", 7, "range");
    assert_error("bd*x", 3, "factor");
    assert_error("bd*-1", 3, "factor");
    assert_error("bd*<x>", 4, "factor");
    assert_error("bd:x", 3, "number");
    assert_error("bd:1:2", 4, "unexpected");
    assert_error("a .. 3", 0, "number");
    assert_error("a@0 b", 1, "range");
    assert_error("a!0 b", 1, "range");
    assert_error("a!1.5 b", 1, "range");
    assert_error("a?2", 1, "range");
    assert_error("~a", 0, "rest");
    assert_error("<a|b>", 2, "unexpected");
    assert_error("c'maj", 1, "unexpected");
    assert_error("{a b}%", 6, "missing");
    assert_error("a $ b", 2, "unexpected");
}

static void
test_what_is_too_much_is_said_at_once(void **state)
{
    (void)state;
    assert_error("bd*1e9", 3, "too-many");
    assert_error("bd!100000 sn!100000 hh", 12, "too-many");
    assert_error("[bd*1000]*1000", 4, "too-many");
    assert_error("bd*1e18*1e18", 3, "overflow");
    assert_error("[~ ~]*1e12", 6, "too-much");
    assert_error("0 .. 1e9", 5, "range");
    assert_error("bd(1,1e9)", 5, "range");
    assert_error("a@1e18 b@1e18 c@1e18 d@1e18 e@1e18 f@1e18 g@1e18 h@1e18 i@1e18 j@1e18", 0,
                 "overflow");
    char deep[400];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    assert_error(deep, 64, "depth");
    struct od_buf many = {0};
    od_buf_append(&many, "a", 1);
    for (int i = 0; i < 1000; i++) {
        od_buf_append(&many, "*2", 2);
    }
    od_buf_append(&many, "", 1);
    struct played played;
    open_pattern(&played, (const char *)many.data);
    assert_null(played.node);
    assert_string_equal(played.diags.items[0].code, "depth");
    close_pattern(&played);
    od_buf_clear(&many);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_two_ways_plays_the_same),
        cmocka_unit_test(test_rhythms_are_those_of_the_table),
        cmocka_unit_test(test_rhythms_are_as_even_as_can_be),
        cmocka_unit_test(test_periods_are_what_the_notation_needs),
        cmocka_unit_test(test_chance_decides_the_same_each_time_and_differently_each_cycle),
        cmocka_unit_test(test_one_of_several_is_chosen_each_cycle),
        cmocka_unit_test(test_a_moment_is_a_cut_through_the_cycle),
        cmocka_unit_test(test_numbers_of_a_range_are_made_once),
        cmocka_unit_test(test_errors_stand_where_they_are),
        cmocka_unit_test(test_what_is_too_much_is_said_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
