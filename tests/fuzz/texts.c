/* JSON texts one after another: what is cut apart must not depend on the pieces of the input. */
#include "text/texts.h"

#include "base/crc32c.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t
digest(uint32_t crc, const struct od_text *text)
{
    if (text->length == 0) {
        abort(); /* a text is something */
    }
    crc = od_crc32c(crc, &text->length, sizeof text->length);
    return od_crc32c(crc, text->bytes, text->length);
}

static uint32_t
feed(const uint8_t *data, size_t size, size_t piece)
{
    struct od_texts texts = {0};
    struct od_text text;
    uint32_t crc = 0;
    for (size_t at = 0; at < size; at += piece) {
        if (!od_texts_feed(&texts, data + at, size - at < piece ? size - at : piece)) {
            abort();
        }
        while (od_texts_next(&texts, &text)) {
            crc = digest(crc, &text);
        }
    }
    if (od_texts_end(&texts, &text)) {
        crc = digest(crc, &text);
    }
    od_texts_clear(&texts);
    return crc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 &&
        feed(data + 1, size - 1, (size_t)data[0] % 7 + 1) != feed(data + 1, size - 1, size)) {
        abort();
    }
    return 0;
}
