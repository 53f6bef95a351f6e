/* Scores and scenes: what takes the place of what plays, and when. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "commands.h"
#include "control/song.h"
#include "course.h"

static void
hand_over_change(struct call *call, struct od_take *take, enum od_apply_what what,
                 const struct boundary *boundary)
{
    struct conversation *conversation = call->desk->conversation;
    struct od_program *program = od_take_program(take);
    program->change = conversation_number(conversation);
    program->lineage = program->change;
    call_hand_over(call, take, boundary);
    struct answer *answer = conversation_awaits(conversation);
    if (call->making == NULL && answer != NULL) {
        answer->pending = (struct pending){.change = program->change,
                                           .scene = what == OD_APPLY_SCENE,
                                           .tracks = what == OD_APPLY_TRACKS,
                                           .boundary = *boundary};
    }
}

/* The scene that plays, or waits to; "" if none does. */
static const char *
scene_now(const struct call *call)
{
    const struct pending *pending = &call->desk->session->pending;
    bool waits = call->timing == NULL && pending->active && pending->scene;
    return od_take_scene(waits ? pending->take : call->base);
}

/* "-" is the session, "next" and "prev" go round the scenes in their order. */
static uint32_t
find_relative(const struct call *call, const struct od_score *score, const char *name)
{
    uint32_t n = score->count[OD_SECTION_PARTS];
    uint32_t now = od_score_find_scene(score, scene_now(call));
    now = now == OD_SCORE_NONE ? 0 : now;
    if (strcmp(name, "-") == 0) {
        return 0;
    }
    if (n > 1 && strcmp(name, "next") == 0) {
        return now + 1 < n ? now + 1 : 1;
    }
    if (n > 1 && strcmp(name, "prev") == 0) {
        return now > 1 ? now - 1 : n - 1;
    }
    return OD_SCORE_NONE;
}

static uint32_t
find_scene(struct call *call, const struct od_score *score, const char *name)
{
    uint32_t part = od_score_find_scene(score, name);
    if (part == OD_SCORE_NONE) {
        part = find_relative(call, score, name);
    }
    if (part != OD_SCORE_NONE) {
        return part;
    }
    uint32_t n = score->count[OD_SECTION_PARTS];
    const char **names = calloc(n, sizeof *names);
    for (uint32_t i = 1; names != NULL && i < n; i++) {
        names[i - 1] = score->strings + score->parts[i].name;
    }
    call_refuse_name(call, "UNKNOWN_SCENE", "scene", name, names, n - 1);
    free(names);
    return OD_SCORE_NONE;
}

void
command_scene(struct call *call)
{
    struct desk *desk = call->desk;
    struct boundary boundary = call_boundary_of(OD_TIMING_BAR);
    if (call->n > 2 && !call_boundary(call->words[2], &boundary)) {
        call_bad_argument(call, "a scene and now, beat, bar, seq or a step 0..255");
        return;
    }
    if (!call_has_program(call)) {
        return;
    }
    struct od_shared_score *shared = od_take_scenes(call->base);
    uint32_t part = find_scene(call, od_shared_score_get(shared), call->words[1]);
    if (part == OD_SCORE_NONE) {
        return;
    }
    char error[OD_SCORE_ERROR_SIZE] = "";
    struct od_take *take = NULL;
    enum od_status status =
        od_take_after(&desk->setup->live, shared, part, call->base, &take, error);
    if (status != OD_OK) {
        call_fail(call, status, "BAD_SCORE", error);
        return;
    }
    od_take_keep_environment(take);
    outcome_scene(&call->outcome, od_take_scene(take));
    hand_over_change(call, take, OD_APPLY_SCENE, &boundary);
}

static bool
has_song(struct call *call)
{
    if (!call_has_program(call)) {
        return false;
    }
    if (od_song_entries(call->base) == 0) {
        call_refuse(call, "NO_SONG", "the session has no song");
        return false;
    }
    return true;
}

/* song on [ENTRY [PASS]]: from the next bar. */
static void
song_on(struct call *call)
{
    char error[OD_SCORE_ERROR_SIZE] = "";
    double entry = 1, pass = 0;
    size_t entries = od_song_entries(call->base);
    const struct boundary bar = call_boundary_of(OD_TIMING_BAR);
    struct od_take *take = NULL;
    if ((call->n > 2 && !call_whole(call->words[2], 1, (double)entries, &entry)) ||
        (call->n > 3 && !call_whole(call->words[3], 0, 1e9, &pass))) {
        say_error(call->desk->speech, call->id, "song", "BAD_ARGUMENT",
                  "song on wants an entry of the song, 1..%zu, and a number of passes", entries);
        return;
    }
    enum od_status status = od_song_take(&call->desk->setup->live, call->base, (size_t)entry - 1,
                                         (uint64_t)pass, true, &take, error);
    if (status != OD_OK) {
        call_fail(call, status, "BAD_SCORE", error);
        return;
    }
    od_take_keep_environment(take);
    hand_over_change(call, take, *od_take_scene(take) != '\0' ? OD_APPLY_SCENE : OD_APPLY_SESSION,
                     &bar);
}

