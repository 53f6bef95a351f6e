#include <string.h>

#include "text/session_read.h"

#define CONTROLLERS 128

static void
read_cc_modulations(struct od_reader *reader, struct od_midi_track *track)
{
    struct od_json_keys keys = {0};
    struct od_json_string key;
    size_t key_at;
    char shown[OD_READ_SHOWN];
    if (!od_read_enter_object(reader)) {
        return;
    }
    while (od_read_entry(reader, &keys, &key, &key_at)) {
        int controller = od_control_number(key.text, key.length, CONTROLLERS - 1);
        if (controller < 0) {
            od_read_diag(reader, OD_ERROR, key_at, "range",
                         "a key of cc_modulations must be \"0\"..\"127\", found \"%s\"",
                         od_read_shown(key.text, key.length, shown));
            od_json_skip(&reader->json);
            continue;
        }
        struct od_midi_modulation cc = {(uint8_t)controller, od_read_modulation(reader)};
        if (cc.signal.values != NULL) {
            od_buf_append(&reader->ccs, &cc, sizeof cc);
        }
    }
    track->ccs = od_read_keep(reader, &reader->ccs, sizeof *track->ccs, &track->n_ccs);
}

/* Plays with the nearest value that MIDI has. */
static void
read_clamped(struct od_reader *reader, const char *name, int least, int most, int *value)
{
    int number;
    if (!od_read_integer(reader, INT32_MIN, INT32_MAX, &number)) {
        return;
    }
    *value = number < least ? least : number > most ? most : number;
    if (*value != number) {
        od_read_warn(reader, "range", "'%s' is %d..%d, found %d: %d is played", name, least, most,
                     number, *value);
    }
}

static bool
read_by_name(struct od_reader *reader, const char *field, struct od_midi_track *track)
{
    if (strcmp(field, "mute") == 0) {
        od_read_bool(reader, &track->mute);
    } else if (strcmp(field, "solo") == 0) {
        od_read_bool(reader, &track->solo);
    } else if (strcmp(field, "track_id") == 0) {
        od_read_own_name(reader, &track->id);
    } else if (strcmp(field, "destination") == 0) {
        od_read_name(reader, &track->destination);
    } else if (strcmp(field, "init") == 0) {
        od_read_init(reader, track);
    } else {
        return false;
    }
    return true;
}

static void
read_midi_track(struct od_reader *reader, void *record)
{
    struct od_midi_track *track = record;
    enum {
        CHANNEL,
        VELOCITY,
        TRANSPOSE,
        CC,
        PITCH_BEND,
        AFTERTOUCH,
        VELOCITY_MODULATION
    };
    static const char *const names[] = {"channel",
                                        "velocity",
                                        "transpose",
                                        "cc_modulations",
                                        "pitch_bend_modulation",
                                        "aftertouch_modulation",
                                        "velocity_modulation",
                                        "track_id",
                                        "mute",
                                        "solo",
                                        "destination",
                                        "init"};
    struct od_read_object object = {
        .names = names, .n_names = sizeof names / sizeof names[0], .what = "a MIDI track"};
    size_t at = od_json_offset(&reader->json);
    bool has_channel = false;
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        switch (field) {
        case CHANNEL:
            has_channel = true;
            od_read_integer(reader, 0, 15, &track->channel);
            break;
        case VELOCITY:
            read_clamped(reader, "velocity", 0, 127, &track->velocity);
            break;
        case TRANSPOSE:
            read_clamped(reader, "transpose", -127, 127, &track->transpose);
            break;
        case CC:
            read_cc_modulations(reader, track);
            break;
        case PITCH_BEND:
            track->pitch_bend = od_read_modulation(reader);
            break;
        case AFTERTOUCH:
            track->aftertouch = od_read_modulation(reader);
            break;
        case VELOCITY_MODULATION:
            track->velocity_signal = od_read_modulation(reader);
            break;
        default:
            read_by_name(reader, names[field], track);
            break;
        }
    }
    if (!has_channel) {
        od_read_diag(reader, OD_ERROR, at, "missing", "a MIDI track needs a 'channel' (0..15)");
    }
}

void
od_read_midi_tracks(struct od_reader *reader, struct od_part *part)
{
    static const struct od_midi_track initial = {.velocity = 127};
    const struct od_read_kind kind = {&reader->midi_tracks, sizeof initial, &initial,
                                      read_midi_track};
    part->midi_tracks = od_read_members(reader, &kind, &part->n_midi_tracks);
}
