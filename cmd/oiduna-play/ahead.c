#include "ahead.h"

#include "commands.h"

/* The new take in the place of the one that waits. */
static void
replace(struct desk *desk, struct waiting_entry *entry, struct od_take *base, struct od_take *take)
{
    struct od_program *program = od_take_program(take);
    program->change = entry->number;
    if (!program->edit) {
        program->lineage = entry->number;
    }
    const struct od_command command = {
        .kind = OD_COMMAND_REPLACE, .change = entry->number, .program = program};
    od_take_ref(base);
    od_take_unref(entry->timed.base);
    entry->timed.base = base;
    od_take_unref(entry->take);
    entry->take = take; /* the reference that came … */
    od_take_ref(take);  /* … and one for the player */
    conversation_send(desk->conversation, &command);
}

void
ahead_settle(struct desk *desk)
{
    struct waiting *waiting = &desk->waiting;
    struct od_take *base = desk->session->current;
    for (size_t i = 0; i < waiting->n; i++) {
        struct waiting_entry *entry = &waiting->entries[i];
        struct od_take *take = NULL;
        if (entry->take == NULL) {
            continue;
        }
        if (entry->timed.base != base) {
            commands_make(desk, entry, base, &take);
            if (take == NULL) {
                const struct od_command command = {.kind = OD_COMMAND_CANCEL,
                                                   .change = entry->number};
                conversation_send(desk->conversation, &command);
                continue; /* it goes when the player has dropped it */
            }
            replace(desk, entry, base, take);
        }
        base = entry->take;
    }
}
