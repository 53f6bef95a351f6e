#include "play/pedal.h"

#include "score/midi.h"

static const struct {
    unsigned char controller;
    uint8_t bit;
} pedals[] = {{64, OD_HELD_DAMPER}, {66, OD_HELD_SOSTENUTO}, {69, OD_HELD_HOLD}};
#define PEDALS (sizeof pedals / sizeof pedals[0])

static void
hold(struct od_player *player, unsigned port, unsigned channel, uint8_t bit, bool holds)
{
    uint8_t *held = &player->held[port][channel];
    *held = (uint8_t)(holds ? *held | bit : *held & ~bit);
}

void
od_pedal_note(struct od_player *player, unsigned port, const unsigned char bytes[3])
{
    unsigned channel = bytes[0] & 0x0fu, kind = bytes[0] & 0xf0u;
    if (kind == OD_MIDI_PITCH_BEND) {
        hold(player, port, channel, OD_HELD_BEND,
             (bytes[1] | bytes[2] << 7) != OD_MIDI_BEND_CENTRE);
    }
    for (size_t i = 0; kind == OD_MIDI_CONTROL && i < PEDALS; i++) {
        if (bytes[1] == pedals[i].controller) {
            hold(player, port, channel, pedals[i].bit, bytes[2] > 0);
        }
    }
}

void
od_pedal_send(struct od_player *player, unsigned port, const unsigned char bytes[3], int64_t step,
              od_nsec time)
{
    const struct od_midi_message message = {
        .port = port, .voice = OD_NO_VOICE, .time = time, .step = step, .bytes = bytes, .size = 3};
    player->ops->midi(player->context, &message);
}

static void
let_go_of_channel(struct od_player *player, unsigned port, unsigned channel, od_nsec time)
{
    uint8_t held = player->held[port][channel];
    unsigned char bytes[3] = {(unsigned char)(OD_MIDI_CONTROL | channel), 0, 0};
    for (size_t i = 0; i < PEDALS; i++) {
        if ((held & pedals[i].bit) != 0) {
            bytes[1] = pedals[i].controller;
            od_pedal_send(player, port, bytes, player->next_step, time);
        }
    }
    if ((held & OD_HELD_BEND) != 0) {
        od_midi_bend(channel, 0, bytes);
        od_pedal_send(player, port, bytes, player->next_step, time);
    }
    player->held[port][channel] = 0;
}

void
od_pedal_let_go(struct od_player *player, unsigned port, od_nsec time)
{
    for (unsigned channel = 0; channel < OD_CHANNELS && player->settings.lets_go; channel++) {
        if (player->held[port][channel] != 0) {
            let_go_of_channel(player, port, channel, time);
        }
    }
}

/* ---- where another program begins ---- */

unsigned
od_pedal_slot(const struct od_score_curve *curve)
{
    switch ((enum od_curve_kind)curve->kind) {
    case OD_CURVE_PITCH_BEND:
        return OD_NOTES;
    case OD_CURVE_PRESSURE:
        return OD_NOTES + 1;
    case OD_CURVE_CC:
        break;
    }
    return curve->controller;
}

static bool
is_moved(const struct od_program *program, unsigned port, unsigned channel, unsigned slot)
{
    for (size_t i = 0; i < program->n_curve_voices; i++) {
        const struct od_voice *voice = &program->voices[program->curve_voices[i]];
        bool here = voice->audible && voice->output == port && voice->channel == channel;
        for (size_t k = 0; here && k < voice->as.midi.n_curves; k++) {
            if (od_pedal_slot(&voice->as.midi.curves[k]) == slot) {
                return true;
            }
        }
    }
    return false;
}

static void
plan_slot(struct od_player *player, unsigned port, unsigned channel, unsigned slot)
{
    int16_t *last = &player->controls[port][channel][slot];
    if (*last == INT16_MIN || *last == 0 || is_moved(player->program, port, channel, slot)) {
        return;
    }
    *last = INT16_MIN;
    struct od_agenda_item item = {
        .kind = OD_AGENDA_CONTROL,
        .time = od_state_port_time(player, port),
        .step = player->next_step,
        .port = (uint8_t)port,
        .size = 3,
        .bytes = {(unsigned char)(OD_MIDI_CONTROL | channel), (unsigned char)slot, 0},
    };
    item.as.note.voice = OD_NO_VOICE;
    if (slot == OD_NOTES) {
        od_midi_bend(channel, 0, item.bytes);
    }
    od_state_push(player, &item);
}

void
od_pedal_plan(struct od_player *player)
{
    static const unsigned slots[] = {64, 66, 69, OD_NOTES}; /* pedals, bend */
    if (!player->settings.lets_go || player->state != OD_PLAYING) {
        return;
    }
    for (unsigned port = 0; port < OD_PORTS_MAX; port++) {
        for (unsigned channel = 0; channel < OD_CHANNELS; channel++) {
            for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
                plan_slot(player, port, channel, slots[i]);
            }
        }
    }
}