void
command_song(struct call *call)
{
    bool on;
    if (!call_switch(call->words[1], &on) || (!on && call->n > 2)) {
        call_bad_argument(call, "on and an entry, or off");
    } else if (has_song(call) && on) {
        song_on(call);
    } else if (call_has_program(call) && !on) {
        call_simple(call, OD_COMMAND_SONG_OFF);
    }
}

/* place STEP TOP: for who goes on where another player ended. */
void
command_place(struct call *call)
{
    double step, top;
    if (!call_whole(call->words[1], 0, 1e15, &step) || !call_whole(call->words[2], 0, step, &top)) {
        call_bad_argument(call, "a step, counted through all loops, and one not after it at which "
                                "what plays began");
    } else if (call->desk->session->plays) {
        call_refuse(call, "PLAYING", "it plays: there is no other place to be at");
    } else {
        call_ask(call, (struct od_command){
                           .kind = OD_COMMAND_PLACE, .place = (int64_t)step, .step = (int64_t)top});
    }
}

void
command_apply(struct call *call)
{
    const char *last = call->words[call->n - 1];
    bool reset = strcmp(last, "reset") == 0;
    int whens = call->n - 1 - (reset || strcmp(last, "keep") == 0);
    struct next_score *next = &call->desk->next;
    if (whens > 1 || (whens == 1 && !call_boundary(call->words[1], &next->boundary))) {
        call_bad_argument(call, "now, beat, bar, seq or a step 0..255, and maybe keep or reset");
        return;
    }
    next->reset = reset;
    call_done(call);
}

void
command_score_id(struct call *call)
{
    if (strlen(call->words[1]) > CONVERSATION_ID_MAX) {
        call_bad_argument(call, "an id of at most 64 characters");
        return;
    }
    snprintf(call->desk->next.id, sizeof call->desk->next.id, "%s", call->words[1]);
    call_done(call);
}

void
commands_forget_next(struct desk *desk)
{
    desk->next = (struct next_score){0};
}

static void
apply_score(struct call *call, const struct boundary *boundary)
{
    char error[OD_SCORE_ERROR_SIZE] = "";
    struct od_take *take = NULL;
    enum od_apply_what what = OD_APPLY_SESSION;
    enum od_status status = od_song_apply(&call->desk->setup->live, call->base, call->score,
                                          call->reset, &take, &what, error);
    if (status != OD_OK) {
        call_fail(call, status, "BAD_SCORE", error);
        return;
    }
    hand_over_change(call, take, what, boundary);
}

void
commands_score(struct desk *desk, void *bytes, size_t length)
{
    char *words[] = {(char *)(uintptr_t) "score"};
    const struct next_score next = desk->next;
    struct boundary boundary = next.boundary;
    commands_forget_next(desk);
    desk->garbled = 0;
    struct call call = {.desk = desk,
                        .id = next.id,
                        .words = words,
                        .n = 1,
                        .reset = next.reset,
                        .base = desk->session->current,
                        .timing = next.timed ? &next.timing : NULL};
    if (next.timed) {
        call.base = course_base(&desk->waiting, desk->session, desk->songs, next.timing.about);
    }
    char error[OD_SCORE_ERROR_SIZE] = "";
    struct od_score score;
    enum od_status status = room_check(&desk->setup->room, length, error);
    if (status != OD_OK) {
        free(bytes);
    } else {
        status = od_score_open_heap(&score, bytes, length, error);
    }
    if (status != OD_OK) {
        call_fail(&call, status, "BAD_SCORE", error);
        return;
    }
    if (*boundary.word == '\0') {
        uint32_t timing = score.header->apply_timing;
        boundary =
            call_boundary_of(timing == OD_SCORE_NONE ? OD_TIMING_BAR : (enum od_timing)timing);
    }
    struct od_shared_score *shared = od_shared_score_new(&score);
    if (shared == NULL) {
        call_fail(&call, OD_ENOMEM, "BAD_SCORE", "");
        return;
    }
    call.score = shared;
    apply_score(&call, &boundary);
    od_shared_score_unref(shared);
}

void
commands_make(struct desk *desk, const struct waiting_entry *entry, struct od_take *base,
              struct od_take **take)
{
    char *words[] = {(char *)(uintptr_t) "score"};
    const struct boundary now = {.when = OD_WHEN_NOW};
    struct call call = {.desk = desk,
                        .id = entry->timed.id,
                        .words = words,
                        .n = 1,
                        .base = base,
                        .making = take,
                        .reset = entry->timed.reset,
                        .score = entry->timed.score};
    if (call.score != NULL) {
        apply_score(&call, &now);
    } else {
        commands_again(&call, entry->timed.text);
    }
}
