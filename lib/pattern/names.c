#include "pattern/names.h"

#include <string.h>

#include "text/diag.h"

#define WORD_SIZE 48

/* Other spellings of what the list of parameters calls by the second name. */
static const char *const aliases[][2] = {
    {"sound", "s"},
    {"delay", "delay_send"},
    {"delayt", "delay_time"},
    {"dt", "delay_time"},
    {"delayfb", "delay_feedback"},
    {"dfb", "delay_feedback"},
    {"lpf", "cutoff"},
    {"ctf", "cutoff"},
    {"lpq", "resonance"},
    {"hpf", "hcutoff"},
    {"hpq", "hresonance"},
    {"bpf", "bandf"},
    {"bpq", "bandq"},
    {"sz", "size"},
    {"att", "attack"},
    {"dec", "decay"},
    {"rel", "release"},
    {"number", "n"},
    {"tremr", "tremolo_rate"},
    {"tremdp", "tremolo_depth"},
    {"phasr", "phaser_rate"},
    {"phasdp", "phaser_depth"},
};

static const struct {
    const char *text;
    enum od_name_kind kind;
    const char *ir;
} others[] = {
    {"note", OD_NAME_NOTE, "note"},
    {"midinote", OD_NAME_NOTE, "note"},
    {"up", OD_NAME_UP, "note"},
    {"velocity", OD_NAME_VELOCITY, "velocity"},
    {"gate", OD_NAME_GATE, "gate"},
    {"nudge", OD_NAME_NUDGE, "offset_ms"},
    {"early", OD_NAME_EARLY, ""},
    {"late", OD_NAME_LATE, ""},
    {"bend", OD_NAME_BEND, "bend"},
    {"pressure", OD_NAME_PRESSURE, "pressure"},
    {"program", OD_NAME_PROGRAM, "program"},
};

/* What other languages say for it. */
static const char *const foreign[][2] = {
    {"vol", "gain"},        {"volume", "gain"},   {"vel", "velocity"}, {"sample", "s"},
    {"channel", "midi"},    {"midichan", "midi"}, {"transpose", "up"}, {"pitch", "note"},
    {"duration", "legato"}, {"dur", "legato"},    {"length", "gate"},  {"reverb", "room"},
};

static const char *const line_names[][2] = {
    {"volume", "volume"},
    {"pan", "pan"},
    {"orbit", "orbit"},
    {"room", "reverb_room"},
    {"size", "reverb_size"},
    {"sz", "reverb_size"},
    {"dry", "reverb_dry"},
    {"reverb_room", "reverb_room"},
    {"reverb_size", "reverb_size"},
    {"reverb_dry", "reverb_dry"},
    {"delay", "delay_send"},
    {"delay_send", "delay_send"},
    {"delaytime", "delay_time"},
    {"delayt", "delay_time"},
    {"delay_time", "delay_time"},
    {"delayfeedback", "delay_feedback"},
    {"delayfb", "delay_feedback"},
    {"delay_feedback", "delay_feedback"},
    {"lrate", "leslie_rate"},
    {"leslie_rate", "leslie_rate"},
    {"lsize", "leslie_size"},
    {"leslie_size", "leslie_size"},
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static bool
is(const char *known, const char *text, size_t length)
{
    return known != NULL && strlen(known) == length && memcmp(known, text, length) == 0;
}

static struct od_name
make_param(enum od_param param)
{
    return (struct od_name){OD_NAME_PARAM, param, 0, od_params[param].name};
}

static bool
find_param(const char *text, size_t length, enum od_param *param)
{
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        const struct od_param_info *info = &od_params[i];
        if (info->name != NULL && (is(info->name, text, length) || is(info->wire, text, length))) {
            *param = (enum od_param)i;
            return true;
        }
    }
    for (size_t i = 0; i < COUNT(aliases); i++) {
        if (is(aliases[i][0], text, length)) {
            const char *name = aliases[i][1];
            *param = od_param_find(name, strlen(name), OD_IN_PARAMS | OD_IN_BOTH_FX);
            return *param != OD_PARAM_COUNT;
        }
    }
    return false;
}

/* cc0 .. cc127 */
static bool
find_controller(const char *text, size_t length, int *controller)
{
    int number = 0;
    if (length < 3 || length > 6 || memcmp(text, "cc", 2) != 0) {
        return false;
    }
    for (size_t i = 2; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        number = number * 10 + (text[i] - '0');
    }
    *controller = number < 128 ? number : -1;
    return true;
}

