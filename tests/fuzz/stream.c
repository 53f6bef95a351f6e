/* Control stream: scores and lines in any fragmentation; what comes whole must not depend on it. */
#include <string.h>

#include "base/crc32c.h"
#include "control/stream.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t
digest(uint32_t crc, struct od_stream_item *item)
{
    char *words[OD_WORDS_MAX];
    bool quoted[OD_WORDS_MAX];
    char error[OD_SCORE_ERROR_SIZE];
    crc = od_crc32c(crc, &item->kind, sizeof item->kind);
    if (item->kind == OD_STREAM_SCORE) {
        crc = od_crc32c(crc, item->score, item->length);
        free(item->score);
    } else if (item->kind == OD_STREAM_LINE) {
        crc = od_crc32c(crc, item->line, item->length);
        int n = od_words_split(item->line, words, quoted, error);
        for (int i = 0; i < n; i++) {
            crc = od_crc32c(crc, words[i], strlen(words[i]));
        }
    }
    return crc;
}

static uint32_t
drain(uint32_t crc, struct od_stream *stream)
{
    for (;;) {
        struct od_stream_item item = od_stream_next(stream);
        if (item.kind == OD_STREAM_MORE) {
            return crc;
        }
        crc = digest(crc, &item);
    }
}

static uint32_t
feed(const uint8_t *data, size_t size, size_t piece)
{
    struct od_stream stream = {0};
    uint32_t crc = 0;
    for (size_t at = 0; at < size; at += piece) {
        size_t now = size - at < piece ? size - at : piece;
        if (!od_stream_feed(&stream, data + at, now)) {
            abort();
        }
        crc = drain(crc, &stream);
    }
    if (od_stream_end(&stream)) {
        crc = drain(crc, &stream);
    }
    (void)od_stream_cut(&stream);
    od_stream_clear(&stream);
    return crc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t whole = feed(data, size, size > 0 ? size : 1);
    size_t least = size <= 600 ? 1 : 1 + size / 600; /* the time of a run is bounded */
    if (feed(data, size, least) != whole || feed(data, size, least + 6) != whole) {
        abort();
    }
    return 0;
}
