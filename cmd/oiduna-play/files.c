#include "files.h"

#include <stdlib.h>

#include "answers.h"
#include "say.h"

int
files_load(struct control *control)
{
    const struct options *options = control->options;
    control->list.loops = options->loops;
    control->list.bars = options->bars;
    if (options->n_scores == 0) {
        control->list.n = options->loops > 0 || options->bars > 0 ? 1 : 0;
        return 0;
    }
    return setup_takes(&control->setup, options, &control->list.takes, &control->list.n);
}

static void
send(struct control *control, struct od_command *command, size_t i)
{
    struct od_take *take = control->list.takes[i];
    od_take_program(take)->change = ++control->changes;
    od_take_program(take)->lineage = control->changes;
    od_take_ref(take);
    control->list_handed = take;
    answers_send(control, command);
}

/* The next is to follow; there may be none. */
static void
hand_over_next(struct control *control)
{
    struct od_command command;
    control->list_handed = NULL;
    if (od_playlist_next(&control->list, &command)) {
        send(control, &command, control->list.next - 1);
    } else {
        command = (struct od_command){.kind = OD_COMMAND_FOLLOW};
        answers_send(control, &command);
    }
}

void
files_begin(struct control *control)
{
    hand_over_next(control);
}

void
files_playing(struct control *control, const struct od_take *take)
{
    for (size_t i = 0; take == control->list_handed && i < control->list.n; i++) {
        if (control->list.takes[i] == take) {
            bool follows = i != control->list_playing;
            control->list_playing = i;
            control->list_began += follows ? od_playlist_length(&control->list) : 0;
            control->list.next = i + 1;
            hand_over_next(control);
            return;
        }
    }
}

/* The score that plays is over before the next bar: the one behind it is what counts. */
static bool
is_nearly_over(const struct control *control, size_t playing)
{
    int64_t bar = (control->position / OD_BAR_STEPS + 1) * OD_BAR_STEPS;
    return control->state == OD_PLAYING && playing + 1 < control->list.n &&
           bar >= control->list_began + od_playlist_length(&control->list);
}

/* What plays now is replaced at the next bar; what follows, at once. */
static void
replace(struct control *control, size_t playing)
{
    struct od_command command = {.kind = OD_COMMAND_PROGRAM,
                                 .owner = OD_OWNER_LIST,
                                 .when = OD_WHEN_BAR,
                                 .program = od_take_program(control->list.takes[playing])};
    control->list_playing = playing;
    control->list.next = playing + 1;
    if (is_nearly_over(control, playing)) {
        hand_over_next(control);
        return;
    }
    const struct od_command nothing = {.kind = OD_COMMAND_FOLLOW};
    answers_send(control, &nothing);
    send(control, &command, playing);
}

void
files_reload(struct control *control)
{
    struct od_take **takes;
    size_t n;
    if (control->options->n_scores == 0) {
        say_warning(control, "BAD_SCORE", 0, "no score files to read again: playing on as before");
        return;
    }
    display_clear(&control->display); /* what is wrong with a file is said there */
    if (setup_takes(&control->setup, control->options, &takes, &n) != 0) {
        say_warning(control, "BAD_SCORE", 0, "the score files are not taken: playing on as before");
        return;
    }
    for (size_t i = 0; i < control->list.n; i++) {
        od_take_unref(control->list.takes[i]);
    }
    free(control->list.takes);
    control->list.takes = takes;
    control->list.n = n;
    replace(control, control->list_playing < n ? control->list_playing : n - 1);
}
