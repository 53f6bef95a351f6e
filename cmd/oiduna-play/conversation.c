#include "conversation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct conversation {
    conversation_send_fn *send;
    void *player;
    bool broken;
    bool awaits;
    struct answer answer;
    char *again; /* a line; owned */
    int repeats;
    bool by_osc; /* … of the line that is to be done again */
    uint64_t requests, changes;
};

struct conversation *
conversation_new(conversation_send_fn *send, void *player)
{
    struct conversation *conversation = calloc(1, sizeof *conversation);
    if (conversation != NULL) {
        conversation->send = send;
        conversation->player = player;
    }
    return conversation;
}

void
conversation_free(struct conversation *conversation)
{
    if (conversation != NULL) {
        conversation_done(conversation);
        free(conversation->again);
        free(conversation);
    }
}

bool
conversation_is_broken(const struct conversation *conversation)
{
    return conversation->broken;
}

uint64_t
conversation_number(struct conversation *conversation)
{
    return ++conversation->changes;
}

void
conversation_send(struct conversation *conversation, const struct od_command *command)
{
    if (!conversation->send(conversation->player, command)) {
        conversation->broken = true;
    }
}

struct answer *
conversation_expect(struct conversation *conversation, const char *id, const char *command,
                    const char *line, int repeats)
{
    struct answer *answer = &conversation->answer;
    conversation->awaits = true;
    answer->repeats = repeats;
    snprintf(answer->id, sizeof answer->id, "%s", id);
    snprintf(answer->command, sizeof answer->command, "%s", command);
    answer->line = line != NULL ? strdup(line) : NULL;
    return answer;
}

void
conversation_ask(struct conversation *conversation, struct od_command *command)
{
    conversation->answer.request = ++conversation->requests;
    command->request = conversation->answer.request;
    conversation_send(conversation, command);
}

void
conversation_hand_over(struct conversation *conversation, struct od_take *take,
                       struct od_command command)
{
    command.kind = OD_COMMAND_PROGRAM;
    command.program = od_take_program(take);
    conversation->answer.take = take; /* the reference that came */
    od_take_ref(take);                /* one for the player, given back when it retires */
    conversation_ask(conversation, &command);
}

void
timed_clear(struct timed *timed)
{
    free(timed->text);
    od_shared_score_unref(timed->score);
    od_take_unref(timed->base);
    *timed = (struct timed){0};
}

struct answer *
conversation_awaits(struct conversation *conversation)
{
    return conversation->awaits ? &conversation->answer : NULL;
}

bool
conversation_is_answer(const struct conversation *conversation, const struct od_notice *notice)
{
    return conversation->awaits && notice->request != 0 &&
           notice->request == conversation->answer.request;
}

void
conversation_done(struct conversation *conversation)
{
    struct answer *answer = &conversation->answer;
    free(answer->line);
    free(answer->port);
    timed_clear(&answer->timed);
    outcome_clear(&answer->outcome);
    od_take_unref(answer->take);
    *answer = (struct answer){0};
    conversation->awaits = false;
}

void
conversation_repeat(struct conversation *conversation, int repeats)
{
    conversation->again = conversation->answer.line;
    conversation->repeats = repeats;
    conversation->by_osc = conversation->answer.by_osc;
    conversation->answer.line = NULL;
    conversation_done(conversation);
}

char *
conversation_take_line(struct conversation *conversation, int *repeats, bool *by_osc)
{
    char *line = conversation->again;
    *repeats = conversation->repeats;
    *by_osc = conversation->by_osc;
    conversation->again = NULL;
    return line;
}
