/* The mini-notation: what stands between quotes, as a tree. The whole grammar is in mini_read.c. */
#ifndef OD_MINI_H
#define OD_MINI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "pattern/frac.h"
#include "text/diag.h"
#include "text/source.h"

#define OD_MINI_DEPTH 64                /* brackets within brackets, operators on one step */
#define OD_MINI_MOST  ((int64_t)100000) /* steps of a rhythm, repetitions, numbers of a range */

enum od_mini_kind {
    OD_MINI_ATOM,   /* a word or a number */
    OD_MINI_REST,   /* nothing, for ever */
    OD_MINI_SEQ,    /* steps after each other fill a cycle, each by its weight */
    OD_MINI_STACK,  /* parts at the same time */
    OD_MINI_CHOOSE, /* one part a cycle, by chance */
    OD_MINI_FAST,   /* so many cycles of `child` in one */
    OD_MINI_EUCLID, /* `child` where Bjorklund's rhythm of args k, n and perhaps r says */
    OD_MINI_REPEAT, /* each cycle of `child` `times` times in one */
    OD_MINI_DROP,   /* `child`, each event left out with probability `drop` */
    OD_MINI_TAIL,   /* `child`, with the number that args[0] has then (bd:3) */
    OD_MINI_RANGE   /* numbers from what `child` to what args[0] says */
};

struct od_mini;

struct od_mini_step {
    struct od_mini *node;
    struct od_frac begin, weight; /**< of the sequence's `total` */
};

/** Nothing in a tree changes once it is read; all lies in the arena and the text. */
struct od_mini {
    enum od_mini_kind kind;
    size_t at; /**< where it begins in the text: what errors point to */

    /* ATOM */
    const char *text; /**< not NUL-terminated, as written */
    size_t length;
    bool is_number, is_exact; /**< exact: `exact` holds it */
    double number;
    struct od_frac exact;

    /* SEQ, STACK, CHOOSE: `begin` and `weight` are meant in a SEQ only */
    struct od_mini_step *steps;
    size_t n_steps;
    struct od_frac total; /**< SEQ: the sum of the weights */
    bool even;            /**< SEQ: all weights are equal */

    struct od_mini *child;
    struct od_mini *args[3]; /**< FAST: [0] is a pattern of factors or NULL: `factor` says */
    size_t n_args;
    struct od_frac factor; /**< FAST: with args[0], what its values are multiplied by */
    bool slow;             /**< FAST: args[0] divides */
    int64_t times;         /**< REPEAT */
    double drop;           /**< DROP: 0..1 */
    uint32_t chance;       /**< DROP, CHOOSE: which of the pattern's random choices, from 0 */
};

/**
 * Reads `text`, which lies in `source`'s text; NULL if there is an error (it is in `diags`) or no
 * memory (`diags->out_of_memory`). An empty text is a rest.
 */
const struct od_mini *od_mini_read(const struct od_source *source, const char *text, size_t length,
                                   struct od_arena *arena, struct od_diag_list *diags);

#endif
