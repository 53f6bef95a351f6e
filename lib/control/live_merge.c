#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/live.h"
#include "control/live_take.h"
#include "score/score_cut.h"

#define NOT_TAKEN UINT16_MAX

/* What is put together, and the new tracks that the score's apply names. */
struct merge {
    struct od_take *take;
    struct od_take *base; /* NULL if nothing plays */
    const struct od_take *fresh;
    struct od_hash named;     /* ids of the apply */
    struct od_hash tracks[2]; /* ids of fresh tracks that are named, by kind: their numbers */
    uint16_t *place;          /* of each fresh track in `take`, or NOT_TAKEN */
    bool failed;              /* no memory */
};

static bool
is_named(const struct merge *merge, const char *id)
{
    return od_hash_find(&merge->named, id, strlen(id)) != OD_HASH_NONE;
}

static bool
look_up_names(struct merge *merge)
{
    const struct od_score *score = &merge->fresh->scenes->score;
    for (uint32_t i = 0; i < score->count[OD_SECTION_APPLY_IDS]; i++) {
        const char *id = score->strings + score->apply_ids[i];
        if (!od_hash_add(&merge->named, id, strlen(id), i)) {
            return false;
        }
    }
    for (size_t i = 0; i < merge->fresh->n_strips; i++) {
        const struct strip *strip = &merge->fresh->strips[i];
        const char *id = od_strip_id(strip);
        merge->place[i] = NOT_TAKEN;
        if (is_named(merge, id) &&
            !od_hash_add(&merge->tracks[strip->midi], id, strlen(id), (uint32_t)i)) {
            return false;
        }
    }
    return true;
}

/* An old track's events are gone: it takes along what is its own, so that the rest of its score can
 * go. Not where that stays anyway, nor where all took along what they share becomes more than it.
 */
bool
od_strip_alone(struct strip *strip, const struct od_shared_score *stays)
{
    struct od_shared_score *from = strip->shared;
    if (from->alone || from == stays || from->given > from->score.header->length) {
        return true;
    }
    struct od_score score;
    if (od_score_cut(&from->score, strip->part, strip->midi, strip->index, &score) != OD_OK) {
        return false;
    }
    from->given += score.header->length;
    struct od_shared_score *own = od_shared_score_new(&score);
    if (own == NULL) {
        return false;
    }
    own->alone = true;
    od_shared_score_unref(from);
    strip->shared = own;
    strip->part = strip->index = 0;
    return true;
}

/* Old tracks of a kind in their places, named ones replaced; then the named ones that are new. */
static size_t
merge_kind(struct merge *merge, size_t n, bool midi)
{
    const struct od_take *base = merge->base;
    const struct od_take *fresh = merge->fresh;
    struct strip *strips = merge->take->strips;
    for (size_t i = 0; base != NULL && i < base->n_strips; i++) {
        const struct strip *old = &base->strips[i];
        const char *id = od_strip_id(old);
        uint32_t replaced = od_hash_find(&merge->tracks[midi], id, strlen(id));
        if (old->midi != midi ||
            (replaced != OD_HASH_NONE && merge->place[replaced] != NOT_TAKEN)) {
            continue;
        }
        if (replaced != OD_HASH_NONE) {
            merge->place[replaced] = (uint16_t)n;
            old = &fresh->strips[replaced];
        }
        od_strip_copy(&strips[n], old);
        if (replaced == OD_HASH_NONE && !od_strip_alone(&strips[n], merge->take->scenes)) {
            merge->failed = true;
        }
        n++;
    }
    for (size_t i = 0; i < fresh->n_strips; i++) {
        const struct strip *strip = &fresh->strips[i];
        if (strip->midi == midi && merge->place[i] == NOT_TAKEN &&
            is_named(merge, od_strip_id(strip))) {
            od_strip_copy(&strips[n], strip);
            merge->place[i] = (uint16_t)n++;
        }
    }
    return n;
}

