#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "smf/write.h"

#define STEP_TICKS (OD_SMF_PPQ / 4)

static uint32_t
load(const unsigned char *bytes, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static uint32_t
load_varying(const unsigned char **at)
{
    uint32_t value = 0;
    do {
        value = value << 7 | (**at & 0x7fu);
    } while ((*(*at)++ & 0x80u) != 0);
    return value;
}

/* The file as text: a line per event, "track tick bytes…". Refuses what is not as it should be. */
static const char *
dump(const struct od_buf *file)
{
    static char text[65536];
    size_t used = 0;
    const unsigned char *at = file->data;
    const unsigned char *end = file->data + file->length;
    assert_memory_equal(at, "MThd\0\0\0\6\0\1", 10);
    uint32_t n_tracks = load(at + 10, 2);
    assert_int_equal(load(at + 12, 2), OD_SMF_PPQ);
    at += 14;
    for (uint32_t track = 0; track < n_tracks; track++) {
        assert_true(end - at >= 8);
        assert_memory_equal(at, "MTrk", 4);
        const unsigned char *stop = at + 8 + load(at + 4, 4);
        assert_true(stop <= end);
        uint32_t tick = 0;
        bool ended = false;
        for (at += 8; at < stop;) {
            assert_false(ended);
            tick += load_varying(&at);
            size_t size = 3;
            if (at[0] == 0xff) {
                const unsigned char *p = at + 2;
                size = load_varying(&p);
                size += (size_t)(p - at);
                ended = at[1] == 0x2f;
            } else {
                assert_true(at[0] >= 0x80 && at[0] < 0xf0);
                size = (at[0] & 0xe0u) == 0xc0 ? 2 : 3;
            }
            used += (size_t)snprintf(text + used, sizeof text - used, "%u %u", track, tick);
            for (size_t i = 0; i < size; i++) {
                used += (size_t)snprintf(text + used, sizeof text - used, " %02x", at[i]);
            }
            used += (size_t)snprintf(text + used, sizeof text - used, "\n");
            assert_true(used < sizeof text);
            at += size;
        }
        assert_true(ended);
        assert_ptr_equal(at, stop);
    }
    assert_ptr_equal(at, end);
    return text;
}

static enum od_status
write(const struct od_smf *smf, od_nsec end, int64_t lead, struct od_buf *file)
{
    bool stretched = true;
    enum od_status status = od_smf_write(smf, end, lead, file, &stretched);
    assert_true(status != OD_OK || !stretched);
    return status;
}

static void
event(struct od_smf *smf, size_t track, od_nsec time, unsigned a, unsigned b, unsigned c)
{
    const unsigned char bytes[] = {(unsigned char)a, (unsigned char)b, (unsigned char)c};
    od_smf_event(smf, track, time, bytes, sizeof bytes);
}

static void
notes_stand_on_their_ticks_in_named_tracks(void **state)
{
    (void)state;
    struct od_transport grid;
    struct od_buf file = {0};
    struct od_smf *smf = od_smf_new("song");
    assert_non_null(smf);
    od_transport_anchor(&grid, 0, 0, 120);
    od_smf_grid(smf, &grid);
    size_t bass = od_smf_track(smf, "bass", 3);
    size_t lead = od_smf_track(smf, "lead", 3);
    event(smf, lead, 125000000, 0x91, 64, 90); /* step 1 */
    event(smf, bass, 0, 0x90, 36, 100);        /* step 0 */
    event(smf, lead, 0, 0x91, 60, 90);
    event(smf, bass, 62500000, 0x80, 36, 0);   /* half a step */
    event(smf, bass, 62500000, 0x90, 36, 100); /* struck again at once: off stays first */
    event(smf, bass, -5000000, 0xb0, 7, 1);    /* before step 0 */
    assert_int_equal(write(smf, 16 * INT64_C(125000000), 0, &file), OD_OK);
    assert_string_equal(dump(&file), "0 0 ff 03 04 73 6f 6e 67\n"
                                     "0 0 ff 58 04 04 02 18 08\n"
                                     "0 0 ff 51 03 07 a1 20\n"
                                     "0 38400 ff 2f 00\n"
                                     "1 0 ff 03 04 62 61 73 73\n"
                                     "1 0 b0 07 01\n"
                                     "1 0 90 24 64\n"
                                     "1 1200 80 24 00\n"
                                     "1 1200 90 24 64\n"
                                     "1 38400 ff 2f 00\n"
                                     "2 0 ff 03 04 6c 65 61 64\n"
                                     "2 0 91 3c 5a\n"
                                     "2 2400 91 40 5a\n"
                                     "2 38400 ff 2f 00\n");
    od_buf_clear(&file);
    od_smf_free(smf);
}

static void
bars_stay_bars_over_tempo_changes(void **state)
{
    (void)state;
    static const double tempi[] = {120, 97.3, 171, 60, 999, 133.7};
    struct od_transport grid;
    struct od_buf file = {0};
    char want[32];
    struct od_smf *smf = od_smf_new("");
    assert_non_null(smf);
    size_t track = od_smf_track(smf, "", 3);
    od_transport_anchor(&grid, 0, 0, tempi[0]);
    for (int64_t part = 0; part < 6; part++) {
        if (part > 0) {
            od_transport_tempo(&grid, part * 100, tempi[part]);
        }
        od_smf_grid(smf, &grid);
        for (int64_t step = part * 100; step < part * 100 + 100; step++) {
            event(smf, track, od_transport_time(&grid, step), 0x90, (unsigned)(step % 128), 1);
        }
    }
    assert_int_equal(write(smf, od_transport_time(&grid, 600), 0, &file), OD_OK);
    const char *text = dump(&file);
    for (int64_t step = 0; step < 600; step++) {
        snprintf(want, sizeof want, "\n1 %lld 90 %02x 01\n", (long long)step * STEP_TICKS,
                 (unsigned)(step % 128));
        assert_non_null(strstr(text, want));
    }
    assert_non_null(strstr(text, "\n0 480000 ff 51 03 05 5a 9d\n")); /* 350,877 µs: 171 BPM */
    assert_non_null(strstr(text, "\n1 1459200 ff 2f 00\n"));
    od_buf_clear(&file);
    od_smf_free(smf);
}

static void
what_has_no_place_in_a_file_is_left_out(void **state)
{
    (void)state;
    static const unsigned char clock[] = {0xf8};
    static const unsigned char position[] = {0xf2, 0, 0};
    struct od_transport grid;
    struct od_buf file = {0};
    struct od_smf *smf = od_smf_new("");
    assert_non_null(smf);
    od_transport_anchor(&grid, 0, 0, 120);
    od_smf_grid(smf, &grid);
    size_t track = od_smf_track(smf, "", 3);
    od_smf_event(smf, track, 0, clock, 1);
    od_smf_event(smf, track, 0, position, 3);
    od_smf_event(smf, track, 0, position, 0);
    static const unsigned char pressure[] = {0xd0, 5};
    od_smf_event(smf, track, 0, pressure, 2);
    assert_int_equal(write(smf, 0, 0, &file), OD_OK);
    assert_non_null(strstr(dump(&file), "1 0 ff 03 00\n1 0 d0 05\n1 0 ff 2f 00\n"));
    static const unsigned char sysex[] = {0xf0, 0x7e, 0x7f, 9, 1, 0xf7};
    od_smf_event(smf, track, 0, sysex, sizeof sysex);
    file.length = 0;
    assert_int_equal(write(smf, 0, 0, &file), OD_OK);
    assert_memory_equal(file.data + file.length - 12, "\0\xf0\5\x7e\x7f\x09\1\xf7\0\xff\x2f\0", 12);
    od_buf_clear(&file);
    od_smf_free(smf);
}

static void
a_grid_at_the_same_step_replaces_the_last(void **state)
{
    (void)state;
    struct od_transport grid;
    struct od_buf file = {0};
    struct od_smf *smf = od_smf_new("");
    assert_non_null(smf);
    od_transport_anchor(&grid, 0, 0, 120);
    od_smf_grid(smf, &grid);
    od_transport_anchor(&grid, 0, 0, 60);
    od_smf_grid(smf, &grid);
    assert_int_equal(write(smf, 0, 0, &file), OD_OK);
    assert_string_equal(dump(&file), "0 0 ff 03 00\n0 0 ff 58 04 04 02 18 08\n"
                                     "0 0 ff 51 03 0f 42 40\n0 0 ff 2f 00\n");
    od_buf_clear(&file);
    od_smf_free(smf);
}

static void
bars_in_front_make_room_for_what_comes_early(void **state)
{
    (void)state;
    struct od_transport grid;
    struct od_buf file = {0};
    struct od_smf *smf = od_smf_new("");
    assert_non_null(smf);
    od_transport_anchor(&grid, 0, 0, 120);
    od_smf_grid(smf, &grid);
    size_t track = od_smf_track(smf, "", 3);
    event(smf, track, -62500000, 0x90, 36, 1); /* half a step early */
    event(smf, track, 0, 0x90, 37, 1);
    event(smf, track, INT64_C(2000000001), 0x80, 37, 0);
    assert_int_equal(write(smf, 0, 1, &file), OD_OK);
    assert_string_equal(dump(&file), "0 0 ff 03 00\n0 0 ff 58 04 04 02 18 08\n"
                                     "0 0 ff 51 03 07 a1 20\n0 76800 ff 2f 00\n"
                                     "1 0 ff 03 00\n1 37200 90 24 01\n1 38400 90 25 01\n"
                                     "1 76800 80 25 00\n1 76800 ff 2f 00\n");
    od_buf_clear(&file);
    od_smf_free(smf);
}

static void
at_one_tick_notes_end_before_all_else(void **state)
{
    (void)state;
    struct od_transport grid;
    struct od_buf file = {0};
    struct od_smf *smf = od_smf_new("");
    assert_non_null(smf);
    od_transport_anchor(&grid, 0, 0, 120);
    od_smf_grid(smf, &grid);
    size_t track = od_smf_track(smf, "", 3);
    event(smf, track, 0, 0x90, 61, 1);
    event(smf, track, 0, 0x90, 60, 1);
    event(smf, track, 62500000, 0xb0, 7, 1); /* some nanoseconds earlier, and the same tick */
    event(smf, track, 62500003, 0x80, 61, 0);
    event(smf, track, 62500002, 0x90, 62, 1);
    event(smf, track, 62500002, 0x80, 62, 0); /* as long as nothing: it ends after it began */
    event(smf, track, 62500004, 0x80, 60, 0);
    assert_int_equal(write(smf, 0, 0, &file), OD_OK);
    assert_non_null(strstr(dump(&file), "\n1 0 90 3d 01\n1 0 90 3c 01\n1 1200 80 3c 00\n"
                                        "1 1200 80 3d 00\n1 1200 b0 07 01\n1 1200 90 3e 01\n"
                                        "1 1200 80 3e 00\n1 38400 ff 2f 00\n"));
    od_buf_clear(&file);
    od_smf_free(smf);
}

static void
tempi_without_a_number_are_written_as_faster_ones(void **state)
{
    (void)state;
    struct od_transport grid;
    struct od_buf file = {0};
    bool stretched = false;
    struct od_smf *smf = od_smf_new("");
    assert_non_null(smf);
    od_transport_anchor(&grid, 0, 0, 120);
    od_smf_grid(smf, &grid);
    size_t track = od_smf_track(smf, "", 3);
    od_transport_tempo(&grid, 16, 1); /* a quarter of 60 s is written as four of 15 s */
    od_smf_grid(smf, &grid);
    event(smf, track, od_transport_time(&grid, 17), 0x90, 36, 1);
    od_transport_tempo(&grid, 18, 240);
    od_smf_grid(smf, &grid);
    event(smf, track, od_transport_time(&grid, 19), 0x90, 37, 1);
    assert_int_equal(od_smf_write(smf, 0, 0, &file, &stretched), OD_OK);
    assert_true(stretched);
    assert_string_equal(dump(&file), "0 0 ff 03 00\n0 0 ff 58 04 04 02 18 08\n"
                                     "0 0 ff 51 03 07 a1 20\n0 38400 ff 51 03 e4 e1 c0\n"
                                     "0 57600 ff 51 03 03 d0 90\n0 76800 ff 2f 00\n"
                                     "1 0 ff 03 00\n1 48000 90 24 01\n1 60000 90 25 01\n"
                                     "1 76800 ff 2f 00\n");
    od_buf_clear(&file);
    od_smf_free(smf);
}

static void
long_names_are_cut_between_characters(void **state)
{
    (void)state;
    char name[160] = "";
    struct od_transport grid;
    struct od_buf file = {0};
    struct od_smf *smf = od_smf_new("");
    assert_non_null(smf);
    memset(name, 'x', 126);
    memcpy(name + 126, "\xc3\xa9nd", 5);
    od_transport_anchor(&grid, 0, 0, 120);
    od_smf_grid(smf, &grid);
    od_smf_track(smf, name, 9);
    assert_int_equal(write(smf, 0, 0, &file), OD_OK);
    const char *track = strstr(dump(&file), "\n1 0 ff 03 7e 78 78");
    assert_non_null(track);
    assert_non_null(strstr(track, " 78\n1 0 ff 20 01 09\n1 0 ff 2f 00\n"));
    od_buf_clear(&file);
    od_smf_free(smf);
}

static void
a_file_without_grid_is_a_bug_not_a_crash(void **state)
{
    (void)state;
    struct od_buf file = {0};
    struct od_smf *smf = od_smf_new("");
    assert_non_null(smf);
    assert_int_equal(write(smf, 0, 0, &file), OD_EBUG);
    od_smf_free(smf);
    od_smf_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_stand_on_their_ticks_in_named_tracks),
        cmocka_unit_test(bars_stay_bars_over_tempo_changes),
        cmocka_unit_test(what_has_no_place_in_a_file_is_left_out),
        cmocka_unit_test(a_grid_at_the_same_step_replaces_the_last),
        cmocka_unit_test(bars_in_front_make_room_for_what_comes_early),
        cmocka_unit_test(at_one_tick_notes_end_before_all_else),
        cmocka_unit_test(tempi_without_a_number_are_written_as_faster_ones),
        cmocka_unit_test(long_names_are_cut_between_characters),
        cmocka_unit_test(a_file_without_grid_is_a_bug_not_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
