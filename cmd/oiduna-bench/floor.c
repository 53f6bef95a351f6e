#include "floor.h"

#include <stdbool.h>
#include <string.h>

static bool
is_number_byte(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

uint32_t
bench_floor_scan(const char *text, size_t length)
{
    uint32_t tokens = 0;
    const char *p = text, *end = text + length;
    while (p < end) {
        if (*p == '"') {
            for (p++; p < end && *p != '"'; p++) {
                p += *p == '\\';
            }
            tokens++;
            p++;
        } else if (is_number_byte(*p)) {
            while (p < end && is_number_byte(*p)) {
                p++;
            }
            tokens++;
        } else {
            p++;
        }
    }
    return tokens;
}

void
bench_floor_copy(struct bench_ticker *ticker, const struct od_buf *sent, size_t times)
{
    unsigned char *out = ticker->player->packet;
    for (size_t i = 0; i < times; i++) {
        const unsigned char *in = sent->data;
        for (size_t k = 0; k < ticker->n_stored; in += ticker->sizes[k++]) {
            memcpy(out, in, ticker->sizes[k]);
            __asm__ volatile("" : : : "memory"); /* each copy is a copy */
        }
    }
}
