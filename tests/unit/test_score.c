#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/dump.h"
#include "scores.h"
#include "text/param.h"
#include "text/session.h"

/* A small score with at least one record in each section. */
static const char *
full_session(void)
{
    static struct od_buf text;
    if (text.length > 0) {
        return (const char *)text.data;
    }
    od_buf_printf(&text, "{'tracks': {"
                         "'a': {'params': {'s': 'bd', 'cut': 1, 'extra_params': {'x': 'y'}},"
                         " 'sends': [{'target': 'm', 'amount': 0.5}],"
                         " 'modulations': {'cutoff': {'signal': [0");
    for (int k = 1; k < OD_STEPS; k++) {
        od_buf_printf(&text, ",%d", k % 2);
    }
    od_buf_printf(&text,
                  "]}}}, 'b': {'params': {'s': 'sn'}}}, 'mixer_lines': {'l': {'include': "
                  "['a']}, 'm': {}}, 'environment': {'seed': 5, 'tempo_map': [[0, 90], [7, 91]]},"
                  "'song': [{'scene': 's', 'bars': 2}, {'scene': null, 'bars': 4096}],"
                  "'tracks_midi': {'k': {'channel': 1, "
                  "'init': {'program': 3, 'sysex': ['F0 01 02 F7']},"
                  "'cc_modulations': {'7': {'signal': [0");
    for (int k = 1; k < OD_STEPS; k++) {
        od_buf_printf(&text, ",0.5");
    }
    od_buf_printf(&text,
                  "]}}}}, 'sequences': {'a': {'events': [{'step': 0}, {'step': 255, "
                  "'gate': null, 'note': 3}]}, 'b': {'events': [{'step': 1}]},"
                  "'k': {'length': 12, 'events': [{'step': 2, 'note': 60, 'offset_ms': -1.5},"
                  "  {'step': 3, 'bend': -1, 'cc': {'7': 9}, 'offset': 0.25, 'prob': 0.5}]}},"
                  "'scenes': {'s': {'tracks': {'c': {'params': {'s': 'x', 'n': 2}}},"
                  "  'sequences': {'c': {'length': 4096, 'events': [{'step': 4095,"
                  "   'when': {'of': 3, 'is': [1]}, 'params': {'n': null, 's': 'z', 'q': 1}}]}}}},"
                  " 'apply': {'timing': 'now', 'track_ids': ['a']}}");
    assert_true(od_buf_append(&text, "", 1));
    return (const char *)text.data;
}

/* A writable copy of that score; malloc'ed, of its exact size. */
static unsigned char *
full_score(size_t *length)
{
    struct od_buf bytes = {0};
    score_compile(full_session(), &bytes);
    *length = bytes.length;
    unsigned char *copy = malloc(bytes.length);
    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.length);
    od_buf_clear(&bytes);
    return copy;
}

static void
a_score_opens_and_every_section_is_there(void **state)
{
    (void)state;
    struct od_score score;
    score_open(full_session(), &score);
    for (int i = 0; i < OD_SECTION_COUNT; i++) {
        assert_true(score.count[i] > 0);
    }
    od_score_close(&score);
    assert_null(score.header);
    od_score_close(&score); /* twice does nothing */
}

/* Opens in memory of the exact size, so that a sanitizer sees what is read behind it. */
static enum od_status
open_copy(const unsigned char *bytes, size_t length, char *error)
{
    struct od_score score;
    unsigned char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    memset(error, 0, OD_SCORE_ERROR_SIZE);
    enum od_status status = od_score_open_heap(&score, copy, length, error);
    if (status == OD_OK) {
        od_score_close(&score);
    } else {
        assert_null(score.header);
    }
    return status;
}

/* One sentence, in one line. */
static void
expect_refused(enum od_status status, const char *error)
{
    assert_int_equal(status, OD_EDATA);
    assert_true(strlen(error) > 5 && strlen(error) < 120);
    assert_null(strchr(error, '\n'));
}

static void
a_truncated_score_is_refused_at_every_length(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE];
    size_t length;
    unsigned char *bytes = full_score(&length);
    for (size_t n = 0; n < length; n++) {
        expect_refused(open_copy(bytes, n, error), error);
    }
    assert_int_equal(open_copy(bytes, length, error), OD_OK);
    free(bytes);
}

static void
every_byte_flipped_in_turn_is_found(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE];
    size_t length;
    unsigned char *bytes = full_score(&length);
    for (size_t i = 0; i < length; i++) {
        bytes[i] ^= (unsigned char)(1u << i % 8);
        expect_refused(open_copy(bytes, length, error), error);
        bytes[i] ^= (unsigned char)(1u << i % 8);
    }
    free(bytes);
}

