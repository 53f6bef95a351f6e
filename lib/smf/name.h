/* Names as programs write them, in bytes of no encoding that is told. */
#ifndef OD_SMF_NAME_H
#define OD_SMF_NAME_H

#include <stddef.h>

/**
 * A name in UTF-8, fit to be shown, blanks around it left out and others made one. The bytes are
 * UTF-8 if they can be that, Shift-JIS if they look like it, otherwise Latin-1, which all bytes can
 * be. The caller frees it. NULL if there is no memory.
 */
char *od_smf_name(const unsigned char *bytes, size_t size);

#endif