/* The events of a ring whose tracks were taken, with their new numbers; play order stays. */
static uint32_t
merge_ring(const struct notes *from, struct od_step_ring *ring, const uint16_t *place,
           struct notes *notes, uint32_t n)
{
    uint32_t *index = notes->index;
    const struct od_step_ring old = *ring;
    for (uint32_t step = 0; step < old.length; step++) {
        index[step] = n;
        for (uint32_t i = old.index[step]; i < old.index[step + 1]; i++) {
            struct od_event event = from->at[i];
            event.track = place[event.track];
            if (event.track != NOT_TAKEN) {
                notes->events[n++] = event;
            }
        }
    }
    index[old.length] = n;
    ring->index = index;
    return n;
}

static size_t
count_index(const struct notes *notes)
{
    size_t n = 0;
    for (size_t i = 0; i < notes->n_rings; i++) {
        n += notes->rings[i].length + 1;
    }
    return n;
}

static struct notes *
merge_notes(const struct od_take *fresh, const uint16_t *place)
{
    const struct notes *from = fresh->notes;
    struct notes *notes = od_notes_new(from->shared, from->part);
    if (notes == NULL) {
        return NULL;
    }
    notes->events = calloc((size_t)from->part->n_events + 1, sizeof *notes->events);
    notes->index = calloc(count_index(notes) + 1, sizeof *notes->index);
    if (notes->events == NULL || notes->index == NULL) {
        od_notes_unref(notes);
        return NULL;
    }
    uint32_t n = 0;
    uint32_t *all = notes->index;
    for (size_t i = 0; i < notes->n_rings; i++) {
        n = merge_ring(from, &notes->rings[i], place, notes, n);
        notes->index += notes->rings[i].length + 1;
    }
    notes->index = all;
    notes->at = notes->events;
    return notes;
}

static bool
keep_base(struct od_take *take, struct od_take *base)
{
    if (base == NULL) {
        return true;
    }
    od_take_ref(base);
    take->base = base;
    return od_take_put_away(take, base);
}

static enum od_status
merge_into(struct merge *merge, char *error)
{
    struct od_take *take = merge->take;
    const struct od_take *base = merge->base;
    const struct od_take *fresh = merge->fresh;
    if (!look_up_names(merge)) {
        return OD_ENOMEM;
    }
    take->scenes = od_shared_score_ref(base != NULL && base->scenes != NULL &&
                                               base->scenes->score.count[OD_SECTION_PARTS] > 1
                                           ? base->scenes
                                           : fresh->scenes);
    for (size_t i = 0; base != NULL && i < base->n_strips; i++) {
        base->strips[i].shared->given = 0;
    }
    take->n_strips = merge_kind(merge, merge_kind(merge, 0, false), true);
    take->program = fresh->program;
    take->notes = merge_notes(fresh, merge->place);
    take->source = od_shared_score_ref(fresh->source);
    take->exclusive = true;
    bool complete = !merge->failed && take->notes != NULL && keep_base(take, merge->base);
    return complete ? od_take_finish(take, error) : OD_ENOMEM;
}

enum od_status
od_take_merge(const struct od_live_setup *setup, struct od_take *base,
              struct od_shared_score *shared, struct od_take **result, char *error)
{
    struct od_take *fresh = NULL;
    enum od_status status = od_take_after(setup, shared, 0, base, &fresh, error);
    if (status != OD_OK) {
        return status;
    }
    size_t most = fresh->n_strips + (base != NULL ? base->n_strips : 0);
    if (most > OD_TRACKS_MAX) {
        snprintf(error, OD_SCORE_ERROR_SIZE, "more than %zu tracks after merging", OD_TRACKS_MAX);
        od_take_unref(fresh);
        return OD_EDATA;
    }
    struct merge merge = {.take = od_take_alloc(setup, most),
                          .base = base,
                          .fresh = fresh,
                          .place = calloc(fresh->n_strips + 1, sizeof *merge.place)};
    bool memory = merge.take != NULL && merge.place != NULL;
    status = memory ? merge_into(&merge, error) : OD_ENOMEM;
    free(merge.place);
    od_hash_clear(&merge.named);
    od_hash_clear(&merge.tracks[false]);
    od_hash_clear(&merge.tracks[true]);
    od_take_unref(fresh);
    if (status != OD_OK) {
        od_take_unref(merge.take);
        return status;
    }
    *result = merge.take;
    return OD_OK;
}
