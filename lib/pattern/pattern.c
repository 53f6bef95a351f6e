#include "pattern/pattern.h"

#include <string.h>

#include "pattern/silence.h"
#include "pattern/track.h"

#define WORK   ((size_t)40000000) /* of all tracks together: some seconds */
#define ORBITS 11                 /* that lines may have: SuperDirt's, but for the first */

struct writer {
    struct od_sheet *text;
    struct od_track_writer tracks;
    struct od_buf *out;
    bool failed;
};

/* The members that tracks of one part come to, but for their sequences. */
struct part_texts {
    struct od_buf tracks, midi;
};

static struct od_sheet_part *
part_at(const struct od_sheet *text, size_t i)
{
    return OD_SHEET_AT(text->parts, struct od_sheet_part, i);
}

/* ---- environment ------------------------------------------------------------------------------
 */

static const char *const number_keys[OD_SHEET_NUMBERS] = {"bpm", "swing", "default_gate", "seed"};

/* A scene has what it does not say from the session. */
static void
put_environment(struct writer *writer, const struct od_sheet_part *part)
{
    const struct od_sheet_part *session = part_at(writer->text, 0);
    bool any = false;
    for (int i = 0; i < OD_SHEET_NUMBERS; i++) {
        const struct od_sheet_part *from = part->said[i] ? part : session;
        if (from->said[i]) {
            od_buf_text(writer->out, any ? ",\"" : "\"environment\":{\"");
            od_buf_text(writer->out, number_keys[i]);
            od_buf_text(writer->out, "\":");
            od_number_double(writer->out, from->numbers[i]);
            any = true;
        }
    }
    od_buf_text(writer->out, any ? "},\n" : "");
}

/* ---- mixer lines ------------------------------------------------------------------------------
 */

static void
put_includes(struct writer *writer, const struct od_sheet_part *part,
             const struct od_sheet_line *line)
{
    bool any = false;
    for (size_t i = 0; i < OD_SHEET_COUNT(part->tracks, struct od_sheet_track); i++) {
        const struct od_sheet_track *track = OD_SHEET_AT(part->tracks, struct od_sheet_track, i);
        if (od_sheet_word_equal(&track->line, &line->name)) {
            od_buf_text(writer->out, any ? "," : "\"include\":[");
            od_track_word(writer->out, &track->id);
            any = true;
        }
    }
    od_buf_text(writer->out, any ? "]" : "\"include\":[]");
}

static void
put_settings(struct writer *writer, const struct od_sheet_line *line, size_t place)
{
    static const char *const top[] = {"volume", "pan", "orbit"};
    bool any = false, orbit = false;
    for (int in_fx = 0; in_fx < 2; in_fx++) {
        for (size_t i = 0; i < line->n_settings; i++) {
            const char *key = line->settings[i].key;
            bool is_top = false;
            for (size_t t = 0; t < sizeof top / sizeof top[0]; t++) {
                is_top = is_top || strcmp(key, top[t]) == 0;
            }
            if (is_top != (in_fx == 0)) {
                continue;
            }
            orbit = orbit || strcmp(key, "orbit") == 0;
            od_buf_text(writer->out, in_fx == 0 || any ? ",\"" : ",\"fx\":{\"");
            any = any || in_fx != 0;
            od_buf_text(writer->out, key);
            od_buf_text(writer->out, "\":");
            od_number_double(writer->out, line->settings[i].value);
        }
    }
    od_buf_text(writer->out, any ? "}" : "");
    if (!orbit && place < ORBITS) { /* the first orbit is of tracks without a line */
        od_buf_text(writer->out, ",\"orbit\":");
        od_number_integer(writer->out, (int64_t)place + 1);
    }
}

static void
put_line(struct writer *writer, const struct od_sheet_part *part, const struct od_sheet_line *line,
         size_t place)
{
    od_buf_text(writer->out, place > 0 ? ",\n " : "\"mixer_lines\":{\n ");
    od_track_word(writer->out, &line->name);
    od_buf_text(writer->out, ":{");
    put_includes(writer, part, line);
    put_settings(writer, line, place);
    od_buf_text(writer->out, line->mute ? ",\"mute\":true" : "");
    od_buf_text(writer->out, line->solo ? ",\"solo\":true" : "");
    od_buf_text(writer->out, "}");
}

