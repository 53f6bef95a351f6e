#include "play/tempo.h"

#include <math.h>
#include <string.h>

/* Where the map is: its last entry at or before a step of the top; −1: none, its own tempo. */
static int32_t
entry_at(const struct od_tempo_map *map, int64_t since)
{
    int64_t place = since % map->length;
    uint32_t low = 0, high = map->n; /* the first behind the place is among these */
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (map->tempos[middle].step <= place) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return (int32_t)low - 1;
}

/* A tempo of the map, as it was scaled. */
static double
scaled(const struct od_tempo_map *map, double bpm)
{
    return fmin(fmax(bpm * map->scale, OD_BPM_MIN), OD_BPM_MAX);
}

static double
raw_tempo(const struct od_tempo_map *map, int32_t entry)
{
    return entry < 0 ? map->bpm : map->tempos[entry].bpm;
}

bool
od_tempo_is_loaded(const struct od_player *player, const struct od_program *program)
{
    const struct od_tempo_map *map = &player->map;
    return map->n == program->n_tempos && map->bpm == program->environment.bpm &&
           (map->n == 0 ||
            (map->length == (program->in_song ? INT64_MAX : program->length) &&
             memcmp(map->tempos, program->tempos, map->n * sizeof map->tempos[0]) == 0));
}

void
od_tempo_load(struct od_player *player, const struct od_program *program)
{
    struct od_tempo_map *map = &player->map;
    map->n = program->n_tempos;
    map->length = program->in_song ? INT64_MAX : program->length;
    map->bpm = program->environment.bpm;
    map->slowest = map->bpm;
    map->scale = 1;
    map->entry = -1;
    for (uint32_t i = 0; i < map->n; i++) {
        map->tempos[i] = program->tempos[i];
        map->slowest = fmin(map->slowest, map->tempos[i].bpm);
    }
}

/* The whole map by the ratio of what the tempo is to what the map has at the moment. */
static void
scale(struct od_player *player)
{
    struct od_tempo_map *map = &player->map;
    if (map->n > 0) {
        map->scale = player->environment.bpm / raw_tempo(map, map->entry);
    }
}

static bool
is_led(const struct od_player *player)
{
    return player->sync.state == OD_SYNC_LOCKED;
}

void
od_tempo_set(struct od_player *player, double bpm)
{
    if (is_led(player)) {
        return;
    }
    player->environment.bpm = bpm;
    od_sync_let_go(&player->sync);
    if (player->state == OD_PLAYING || player->transport.ramp.steps > 0) {
        od_transport_tempo(&player->transport, player->next_step, bpm);
    }
}

void
od_tempo_change(struct od_player *player, double bpm, int64_t steps)
{
    double from = player->environment.bpm;
    if (is_led(player)) {
        return;
    }
    od_tempo_set(player, steps > 0 ? from : bpm);
    if (steps > 0) {
        od_transport_ramp(&player->transport, player->next_step, from, bpm, steps);
    }
    scale(player);
}

void
od_tempo_end_ramp(struct od_player *player)
{
    if (player->transport.ramp.steps > 0) {
        od_transport_tempo(&player->transport, player->next_step, player->environment.bpm);
    }
}

void
od_tempo_anchor(struct od_player *player, int64_t step, od_nsec time)
{
    if (player->transport.ramp.steps > 0) {
        od_transport_move(&player->transport, step, time);
    } else {
        od_transport_anchor(&player->transport, step, time, player->environment.bpm);
    }
}

static void
say_tempo(struct od_player *player, od_nsec now)
{
    const struct od_notice notice = od_state_notice(player, OD_NOTICE_TEMPO, now);
    od_state_say(player, &notice);
}

static void
follow_ramp(struct od_player *player, od_nsec now)
{
    struct od_transport *transport = &player->transport;
    int64_t end = transport->anchor_step + transport->ramp.steps;
    if (transport->ramp.steps == 0) {
        return;
    }
    player->environment.bpm = od_transport_bpm(transport, player->next_step);
    scale(player);
    if (player->next_step >= end) {
        od_transport_tempo(transport, end, player->environment.bpm);
        say_tempo(player, now);
    }
}

static void
follow_map(struct od_player *player, od_nsec now)
{
    struct od_tempo_map *map = &player->map;
    if (map->n == 0) {
        return;
    }
    int32_t entry = entry_at(map, od_state_since(player, player->next_step));
    if (entry == map->entry) {
        return;
    }
    map->entry = entry;
    if (is_led(player)) {
        return; /* who leads says the tempo */
    }
    od_tempo_set(player, scaled(map, raw_tempo(map, entry)));
    if (player->state == OD_PLAYING) {
        say_tempo(player, now);
    }
}

void
od_tempo_follow(struct od_player *player, od_nsec now)
{
    follow_ramp(player, now);
    follow_map(player, now);
}

void
od_tempo_place(struct od_player *player)
{
    struct od_tempo_map *map = &player->map;
    if (map->n > 0) {
        map->entry = entry_at(map, od_state_since(player, player->next_step));
        scale(player);
    }
}

/* The place of the map at which its next entry begins, or all of it anew. */
static int64_t
turn_after(const struct od_tempo_map *map, int32_t entry)
{
    uint32_t next = (uint32_t)(entry + 1);
    return next < map->n && map->tempos[next].step < map->length ? (int64_t)map->tempos[next].step
                                                                 : map->length;
}

int64_t
od_tempo_turn(const struct od_player *player)
{
    const struct od_tempo_map *map = &player->map;
    if (map->n == 0) {
        return INT64_MAX;
    }
    int64_t since = od_state_since(player, player->next_step);
    int64_t at = turn_after(map, entry_at(map, since));
    return at == INT64_MAX ? at : player->next_step + at - since % map->length;
}

static double
step_ns(double bpm)
{
    return od_step_seconds(bpm) * (double)OD_NSEC_PER_SEC;
}

od_nsec
od_tempo_reach(const struct od_player *player, double steps)
{
    const struct od_tempo_map *map = &player->map;
    double length = step_ns(player->environment.bpm);
    double reach = steps * length;
    if (map->n == 0 || is_led(player)) {
        return (od_nsec)ceil(reach);
    }
    double farthest = steps * step_ns(scaled(map, map->slowest));
    int64_t since = od_state_since(player, player->next_step);
    int64_t place = since % map->length;
    int32_t entry = entry_at(map, since);
    double ahead = 0; /* of the turn */
    for (uint32_t i = 0; i <= map->n; i++) {
        int64_t turn = turn_after(map, entry);
        ahead += (double)(turn - place) * length;
        if (!(ahead < farthest)) {
            break;
        }
        place = turn < map->length ? turn : 0;
        entry = entry_at(map, place);
        length = step_ns(scaled(map, raw_tempo(map, entry)));
        reach = fmax(reach, steps * length - ahead);
    }
    return (od_nsec)ceil(reach);
}

od_nsec
od_tempo_lead(const struct od_player *player)
{
    const struct od_program *program = player->program;
    if (player->map.n == 0 || program == NULL || !(program->early_steps > 0)) {
        return od_state_lead(player, program);
    }
    od_nsec early = program->early + od_tempo_reach(player, program->early_steps);
    return player->settings.latency + (early < OD_EARLY_MAX ? early : OD_EARLY_MAX);
}