/* Whatever a byte says, with a checksum that agrees: refused, or all of it can be shown. */
static void
a_changed_byte_under_a_right_checksum_leads_nowhere_outside(void **state)
{
    (void)state;
    static const unsigned char masks[] = {0x01, 0x80, 0xff};
    char error[OD_SCORE_ERROR_SIZE];
    size_t length;
    size_t opened = 0;
    unsigned char *bytes = full_score(&length);
    struct od_buf shown = {0};
    for (size_t i = 0; i < length; i++) {
        struct od_score score;
        /* the tables of values are long and all alike */
        i += i % 64 == 63 && i > 2048 ? 37 : 0;
        unsigned char mask = masks[i % sizeof masks];
        bytes[i % length] ^= mask;
        score_seal(bytes, length);
        if (od_score_open_memory(&score, bytes, length, error) == OD_OK) {
            shown.length = 0;
            od_dump_json(&score, &shown);
            od_dump_text(&score, &shown);
            opened++;
            od_score_close(&score);
        } else {
            expect_refused(OD_EDATA, error);
        }
        bytes[i % length] ^= mask;
    }
    assert_true(opened > 0 && opened < length);
    od_buf_clear(&shown);
    free(bytes);
}

static void
another_version_is_refused_by_name(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE];
    size_t length;
    unsigned char *bytes = full_score(&length);
    bytes[OD_SCORE_MAGIC_SIZE] = 7;
    expect_refused(open_copy(bytes, length, error), error);
    assert_string_equal(error, "made by version 7, this program reads 2");
    bytes[OD_SCORE_MAGIC_SIZE] = 1;
    expect_refused(open_copy(bytes, length, error), error);
    assert_string_equal(error,
                        "made by version 1, this program reads 2: compile its session again");
    free(bytes);
}

static void
something_else_is_refused_as_no_score(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE];
    expect_refused(open_copy((const unsigned char *)"{\"tracks\":{}}", 13, error), error);
    assert_string_equal(error, "this is a session, not a score: compile it with oiduna-compile");
    expect_refused(open_copy((const unsigned char *)"MThd", 4, error), error);
    assert_string_equal(error, "this is no score: it does not begin as one");
    expect_refused(open_copy((const unsigned char *)"", 0, error), error);
    assert_string_equal(error, "it is empty");
    expect_refused(open_copy((const unsigned char *)"\x89ODN\n\x1a\n", 7, error), error);
}

static void
bytes_behind_a_score_are_refused(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE];
    size_t length;
    unsigned char *bytes = full_score(&length);
    unsigned char *longer = calloc(1, length + 8);
    assert_non_null(longer);
    memcpy(longer, bytes, length);
    expect_refused(open_copy(longer, length + 8, error), error);
    assert_string_equal(error, "8 bytes too long");
    free(longer);
    free(bytes);
}

/* A change to one record that must be refused. */
struct change {
    enum od_section section;
    size_t offset; /* in the record */
    size_t size;   /* bytes of `value`, at most 8 */
    uint64_t value;
    uint32_t record;
};

#define BITS(type, x)                                                                              \
    ((union {                                                                                      \
         type from;                                                                                \
         uint64_t to;                                                                              \
     }){.from = (x)}                                                                               \
         .to)
#define FLOAT(x)        BITS(float, x)
#define DOUBLE(x)       BITS(double, x)
#define AT(type, field) offsetof(struct type, field), sizeof(((struct type *)NULL)->field)