/* The session's, each replaced by one of that name in the part, and then the part's own. */
static void
put_lines(struct writer *writer, const struct od_sheet_part *part)
{
    const struct od_sheet_part *session = part_at(writer->text, 0);
    size_t place = 0;
    for (size_t i = 0; i < OD_SHEET_COUNT(session->lines, struct od_sheet_line); i++) {
        const struct od_sheet_line *line = OD_SHEET_AT(session->lines, struct od_sheet_line, i);
        put_line(writer, part, od_sheet_find_line(writer->text, part, &line->name), place++);
    }
    for (size_t i = 0; part != session && i < OD_SHEET_COUNT(part->lines, struct od_sheet_line);
         i++) {
        const struct od_sheet_line *line = OD_SHEET_AT(part->lines, struct od_sheet_line, i);
        if (od_sheet_find_line(writer->text, session, &line->name) == NULL) {
            put_line(writer, part, line, place++);
        }
    }
    od_buf_text(writer->out, place > 0 ? "\n},\n" : "");
}

/* ---- parts ------------------------------------------------------------------------------------
 */

static bool
has_curve(const struct od_sheet_track *track)
{
    for (size_t i = 0; i < track->n_values; i++) {
        enum od_name_kind kind = track->values[i].name.kind;
        if (track->values[i].kind == OD_VALUE_SIGNAL && kind >= OD_NAME_CC &&
            kind <= OD_NAME_PROGRAM) {
            return true;
        }
    }
    return false;
}

static void
put_track(struct writer *writer, const struct od_sheet_part *part, struct od_sheet_track *track,
          struct od_buf *list)
{
    size_t events = writer->tracks.events;
    if (!od_track_write(&writer->tracks, part, track, list, writer->out)) {
        writer->failed = true;
    }
    track->plays = writer->tracks.events < events || has_curve(track);
    writer->out->failed = writer->out->failed || list->failed;
}

static void
put_tracks(struct writer *writer, const struct od_sheet_part *part, struct part_texts *texts)
{
    for (size_t i = 0; i < OD_SHEET_COUNT(part->tracks, struct od_sheet_track); i++) {
        struct od_sheet_track *track = OD_SHEET_AT(part->tracks, struct od_sheet_track, i);
        struct od_buf *list = track->channel < 0 ? &texts->tracks : &texts->midi;
        od_buf_text(list, list->length > 0 ? ",\n " : " ");
        od_buf_text(writer->out, i > 0 ? ",\n " : " ");
        put_track(writer, part, track, list);
    }
}

static void
insert_list(struct writer *writer, size_t at, const char *name, struct od_buf *list)
{
    if (list->length > 0) {
        od_buf_text(list, "\n},\n");
        od_buf_insert(list, 0, name, strlen(name));
        od_buf_insert(writer->out, at, list->data, list->length);
        writer->out->failed = writer->out->failed || list->failed;
    }
    od_buf_clear(list);
}

/* What tracks are stands before what they play, but is known only after it. The latter is nearly
 * all of a session: it is written where it stays. */
static void
put_part(struct writer *writer, const struct od_sheet_part *part)
{
    struct part_texts texts = {{0}, {0}};
    put_environment(writer, part);
    put_lines(writer, part);
    size_t start = writer->out->length;
    od_buf_text(writer->out, "\"sequences\":{\n");
    put_tracks(writer, part, &texts);
    od_buf_text(writer->out, "\n}");
    insert_list(writer, start, "\"tracks_midi\":{\n", &texts.midi);
    insert_list(writer, start, "\"tracks\":{\n", &texts.tracks);
}

