#include "smf/fold.h"

#include <stdbool.h>

#define BANK_MSB  0
#define BANK_LSB  32
#define DATA_MSB  6
#define DATA_LSB  38
#define INCREMENT 96
#define NRPN_LSB  98
#define NRPN_MSB  99
#define RPN_LSB   100
#define RPN_MSB   101
#define NOTHING   127 /* both bytes of a parameter: none is chosen */
#define LSB       32  /* how much higher its controller is */
#define PARAMETER 6   /* messages */

/* What the messages of a voice say, one after another. */
struct folding {
    struct od_smf_act *acts;
    size_t out;        /* acts before it are done */
    int bank[2];       /* MSB and LSB as they stand */
    size_t bank_at[2]; /* where in `acts` they were given at this moment; SIZE_MAX: not */
};

static bool
is_cc(const struct od_smf_act *act, unsigned number)
{
    return act->kind == OD_SMF_CC && act->number == number;
}

static bool
is_cc_of(const struct od_smf_act *act, unsigned number, int value)
{
    return is_cc(act, number) && act->value == value;
}

/* A whole sequence begins at `act`, of which `n` are left; is it of an RPN, or an NRPN? */
static bool
is_parameter(const struct od_smf_act *act, size_t n, unsigned msb, unsigned lsb)
{
    return n >= PARAMETER && is_cc(act, msb) && is_cc(act + 1, lsb) && is_cc(act + 2, DATA_MSB) &&
           is_cc(act + 3, DATA_LSB) && is_cc_of(act + 4, RPN_MSB, NOTHING) &&
           is_cc_of(act + 5, RPN_LSB, NOTHING);
}

static bool
begins_parameter(const struct od_smf_act *act, size_t n)
{
    return is_parameter(act, n, RPN_MSB, RPN_LSB) || is_parameter(act, n, NRPN_MSB, NRPN_LSB);
}

static bool
is_part(const struct od_smf_act *act)
{
    return act->kind == OD_SMF_CC && (act->number == DATA_MSB || act->number == DATA_LSB ||
                                      (act->number >= INCREMENT && act->number <= RPN_MSB));
}

/* RPNs are sent before other controllers: if some of these messages stand alone, all stay single,
 * or their order would be another one. */
static bool
are_whole(const struct od_smf_act *acts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (begins_parameter(acts + i, n - i)) {
            i += PARAMETER - 1;
        } else if (is_part(acts + i)) {
            return false;
        }
    }
    return true;
}

static void
put(struct folding *folding, struct od_smf_act act)
{
    folding->acts[folding->out++] = act;
}

static size_t
fold_parameter(struct folding *folding, const struct od_smf_act *act)
{
    struct od_smf_act folded = *act;
    folded.kind = act->number == RPN_MSB ? OD_SMF_RPN : OD_SMF_NRPN;
    folded.number = (uint16_t)(act[0].value << 7 | act[1].value);
    folded.value = (int16_t)(act[2].value << 7 | act[3].value);
    put(folding, folded);
    return PARAMETER;
}

static bool
is_fine(const struct od_smf_act *act, size_t n)
{
    return n >= 2 && act->kind == OD_SMF_CC && act->number < LSB && act->number != BANK_MSB &&
           act->number != DATA_MSB && is_cc(act + 1, act->number + LSB);
}

static size_t
fold_fine(struct folding *folding, const struct od_smf_act *act)
{
    struct od_smf_act folded = *act;
    folded.kind = OD_SMF_CC14;
    folded.value = (int16_t)(act[0].value << 7 | act[1].value);
    put(folding, folded);
    return 2;
}

/* Takes out the act at `i`, which is done. */
static void
take_out(struct folding *folding, size_t i)
{
    folding->out--;
    for (; i < folding->out; i++) {
        folding->acts[i] = folding->acts[i + 1];
    }
}

static void
forget_bank(struct folding *folding)
{
    folding->bank_at[0] = SIZE_MAX;
    folding->bank_at[1] = SIZE_MAX;
}

/* Programs are sent before controllers: the bank goes with its program. */
static void
put_program(struct folding *folding, struct od_smf_act act)
{
    size_t msb = folding->bank_at[0];
    size_t lsb = folding->bank_at[1];
    if (msb != SIZE_MAX || lsb != SIZE_MAX) {
        act.kind = OD_SMF_BANK;
        act.number = (uint16_t)(folding->bank[0] << 7 | folding->bank[1]);
        size_t first = msb < lsb ? msb : lsb;
        size_t second = msb < lsb ? lsb : msb;
        if (second != SIZE_MAX) {
            take_out(folding, second);
        }
        take_out(folding, first);
        forget_bank(folding);
    }
    put(folding, act);
}

/* Of a bank that is chosen twice before its program only the last choice counts. */
static void
put_single(struct folding *folding, struct od_smf_act act)
{
    if (act.kind == OD_SMF_PROGRAM) {
        put_program(folding, act);
        return;
    }
    if (is_cc(&act, BANK_MSB) || is_cc(&act, BANK_LSB)) {
        bool fine = act.number == BANK_LSB;
        folding->bank[fine] = act.value;
        if (folding->bank_at[fine] != SIZE_MAX) {
            folding->acts[folding->bank_at[fine]].value = act.value;
            return;
        }
        folding->bank_at[fine] = folding->out;
    }
    put(folding, act);
}

static void
fold_moment(struct folding *folding, const struct od_smf_act *acts, size_t n)
{
    bool whole = are_whole(acts, n);
    forget_bank(folding);
    for (size_t i = 0; i < n;) {
        if (whole && begins_parameter(acts + i, n - i)) {
            i += fold_parameter(folding, acts + i);
        } else if (is_fine(acts + i, n - i)) {
            i += fold_fine(folding, acts + i);
        } else {
            put_single(folding, acts[i++]);
        }
    }
}

size_t
od_smf_fold(struct od_smf_act *acts, size_t n)
{
    struct folding folding = {.acts = acts};
    size_t same;
    for (size_t i = 0; i < n; i += same) {
        for (same = 1; i + same < n && acts[i + same].at == acts[i].at; same++) {
        }
        fold_moment(&folding, acts + i, same);
    }
    return folding.out;
}
