#include <stdio.h>
#include <string.h>

#include "text/session_read.h"

/* Names that others have for what is ours: Tidal's, SuperDirt's, other programs'. */
static const struct {
    const char *name;
    enum od_param param;
} aliases[] = {
    {"sound", OD_PARAM_S},
    {"sample", OD_PARAM_S},
    {"volume", OD_PARAM_GAIN},
    {"vol", OD_PARAM_GAIN},
    {"amp", OD_PARAM_GAIN},
    {"panning", OD_PARAM_PAN},
    {"lpf", OD_PARAM_CUTOFF},
    {"ctf", OD_PARAM_CUTOFF},
    {"lowpass", OD_PARAM_CUTOFF},
    {"lpq", OD_PARAM_RESONANCE},
    {"res", OD_PARAM_RESONANCE},
    {"hpf", OD_PARAM_HCUTOFF},
    {"highpass", OD_PARAM_HCUTOFF},
    {"hpq", OD_PARAM_HRESONANCE},
    {"bpf", OD_PARAM_BANDF},
    {"bandpass", OD_PARAM_BANDF},
    {"bpq", OD_PARAM_BANDQ},
    {"reverb", OD_PARAM_ROOM},
    {"sz", OD_PARAM_SIZE},
    {"roomsize", OD_PARAM_SIZE},
    {"delay", OD_PARAM_DELAY_SEND},
    {"echo", OD_PARAM_DELAY_SEND},
    {"delaySend", OD_PARAM_DELAY_SEND},
    {"delaysend", OD_PARAM_DELAY_SEND},
    {"delaytime", OD_PARAM_DELAY_TIME},
    {"delayt", OD_PARAM_DELAY_TIME},
    {"delayfeedback", OD_PARAM_DELAY_FEEDBACK},
    {"delayfb", OD_PARAM_DELAY_FEEDBACK},
    {"distort", OD_PARAM_SHAPE},
    {"distortion", OD_PARAM_SHAPE},
    {"bitcrush", OD_PARAM_CRUSH},
    {"att", OD_PARAM_ATTACK},
    {"rel", OD_PARAM_RELEASE},
    {"tremolorate", OD_PARAM_TREMOLO_RATE},
    {"tremr", OD_PARAM_TREMOLO_RATE},
    {"tremolodepth", OD_PARAM_TREMOLO_DEPTH},
    {"tremdp", OD_PARAM_TREMOLO_DEPTH},
    {"phaserrate", OD_PARAM_PHASER_RATE},
    {"phasr", OD_PARAM_PHASER_RATE},
    {"phaserdepth", OD_PARAM_PHASER_DEPTH},
    {"phasdp", OD_PARAM_PHASER_DEPTH},
};

/* Keys that stand in the wrong object, or are called otherwise there. */
static const struct {
    const char *what, *key, *hint;
} others[] = {
    {"the session", "swing", "it belongs in environment"},
    {"the session", "default_gate", "it belongs in environment"},
    {"the session", "gate", "it belongs in environment, as 'default_gate'"},
    {"the session", "tempo", "it belongs in environment, as 'bpm'"},
    {"the session", "cps", "environment has 'bpm': 240 times the cps"},
    {"the session", "midi_tracks", "here it is called 'tracks_midi'"},
    {"the session", "mixer", "here it is called 'mixer_lines'"},
    {"the session", "patterns", "here it is called 'sequences'"},
    {"environment", "gate", "here it is called 'default_gate'"},
    {"environment", "tempo", "here it is called 'bpm'"},
    {"environment", "cps", "here it is 'bpm': 240 times the cps"},
    {"a track", "mute", "it belongs in meta"},
    {"a track", "solo", "it belongs in meta"},
    {"a track", "events", "it belongs in sequences, under the id of the track"},
    {"a track", "channel", "a track with a channel belongs in tracks_midi"},
    {"a sequence", "steps", "what plays is \"events\": [{\"step\": 0}, {\"step\": 4}]"},
    {"a sequence", "notes", "what plays is \"events\": [{\"step\": 0, \"note\": 60}]"},
    {"a sequence", "pattern", "what plays is \"events\": [{\"step\": 0}, {\"step\": 4}]"},
    {"an event", "midinote", "here it is called 'note'"},
    {"an event", "pitch", "here it is called 'note'"},
    {"an event", "n", "here it is called 'note'"},
    {"an event", "vel", "here it is called 'velocity'"},
    {"an event", "gain", "here it is called 'velocity'"},
    {"an event", "amp", "here it is called 'velocity'"},
    {"an event", "duration", "here it is 'gate', in steps"},
    {"an event", "length", "here it is 'gate', in steps"},
    {"an event", "legato", "here it is 'gate', in steps"},
    {"an event", "time", "here it is 'step', 0..255"},
    {"an event", "start", "here it is 'step', 0..255"},
    {"an event", "position", "here it is 'step', 0..255"},
    {"an event", "nudge", "here it is 'offset_ms', in milliseconds"},
    {"a mixer line", "gain", "here it is called 'volume'"},
    {"a mixer line", "tracks", "here it is called 'include'"},
    {"a mixer line's fx", "room", "here it is called 'reverb_room'"},
    {"a mixer line's fx", "reverb", "here it is called 'reverb_room'"},
    {"a mixer line's fx", "size", "here it is called 'reverb_size'"},
    {"a mixer line's fx", "dry", "here it is called 'reverb_dry'"},
    {"a mixer line's fx", "delay", "here it is called 'delay_send'"},
    {"a mixer line's fx", "echo", "here it is called 'delay_send'"},
    {"a mixer line's fx", "delaytime", "here it is called 'delay_time'"},
    {"a mixer line's fx", "delayfeedback", "here it is called 'delay_feedback'"},
    {"a mixer line's fx", "leslie", "here it is called 'leslie_rate'"},
    {"a send", "line", "here it is called 'target'"},
    {"a send", "level", "here it is called 'amount'"},
};

