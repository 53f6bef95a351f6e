#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "score/compiler.h"
#include "score/stepindex.h"

#define NO_RUN UINT32_MAX

/* The rings of a part while they are made, and the runs of events that belong to each. */
struct ring {
    uint32_t length;
    uint32_t first_run, last_run; /* in `links` */
    uint32_t first_count;         /* in `counts` */
    uint32_t step;                /* of those, that is looked at */
};

struct rings {
    struct od_compiler *compiler;
    const struct od_compiler_run *runs;
    uint32_t n_runs;
    struct od_buf links;                   /* uint32_t for each run: the next of its ring */
    struct od_buf of;                      /* struct ring */
    struct od_buf counts;                  /* uint32_t: OSC messages of each step of each ring */
    uint16_t by_length[OD_LENGTH_MAX + 1]; /* place of the ring + 1; 0: there is none; up to the
                                              longest */
    uint32_t next[OD_LENGTH_MAX];          /* where the next event of a step goes */
};

static struct ring *
ring_at(const struct rings *rings, uint32_t place)
{
    return (struct ring *)(void *)rings->of.data + place;
}

static uint32_t *
link_at(const struct rings *rings, uint32_t run)
{
    return (uint32_t *)(void *)rings->links.data + run;
}

static uint32_t
count_rings(const struct rings *rings)
{
    return (uint32_t)(rings->of.length / sizeof(struct ring));
}

static void
add_ring(struct rings *rings, uint32_t length, uint32_t run)
{
    struct ring ring = {.length = length,
                        .first_run = run,
                        .last_run = run,
                        .first_count = (uint32_t)(rings->counts.length / sizeof(uint32_t))};
    od_buf_append(&rings->of, &ring, sizeof ring);
    od_buf_extend(&rings->counts, length * sizeof(uint32_t));
    rings->by_length[length] = (uint16_t)count_rings(rings);
}

static void
forget_lengths(struct rings *rings)
{
    uint32_t longest = 0;
    for (uint32_t i = 0; i < rings->n_runs; i++) {
        longest = rings->runs[i].length > longest ? rings->runs[i].length : longest;
    }
    memset(rings->by_length, 0, (longest + 1) * sizeof rings->by_length[0]);
}

/* Which runs are of one length; false if there is no memory. */
static bool
sort_runs(struct rings *rings)
{
    if (rings->n_runs > 0 &&
        od_buf_extend(&rings->links, rings->n_runs * sizeof(uint32_t)) == NULL) {
        return false;
    }
    forget_lengths(rings);
    for (uint32_t i = 0; i < rings->n_runs; i++) {
        *link_at(rings, i) = NO_RUN;
        uint32_t place = rings->by_length[rings->runs[i].length];
        if (place == 0) {
            add_ring(rings, rings->runs[i].length, i);
            if (rings->of.failed || rings->counts.failed) {
                return false;
            }
            continue;
        }
        struct ring *ring = ring_at(rings, place - 1);
        *link_at(rings, ring->last_run) = i;
        ring->last_run = i;
    }
    return true;
}

static void
count_messages(struct rings *rings, const struct ring *ring, const struct od_compiler_run *run,
               const uint16_t *steps)
{
    uint32_t *counts = (uint32_t *)(void *)rings->counts.data + ring->first_count;
    for (uint32_t i = 0; i < run->n; i++) {
        uint32_t *count = &counts[steps[i]];
        *count = run->n_messages > UINT32_MAX - *count ? UINT32_MAX : *count + run->n_messages;
    }
}

