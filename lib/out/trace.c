#include "out/trace.h"

#include <inttypes.h>
#include <string.h>

#include "score/osc.h"

static void
head(struct od_buf *out, od_nsec time, int64_t step)
{
    uint64_t ns = time < 0 ? (uint64_t)-time : (uint64_t)time;
    od_buf_printf(out, "{\"t\":%s%" PRIu64 ".%09" PRIu64 ",\"step\":%u,", time < 0 ? "-" : "",
                  ns / (uint64_t)OD_NSEC_PER_SEC, ns % (uint64_t)OD_NSEC_PER_SEC,
                  (unsigned)(step & (OD_STEPS - 1)));
}

enum od_status
od_trace_osc(struct od_buf *out, od_nsec time, int64_t step, const void *bundle, size_t size)
{
    struct od_buf messages = {0};
    enum od_status status = od_osc_packet_json(bundle, size, &messages);
    if (status != OD_OK || messages.length == 0) {
        od_buf_clear(&messages);
        return status;
    }
    const char *line = (const char *)messages.data;
    const char *end = line + messages.length;
    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = newline != NULL ? (size_t)(newline - line) : (size_t)(end - line);
        head(out, time, step);
        od_buf_append(out, "\"osc\":", 6);
        od_buf_append(out, line, length);
        od_buf_append(out, "}\n", 2);
        line += length + 1;
    }
    od_buf_clear(&messages);
    return out->failed ? OD_ENOMEM : OD_OK;
}

enum od_status
od_trace_midi(struct od_buf *out, od_nsec time, int64_t step, const unsigned char *bytes,
              size_t size)
{
    head(out, time, step);
    for (size_t i = 0; i < size; i++) {
        od_buf_printf(out, "%s%u", i == 0 ? "\"midi\":[" : ",", bytes[i]);
    }
    od_buf_append(out, "]}\n", 3);
    return out->failed ? OD_ENOMEM : OD_OK;
}
