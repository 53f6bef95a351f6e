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
od_song_pass(const struct od_take *take)
{
    int64_t steps = 0;
    for (size_t i = 0; i < od_song_entries(take); i++) {
        steps += od_song_steps(take, i);
    }
    return steps;
}

int64_t
od_song_length(const struct od_take *take, int64_t passes)
{
    int64_t steps = od_song_begins(take) > 0 ? od_song_pass(take) : 0;
    return od_song_end_of(take) == OD_SONG_STOP ? steps : passes * steps;
}

enum od_song_end
od_song_end_of(const struct od_take *take)
{
    return (enum od_song_end)score_of(take)->header->song_end;
}

/* An entry of `scenes`' song after `base`. */
static enum od_status
entry_after(const struct od_live_setup *setup, struct od_shared_score *scenes, struct od_take *base,
            struct od_take_entry entry, struct od_take **take, char *error)
{
    uint32_t part = od_shared_score_get(scenes)->song[entry.number - 1].part;
    enum od_status status = od_take_after(setup, scenes, part, base, take, error);
    if (status == OD_OK) {
        struct od_program *program = od_take_program(*take);
        program->from_top = true;
        program->in_song = true;
        od_take_set_entry(*take, entry);
    }
    return status;
}

enum od_status
od_song_take(const struct od_live_setup *setup, struct od_take *of, size_t entry, uint64_t pass,
             bool first, struct od_take **take, char *error)
{
    const struct od_take_entry place = {(uint32_t)entry + 1, pass};
    enum od_status status = entry_after(setup, od_take_scenes(of), of, place, take, error);
    if (status != OD_OK) {
        return status;
    }
    od_take_program(*take)->releases = first;
    if (!first && score_of(of)->song[entry].part != 0) {
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
    /* What the session outside its scenes says is not heard: it is no word on what was changed. */
    od_take_unref(*take);
    const struct od_take_entry first = {1, 0};
    status = entry_after(setup, shared, reset ? NULL : base, first, take, error);
    if (status == OD_OK) {
        od_take_program(*take)->releases = true;
        od_take_program(*take)->anew = reset;
    }
    return status;
}
