/* mute, solo and their opposites: switches of tracks that are named, or match a pattern. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

enum turn {
    TURN_OFF,
    TURN_ON,
    TURN_OVER
};

static bool
parse_turn(const char *word, enum turn *turn)
{
    bool on;
    if (strcmp(word, "toggle") == 0) {
        *turn = TURN_OVER;
        return true;
    }
    if (!call_switch(word, &on)) {
        return false;
    }
    *turn = on ? TURN_ON : TURN_OFF;
    return true;
}

static bool
is_on(const struct od_take *take, enum od_switch which, size_t voice)
{
    const struct od_track_info info = od_take_track(take, voice);
    return which == OD_SWITCH_MUTE ? info.mute : info.solo;
}

/* True if the voice is of the track that a word names: by its id, or by a pattern. */
static bool
is_meant(const struct od_take *take, size_t voice, const char *word, bool exact)
{
    const char *id = od_take_id(take, voice);
    return *id != '\0' && (exact ? strcmp(id, word) == 0 : fnmatch(word, id, 0) == 0);
}

/* Marks what a word names; false, having said so, if it names nothing. All voices of one id do what
 * the first of them does. */
static bool
mark(struct call *call, enum od_switch which, enum turn turn, const char *word, uint8_t *wanted)
{
    const struct od_take *take = call->base;
    bool exact = od_take_find(take, word) >= 0;
    bool found = false;
    for (size_t i = 0; i < od_take_tracks(take); i++) {
        if (!is_meant(take, i, word, exact)) {
            continue;
        }
        size_t first = (size_t)od_take_find(take, od_take_id(take, i));
        bool on = turn == TURN_OVER ? !is_on(take, which, first) : turn == TURN_ON;
        wanted[i] = on ? OD_WANTED_ON : OD_WANTED_OFF;
        found = true;
    }
    return found || call_find_track(call, word) >= 0;
}

static bool
mark_all(struct call *call, enum od_switch which, enum turn turn, int n, uint8_t *wanted)
{
    for (int i = 1; i < n; i++) {
        if (!mark(call, which, turn, call->words[i], wanted)) {
            return false;
        }
    }
    return true;
}

static void
tell(struct call *call, enum od_switch which, const uint8_t *wanted)
{
    const char *what = which == OD_SWITCH_MUTE ? "muted" : "solo";
    for (size_t i = 0; i < od_take_tracks(call->base); i++) {
        const char *id = od_take_id(call->base, i);
        if (wanted[i] != OD_WANTED_AS_IT_IS && od_take_find(call->base, id) == (int)i) {
            outcome_switch(&call->outcome, what, id, wanted[i] == OD_WANTED_ON);
        }
    }
    outcome_end(&call->outcome);
}

/* The first `n` words are the command and its tracks. */
static void
switch_tracks(struct call *call, enum od_switch which, enum turn turn, int n)
{
    if (!call_has_program(call)) {
        return;
    }
    struct od_take *take = NULL;
    uint8_t *wanted = calloc(od_take_tracks(call->base) + 1, sizeof *wanted);
    if (wanted == NULL) {
        call_refuse(call, "OUT_OF_MEMORY", "out of memory");
    } else if (mark_all(call, which, turn, n, wanted)) {
        enum od_status status = od_take_switch(call->base, which, wanted, &take);
        tell(call, which, wanted);
        call_edit(call, status, take, "");
    }
    free(wanted);
}

/* The state is the last of several words. */
static void
switch_on(struct call *call, enum od_switch which)
{
    enum turn turn = TURN_ON;
    bool said = call->n > 2 && parse_turn(call->words[call->n - 1], &turn);
    switch_tracks(call, which, turn, call->n - said);
}

void
command_mute(struct call *call)
{
    switch_on(call, OD_SWITCH_MUTE);
}

void
command_unmute(struct call *call)
{
    switch_tracks(call, OD_SWITCH_MUTE, TURN_OFF, call->n);
}

void
command_solo(struct call *call)
{
    switch_on(call, OD_SWITCH_SOLO);
}

void
command_unsolo(struct call *call)
{
    switch_tracks(call, OD_SWITCH_SOLO, TURN_OFF, call->n);
}
