/*
 * The grammar of the mini-notation; here its brackets and sequences are read.
 *
 * stack    = choice { "," choice }
 * choice   = feet { "|" feet }
 * feet     = sequence { "." sequence }
 * sequence = { step | "_" }
 * step     = term { operator }
 * term     = word | "~" | "-" | "[" stack "]" | "<" parts ">" | "{" parts "}" [ "%" term ]
 * parts    = sequence { "," sequence }
 * operator = "*" term | "/" term | "!" [ number ] | "@" [ number ] | "_" | "?" [ number ]
 *          | ":" term | ".." term | "(" sequence "," sequence [ "," sequence ] ")"
 *
 * Blanks may stand anywhere but before the number of "!", "@" and "?".
 */
#include "pattern/mini_read.h"

#include <string.h>

/* ---- brackets ---------------------------------------------------------------------------------
 */

static const char *
said_close(char close)
{
    return close == ']' ? "']'" : close == '>' ? "'>'" : close == '}' ? "'}'" : "')'";
}

bool
od_mini_read_close(struct od_mini_parser *parser, size_t at, char close)
{
    char letter[5];
    od_mini_skip_blanks(parser);
    if (od_mini_peek(parser) == close) {
        parser->at++;
        return true;
    }
    if (parser->at == parser->end) {
        od_mini_fail(parser, at, "unclosed", "'%c' is not closed: %s is missing",
                     parser->source->text[at], said_close(close));
    } else if (strchr("])}>", od_mini_peek(parser)) != NULL) {
        size_t line, column;
        od_source_place(parser->source, at, &line, &column);
        od_mini_fail(parser, od_mini_place(parser, parser->at), "unclosed",
                     "expected %s, which closes the '%c' of column %zu, found '%c'",
                     said_close(close), parser->source->text[at], column, od_mini_peek(parser));
    } else {
        od_mini_fail(parser, od_mini_place(parser, parser->at), "unexpected",
                     "'%s' has no meaning here", od_mini_shown_letter(parser, letter));
    }
    return false;
}

bool
od_mini_enter(struct od_mini_parser *parser, size_t at)
{
    if (++parser->depth > OD_MINI_DEPTH) {
        od_mini_fail(parser, at, "depth",
                     "more than %d levels of brackets and operators within each other",
                     OD_MINI_DEPTH);
    }
    return !parser->failed;
}

/* ---- sequences --------------------------------------------------------------------------------
 */

static struct od_mini_step *
keep_steps(struct od_mini_parser *parser, const struct od_buf *steps)
{
    void *kept = od_arena_alloc(parser->arena, steps->length);
    if (kept == NULL || steps->failed) {
        od_mini_fail_memory(parser);
        return NULL;
    }
    memcpy(kept, steps->data, steps->length);
    return kept;
}

/* A node of all that was read; one part alone needs none. */
static struct od_mini *
join(struct od_mini_parser *parser, enum od_mini_kind kind, size_t at, struct od_buf *steps)
{
    size_t n = steps->length / sizeof(struct od_mini_step);
    struct od_mini_step *only = (void *)steps->data;
    struct od_mini *whole = n == 1 ? only->node : NULL;
    if (n != 1 && !parser->failed) {
        struct od_mini *node = od_mini_make(parser, n == 0 ? OD_MINI_REST : kind, at);
        if (node != NULL && n > 0) {
            node->steps = keep_steps(parser, steps);
            node->n_steps = n;
        }
        whole = node;
    }
    od_buf_clear(steps);
    return parser->failed ? NULL : whole;
}

static void
add_step(struct od_mini_parser *parser, struct od_buf *steps, struct od_mini *node)
{
    struct od_mini_step step = {.node = node, .weight = {1, 1}};
    if (node != NULL && !od_buf_append(steps, &step, sizeof step)) {
        od_mini_fail_memory(parser);
    }
}

static bool
ends_sequence(const struct od_mini_parser *parser)
{
    return parser->at == parser->end || strchr(",|])}>", od_mini_peek(parser)) != NULL ||
           od_mini_next_is_word(parser, ".");
}

/* What stands where a step should begin and is none. */
static void
fail_step(struct od_mini_parser *parser)
{
    char letter[5];
    size_t at = od_mini_place(parser, parser->at);
    if (strchr("*/!@?:(", od_mini_peek(parser)) != NULL || od_mini_next_is_word(parser, "_") ||
        od_mini_next_is_range(parser)) {
        od_mini_fail(parser, at, "unexpected",
                     "'%s' belongs to the step before it, and there is none",
                     od_mini_next_is_range(parser) ? ".." : od_mini_shown_letter(parser, letter));
    } else if (od_mini_peek(parser) == '\'') {
        od_mini_fail(parser, at, "unexpected",
                     "chords by name (c'maj) are not known: write the notes, [c4,e4,g4]");
    } else if (od_mini_peek(parser) == '%') {
        bool percent = at > 0 && strchr("0123456789", parser->source->text[at - 1]) != NULL;
        od_mini_fail(parser, at, "unexpected", "%s",
                     percent ? "percent are written as parts of 1: 0.8 is 80%"
                             : "'%' follows '}', as in {a b c}%4");
    } else {
        od_mini_fail(parser, at, "unexpected", "'%s' has no meaning here",
                     od_mini_shown_letter(parser, letter));
    }
}

