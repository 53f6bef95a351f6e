#include <string.h>

#include "text/session_read.h"

static void
read_one(struct od_reader *reader, int kind, int number)
{
    const struct od_control_range *range = &od_control_ranges[kind];
    int value;
    if (od_read_integer(reader, range->least, range->most, &value)) {
        struct od_control control = {(uint16_t)kind, (uint16_t)number, (int16_t)value};
        od_buf_append(&reader->controls, &control, sizeof control);
    }
}

void
od_read_control(struct od_reader *reader, int field)
{
    static const char *const names[] = {OD_CONTROL_NAMES};
    struct od_json_keys keys = {0};
    struct od_json_string key;
    size_t key_at;
    char shown[OD_READ_SHOWN];
    if (od_control_ranges[field].numbers == 0) {
        read_one(reader, field, 0);
        return;
    }
    if (!od_read_enter_object(reader)) {
        return;
    }
    while (od_read_entry(reader, &keys, &key, &key_at)) {
        int most = od_control_ranges[field].numbers - 1;
        int number = od_control_number(key.text, key.length, most);
        if (number >= 0) {
            read_one(reader, field, number);
            continue;
        }
        od_read_diag(reader, OD_ERROR, key_at, "range",
                     "a key of '%s' must be \"0\"..\"%d\", found \"%s\"", names[field], most,
                     od_read_shown(key.text, key.length, shown));
        od_json_skip(&reader->json);
    }
}

/* ---- init ---- */

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Bytes of "F0 7E …", blanks where they may be; how many, or -1 if there is something else. */
static long
parse_hex(const char *text, unsigned char *bytes, size_t most)
{
    size_t n = 0;
    for (const char *at = text; *at != '\0';) {
        if (*at == ' ') {
            at++;
            continue;
        }
        int high = hex_digit(at[0]);
        int low = high < 0 ? -1 : hex_digit(at[1]);
        if (low < 0) {
            return -1;
        }
        if (n < most) {
            bytes[n] = (unsigned char)(high * 16 + low);
        }
        n++;
        at += 2;
    }
    return (long)n;
}

static bool
is_sysex(const unsigned char *bytes, size_t n)
{
    bool sound = n >= 2 && bytes[0] == 0xf0 && bytes[n - 1] == 0xf7;
    for (size_t i = 1; i + 1 < n && sound; i++) {
        sound = bytes[i] < 0x80;
    }
    return sound;
}

static void
keep_sysex(struct od_reader *reader, const unsigned char *bytes, size_t n)
{
    unsigned char *kept = od_arena_alloc(&reader->session->arena, n);
    if (kept == NULL) {
        od_read_no_memory(reader);
        return;
    }
    memcpy(kept, bytes, n);
    struct od_sysex sysex = {kept, n};
    od_buf_append(&reader->sysex, &sysex, sizeof sysex);
}

static void
read_message(struct od_reader *reader)
{
    unsigned char bytes[OD_SYSEX_MAX];
    struct od_name text;
    if (!od_read_name(reader, &text)) {
        return;
    }
    long n = parse_hex(text.text, bytes, sizeof bytes);
    if (n < 0) {
        od_read_error(reader, "sysex", "a SysEx message is hexadecimal: \"F0 7E 7F 09 01 F7\"");
    } else if (n > OD_SYSEX_MAX) {
        od_read_error(reader, "sysex", "a SysEx message has at most %d bytes, found %ld",
                      OD_SYSEX_MAX, n);
    } else if (!is_sysex(bytes, (size_t)n)) {
        od_read_error(reader, "sysex",
                      "a SysEx message begins with F0 and ends with F7, with 00..7F between");
    } else {
        keep_sysex(reader, bytes, (size_t)n);
    }
}

static void
read_sysex(struct od_reader *reader)
{
    if (!od_read_enter_array(reader)) {
        return;
    }
    while (od_json_element(&reader->json)) {
        read_message(reader);
    }
}

void
od_read_init(struct od_reader *reader, struct od_midi_track *track)
{
    static const char *const names[] = {OD_CONTROL_NAMES, "sysex"};
    struct od_read_object object = {
        .names = names, .n_names = OD_CONTROL_KINDS + 1, .what = "init"};
    if (!od_read_enter_object(reader)) {
        return;
    }
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        if (field == OD_CONTROL_KINDS) {
            read_sysex(reader);
        } else if (field == OD_CONTROL_POLY_PRESSURE) {
            od_read_warn(reader, "ignored",
                         "'poly_pressure' is ignored in init: no key is pressed yet");
            od_json_skip(&reader->json);
        } else {
            od_read_control(reader, field);
        }
    }
    track->init = od_read_keep(reader, &reader->controls, sizeof *track->init, &track->n_init);
    track->sysex = od_read_keep(reader, &reader->sysex, sizeof *track->sysex, &track->n_sysex);
}