static const struct change changes[] = {
    {OD_SECTION_STRINGS, 0, 1, 'x', 0},
    {OD_SECTION_STRINGS, 0, 1, 0xff, 1},
    {OD_SECTION_PARTS, AT(od_score_part, bpm), 0, 0},
    {OD_SECTION_PARTS, AT(od_score_part, name), 2, 1},
    {OD_SECTION_PARTS, AT(od_score_part, name), 1u << 20, 1},
    {OD_SECTION_PARTS, AT(od_score_part, flags), 8, 0},
    {OD_SECTION_PARTS, AT(od_score_part, first_track), 1, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_tracks), 1, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_tracks), 3, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_tracks), UINT32_MAX, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_midi_tracks), 0, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_lines), 1, 0},
    {OD_SECTION_PARTS, AT(od_score_part, first_event), 1, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_events), 4, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_events), 6, 0},
    {OD_SECTION_PARTS, AT(od_score_part, seed), UINT64_C(1) << 53, 0},
    {OD_SECTION_PARTS, AT(od_score_part, first_tempo), 1, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_tempos), 1, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_tempos), 5, 0},
    {OD_SECTION_PARTS, AT(od_score_part, first_ring), 1, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_rings), 1, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_rings), 4, 0},
    {OD_SECTION_PARTS, AT(od_score_part, first_extra), 1, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_extras), 0, 0},
    {OD_SECTION_PARTS, AT(od_score_part, n_extras), 3, 0},
    {OD_SECTION_PARTS, AT(od_score_part, length), 255, 0},
    {OD_SECTION_PARTS, AT(od_score_part, length), 256, 1}, /* it has a longer ring */
    {OD_SECTION_PARTS, AT(od_score_part, length), 4097, 0},
    {OD_SECTION_PARTS, AT(od_score_part, densest_step), 4096, 0},
    {OD_SECTION_SONG, AT(od_score_entry, part), 2, 0},
    {OD_SECTION_SONG, AT(od_score_entry, bars), 0, 0},
    {OD_SECTION_SONG, AT(od_score_entry, bars), 4097, 1},
    {OD_SECTION_TEMPOS, AT(od_score_tempo, step), 4096, 1},
    {OD_SECTION_TEMPOS, AT(od_score_tempo, step), 7, 0},
    {OD_SECTION_RINGS, AT(od_score_ring, length), 0, 0},
    {OD_SECTION_RINGS, AT(od_score_ring, length), 255, 0},
    {OD_SECTION_RINGS, AT(od_score_ring, length), 4097, 2},
    {OD_SECTION_RINGS, AT(od_score_ring, length), UINT32_MAX, 0},
    {OD_SECTION_RINGS, AT(od_score_ring, first_index), 1, 0},
    {OD_SECTION_RINGS, AT(od_score_ring, first_index), 0, 1},
    {OD_SECTION_TRACKS, AT(od_score_track, id), 99999, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, destination), 99999, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, flags), 16, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, flags), OD_TRACK_BATCH, 1},
    {OD_SECTION_TRACKS, AT(od_score_track, line), 2, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, first_param), 1, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, n_params), 99, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, n_params), 0, 1},
    {OD_SECTION_TRACKS, AT(od_score_track, n_mods), 2, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, n_sends), 0, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, first_own), 1, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, n_owns), 1, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, n_owns), 0, 2},
    {OD_SECTION_TRACKS, AT(od_score_track, n_controls), 1, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, length), 0, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, length), 4097, 0},
    {OD_SECTION_TRACKS, AT(od_score_track, n_messages), 0, 1},
    {OD_SECTION_TRACKS, AT(od_score_track, n_messages), 9, 0},
    {OD_SECTION_TRACKS, offsetof(struct od_score_track, first_message) + 8, 4, OD_SCORE_NONE, 1},
    {OD_SECTION_TRACKS, offsetof(struct od_score_track, first_message) + 8, 4, 99999, 1},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, id), 99999, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, flags), OD_TRACK_BATCH, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, destination), 99999, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, flags), OD_MIDI_TRACK_MOVES, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, n_curves), 2, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, first_control), 4, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, n_controls), UINT32_MAX, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, first_sysex), 1, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, n_sysex), 0, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, n_sysex), 2, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, length), 0, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, velocity_signal), 7, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, channel), 16, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, velocity), 128, 0},
    {OD_SECTION_MIDI_TRACKS, AT(od_score_midi_track, transpose), 0x80, 0},
    {OD_SECTION_LINES, AT(od_score_line, name), 99999, 0},
    {OD_SECTION_LINES, AT(od_score_line, flags), OD_TRACK_BATCH, 0},
    {OD_SECTION_SENDS, AT(od_score_send, line), 2, 0},
    {OD_SECTION_PARAMS, AT(od_score_param, param), OD_PARAM_CPS, 0},
    {OD_SECTION_PARAMS, AT(od_score_param, param), OD_PARAM_N, 0},
    {OD_SECTION_PARAMS, AT(od_score_param, param), OD_PARAM_COUNT, 0},
    {OD_SECTION_PARAMS, AT(od_score_param, param), OD_PARAM_S, 1},
    {OD_SECTION_PARAMS, AT(od_score_param, type), OD_VALUE_INT, 0},
    {OD_SECTION_PARAMS, AT(od_score_param, type), OD_VALUE_FLOAT, 1},
    {OD_SECTION_PARAMS, AT(od_score_param, type), 3, 0},
    {OD_SECTION_PARAMS, AT(od_score_param, flags), OD_SCORE_PARAM_LIVE, 0},
    {OD_SECTION_PARAMS, AT(od_score_param, name), 1, 0},
    {OD_SECTION_PARAMS, AT(od_score_param, name), 99999, 2},
    {OD_SECTION_PARAMS, AT(od_score_param, value), 99999, 0},
    {OD_SECTION_PARAMS, AT(od_score_param, value), UINT64_MAX, 0},
    {OD_SECTION_PARAMS, AT(od_score_param, type), 4, 8},
    {OD_SECTION_PARAMS, AT(od_score_param, type), OD_VALUE_ABSENT, 6}, /* what would sound? */
    {OD_SECTION_PARAMS, AT(od_score_param, value), 1, 7},
    {OD_SECTION_PARAMS, AT(od_score_param, param), OD_PARAM_S, 7},
    {OD_SECTION_PARAMS, AT(od_score_param, param), OD_PARAM_MIDINOTE, 7},
    {OD_SECTION_PARAMS, AT(od_score_param, param), OD_PARAM_COUNT, 7},
    {OD_SECTION_PARAMS, AT(od_score_param, name), 1, 7},
    {OD_SECTION_OWNS, AT(od_score_own, first_param), 5, 0},
    {OD_SECTION_OWNS, AT(od_score_own, n_params), 2, 0},
    {OD_SECTION_OWNS, AT(od_score_own, n_params), 4, 0},
    {OD_SECTION_OWNS, offsetof(struct od_score_own, first_message) + 8, 4, OD_SCORE_NONE, 0},
    {OD_SECTION_OWNS, offsetof(struct od_score_own, first_message) + 8, 4, 99999, 0},
    {OD_SECTION_OWNS, offsetof(struct od_score_own, first_message), 4, 99999, 0},
    {OD_SECTION_MODS, AT(od_score_mod, param), OD_PARAM_S, 0},
    {OD_SECTION_MODS, AT(od_score_mod, param), OD_PARAM_COUNT, 0},
    {OD_SECTION_MODS, AT(od_score_mod, signal), 1, 0},
    {OD_SECTION_CURVES, AT(od_score_curve, kind), 3, 0},
    {OD_SECTION_CURVES, AT(od_score_curve, controller), 128, 0},
    {OD_SECTION_CURVES, AT(od_score_curve, first), 1, 0},
    {OD_SECTION_CURVES, AT(od_score_curve, length), 0, 0},
    {OD_SECTION_CURVES, AT(od_score_curve, length), 257, 0},
    {OD_SECTION_CURVES, AT(od_score_curve, length), UINT32_MAX, 0},
    {OD_SECTION_LEVELS, 0, 2, 128, 0},
    {OD_SECTION_LEVELS, 0, 2, 0xffff, 255},
    {OD_SECTION_SIGNALS, AT(od_score_signal, first), 1, 0},
    {OD_SECTION_SIGNALS, AT(od_score_signal, length), 0, 0},
    {OD_SECTION_SIGNALS, AT(od_score_signal, length), 257, 0},
    {OD_SECTION_VALUES, AT(od_score_values, first), UINT32_MAX, 0},
    {OD_SECTION_VALUES, AT(od_score_values, length), 0, 0},
    {OD_SECTION_VALUES, AT(od_score_values, length), 4097, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, bytes), 2, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, bytes), 4, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, bytes), 0xfffffffc, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, size), 0, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, size), 102, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, size), 0xfffc, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, cps), 4, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, cps), 61, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, cycle), 0xfffc, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, delta), 0xfffc, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, gain), 0xfffc, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, note), 0xfffc, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, sustain), 0xfffc, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, n_slots), 0, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, n_slots), 0xffff, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, first_slot), 1, 0},
    {OD_SECTION_MESSAGES, AT(od_score_message, gain_values), 7, 0},
    {OD_SECTION_SLOTS, AT(od_score_slot, offset), 0, 0},
    {OD_SECTION_SLOTS, AT(od_score_slot, offset), 62, 0},
    {OD_SECTION_SLOTS, AT(od_score_slot, offset), 0xfffc, 0},
    {OD_SECTION_SLOTS, AT(od_score_slot, values), 1, 0},
    {OD_SECTION_BYTES, 0, 1, 'd', 0}, /* "/dirt/play", 0, 0, ",sss… */
    {OD_SECTION_BYTES, 0, 1, 'x', 11},
    {OD_SECTION_BYTES, 0, 1, 's', 12},
    {OD_SECTION_BYTES, 0, 1, '{', 13},
    {OD_SECTION_BYTES, 0, 1, 'i', 15},
    {OD_SECTION_BYTES, 0, 1, 0, 14},
    {OD_SECTION_CONTROLS, AT(od_score_control, rank), 4, 0},
    {OD_SECTION_CONTROLS, offsetof(struct od_score_control, bytes), 1, 0x90, 0},
    {OD_SECTION_CONTROLS, offsetof(struct od_score_control, bytes), 1, 0xc1, 0},
    {OD_SECTION_CONTROLS, offsetof(struct od_score_control, bytes), 1, 0xf0, 1},
    {OD_SECTION_CONTROLS, offsetof(struct od_score_control, bytes) + 1, 1, 0x80, 0},
    {OD_SECTION_CONTROLS, offsetof(struct od_score_control, bytes) + 2, 1, 1, 0},
    {OD_SECTION_CONTROLS, offsetof(struct od_score_control, bytes) + 2, 1, 0x80, 1},
    {OD_SECTION_SYSEX, AT(od_score_sysex, bytes), 2, 0},
    {OD_SECTION_SYSEX, AT(od_score_sysex, bytes), 0, 0},
    {OD_SECTION_SYSEX, AT(od_score_sysex, bytes), 0xfffffffc, 0},
    {OD_SECTION_SYSEX, AT(od_score_sysex, size), 1, 0},
    {OD_SECTION_SYSEX, AT(od_score_sysex, size), 3, 0},
    {OD_SECTION_SYSEX, AT(od_score_sysex, size), 4097, 0},
    {OD_SECTION_EXTRAS, AT(od_score_extra, own), 1, 1},
    {OD_SECTION_EXTRAS, AT(od_score_extra, own), 0, 0},             /* of a MIDI track */
    {OD_SECTION_EXTRAS, AT(od_score_extra, own), OD_SCORE_NONE, 1}, /* a variant not made */
    {OD_SECTION_EXTRAS, AT(od_score_extra, of), 65, 1},
    {OD_SECTION_EXTRAS, AT(od_score_extra, n_controls), 99, 0},
    {OD_SECTION_EXTRAS, AT(od_score_extra, n_controls), 1, 1}, /* of no MIDI track */
    {OD_SECTION_EXTRAS, AT(od_score_extra, first_control), UINT32_MAX, 0},
    {OD_SECTION_EVENTS, AT(od_event, extra), 1, 4},
    {OD_SECTION_EVENTS, AT(od_event, extra), UINT32_MAX, 5},
    {OD_SECTION_EVENTS, AT(od_event, midi_velocity), OD_EVENT_EXTRA, 3},
    {OD_SECTION_EVENTS, AT(od_event, track), 3, 0},
    {OD_SECTION_EVENTS, AT(od_event, track), 0xffff, 3},
    {OD_SECTION_EVENTS, AT(od_event, note), 128, 0},
    {OD_SECTION_EVENTS, AT(od_event, note), 254, 2},
    {OD_SECTION_EVENTS, AT(od_event, note), 60, 0}, /* a variant that was not made */
    {OD_SECTION_EVENTS, AT(od_event, note), OD_EVENT_NO_NOTE, 2},
    {OD_SECTION_INDEX, 0, 4, 1, 0},
    {OD_SECTION_INDEX, 0, 4, 5, 3},
    {OD_SECTION_INDEX, 0, 4, 4, 256},
    {OD_SECTION_INDEX, 0, 4, 4, 257},
    {OD_SECTION_INDEX, 0, 4, 6, 257 + 12},
    {OD_SECTION_INDEX, 0, 4, UINT32_MAX, 100},
    {OD_SECTION_APPLY_IDS, 0, 4, 2, 0},
};

