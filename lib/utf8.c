#include "utf8.h"

#include <stdbool.h>

static bool
continues(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

size_t
od_utf8_length(const char *at, const char *end)
{
    const unsigned char *p = (const unsigned char *)at;
    size_t room = (size_t)(end - at);
    if (p[0] < 0x80) {
        return 1;
    }
    if (p[0] < 0xc2 || p[0] > 0xf4 || room < 2 || !continues(p[1])) {
        return 0;
    }
    if (p[0] < 0xe0) {
        return 2;
    }
    /* the second byte tells overlong forms, surrogates and what is above U+10FFFF */
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) {
        return 0;
    }
    size_t length = p[0] < 0xf0 ? 3 : 4;
    for (size_t i = 2; i < length; i++) {
        if (i >= room || !continues(p[i])) {
            return 0;
        }
    }
    return length;
}

size_t
od_utf8_encode(unsigned long character, char out[4])
{
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    size_t length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    out[0] = (char)(lead[length] | character);
    return length;
}
