/* What MIDI has beside notes, as text names it: the words, and what each of them takes. */
#ifndef OD_CONTROL_H
#define OD_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum od_control_kind {
    OD_CONTROL_BANK,
    OD_CONTROL_PROGRAM,
    OD_CONTROL_RPN,
    OD_CONTROL_NRPN,
    OD_CONTROL_CC,
    OD_CONTROL_CC14,
    OD_CONTROL_BEND,
    OD_CONTROL_PRESSURE,
    OD_CONTROL_POLY_PRESSURE
};

/** Their words, in that order. */
#define OD_CONTROL_NAMES                                                                           \
    "bank", "program", "rpn", "nrpn", "cc", "cc14", "bend", "pressure", "poly_pressure"
#define OD_CONTROL_KINDS 9

/** What a MIDI track sends beside notes. */
struct od_control {
    uint16_t kind;   /**< enum od_control_kind */
    uint16_t number; /**< of a CC 0..127, CC14 0..31, RPN and NRPN 0..16383 */
    int16_t value;   /**< 0..127; bank, CC14, RPN, NRPN 0..16383; bend −8192..8191 */
};

struct od_control_range {
    int numbers; /**< 0..numbers−1 may stand behind the word; 0: none does */
    int least, most;
};

/** What each kind takes. */
extern const struct od_control_range od_control_ranges[OD_CONTROL_KINDS];

/** A number 0..`most` as JSON writes numbers; -1 if it is something else. */
int od_control_number(const char *text, size_t length, int most);

#define OD_CONTROL_ERROR 160

/** "program=5", "cc.7=100", "nrpn.136=8192"; false, and what is wrong in `error` (OD_CONTROL_ERROR
 * bytes), if it is none such. */
bool od_control_parse(const char *word, struct od_control *control, char *error);

#endif