/* Sorts the events of a ring behind those of the rings before; false if there is no memory. */
static bool
build_ring(struct rings *rings, const struct ring *ring, struct od_event *sorted, uint32_t *placed)
{
    struct od_compiler *compiler = rings->compiler;
    const struct od_event *events = (const void *)compiler->events.data;
    const uint16_t *steps = (const void *)compiler->steps.data;
    struct od_score_ring *record = od_compiler_add(compiler, OD_SECTION_RINGS, sizeof *record);
    if (record == NULL) {
        return false;
    }
    record->length = ring->length;
    record->first_index = od_compiler_count(compiler, OD_SECTION_INDEX, sizeof(uint32_t));
    uint32_t *index =
        od_compiler_add(compiler, OD_SECTION_INDEX, (ring->length + 1) * sizeof *index);
    if (index == NULL) {
        return false;
    }
    for (uint32_t i = ring->first_run; i != NO_RUN; i = *link_at(rings, i)) {
        const struct od_compiler_run *run = &rings->runs[i];
        od_stepindex_count(index, steps + run->first, run->n);
        count_messages(rings, ring, run, steps + run->first);
    }
    od_stepindex_sum(index, ring->length, *placed, rings->next);
    for (uint32_t i = ring->first_run; i != NO_RUN; i = *link_at(rings, i)) {
        const struct od_compiler_run *run = &rings->runs[i];
        od_stepindex_place(events + run->first, steps + run->first, run->n, sorted, rings->next);
    }
    *placed = index[ring->length];
    return true;
}

static inline void
look_at(struct od_score_part *part, uint32_t step, uint64_t messages)
{
    if (messages > part->densest_messages) {
        part->densest_messages = messages < UINT32_MAX ? (uint32_t)messages : UINT32_MAX;
        part->densest_step = step;
    }
}

/* How many messages the rings have together at the step at which each is. */
static uint64_t
count_together(const struct rings *rings, const uint32_t *counts, uint32_t n_rings)
{
    uint64_t messages = 0;
    for (uint32_t i = 0; i < n_rings; i++) {
        struct ring *ring = ring_at(rings, i);
        messages += counts[ring->first_count + ring->step++];
        ring->step = ring->step == ring->length ? 0 : ring->step;
    }
    return messages;
}

/* With one ring every step comes in one round; with several they meet in ever new ways, of which
 * the first OD_LENGTH_MAX steps are looked at. */
static void
find_densest(const struct rings *rings, struct od_score_part *part)
{
    const uint32_t *counts = (const void *)rings->counts.data;
    uint32_t n_rings = count_rings(rings);
    uint32_t steps = n_rings == 1 ? ring_at(rings, 0)->length : n_rings > 1 ? OD_LENGTH_MAX : 0;
    for (uint32_t k = 0; k < steps; k++) {
        look_at(part, k, n_rings == 1 ? counts[k] : count_together(rings, counts, n_rings));
    }
}

static void
warn_of_density(struct od_compiler *compiler, const struct od_score_part *part, const char *pointer)
{
    if (part->densest_messages > OD_DENSE_STEP) {
        od_diag_add(compiler->diags, OD_WARNING, 0, pointer, "dense-step",
                    "step %u has %u messages: SuperDirt needs a look-ahead of about %u ms for them",
                    part->densest_step, part->densest_messages, 50 + part->densest_messages / 2);
    }
}

/* Away from 0, so that what is within the double is within the float. */
static float
outward(double value)
{
    float narrow = (float)value;
    return fabs((double)narrow) >= fabs(value)
               ? narrow
               : nextafterf(narrow, value < 0 ? -INFINITY : INFINITY);
}

static void
find_offsets(const struct od_compiler *compiler, const struct od_event *events, size_t n,
             struct od_score_part *part)
{
    const struct od_score_extra *extras = (const void *)compiler->sections[OD_SECTION_EXTRAS].data;
    double least_ms = 0, most_ms = 0, least_steps = 0, most_steps = 0;
    for (size_t i = 0; i < n; i++) {
        bool plain = (events[i].midi_velocity & OD_EVENT_EXTRA) == 0;
        const struct od_score_extra *extra =
            plain ? NULL : &extras[compiler->first_extra + events[i].extra];
        double ms = plain ? (double)events[i].offset_ms : extra->offset_ms;
        least_ms = ms < least_ms ? ms : least_ms;
        most_ms = ms > most_ms ? ms : most_ms;
        if (!plain) {
            least_steps = fmin(least_steps, extra->offset_steps);
            most_steps = fmax(most_steps, extra->offset_steps);
        }
    }
    part->min_offset_ms = least_ms;
    part->max_offset_ms = most_ms;
    part->min_offset_steps = outward(least_steps);
    part->max_offset_steps = outward(most_steps);
}

