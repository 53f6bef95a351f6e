#include "play/init.h"

#include <string.h>

#include "score/midi.h"

/* What is sent counts for the curves, too. */
static void
note_control(struct od_player *player, const struct od_voice *voice, const unsigned char *bytes)
{
    int16_t *last = player->controls[voice->output][voice->channel];
    switch (bytes[0] & 0xf0u) {
    case OD_MIDI_CONTROL:
        last[bytes[1]] = bytes[2];
        break;
    case OD_MIDI_PITCH_BEND:
        last[OD_NOTES] = (int16_t)((bytes[2] << 7 | bytes[1]) - OD_MIDI_BEND_CENTRE);
        break;
    case OD_MIDI_PRESSURE:
        last[OD_NOTES + 1] = bytes[1];
        break;
    default:
        break;
    }
}

void
od_init_messages(struct od_player *player, const struct od_voice *voice,
                 const struct od_score_control *controls, uint32_t n, struct od_agenda_item item)
{
    static const uint8_t kinds[] = {[OD_RANK_PROGRAM] = OD_AGENDA_PROGRAM,
                                    [OD_RANK_PARAMETER] = OD_AGENDA_PARAMETER,
                                    [OD_RANK_CONTROL] = OD_AGENDA_CONTROL,
                                    [OD_RANK_BEND] = OD_AGENDA_BEND};
    for (uint32_t i = 0; i < n; i++) {
        item.kind = kinds[controls[i].rank];
        item.size = od_control_size(&controls[i]);
        od_control_bytes(&controls[i], voice->channel,
                         od_voice_transpose(voice, od_state_moment(player)), item.bytes);
        note_control(player, voice, item.bytes);
        od_state_push(player, &item);
    }
}

static const unsigned char *
sysex_bytes(const struct od_voice *voice, uint32_t i)
{
    return voice->as.midi.bytes_of_sysex + voice->as.midi.sysex[i].bytes;
}

static bool
same_sysex(const struct od_voice *a, const struct od_voice *b)
{
    bool same = a->as.midi.n_sysex == b->as.midi.n_sysex;
    for (uint32_t i = 0; same && i < a->as.midi.n_sysex; i++) {
        uint32_t size = a->as.midi.sysex[i].size;
        same = size == b->as.midi.sysex[i].size &&
               memcmp(sysex_bytes(a, i), sysex_bytes(b, i), size) == 0;
    }
    return same;
}

/* Did the track of that id begin in the same way in the program before? */
static bool
began(const struct od_program *old, const struct od_voice *voice)
{
    for (size_t i = 0; old != NULL && i < old->n_init_voices; i++) {
        const struct od_voice *other = &old->voices[old->init_voices[i]];
        if (other->crc == voice->crc && other->output == voice->output &&
            other->channel == voice->channel && other->as.midi.n_init == voice->as.midi.n_init &&
            memcmp(other->as.midi.init, voice->as.midi.init,
                   voice->as.midi.n_init * sizeof *voice->as.midi.init) == 0 &&
            same_sysex(other, voice)) {
            return true;
        }
    }
    return false;
}

/* They stay where they are: the item's program holds the score that has them. */
static void
push_sysex(struct od_player *player, const struct od_voice *voice, uint16_t number,
           struct od_agenda_item item)
{
    item.kind = OD_AGENDA_SYSEX;
    item.program = player->program;
    for (uint32_t i = 0; i < voice->as.midi.n_sysex; i++) {
        item.as.sysex.bytes = sysex_bytes(voice, i);
        item.as.sysex.size = voice->as.midi.sysex[i].size;
        item.as.sysex.generation = player->generation;
        item.as.sysex.voice = number;
        od_state_push(player, &item);
    }
}

static void
begin(struct od_player *player, uint16_t number, od_nsec time)
{
    const struct od_voice *voice = &player->program->voices[number];
    struct od_agenda_item item = {.time = time, .step = player->next_step, .port = voice->output};
    push_sysex(player, voice, number, item);
    item.as.note.generation = player->generation;
    item.as.note.voice = number;
    od_init_messages(player, voice, voice->as.midi.init, voice->as.midi.n_init, item);
}

void
od_init_plan(struct od_player *player, const struct od_program *old)
{
    const struct od_program *program = player->program;
    for (size_t i = 0; i < program->n_init_voices; i++) {
        uint16_t number = program->init_voices[i];
        const struct od_voice *voice = &program->voices[number];
        if (!began(old, voice)) {
            begin(player, number, od_state_port_time(player, voice->output));
        }
    }
}

void
od_init_port(struct od_player *player, unsigned port, od_nsec now)
{
    const struct od_program *program = player->program;
    for (size_t i = 0; program != NULL && i < program->n_init_voices; i++) {
        if (program->voices[program->init_voices[i]].output == port) {
            begin(player, program->init_voices[i], now);
        }
    }
}
