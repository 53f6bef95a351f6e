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
#define NUMBER_LANES           0xee
#define FLOAT_LANES            0xaa /* velocity, offset: never NaN */
#define GATE_LANES             0x44

/* What the events of a block have in common. */
struct summary {
    __m256 least, most; /* but for NaNs */
    __m256 nan;         /* any */
    __m256 nan_all;
    __m256i bits; /* any */
    __m256i bits_all;
    __m256i least_bits; /* as signed numbers */
    __m256i most_words; /* of 16 bits, as unsigned ones: the first is the track */
};

/* Nothing branches here. Which of its operands a minimum is where one is a NaN is told by their
 * order. */
__attribute__((target("avx2"))) static void
summarise(const struct od_event *events, size_t n, struct summary *summary)
{
    const __m256i ones = _mm256_set1_epi32(-1);
    struct summary s = {.least = _mm256_set1_ps(INFINITY),
                        .most = _mm256_set1_ps(-INFINITY),
                        .nan = _mm256_setzero_ps(),
                        .nan_all = _mm256_castsi256_ps(ones),
                        .bits = _mm256_setzero_si256(),
                        .bits_all = ones,
                        .least_bits = _mm256_set1_epi32(INT32_MAX),
                        .most_words = _mm256_setzero_si256()};
    for (size_t i = 0; i + 2 <= n; i += 2) {
        __m256i bits;
        memcpy(&bits, &events[i], sizeof bits);
        __m256 values = _mm256_castsi256_ps(bits);
        __m256 nan = _mm256_cmp_ps(values, values, _CMP_UNORD_Q);
        s.least = _mm256_min_ps(values, s.least);
        s.most = _mm256_max_ps(values, s.most);
        s.nan = _mm256_or_ps(s.nan, nan);
        s.nan_all = _mm256_and_ps(s.nan_all, nan);
        s.bits = _mm256_or_si256(s.bits, bits);
        s.bits_all = _mm256_and_si256(s.bits_all, bits);
        s.least_bits = _mm256_min_epi32(s.least_bits, bits);
        s.most_words = _mm256_max_epu16(s.most_words, bits);
    }
    *summary = s;
}

/* Are all numbers in range? A gate is at least 0, or it is the default, -1: of the negative numbers
 * those above -1 (and -0, which is left to the closer look) are less than -1 as bits. */
__attribute__((target("avx2"))) static bool
are_in_range(const struct checker *checker, const struct summary *s)
{
    const __m256 low = PAIR(ps, 0, 0, OD_EVENT_DEFAULT_GATE, checker->min_offset_ms);
    const __m256 high = PAIR(ps, 0, FLT_MAX, FLT_MAX, checker->max_offset_ms);
    const __m256i default_gate = _mm256_castps_si256(_mm256_set1_ps(OD_EVENT_DEFAULT_GATE));
    __m256 between = _mm256_castsi256_ps(_mm256_cmpgt_epi32(default_gate, s->least_bits));
    __m256 inside = _mm256_and_ps(_mm256_cmp_ps(s->least, low, _CMP_GE_OQ),
                                  _mm256_cmp_ps(s->most, high, _CMP_LE_OQ));
    return (_mm256_movemask_ps(inside) & NUMBER_LANES) == NUMBER_LANES &&
           (_mm256_movemask_ps(s->nan) & FLOAT_LANES) == 0 &&
           (_mm256_movemask_ps(between) & GATE_LANES) == 0;
}

/* Is every event of the block (their number is even) sound, and of one kind that all tracks can
 * play? False if it takes a closer look. */
__attribute__((target("avx2"))) static bool
are_alike(const struct checker *checker, const struct od_event *events, size_t n)
{
    struct summary s;
    struct od_event any[2], all[2], most[2];
    summarise(events, n, &s);
    memcpy(any, &s.bits, sizeof any);
    memcpy(all, &s.bits_all, sizeof all);
    memcpy(most, &s.most_words, sizeof most);
    int rings = _mm256_movemask_ps(s.nan) & GATE_LANES;
    int ring_all = _mm256_movemask_ps(s.nan_all) & GATE_LANES;
    unsigned some_note = note_kind(any[0].note | any[1].note);
    unsigned every_note = note_kind(all[0].note & all[1].note);
    return are_in_range(checker, &s) && (rings == 0 || ring_all == GATE_LANES) &&
           some_note == every_note &&
           ((any[0].midi_velocity | any[1].midi_velocity) & OD_EVENT_EXTRA) == 0 &&
           most[0].track < checker->n_tracks && most[1].track < checker->n_tracks &&
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
