#include <string.h>

#include "smf/import_write.h"
#include "smf/sysex.h"

#define CONTROLLERS    128
#define DATA_MSB       6
#define DATA_LSB       38
#define FIRST_SELECTOR 96 /* increment to RPN MSB: they act once and hold nothing */
#define LAST_SELECTOR  101
#define FIRST_MODE     120
#define NO_BEND        (-9000)

/* What a channel was told before the piece begins; -1: nothing. */
struct told {
    int bank, program, bend, pressure;
    int controllers[CONTROLLERS];
};

static void
put(struct od_smf_writer *writer, const char *text)
{
    od_buf_append(&writer->text, text, strlen(text));
}

static void
put_signed(struct od_smf_writer *writer, int value)
{
    put(writer, value < 0 ? "-" : "");
    od_smf_put_count(writer, (uint64_t)(value < 0 ? -value : value));
}

/* ---- an event ---- */

static void
put_note(struct od_smf_writer *writer, const struct od_smf_act *act,
         const struct od_smf_place *place)
{
    put(writer, ", \"note\": ");
    od_smf_put_count(writer, act->number);
    put(writer, ", \"velocity\": ");
    put(writer, writer->velocities[act->value & 0x7f]);
    od_smf_put_gate(writer, act, place);
}

static void
put_pair(struct od_smf_writer *writer, const char *key, const struct od_smf_act *act)
{
    put(writer, key);
    put(writer, "{\"");
    od_smf_put_count(writer, act->number);
    put(writer, "\": ");
    od_smf_put_count(writer, (uint64_t)act->value);
    put(writer, "}");
}

static void
put_values(struct od_smf_writer *writer, const struct od_smf_act *act)
{
    switch ((enum od_smf_act_kind)act->kind) {
    case OD_SMF_POLY_PRESSURE:
        put(writer, ", \"note\": ");
        od_smf_put_count(writer, act->number);
        put(writer, ", \"poly_pressure\": ");
        break;
    case OD_SMF_CC:
        put_pair(writer, ", \"cc\": ", act);
        return;
    case OD_SMF_CC14:
        put_pair(writer, ", \"cc14\": ", act);
        return;
    case OD_SMF_RPN:
        put_pair(writer, ", \"rpn\": ", act);
        return;
    case OD_SMF_NRPN:
        put_pair(writer, ", \"nrpn\": ", act);
        return;
    case OD_SMF_BANK:
        put(writer, ", \"bank\": ");
        od_smf_put_count(writer, act->number);
        put(writer, ", \"program\": ");
        break;
    case OD_SMF_PROGRAM:
        put(writer, ", \"program\": ");
        break;
    case OD_SMF_PRESSURE:
        put(writer, ", \"pressure\": ");
        break;
    case OD_SMF_BEND:
        put(writer, ", \"bend\": ");
        break;
    case OD_SMF_NOTE:
        return;
    }
    put_signed(writer, act->value);
}

void
od_smf_put_midi_event(struct od_smf_writer *writer, const struct od_smf_act *act)
{
    struct od_smf_place place = od_smf_put_place(writer, act->at);
    if (act->kind == OD_SMF_NOTE) {
        put_note(writer, act, &place);
    } else {
        put_values(writer, act);
    }
    put(writer, "}");
}

/* ---- what is sent first ---- */

static void
tell(struct told *told, const struct od_smf_act *act)
{
    switch ((enum od_smf_act_kind)act->kind) {
    case OD_SMF_BANK:
        told->bank = act->number;
        told->program = act->value;
        break;
    case OD_SMF_PROGRAM:
        told->program = act->value;
        break;
    case OD_SMF_BEND:
        told->bend = act->value;
        break;
    case OD_SMF_PRESSURE:
        told->pressure = act->value;
        break;
    case OD_SMF_CC14:
        told->controllers[act->number & 0x7f] = act->value >> 7;
        told->controllers[(act->number + 32) & 0x7f] = act->value & 0x7f;
        break;
    case OD_SMF_CC:
        told->controllers[act->number & 0x7f] = act->value;
        break;
    default:
        break;
    }
}

