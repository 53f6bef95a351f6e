/*
 * A MIDI file → the session, which is JSON, and compiles but for what a session may not hold; and
 * what the file holds, told for people and as JSON. Some bytes at the end choose how: which part of
 * it, and where it goes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smf/import.h"
#include "smf/list.h"
#include "text/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHOICES  4
#define TEXT_MAX ((size_t)16 << 20)

static bool
take(void *context, const void *bytes, size_t size)
{
    struct od_buf *text = context;
    od_buf_append(text, bytes, size);
    return text->length < TEXT_MAX;
}

static void
check_json(const struct od_buf *text)
{
    struct od_diag_list *diags = calloc(1, sizeof *diags);
    struct od_json *json = calloc(1, sizeof *json);
    struct od_arena arena = {0};
    const struct od_source source = {"fuzz", (const char *)text->data, text->length};
    od_json_init(json, &source, diags, &arena);
    od_json_skip(json);
    if (!od_json_finish(json) || diags->count > 0) {
        fprintf(stderr, "%.*s\n", (int)text->length, (const char *)text->data);
        abort();
    }
    od_diag_clear(diags);
    od_arena_clear(&arena);
    free(json);
    free(diags);
}

static void
list(struct od_smf_song *song)
{
    struct od_buf text = {0};
    od_smf_list_text(song, "fuzz", &text);
    text.length = 0;
    od_smf_list_json(song, "fuzz", &text);
    check_json(&text);
    od_buf_clear(&text);
}

static void
import(struct od_smf_song *song, unsigned to)
{
    static struct od_smf_drums drums;
    struct od_buf text = {0};
    if (drums.of[36].sound == NULL && od_smf_drums_init(&drums) != OD_OK) {
        abort();
    }
    const struct od_smf_import how = {
        .to = (enum od_smf_to)(to % 3), .drums = &drums, .write = take, .context = &text};
    enum od_status status = od_smf_import(song, &how);
    if (status == OD_OK) {
        check_json(&text);
    } else if (status != OD_EIO) {
        abort();
    }
    od_buf_clear(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct od_smf_file *file = calloc(1, sizeof *file);
    struct od_smf_song song = {0};
    unsigned char choices[CHOICES] = {0, 1, 0, 0};
    if (size > CHOICES) {
        memcpy(choices, data + size - CHOICES, CHOICES);
    }
    if (od_smf_read(file, data, size) == OD_OK) {
        if (od_smf_song_init(&song, file) != OD_OK) {
            abort();
        }
        for (size_t i = 0; i < od_smf_n_voices(&song); i++) {
            od_smf_voice_at(&song, i)->left_out = (choices[3] >> i % 8 & 1u) != 0;
        }
        if (od_smf_song_cut(&song, 1 + choices[1] % 16, choices[2] % 16)) {
            list(&song);
            import(&song, choices[0]);
        }
    } else if (file->error[0] == '\0') {
        abort();
    }
    od_smf_song_clear(&song);
    od_smf_file_clear(file);
    free(file);
    return 0;
}
