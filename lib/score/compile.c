#include "score/compile.h"

#include <string.h>

#include "base/crc32c.h"
#include "score/compiler.h"

/* The part of apply's scene: the scenes follow the session in their order. */
static uint32_t
find_apply_part(const struct od_session *session)
{
    for (size_t i = 0; i < session->n_scenes && session->apply.scene.text != NULL; i++) {
        if (strcmp(session->scenes[i].name.text, session->apply.scene.text) == 0) {
            return (uint32_t)i + 1;
        }
    }
    return OD_SCORE_NONE;
}

static void
index_scenes(struct od_compiler *compiler, struct od_hash *parts)
{
    const struct od_session *session = compiler->session;
    for (size_t i = 0; i < session->n_scenes && session->n_song > 0; i++) {
        const char *name = session->scenes[i].name.text;
        if (!od_hash_add(parts, name, strlen(name), (uint32_t)i + 1)) {
            od_compiler_fail(compiler, OD_ENOMEM);
        }
    }
}

static void
compile_song(struct od_compiler *compiler)
{
    const struct od_session *session = compiler->session;
    struct od_hash parts = {0};
    index_scenes(compiler, &parts);
    for (size_t i = 0; i < session->n_song && !compiler->stopped; i++) {
        const char *scene = session->song[i].scene.text;
        struct od_score_entry *entry = od_compiler_add(compiler, OD_SECTION_SONG, sizeof *entry);
        if (entry != NULL) {
            entry->part = scene == NULL ? 0 : od_hash_find(&parts, scene, strlen(scene));
            entry->bars = session->song[i].bars;
        }
    }
    od_hash_clear(&parts);
}

static void
compile_apply_ids(struct od_compiler *compiler)
{
    const struct od_apply *apply = &compiler->session->apply;
    for (size_t i = 0; i < apply->n_track_ids; i++) {
        uint32_t *id = od_compiler_add(compiler, OD_SECTION_APPLY_IDS, sizeof *id);
        if (id != NULL) {
            *id = od_compiler_string(compiler, apply->track_ids[i].text);
        }
    }
}

static struct od_buf *
section_buf(struct od_compiler *compiler, enum od_section section)
{
    switch ((int)section) {
    case OD_SECTION_VALUES:
        return &compiler->sink.values;
    case OD_SECTION_FLOATS:
        return &compiler->sink.floats;
    case OD_SECTION_MESSAGES:
        return &compiler->sink.messages;
    case OD_SECTION_SLOTS:
        return &compiler->sink.slots;
    case OD_SECTION_BYTES:
        return &compiler->sink.bytes;
    default:
        return &compiler->sections[section];
    }
}

static const uint32_t record_sizes[] = {
#define RECORD_SIZE(name, type) sizeof(type),
    OD_SECTION_LIST(RECORD_SIZE)
#undef RECORD_SIZE
};

/* Where each section will lie; returns the length of the score. */
static uint64_t
lay_out(struct od_compiler *compiler, struct od_score_header *header)
{
    uint64_t at = sizeof *header;
    for (int i = 0; i < OD_SECTION_COUNT; i++) {
        uint64_t length = section_buf(compiler, (enum od_section)i)->length;
        at = (at + OD_SCORE_ALIGNMENT - 1) / OD_SCORE_ALIGNMENT * OD_SCORE_ALIGNMENT;
        header->sections[i] = (struct od_score_section){
            .offset = at, .count = (uint32_t)(length / record_sizes[i]), .size = record_sizes[i]};
        at += length;
    }
    return (at + OD_SCORE_ALIGNMENT - 1) / OD_SCORE_ALIGNMENT * OD_SCORE_ALIGNMENT;
}

static void
seal(struct od_buf *score)
{
    size_t after = offsetof(struct od_score_header, crc) + sizeof(uint32_t);
    uint32_t crc = od_crc32c(0, score->data, offsetof(struct od_score_header, crc));
    crc = od_crc32c(crc, score->data + after, score->length - after);
    memcpy(score->data + offsetof(struct od_score_header, crc), &crc, sizeof crc);
}

static enum od_status
write_score(struct od_compiler *compiler, struct od_buf *score)
{
    const struct od_session *session = compiler->session;
    struct od_score_header header = {
        .magic = OD_SCORE_MAGIC,
        .version = OD_SCORE_VERSION,
        .dialect = session->is_batch ? 1 : 0,
        .apply_timing = session->apply.present ? (uint32_t)session->apply.timing : OD_SCORE_NONE,
        .apply_part = find_apply_part(session),
        .apply_from = (uint32_t)session->apply.from,
        .song_end = (uint32_t)session->song_end,
        .n_sections = OD_SECTION_COUNT,
    };
    header.length = lay_out(compiler, &header);
    if (header.length > OD_SCORE_LENGTH_MAX) {
        od_compiler_too_long(compiler);
        return OD_EDATA;
    }
    od_buf_append(score, &header, sizeof header);
    for (int i = 0; i < OD_SECTION_COUNT; i++) {
        const struct od_buf *section = section_buf(compiler, (enum od_section)i);
        od_buf_align(score, OD_SCORE_ALIGNMENT);
        od_buf_append(score, section->data, section->length);
    }
    od_buf_align(score, OD_SCORE_ALIGNMENT);
    if (score->failed) {
        return OD_ENOMEM;
    }
    seal(score);
    return OD_OK;
}

