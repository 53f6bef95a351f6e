/* Is anything heard of a text? */
#ifndef OD_SILENCE_H
#define OD_SILENCE_H

#include "pattern/sheet.h"

/** When all tracks of a text without errors are written: warns in `input`, or at a track, if
 * nothing is heard of it, whatever is played of it; in the words of a text what od_compile_text
 * says of a session. */
void od_silence_judge(const struct od_sheet *text, struct od_sheet_input *input);

#endif
