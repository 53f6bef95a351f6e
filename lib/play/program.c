#include "play/program.h"

void
od_walk_rings(struct od_walk *walk, const struct od_program *program, int64_t since)
{
    walk->cursors = program->cursors;
    walk->n = 0;
    for (size_t i = 0; i < program->n_rings; i++) {
        const struct od_event *events;
        uint32_t n = od_ring_step(program, i, since, &events);
        if (n > 0) {
            walk->cursors[walk->n++] = (struct od_cursor){events, events + n};
        }
    }
    walk->due = walk->n > 0 ? walk->cursors : NULL;
    walk->track = UINT32_MAX;
}

/* A track is in one ring, so its events of a step follow each other there. */
struct od_cursor *
od_walk_turn(struct od_walk *walk)
{
    struct od_cursor *due = walk->due;
    if (due->at < due->end && due->at->track == walk->track) {
        return due;
    }
    if (due->at == due->end) {
        *due = walk->cursors[--walk->n];
    }
    due = walk->cursors;
    for (size_t i = 1; i < walk->n; i++) {
        due = walk->cursors[i].at->track < due->at->track ? &walk->cursors[i] : due;
    }
    walk->due = due;
    walk->track = due->at->track;
    return due;
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
