/* Live changes: a script of edits, as the control thread makes them, on a session; then it is
 * played. */
#include <stdio.h>
#include <string.h>

#include "../unit/switches.h"
#include "control/stream.h"
#include "fuzz_play.h"
#include "score/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char session[] =
    "{\"environment\":{\"swing\":0.3},\"tracks\":{\"a\":{\"params\":{\"s\":\"bd\",\"extra_params\":"
    "{\"voice\":1}},\"fx\":{\"room\":0.2},\"sends\":[{\"target\":\"m\",\"amount\":0.5}]},\"b\":{"
    "\"params\":{\"s\":\"sn\",\"legato\":0.5},\"track_fx\":{\"cutoff\":900,\"vowel\":\"a\"}}},"
    "\"tracks_midi\":{\"x\":{\"channel\":2}},\"mixer_lines\":{\"m\":{\"include\":[\"b\"],\"fx\":{"
    "\"leslie_rate\":1}}},\"sequences\":{\"a\":{\"events\":[{\"step\":0,\"note\":60},{\"step\":1}]}"
    ","
    "\"b\":{\"events\":[{\"step\":0,\"gate\":null},{\"step\":7,\"offset_ms\":-9}]},\"x\":{"
    "\"events\":"
    "[{\"step\":0,\"note\":40},{\"step\":0,\"note\":40,\"gate\":9}]}},\"scenes\":{\"s\":{"
    "\"tracks\":"
    "{\"a\":{\"params\":{\"s\":\"cp\"}}},\"sequences\":{\"a\":{\"events\":[{\"step\":3}]}}}}}";

static struct od_shared_score *
compile_once(void)
{
    static struct od_shared_score *shared;
    if (shared != NULL) {
        return shared;
    }
    char error[OD_SCORE_ERROR_SIZE];
    struct od_buf bytes = {0};
    struct od_score score;
    struct od_diag_list *diags = calloc(1, sizeof *diags);
    const struct od_source source = {"fuzz", session, sizeof session - 1};
    if (od_compile_text(&source, diags, &bytes) != OD_OK ||
        od_score_open_heap(&score, bytes.data, bytes.length, error) != OD_OK) {
        abort();
    }
    od_diag_clear(diags);
    free(diags);
    shared = od_shared_score_new(&score);
    return shared;
}

static struct od_take *
first_take(void)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_take *take = NULL;
    if (od_take_new(&fuzz_setup, compile_once(), 0, &take, error) != OD_OK) {
        abort();
    }
    return take;
}

static enum od_status
edit(struct od_take *base, char **words, int n, struct od_take **take)
{
    char error[OD_SCORE_ERROR_SIZE];
    bool on = n > 2 && strcmp(words[2], "on") == 0;
    if (n == 3 && strcmp(words[0], "mute") == 0) {
        return switch_one(base, OD_SWITCH_MUTE, words[1], on, take);
    }
    if (n == 3 && strcmp(words[0], "solo") == 0) {
        return switch_one(base, OD_SWITCH_SOLO, words[1], on, take);
    }
    if (n == 2 && strcmp(words[0], "prepare") == 0) {
        return od_take_prepare(base, words[1], take);
    }
    bool move = n == 4 && strcmp(words[0], "move") == 0;
    if (move || (n == 4 && strcmp(words[0], "set") == 0)) {
        char *end;
        struct od_live_value value = {.type = OD_VALUE_FLOAT, .number = strtod(words[3], &end)};
        value.over = move ? 7 : 0;
        value.remove = strcmp(words[3], "null") == 0;
        if (*end != '\0' || value.number != value.number || value.number - value.number != 0) {
            value = (struct od_live_value){.over = value.over,
                                           .type = OD_VALUE_STRING,
                                           .string = words[3],
                                           .remove = value.remove};
        }
        return od_take_set(base, words[1], words[2], &value, take, error);
    }
    return OD_EDATA;
}

static struct od_take *
apply_line(struct od_take *take, char *line)
{
    char *words[OD_WORDS_MAX];
    bool quoted[OD_WORDS_MAX];
    char error[OD_SCORE_ERROR_SIZE];
    struct od_take *next = NULL;
    int n = od_words_split(line, words, quoted, error);
    if (n > 0 && edit(take, words, n, &next) == OD_OK) {
        od_take_unref(take);
        return next;
    }
    return take;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct od_take *take = first_take();
    struct od_stream stream = {0};
    if (size > 4096 || !od_stream_feed(&stream, data, size)) {
        size = 0;
    }
    for (int edits = 0; edits < 64; edits++) {
        struct od_stream_item item = od_stream_next(&stream);
        if (item.kind == OD_STREAM_MORE) {
            break;
        }
        if (item.kind == OD_STREAM_LINE) {
            take = apply_line(take, item.line);
        }
        free(item.score);
    }
    od_stream_clear(&stream);
    fuzz_play(take, 1, size % 8 == 0);
    od_take_unref(take);
    return 0;
}