static void
expect_change_refused(unsigned char *bytes, size_t length, const struct change *change)
{
    const struct od_score_header *header = (const void *)bytes;
    const struct od_score_section *section = &header->sections[change->section];
    char error[OD_SCORE_ERROR_SIZE];
    unsigned char old[8];
    assert_true(change->record < section->count);
    unsigned char *at =
        bytes + section->offset + (size_t)change->record * section->size + change->offset;
    memcpy(old, at, change->size);
    memcpy(at, &change->value, change->size);
    score_seal(bytes, length);
    enum od_status status = open_copy(bytes, length, error);
    memcpy(at, old, change->size);
    if (status != OD_EDATA) {
        fail_msg("section %d, record %u, offset %zu: %llu was let in", change->section,
                 change->record, change->offset, (unsigned long long)change->value);
    }
    expect_refused(status, error);
}

static void
a_record_out_of_range_is_refused(void **state)
{
    (void)state;
    size_t length;
    unsigned char *bytes = full_score(&length);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        expect_change_refused(bytes, length, &changes[i]);
    }
    free(bytes);
}

static void
no_entry_of_an_index_may_be_beyond_the_next(void **state)
{
    (void)state;
    size_t length;
    unsigned char *bytes = full_score(&length);
    const struct od_score_header *header = (const void *)bytes;
    const struct od_score_section *index = &header->sections[OD_SECTION_INDEX];
    for (uint32_t i = 0; i < index->count; i++) {
        const uint32_t wrong[] = {INT32_MAX, (uint32_t)INT32_MAX + 2, UINT32_MAX};
        for (size_t k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
            expect_change_refused(bytes, length,
                                  &(struct change){OD_SECTION_INDEX, 0, 4, wrong[k], i});
        }
    }
    free(bytes);
}

