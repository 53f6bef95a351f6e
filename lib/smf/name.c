#include "smf/name.h"

#include <iconv.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

#define JAPANESE     "CP932" /* Shift-JIS whose ASCII is ASCII */
#define RUN          4       /* bytes: so many of Japanese in a row are no accident of Latin-1 */
#define NAME_MAX     1024    /* bytes: longer ones are no names */
#define GROWTH       3       /* bytes of UTF-8 for one of Shift-JIS, at most */
#define FIRST_DOUBLE 0x81u
#define LAST_DOUBLE  0x9fu /* of kana and the usual kanji; Latin-1 has control characters there */
#define FIRST_KANA   0xa1u /* one byte each, half as wide */
#define LAST_KANA    0xdfu
#define LAST_LEAD    0xefu /* of unusual kanji; Latin-1 has small letters there */

/* How many bytes the character has that begins here, read as Shift-JIS. */
static size_t
japanese_length(unsigned byte)
{
    return byte >= FIRST_DOUBLE && byte <= LAST_LEAD && (byte < FIRST_KANA || byte > LAST_KANA) ? 2
                                                                                                : 1;
}

/* No encoding is told, and in Latin-1 these bytes are characters as well: but then control
 * characters, or capital letters with accents and signs, which never stand four in a row. */
static bool
looks_japanese(const unsigned char *bytes, size_t size)
{
    size_t run = 0;
    for (size_t i = 0; i < size && run < RUN; i += japanese_length(bytes[i])) {
        bool is = bytes[i] >= FIRST_DOUBLE && bytes[i] <= LAST_KANA && bytes[i] != LAST_DOUBLE + 1;
        run = is ? run + japanese_length(bytes[i]) : 0;
    }
    return run >= RUN;
}

/* False if it is not Shift-JIS, or if this system does not know that. */
static bool
from_japanese(const unsigned char *bytes, size_t size, struct od_buf *out)
{
    char name[NAME_MAX];
    char text[NAME_MAX * GROWTH];
    char *from = name;
    char *to = text;
    size_t room = sizeof text;
    if (size > NAME_MAX || !looks_japanese(bytes, size)) {
        return false;
    }
    iconv_t converter = iconv_open("UTF-8", JAPANESE);
    if (converter == (iconv_t)-1) {
        return false;
    }
    memcpy(name, bytes, size);
    bool all = iconv(converter, &from, &size, &to, &room) != (size_t)-1 && size == 0;
    iconv_close(converter);
    return all && od_buf_append(out, text, (size_t)(to - text));
}

/* A byte of no character is one of Latin-1. */
static void
add_character(struct od_buf *out, const char *at, size_t length)
{
    char character[4];
    if (length == 0) {
        length = od_utf8_encode((unsigned char)*at, character);
        at = character;
    }
    bool blank = !od_utf8_is_shown(at, length) || *at == ' ';
    if (!blank) {
        od_buf_append(out, at, length);
    } else if (out->length > 0 && out->data[out->length - 1] != ' ') {
        od_buf_append(out, " ", 1);
    }
}

/* Programs fill names up with blanks, zeros, ends of lines. */
static void
add_text(struct od_buf *out, const char *at, size_t size)
{
    bool utf8 = od_utf8_is_text(at, size);
    for (const char *end = at + size; at < end;) {
        size_t length = utf8 ? od_utf8_length(at, end) : 0;
        add_character(out, at, length);
        at += length > 0 ? length : 1;
    }
    out->length -= out->length > 0 && out->data[out->length - 1] == ' ';
}

char *
od_smf_name(const unsigned char *bytes, size_t size)
{
    struct od_buf out = {0};
    struct od_buf japanese = {0};
    const char *text = (const char *)bytes;
    if (!od_utf8_is_text(text, size) && from_japanese(bytes, size, &japanese)) {
        text = (const char *)japanese.data;
        size = japanese.length;
    }
    add_text(&out, text, size);
    od_buf_clear(&japanese);
    if (!od_buf_append(&out, "", 1)) {
        od_buf_clear(&out);
    }
    return (char *)out.data;
}
