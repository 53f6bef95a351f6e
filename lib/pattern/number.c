#include "pattern/number.h"

#include <string.h>

#define WHOLE 0x1p53 /* up to here every whole number is a double */

void
od_number_integer(struct od_buf *out, int64_t number)
{
    char text[24];
    size_t at = sizeof text;
    uint64_t rest = number < 0 ? (uint64_t)0 - (uint64_t)number : (uint64_t)number;
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        text[--at] = '-';
    }
    od_buf_append(out, text + at, sizeof text - at);
}

void
od_number_double(struct od_numbers *numbers, struct od_buf *out, double number)
{
    uint64_t bits;
    if (number > -WHOLE && number < WHOLE && !(number < (double)(int64_t)number) &&
        !(number > (double)(int64_t)number)) {
        od_number_integer(out, (int64_t)number);
        return;
    }
    memcpy(&bits, &number, sizeof bits);
    uint64_t hash = bits * UINT64_C(0x9e3779b97f4a7c15);
    struct od_number_slot *slot = &numbers->slots[hash >> 56];
    if (slot->length == 0 || slot->bits != bits) {
        struct od_buf text = {0};
        od_buf_double(&text, number);
        out->failed = out->failed || text.failed;
        slot->bits = bits;
        slot->length = (unsigned char)(text.length < sizeof slot->text ? text.length : 0);
        if (slot->length > 0) {
            memcpy(slot->text, text.data, text.length);
        }
        od_buf_clear(&text);
    }
    od_buf_append(out, slot->text, slot->length);
}