static void
numbers_that_are_none_are_refused(void **state)
{
    (void)state;
    const uint64_t nan_float = FLOAT(NAN);
    const uint64_t inf_float = FLOAT(INFINITY);
    const uint64_t inf = DOUBLE(INFINITY);
    const struct change wrong[] = {
        {OD_SECTION_PARTS, AT(od_score_part, bpm), DOUBLE(NAN), 0},
        {OD_SECTION_PARTS, AT(od_score_part, bpm), DOUBLE(1000), 0},
        {OD_SECTION_PARTS, AT(od_score_part, swing), DOUBLE(-0.1), 0},
        {OD_SECTION_PARTS, AT(od_score_part, default_gate), inf, 0},
        {OD_SECTION_PARTS, AT(od_score_part, default_gate), DOUBLE(-1), 0},
        {OD_SECTION_PARTS, AT(od_score_part, min_offset_ms), DOUBLE(1), 0},
        {OD_SECTION_PARTS, AT(od_score_part, min_offset_ms), DOUBLE(-INFINITY), 0},
        {OD_SECTION_PARTS, AT(od_score_part, min_offset_ms), DOUBLE(-1), 0},
        {OD_SECTION_PARTS, AT(od_score_part, max_offset_ms), DOUBLE(-1), 0},
        {OD_SECTION_PARTS, AT(od_score_part, max_offset_ms), DOUBLE(NAN), 0},
        {OD_SECTION_PARTS, AT(od_score_part, min_offset_steps), FLOAT(-1.5f), 0},
        {OD_SECTION_PARTS, AT(od_score_part, min_offset_steps), nan_float, 0},
        {OD_SECTION_PARTS, AT(od_score_part, max_offset_steps), FLOAT(0.125f), 0},
        {OD_SECTION_PARTS, AT(od_score_part, max_offset_steps), inf_float, 0},
        {OD_SECTION_TEMPOS, AT(od_score_tempo, bpm), DOUBLE(0.5), 0},
        {OD_SECTION_TEMPOS, AT(od_score_tempo, bpm), DOUBLE(NAN), 1},
        {OD_SECTION_EXTRAS, AT(od_score_extra, offset_ms), DOUBLE(NAN), 0},
        {OD_SECTION_EXTRAS, AT(od_score_extra, offset_ms), DOUBLE(5), 0},
        {OD_SECTION_EXTRAS, AT(od_score_extra, offset_steps), DOUBLE(0.5), 0},
        {OD_SECTION_EXTRAS, AT(od_score_extra, offset_steps), DOUBLE(NAN), 1},
        {OD_SECTION_EXTRAS, AT(od_score_extra, prob), DOUBLE(-0.1), 0},
        {OD_SECTION_EXTRAS, AT(od_score_extra, prob), DOUBLE(1.1), 1},
        {OD_SECTION_EXTRAS, AT(od_score_extra, prob), DOUBLE(NAN), 1},
        {OD_SECTION_LINES, AT(od_score_line, volume), DOUBLE(NAN), 0},
        {OD_SECTION_LINES, AT(od_score_line, leslie_size), inf, 1},
        {OD_SECTION_SENDS, AT(od_score_send, amount), DOUBLE(NAN), 0},
        {OD_SECTION_PARAMS, AT(od_score_param, value), DOUBLE(0.5), 1},
        {OD_SECTION_PARAMS, AT(od_score_param, value), DOUBLE(3e9), 1},
        {OD_SECTION_PARAMS, AT(od_score_param, value), DOUBLE(NAN), 1},
        {OD_SECTION_NUMBERS, 0, 8, DOUBLE(1.5), 1},
        {OD_SECTION_NUMBERS, 0, 8, DOUBLE(NAN), 255},
        {OD_SECTION_FLOATS, 0, 4, inf_float, 255},
        {OD_SECTION_MESSAGES, AT(od_score_message, gain_factor), inf_float, 0},
        {OD_SECTION_MESSAGES, AT(od_score_message, sustain_factor), nan_float, 0},
        {OD_SECTION_EVENTS, AT(od_event, velocity), FLOAT(-1), 0},
        {OD_SECTION_EVENTS, AT(od_event, velocity), nan_float, 1},
        {OD_SECTION_EVENTS, AT(od_event, velocity), inf_float, 2},
        {OD_SECTION_EVENTS, AT(od_event, gate_steps), FLOAT(-1), 2},
        {OD_SECTION_EVENTS, AT(od_event, gate_steps), inf_float, 0},
        {OD_SECTION_EVENTS, AT(od_event, gate_steps), nan_float, 0},
        {OD_SECTION_EVENTS, AT(od_event, offset_ms), FLOAT(0.5f), 0},
        {OD_SECTION_EVENTS, AT(od_event, offset_ms), FLOAT(-2), 2},
        {OD_SECTION_EVENTS, AT(od_event, offset_ms), nan_float, 3},
    };
    size_t length;
    unsigned char *bytes = full_score(&length);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        expect_change_refused(bytes, length, &wrong[i]);
    }
    free(bytes);
}

