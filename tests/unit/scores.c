#include "scores.h"

#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "score/compile.h"
#include "score/osc.h"

char *
score_quoted(const char *session)
{
    char *text = strdup(session);
    assert_non_null(text);
    for (char *p = text; *p != '\0'; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    return text;
}

enum od_status
score_try(char *text, struct od_diag_list *diags, struct od_buf *bytes)
{
    const struct od_source source = {"test", text, strlen(text)};
    return od_compile_text(&source, diags, bytes);
}

void
score_compile(const char *session, struct od_buf *bytes)
{
    struct od_diag_list diags = {0};
    char *text = score_quoted(session);
    if (score_try(text, &diags, bytes) != OD_OK) {
        fail_msg("%s", diags.count > 0 ? diags.items[0].message : "no reason");
    }
    od_diag_clear(&diags);
    free(text);
}

void
score_open(const char *session, struct od_score *score)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_buf bytes = {0};
    score_compile(session, &bytes);
    if (od_score_open_heap(score, bytes.data, bytes.length, error) != OD_OK) {
        fail_msg("%s", error);
    }
}

void
score_seal(void *bytes, size_t length)
{
    unsigned char *at = bytes;
    size_t before = offsetof(struct od_score_header, crc);
    size_t after = before + sizeof(uint32_t);
    uint32_t crc = od_crc32c(od_crc32c(0, at, before), at + after, length - after);
    memcpy(at + before, &crc, sizeof crc);
}

char *
score_message(const struct od_score *score, uint32_t track, unsigned variant, uint32_t place)
{
    const struct od_score_track *of = &score->tracks[track];
    struct od_buf out = {0};
    assert_int_not_equal(of->first_message[variant], OD_SCORE_NONE);
    assert_true(place < of->n_messages);
    const struct od_score_message *message = &score->messages[of->first_message[variant] + place];
    assert_int_equal(od_osc_packet_json(score->bytes + message->bytes, message->size, &out), OD_OK);
    assert_true(out.length > 0);
    out.data[out.length - 1] = '\0'; /* the newline */
    return (char *)out.data;
}