static void
build_rings(struct od_compiler *compiler, struct od_score_part *part, struct od_event *sorted)
{
    struct rings *rings = malloc(sizeof *rings);
    uint32_t placed = 0;
    if (rings == NULL) {
        od_compiler_fail(compiler, OD_ENOMEM);
        return;
    }
    memset(rings, 0, offsetof(struct rings, by_length)); /* the rest is filled as it is needed */
    rings->compiler = compiler;
    rings->runs = (const void *)compiler->runs.data;
    rings->n_runs = (uint32_t)(compiler->runs.length / sizeof *rings->runs);
    if (compiler->runs.failed || !sort_runs(rings)) {
        od_compiler_fail(compiler, OD_ENOMEM);
    }
    for (uint32_t i = 0; i < count_rings(rings) && !compiler->stopped; i++) {
        const struct ring *ring = ring_at(rings, i);
        if (!build_ring(rings, ring, sorted, &placed)) {
            break;
        }
    }
    if (!compiler->stopped) {
        find_densest(rings, part);
    }
    od_buf_clear(&rings->links);
    od_buf_clear(&rings->of);
    od_buf_clear(&rings->counts);
    free(rings);
}

void
od_compiler_run(struct od_compiler *compiler, size_t n, uint32_t length, uint32_t n_messages)
{
    size_t end = compiler->events.length / sizeof(struct od_event);
    struct od_compiler_run run = {length, (uint32_t)(end - n), (uint32_t)n, n_messages};
    compiler->longest = length > compiler->longest ? length : compiler->longest;
    if (n > 0 && !od_buf_append(&compiler->runs, &run, sizeof run)) {
        od_compiler_fail(compiler, OD_ENOMEM);
    }
}

void
od_compiler_extra(struct od_compiler *compiler, struct od_event *event, double offset_ms,
                  struct od_score_extra extra)
{
    uint32_t at = od_compiler_count(compiler, OD_SECTION_EXTRAS, sizeof extra);
    struct od_score_extra *record = od_compiler_add(compiler, OD_SECTION_EXTRAS, sizeof extra);
    if (record != NULL) {
        *record = extra;
        record->offset_ms = offset_ms + 0.0;
        event->midi_velocity |= OD_EVENT_EXTRA;
        event->extra = at - compiler->first_extra;
    }
}

void
od_compiler_part(struct od_compiler *compiler, struct od_score_part *part, const char *pointer)
{
    size_t n = compiler->events.length / sizeof(struct od_event);
    if (n > OD_SCORE_LENGTH_MAX / sizeof(struct od_event)) {
        n = 0;
        compiler->runs.length = 0;
        od_compiler_fail(compiler, OD_EDATA);
        od_diag_add(compiler->diags, OD_ERROR, 0, pointer, "too-long", "there are too many events");
    }
    part->first_event = od_compiler_count(compiler, OD_SECTION_EVENTS, sizeof(struct od_event));
    part->n_events = (uint32_t)n;
    part->first_ring = od_compiler_count(compiler, OD_SECTION_RINGS, sizeof(struct od_score_ring));
    part->first_extra = compiler->first_extra;
    part->n_extras = od_compiler_count(compiler, OD_SECTION_EXTRAS, sizeof(struct od_score_extra)) -
                     compiler->first_extra;
    part->length = compiler->longest > OD_STEPS ? compiler->longest : OD_STEPS;
    compiler->longest = 0;
    struct od_event *sorted =
        od_compiler_add(compiler, OD_SECTION_EVENTS, n * sizeof(struct od_event));
    if (sorted != NULL && !compiler->stopped) {
        find_offsets(compiler, (const void *)compiler->events.data,
                     compiler->status == OD_OK ? n : 0, part);
        build_rings(compiler, part, sorted);
    }
    part->n_rings = od_compiler_count(compiler, OD_SECTION_RINGS, sizeof(struct od_score_ring)) -
                    part->first_ring;
    compiler->events.length = 0;
    compiler->steps.length = 0;
    compiler->runs.length = 0;
    warn_of_density(compiler, part, pointer);
    struct od_score_part *record = od_compiler_add(compiler, OD_SECTION_PARTS, sizeof *record);
    if (record != NULL) {
        *record = *part;
    }
    compiler->first_extra =
        od_compiler_count(compiler, OD_SECTION_EXTRAS, sizeof(struct od_score_extra));
}
