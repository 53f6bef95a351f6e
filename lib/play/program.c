#include "play/program.h"

/* What is left of the rings is sorted by the next track of each, the first last. */
static inline void
put(struct od_run *left, struct od_run *place, struct od_run run)
{
    for (; place > left && place[-1].at->track < run.at->track; place--) {
        place[0] = place[-1];
    }
    *place = run;
}

static void
look_up(struct od_walk *walk)
{
    walk->left = walk->program->runs;
    for (size_t i = walk->program->n_rings; i > 0; i--) {
        struct od_run run = od_ring_step(walk->program, i - 1, walk->since);
        if (run.at != run.end) {
            put(walk->left, walk->left + walk->n++, run);
        }
    }
}

/* A track is in one ring, so of the first ring all comes that is before the next one's track. */
bool
od_walk_turn(struct od_walk *walk, struct od_run *run)
{
    if (walk->left == NULL) {
        look_up(walk);
    }
    if (walk->n == 0) {
        return false;
    }
    struct od_run *first = walk->left + walk->n - 1;
    *run = *first;
    if (walk->n == 1) {
        walk->n = 0;
        return true;
    }
    const struct od_event *end = run->at + 1;
    for (unsigned next = first[-1].at->track; end != run->end && end->track < next; end++) {
    }
    if (end == run->end) {
        walk->n--;
    } else {
        put(walk->left, first, (struct od_run){end, run->end});
        run->end = end;
    }
    return true;
}

/* How much later than its step an event sounds: the sum of both. */
struct offset {
    double ms, steps;
};

static struct offset
offset_of(const struct od_program *program, const struct od_event *event)
{
    const struct od_score_extra *extra = od_event_extra(program, event);
    return extra == NULL ? (struct offset){(double)event->offset_ms, 0}
                         : (struct offset){extra->offset_ms, extra->offset_steps};
}

bool
od_event_meets(const struct od_program *program, const struct od_event *a, const struct od_event *b)
{
    struct offset of_a = offset_of(program, a);
    struct offset of_b = offset_of(program, b);
    return of_a.ms == of_b.ms && of_a.steps == of_b.steps;
}

/* splitmix64's output function. */
static uint64_t
mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static bool
draws(const struct od_program *program, const struct od_voice *voice,
      const struct od_score_extra *extra, uint64_t pass)
{
    uint64_t h = mix(program->draws);
    h = mix(h ^ voice->crc);
    h = mix(h ^ extra->place);
    h = mix(h ^ pass);
    return (double)(h >> 11) * 0x1p-53 < extra->prob;
}

bool
od_program_draws(const struct od_program *program, const struct od_event *event, int64_t since)
{
    const struct od_score_extra *extra = &program->extras[event->extra];
    if (extra->of == 0 && extra->prob >= 1) {
        return true;
    }
    const struct od_voice *voice = &program->voices[event->track];
    uint64_t pass = (uint64_t)since / voice->length;
    if (extra->of > 0 && (extra->is >> pass % extra->of & 1) == 0) {
        return false;
    }
    return extra->prob >= 1 || draws(program, voice, extra, pass);
}