static void
a_header_out_of_range_is_refused(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE];
    size_t length;
    unsigned char *bytes = full_score(&length);
    const struct od_score_header good = *(const struct od_score_header *)(const void *)bytes;
    for (int i = 0; i < 6 + 4 * OD_SECTION_COUNT; i++) {
        struct od_score_header bad = good;
        struct od_score_section *section = &bad.sections[(i - 6) / 4 * (i >= 6)];
        switch (i < 6 ? i : 6 + (i - 6) % 4) {
        case 0:
            bad.dialect = 2;
            break;
        case 1:
            bad.apply_timing = 4;
            break;
        case 2:
            bad.apply_part = 2;
            break;
        case 3:
            bad.n_sections++;
            break;
        case 4:
            bad.apply_from = 3;
            break;
        case 5:
            bad.song_end = 3;
            break;
        case 6:
            section->offset += 8;
            break;
        case 7:
            section->offset = UINT64_MAX - 7;
            break;
        case 8:
            section->count = UINT32_MAX;
            break;
        default:
            section->size++;
        }
        memcpy(bytes, &bad, sizeof bad);
        score_seal(bytes, length);
        expect_refused(open_copy(bytes, length, error), error);
    }
    free(bytes);
}

/* A session of n events of one kind on two tracks; then one of them is broken. */
static unsigned char *
many_events(int n, size_t *length)
{
    struct od_buf text = {0};
    struct od_buf bytes = {0};
    od_buf_printf(&text, "{'tracks': {'a': {'params': {'s': 'bd'}}, 'b': {'params': {'s': 'sn'}}},"
                         " 'sequences': {");
    for (int track = 0; track < 2; track++) {
        od_buf_printf(&text, "%s'%c': {'events': [", track == 0 ? "" : ",", 'a' + track);
        for (int i = 0; i < n / 2 + track * (n % 2); i++) {
            od_buf_printf(&text, "%s{'step': %d, 'note': 60}", i == 0 ? "" : ",", i % OD_STEPS);
        }
        od_buf_printf(&text, "]}");
    }
    od_buf_printf(&text, "}}");
    assert_true(od_buf_append(&text, "", 1));
    score_compile((const char *)text.data, &bytes);
    *length = bytes.length;
    od_buf_clear(&text);
    return bytes.data;
}

