/* The picture of the playing: golden texts, and that it never leaves its frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "control/picture.h"
#include "random.h"

#define GOLDEN "tests/golden/picture/"

static const struct od_picture_style utf8 = {.utf8 = true};
static const struct od_picture_style ascii = {0};
static const struct od_picture_style colour = {.colour = true, .utf8 = true};

#define KICK                                                                                       \
    {                                                                                              \
        8, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0                                             \
    }
#define HAT                                                                                        \
    {                                                                                              \
        0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0, 6, 1                                             \
    }
#define BASS                                                                                       \
    {                                                                                              \
        7, 0, 0, 3, 0, 0, 7, 0, 0, 0, 2, 0, 7, 0, 0, 0                                             \
    }
#define NONE                                                                                       \
    {                                                                                              \
        0                                                                                          \
    }

static const struct od_picture_track band[] = {
    {.name = "kick", .audible = true, .cells = KICK},
    {.name = "hat", .muted = true, .cells = HAT},
    {.name = "bass", .solo = true, .audible = true, .cells = BASS},
    {.name = "pad", .cells = NONE},
    {.name = "三味線", .audible = true, .cells = HAT},
    {.name = "a-name-that-is-too-long", .audible = true, .cells = KICK},
};

static const struct od_picture playing = {
    .state = OD_PLAYING,
    .step = 12 * 16 + 6,
    .loop_steps = OD_STEPS,
    .bpm = 128.5,
    .scene = "verse",
    .next = "chorus",
    .next_step = 16 * 16,
    .osc = OD_PICTURE_OK,
    .midi = OD_PICTURE_MISSING,
    .events = 12345,
    .lateness_p99 = 41400,
    .answer = "hat muted from 13.1.1",
    .tracks = band,
    .n_tracks = 6,
};

static const struct od_picture stopped = {
    .state = OD_STOPPED,
    .step = -1,
    .bpm = 120,
    .osc = OD_PICTURE_MISSING,
    .midi = OD_PICTURE_OFF,
};

static const struct od_picture lossy = {
    .state = OD_PAUSED,
    .step = 0,
    .loop_steps = OD_STEPS,
    .bpm = 99.75,
    .sync = "link, 3 peers",
    .osc = OD_PICTURE_OK,
    .midi = OD_PICTURE_OK,
    .drops = 7,
    .lateness_p99 = 2300000,
    .answer = "no track \"kik\"; do you mean \"kick\"?",
    .answer_failed = true,
    .tracks = band,
    .n_tracks = 2,
};

static char *
draw(const struct od_picture *picture, unsigned columns, unsigned rows,
     const struct od_picture_style *style, unsigned *count)
{
    struct od_buf out = {0};
    *count = od_picture_draw(picture, columns, rows, style, &out);
    od_buf_append(&out, "", 1);
    assert_false(out.failed);
    return (char *)out.data;
}

/* ---- golden ---- */

static char *
read_all(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return strdup("");
    }
    struct od_buf text = {0};
    char *piece = od_buf_extend(&text, 1 << 16);
    assert_non_null(piece);
    size_t size = fread(piece, 1, (1 << 16) - 1, file);
    piece[size] = '\0';
    fclose(file);
    return (char *)text.data;
}

/* OIDUNA_ACCEPT=1 writes the texts anew, to be looked at before they are kept. */
static void
judge(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, GOLDEN "%s.txt", name);
    if (getenv("OIDUNA_ACCEPT") != NULL) {
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
    }
    char *golden = read_all(path);
    assert_string_equal(text, golden);
    free(golden);
}

struct golden {
    const char *name;
    const struct od_picture *picture;
    unsigned columns, rows;
    const struct od_picture_style *style;
};