static void
sum_weights(struct od_mini_parser *parser, struct od_mini_sequence *sequence, size_t at)
{
    struct od_mini_step *steps = (void *)sequence->steps.data;
    size_t n = sequence->steps.length / sizeof *steps;
    bool lost = false;
    sequence->total = od_frac_int(0);
    for (size_t i = 0; i < n; i++) {
        steps[i].begin = sequence->total;
        sequence->total = od_frac_add(sequence->total, steps[i].weight, &lost);
    }
    if (lost) {
        od_mini_fail(parser, at, "overflow",
                     "the weights of this sequence do not fit any fraction");
    }
}

static bool
is_even(const struct od_mini *node)
{
    for (size_t i = 0; i < node->n_steps; i++) {
        if (!od_frac_equal(node->steps[i].weight, od_frac_int(1))) {
            return false;
        }
    }
    return true;
}

bool
od_mini_read_sequence(struct od_mini_parser *parser, struct od_mini_sequence *sequence)
{
    struct od_mini_step step;
    *sequence = (struct od_mini_sequence){0};
    od_mini_skip_blanks(parser);
    size_t at = od_mini_place(parser, parser->at);
    for (; !parser->failed && !ends_sequence(parser); od_mini_skip_blanks(parser)) {
        if (od_mini_read_step(parser, &step) &&
            !od_buf_append(&sequence->steps, &step, sizeof step)) {
            od_mini_fail_memory(parser);
        }
    }
    sum_weights(parser, sequence, at);
    size_t n = sequence->steps.length / sizeof step;
    struct od_mini *node;
    if (parser->failed || n <= 1) {
        sequence->node = join(parser, OD_MINI_SEQ, at, &sequence->steps);
    } else if ((node = od_mini_make(parser, OD_MINI_SEQ, at)) != NULL) {
        node->steps = keep_steps(parser, &sequence->steps);
        node->n_steps = node->steps == NULL ? 0 : n;
        node->total = sequence->total;
        node->even = is_even(node);
        sequence->node = node;
    }
    od_buf_clear(&sequence->steps);
    return !parser->failed;
}

/* Where two parts meet neither may be empty: one would not be heard, and nobody would know why. */
static void
check_part(struct od_mini_parser *parser, const struct od_mini *part, size_t at, size_t n_before,
           bool more)
{
    if (part != NULL && part->kind == OD_MINI_REST && part->length == 0 && (more || n_before > 0) &&
        part->at == at) {
        od_mini_fail(parser, at, "empty", "nothing stands here; a rest is '~'");
    }
}

static struct od_mini *
read_feet(struct od_mini_parser *parser)
{
    struct od_buf feet = {0};
    struct od_mini_sequence foot;
    bool more = true;
    size_t n = 0, at = od_mini_place(parser, parser->at);
    for (; more && !parser->failed; n++) {
        od_mini_skip_blanks(parser);
        size_t begin = od_mini_place(parser, parser->at);
        od_mini_read_sequence(parser, &foot);
        more = od_mini_next_is_word(parser, ".");
        check_part(parser, foot.node, begin, n, more);
        add_step(parser, &feet, foot.node);
        parser->at += more ? 1 : 0;
    }
    struct od_mini_sequence whole = {.steps = feet};
    sum_weights(parser, &whole, at);
    struct od_mini *node = join(parser, OD_MINI_SEQ, at, &whole.steps);
    if (node != NULL && n > 1) {
        node->total = whole.total;
        node->even = true;
    }
    return node;
}

static struct od_mini *
read_choice(struct od_mini_parser *parser)
{
    struct od_buf parts = {0};
    bool more = true;
    size_t n = 0, at = od_mini_place(parser, parser->at);
    for (; more && !parser->failed; n++) {
        od_mini_skip_blanks(parser);
        size_t begin = od_mini_place(parser, parser->at);
        struct od_mini *part = read_feet(parser);
        more = od_mini_peek(parser) == '|';
        check_part(parser, part, begin, n, more);
        add_step(parser, &parts, part);
        parser->at += more ? 1 : 0;
    }
    struct od_mini *node = join(parser, OD_MINI_CHOOSE, at, &parts);
    if (node != NULL && n > 1) {
        node->chance = parser->chances++;
    }
    return node;
}

