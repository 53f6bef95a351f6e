#include "smf/drums.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "text/json.h"

#define POINTER_MAX 256
#define MESSAGE_MAX 256

struct reading {
    struct od_smf_drums *drums;
    struct od_diag_list *diags;
    struct od_json json;
    struct od_smf_drum drum; /* that is being read */
    struct od_buf more;
    bool out_of_memory;
};

OD_PRINTF(4, 5)
static void
find(struct reading *reading, size_t offset, const char *code, const char *format, ...)
{
    char pointer[POINTER_MAX];
    char message[MESSAGE_MAX];
    va_list args;
    if (reading->json.broken) {
        return;
    }
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    od_json_pointer(&reading->json, pointer, sizeof pointer);
    od_diag_add(reading->diags, OD_ERROR, offset, pointer, code, "%s", message);
}

static const char *
keep(struct reading *reading, const char *text, size_t length)
{
    const char *kept = od_arena_string(&reading->drums->arena, text, length);
    reading->out_of_memory = reading->out_of_memory || kept == NULL;
    return kept;
}

enum od_status
od_smf_drums_init(struct od_smf_drums *drums)
{
    struct reading reading = {.drums = drums};
    char text[32];
    for (unsigned note = 0; note < OD_GM_NOTES; note++) {
        int n = 0;
        const char *sound = od_gm_drum_sound(note, &n);
        if (sound != NULL) {
            snprintf(text, sizeof text, "\"%s\"", sound);
            drums->of[note].sound = keep(&reading, text, strlen(text));
            int length = n > 0 ? snprintf(text, sizeof text, "\"n\": %d", n) : 0;
            drums->of[note].more = keep(&reading, text, (size_t)length);
        }
    }
    return reading.out_of_memory ? OD_ENOMEM : OD_OK;
}

void
od_smf_drums_clear(struct od_smf_drums *drums)
{
    od_arena_clear(&drums->arena);
}

static unsigned
what_it_sets(struct od_json_string key)
{
    return od_json_is(key, "gain")                                ? OD_SMF_GAIN
           : od_json_is(key, "pan")                               ? OD_SMF_PAN
           : od_json_is(key, "room")                              ? OD_SMF_ROOM
           : key.length >= 5 && memcmp(key.text, "delay", 5) == 0 ? OD_SMF_DELAY
                                                                  : 0;
}

/* The text of a value is kept as it is written. */
static void
read_member(struct reading *reading, struct od_json_string key, size_t key_at)
{
    enum od_json_type type = od_json_peek(&reading->json);
    size_t at = od_json_offset(&reading->json);
    bool is_sound = od_json_is(key, "s");
    if (type == OD_JSON_ARRAY || type == OD_JSON_OBJECT || (is_sound && type != OD_JSON_STRING)) {
        find(reading, at, "wrong-type",
             is_sound ? "'s' must be a string, a sound's name" : "must be a number or a string");
    }
    od_json_skip(&reading->json);
    const char *value = reading->json.start + at;
    size_t length = (size_t)(reading->json.at - value);
    if (is_sound) {
        reading->drum.sound = keep(reading, value, length);
        return;
    }
    const char *name = reading->json.start + key_at;
    reading->drum.sets |= what_it_sets(key);
    od_buf_printf(&reading->more, "%s", reading->more.length > 0 ? ", " : "");
    od_buf_append(&reading->more, name, (size_t)(value - name));
    od_buf_append(&reading->more, value, length);
}

static void
read_drum(struct reading *reading)
{
    struct od_json_string key;
    size_t key_at;
    struct od_json_keys keys = {0};
    size_t at = od_json_offset(&reading->json);
    reading->drum = (struct od_smf_drum){0};
    reading->more.length = 0;
    od_json_enter(&reading->json);
    while (od_json_key(&reading->json, &key, &key_at)) {
        od_json_keys_add(&reading->json, &keys, key, key_at);
        read_member(reading, key, key_at);
    }
    if (reading->drum.sound == NULL) {
        find(reading, at, "missing-key", "a drum needs a sound: {\"s\": \"bd\"}");
    }
    reading->drum.more = keep(reading, (const char *)reading->more.data, reading->more.length);
}

/* "36" and the like; OD_GM_NONE if it is no note. */
static int
note_of(struct od_json_string key)
{
    int note = 0;
    if (key.length == 0 || key.length > 3 || (key.length > 1 && key.text[0] == '0')) {
        return OD_GM_NONE;
    }
    for (size_t i = 0; i < key.length; i++) {
        if (key.text[i] < '0' || key.text[i] > '9') {
            return OD_GM_NONE;
        }
        note = note * 10 + (key.text[i] - '0');
    }
    return note < OD_GM_NOTES ? note : OD_GM_NONE;
}

static void
read_note(struct reading *reading, struct od_json_string key, size_t key_at)
{
    int note = note_of(key);
    enum od_json_type type = od_json_peek(&reading->json);
    if (note == OD_GM_NONE) {
        find(reading, key_at, "bad-note", "'%.*s' is no note: \"0\" to \"127\"",
             (int)(key.length < 32 ? key.length : 32), key.text);
        od_json_skip(&reading->json);
    } else if (type == OD_JSON_OBJECT) {
        read_drum(reading);
        reading->drums->of[note] = reading->drum;
    } else {
        if (type != OD_JSON_NULL) {
            find(reading, od_json_offset(&reading->json), "wrong-type",
                 "must be an object {\"s\": SOUND, …}, or null");
        }
        od_json_skip(&reading->json);
        reading->drums->of[note] = (struct od_smf_drum){0};
    }
}

enum od_status
od_smf_drums_read(struct od_smf_drums *drums, const struct od_source *source,
                  struct od_diag_list *diags)
{
    struct reading reading = {.drums = drums, .diags = diags};
    struct od_json_string key;
    size_t key_at;
    struct od_json_keys keys = {0};
    od_json_init(&reading.json, source, diags, &drums->arena);
    if (od_json_peek(&reading.json) == OD_JSON_OBJECT) {
        od_json_enter(&reading.json);
        while (od_json_key(&reading.json, &key, &key_at)) {
            od_json_keys_add(&reading.json, &keys, key, key_at);
            read_note(&reading, key, key_at);
        }
    } else {
        find(&reading, od_json_offset(&reading.json), "wrong-type",
             "must be an object: note → {\"s\": SOUND, …}");
        od_json_skip(&reading.json);
    }
    (void)od_json_finish(&reading.json);
    bool failed = reading.out_of_memory || reading.more.failed || diags->out_of_memory;
    od_buf_clear(&reading.more);
    return failed ? OD_ENOMEM : diags->errors > 0 ? OD_EDATA : OD_OK;
}