/* The parameter that others call so, or that modulations call so ("filter.cutoff"). */
static enum od_param
find_alias(struct od_json_string key)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (od_json_is(key, aliases[i].name)) {
            return aliases[i].param;
        }
    }
    return od_param_find_modulated(key.text, key.length);
}

/* "filter": {"cutoff": 300}, as modulations group them. */
static enum od_param
find_group(struct od_json_string key)
{
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        const char *path = od_params[i].path;
        if (path != NULL && strncmp(path, key.text, key.length) == 0 && path[key.length] == '.') {
            return (enum od_param)i;
        }
    }
    return OD_PARAM_COUNT;
}

static const char *
home_of(enum od_param param)
{
    unsigned where = od_params[param].where;
    return (where & OD_IN_PARAMS) != 0     ? "params"
           : (where & OD_IN_TRACK_FX) != 0 ? "track_fx"
           : (where & OD_IN_FX) != 0       ? "fx"
                                           : NULL;
}

bool
od_read_param_hint(struct od_json_string key, bool is_object, unsigned where,
                   char out[OD_READ_HINT])
{
    enum od_param group = is_object ? find_group(key) : OD_PARAM_COUNT;
    enum od_param param = od_param_find(key.text, key.length, OD_IN_ALL);
    bool is_ours = param != OD_PARAM_COUNT;
    if (group != OD_PARAM_COUNT) {
        snprintf(out, OD_READ_HINT, "its members stand here by themselves, such as '%s'",
                 od_params[group].name);
        return true;
    }
    param = is_ours ? param : find_alias(key);
    if (param == OD_PARAM_COUNT || home_of(param) == NULL) {
        return false;
    }
    bool is_here = (od_params[param].where & where) != 0;
    if (is_ours) {
        snprintf(out, OD_READ_HINT, "it belongs in %s", home_of(param));
    } else {
        snprintf(out, OD_READ_HINT, "here it is called '%s'%s%s", od_params[param].name,
                 is_here ? "" : " and belongs in ", is_here ? "" : home_of(param));
    }
    return true;
}

bool
od_read_hint(const char *what, struct od_json_string key, char out[OD_READ_HINT])
{
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(others[i].what, what) == 0 && od_json_is(key, others[i].key)) {
            snprintf(out, OD_READ_HINT, "%s", others[i].hint);
            return true;
        }
    }
    return strcmp(what, "a track") == 0 && od_read_param_hint(key, false, 0, out);
}

/* ---- notes ---- */

/* Semitones above C of the letters A to G. */
static const int semitones[] = {9, 11, 0, 2, 4, 5, 7};

int
od_read_note_name(struct od_json_string name)
{
    const char *at = name.text, *end = name.text + name.length;
    char letter = at < end ? (char)(*at++ & ~0x20) : '\0';
    if (letter < 'A' || letter > 'G') {
        return -1;
    }
    int note = semitones[letter - 'A'];
    if (at < end && (*at == '#' || *at == 's' || *at == 'b')) {
        note += *at++ == 'b' ? -1 : 1;
    }
    int sign = at < end && *at == '-' ? -1 : 1;
    at += sign < 0;
    if (end - at != 1 || *at < '0' || *at > '9') {
        return -1;
    }
    note += 12 * (sign * (*at - '0') + 1);
    return note >= 0 && note <= 127 ? note : -1;
}