static void
clear_compiler(struct od_compiler *compiler)
{
    for (int i = 0; i < OD_SECTION_COUNT; i++) {
        od_buf_clear(&compiler->sections[i]);
    }
    od_message_sink_clear(&compiler->sink);
    od_hash_clear(&compiler->strings);
    od_buf_clear(&compiler->events);
    od_buf_clear(&compiler->steps);
    od_buf_clear(&compiler->runs);
}

static void
compile_parts(struct od_compiler *compiler)
{
    const struct od_session *session = compiler->session;
    od_compiler_add(compiler, OD_SECTION_STRINGS, 1); /* the empty string */
    if (session->is_batch) {
        od_compile_batch(compiler);
        return;
    }
    od_compile_part(compiler, &session->main);
    for (size_t i = 0; i < session->n_scenes && !compiler->stopped; i++) {
        od_compile_part(compiler, &session->scenes[i]);
    }
    compile_apply_ids(compiler);
    compile_song(compiler);
}

/* What there is to hear. */
struct sounding {
    size_t tracks, with_events;
    bool any;
};

static void
count_track(struct sounding *sounding, bool plays, uint32_t flags, bool any_solo)
{
    bool audible = (flags & OD_TRACK_LINE_SILENT) == 0 &&
                   (any_solo ? (flags & OD_TRACK_SOLO) != 0 : (flags & OD_TRACK_MUTE) == 0);
    sounding->tracks++;
    sounding->with_events += plays;
    sounding->any = sounding->any || (plays && audible);
}

static void
count_sounding(struct sounding *sounding, const struct od_compiler *compiler,
               const struct od_score_part *part)
{
    const struct od_score_track *tracks = (const void *)compiler->sections[OD_SECTION_TRACKS].data;
    const struct od_score_midi_track *midi =
        (const void *)compiler->sections[OD_SECTION_MIDI_TRACKS].data;
    uint32_t solo = 0, midi_solo = 0;
    for (uint32_t i = part->first_track; i < part->first_track + part->n_tracks; i++) {
        solo |= tracks[i].flags & OD_TRACK_SOLO;
    }
    for (uint32_t i = part->first_track; i < part->first_track + part->n_tracks; i++) {
        count_track(sounding, tracks[i].n_events > 0, tracks[i].flags, solo != 0);
    }
    for (uint32_t i = part->first_midi_track; i < part->first_midi_track + part->n_midi_tracks;
         i++) {
        midi_solo |= midi[i].flags & OD_TRACK_SOLO;
    }
    for (uint32_t i = part->first_midi_track; i < part->first_midi_track + part->n_midi_tracks;
         i++) {
        bool plays = midi[i].n_events > 0 || midi[i].n_curves > 0;
        count_track(sounding, plays, midi[i].flags, midi_solo != 0);
    }
}

/* Of what comes to tracks that play already (apply.track_ids) nobody here knows what is heard. */
static void
warn_if_silent(const struct od_compiler *compiler, size_t end)
{
    const struct od_buf *section = &compiler->sections[OD_SECTION_PARTS];
    const struct od_score_part *parts = (const void *)section->data;
    struct sounding sounding = {0};
    if (compiler->status != OD_OK || compiler->session->is_batch ||
        compiler->session->apply.n_track_ids > 0) {
        return;
    }
    for (size_t i = 0; i < section->length / sizeof *parts; i++) {
        count_sounding(&sounding, compiler, &parts[i]);
    }
    if (!sounding.any) {
        od_diag_add(compiler->diags, OD_WARNING, end, "", "silent",
                    "nothing is heard of this session: %s",
                    sounding.tracks == 0        ? "it has no tracks"
                    : sounding.with_events == 0 ? "no track has events in \"sequences\""
                                                : "every track that has events is muted");
    }
}

/* `end`: of its text. */
static enum od_status
compile(const struct od_session *session, size_t end, struct od_diag_list *diags,
        struct od_buf *score)
{
    struct od_compiler compiler = {.session = session, .diags = diags};
    size_t errors = diags->errors;
    compile_parts(&compiler);
    warn_if_silent(&compiler, end);
    if (compiler.status == OD_OK && diags->errors > errors) {
        compiler.status = OD_EDATA;
    }
    if (compiler.status == OD_OK) {
        compiler.status = write_score(&compiler, score);
    }
    if (compiler.status != OD_OK) {
        od_buf_clear(score);
    }
    clear_compiler(&compiler);
    od_diag_sort(diags);
    return compiler.status;
}

enum od_status
od_compile(const struct od_session *session, struct od_diag_list *diags, struct od_buf *score)
{
    return compile(session, 0, diags, score);
}

enum od_status
od_compile_text(const struct od_source *source, struct od_diag_list *diags, struct od_buf *score)
{
    struct od_session session = {0};
    enum od_status status = od_session_read(&session, source, diags);
    if (status == OD_EDATA && diags->errors == diags->hardened) {
        /* only --strict refuses it: what the compiler has to say is said all the same */
        status = compile(&session, source->length, diags, score) == OD_ENOMEM ? OD_ENOMEM : status;
        od_buf_clear(score);
    } else if (status == OD_OK) {
        status = compile(&session, source->length, diags, score);
    }
    od_session_clear(&session);
    return status;
}
