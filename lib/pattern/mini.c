/*
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
#include "pattern/mini.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define NUMBER_SIZE 64
#define SHOWN       40

struct parser {
    const char *at, *end;
    const struct od_source *source;
    struct od_arena *arena;
    struct od_diag_list *diags;
    size_t depth;
    uint32_t chances;
    bool failed;
};

/* A sequence while it is read, and what it came to. */
struct sequence {
    struct od_buf steps; /* of struct od_mini_step */
    struct od_frac total;
    struct od_mini *node;
};

/* One step while operators are put on it. */
struct step {
    struct od_mini *node;
    struct od_frac weight;
    int64_t times;          /* as often as "!" says */
    struct od_mini *repeat; /* the node of it */
    bool has_tail;
    size_t operators;
};

static struct od_mini *read_stack(struct parser *parser, char close);
static struct od_mini *read_term(struct parser *parser, const char *what);

static size_t
place(const struct parser *parser, const char *at)
{
    return (size_t)(at - parser->source->text);
}

static void fail(struct parser *parser, size_t at, const char *code, const char *format, ...)
    OD_PRINTF(4, 5);

/* Only the first error of a text: what follows it is guessed. */
static void
fail(struct parser *parser, size_t at, const char *code, const char *format, ...)
{
    char message[256];
    va_list args;
    if (parser->failed) {
        return;
    }
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    parser->failed = true;
    od_diag_add(parser->diags, OD_ERROR, at, "", code, "%s", message);
}

static void
fail_memory(struct parser *parser)
{
    parser->failed = true;
    parser->diags->out_of_memory = true;
}

static struct od_mini *
make(struct parser *parser, enum od_mini_kind kind, size_t at)
{
    struct od_mini *node = od_arena_alloc(parser->arena, sizeof *node);
    if (node == NULL) {
        fail_memory(parser);
        return NULL;
    }
    node->kind = kind;
    node->at = at;
    return node;
}

/* ---- letters and words ------------------------------------------------------------------------
 */

static void
skip_blanks(struct parser *parser)
{
    while (parser->at < parser->end && strchr(" \t\r\n", *parser->at) != NULL) {
        parser->at++;
    }
}

/* The letter that comes next, 0 at the end; what is not ASCII counts as 'a'. */
static char
peek(const struct parser *parser)
{
    if (parser->at == parser->end) {
        return '\0';
    }
    return (*parser->at & 0x80) != 0 ? 'a' : *parser->at;
}

static bool
is_word_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("~-#._", c) != NULL) || (c & 0x80) != 0;
}

/* How long the word is that comes next; ".." is none and ends one. */
static size_t
word_length(const struct parser *parser)
{
    const char *at = parser->at;
    while (at < parser->end && is_word_letter(*at) &&
           !(*at == '.' && at + 1 < parser->end && at[1] == '.')) {
        at++;
    }
    return (size_t)(at - parser->at);
}

static bool
next_is_word(const struct parser *parser, const char *word)
{
    size_t length = word_length(parser);
    return length == strlen(word) && memcmp(parser->at, word, length) == 0;
}

static bool
next_is_range(const struct parser *parser)
{
    return parser->end - parser->at >= 2 && memcmp(parser->at, "..", 2) == 0;
}

/* A copy for messages of the character that comes next. */
static const char *
shown_letter(const struct parser *parser, char out[5])
{
    size_t n = od_utf8_length(parser->at, parser->end);
    n = n == 0 ? 1 : n;
    memcpy(out, parser->at, n);
    out[n] = '\0';
    return out;
}

static void
set_number(struct od_mini *atom)
{
    char copy[NUMBER_SIZE];
    bool lost = false;
    atom->is_number =
        od_frac_parse(atom->text, atom->length, &atom->exact, &lost) && atom->length < sizeof copy;
    if (atom->is_number) {
        memcpy(copy, atom->text, atom->length);
        copy[atom->length] = '\0';
        atom->is_exact = !lost;
        atom->number = lost ? strtod(copy, NULL) : od_frac_double(atom->exact);
    }
}

