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

struct range {
    unsigned long first, last;
};

/* Combining marks, joiners, variation selectors; blocks, not every single character. */
static const struct range without_width[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},   {0x0610, 0x061a},   {0x064b, 0x065f},
    {0x0670, 0x0670}, {0x06d6, 0x06dc}, {0x06df, 0x06e4},   {0x0e31, 0x0e31},   {0x0e34, 0x0e3a},
    {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},   {0x200b, 0x200f},   {0x202a, 0x202e},
    {0x2060, 0x2064}, {0x20d0, 0x20ff}, {0x302a, 0x302d},   {0x3099, 0x309a},   {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0001, 0xe007f}, {0xe0100, 0xe01ef},
};

/* East Asian Width W and F of Unicode's UAX #11, by block. */
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
    {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26a1, 0x26a1},   {0x2705, 0x2705},
    {0x270a, 0x270b},   {0x2728, 0x2728},   {0x274c, 0x274c},   {0x2753, 0x2755},
    {0x2757, 0x2757},   {0x2795, 0x2797},   {0x2b50, 0x2b50},   {0x2e80, 0x303e},
    {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},
    {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x16fe0, 0x18aff}, {0x1b000, 0x1b2ff},
    {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a},
    {0x1f200, 0x1f320}, {0x1f32d, 0x1f335}, {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393},
    {0x1f3a0, 0x1f3ca}, {0x1f3cf, 0x1f3d3}, {0x1f3e0, 0x1f3f0}, {0x1f3f8, 0x1f43e},
    {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc}, {0x1f4ff, 0x1f53d}, {0x1f54b, 0x1f567},
    {0x1f595, 0x1f596}, {0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5}, {0x1f6cc, 0x1f6d2},
    {0x1f6eb, 0x1f6ec}, {0x1f6f4, 0x1f6fc}, {0x1f7e0, 0x1f7eb}, {0x1f90c, 0x1f9ff},
    {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

static bool
is_within(const struct range *ranges, size_t n, unsigned long character)
{
    size_t from = 0;
    while (n > from) {
        size_t middle = from + (n - from) / 2;
        if (character > ranges[middle].last) {
            from = middle + 1;
        } else if (character < ranges[middle].first) {
            n = middle;
        } else {
            return true;
        }
    }
    return false;
}

unsigned
od_utf8_columns(unsigned long character)
{
    if (character < 0x0300) {
        return 1;
    }
    if (is_within(without_width, sizeof without_width / sizeof *without_width, character)) {
        return 0;
    }
    return is_within(wide, sizeof wide / sizeof *wide, character) ? 2 : 1;
}
