/* Pattern text → session. The bytes are a text, or they choose one by the grammar: mostly right,
 * now and then not. The same text gives the same session and findings twice; jansson reads it, and
 * what is in it is what a session may say. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORK       ((size_t)300000)
#define TEXT_MOST  4000
#define DEPTH_MOST 6

/* ---- a text by the grammar ---- */

struct writer {
    const uint8_t *at, *end;
    struct od_buf text;
    int depth;
};

static unsigned
choose(struct writer *w, unsigned n)
{
    unsigned byte = w->at < w->end ? *w->at++ : 0;
    return byte % n;
}

static void
put(struct writer *w, const char *word)
{
    if (w->text.length < TEXT_MOST) {
        od_buf_append(&w->text, word, strlen(word));
    }
}

static void
put_one(struct writer *w, const char *const *words, unsigned n)
{
    put(w, words[choose(w, n)]);
}

#define PUT_ONE(w, ...)                                                                            \
    put_one(w, (const char *const[]){__VA_ARGS__},                                                 \
            (unsigned)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

static void put_sequence(struct writer *w);

static void
put_parts(struct writer *w)
{
    put_sequence(w);
    for (unsigned n = choose(w, 8); n > 5; n--) {
        PUT_ONE(w, ",", " , ", "|", " . ");
        put_sequence(w);
    }
}

static void
put_term(struct writer *w)
{
    unsigned kind = w->depth >= DEPTH_MOST ? choose(w, 8) : choose(w, 16);
    w->depth++;
    switch (kind) {
    case 8:
    case 9:
    case 10:
        put(w, "[");
        put_parts(w);
        put(w, "]");
        break;
    case 11:
    case 12:
        put(w, "<");
        put_parts(w);
        put(w, ">");
        break;
    case 13:
        put(w, "{");
        put_parts(w);
        PUT_ONE(w, "}", "}%4", "}%3", "}%<2 5>", "}%0");
        break;
    case 14:
        PUT_ONE(w, "0 .. 3", "5 .. 0", "0 .. <1 9>", "-1..1", "0 .. 1e9");
        break;
    case 15:
        PUT_ONE(w, "~a", "'", "$", "[", ">", "\xff", "\x01", "..", "e\xcc\x81", "\\");
        break;
    default:
        PUT_ONE(w, "bd", "sn", "~", "-", "0", "1", "0.5", "-3", "c4", "eb", "60", "1e9", "127",
                "9223372036854775807", "0.0000001", "super", "bd:3", "_");
    }
    w->depth--;
}

static void
put_operator(struct writer *w)
{
    switch (choose(w, 12)) {
    case 0:
    case 1:
        put(w, "*");
        put_term(w);
        break;
    case 2:
        put(w, "/");
        put_term(w);
        break;
    case 3:
        PUT_ONE(w, "(3,8)", "(5,8,2)", "(<3 5>,8)", "(-3,8,<0 -9>)", "(1,100000)", "(9,8)", "(3",
                "(,)", "(~,8)", "([1 2]*2 3,<4 8>)");
        break;
    case 4:
        put(w, ":");
        put_term(w);
        break;
    default:
        PUT_ONE(w, "!", "!3", "@2", "@0.3", " _", "?", "?0.9", "|", "*1e9", "!99999", "@1e15", "*0",
                "*2", "/3", "*1.5", "?7");
    }
}

static void
put_sequence(struct writer *w)
{
    for (unsigned n = choose(w, 5); n-- > 0;) {
        put_term(w);
        while (choose(w, 3) == 0 && w->at < w->end) {
            put_operator(w);
        }
        put(w, " ");
    }
}

static void
put_value(struct writer *w)
{
    switch (choose(w, 5)) {
    case 0:
        PUT_ONE(w, "0.5", "3", "bd", "superpiano", "-1", "1/3", "bd:2", "c4", "bd*2", "");
        break;
    case 1:
        PUT_ONE(w, "sine", "saw", "rand", "perlin", "tri", "square");
        PUT_ONE(w, "", " 0..1", " 300..2000", " 5..-5", " 0..x", " 0..1e300");
        PUT_ONE(w, "", " per 4", " per 1/3", " per 0", " per 300", " per 1.5");
        break;
    default:
        put(w, "\"");
        put_parts(w);
        put(w, choose(w, 30) == 1 ? "" : "\"");
    }
}

static void
put_track(struct writer *w)
{
    PUT_ONE(w, "a", "b", "c", "hat", "kick", "bpm", "x*", "\xc3\xa9");
    PUT_ONE(w, ": s ", ": s ", ": s superpiano note ", ": midi 1 note ", ": midi 16 ", ": ",
            ":note ");
    put_value(w);
    for (unsigned n = choose(w, 6); n-- > 0;) {
        PUT_ONE(w, " gain ", " pan ", " note ", " n ", " legato ", " gate ", " velocity ",
                " nudge ", " early ", " late ", " up ", " cc7 ", " bend ", " pressure ",
                " program ", " mod cutoff ", " mod pan ", " mod ", " on hall ", " send hall ",
                " cutoff ", " vowel ", " room ", " gian ", " zzz ", " orbit ", "\n  shape ",
                " // no\n ", " s ");
        put_value(w);
    }
    put(w, "\n");
}

static void
put_statement(struct writer *w)
{
    switch (choose(w, 8)) {
    case 0:
        PUT_ONE(w, "bpm 120", "bpm 0", "swing 0.2", "gate 1", "seed 7", "seed -1", "bpm",
                "bpm 1 2");
        put(w, "\n");
        break;
    case 1:
        PUT_ONE(w, "scene one\n", "scene two\n", "scene main\n", "scene\n", "song main@2 one\n",
                "song two@4096\n", "mute a\n", "solo hat b\n", "mute zzz\n", "\n", "  \n");
        break;
    case 2:
        PUT_ONE(w, "hall = line room 0.5\n", "hall = line orbit 3 mute volume 2\n", "hall = \n",
                "b = line zzz 3\n");
        break;
    default:
        put_track(w);
    }
}

/* ---- what it becomes ---- */

struct result {
    enum od_status status;
    struct od_buf json, said;
};

static void
compile(const char *text, size_t size, struct result *result)
{
    struct od_sheet_input *input = calloc(1, sizeof *input);
    struct od_pattern_options options = {.work = WORK};
    input->source = (struct od_source){"fuzz", text, size};
    result->status = od_pattern_compile(input, 1, &options, &result->json);
    for (size_t i = 0; i < input->diags.count; i++) {
        if (input->diags.items[i].offset > size) {
            abort();
        }
    }
    od_diag_report_text(&input->diags, &input->source, "fuzz", &result->said);
    if ((result->status == OD_OK) != (input->diags.errors == 0)) {
        abort();
    }
    od_diag_clear(&input->diags);
    free(input);
}

static void
require(bool good, const char *what, const struct od_buf *text)
{
    if (!good) {
        fprintf(stderr, "%s:\n%.*s\n", what, (int)text->length, (const char *)text->data);
        abort();
    }
}

static void
judge_events(json_t *sequence, const struct od_buf *text)
{
    size_t i;
    json_t *event;
    json_int_t length = json_integer_value(json_object_get(sequence, "length"));
    require(length > 0 && length <= 4096 && length % 16 == 0, "length", text);
    json_array_foreach(json_object_get(sequence, "events"), i, event)
    {
        json_int_t step = json_integer_value(json_object_get(event, "step"));
        double offset = json_number_value(json_object_get(event, "offset"));
        json_int_t note = json_integer_value(json_object_get(event, "note"));
        require(step >= 0 && step < length, "step", text);
        require(offset >= 0 && offset < 1, "offset", text);
        require(note >= 0 && note <= 127, "note", text);
        require(!(json_number_value(json_object_get(event, "gate")) < 0), "gate", text);
    }
}

static void
judge_part(json_t *part, const struct od_buf *text)
{
    const char *id;
    json_t *sequence, *track;
    json_object_foreach(json_object_get(part, "sequences"), id, sequence)
    {
        bool dirt = json_object_get(json_object_get(part, "tracks"), id) != NULL;
        bool midi = json_object_get(json_object_get(part, "tracks_midi"), id) != NULL;
        require(dirt != midi, "a sequence has one track", text);
        judge_events(sequence, text);
    }
    json_object_foreach(json_object_get(part, "tracks"), id, track)
    {
        require(json_is_string(json_object_get(json_object_get(track, "params"), "s")), "s", text);
    }
}

static void
judge(const struct result *result, const struct od_buf *text)
{
    const char *name;
    json_t *scene;
    json_t *session = json_loadb((const char *)result->json.data, result->json.length,
                                 JSON_REJECT_DUPLICATES, NULL);
    require(session != NULL, "no JSON", text);
    judge_part(session, text);
    json_object_foreach(json_object_get(session, "scenes"), name, scene)
    {
        judge_part(scene, text);
    }
    json_decref(session);
}

static bool
same(const struct od_buf *a, const struct od_buf *b)
{
    return a->length == b->length && (a->length == 0 || memcmp(a->data, b->data, a->length) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct writer w = {.at = data, .end = data + size};
    struct result once = {.status = OD_OK}, again = {.status = OD_OK};
    if (size > 0 && data[0] == 1) {
        w.at++;
        for (int n = 0; w.at < w.end && n < 40; n++) {
            put_statement(&w);
        }
    } else if (size > 0) {
        od_buf_append(&w.text, data, size);
    }
    compile((const char *)w.text.data, w.text.length, &once);
    compile((const char *)w.text.data, w.text.length, &again);
    require(once.status == again.status && same(&once.json, &again.json) &&
                same(&once.said, &again.said),
            "not the same twice", &w.text);
    if (once.status == OD_OK) {
        judge(&once, &w.text);
    }
    od_buf_clear(&once.json);
    od_buf_clear(&once.said);
    od_buf_clear(&again.json);
    od_buf_clear(&again.said);
    od_buf_clear(&w.text);
    return 0;
}
