/* A step of the mini-notation: a term, and the operators that are put on it. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "pattern/mini_read.h"

/* One step while operators are put on it. */
struct step {
    struct od_mini *node;
    struct od_frac weight;
    int64_t times;          /* as often as "!" says */
    struct od_mini *repeat; /* the node of it */
    bool has_tail;
    size_t operators;
};

static struct od_mini *
wrap(struct od_mini_parser *parser, enum od_mini_kind kind, size_t at, struct od_mini *child)
{
    struct od_mini *node = od_mini_make(parser, kind, at);
    if (node != NULL) {
        node->child = child;
    }
    return node;
}

struct od_mini *
od_mini_make_fast(struct od_mini_parser *parser, struct od_mini *child, struct od_mini *arg,
                  bool slow, struct od_frac factor)
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
        od_mini_fail(parser, arg->at, "factor", "expected a number from 0, found '%.*s'%s",
                     (int)od_utf8_cut(arg->text, arg->length, OD_MINI_SHOWN), arg->text,
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
        od_mini_fail(parser, arg->at, "overflow", "this number does not fit any fraction");
    }
    return node;
}

static void
put_fast(struct od_mini_parser *parser, struct step *step, bool slow)
{
    parser->at++;
    struct od_mini *arg = od_mini_read_term(parser, slow ? "'/'" : "'*'");
    if (arg != NULL) {
        step->node = od_mini_make_fast(parser, step->node, arg, slow, od_frac_int(1));
    }
}