static const struct golden goldens[] = {
    {"80x16", &playing, 80, 16, &utf8},
    {"80x16-ascii", &playing, 80, 16, &ascii},
    {"80x16-colour", &playing, 80, 16, &colour},
    {"60x14", &playing, 60, 14, &utf8},
    {"200x34", &playing, 200, 34, &utf8},
    {"80x6", &playing, 80, 6, &utf8},
    {"80x5", &playing, 80, 5, &utf8},
    {"200x5", &playing, 200, 5, &utf8},
    {"40x10", &playing, 40, 10, &utf8},
    {"24x10", &playing, 24, 10, &utf8},
    {"20x3", &playing, 20, 3, &utf8},
    {"20x1", &playing, 20, 1, &utf8},
    {"120x1", &playing, 120, 1, &utf8},
    {"1x1", &playing, 1, 1, &utf8},
    {"80x16-stopped", &stopped, 80, 16, &utf8},
    {"80x16-lossy", &lossy, 80, 16, &colour},
    {"20x3-lossy", &lossy, 20, 3, &utf8},
};

static void
pictures_look_as_they_did(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
        const struct golden *golden = &goldens[i];
        unsigned count;
        char *text = draw(golden->picture, golden->columns, golden->rows, golden->style, &count);
        judge(golden->name, text);
        free(text);
    }
}

/* ---- the frame ---- */

static void
strip_colour(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from == '\033') {
            from = strchr(from, 'm');
            assert_non_null(from);
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

static void
expect_within(const char *text, unsigned columns, unsigned count)
{
    unsigned lines = 0;
    unsigned used = 0;
    const char *end = text + strlen(text);
    for (const char *at = text; at < end;) {
        size_t length = od_utf8_length(at, end);
        assert_true(length > 0);
        if (*at == '\n') {
            lines++;
            used = 0;
        } else {
            assert_true(od_utf8_is_shown(at, length));
            used += od_utf8_columns(od_utf8_decode(at, length));
            assert_true(used <= columns);
        }
        at += length;
    }
    assert_int_equal(lines, count);
}

static void
check_frame(const struct od_picture *picture, unsigned columns, unsigned rows)
{
    unsigned count, coloured;
    char *text = draw(picture, columns, rows, &utf8, &count);
    char *tinted = draw(picture, columns, rows, &colour, &coloured);
    strip_colour(tinted);
    assert_true(count <= rows);
    assert_int_equal(coloured, count);
    assert_string_equal(tinted, text);
    expect_within(text, columns, count);
    if (columns >= 16 && rows > 0) {
        assert_non_null(strstr(text, "bpm"));
    }
    free(text);
    free(tinted);
    text = draw(picture, columns, rows, &ascii, &count);
    expect_within(text, columns, count);
    for (const char *at = text; *at != '\0'; at++) {
        assert_true((unsigned char)*at < 0x80);
    }
    free(text);
}

static void
no_size_is_left(void **state)
{
    (void)state;
    for (unsigned columns = 0; columns <= 130; columns++) {
        for (unsigned rows = 0; rows <= 14; rows++) {
            check_frame(&playing, columns, rows);
            check_frame(&stopped, columns, rows);
            check_frame(&lossy, columns, rows);
        }
    }
}

static const char *const strange[] = {
    "",
    "x",
    "\x1b[2Jevil",
    "\xff\xfe",
    "e\xcc\x81\xcc\x81\xcc\x81",
    "\xf0\x9f\xa5\x81\xf0\x9f\xa5\x81",
    "\n\n",
    "\xe4\xb8",
    "\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c"
    "\xab\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c\xab",
    "a b",
    "\xc2\x9b"
    "5m",
    "123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"
    "123456789012345678901234567890",
};

static const char *
any_text(uint64_t *seed)
{
    return strange[random_bits(seed) % (sizeof strange / sizeof *strange)];
}

static void
no_words_and_numbers_leave_the_frame(void **state)
{
    (void)state;
    uint64_t seed = 20261127;
    static struct od_picture_track tracks[70];
    for (int i = 0; i < 3000; i++) {
        struct od_picture picture = {
            .state = (enum od_state)(random_bits(&seed) % 3),
            .step = (int64_t)(random_bits(&seed) % 3) - 1 +
                    (int64_t)(random_bits(&seed) >> (1 + random_bits(&seed) % 63)),
            .loop_steps = (unsigned)(random_bits(&seed) % 3 * 128),
            .bpm = (double)(random_bits(&seed) % 99900) / 100,
            .scene = any_text(&seed),
            .next = any_text(&seed),
            .next_step = (int64_t)(random_bits(&seed) >> random_bits(&seed) % 64),
            .sync = any_text(&seed),
            .osc = (enum od_picture_link)(random_bits(&seed) % 3),
            .midi = (enum od_picture_link)(random_bits(&seed) % 3),
            .drops = random_bits(&seed) >> random_bits(&seed) % 64,
            .events = random_bits(&seed),
            .lateness_p99 = (od_nsec)(random_bits(&seed) >> 1),
            .answer = any_text(&seed),
            .tracks = tracks,
            .n_tracks = random_bits(&seed) % 70,
        };
        for (size_t k = 0; k < picture.n_tracks; k++) {
            tracks[k] = (struct od_picture_track){.name = any_text(&seed)};
            tracks[k].cells[random_bits(&seed) % 16] = (uint8_t)random_bits(&seed);
        }
        check_frame(&picture, (unsigned)(random_bits(&seed) % 220),
                    (unsigned)(random_bits(&seed) % 60));
    }
}

/* ---- what is dropped ---- */

static bool
shows(const struct od_picture *picture, unsigned columns, unsigned rows, const char *what)
{
    unsigned count;
    char *text = draw(picture, columns, rows, &utf8, &count);
    bool found = strstr(text, what) != NULL;
    free(text);
    return found;
}

/* The width from which on each is there: in this order they go as it gets narrower. */
static void
narrower_terminals_show_less_in_a_fixed_order(void **state)
{
    (void)state;
    static const char *const order[] = {"128.5",    "13.2.3",      "playing", "○●○○",
                                        "→ chorus", "scene verse", "osc",     "midi",
                                        "sync",     "drops",       "p99",     "events"};
    unsigned from = 0;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        unsigned columns = 1;
        while (!shows(&playing, columns, 1, order[i])) {
            columns++;
            assert_true(columns < 300);
        }
        assert_true(columns >= from);
        from = columns;
        for (; columns < 300; columns++) {
            assert_true(shows(&playing, columns, 1, order[i]));
        }
    }
    struct od_picture bad = playing;
    bad.drops = 1;
    assert_true(shows(&bad, 30, 1, "drops 1")); /* what is lost goes before all but the place */
}

