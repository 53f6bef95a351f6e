#include <float.h>
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "score/score_check.h"

/*
 * This is the part of opening a score whose cost counts: once for each event. Events mostly are
 * alike (all have a note and a length, say), so a block of them is looked at as a whole first; only
 * if that does not settle it each is looked at alone.
 */
#define BLOCK 2048u /* events: they stay in the first cache for the second look */

struct checker {
    const struct od_score *score;
    const struct od_score_part *part;
    float min_offset_ms, max_offset_ms;       /* of the part */
    const struct od_score_variants *variants; /* by track */
    struct od_score_variants common;          /* missing in any of the tracks */
    uint32_t n_tracks;
};

static unsigned
note_kind(uint8_t note)
{
    return note == OD_EVENT_NO_NOTE ? 0 : note < 128 ? 1 : 2;
}

/* Has the event's own the messages it plays? */
static bool
has_messages(const struct checker *checker, const struct od_event *event, uint32_t own)
{
    const struct od_score_track *track =
        &checker->score->tracks[checker->part->first_track + event->track];
    unsigned variant = (event->note != OD_EVENT_NO_NOTE ? OD_VARIANT_NOTE : 0) |
                       (isnan(event->gate_steps) ? 0 : OD_VARIANT_SUSTAIN);
    return own < track->n_owns &&
           checker->score->owns[track->first_own + own].first_message[variant] != OD_SCORE_NONE;
}

/* An event that says more, of a track that there is. */
static bool
is_more(const struct checker *checker, const struct od_event *event, bool found)
{
    if (event->extra >= checker->part->n_extras) {
        return false;
    }
    const struct od_score_extra *extra =
        &checker->score->extras[checker->part->first_extra + event->extra];
    bool midi = event->track >= checker->part->n_tracks;
    return (midi || extra->n_controls == 0) &&
           (extra->own == OD_SCORE_NONE
                ? found
                : !midi && note_kind(event->note) < 2 && has_messages(checker, event, extra->own));
}

static bool
is_event(const struct checker *checker, const struct od_event *event)
{
    bool rings = isnan(event->gate_steps);
    if (event->track >= checker->n_tracks || !(event->velocity >= 0) || event->velocity > FLT_MAX ||
        !(rings || event->gate_steps == OD_EVENT_DEFAULT_GATE ||
          (event->gate_steps >= 0 && event->gate_steps <= FLT_MAX))) {
        return false;
    }
    bool found = checker->variants[event->track].missing[rings][note_kind(event->note)] == 0;
    if ((event->midi_velocity & OD_EVENT_EXTRA) != 0) {
        return is_more(checker, event, found);
    }
    return found && event->offset_ms >= checker->min_offset_ms &&
           event->offset_ms <= checker->max_offset_ms;
}

#if defined(__x86_64__)
/* An event is four lanes: small numbers, velocity, gate, offset. Two events make a vector. */
#define PAIR(type, a, b, c, d) _mm256_setr_##type(a, b, c, d, a, b, c, d)
#define FLOAT_LANES            0xee
#define GATE_LANES             0x44
#define TRACK_MASK             0xffff
#define NOTE_SHIFT             16
#define EXTRA_MASK             ((int32_t)((uint32_t)OD_EVENT_EXTRA << 24))

/* What the events of a block have in common. */
struct summary {
    __m256 inside;   /* in range: all */
    __m256 rings;    /* gate is NaN: any */
    __m256 ring_all; /* gate is NaN: all */
    __m256i bits;    /* any */
    __m256i bits_all;
    __m256i beyond; /* track is not of the part: any */
};

