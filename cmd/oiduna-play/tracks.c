#include "tracks.h"

#include <stdlib.h>
#include <string.h>

struct place {
    const char *id;
    size_t voice;
};

static int
by_id(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;
    int order = strcmp(left->id, right->id);
    return order != 0 ? order : (left->voice > right->voice) - (left->voice < right->voice);
}

/* Voices of one id stand together when sorted, the lowest voice first. */
static bool
find_firsts(struct tracks *tracks)
{
    struct place *sorted = calloc(tracks->n + 1, sizeof *sorted);
    if (sorted == NULL) {
        return false;
    }
    for (size_t i = 0; i < tracks->n; i++) {
        sorted[i] = (struct place){tracks->rows[i].id, i};
    }
    qsort(sorted, tracks->n, sizeof *sorted, by_id);
    for (size_t i = 0; i < tracks->n; i++) {
        bool same = i > 0 && strcmp(sorted[i - 1].id, sorted[i].id) == 0;
        tracks->rows[sorted[i].voice].first =
            same ? tracks->rows[sorted[i - 1].voice].first : sorted[i].voice;
    }
    free(sorted);
    return true;
}

/* Of one ring: what it has, and where it plays in the first loop. */
static void
count_ring(struct tracks *tracks, const struct od_program *program, size_t ring)
{
    uint32_t length = program->rings[ring].length;
    uint32_t steps = length > OD_STEPS ? length : OD_STEPS;
    for (uint32_t step = 0; step < steps; step++) {
        struct od_run run = od_ring_step(program, ring, step);
        for (const struct od_event *event = run.at; event != run.end; event++) {
            struct track_row *row = &tracks->rows[tracks->rows[event->track].first];
            if (step < OD_STEPS) {
                row->steps[step / 64] |= UINT64_C(1) << step % 64;
            }
            row->events += step < length;
        }
    }
}

static void
count_events(struct tracks *tracks, const struct od_program *program)
{
    for (size_t i = 0; i < program->n_rings; i++) {
        count_ring(tracks, program, i);
    }
}

bool
tracks_learn(struct tracks *tracks, struct od_take *take)
{
    if (tracks->rows != NULL) {
        return true;
    }
    tracks->n = od_take_tracks(take);
    tracks->rows = calloc(tracks->n + 1, sizeof *tracks->rows);
    if (tracks->rows == NULL) {
        tracks->n = 0;
        return false;
    }
    for (size_t i = 0; i < tracks->n; i++) {
        tracks->rows[i].id = od_take_track(take, i).id;
    }
    if (!find_firsts(tracks)) {
        tracks_clear(tracks);
        return false;
    }
    count_events(tracks, od_take_program(take));
    return true;
}

bool
tracks_has(const struct track_row *row, unsigned step)
{
    return (row->steps[step / 64] >> step % 64 & 1) != 0;
}

bool
tracks_is_first(const struct tracks *tracks, size_t voice)
{
    if (voice >= tracks->n) {
        return false; /* nothing is known: there was no memory */
    }
    const struct track_row *row = &tracks->rows[voice];
    return row->first == voice && *row->id != '\0';
}

void
tracks_clear(struct tracks *tracks)
{
    free(tracks->rows);
    *tracks = (struct tracks){0};
}