static struct od_mini *
read_stack(struct od_mini_parser *parser, char close)
{
    struct od_buf parts = {0};
    bool more = true;
    size_t at = od_mini_place(parser, parser->at);
    for (size_t n = 0; more && !parser->failed; n++) {
        od_mini_skip_blanks(parser);
        size_t begin = od_mini_place(parser, parser->at);
        struct od_mini *part = read_choice(parser);
        more = od_mini_peek(parser) == ',';
        check_part(parser, part, begin, n, more);
        add_step(parser, &parts, part);
        parser->at += more ? 1 : 0;
    }
    if (!parser->failed && close == '\0' && parser->at < parser->end) {
        od_mini_fail(parser, od_mini_place(parser, parser->at), "unopened", "'%c' closes nothing",
                     od_mini_peek(parser));
    }
    return join(parser, OD_MINI_STACK, at, &parts);
}

/* ---- terms ------------------------------------------------------------------------------------
 */

/* "<a b>" is "[a b]/2", "{a b}%3" is "[a b]*(3/2)": by how many times each part is too fast. */
static struct od_mini *
read_parts(struct od_mini_parser *parser, char close)
{
    size_t at = od_mini_place(parser, parser->at++), n = 0;
    struct od_buf totals = {0}, parts = {0};
    struct od_mini_sequence sequence;
    for (bool more = true; more && !parser->failed; n++) {
        od_mini_skip_blanks(parser);
        size_t begin = od_mini_place(parser, parser->at);
        od_mini_read_sequence(parser, &sequence);
        more = od_mini_peek(parser) == ',';
        check_part(parser, sequence.node, begin, n, more);
        add_step(parser, &parts, sequence.node);
        if (!od_buf_append(&totals, &sequence.total, sizeof sequence.total)) {
            od_mini_fail_memory(parser);
        }
        parser->at += more ? 1 : 0;
    }
    if (!parser->failed && (od_mini_peek(parser) == '|' || od_mini_next_is_word(parser, "."))) {
        od_mini_fail(parser, od_mini_place(parser, parser->at), "unexpected",
                     "'%c' stands in [ ] or outside all brackets", od_mini_peek(parser));
    }
    struct od_mini *pace = NULL;
    if (!parser->failed && od_mini_read_close(parser, at, close) && close == '}' &&
        od_mini_peek(parser) == '%') {
        parser->at++;
        pace = od_mini_read_term(parser, "'%'");
    }
    struct od_mini_step *steps = (void *)parts.data;
    const struct od_frac *total = (const void *)totals.data;
    for (size_t i = 0; steps != NULL && i < n && !parser->failed && total[i].num > 0; i++) {
        struct od_mini one = {.kind = OD_MINI_ATOM, .is_number = true, .is_exact = true, .at = at};
        bool lost = false;
        one.exact = close == '}' ? total[0] : od_frac_int(1);
        struct od_frac factor = od_frac_div(od_frac_int(1), total[i], &lost);
        steps[i].node =
            od_mini_make_fast(parser, steps[i].node, pace != NULL ? pace : &one, false, factor);
    }
    od_buf_clear(&totals);
    return join(parser, OD_MINI_STACK, at, &parts);
}

static struct od_mini *
read_group(struct od_mini_parser *parser)
{
    size_t at = od_mini_place(parser, parser->at++);
    struct od_mini *inner = read_stack(parser, ']');
    if (parser->failed || !od_mini_read_close(parser, at, ']')) {
        return NULL;
    }
    return inner;
}

struct od_mini *
od_mini_read_term(struct od_mini_parser *parser, const char *what)
{
    struct od_mini *node = NULL;
    od_mini_skip_blanks(parser);
    size_t at = od_mini_place(parser, parser->at);
    char letter = od_mini_peek(parser);
    bool bracket = letter == '[' || letter == '<' || letter == '{';
    if (bracket && !od_mini_enter(parser, at)) {
        return NULL;
    }
    switch (letter) {
    case '[':
        node = read_group(parser);
        break;
    case '<':
        node = read_parts(parser, '>');
        break;
    case '{':
        node = read_parts(parser, '}');
        break;
    default:
        if (od_mini_word_length(parser) > 0 && !od_mini_next_is_word(parser, "_") &&
            !od_mini_next_is_word(parser, ".")) {
            node = od_mini_read_word(parser);
        } else if (what != NULL) {
            od_mini_fail(parser, at, "missing", "%s needs a word, a number or a bracket after it",
                         what);
        } else {
            fail_step(parser);
        }
    }
    parser->depth -= bracket;
    return parser->failed ? NULL : node;
}

const struct od_mini *
od_mini_read(const struct od_source *source, const char *text, size_t length,
             struct od_arena *arena, struct od_diag_list *diags)
{
    struct od_mini_parser parser = {
        .at = text, .end = text + length, .source = source, .arena = arena, .diags = diags};
    return read_stack(&parser, '\0');
}