static bool
holds(int controller)
{
    return controller != DATA_MSB && controller != DATA_LSB && controller < FIRST_MODE &&
           (controller < FIRST_SELECTOR || controller > LAST_SELECTOR);
}

static void
put_field(struct od_smf_writer *writer, bool *any, const char *name, int value)
{
    put(writer, *any ? ", \"" : "\"");
    put(writer, name);
    put(writer, "\": ");
    put_signed(writer, value);
    *any = true;
}

static void
put_controllers(struct od_smf_writer *writer, const struct told *told, bool *any)
{
    bool first = true;
    for (int i = 0; i < CONTROLLERS; i++) {
        if (told->controllers[i] >= 0 && holds(i)) {
            put(writer, !first ? ", " : *any ? ", \"cc\": {" : "\"cc\": {");
            put(writer, "\"");
            od_smf_put_count(writer, (uint64_t)i);
            put(writer, "\": ");
            od_smf_put_count(writer, (uint64_t)told->controllers[i]);
            first = false;
            *any = true;
        }
    }
    put(writer, first ? "" : "}");
}

/* A piece that begins in the middle sounds as if all before it had been played. */
static void
put_told(struct od_smf_writer *writer, const struct od_smf_voice *voice, bool *any)
{
    struct told told;
    const struct od_smf_act *act = od_smf_acts_of(writer->song, voice);
    memset(&told, 0xff, sizeof told);
    told.bend = NO_BEND;
    for (size_t i = 0; i < voice->n && act[i].at < writer->song->begin; i++) {
        tell(&told, &act[i]);
    }
    if (told.bank >= 0) {
        put_field(writer, any, "bank", told.bank);
    }
    if (told.program >= 0) {
        put_field(writer, any, "program", told.program);
    }
    put_controllers(writer, &told, any);
    if (told.bend != NO_BEND) {
        put_field(writer, any, "bend", told.bend);
    }
    if (told.pressure >= 0) {
        put_field(writer, any, "pressure", told.pressure);
    }
}

/* The first of the voice's in the list, which is sorted by voice. */
static size_t
first_sysex(const struct od_smf_owned *owned, size_t n, size_t voice)
{
    size_t low = 0;
    while (low < n) {
        size_t middle = low + (n - low) / 2;
        if (owned[middle].voice < voice) {
            low = middle + 1;
        } else {
            n = middle;
        }
    }
    return low;
}

static void
put_sysex(struct od_smf_writer *writer, size_t voice, bool *any)
{
    const struct od_smf_owned *owned = (const void *)writer->sysex.data;
    size_t n = writer->sysex.length / sizeof *owned;
    size_t first = first_sysex(owned, n, voice);
    for (size_t i = first; i < n && owned[i].voice == voice; i++) {
        put(writer, i > first ? ", \"" : *any ? ", \"sysex\": [\"" : "\"sysex\": [\"");
        od_smf_sysex_text(writer->song->file, owned[i].item, &writer->text);
        put(writer, "\"");
        od_smf_hand_over(writer);
    }
    if (first < n && owned[first].voice == voice) {
        put(writer, "]");
        *any = true;
    }
}

void
od_smf_put_midi_track(struct od_smf_writer *writer, size_t number)
{
    const struct od_smf_voice *voice = od_smf_voice_at(writer->song, number);
    struct od_buf *text = &writer->text;
    bool any = false;
    put(writer, "{\"channel\": ");
    od_smf_put_count(writer, voice->channel);
    put(writer, ", \"init\": {");
    size_t length = text->length;
    put_sysex(writer, number, &any);
    put_told(writer, voice, &any);
    if (any) {
        put(writer, "}}");
    } else if (!text->failed) {
        text->length = length - strlen(", \"init\": {");
        put(writer, "}");
    }
}
