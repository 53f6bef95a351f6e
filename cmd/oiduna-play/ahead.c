#include "ahead.h"

#include "commands.h"
#include "course.h"

/* The new take in the place of the one that waits; or, if that came too late, at once. */
static void
replace(struct desk *desk, struct waiting_entry *entry, struct od_take *base, struct od_take *take,
        enum od_command_kind kind)
{
    struct od_program *program = od_take_program(take);
    program->change = entry->number;
    if (!program->edit) {
        program->lineage = entry->number;
    }
    const struct od_command command = {.kind = kind, .change = entry->number, .program = program};
    od_take_ref(base);
    od_take_unref(entry->timed.base);
    entry->timed.base = base;
    od_take_unref(entry->take);
    entry->take = take; /* the reference that came … */
    od_take_ref(take);  /* … and one for the player */
    conversation_send(desk->conversation, &command);
}

/* The change that waits for its boundary, with all that was changed meanwhile. */
static void
settle_pending(struct desk *desk)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct pending *pending = &desk->session->pending;
    struct od_take *take = NULL;
    if (!pending->active || pending->take == NULL ||
        od_take_is_after(pending->take, desk->session->current) ||
        od_take_anew(pending->take, desk->session->current, &take, error) != OD_OK) {
        return; /* without memory it is caught up with when it is taken over */
    }
    const struct od_command command = {
        .kind = OD_COMMAND_REPLACE, .change = pending->change, .program = od_take_program(take)};
    od_take_unref(pending->take);
    pending->take = take;
    od_take_ref(take); /* the player's */
    conversation_send(desk->conversation, &command);
}

void
ahead_catch_up(struct desk *desk, struct od_take *take, struct od_take *before)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_take *caught = NULL;
    if (od_take_catch_up(take, before, &caught, error) != OD_OK) {
        say_error(desk->speech, NULL, "", "OUT_OF_MEMORY", "out of memory: live changes are lost");
        return;
    }
    struct od_program *program = od_take_program(caught);
    const struct od_command command = {.kind = OD_COMMAND_PROGRAM, .program = program};
    program->change = conversation_number(desk->conversation);
    session_state_play(desk->session, caught);
    conversation_send(desk->conversation, &command); /* the reference that came is the player's */
}

/* What waits, made of what plays before it; false if it cannot be: it goes when the player has
 * dropped it. */
static bool
settle_entry(struct desk *desk, struct waiting_entry *entry, struct od_take *base)
{
    struct od_take *take = NULL;
    if (entry->timed.base == base) {
        return true;
    }
    commands_make(desk, entry, base, &take);
    if (take == NULL) {
        const struct od_command command = {.kind = OD_COMMAND_CANCEL, .change = entry->number};
        conversation_send(desk->conversation, &command);
        return false;
    }
    replace(desk, entry, base, take, OD_COMMAND_REPLACE);
    return true;
}

/* What was refused because another session had just come is made of that one, and done at once;
 * false if it cannot be. */
static bool
do_late(struct desk *desk, struct waiting_entry *entry, struct od_take *base)
{
    struct od_take *take = NULL;
    commands_make(desk, entry, base, &take);
    if (take == NULL) {
        waiting_remove(&desk->waiting, entry);
        return false;
    }
    entry->late = false;
    replace(desk, entry, base, take, OD_COMMAND_PROGRAM);
    return true;
}

void
ahead_settle(struct desk *desk)
{
    settle_pending(desk);
    files_settle(desk->files, desk->session->current);
    struct waiting *waiting = &desk->waiting;
    struct course course;
    course_begin(&course, desk->session, desk->songs);
    for (size_t i = 0; i < waiting->n;) {
        struct waiting_entry *entry = &waiting->entries[i];
        course_reach(&course, entry->step, &entry->opening);
        if (entry->late && course.now && !do_late(desk, entry, course.base)) {
            continue; /* another one has its place */
        }
        /* what is late for an entry of a song that has yet to come waits for that */
        if (entry->take == NULL || (!entry->late && settle_entry(desk, entry, course.base))) {
            course_act(&course, entry);
        }
        i++;
    }
    course_end(&course);
    songs_hand_over(desk->songs);
}
