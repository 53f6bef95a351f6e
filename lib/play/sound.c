#include "play/sound.h"

#include "play/init.h"
#include "play/perform.h"

#define SUPERDIRT_LATENCY (200 * OD_NSEC_PER_MS)

/* What a trigger of a MIDI track sends before its note: at one time they are in the agenda's order.
 */
static void
send_first(struct od_player *player, const struct od_command *command,
           const struct od_agenda_item *trigger)
{
    const struct od_voice *voice = &player->program->voices[command->trigger.voice];
    struct od_agenda_item item = {
        .time = trigger->time, .step = trigger->step, .port = voice->output};
    item.as.note.generation = trigger->as.trigger.generation;
    item.as.note.voice = command->trigger.voice;
    if (voice->kind != OD_VOICE_OSC) {
        od_init_messages(player, voice, command->trigger.controls, command->trigger.n_controls,
                         item);
    }
}

void
od_sound_trigger(struct od_player *player, const struct od_command *command, bool timed,
                 od_nsec now)
{
    struct od_program *program = player->program;
    if (program == NULL || command->trigger.voice >= program->n_voices) {
        return;
    }
    const struct od_player_settings *settings = &player->settings;
    bool osc = program->voices[command->trigger.voice].kind == OD_VOICE_OSC;
    struct od_agenda_item item = {.kind = OD_AGENDA_TRIGGER,
                                  .time = now,
                                  .step = od_state_sounding(player, now),
                                  .program = program};
    item.as.trigger.sounds = now;
    if (timed && player->state == OD_PLAYING) {
        unsigned output = program->voices[command->trigger.voice].output;
        od_nsec shift = osc ? settings->osc_offset[output] : settings->midi_offset[output];
        item.step = player->next_step;
        item.as.trigger.sounds =
            od_transport_time(&player->transport, item.step) + shift +
            od_transport_swing(&player->transport, item.step, od_state_since(player, item.step),
                               player->environment.swing);
        item.time = item.as.trigger.sounds;
        if (osc) { /* as all of its step: a look-ahead before, or when it is late */
            item.time -= settings->latency + (shift < 0 ? shift : 0);
        }
    }
    item.as.trigger.bpm = player->environment.bpm;
    item.as.trigger.gate = player->environment.gate;
    item.as.trigger.velocity = command->trigger.velocity;
    item.as.trigger.gate_steps = command->trigger.gate_steps;
    item.as.trigger.milliseconds = command->trigger.milliseconds;
    item.as.trigger.generation = player->generation;
    item.as.trigger.epoch = player->epoch;
    item.as.trigger.voice = command->trigger.voice;
    item.as.trigger.note = command->trigger.note;
    if (timed || command->trigger.n_controls > 0) {
        send_first(player, command, &item);
        od_state_push(player, &item);
        return;
    }
    program->pins++; /* od_perform_item gives it back */
    od_perform_item(player, &item, now);
}

/*
 * SuperDirt takes no notice of the time tag: it frees its synths so long after the message came
 * (Server.latency, unless somebody changed it), so that is when it is sent.
 */
static void
silence(struct od_player *player, bool timed, od_nsec now)
{
    od_nsec latency = player->settings.latency;
    od_nsec ahead = latency < SUPERDIRT_LATENCY ? latency : SUPERDIRT_LATENCY;
    bool waits = timed && player->state == OD_PLAYING;
    struct od_agenda_item item = {.kind = OD_AGENDA_SILENCE,
                                  .step =
                                      waits ? player->next_step : od_state_sounding(player, now)};
    for (unsigned output = 0; output < player->settings.n_outputs; output++) {
        od_nsec grid = od_transport_time(&player->transport, player->next_step) +
                       player->settings.osc_offset[output];
        item.port = (uint8_t)output;
        item.as.osc.sounds = waits ? grid : now;
        item.time = grid - ahead;
        if (waits) {
            od_state_push(player, &item);
        } else {
            od_perform_silence(player, &item);
        }
    }
}

/* What curves sent counts no more for the steps that are planned from here on. */
void
od_sound_panic(struct od_player *player, const struct od_command *command, bool timed, od_nsec now)
{
    if (command->kind == OD_COMMAND_PANIC) {
        silence(player, timed, now);
    }
    for (unsigned port = 0; port < player->settings.n_ports; port++) {
        od_state_forget_controls(player, port);
    }
    if (!timed || player->state != OD_PLAYING) {
        for (unsigned port = 0; port < player->settings.n_ports; port++) {
            od_perform_panic(player, port, player->next_step, now);
        }
        return;
    }
    for (unsigned port = 0; port < player->settings.n_ports; port++) {
        const struct od_agenda_item item = {.kind = OD_AGENDA_PANIC,
                                            .time = od_state_port_time(player, port),
                                            .step = player->next_step,
                                            .port = (uint8_t)port};
        od_state_push(player, &item);
    }
}