/* "a!3" and "a ! !" are one operator; it acts where its last part stands. */
static void
put_repeat(struct od_mini_parser *parser, struct step *step, size_t at)
{
    struct od_frac number = {2, 1};
    parser->at++;
    od_mini_read_number(parser, &number);
    if (number.den != 1 || number.num < 1 || number.num > OD_MINI_MOST) {
        od_mini_fail(parser, at, "range", "'!' takes a whole number, 1..%lld",
                     (long long)OD_MINI_MOST);
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
put_weight(struct od_mini_parser *parser, struct step *step, size_t at)
{
    struct od_frac number = {2, 1};
    bool lost = false, hold = *parser->at == '_';
    parser->at++;
    if (!hold) {
        od_mini_read_number(parser, &number);
    }
    step->weight = od_frac_add(step->weight, od_frac_sub(number, od_frac_int(1), &lost), &lost);
    if (lost || number.num <= 0 || step->weight.num <= 0) {
        od_mini_fail(parser, at, "range", "'@' takes a number above 0");
    }
}

static void
put_drop(struct od_mini_parser *parser, struct step *step, size_t at)
{
    struct od_frac number = {1, 2};
    parser->at++;
    od_mini_read_number(parser, &number);
    if (number.num < 0 || od_frac_compare(number, od_frac_int(1)) > 0) {
        od_mini_fail(parser, at, "range", "'?' takes a probability, 0..1");
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
check_numbers(struct od_mini_parser *parser, enum od_mini_kind kind, const struct od_mini *child,
              const struct od_mini *arg)
{
    const struct od_mini *both[] = {child, arg};
    for (size_t i = kind == OD_MINI_RANGE ? 0 : 1; i < 2; i++) {
        if (both[i]->kind == OD_MINI_ATOM && !both[i]->is_number) {
            od_mini_fail(
                parser, both[i]->at, "number", "expected a number%s, found '%.*s'",
                kind == OD_MINI_RANGE ? " on both sides of '..'" : " after ':', as in bd:3",
                (int)od_utf8_cut(both[i]->text, both[i]->length, OD_MINI_SHOWN), both[i]->text);
        }
    }
}

static void
put_with_arg(struct od_mini_parser *parser, struct step *step, enum od_mini_kind kind, size_t at)
{
    bool tail = kind == OD_MINI_TAIL;
    if (tail && step->has_tail) {
        od_mini_fail(parser, at, "unexpected", "a sound has one number, as in bd:3");
        return;
    }
    parser->at += tail ? 1 : 2;
    struct od_mini *arg = od_mini_read_term(parser, tail ? "':'" : "'..'");
    struct od_mini *child = step->node;
    struct od_mini *node = arg == NULL || child == NULL ? NULL : wrap(parser, kind, at, child);
    if (node != NULL) {
        check_numbers(parser, kind, child, arg);
        node->args[node->n_args++] = arg;
        step->node = node;
        step->has_tail = step->has_tail || tail;
    }
}

/* k > n is told where it stands, if both are plain numbers; what patterns say is found later. */
static void
check_rhythm(struct od_mini_parser *parser, const struct od_mini *node)
{
    static const char *const names[] = {"how many", "of how many", "the rotation"};
    for (size_t i = 0; i < node->n_args && i < sizeof names / sizeof names[0]; i++) {
        const struct od_mini *arg = node->args[i];
        int64_t least = i == 1 ? 1 : -OD_MINI_MOST;
        if (arg->kind != OD_MINI_ATOM) {
            continue;
        }
        if (!arg->is_number || !arg->is_exact || arg->exact.den != 1 || arg->exact.num < least ||
            arg->exact.num > OD_MINI_MOST) {
            od_mini_fail(parser, arg->at, "range", "%s is a whole number, %lld..%lld, found '%.*s'",
                         names[i], (long long)least, (long long)OD_MINI_MOST,
                         (int)od_utf8_cut(arg->text, arg->length, OD_MINI_SHOWN), arg->text);
            return;
        }
    }
    const struct od_mini *k = node->args[0], *n = node->args[1];
    if (k->kind == OD_MINI_ATOM && n->kind == OD_MINI_ATOM && llabs(k->exact.num) > n->exact.num) {
        od_mini_fail(parser, k->at, "range", "%lld of %lld steps is more than there are",
                     (long long)llabs(k->exact.num), (long long)n->exact.num);
    }
}

static void
put_rhythm(struct od_mini_parser *parser, struct step *step, size_t at)
{
    struct od_mini *node = wrap(parser, OD_MINI_EUCLID, at, step->node);
    struct od_mini_sequence arg;
    bool more = true;
    parser->at++;
    for (size_t i = 0; node != NULL && more && i < 3 && !parser->failed; i++) {
        od_mini_skip_blanks(parser);
        size_t begin = od_mini_place(parser, parser->at);
        od_mini_read_sequence(parser, &arg);
        if (!parser->failed && arg.node->at == begin && arg.node->kind == OD_MINI_REST &&
            arg.node->length == 0 && parser->at < parser->end) {
            od_mini_fail(parser, begin, "empty", "a number is missing here, as in bd(3,8)");
        }
        node->args[node->n_args++] = arg.node;
        more = od_mini_peek(parser) == ',';
        parser->at += more && i < 2 ? 1 : 0;
    }
    if (node == NULL || parser->failed || !od_mini_read_close(parser, at, ')')) {
        return;
    }
    if (node->n_args < 2) {
        od_mini_fail(parser, at, "missing",
                     "a rhythm needs two numbers, how many of how many: bd(3,8)");
        return;
    }
    check_rhythm(parser, node);
    step->node = node;
}

/* False if no operator comes next. */
static bool
put_operator(struct od_mini_parser *parser, struct step *step)
{
    od_mini_skip_blanks(parser);
    size_t at = od_mini_place(parser, parser->at);
    if (od_mini_next_is_word(parser, "_")) {
        put_weight(parser, step, at);
        return true;
    }
    if (od_mini_next_is_range(parser)) {
        put_with_arg(parser, step, OD_MINI_RANGE, at);
        return true;
    }
    switch (od_mini_peek(parser)) {
    case '*':
    case '/':
        put_fast(parser, step, od_mini_peek(parser) == '/');
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

bool
od_mini_read_step(struct od_mini_parser *parser, struct od_mini_step *out)
{
    struct step step = {.weight = {1, 1}, .times = 1};
    size_t depth = parser->depth;
    step.node = od_mini_read_term(parser, NULL);
    while (!parser->failed && put_operator(parser, &step)) {
        bool deeper = step.node != NULL && step.node->kind != OD_MINI_ATOM;
        if (!parser->failed && deeper) {
            od_mini_enter(parser, step.node->at);
        }
    }
    parser->depth = depth;
    *out = (struct od_mini_step){.node = step.node, .weight = step.weight};
    return !parser->failed;
}