static void
one_bad_event_among_many_alike_is_found(void **state)
{
    (void)state;
    static const int counts[] = {2, 3, 8, 2047, 2048, 2049, 5001};
    const struct {
        size_t offset, size;
        uint64_t value;
    } bad[] = {
        {AT(od_event, track), 2},
        {AT(od_event, track), 0xffff},
        {AT(od_event, note), 128},
        {AT(od_event, note), OD_EVENT_NO_NOTE},
        {AT(od_event, velocity), FLOAT(-1)},
        {AT(od_event, velocity), FLOAT(NAN)},
        {AT(od_event, gate_steps), FLOAT(NAN)},
        {AT(od_event, gate_steps), FLOAT(INFINITY)},
        {AT(od_event, gate_steps), FLOAT(-2)},
        {AT(od_event, gate_steps), FLOAT(-0.5)},
        {AT(od_event, gate_steps), FLOAT(-INFINITY)},
        {AT(od_event, midi_velocity), OD_EVENT_EXTRA},
        {AT(od_event, offset_ms), FLOAT(FLT_MAX)},
        {AT(od_event, offset_ms), FLOAT(NAN)},
    };
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        size_t length;
        unsigned char *bytes = many_events(counts[c], &length);
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            uint32_t n = (uint32_t)counts[c];
            const uint32_t places[] = {0, 1, n / 2, n - 2, n - 1};
            for (size_t p = 0; p < sizeof places / sizeof places[0]; p++) {
                struct change change = {OD_SECTION_EVENTS, bad[i].offset, bad[i].size, bad[i].value,
                                        places[p]};
                expect_change_refused(bytes, length, &change);
            }
        }
        free(bytes);
    }
}

