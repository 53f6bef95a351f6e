#include "score/osc_form.h"

#include <string.h>

#define NOWHERE ((size_t)-1)

/* Zeros at the end of a word, nowhere else. */
static bool
ends_string(const unsigned char *word)
{
    return word[3] == 0 && (word[2] == 0 || word[1] != 0) &&
           ((word[1] | word[2]) == 0 || word[0] != 0);
}

/* Where the string at `at` and its padding end. */
static size_t
after_string(const unsigned char *bytes, size_t size, size_t at)
{
    for (; at < size; at += 4) {
        const unsigned char *word = bytes + at;
        if (word[3] == 0) {
            return ends_string(word) ? at + 4 : NOWHERE;
        }
        if (word[0] == 0 || word[1] == 0 || word[2] == 0) {
            return NOWHERE;
        }
    }
    return NOWHERE;
}

bool
od_osc_form(const unsigned char *bytes, size_t size, char *tags)
{
    if (size < 8 || size % 4 != 0 || bytes[0] != '/') {
        return false;
    }
    size_t types = after_string(bytes, size, 0);
    if (types >= size || bytes[types] != ',') {
        return false;
    }
    memset(tags, 0, size / 4);
    size_t at = after_string(bytes, size, types);
    for (const unsigned char *type = bytes + types + 1; at <= size && *type != 0; type++) {
        if (at == size) {
            return false;
        }
        if (*type == 's') {
            at = after_string(bytes, size, at);
        } else if (*type == 'i' || *type == 'f') {
            tags[at / 4] = (char)*type;
            at += 4;
        } else {
            return false;
        }
    }
    return at == size;
}
