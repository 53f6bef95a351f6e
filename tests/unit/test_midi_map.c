/* The map of controllers: what a touch does, and how what is wrong is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hear/midi_map.h"
#include "random.h"
#include "rig.h"

static enum od_status
read_map(const char *text, size_t length, struct od_diag_list *diags, struct od_midi_map *map)
{
    struct od_source source = {"keys.map", text, length};
    return od_midi_map_read(&source, diags, map);
}

/* The commands of some bytes under a map, each with a bar after it. */
static const char *
done_by(const char *map_text, const char *bytes, size_t size)
{
    static char done[8192];
    struct od_diag_list diags = {0};
    struct od_midi_map map;
    struct od_midi_in in = {0};
    done[0] = '\0';
    assert_int_equal(read_map(map_text, strlen(map_text), &diags, &map), OD_OK);
    for (size_t i = 0; i < size; i++) {
        struct od_midi_word word;
        struct od_midi_touch touch;
        if (!od_midi_in_byte(&in, (uint8_t)bytes[i], &word) || !od_midi_touch_of(&word, &touch)) {
            continue;
        }
        size_t at = 0;
        for (long n; (n = od_midi_map_find(&map, &touch, &at)) >= 0;) {
            char text[OD_MIDI_MAP_TEXT + 32];
            if (od_midi_entry_acts(&map.entries[n], &touch)) {
                od_midi_entry_command(&map.entries[n], touch.value, text);
                snprintf(done + strlen(done), sizeof done - strlen(done), "%s|", text);
            }
        }
    }
    od_midi_map_clear(&map);
    od_diag_clear(&diags);
    return done;
}

#define DONE(map, bytes) done_by((map), (bytes), sizeof(bytes) - 1)

static void
a_value_becomes_a_number_of_its_range(void **state)
{
    (void)state;
    assert_string_equal(
        DONE("cc 1 74 -> set bass cutoff 0..127", "\xb0\x4a\x00\xb0\x4a\x40\xb0\x4a\x7f"),
        "set bass cutoff 0|set bass cutoff 64|set bass cutoff 127|");
    assert_string_equal(
        DONE("cc 1 74 -> set bass cutoff 200..8000 exp", "\xb0\x4a\x00\xb0\x4a\x7f"),
        "set bass cutoff 200|set bass cutoff 8000|");
    assert_string_equal(DONE("cc 1 74 -> set bass n 0..10 int", "\xb0\x4a\x40"), "set bass n 5|");
    assert_string_equal(DONE("cc 1 20 -> bpm 180..60 over 1 beats", "\xb0\x14\x7f"),
                        "bpm 60 over 1 beats|");
    assert_string_equal(DONE("cc 1 1 -> set a pan -1..1", "\xb0\x01\x00"), "set a pan -1|");
    assert_string_equal(DONE("bend 2 -> set a speed 0.5..2", "\xe1\x00\x00\xe1\x7f\x7f"),
                        "set a speed 0.5|set a speed 2|");
    assert_string_equal(DONE("pressure 16 -> set a crush 1..16", "\xdf\x7f"), "set a crush 16|");
}

static void
a_note_acts_when_it_is_struck(void **state)
{
    (void)state;
    assert_string_equal(DONE("note 10 36 -> trigger kick\nnote 10 36 -> mute hat toggle",
                             "\x99\x24\x40\x99\x24\x00\x89\x24\x40\x99\x25\x40"),
                        "trigger kick|mute hat toggle|");
    assert_string_equal(DONE("note * 36 -> trigger kick 0..1", "\x95\x24\x7f"), "trigger kick 1|");
}

static void
a_button_acts_once_when_it_goes_down(void **state)
{
    (void)state;
    assert_string_equal(
        DONE("cc 1 64 -> start", "\xb0\x40\x7f\xb0\x40\x50\xb0\x40\x00\xb0\x40\x3f\xb0\x40\x40"),
        "start|start|");
}

static void
a_program_change_is_a_scene(void **state)
{
    (void)state;
    assert_string_equal(DONE("# scenes\n\npc 1 3 -> scene verse bar\r\n  pc 1 4 -> scene \"a b\"",
                             "\xc0\x03\xc0\x04\xc1\x03\xc0\x05"),
                        "scene verse bar|scene \"a b\"|");
}