struct od_name
od_name_find(const char *text, size_t length)
{
    struct od_name name = {.kind = OD_NAME_EXTRA, .param = OD_PARAM_EXTRA};
    enum od_param param;
    for (size_t i = 0; i < COUNT(others); i++) {
        if (is(others[i].text, text, length)) {
            name.kind = others[i].kind;
            name.ir = others[i].ir;
            return name;
        }
    }
    if (find_param(text, length, &param)) {
        return make_param(param);
    }
    if (find_controller(text, length, &name.controller)) {
        name.kind = OD_NAME_CC;
        name.ir = "cc";
    }
    return name;
}

static const char *
nearest(const char *text, size_t length, const char *const *names, size_t n)
{
    char word[WORD_SIZE];
    if (length >= sizeof word) {
        return NULL;
    }
    for (size_t i = 0; i < length; i++) {
        word[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]);
    }
    word[length] = '\0';
    return od_diag_nearest(word, names, n);
}

const char *
od_name_nearest(const char *text, size_t length)
{
    static const char *const words[] = {"midi", "on", "send", "mod", "per"};
    const char *names[2 * OD_PARAM_COUNT + COUNT(aliases) + COUNT(others) + COUNT(words)];
    size_t n = 0;
    for (size_t i = 0; i < COUNT(foreign); i++) {
        if (is(foreign[i][0], text, length)) {
            return foreign[i][1];
        }
    }
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        if (od_params[i].name != NULL) {
            names[n++] = od_params[i].name;
            names[n++] = od_params[i].wire;
        }
    }
    for (size_t i = 0; i < COUNT(aliases); i++) {
        names[n++] = aliases[i][0];
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        names[n++] = others[i].text;
    }
    for (size_t i = 0; i < COUNT(words); i++) {
        names[n++] = words[i];
    }
    return nearest(text, length, names, n);
}

const char *
od_name_ends(const struct od_name *name)
{
    static const struct {
        enum od_name_kind kind;
        enum od_param param;
        const char *ends;
    } wide[] = {
        {OD_NAME_NOTE, 0, "48..72"},
        {OD_NAME_CC, 0, "0..127"},
        {OD_NAME_BEND, 0, "-8192..8191"},
        {OD_NAME_PRESSURE, 0, "0..127"},
        {OD_NAME_PARAM, OD_PARAM_CUTOFF, "300..2000"},
        {OD_NAME_PARAM, OD_PARAM_HCUTOFF, "300..2000"},
        {OD_NAME_PARAM, OD_PARAM_BANDF, "300..2000"},
        {OD_NAME_PARAM, OD_PARAM_KCUTOFF, "300..2000"},
        {OD_NAME_PARAM, OD_PARAM_RINGF, "100..900"},
        {OD_NAME_PARAM, OD_PARAM_CRUSH, "3..16"},
        {OD_NAME_PARAM, OD_PARAM_COARSE, "1..8"},
    };
    for (size_t i = 0; i < COUNT(wide); i++) {
        if (wide[i].kind == name->kind &&
            (name->kind != OD_NAME_PARAM || wide[i].param == name->param)) {
            return wide[i].ends;
        }
    }
    return NULL;
}

bool
od_name_note(const char *text, size_t length, int *note)
{
    static const int semitones[] = {9, 11, 0, 2, 4, 5, 7}; /* a .. g */
    const char *at = text, *end = text + length;
    char letter = at < end ? (char)(*at | 0x20) : '\0';
    int octave = 0, shift = 0;
    if (letter < 'a' || letter > 'g') {
        return false;
    }
    for (at++; at < end && strchr("#sbf", *at) != NULL && at - text <= 4; at++) {
        shift += *at == '#' || *at == 's' ? 1 : -1;
    }
    bool negative = at < end && *at == '-';
    at += negative;
    if (at == end) {
        octave = 3;
        if (negative) {
            return false;
        }
    }
    for (; at < end && *at >= '0' && *at <= '9' && octave < 100; at++) {
        octave = octave * 10 + (*at - '0');
    }
    *note = ((negative ? -octave : octave) + 1) * 12 + semitones[letter - 'a'] + shift;
    return at == end;
}

const char *
od_name_line(const char *text, size_t length)
{
    for (size_t i = 0; i < COUNT(line_names); i++) {
        if (is(line_names[i][0], text, length)) {
            return line_names[i][1];
        }
    }
    return NULL;
}

const char *
od_name_nearest_line(const char *text, size_t length)
{
    static const char *const other[][2] = {
        {"leslie", "lrate"}, {"gain", "volume"}, {"reverb", "room"}, {"echo", "delay"}};
    const char *names[COUNT(line_names) + 2];
    size_t n = 0;
    for (size_t i = 0; i < COUNT(other); i++) {
        if (is(other[i][0], text, length)) {
            return other[i][1];
        }
    }
    for (; n < COUNT(line_names); n++) {
        names[n] = line_names[n][0];
    }
    names[n++] = "mute";
    names[n++] = "solo";
    return nearest(text, length, names, n);
}
