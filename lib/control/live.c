#include "control/live.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/live_take.h"
#include "text/timing.h"

const struct od_score_part *
od_strip_part(const struct strip *strip)
{
    return &strip->shared->score.parts[strip->part];
}

const char *
od_strip_id(const struct strip *strip)
{
    const struct od_score *score = &strip->shared->score;
    return score->strings + (strip->midi ? od_strip_midi(strip)->id : od_strip_track(strip)->id);
}

void
od_patch_unref(struct patch *patch)
{
    if (patch != NULL && --patch->refs == 0) {
        for (size_t i = 0; i < patch->glides.length / sizeof(struct glide *); i++) {
            od_glide_unref(((struct glide **)(void *)patch->glides.data)[i]);
        }
        od_buf_clear(&patch->moving);
        od_buf_clear(&patch->glides);
        od_buf_clear(&patch->strings);
        od_buf_clear(&patch->params);
        od_buf_clear(&patch->own_params);
        od_buf_clear(&patch->owns);
        od_message_sink_clear(&patch->sink);
        free(patch);
    }
}

void
od_strip_clear(struct strip *strip)
{
    od_patch_unref(strip->patch);
    od_glide_unref(strip->velocity_glide);
    od_glide_unref(strip->transpose_glide);
    od_shared_score_unref(strip->shared);
    *strip = (struct strip){0};
}

void
od_strip_copy(struct strip *to, const struct strip *from)
{
    *to = *from;
    od_shared_score_ref(to->shared);
    if (to->patch != NULL) {
        to->patch->refs++;
    }
    if (to->velocity_glide != NULL) {
        od_glide_ref(to->velocity_glide);
    }
    if (to->transpose_glide != NULL) {
        od_glide_ref(to->transpose_glide);
    }
}

void
od_notes_unref(struct notes *notes)
{
    if (notes != NULL && --notes->refs == 0) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it cannot count references */
        od_shared_score_unref(notes->shared);
        od_hash_clear(&notes->ids);
        free(notes->events);
        free(notes->index);
        free(notes);
    }
}

struct od_take *
od_take_alloc(const struct od_live_setup *setup, size_t n)
{
    struct od_take *take = calloc(1, sizeof *take);
    if (take == NULL) {
        return NULL;
    }
    take->refs = 1;
    take->setup = setup;
    take->scene = "";
    take->n_strips = n;
    take->voices =
        calloc(n + 1, sizeof *take->voices + sizeof *take->strips + sizeof *take->audible +
                          sizeof *take->curve_voices + sizeof *take->init_voices);
    if (take->voices == NULL) {
        od_take_unref(take);
        return NULL;
    }
    take->strips = (void *)(take->voices + n + 1); /* by what they must be aligned to */
    take->audible = (void *)(take->strips + n + 1);
    take->curve_voices = (void *)(take->audible + n + 1);
    take->init_voices = take->curve_voices + n + 1;
    return take;
}

void
od_take_ref(struct od_take *take)
{
    take->refs++;
}

void
od_take_unref(struct od_take *take)
{
    if (take == NULL || --take->refs > 0) {
        return;
    }
    for (size_t i = 0; take->strips != NULL && i < take->n_strips; i++) {
        od_strip_clear(&take->strips[i]);
    }
    for (size_t i = 0; i < take->n_away; i++) {
        od_strip_clear(&take->away[i]);
    }
    free(take->away);
    od_take_unref(take->base);
    od_shared_score_unref(take->source);
    free(take->voices);
    free(take->glides);
    free(take->owns);
    free(take->runs);
    od_notes_unref(take->notes);
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it cannot count references */
    od_shared_score_unref(take->scenes);
    free(take);
}

struct od_take *
od_take_copy(const struct od_take *base)
{
    struct od_take *take = od_take_alloc(base->setup, base->n_strips);
    if (take == NULL) {
        return NULL;
    }
    /* What follows is the player's, which may be writing it right now. */
    memcpy(&take->program, &base->program, offsetof(struct od_program, generation));
    take->program.edit = true;
    take->program.anew = false;
    take->program.change = 0;
    take->program.sets_environment = false;
    take->program.releases = false;
    for (size_t i = 0; i < base->n_strips; i++) {
        od_strip_copy(&take->strips[i], &base->strips[i]);
    }
    take->source = od_shared_score_ref(base->source);
    take->part = base->part;
    take->exclusive = base->exclusive;
    take->away = calloc(base->n_away + 1, sizeof *take->away);
    if (take->away == NULL) {
        od_take_unref(take);
        return NULL;
    }
    for (; take->n_away < base->n_away; take->n_away++) {
        od_strip_copy(&take->away[take->n_away], &base->away[take->n_away]);
    }
    take->notes = base->notes;
    take->notes->refs++;
    take->scenes = od_shared_score_ref(base->scenes);
    take->scene = base->scene;
    take->entry = base->entry;
    take->pass = base->pass;
    return take;
}

