/* What a voice of a MIDI file does: notes with their ends, controllers. No code. */
#ifndef OD_SMF_ACT_H
#define OD_SMF_ACT_H

#include <stdint.h>

enum od_smf_act_kind {
    OD_SMF_NOTE,          /**< number: the note, value: its velocity 1..127; `end` */
    OD_SMF_POLY_PRESSURE, /**< number: the note */
    OD_SMF_CC,            /**< number: the controller */
    OD_SMF_CC14,          /**< number: its MSB's controller */
    OD_SMF_PROGRAM,
    OD_SMF_BANK, /**< number: the bank, value: the program that goes with it */
    OD_SMF_RPN,  /**< number: the parameter */
    OD_SMF_NRPN,
    OD_SMF_PRESSURE,
    OD_SMF_BEND, /**< value: -8192..8191 */
};

struct od_smf_act {
    int64_t at;  /**< units */
    int64_t end; /**< of a note, units */
    uint16_t number;
    int16_t value;
    uint8_t kind; /**< enum od_smf_act_kind */
};

#endif
