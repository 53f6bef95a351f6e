/* IR text → session → score → program → 256 steps. jansson judges what is JSON; a session compiled
 * twice gives the same bytes. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "fuzz_play.h"
#include "score/compile.h"
#include "text/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_json_to_us(const char *text, size_t size, bool *too_deep)
{
    struct od_arena arena = {0};
    struct od_json json;
    struct od_diag_list *diags = calloc(1, sizeof *diags);
    const struct od_source source = {"fuzz", text, size};
    od_json_init(&json, &source, diags, &arena);
    od_json_skip(&json);
    bool sound = !json.broken && od_json_finish(&json);
    for (size_t i = 0; i < diags->count; i++) {
        *too_deep = *too_deep || strstr(diags->items[i].message, "deep") != NULL;
        sound = sound && diags->items[i].severity != OD_ERROR;
    }
    od_arena_clear(&arena);
    od_diag_clear(diags);
    free(diags);
    return sound;
}

/* Differences on purpose: nesting over 64; a byte 0 behind a number, which jansson 2.14 swallows
 * though RFC 8259 does not have it as white space. */
static void
judge(const char *text, size_t size)
{
    if (memchr(text, 0, size) != NULL) {
        return;
    }
    bool too_deep = false;
    bool ours = is_json_to_us(text, size, &too_deep);
    json_t *theirs = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    if (ours != (theirs != NULL) && !too_deep) {
        fprintf(stderr, "we %s, jansson %s\n", ours ? "accept" : "refuse",
                theirs != NULL ? "accepts" : "refuses");
        abort();
    }
    json_decref(theirs);
}

static enum od_status
compile(const char *text, size_t size, struct od_buf *score)
{
    struct od_diag_list *diags = calloc(1, sizeof *diags);
    struct od_buf said = {0};
    const struct od_source source = {"fuzz", text, size};
    enum od_status status = od_compile_text(&source, diags, score);
    for (size_t i = 0; i < diags->count; i++) {
        od_diag_text(&diags->items[i], &source, "fuzz", &said);
        od_diag_json(&diags->items[i], &source, &said);
    }
    if ((status == OD_OK) != (diags->errors == 0) && status != OD_ENOMEM) {
        abort();
    }
    od_buf_clear(&said);
    od_diag_clear(diags);
    free(diags);
    return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    judge(text, size);
    struct od_buf once = {0};
    struct od_buf twice = {0};
    if (compile(text, size, &once) == OD_OK) {
        char error[OD_SCORE_ERROR_SIZE];
        struct od_score score;
        if (compile(text, size, &twice) != OD_OK || once.length != twice.length ||
            memcmp(once.data, twice.data, once.length) != 0) {
            abort();
        }
        if (od_score_open_memory(&score, once.data, once.length, error) != OD_OK) {
            fprintf(stderr, "%s\n", error);
            abort();
        }
        fuzz_play_score(&score);
    }
    od_buf_clear(&once);
    od_buf_clear(&twice);
    free(text);
    return 0;
}
