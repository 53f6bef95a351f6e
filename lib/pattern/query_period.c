/* After how many cycles a pattern comes round. */
#include "pattern/query_run.h"

static struct od_frac
both_periods(struct od_frac a, struct od_frac b, bool *lost)
{
    return *lost ? a : od_frac_lcm(a, b, lost);
}

#define LONGEST 256 /* cycles in which the values of a pattern of factors are looked for */

/* A child under a pattern of factors: each factor that there is has a period of its own. */
static struct od_frac
period_of_factors(struct od_query *q, const struct od_mini *node, struct od_frac child,
                  bool *chance, bool *lost)
{
    bool random = false;
    struct od_frac period = od_query_period(q, node->args[0], &random, lost);
    *chance = *chance || random;
    struct od_frac cycles = both_periods(period, od_frac_int(random ? 16 : 1), lost);
    *lost = *lost || cycles.num > LONGEST;
    struct od_span all = {od_frac_int(0), cycles};
    if (*lost || !od_query_span(q, node->args[0], all)) {
        return child;
    }
    size_t count = q->count;
    for (size_t i = 0; i < count && !*lost; i++) {
        struct od_frac factor = od_query_factor_of(q, node, q->haps[i].atom);
        if (factor.num > 0) {
            period = both_periods(period, od_frac_div(child, factor, lost), lost);
        }
    }
    return period;
}

static struct od_frac
period_of_parts(struct od_query *q, const struct od_mini *node, bool *chance, bool *lost)
{
    struct od_frac period = {0, 1};
    for (size_t i = 0; i < node->n_steps; i++) {
        struct od_frac part = od_query_period(q, node->steps[i].node, chance, lost);
        period = i == 0 ? part : both_periods(period, part, lost);
    }
    return period;
}

struct od_frac
od_query_period(struct od_query *q, const struct od_mini *node, bool *chance, bool *lost)
{
    struct od_frac one = od_frac_int(1), period = one;
    switch (node->kind) {
    case OD_MINI_ATOM:
    case OD_MINI_REST:
        return period;
    case OD_MINI_SEQ:
    case OD_MINI_CHOOSE:
        *chance = *chance || node->kind == OD_MINI_CHOOSE;
        period = period_of_parts(q, node, chance, lost);
        break;
    case OD_MINI_STACK:
        return period_of_parts(q, node, chance, lost);
    case OD_MINI_FAST:
        period = od_query_period(q, node->child, chance, lost);
        return node->n_args > 0 ? period_of_factors(q, node, period, chance, lost)
                                : od_frac_div(period, node->factor, lost);
    case OD_MINI_DROP:
        *chance = true;
        return od_query_period(q, node->child, chance, lost);
    case OD_MINI_EUCLID:
    case OD_MINI_REPEAT:
    case OD_MINI_TAIL:
    case OD_MINI_RANGE:
        period = od_query_period(q, node->child, chance, lost);
        for (size_t i = 0; i < node->n_args; i++) {
            struct od_frac arg = od_query_period(q, node->args[i], chance, lost);
            period = both_periods(period, arg, lost);
        }
        break;
    }
    return both_periods(period, one, lost); /* these tell cycles apart: it is a whole number */
}
