#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/live.h"
#include "control/live_take.h"

static bool
applies_to(const struct od_score *score, const char *id)
{
    for (uint32_t i = 0; i < score->count[OD_SECTION_APPLY_IDS]; i++) {
        if (strcmp(score->strings + score->apply_ids[i], id) == 0) {
            return true;
        }
    }
    return false;
}

/* The new track of that id and kind that the score's apply names, in `fresh`; its number or -1. */
static long
find_fresh(const struct od_take *fresh, const char *id, bool midi)
{
    const struct od_score *score = &fresh->scenes->score;
    for (size_t i = 0; i < fresh->n_entries; i++) {
        if (fresh->entries[i].midi == midi && strcmp(od_entry_id(&fresh->entries[i]), id) == 0 &&
            applies_to(score, id)) {
            return (long)i;
        }
    }
    return -1;
}

#define NOT_TAKEN UINT16_MAX

/* Old tracks of a kind in their places, named ones replaced; then the named ones that are new. */
static size_t
merge_kind(struct od_take *take, size_t n, const struct od_take *base, const struct od_take *fresh,
           bool midi, uint16_t *place)
{
    for (size_t i = 0; base != NULL && i < base->n_entries; i++) {
        const struct entry *old = &base->entries[i];
        if (old->midi != midi) {
            continue;
        }
        long replaced = find_fresh(fresh, od_entry_id(old), midi);
        if (replaced >= 0 && place[replaced] != NOT_TAKEN) {
            continue;
        }
        od_entry_copy(&take->entries[n], replaced < 0 ? old : &fresh->entries[replaced]);
        if (replaced >= 0) {
            place[replaced] = (uint16_t)n;
        }
        n++;
    }
    for (size_t i = 0; i < fresh->n_entries; i++) {
        const struct entry *entry = &fresh->entries[i];
        if (entry->midi == midi && place[i] == NOT_TAKEN &&
            applies_to(&fresh->scenes->score, od_entry_id(entry))) {
            od_entry_copy(&take->entries[n], entry);
            place[i] = (uint16_t)n++;
        }
    }
    return n;
}

/* The events of the tracks that were taken, with their new numbers; play order stays. */
static struct notes *
merge_notes(const struct od_take *fresh, const uint16_t *place)
{
    struct notes *notes = calloc(1, sizeof *notes);
    if (notes == NULL) {
        return NULL;
    }
    const uint32_t *index = fresh->notes->index_at;
    notes->refs = 1;
    notes->events = calloc((size_t)index[OD_STEPS] + 1, sizeof *notes->events);
    notes->index = calloc(OD_STEPS + 1, sizeof *notes->index);
    if (notes->events == NULL || notes->index == NULL) {
        od_notes_unref(notes);
        return NULL;
    }
    uint32_t n = 0;
    for (unsigned step = 0; step < OD_STEPS; step++) {
        notes->index[step] = n;
        for (uint32_t i = index[step]; i < index[step + 1]; i++) {
            struct od_event event = fresh->notes->at[i];
            event.track = place[event.track];
            if (event.track != NOT_TAKEN) {
                notes->events[n++] = event;
            }
        }
    }
    notes->index[OD_STEPS] = n;
    notes->at = notes->events;
    notes->index_at = notes->index;
    return notes;
}

static enum od_status
merge_into(struct od_take *take, const struct od_take *base, const struct od_take *fresh,
           uint16_t *place, char *error)
{
    for (size_t i = 0; i < fresh->n_entries; i++) {
        place[i] = NOT_TAKEN;
    }
    size_t n = merge_kind(take, 0, base, fresh, false, place);
    take->n_entries = merge_kind(take, n, base, fresh, true, place);
    take->program = fresh->program;
    take->scenes = od_shared_score_ref(base != NULL && base->scenes != NULL &&
                                               base->scenes->score.count[OD_SECTION_PARTS] > 1
                                           ? base->scenes
                                           : fresh->scenes);
    take->notes = merge_notes(fresh, place);
    return take->notes == NULL ? OD_ENOMEM : od_take_finish(take, error);
}

enum od_status
od_take_merge(const struct od_live_setup *setup, struct od_take *base,
              struct od_shared_score *shared, struct od_take **result, char *error)
{
    struct od_take *fresh = NULL;
    enum od_status status = od_take_new(setup, shared, 0, &fresh, error);
    if (status != OD_OK) {
        return status;
    }
    size_t most = fresh->n_entries + (base != NULL ? base->n_entries : 0);
    if (most > OD_TRACKS_MAX) {
        snprintf(error, OD_SCORE_ERROR_SIZE, "more than %zu tracks after merging", OD_TRACKS_MAX);
        od_take_unref(fresh);
        return OD_EDATA;
    }
    struct od_take *take = od_take_alloc(setup, most);
    uint16_t *place = calloc(fresh->n_entries + 1, sizeof *place);
    status =
        take == NULL || place == NULL ? OD_ENOMEM : merge_into(take, base, fresh, place, error);
    free(place);
    od_take_unref(fresh);
    if (status != OD_OK) {
        od_take_unref(take);
        return status;
    }
    *result = take;
    return OD_OK;
}
