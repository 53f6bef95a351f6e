#include "script.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "control/stream.h"
#include "input.h"

/* What was taken over, and from which generation on it plays. */
struct played {
    uint32_t generation;
    struct od_take *take; /* counted */
};

struct script {
    const struct options *options;
    struct engine
        *engine; /* nothing runs in it: what is asked of it answers that nothing is there */
    struct speech speech;
    struct session_state session;
    struct following following;
    struct songs songs;
    struct view view;
    struct status status;
    struct ending ending;
    struct desk desk;
    struct partners *partners;
    struct input *input;
    struct checks checks;
    struct od_player *player;
    od_nsec now;
    struct od_buf notices; /* struct od_notice, not dealt with yet */
    size_t dealt;          /* bytes of them */
    struct od_buf played;  /* struct played */
    bool begun;
    int64_t steps;
};

bool
script_is(const struct od_buf *bytes)
{
    struct od_stream stream = {0};
    bool score = false;
    bool line = false;
    bool session = false;
    if (od_stream_feed(&stream, bytes->data, bytes->length)) {
        struct od_stream_item item = od_stream_next(&stream);
        for (; item.kind != OD_STREAM_MORE && item.kind != OD_STREAM_NO_MEMORY;
             item = od_stream_next(&stream)) {
            score = score || item.kind == OD_STREAM_SCORE;
            line = line || item.kind == OD_STREAM_LINE;
            session = session || (item.kind == OD_STREAM_LINE && item.line[0] == '{');
            free(item.kind == OD_STREAM_SCORE ? item.score : NULL);
        }
    }
    od_stream_clear(&stream);
    return score && line && !session;
}

/* The start is the run's own matter. */
static bool
send_to_player(void *context, const struct od_command *command)
{
    struct script *script = context;
    if (script->player == NULL) {
        od_take_unref(command->program != NULL ? od_take_of(command->program) : NULL);
        return true;
    }
    if (command->kind == OD_COMMAND_START && command->when == OD_WHEN_NOW && !script->begun) {
        struct od_notice done = od_state_notice(script->player, OD_NOTICE_DONE, script->now);
        done.request = command->request;
        script_notice(script, &done);
        return true;
    }
    od_player_command(script->player, command, script->now);
    return true;
}

struct script *
script_new(const struct options *options, const struct setup *setup, const struct od_buf *bytes)
{
    struct script *script = calloc(1, sizeof *script);
    if (script == NULL) {
        return NULL;
    }
    struct speech *speech = &script->speech;
    script->options = options;
    script->steps = INT64_MAX;
    /* What will not be heard on this machine matters to nobody here. */
    script->checks = (struct checks){.no_midi = true, .no_events = true, .dense = UINT_MAX};
    say_init(speech, false, options->quiet);
    session_state_init(&script->session, options->bpm);
    script->engine = engine_new();
    if (script->engine == NULL) {
        script_free(script);
        return NULL;
    }
    struct desk *desk = &script->desk;
    *desk = (struct desk){.options = options,
                          .setup = setup,
                          .engine = script->engine,
                          .speech = speech,
                          .session = &script->session,
                          .conversation = conversation_new(send_to_player, script),
                          .connections = connections_new(options, script->engine, speech),
                          .following = &script->following,
                          .songs = &script->songs,
                          .status = &script->status,
                          .ending = &script->ending};
    desk->files = files_new(options, setup, speech, desk->conversation);
    script->songs =
        (struct songs){.setup = setup, .speech = speech, .conversation = desk->conversation};
    script->status = (struct status){speech,         &script->session,   desk->connections,
                                     script->engine, &script->following, &script->songs,
                                     &script->view,  &desk->waiting};
    script->partners = partners_new(desk);
    script->input = input_new(desk, script->partners);
    if (desk->conversation == NULL || desk->connections == NULL || desk->files == NULL ||
        script->partners == NULL || script->input == NULL) {
        script_free(script);
        return NULL;
    }
    input_feed(script->input, bytes->data, bytes->length);
    input_feed(script->input, NULL, 0);
    return script;
}

static void
take_notices(struct script *script)
{
    while (script->dealt < script->notices.length) {
        struct od_notice notice;
        memcpy(&notice, script->notices.data + script->dealt, sizeof notice);
        script->dealt += sizeof notice;
        answers_take(&script->desk, &script->checks, &notice);
    }
    script->notices.length = 0;
    script->dealt = 0;
}

void
script_free(struct script *script)
{
    if (script == NULL) {
        return;
    }
    script->player = NULL;
    if (script->desk.conversation != NULL && script->desk.files != NULL) {
        take_notices(script);
    }
    for (size_t at = 0; at < script->played.length; at += sizeof(struct played)) {
        od_take_unref(((struct played *)(void *)(script->played.data + at))->take);
    }
    engine_free(script->engine);
    input_free(script->input);
    partners_free(script->partners);
    files_free(script->desk.files);
    connections_free(script->desk.connections);
    conversation_free(script->desk.conversation);
    waiting_clear(&script->desk.waiting);
    songs_clear(&script->songs);
    session_state_clear(&script->session);
    od_buf_clear(&script->notices);
    od_buf_clear(&script->played);
    view_clear(&script->view);
    say_clear(&script->speech);
    free(script);
}

void
script_notice(struct script *script, const struct od_notice *notice)
{
    if (notice->kind == OD_NOTICE_APPLIED) {
        const struct played played = {notice->program->generation, od_take_of(notice->program)};
        od_take_ref(played.take);
        od_buf_append(&script->played, &played, sizeof played);
    }
    od_buf_append(&script->notices, notice, sizeof *notice);
}

/* It ends where it is told to, else with the loop that holds what is done last. */
static int64_t
end_of(const struct script *script)
{
    const struct options *options = script->options;
    const struct waiting *waiting = &script->desk.waiting;
    if (options->loops > 0 || options->bars > 0) {
        return files_steps(script->desk.files);
    }
    int64_t last = script->session.ramped - 1;
    for (size_t i = 0; i < waiting->n; i++) {
        const struct waiting_entry *entry = &waiting->entries[i];
        int64_t end = entry->step + (entry->timed.over > 0 ? entry->timed.over - 1 : 0);
        last = end > last ? end : last;
    }
    return ((last > 0 ? last : 0) / OD_STEPS + 1) * OD_STEPS;
}

void
script_turn(struct script *script, struct od_player *player, od_nsec now)
{
    script->player = player;
    script->engine->counts = &player->counts;
    script->now = now;
    do {
        take_notices(script);
        input_do(script->input);
    } while (script->notices.length > 0);
    if (!script->begun) {
        script->begun = true;
        script->steps = script->ending.begun ? 0 : end_of(script);
        const struct od_command end = {.kind = OD_COMMAND_END, .place = script->steps};
        od_player_command(player, &end, now);
    }
}

int64_t
script_steps(const struct script *script)
{
    return script->steps;
}

struct od_take *
script_take(const struct script *script, uint32_t generation)
{
    const struct played *played = (const void *)script->played.data;
    size_t n = script->played.length / sizeof *played;
    while (n > 1 && played[n - 1].generation > generation) {
        n--;
    }
    return played[n - 1].take;
}

enum od_status
script_status(const struct script *script)
{
    bool memory = !script->notices.failed && !script->played.failed;
    return !memory ? OD_ENOMEM : script->speech.errors > 0 ? OD_EDATA : OD_OK;
}
