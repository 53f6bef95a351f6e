#include "play/program.h"

static void
look_up(struct od_walk *walk)
{
    walk->left = walk->program->runs;
    for (size_t i = 0; i < walk->program->n_rings; i++) {
        struct od_run run = od_ring_step(walk->program, i, walk->since);
        if (run.at != run.end) {
            walk->left[walk->n++] = run;
        }
    }
}

/* A track is in one ring, so its events of a step follow each other there. */
bool
od_walk_turn(struct od_walk *walk, struct od_run *run)
{
    if (walk->left == NULL) {
        look_up(walk);
    }
    if (walk->n == 0) {
        return false;
    }
    struct od_run *due = walk->left;
    for (size_t i = 1; i < walk->n; i++) {
        due = walk->left[i].at->track < due->at->track ? &walk->left[i] : due;
    }
    *run = (struct od_run){due->at, walk->n == 1 ? due->end : due->at + 1};
    while (run->end != due->end && run->end->track == run->at->track) {
        run->end++;
    }
    due->at = run->end;
    if (due->at == due->end) {
        *due = walk->left[--walk->n];
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