/* Nothing branches here. */
__attribute__((target("avx2"))) static void
summarise(const struct checker *checker, const struct od_event *events, size_t n,
          struct summary *summary)
{
    const __m256 low = PAIR(ps, 0, 0, 0, checker->min_offset_ms);
    const __m256 high = PAIR(ps, 0, FLT_MAX, FLT_MAX, checker->max_offset_ms);
    /* only in the lane of the gate: in the others it is out of range, or so it is anyway */
    const __m256 by_default = PAIR(ps, NAN, NAN, OD_EVENT_DEFAULT_GATE, NAN);
    const __m256i last_track = PAIR(epi32, (int)checker->n_tracks - 1, 0, 0, 0);
    const __m256i track = PAIR(epi32, TRACK_MASK, 0, 0, 0);
    const __m256i gate = PAIR(epi32, 0, 0, -1, 0);
    const __m256i ones = _mm256_set1_epi32(-1);
    struct summary s = {.inside = _mm256_castsi256_ps(ones),
                        .rings = _mm256_setzero_ps(),
                        .ring_all = _mm256_castsi256_ps(ones),
                        .bits = _mm256_setzero_si256(),
                        .bits_all = ones,
                        .beyond = _mm256_setzero_si256()};
    for (size_t i = 0; i + 2 <= n; i += 2) {
        __m256i bits;
        memcpy(&bits, &events[i], sizeof bits);
        __m256 values = _mm256_castsi256_ps(bits);
        __m256 ordered = _mm256_and_ps(_mm256_cmp_ps(values, low, _CMP_GE_OQ),
                                       _mm256_cmp_ps(values, high, _CMP_LE_OQ));
        ordered = _mm256_or_ps(ordered, _mm256_cmp_ps(values, by_default, _CMP_EQ_OQ));
        __m256 nan =
            _mm256_and_ps(_mm256_cmp_ps(values, values, _CMP_UNORD_Q), _mm256_castsi256_ps(gate));
        s.inside = _mm256_and_ps(s.inside, _mm256_or_ps(ordered, nan));
        s.rings = _mm256_or_ps(s.rings, nan);
        s.ring_all = _mm256_and_ps(s.ring_all, nan);
        s.bits = _mm256_or_si256(s.bits, bits);
        s.bits_all = _mm256_and_si256(s.bits_all, bits);
        s.beyond = _mm256_or_si256(s.beyond,
                                   _mm256_cmpgt_epi32(_mm256_and_si256(bits, track), last_track));
    }
    *summary = s;
}

/* Is every event of the block (their number is even) sound, and of one kind that all tracks can
 * play? False if it takes a closer look. */
__attribute__((target("avx2"))) static bool
are_alike(const struct checker *checker, const struct od_event *events, size_t n)
{
    struct summary s;
    int32_t any[8];
    int32_t all[8];
    summarise(checker, events, n, &s);
    int inside = _mm256_movemask_ps(s.inside) & FLOAT_LANES;
    int rings = _mm256_movemask_ps(s.rings) & GATE_LANES;
    int ring_all = _mm256_movemask_ps(s.ring_all) & GATE_LANES;
    memcpy(any, &s.bits, sizeof any);
    memcpy(all, &s.bits_all, sizeof all);
    unsigned some_note = note_kind((uint8_t)((any[0] | any[4]) >> NOTE_SHIFT));
    unsigned every_note = note_kind((uint8_t)((all[0] & all[4]) >> NOTE_SHIFT));
    return inside == FLOAT_LANES && (rings == 0 || ring_all == GATE_LANES) &&
           some_note == every_note && ((any[0] | any[4]) & EXTRA_MASK) == 0 &&
           _mm256_testz_si256(s.beyond, s.beyond) != 0 &&
           checker->common.missing[rings != 0][some_note] == 0;
}

static bool
can_summarise(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}
#else
static bool
are_alike(const struct checker *checker, const struct od_event *events, size_t n)
{
    (void)checker;
    (void)events;
    (void)n;
    return false;
}

static bool
can_summarise(void)
{
    return false;
}
#endif

static bool
are_events(const struct checker *checker, const struct od_event *events, size_t n)
{
    bool sound = true;
    for (size_t i = 0; i < n && sound; i++) {
        sound = is_event(checker, &events[i]);
    }
    return sound;
}

static void
find_common(struct checker *checker)
{
    for (uint32_t i = 0; i < checker->n_tracks; i++) {
        for (int k = 0; k < 8; k++) {
            checker->common.missing[k / 4][k % 4] |= checker->variants[i].missing[k / 4][k % 4];
        }
    }
}

bool
od_score_check_events(const struct od_score *score, const struct od_score_part *part,
                      const struct od_score_variants *variants)
{
    const struct od_event *events = score->events + part->first_event;
    struct checker checker = {.score = score,
                              .part = part,
                              .min_offset_ms = (float)part->min_offset_ms,
                              .max_offset_ms = (float)part->max_offset_ms,
                              .variants = variants,
                              .n_tracks = part->n_tracks + part->n_midi_tracks};
    bool whole = can_summarise();
    find_common(&checker);
    for (uint32_t first = 0; first < part->n_events; first += BLOCK) {
        uint32_t rest = part->n_events - first;
        uint32_t n = rest < BLOCK ? rest : BLOCK;
        uint32_t even = whole ? n / 2 * 2 : 0;
        uint32_t settled = even > 0 && are_alike(&checker, events + first, even) ? even : 0;
        if (!are_events(&checker, events + first + settled, n - settled)) {
            return false;
        }
    }
    return true;
}
