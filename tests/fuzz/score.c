/* Score bytes → open → dump → play. Length and CRC are put right, so that the fuzzer gets past
 * them. */
#include <stddef.h>
#include <string.h>

#include "base/crc32c.h"
#include "control/dump.h"
#include "fuzz_play.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put_right(unsigned char *bytes, size_t size)
{
    struct od_score_header header;
    const size_t crc_at = offsetof(struct od_score_header, crc);
    if (size < sizeof header) {
        return;
    }
    memcpy(&header, bytes, sizeof header);
    header.length = size;
    memcpy(bytes, &header, sizeof header);
    header.crc = od_crc32c(od_crc32c(0, bytes, crc_at), bytes + crc_at + 4, size - crc_at - 4);
    memcpy(bytes, &header, sizeof header);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_score score;
    unsigned char *bytes = malloc(size + 8);
    memcpy(bytes, data, size);
    if (size > 0 && (data[size - 1] & 1) == 0) {
        put_right(bytes, size);
    }
    if (od_score_open_memory(&score, bytes, size, error) == OD_OK) {
        struct od_buf out = {0};
        od_dump_text(&score, &out);
        od_dump_json(&score, &out);
        od_buf_clear(&out);
        fuzz_play_score(&score);
    }
    free(bytes);
    return 0;
}