struct od_take_entry
od_take_entry(const struct od_take *take)
{
    return (struct od_take_entry){take->entry, take->pass};
}

void
od_take_set_entry(struct od_take *take, struct od_take_entry entry)
{
    take->entry = entry.number;
    take->pass = entry.pass;
}

struct od_program *
od_take_program(struct od_take *take)
{
    return &take->program;
}

struct od_take *
od_take_of(struct od_program *program)
{
    return (struct od_take *)program;
}

/* ---- from a score ---- */

static void
strip_of_track(struct strip *strip, struct od_shared_score *shared, uint32_t part, uint32_t index)
{
    *strip = (struct strip){.shared = od_shared_score_ref(shared),
                            .part = part,
                            .index = index,
                            .address = OD_DIRT_ADDRESS};
    uint32_t flags = od_strip_track(strip)->flags;
    strip->mute = (flags & OD_TRACK_MUTE) != 0;
    strip->solo = (flags & OD_TRACK_SOLO) != 0;
}

static void
strip_of_midi(struct strip *strip, struct od_shared_score *shared, uint32_t part, uint32_t index)
{
    *strip = (struct strip){
        .shared = od_shared_score_ref(shared), .part = part, .index = index, .midi = true};
    const struct od_score_midi_track *track = od_strip_midi(strip);
    strip->mute = (track->flags & OD_TRACK_MUTE) != 0;
    strip->solo = (track->flags & OD_TRACK_SOLO) != 0;
    strip->channel = track->channel;
    strip->velocity = track->velocity;
    strip->transpose = track->transpose;
}

void
od_strip_loaded(struct strip *to, const struct strip *from)
{
    (from->midi ? strip_of_midi : strip_of_track)(to, from->shared, from->part, from->index);
}

static void
load_environment(struct od_take *take, const struct od_score *score,
                 const struct od_score_part *part)
{
    struct od_program *program = &take->program;
    double override = take->setup->bpm_override;
    program->environment =
        (struct od_player_environment){.bpm = override > 0 ? override : part->bpm,
                                       .swing = part->swing,
                                       .gate = part->default_gate};
    program->tempos = score->tempos + part->first_tempo;
    program->n_tempos = override > 0 ? 0 : part->n_tempos; /* --bpm is a word on all of it */
    program->sets_environment = true;
}

static void
set_environment(struct od_take *take, const struct od_score *score,
                const struct od_score_part *part)
{
    struct od_program *program = &take->program;
    load_environment(take, score, part);
    program->seed = part->seed;
    program->releases = true;
    program->from_top = (part->flags & OD_PART_TOP) != 0;
    program->early = llrint(fmin(-part->min_offset_ms, OD_SPAN_MAX_MS) * (double)OD_NSEC_PER_MS);
    program->late = llrint(fmin(part->max_offset_ms, OD_SPAN_MAX_MS) * (double)OD_NSEC_PER_MS);
    program->early_steps = -(double)part->min_offset_steps;
    program->late_steps = (double)part->max_offset_steps;
}

void
od_take_load_environment(struct od_take *take)
{
    const struct od_score *score = &take->scenes->score;
    uint32_t number = od_score_find_scene(score, take->scene);
    take->program.sets_environment = true; /* with what the copy has of its part … */
    take->program.anew = true;
    if (number != OD_SCORE_NONE && (score->parts[number].flags & OD_PART_ENVIRONMENT) == 0) {
        load_environment(take, score, &score->parts[0]); /* … or the session's */
    }
}

