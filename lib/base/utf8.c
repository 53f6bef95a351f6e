#include "base/utf8.h"

#include <string.h>

bool
od_utf8_continues(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t
od_utf8_length(const char *at, const char *end)
{
    const unsigned char *p = (const unsigned char *)at;
    size_t room = (size_t)(end - at);
    if (p[0] < 0x80) {
        return 1;
    }
    if (p[0] < 0xc2 || p[0] > 0xf4 || room < 2 || !od_utf8_continues(at[1])) {
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
        if (i >= room || !od_utf8_continues(at[i])) {
            return 0;
        }
    }
    return length;
}

bool
od_utf8_is_text(const char *text, size_t length)
{
    const char *end = text + length;
    while (text < end) {
        size_t step = od_utf8_length(text, end);
        if (step == 0) {
            return false;
        }
        text += step;
    }
    return true;
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

unsigned long
od_utf8_decode(const char *at, size_t length)
{
    unsigned long character = (unsigned char)at[0];
    if (length > 1) {
        character &= 0x7ful >> length;
    }
    for (size_t i = 1; i < length; i++) {
        character = character << 6 | ((unsigned char)at[i] & 0x3f);
    }
    return character;
}

size_t
od_utf8_cut(const char *text, size_t length, size_t most)
{
    if (length <= most) {
        return length;
    }
    while (most > 0 && od_utf8_continues(text[most])) {
        most--;
    }
    return most;
}

bool
od_utf8_is_shown(const char *at, size_t length)
{
    unsigned char c = (unsigned char)*at;
    bool c1 = length == 2 && c == 0xc2 && (unsigned char)at[1] < 0xa0;
    return length > 0 && c >= 0x20 && c != 0x7f && !c1;
}

void
od_utf8_defuse(char *text)
{
    const char *end = text + strlen(text);
    char *out = text;
    for (const char *at = text; at < end;) {
        size_t length = od_utf8_length(at, end);
        size_t taken = length == 0 ? 1 : length;
        if (od_utf8_is_shown(at, length)) {
            memmove(out, at, length);
            out += length;
        } else {
            *out++ = '?';
        }
        at += taken;
    }
    *out = '\0';
}
