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

static double
raw_tempo(const struct od_tempo_map *map, int32_t entry)
{
    return entry < 0 ? map->bpm : map->tempos[entry].bpm;
}

void
od_tempo_load(struct od_player *player, const struct od_program *program)
{
    struct od_tempo_map *map = &player->map;
    map->n = program->n_tempos;
    map->length = program->in_song ? INT64_MAX : program->length;
    map->bpm = program->environment.bpm;
    map->scale = 1;
    map->entry = -1;
    memcpy(map->tempos, program->tempos, map->n * sizeof map->tempos[0]);
}

void
od_tempo_scale(struct od_player *player)
{
    struct od_tempo_map *map = &player->map;
    if (map->n > 0) {
        map->scale = player->environment.bpm / raw_tempo(map, map->entry);
    }
}

void
od_tempo_follow(struct od_player *player, od_nsec now)
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
    if (player->sync.state == OD_SYNC_LOCKED) {
        return; /* who leads says the tempo */
    }
    double bpm = fmin(fmax(raw_tempo(map, entry) * map->scale, OD_BPM_MIN), OD_BPM_MAX);
    player->environment.bpm = bpm;
    od_sync_let_go(&player->sync);
    if (player->state == OD_PLAYING) {
        od_transport_tempo(&player->transport, player->next_step, bpm);
        const struct od_notice notice = od_state_notice(player, OD_NOTICE_TEMPO, now);
        od_state_say(player, &notice);
    }
}

int64_t
od_tempo_turn(const struct od_player *player)
{
    const struct od_tempo_map *map = &player->map;
    if (map->n == 0) {
        return INT64_MAX;
    }
    int64_t since = od_state_since(player, player->next_step);
    int64_t place = since % map->length;
    uint32_t next = (uint32_t)(entry_at(map, since) + 1);
    int64_t at = next < map->n && map->tempos[next].step < map->length
                     ? (int64_t)map->tempos[next].step
                     : map->length;
    return at == INT64_MAX ? at : player->next_step + at - place;
}
