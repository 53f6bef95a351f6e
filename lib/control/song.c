#include "control/song.h"

static const struct od_score *
score_of(const struct od_take *take)
{
    return od_shared_score_get(od_take_scenes(take));
}

size_t
od_song_entries(const struct od_take *take)
{
    return score_of(take)->count[OD_SECTION_SONG];
}

size_t
od_song_begins(const struct od_take *take)
{
    const struct od_score *score = score_of(take);
    bool left_off =
        score->header->apply_part != OD_SCORE_NONE || score->count[OD_SECTION_APPLY_IDS] > 0;
    return left_off ? 0 : od_song_entries(take);
}

int64_t
od_song_steps(const struct od_take *take, size_t entry)
{
    return (int64_t)score_of(take)->song[entry].bars * OD_BAR_STEPS;
}

int64_t
od_song_length(const struct od_take *take, int64_t passes)
{
    int64_t steps = 0;
    for (size_t i = 0; i < od_song_begins(take); i++) {
        steps += od_song_steps(take, i);
    }
    return od_song_end_of(take) == OD_SONG_STOP ? steps : passes * steps;
}

enum od_song_end
od_song_end_of(const struct od_take *take)
{
    return (enum od_song_end)score_of(take)->header->song_end;
}

enum od_status
od_song_take(const struct od_live_setup *setup, struct od_take *of, size_t entry, uint64_t pass,
             bool first, struct od_take **take, char *error)
{
    const struct od_score *score = score_of(of);
    uint32_t part = score->song[entry].part;
    enum od_status status = od_take_after(setup, od_take_scenes(of), part, of, take, error);
    if (status != OD_OK) {
        return status;
    }
    struct od_program *program = od_take_program(*take);
    program->from_top = true;
    program->in_song = true;
    program->releases = first;
    od_take_set_entry(*take, (struct od_take_entry){(uint32_t)entry + 1, pass});
    if (!first && part != 0) {
        od_take_keep_environment(*take);
    }
    return OD_OK;
}

enum od_status
od_song_apply(const struct od_live_setup *setup, struct od_take *base,
              struct od_shared_score *shared, bool reset, struct od_take **take,
              enum od_apply_what *what, char *error)
{
    enum od_status status = od_take_apply(setup, base, shared, reset, take, what, error);
    if (status != OD_OK || od_song_begins(*take) == 0) {
        return status;
    }
    struct od_take *session = *take;
    status = od_song_take(setup, session, 0, 0, true, take, error);
    if (status == OD_OK) {
        od_take_program(*take)->anew = od_take_program(session)->anew;
    }
    od_take_unref(session);
    return status;
}