struct notes *
od_notes_new(struct od_shared_score *shared, const struct od_score_part *part)
{
    struct notes *notes = calloc(1, sizeof *notes + part->n_rings * sizeof notes->rings[0]);
    if (notes == NULL) {
        return NULL;
    }
    notes->refs = 1;
    notes->shared = od_shared_score_ref(shared);
    notes->part = part;
    notes->n_rings = part->n_rings;
    for (uint32_t i = 0; i < part->n_rings; i++) {
        const struct od_score_ring *ring = &shared->score.rings[part->first_ring + i];
        notes->rings[i] =
            (struct od_step_ring){ring->length, shared->score.index + ring->first_index};
    }
    notes->at = shared->score.events + part->first_event;
    return notes;
}

/* All but the strips. */
static bool
take_part(struct od_take *take, struct od_shared_score *shared, uint32_t part)
{
    set_environment(take, &shared->score, &shared->score.parts[part]);
    take->source = od_shared_score_ref(shared);
    take->part = part;
    take->scenes = od_shared_score_ref(shared);
    take->scene = shared->score.strings + shared->score.parts[part].name;
    take->notes = od_notes_new(shared, &shared->score.parts[part]);
    return take->notes != NULL;
}

static enum od_status
keep(struct od_take *take, struct od_take *base)
{
    if (base == NULL) {
        return OD_OK;
    }
    od_take_ref(base);
    take->base = base;
    enum od_status status = od_take_keep(take, base);
    return status == OD_OK && !od_take_put_away(take, base) ? OD_ENOMEM : status;
}

enum od_status
od_take_new(const struct od_live_setup *setup, struct od_shared_score *shared, uint32_t part,
            struct od_take **result, char *error)
{
    return od_take_after(setup, shared, part, NULL, result, error);
}

enum od_status
od_take_after(const struct od_live_setup *setup, struct od_shared_score *shared,
              uint32_t part_number, struct od_take *base, struct od_take **result, char *error)
{
    const struct od_score_part *part = &shared->score.parts[part_number];
    struct od_take *take = od_take_alloc(setup, (size_t)part->n_tracks + part->n_midi_tracks);
    if (take == NULL) {
        return OD_ENOMEM;
    }
    for (uint32_t i = 0; i < part->n_tracks; i++) {
        strip_of_track(&take->strips[i], shared, part_number, part->first_track + i);
    }
    for (uint32_t i = 0; i < part->n_midi_tracks; i++) {
        strip_of_midi(&take->strips[part->n_tracks + i], shared, part_number,
                      part->first_midi_track + i);
    }
    enum od_status status = take_part(take, shared, part_number) ? keep(take, base) : OD_ENOMEM;
    status = status == OD_OK ? od_take_finish(take, error) : status;
    if (status != OD_OK) {
        od_take_unref(take);
        return status;
    }
    *result = take;
    return OD_OK;
}

static enum od_status
apply_parts(const struct od_live_setup *setup, struct od_take *base, struct od_shared_score *shared,
            struct od_take **take, enum od_apply_what *what, char *error)
{
    const struct od_score *score = &shared->score;
    if (score->header->apply_part != OD_SCORE_NONE) {
        *what = OD_APPLY_SCENE;
        return od_take_after(setup, shared, score->header->apply_part, base, take, error);
    }
    if (score->count[OD_SECTION_APPLY_IDS] > 0) {
        *what = OD_APPLY_TRACKS;
        return od_take_merge(setup, base, shared, take, error);
    }
    *what = OD_APPLY_SESSION;
    return od_take_after(setup, shared, 0, base, take, error);
}

enum od_status
od_take_apply(const struct od_live_setup *setup, struct od_take *base,
              struct od_shared_score *shared, bool reset, struct od_take **take,
              enum od_apply_what *what, char *error)
{
    uint32_t from = shared->score.header->apply_from;
    bool exclusive = shared->score.count[OD_SECTION_APPLY_IDS] > 0;
    enum od_status status =
        apply_parts(setup, reset && !exclusive ? NULL : base, shared, take, what, error);
    if (status == OD_OK && reset) {
        (*take)->program.anew = true;
    }
    if (status == OD_OK && from != OD_FROM_UNSAID) {
        (*take)->program.from_top = from == OD_FROM_TOP;
    }
    return status;
}

void
od_take_keep_environment(struct od_take *scene)
{
    const struct od_score *score = &scene->scenes->score;
    uint32_t part = od_score_find_scene(score, scene->scene);
    if (part != OD_SCORE_NONE && (score->parts[part].flags & OD_PART_ENVIRONMENT) == 0) {
        scene->program.sets_environment = false;
    }
}
