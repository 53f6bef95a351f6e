#include "out/offline.h"

#include <stdlib.h>

#include "play/tempo.h"

#define START_AHEAD OD_NSEC_PER_MS /* MIDI slaves are told before the first clock */

struct run {
    const struct od_offline_sink *sink;
    struct od_playlist *list;
    const struct od_program *handed; /* to the player, of the list; NULL: the next may be */
    bool ended;
    od_nsec base; /* what both offsets have in common: added to every time */
};

static void
on_osc(void *context, unsigned output, od_nsec sounds, int64_t step, unsigned char *bundle,
       size_t size)
{
    (void)output;
    struct run *run = context;
    const struct od_offline_sink *sink = run->sink;
    if (sink->osc != NULL && !run->ended) {
        run->ended = !sink->osc(sink->context, sounds + run->base, step, bundle, size);
    }
}

static void
on_midi(void *context, const struct od_midi_message *message)
{
    struct run *run = context;
    const struct od_offline_sink *sink = run->sink;
    if (sink->midi != NULL && !run->ended) {
        struct od_midi_message moved = *message;
        moved.time += run->base;
        run->ended = !sink->midi(sink->context, &moved);
    }
}

static void
on_notice(void *context, const struct od_notice *notice)
{
    struct run *run = context;
    const struct od_offline_sink *sink = run->sink;
    if (sink->notice != NULL) {
        sink->notice(sink->context, notice);
    }
    switch (notice->kind) {
    case OD_NOTICE_ACTED:
    case OD_NOTICE_TEMPO:
        if (sink->grid != NULL && notice->state == OD_PLAYING) {
            sink->grid(sink->context, &notice->transport);
        }
        break;
    case OD_NOTICE_APPLIED:
        if (notice->program == run->handed) {
            run->handed = NULL;
        }
        if (sink->grid != NULL && notice->state == OD_PLAYING) {
            sink->grid(sink->context, &notice->transport);
        }
        break;
    case OD_NOTICE_LOUD:
        if (sink->loud != NULL) {
            sink->loud(sink->context, notice->program, notice->count);
        }
        break;
    case OD_NOTICE_POSITION:
        if (sink->position != NULL && !run->ended) {
            run->ended = !sink->position(sink->context, notice->step);
        }
        break;
    default:
        break;
    }
}

static void
hand_over(struct od_player *player, struct run *run, od_nsec now)
{
    struct od_command command;
    if (run->sink->turn != NULL) {
        run->sink->turn(run->sink->context, player, now);
    }
    if (run->list != NULL && run->handed == NULL && od_playlist_next(run->list, &command)) {
        run->handed = command.program;
        od_player_command(player, &command, now);
    }
}

static void
play(struct od_player *player, struct run *run)
{
    struct od_command command;
    hand_over(player, run, 0);
    if (player->program == NULL) {
        return;
    }
    if (run->list != NULL && od_playlist_end(run->list, &command)) {
        od_player_command(player, &command, 0);
    }
    od_nsec begin = -od_tempo_lead(player) - START_AHEAD;
    command = (struct od_command){.kind = OD_COMMAND_START, .time = 0};
    od_player_command(player, &command, begin);
    if (run->sink->grid != NULL) {
        run->sink->grid(run->sink->context, &player->transport);
    }
    for (od_nsec now = begin; now != OD_NSEC_NEVER && !run->ended; now = od_player_next(player)) {
        od_player_run(player, now);
        hand_over(player, run, now);
    }
}

static od_nsec
earliest_offset(const struct od_player_settings *settings)
{
    od_nsec earliest = settings->osc_offset[0];
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        earliest = settings->osc_offset[i] < earliest ? settings->osc_offset[i] : earliest;
    }
    for (size_t i = 0; i < OD_PORTS_MAX; i++) {
        earliest = settings->midi_offset[i] < earliest ? settings->midi_offset[i] : earliest;
    }
    return earliest;
}

static void
shift_offsets(struct od_player_settings *settings, od_nsec by)
{
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        settings->osc_offset[i] += by;
    }
    for (size_t i = 0; i < OD_PORTS_MAX; i++) {
        settings->midi_offset[i] += by;
    }
}

enum od_status
od_offline_run(const struct od_player_settings *settings, struct od_playlist *list,
               const struct od_offline_sink *sink)
{
    static const struct od_player_ops ops = {on_osc, on_midi, on_notice};
    struct od_player *player = calloc(1, sizeof *player);
    if (player == NULL) {
        return OD_ENOMEM;
    }
    struct od_player_settings own = *settings;
    struct run run = {.sink = sink, .list = list};
    /* Without look-ahead nothing can come before its step. */
    run.base = earliest_offset(&own);
    shift_offsets(&own, -run.base);
    own.latency = 0;
    own.lets_go = false;
    enum od_status status = OD_ENOMEM;
    if (od_player_init(player, &own, &ops, &run)) {
        play(player, &run);
        od_player_drain(player, od_transport_time(&player->transport, player->next_step));
        status = OD_OK;
    }
    od_player_clear(player);
    free(player);
    return status;
}
