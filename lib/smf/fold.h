/* Controllers as the IR has them: several messages that mean one thing become one. */
#ifndef OD_SMF_FOLD_H
#define OD_SMF_FOLD_H

#include <stddef.h>

#include "smf/act.h"

/**
 * Within each moment of a voice: CC 0 and 32 before a program become its bank; a controller and its
 * LSB one of 14 bits; a whole sequence 101 100 (99 98), 6, 38, 101 100 = 127 127 an RPN (NRPN).
 * What is not whole stays as it is: the same messages are sent, in the same order. Works in place;
 * how many acts are left of the `n`.
 */
size_t od_smf_fold(struct od_smf_act *acts, size_t n);

#endif
