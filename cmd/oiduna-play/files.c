#include "files.h"

#include <stdlib.h>

#include "control/playlist.h"
#include "control/song.h"

struct files {
    const struct options *options;
    const struct setup *setup;
    struct speech *speech;
    struct conversation *conversation;
    struct od_playlist list;
    size_t playing;               /* whose turn it is, whatever is heard */
    int64_t began;                /* the step at which its turn came */
    const struct od_take *handed; /* to the player: to follow, or at the next bar; or NULL */
    bool follows;                 /* it is to follow */
    int64_t streamed; /* without files: steps of the first score that came; 0 = its loops */
    bool came;
};

struct files *
files_new(const struct options *options, const struct setup *setup, struct speech *speech,
          struct conversation *conversation)
{
    struct files *files = calloc(1, sizeof *files);
    if (files != NULL) {
        files->options = options;
        files->setup = setup;
        files->speech = speech;
        files->conversation = conversation;
    }
    return files;
}

void
files_free(struct files *files)
{
    if (files != NULL) {
        setup_forget(&files->list);
        free(files);
    }
}

int
files_load(struct files *files)
{
    const struct options *options = files->options;
    files->list.loops = options->loops;
    files->list.bars = options->bars;
    if (options->n_scores == 0) {
        return 0;
    }
    return setup_takes(files->setup, options, NULL, &files->list);
}

static void
send(struct files *files, struct od_command *command, size_t i)
{
    struct od_take *take = files->list.takes[i];
    od_take_program(take)->change = conversation_number(files->conversation);
    od_take_program(take)->lineage = od_take_program(take)->change;
    od_take_ref(take);
    files->handed = take;
    files->follows = command->kind == OD_COMMAND_FOLLOW;
    conversation_send(files->conversation, command);
}

/* The next is to follow; there may be none. */
static void
hand_over_next(struct files *files)
{
    struct od_command command;
    files->handed = NULL;
    if (od_playlist_next(&files->list, &command)) {
        send(files, &command, files->list.next - 1);
    } else {
        command = (struct od_command){.kind = OD_COMMAND_FOLLOW};
        conversation_send(files->conversation, &command);
    }
}

int64_t
files_steps(const struct files *files)
{
    const struct options *options = files->options;
    int64_t length = files->streamed;
    const struct od_playlist streamed = {
        .n = 1, .lengths = &length, .loops = options->loops, .bars = options->bars};
    return od_playlist_steps(options->n_scores > 0 ? &files->list : &streamed);
}

static void
send_end(struct files *files)
{
    const struct od_command end = {.kind = OD_COMMAND_END, .place = files_steps(files)};
    if (end.place != INT64_MAX) {
        conversation_send(files->conversation, &end);
    }
}

struct od_take *
files_begin(struct files *files)
{
    send_end(files);
    if (files->list.takes == NULL) {
        return NULL;
    }
    hand_over_next(files);
    return files->list.takes[0];
}

/* Its place in the list; n if it is none of it, or not the one that was handed over. A change has
 * one number however often it was made anew. */
static size_t
place_of(const struct files *files, struct od_take *take)
{
    size_t i = 0;
    while (files->handed != NULL && i < files->list.n && files->list.takes[i] != files->handed) {
        i++;
    }
    bool handed = files->handed != NULL && i < files->list.n &&
                  od_take_program(take)->change == od_take_program(files->list.takes[i])->change;
    return handed ? i : files->list.n;
}

void
files_settle(struct files *files, struct od_take *current)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_take *take = NULL;
    size_t i = 0;
    while (files->handed != NULL && i < files->list.n && files->list.takes[i] != files->handed) {
        i++;
    }
    if (files->handed == NULL || i == files->list.n || files->handed == current ||
        od_take_is_after(files->handed, current) ||
        od_take_anew(files->handed, current, &take, error) != OD_OK) {
        return;
    }
    const struct od_command command = {.kind = OD_COMMAND_REPLACE,
                                       .change = od_take_program(take)->change,
                                       .program = od_take_program(take)};
    od_take_unref(files->list.takes[i]);
    files->list.takes[i] = take;
    files->handed = take;
    od_take_ref(take);
    conversation_send(files->conversation, &command);
}

void
files_stopped(struct files *files)
{
    files->began = 0;
}

/* The first score of a stream has as many loops, or passes of its song, as were asked for. */
static void
measure(struct files *files, const struct od_take *take)
{
    if (!files->came) {
        files->came = true;
        files->streamed = od_song_length(take, files->options->loops);
        send_end(files);
    }
}

void
files_playing(struct files *files, struct od_take *take)
{
    if (files->options->n_scores == 0) {
        measure(files, take);
        return;
    }
    size_t i = place_of(files, take);
    if (i < files->list.n) {
        bool follows = files->follows;
        files->began += follows ? od_playlist_length(&files->list, files->playing) : 0;
        files->playing = i;
        files->list.next = i + 1;
        hand_over_next(files);
    }
}

/* The score that plays is over before the next bar: the one behind it is what counts. */
static bool
is_nearly_over(const struct files *files, const struct session_state *session, size_t playing)
{
    int64_t bar = (session->position / OD_BAR_STEPS + 1) * OD_BAR_STEPS;
    return session->state == OD_PLAYING && playing + 1 < files->list.n &&
           bar >= files->began + od_playlist_length(&files->list, playing);
}

/* What plays now is replaced at the next bar; what follows, at once. */
static void
replace(struct files *files, const struct session_state *session, size_t playing)
{
    struct od_command command = {.kind = OD_COMMAND_PROGRAM,
                                 .owner = OD_OWNER_LIST,
                                 .when = OD_WHEN_BAR,
                                 .program = od_take_program(files->list.takes[playing])};
    files->playing = playing;
    files->list.next = playing + 1;
    if (is_nearly_over(files, session, playing)) {
        hand_over_next(files);
        return;
    }
    const struct od_command nothing = {.kind = OD_COMMAND_FOLLOW};
    conversation_send(files->conversation, &nothing);
    send(files, &command, playing);
}

void
files_reload(struct files *files, const struct session_state *session)
{
    struct od_playlist fresh = {.loops = files->list.loops, .bars = files->list.bars};
    if (files->options->n_scores == 0) {
        say_warning(files->speech, "BAD_SCORE", 0,
                    "no score files to read again: playing on as before");
        return;
    }
    display_clear(&files->speech->display); /* what is wrong with a file is said there */
    if (setup_takes(files->setup, files->options, NULL, &fresh) != 0) {
        say_warning(files->speech, "BAD_SCORE", 0,
                    "the score files are not taken: playing on as before");
        return;
    }
    setup_forget(&files->list);
    files->list = fresh;
    replace(files, session, files->playing < fresh.n ? files->playing : fresh.n - 1);
}