static void
what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t column;
        const char *said;
    } cases[] = {
        {"presure 1 -> start", 1, "no controller 'presure'; did you mean 'pressure'?"},
        {"knob 1 74 -> start", 1, "no controller 'knob'; a line begins with cc, note, pc, bend or"},
        {"cc 0 74 -> start", 4, "the channel is 1..16, not '0'"},
        {"cc 17 74 -> start", 4, "the channel is 1..16, not '17'"},
        {"cc -> start", 4, "the channel is missing, 1..16"},
        {"cc", 3, "the channel is missing, 1..16"},
        {"cc 1 128 -> start", 6, "the number is 0..127, not '128'"},
        {"cc 1 c4 -> start", 6, "the number is 0..127, not 'c4'"},
        {"cc 1 -> start", 6, "the number is missing, 0..127"},
        {"cc 1 2", 7, "'->' and a command are missing"},
        {"cc 1 2 start", 8, "'->' is expected before the command, not 'start'"},
        {"bend 1 2 -> start", 8, "'->' is expected before the command, not '2'"},
        {"cc 1 2 ->", 10, "a command is missing after '->'"},
        {"cc 1 2 -> strat", 11, "no command 'strat'; did you mean 'start'?"},
        {"cc 1 2 -> metrics", 11, "no command 'metrics'; oiduna-control(7)"},
        {"cc 1 2 -> set bass 1..2", 11, "'set' needs 3 words after it"},
        {"cc 1 2 -> bpm", 11, "'bpm' needs 1 word after it"},
        {"cc 1 2 -> set bass a 1..2 b 3..4", 29, "one controller has one value: a second range"},
        {"cc 1 2 -> set bass a 0..4 exp", 22, "exp needs two numbers above 0"},
        {"cc 1 2 -> set bass a -1..4 exp", 22, "exp needs two numbers above 0"},
        {"pc 1 2 -> bpm 60..120", 15, "a program change has no value for a range"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct od_diag_list diags = {0};
        struct od_midi_map map;
        struct od_source source = {"keys.map", cases[i].text, strlen(cases[i].text)};
        assert_int_equal(od_midi_map_read(&source, &diags, &map), OD_EDATA);
        assert_int_equal(diags.count, 1);
        size_t line, column;
        od_source_place(&source, diags.items[0].offset, &line, &column);
        assert_int_equal(line, 1);
        if (column != cases[i].column ||
            strncmp(diags.items[0].message, cases[i].said, strlen(cases[i].said)) != 0) {
            print_error("%s\n%zu: %s\n", cases[i].text, column, diags.items[0].message);
            fail();
        }
        assert_int_equal(map.n, 0);
        od_diag_clear(&diags);
    }
}

static void
each_line_has_its_own_finding(void **state)
{
    (void)state;
    static const char text[] = "cc 1 2 -> strat\ncc 1 3 -> start\nnote 1 -> stop\n";
    struct od_diag_list diags = {0};
    struct od_midi_map map;
    assert_int_equal(read_map(text, sizeof text - 1, &diags, &map), OD_EDATA);
    assert_int_equal(diags.count, 2);
    od_diag_clear(&diags);
}

static void
ten_thousand_lines_are_read_and_found(void **state)
{
    (void)state;
    char *text = malloc(10000 * 64);
    size_t at = 0;
    assert_non_null(text);
    for (int i = 0; i < 10000; i++) {
        at += (size_t)sprintf(text + at, "cc %d %d -> set track%d gain 0..%d\n", i % 16 + 1,
                              i / 16 % 128, i, i);
    }
    struct od_diag_list diags = {0};
    struct od_midi_map map;
    assert_int_equal(read_map(text, at, &diags, &map), OD_OK);
    assert_int_equal(map.n, 10000);
    size_t found = 0;
    for (unsigned number = 0; number < 128; number++) {
        for (unsigned channel = 0; channel < 16; channel++) {
            struct od_midi_touch touch = {OD_MIDI_CONTROL_CC, (uint8_t)channel, (uint8_t)number, 1};
            size_t place = 0;
            while (od_midi_map_find(&map, &touch, &place) >= 0) {
                found++;
            }
        }
    }
    assert_int_equal(found, 10000);
    od_midi_map_clear(&map);
    od_diag_clear(&diags);
    free(text);
}

static void
too_many_lines_are_an_error(void **state)
{
    (void)state;
    size_t size = 0;
    char *text = malloc((OD_MIDI_MAP_LINES + 1) * 16);
    assert_non_null(text);
    for (int i = 0; i <= OD_MIDI_MAP_LINES; i++) {
        size += (size_t)sprintf(text + size, "cc 1 2 -> stop\n");
    }
    struct od_diag_list diags = {0};
    struct od_midi_map map;
    assert_int_equal(read_map(text, size, &diags, &map), OD_EDATA);
    assert_int_equal(diags.errors, 1);
    od_diag_clear(&diags);
    free(text);
}

static void
a_touch_is_named_as_a_map_names_it(void **state)
{
    (void)state;
    char text[OD_MIDI_TOUCH_TEXT];
    struct od_midi_touch touch = {OD_MIDI_CONTROL_CC, 0, 74, 0};
    od_midi_touch_name(&touch, text);
    assert_string_equal(text, "cc 1 74");
    touch = (struct od_midi_touch){OD_MIDI_CONTROL_BEND, 15, 0, 0};
    od_midi_touch_name(&touch, text);
    assert_string_equal(text, "bend 16");
}

static void
an_empty_map_does_nothing(void **state)
{
    (void)state;
    struct od_diag_list diags = {0};
    struct od_midi_map map;
    assert_int_equal(read_map(NULL, 0, &diags, &map), OD_OK);
    struct od_midi_touch touch = {OD_MIDI_CONTROL_CC, 0, 74, 0};
    size_t at = 0;
    assert_int_equal(od_midi_map_find(&map, &touch, &at), -1);
    od_midi_map_clear(&map);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_becomes_a_number_of_its_range),
        cmocka_unit_test(a_note_acts_when_it_is_struck),
        cmocka_unit_test(a_button_acts_once_when_it_goes_down),
        cmocka_unit_test(a_program_change_is_a_scene),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(each_line_has_its_own_finding),
        cmocka_unit_test(ten_thousand_lines_are_read_and_found),
        cmocka_unit_test(too_many_lines_are_an_error),
        cmocka_unit_test(a_touch_is_named_as_a_map_names_it),
        cmocka_unit_test(an_empty_map_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