static void
what_comes_next_is_counted_in_bars(void **state)
{
    (void)state;
    struct od_picture picture = playing;
    static const struct {
        int64_t step, next;
        const char *wanted;
    } rows[] = {
        {0, 64, "→ chorus in 4 bars"},  {1, 64, "→ chorus in 4 bars"},
        {16, 64, "→ chorus in 3 bars"}, {47, 64, "→ chorus in 2 bars"},
        {48, 64, "→ chorus in 1 bar "}, {63, 64, "→ chorus in 1 bar "},
        {64, 64, "→ chorus"},           {10, -1, "→ chorus"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        picture.step = rows[i].step;
        picture.next_step = rows[i].next;
        assert_true(shows(&picture, 200, 1, rows[i].wanted));
    }
    picture.more_next = 3;
    assert_true(shows(&picture, 200, 1, "→ chorus, 3 more"));
    picture.next = NULL;
    assert_false(shows(&picture, 200, 1, "→"));
}

static void
an_onset_is_as_strong_as_its_velocity(void **state)
{
    (void)state;
    assert_int_equal(od_picture_level(0), 1);
    assert_int_equal(od_picture_level(-1), 1);
    assert_int_equal(od_picture_level(0.125), 1);
    assert_int_equal(od_picture_level(0.126), 2);
    assert_int_equal(od_picture_level(0.5), 4);
    assert_int_equal(od_picture_level(1), 8);
    assert_int_equal(od_picture_level(127), 8);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_look_as_they_did),
        cmocka_unit_test(no_size_is_left),
        cmocka_unit_test(no_words_and_numbers_leave_the_frame),
        cmocka_unit_test(narrower_terminals_show_less_in_a_fixed_order),
        cmocka_unit_test(what_comes_next_is_counted_in_bars),
        cmocka_unit_test(an_onset_is_as_strong_as_its_velocity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