static struct od_mini *
read_word(struct parser *parser)
{
    size_t at = place(parser, parser->at);
    size_t length = word_length(parser);
    bool rest = length == 1 && strchr("~-", *parser->at) != NULL;
    if (!rest && memchr(parser->at, '~', length) != NULL) {
        fail(parser, at, "rest", "'~' is a rest and stands alone, in '%.*s' it does not",
             (int)od_utf8_cut(parser->at, length, SHOWN), parser->at);
        return NULL;
    }
    struct od_mini *atom = make(parser, rest ? OD_MINI_REST : OD_MINI_ATOM, at);
    if (atom != NULL) {
        atom->text = parser->at;
        atom->length = length;
        set_number(atom);
        parser->at += length;
    }
    return atom;
}

/* The number that touches an operator: "!3"; false if there is none. */
static bool
read_number(struct parser *parser, struct od_frac *number)
{
    size_t at = place(parser, parser->at), length = word_length(parser);
    bool lost = false;
    if (length == 0 || !od_frac_parse(parser->at, length, number, &lost)) {
        return false;
    }
    if (lost) {
        fail(parser, at, "overflow", "this number has too many digits");
    }
    parser->at += length;
    return true;
}

/* ---- brackets ---------------------------------------------------------------------------------
 */

static const char *
said_close(char close)
{
    return close == ']' ? "']'" : close == '>' ? "'>'" : close == '}' ? "'}'" : "')'";
}

/* After `[`: what is open at `at` ends here with `close`, or it is an error. */
static bool
read_close(struct parser *parser, size_t at, char close)
{
    char letter[5];
    skip_blanks(parser);
    if (peek(parser) == close) {
        parser->at++;
        return true;
    }
    if (parser->at == parser->end) {
        fail(parser, at, "unclosed", "'%c' is not closed: %s is missing", parser->source->text[at],
             said_close(close));
    } else if (strchr("])}>", peek(parser)) != NULL) {
        size_t line, column;
        od_source_place(parser->source, at, &line, &column);
        fail(parser, place(parser, parser->at), "unclosed",
             "expected %s, which closes the '%c' of column %zu, found '%c'", said_close(close),
             parser->source->text[at], column, peek(parser));
    } else {
        fail(parser, place(parser, parser->at), "unexpected", "'%s' has no meaning here",
             shown_letter(parser, letter));
    }
    return false;
}

static bool
enter(struct parser *parser, size_t at)
{
    if (++parser->depth > OD_MINI_DEPTH) {
        fail(parser, at, "depth", "more than %d levels of brackets and operators within each other",
             OD_MINI_DEPTH);
    }
    return !parser->failed;
}

/* ---- sequences --------------------------------------------------------------------------------
 */

static struct od_mini_step *
keep_steps(struct parser *parser, const struct od_buf *steps)
{
    void *kept = od_arena_alloc(parser->arena, steps->length);
    if (kept == NULL || steps->failed) {
        fail_memory(parser);
        return NULL;
    }
    memcpy(kept, steps->data, steps->length);
    return kept;
}

