/* What people who come from elsewhere write, and what is written here instead. */
#ifndef OD_FOREIGN_H
#define OD_FOREIGN_H

#include <stddef.h>

/* Each answers with the end of a sentence, static, or NULL if it has nothing to say of the word. */

/** A word where the name of a parameter stands: `fast`, `every`, `jux`. */
const char *od_foreign_name(const char *text, size_t length);

/** A word that begins a line, or what stands between two names: `d1`, `#`, `+`. */
const char *od_foreign_sign(const char *text, size_t length);

/** A word where a signal may stand: `cosine`, `irand`. */
const char *od_foreign_signal(const char *text, size_t length);

/** A number with a unit behind it: `2khz`, `-6dB`, `20ms`. */
const char *od_foreign_unit(const char *text, size_t length);

/** A name that every message has already, and so nobody may add: `cps`, `sustain`, `latency`. */
const char *od_foreign_taken(const char *text, size_t length);

#endif
