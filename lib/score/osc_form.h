/* Is that which is about to be sent an OSC message? Nothing is taken apart, printed or kept. */
#ifndef OD_OSC_FORM_H
#define OD_OSC_FORM_H

#include <stdbool.h>
#include <stddef.h>

/**
 * One whole OSC 1.0 message with arguments of the types i, f and s only: address, type tags, then
 * as many arguments as there are tags, strings padded with zeros. `tags` has size / 4 entries:
 * entry k becomes 'i' or 'f' where such an argument begins at byte 4 k, else 0.
 */
bool od_osc_form(const unsigned char *bytes, size_t size, char *tags);

#endif