/* A node of all that was read; one part alone needs none. */
static struct od_mini *
join(struct parser *parser, enum od_mini_kind kind, size_t at, struct od_buf *steps)
{
    size_t n = steps->length / sizeof(struct od_mini_step);
    struct od_mini_step *only = (void *)steps->data;
    struct od_mini *whole = n == 1 ? only->node : NULL;
    if (n != 1 && !parser->failed) {
        struct od_mini *node = make(parser, n == 0 ? OD_MINI_REST : kind, at);
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
add_step(struct parser *parser, struct od_buf *steps, struct od_mini *node)
{
    struct od_mini_step step = {.node = node, .weight = {1, 1}};
    if (node != NULL && !od_buf_append(steps, &step, sizeof step)) {
        fail_memory(parser);
    }
}

static bool
ends_sequence(const struct parser *parser)
{
    return parser->at == parser->end || strchr(",|])}>", peek(parser)) != NULL ||
           next_is_word(parser, ".");
}

/* What stands where a step should begin and is none. */
static void
fail_step(struct parser *parser)
{
    char letter[5];
    size_t at = place(parser, parser->at);
    if (strchr("*/!@?:(", peek(parser)) != NULL || next_is_word(parser, "_") ||
        next_is_range(parser)) {
        fail(parser, at, "unexpected", "'%s' belongs to the step before it, and there is none",
             next_is_range(parser) ? ".." : shown_letter(parser, letter));
    } else if (peek(parser) == '\'') {
        fail(parser, at, "unexpected",
             "chords by name (c'maj) are not known: write the notes, [c4,e4,g4]");
    } else if (peek(parser) == '%') {
        fail(parser, at, "unexpected", "'%%' follows '}', as in {a b c}%%4");
    } else {
        fail(parser, at, "unexpected", "'%s' has no meaning here", shown_letter(parser, letter));
    }
}

static void
sum_weights(struct parser *parser, struct sequence *sequence, size_t at)
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
        fail(parser, at, "overflow", "the weights of this sequence do not fit any fraction");
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

static bool read_step(struct parser *parser, struct od_mini_step *out);

static bool
read_sequence(struct parser *parser, struct sequence *sequence)
{
    struct od_mini_step step;
    *sequence = (struct sequence){0};
    skip_blanks(parser);
    size_t at = place(parser, parser->at);
    for (; !parser->failed && !ends_sequence(parser); skip_blanks(parser)) {
        if (read_step(parser, &step) && !od_buf_append(&sequence->steps, &step, sizeof step)) {
            fail_memory(parser);
        }
    }
    sum_weights(parser, sequence, at);
    size_t n = sequence->steps.length / sizeof step;
    struct od_mini *node;
    if (parser->failed || n <= 1) {
        sequence->node = join(parser, OD_MINI_SEQ, at, &sequence->steps);
    } else if ((node = make(parser, OD_MINI_SEQ, at)) != NULL) {
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
check_part(struct parser *parser, const struct od_mini *part, size_t at, size_t n_before, bool more)
{
    if (part != NULL && part->kind == OD_MINI_REST && part->length == 0 && (more || n_before > 0) &&
        part->at == at) {
        fail(parser, at, "empty", "nothing stands here; a rest is '~'");
    }
}

static struct od_mini *
read_feet(struct parser *parser)
{
    struct od_buf feet = {0};
    struct sequence foot;
    bool more = true;
    size_t n = 0, at = place(parser, parser->at);
    for (; more && !parser->failed; n++) {
        skip_blanks(parser);
        size_t begin = place(parser, parser->at);
        read_sequence(parser, &foot);
        more = next_is_word(parser, ".");
        check_part(parser, foot.node, begin, n, more);
        add_step(parser, &feet, foot.node);
        parser->at += more ? 1 : 0;
    }
    struct sequence whole = {.steps = feet};
    sum_weights(parser, &whole, at);
    struct od_mini *node = join(parser, OD_MINI_SEQ, at, &whole.steps);
    if (node != NULL && n > 1) {
        node->total = whole.total;
        node->even = true;
    }
    return node;
}

static struct od_mini *
read_choice(struct parser *parser)
{
    struct od_buf parts = {0};
    bool more = true;
    size_t n = 0, at = place(parser, parser->at);
    for (; more && !parser->failed; n++) {
        skip_blanks(parser);
        size_t begin = place(parser, parser->at);
        struct od_mini *part = read_feet(parser);
        more = peek(parser) == '|';
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
read_stack(struct parser *parser, char close)
{
    struct od_buf parts = {0};
    bool more = true;
    size_t at = place(parser, parser->at);
    for (size_t n = 0; more && !parser->failed; n++) {
        skip_blanks(parser);
        size_t begin = place(parser, parser->at);
        struct od_mini *part = read_choice(parser);
        more = peek(parser) == ',';
        check_part(parser, part, begin, n, more);
        add_step(parser, &parts, part);
        parser->at += more ? 1 : 0;
    }
    if (!parser->failed && close == '\0' && parser->at < parser->end) {
        fail(parser, place(parser, parser->at), "unopened", "'%c' closes nothing", peek(parser));
    }
    return join(parser, OD_MINI_STACK, at, &parts);
}

/* ---- operators --------------------------------------------------------------------------------
 */

static struct od_mini *
wrap(struct parser *parser, enum od_mini_kind kind, size_t at, struct od_mini *child)
{
    struct od_mini *node = make(parser, kind, at);
    if (node != NULL) {
        node->child = child;
    }
    return node;
}

/* `factor` with a pattern of factors multiplies what that says. */
static struct od_mini *
make_fast(struct parser *parser, struct od_mini *child, struct od_mini *arg, bool slow,
          struct od_frac factor)
{
    bool lost = false;
    struct od_mini *node = wrap(parser, OD_MINI_FAST, arg->at, child);
    if (node == NULL) {
        return NULL;
    }
    node->slow = slow;
    node->factor = factor;
    if (arg->kind != OD_MINI_ATOM) {
        node->args[node->n_args++] = arg;
        return node;
    }
    if (!arg->is_number || !arg->is_exact || arg->exact.num < 0) {
        fail(parser, arg->at, "factor", "expected a number from 0, found '%.*s'%s",
             (int)od_utf8_cut(arg->text, arg->length, SHOWN), arg->text,
             arg->is_number && !arg->is_exact ? ", which has too many digits" : "");
        return NULL;
    }
    if (arg->exact.num == 0) {
        node->kind = OD_MINI_REST;
        node->length = 1; /* written, and so not empty */
        return node;
    }
    node->factor =
        slow ? od_frac_div(factor, arg->exact, &lost) : od_frac_mul(factor, arg->exact, &lost);
    if (lost) {
        fail(parser, arg->at, "overflow", "this number does not fit any fraction");
    }
    return node;
}

static void
put_fast(struct parser *parser, struct step *step, bool slow)
{
    parser->at++;
    struct od_mini *arg = read_term(parser, slow ? "'/'" : "'*'");
    if (arg != NULL) {
        step->node = make_fast(parser, step->node, arg, slow, od_frac_int(1));
    }
}

/* "a!3" and "a ! !" are one operator; it acts where its last part stands. */
static void
put_repeat(struct parser *parser, struct step *step, size_t at)
{
    struct od_frac number = {2, 1};
    parser->at++;
    read_number(parser, &number);
    if (number.den != 1 || number.num < 1 || number.num > OD_MINI_MOST) {
        fail(parser, at, "range", "'!' takes a whole number, 1..%lld", (long long)OD_MINI_MOST);
        return;
    }
    step->times += number.num - 1;
    step->weight = od_frac_int(step->times);
    if (step->repeat != NULL && step->repeat == step->node) {
        step->repeat->times = step->times;
        return;
    }
    if (step->repeat != NULL) {
        step->repeat->times = 1;
    }
    struct od_mini *node = wrap(parser, OD_MINI_REPEAT, at, step->node);
    if (node != NULL) {
        node->times = step->times;
        step->node = step->repeat = node;
    }
}

static void
put_weight(struct parser *parser, struct step *step, size_t at)
{
    struct od_frac number = {2, 1};
    bool lost = false, hold = *parser->at == '_';
    parser->at++;
    if (!hold) {
        read_number(parser, &number);
    }
    step->weight = od_frac_add(step->weight, od_frac_sub(number, od_frac_int(1), &lost), &lost);
    if (lost || number.num <= 0 || step->weight.num <= 0) {
        fail(parser, at, "range", "'@' takes a number above 0");
    }
}

static void
put_drop(struct parser *parser, struct step *step, size_t at)
{
    struct od_frac number = {1, 2};
    parser->at++;
    read_number(parser, &number);
    if (number.num < 0 || od_frac_compare(number, od_frac_int(1)) > 0) {
        fail(parser, at, "range", "'?' takes a probability, 0..1");
        return;
    }
    struct od_mini *node = wrap(parser, OD_MINI_DROP, at, step->node);
    if (node != NULL) {
        node->drop = od_frac_double(number);
        node->chance = parser->chances++;
        step->node = node;
    }
}

static void
check_numbers(struct parser *parser, enum od_mini_kind kind, const struct od_mini *child,
              const struct od_mini *arg)
{
    const struct od_mini *both[] = {child, arg};
    for (size_t i = kind == OD_MINI_RANGE ? 0 : 1; i < 2; i++) {
        if (both[i]->kind == OD_MINI_ATOM && !both[i]->is_number) {
            fail(parser, both[i]->at, "number", "expected a number%s, found '%.*s'",
                 kind == OD_MINI_RANGE ? " on both sides of '..'" : " after ':', as in bd:3",
                 (int)od_utf8_cut(both[i]->text, both[i]->length, SHOWN), both[i]->text);
        }
    }
}

static void
put_with_arg(struct parser *parser, struct step *step, enum od_mini_kind kind, size_t at)
{
    bool tail = kind == OD_MINI_TAIL;
    if (tail && step->has_tail) {
        fail(parser, at, "unexpected", "a sound has one number, as in bd:3");
        return;
    }
    parser->at += tail ? 1 : 2;
    struct od_mini *arg = read_term(parser, tail ? "':'" : "'..'");
    struct od_mini *node = arg == NULL ? NULL : wrap(parser, kind, at, step->node);
    if (node != NULL) {
        check_numbers(parser, kind, step->node, arg);
        node->args[node->n_args++] = arg;
        step->node = node;
        step->has_tail = step->has_tail || tail;
    }
}

/* k > n is told where it stands, if both are plain numbers; what patterns say is found later. */
static void
check_rhythm(struct parser *parser, const struct od_mini *node)
{
    static const char *const names[] = {"how many", "of how many", "the rotation"};
    for (size_t i = 0; i < node->n_args; i++) {
        const struct od_mini *arg = node->args[i];
        int64_t least = i == 1 ? 1 : -OD_MINI_MOST;
        if (arg->kind != OD_MINI_ATOM) {
            continue;
        }
        if (!arg->is_number || !arg->is_exact || arg->exact.den != 1 || arg->exact.num < least ||
            arg->exact.num > OD_MINI_MOST) {
            fail(parser, arg->at, "range", "%s is a whole number, %lld..%lld, found '%.*s'",
                 names[i], (long long)least, (long long)OD_MINI_MOST,
                 (int)od_utf8_cut(arg->text, arg->length, SHOWN), arg->text);
            return;
        }
    }
    const struct od_mini *k = node->args[0], *n = node->args[1];
    if (k->kind == OD_MINI_ATOM && n->kind == OD_MINI_ATOM && llabs(k->exact.num) > n->exact.num) {
        fail(parser, k->at, "range", "%lld of %lld steps is more than there are",
             (long long)llabs(k->exact.num), (long long)n->exact.num);
    }
}

static void
put_rhythm(struct parser *parser, struct step *step, size_t at)
{
    struct od_mini *node = wrap(parser, OD_MINI_EUCLID, at, step->node);
    struct sequence arg;
    bool more = true;
    parser->at++;
    for (size_t i = 0; node != NULL && more && i < 3 && !parser->failed; i++) {
        skip_blanks(parser);
        size_t begin = place(parser, parser->at);
        read_sequence(parser, &arg);
        if (!parser->failed && arg.node->at == begin && arg.node->kind == OD_MINI_REST &&
            arg.node->length == 0 && parser->at < parser->end) {
            fail(parser, begin, "empty", "a number is missing here, as in bd(3,8)");
        }
        node->args[node->n_args++] = arg.node;
        more = peek(parser) == ',';
        parser->at += more && i < 2 ? 1 : 0;
    }
    if (node == NULL || parser->failed || !read_close(parser, at, ')')) {
        return;
    }
    if (node->n_args < 2) {
        fail(parser, at, "missing", "a rhythm needs two numbers, how many of how many: bd(3,8)");
        return;
    }
    check_rhythm(parser, node);
    step->node = node;
}

/* False if no operator comes next. */
static bool
put_operator(struct parser *parser, struct step *step)
{
    skip_blanks(parser);
    size_t at = place(parser, parser->at);
    if (next_is_word(parser, "_")) {
        put_weight(parser, step, at);
        return true;
    }
    if (next_is_range(parser)) {
        put_with_arg(parser, step, OD_MINI_RANGE, at);
        return true;
    }
    switch (peek(parser)) {
    case '*':
    case '/':
        put_fast(parser, step, peek(parser) == '/');
        return true;
    case '!':
        put_repeat(parser, step, at);
        return true;
    case '@':
        put_weight(parser, step, at);
        return true;
    case '?':
        put_drop(parser, step, at);
        return true;
    case ':':
        put_with_arg(parser, step, OD_MINI_TAIL, at);
        return true;
    case '(':
        put_rhythm(parser, step, at);
        return true;
    default:
        return false;
    }
}

static bool
read_step(struct parser *parser, struct od_mini_step *out)
{
    struct step step = {.weight = {1, 1}, .times = 1};
    size_t depth = parser->depth;
    step.node = read_term(parser, NULL);
    while (!parser->failed && put_operator(parser, &step)) {
        bool deeper = step.node != NULL && step.node->kind != OD_MINI_ATOM;
        if (!parser->failed && deeper) {
            enter(parser, step.node->at);
        }
    }
    parser->depth = depth;
    *out = (struct od_mini_step){.node = step.node, .weight = step.weight};
    return !parser->failed;
}

/* ---- terms ------------------------------------------------------------------------------------
 */

/* "<a b>" is "[a b]/2", "{a b}%3" is "[a b]*(3/2)": by how many times each part is too fast. */
static struct od_mini *
read_parts(struct parser *parser, char close)
{
    size_t at = place(parser, parser->at++), n = 0;
    struct od_buf totals = {0}, parts = {0};
    struct sequence sequence;
    for (bool more = true; more && !parser->failed; n++) {
        skip_blanks(parser);
        size_t begin = place(parser, parser->at);
        read_sequence(parser, &sequence);
        more = peek(parser) == ',';
        check_part(parser, sequence.node, begin, n, more);
        add_step(parser, &parts, sequence.node);
        if (!od_buf_append(&totals, &sequence.total, sizeof sequence.total)) {
            fail_memory(parser);
        }
        parser->at += more ? 1 : 0;
    }
    if (!parser->failed && (peek(parser) == '|' || next_is_word(parser, "."))) {
        fail(parser, place(parser, parser->at), "unexpected",
             "'%c' stands in [ ] or outside all brackets", peek(parser));
    }
    struct od_mini *pace = NULL;
    if (!parser->failed && read_close(parser, at, close) && close == '}' && peek(parser) == '%') {
        parser->at++;
        pace = read_term(parser, "'%'");
    }
    struct od_mini_step *steps = (void *)parts.data;
    const struct od_frac *total = (const void *)totals.data;
    for (size_t i = 0; steps != NULL && i < n && !parser->failed && total[i].num > 0; i++) {
        struct od_mini one = {.kind = OD_MINI_ATOM, .is_number = true, .is_exact = true, .at = at};
        bool lost = false;
        one.exact = close == '}' ? total[0] : od_frac_int(1);
        struct od_frac factor = od_frac_div(od_frac_int(1), total[i], &lost);
        steps[i].node = make_fast(parser, steps[i].node, pace != NULL ? pace : &one, false, factor);
    }
    od_buf_clear(&totals);
    return join(parser, OD_MINI_STACK, at, &parts);
}

static struct od_mini *
read_group(struct parser *parser)
{
    size_t at = place(parser, parser->at++);
    struct od_mini *inner = read_stack(parser, ']');
    if (parser->failed || !read_close(parser, at, ']')) {
        return NULL;
    }
    return inner;
}

/* `what` needs it; NULL where a step may begin. */
static struct od_mini *
read_term(struct parser *parser, const char *what)
{
    struct od_mini *node = NULL;
    skip_blanks(parser);
    size_t at = place(parser, parser->at);
    if (!enter(parser, at)) {
        return NULL;
    }
    switch (peek(parser)) {
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
        if (word_length(parser) > 0 && !next_is_word(parser, "_") && !next_is_word(parser, ".")) {
            node = read_word(parser);
        } else if (what != NULL) {
            fail(parser, at, "missing", "%s needs a word, a number or a bracket after it", what);
        } else {
            fail_step(parser);
        }
    }
    parser->depth--;
    return parser->failed ? NULL : node;
}

const struct od_mini *
od_mini_read(const struct od_source *source, const char *text, size_t length,
             struct od_arena *arena, struct od_diag_list *diags)
{
    struct parser parser = {
        .at = text, .end = text + length, .source = source, .arena = arena, .diags = diags};
    return read_stack(&parser, '\0');
}