static void
put_song(struct writer *writer)
{
    const struct od_buf *song = &writer->text->song;
    size_t n = OD_SHEET_COUNT(*song, struct od_sheet_entry);
    for (size_t i = 0; i < n; i++) {
        const struct od_sheet_entry *entry = OD_SHEET_AT(*song, struct od_sheet_entry, i);
        bool session = entry->scene.length == 4 && memcmp(entry->scene.text, "main", 4) == 0;
        od_buf_text(writer->out, i == 0 ? ",\n\"song\":[{\"scene\":" : ",{\"scene\":");
        if (session) {
            od_buf_text(writer->out, "null");
        } else {
            od_track_word(writer->out, &entry->scene);
        }
        od_buf_text(writer->out, ",\"bars\":");
        od_number_integer(writer->out, entry->bars);
        od_buf_text(writer->out, "}");
    }
    od_buf_text(writer->out, n > 0 ? "]" : "");
}

static void
put_session(struct writer *writer)
{
    size_t n = OD_SHEET_COUNT(writer->text->parts, struct od_sheet_part);
    od_buf_text(writer->out, "{\n");
    put_part(writer, part_at(writer->text, 0));
    for (size_t i = 1; i < n; i++) {
        od_buf_text(writer->out, i == 1 ? ",\n\"scenes\":{\n" : ",\n");
        od_track_word(writer->out, &part_at(writer->text, i)->scene);
        od_buf_text(writer->out, ":{\n");
        put_part(writer, part_at(writer->text, i));
        od_buf_text(writer->out, "}");
    }
    od_buf_text(writer->out, n > 1 ? "\n}" : "");
    put_song(writer);
    od_buf_text(writer->out, "\n}\n");
}

/* ---- all of it --------------------------------------------------------------------------------
 */

static bool
read_all(struct od_sheet *text, struct od_sheet_input *inputs, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n && !text->out_of_memory; i++) {
        total += inputs[i].source.length;
        if (total > OD_SHEET_MOST) {
            od_sheet_say(&inputs[i], OD_ERROR, 0, "too-many", "more than 1 MiB of text");
            return false;
        }
        od_sheet_read(text, &inputs[i]);
    }
    od_sheet_resolve(text);
    return !text->out_of_memory;
}

static uint64_t
seed_of(const struct od_sheet *text, const struct od_pattern_options *options)
{
    const struct od_sheet_part *session = part_at(text, 0);
    return options->has_seed ? (uint64_t)options->seed : (uint64_t)session->numbers[OD_SHEET_SEED];
}

/* Of all files; `hard`: without the warnings that are taken as errors. */
static size_t
count_errors(const struct od_sheet_input *inputs, size_t n, bool hard)
{
    size_t errors = 0;
    for (size_t i = 0; i < n; i++) {
        errors += inputs[i].diags.errors - (hard ? inputs[i].diags.hardened : 0);
    }
    return errors;
}

static void
write_all(struct writer *writer, const struct od_pattern_options *options)
{
    if (options->has_seed) {
        part_at(writer->text, 0)->numbers[OD_SHEET_SEED] = (double)options->seed;
        part_at(writer->text, 0)->said[OD_SHEET_SEED] = true;
    }
    writer->tracks = (struct od_track_writer){.text = writer->text,
                                              .seed = seed_of(writer->text, options),
                                              .work = options->work > 0 ? options->work : WORK,
                                              .events = OD_TRACK_EVENTS};
    put_session(writer);
    od_track_writer_clear(&writer->tracks);
}

enum od_status
od_pattern_compile(struct od_sheet_input *inputs, size_t n,
                   const struct od_pattern_options *options, struct od_buf *json)
{
    struct od_sheet text = {.out_of_memory = false};
    size_t before = json->length;
    struct writer writer = {.text = &text, .out = json};
    bool read = read_all(&text, inputs, n);
    if (read) {
        write_all(&writer, options);
    }
    bool memory = text.out_of_memory || writer.tracks.out_of_memory || json->failed;
    if (read && !memory && count_errors(inputs, n, true) == 0) {
        od_silence_judge(&text, &inputs[0]);
    }
    for (size_t i = 0; i < n; i++) {
        memory = memory || inputs[i].diags.out_of_memory;
        od_diag_sort(&inputs[i].diags);
    }
    od_sheet_clear(&text);
    enum od_status status = memory                               ? OD_ENOMEM
                            : count_errors(inputs, n, false) > 0 ? OD_EDATA
                                                                 : OD_OK;
    json->length = status == OD_OK || json->failed ? json->length : before;
    return status;
}
