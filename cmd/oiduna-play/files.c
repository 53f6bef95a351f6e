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

void
files_playing(struct control *control, const struct od_take *take)
{
    for (size_t i = 0; i < control->list.n && control->list.takes != NULL; i++) {
        if (control->list.takes[i] == take) {
            control->list_playing = i;
        }
    }
}

static void
hand_over_next(struct control *control, bool at_bar)
{
    struct od_command command;
    if (od_playlist_next(&control->list, &command)) {
        struct od_take *take = control->list.takes[control->list.next - 1];
        od_take_program(take)->change = ++control->changes;
        od_take_program(take)->lineage = control->changes;
        od_take_ref(take);
        command.when = at_bar ? OD_WHEN_BAR : command.when;
        answers_send(control, &command);
    }
}

void
files_next(struct control *control)
{
    hand_over_next(control, false);
}

/* The score that plays is over before the next bar: the one behind it is what counts. */
static bool
is_nearly_over(const struct control *control, size_t playing)
{
    int64_t bar = (control->position / OD_BAR_STEPS + 1) * OD_BAR_STEPS;
    return control->state == OD_PLAYING && playing + 1 < control->list.n &&
           bar >= od_playlist_begin(&control->list, playing + 1);
}

/* HUP: the files are read again; what plays now is replaced at the next bar. */
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
    size_t now_playing = control->list_playing < n ? control->list_playing : n - 1;
    control->list.n = n;
    control->list.next = now_playing;
    if (is_nearly_over(control, now_playing)) {
        control->list.next++;
        files_next(control);
    } else {
        hand_over_next(control, true);
    }
}