static void
every_second_event_may_not_be_of_another_kind(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE];
    for (int odd = 0; odd < 2; odd++) {
        size_t length;
        unsigned char *bytes = many_events(100, &length);
        const struct od_score_header *header = (const void *)bytes;
        void *at = bytes + header->sections[OD_SECTION_EVENTS].offset;
        struct od_event *events = at;
        for (int i = odd; i < 100; i += 2) {
            events[i].gate_steps = NAN;
        }
        score_seal(bytes, length);
        expect_refused(open_copy(bytes, length, error), error);
        free(bytes);
    }
}

static void
the_length_is_known_from_the_first_bytes(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE];
    uint64_t total;
    size_t length;
    unsigned char *bytes = full_score(&length);
    for (size_t n = 0; n < 64; n++) {
        assert_int_equal(od_score_length(bytes, n, &total, error), OD_OK);
        assert_int_equal(total, n < 24 ? 0 : length);
    }
    bytes[2] = 'X';
    assert_int_equal(od_score_length(bytes, 2, &total, error), OD_OK);
    expect_refused(od_score_length(bytes, 3, &total, error), error);
    bytes[2] = 'D';
    bytes[8] = 1;
    assert_int_equal(od_score_length(bytes, 23, &total, error), OD_OK);
    expect_refused(od_score_length(bytes, 24, &total, error), error);
    assert_int_equal(total, length); /* a stream goes on behind it */
    bytes[8] = 2;
    bytes[23] = 1;
    assert_int_equal(od_score_length(bytes, 23, &total, error), OD_OK);
    expect_refused(od_score_length(bytes, 24, &total, error), error);
    free(bytes);
}

static void
write_file(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void
a_file_is_read_and_a_wrong_one_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/oiduna-score-XXXXXX";
    char error[OD_SCORE_ERROR_SIZE];
    struct od_score score;
    size_t length;
    unsigned char *bytes = full_score(&length);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    write_file(path, bytes, length);
    assert_int_equal(od_score_open_file(&score, path, error), OD_OK);
    write_file(path, "", 0); /* what plays must not change or end when its file does */
    assert_memory_equal(score.header, bytes, length);
    od_score_close(&score);
    write_file(path, bytes, length - 1);
    expect_refused(od_score_open_file(&score, path, error), error);
    write_file(path, "", 0);
    expect_refused(od_score_open_file(&score, path, error), error);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(od_score_open_file(&score, path, error), OD_ENOINPUT);
    assert_string_equal(error, "No such file or directory");
    assert_int_equal(od_score_open_file(&score, "/", error), OD_ENOINPUT);
    write_file(path, bytes, length);
    assert_int_equal(truncate(path, (off_t)OD_SCORE_LENGTH_MAX + 1), 0);
    expect_refused(od_score_open_file(&score, path, error), error);
    assert_string_equal(error, "longer than 256 MiB");
    assert_int_equal(unlink(path), 0);
    free(bytes);
}

static void
a_pipe_is_read_to_its_end(void **state)
{
    (void)state;
    char error[OD_SCORE_ERROR_SIZE];
    char path[32];
    struct od_score score;
    int ends[2];
    size_t length;
    unsigned char *bytes = full_score(&length);
    assert_int_equal(pipe(ends), 0);
    assert_true(write(ends[1], bytes, length) == (ssize_t)length);
    assert_int_equal(close(ends[1]), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(od_score_open_file(&score, path, error), OD_OK);
    assert_memory_equal(score.header, bytes, length);
    od_score_close(&score);
    assert_int_equal(close(ends[0]), 0);
    free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_score_opens_and_every_section_is_there),
        cmocka_unit_test(a_truncated_score_is_refused_at_every_length),
        cmocka_unit_test(every_byte_flipped_in_turn_is_found),
        cmocka_unit_test(a_changed_byte_under_a_right_checksum_leads_nowhere_outside),
        cmocka_unit_test(another_version_is_refused_by_name),
        cmocka_unit_test(something_else_is_refused_as_no_score),
        cmocka_unit_test(bytes_behind_a_score_are_refused),
        cmocka_unit_test(a_record_out_of_range_is_refused),
        cmocka_unit_test(no_entry_of_an_index_may_be_beyond_the_next),
        cmocka_unit_test(numbers_that_are_none_are_refused),
        cmocka_unit_test(a_header_out_of_range_is_refused),
        cmocka_unit_test(one_bad_event_among_many_alike_is_found),
        cmocka_unit_test(every_second_event_may_not_be_of_another_kind),
        cmocka_unit_test(the_length_is_known_from_the_first_bytes),
        cmocka_unit_test(a_file_is_read_and_a_wrong_one_refused),
        cmocka_unit_test(a_pipe_is_read_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
