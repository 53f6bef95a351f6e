#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "say.h"
#include "world/cli.h"

#define READ_PIECE ((size_t)64 * 1024)
#define HALF_WAITS (2 * OD_NSEC_PER_SEC) /* so long half a line or score is nothing strange */

void
input_read(struct control *control)
{
    static char piece[READ_PIECE];
    ssize_t size = read(STDIN_FILENO, piece, sizeof piece);
    control->half_told = OD_NSEC_NEVER;
    if (size > 0) {
        control->half_told = od_clock_now() + HALF_WAITS;
        if (!od_stream_feed(&control->stream, piece, (size_t)size)) {
            say_error(control, NULL, "", "OUT_OF_MEMORY", "out of memory: input is lost");
        }
    } else if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
        control->reading = false;
    }
}

/* A score that did not come whole is the one that score-id and apply spoke of all the same. */
static void
refuse_score(struct control *control, const char *code, const char *text)
{
    say_error(control, control->next_id, "score", code, "%s", text);
    commands_forget_next(control);
}

static void
do_item(struct control *control, struct od_stream_item *item)
{
    switch (item->kind) {
    case OD_STREAM_LINE:
        commands_line(control, item->line, 0);
        break;
    case OD_STREAM_SCORE:
        commands_score(control, item->score, item->length);
        break;
    case OD_STREAM_TOO_LONG:
        say_error(control, NULL, "", "LINE_TOO_LONG",
                  "a line is longer than %zu bytes: it is dropped", OD_LINE_MAX);
        break;
    case OD_STREAM_BAD_SCORE:
        refuse_score(control, "BAD_SCORE", item->error);
        break;
    case OD_STREAM_NO_MEMORY:
        refuse_score(control, "OUT_OF_MEMORY", "out of memory: a score is dropped");
        break;
    case OD_STREAM_MORE:
        break;
    }
}

/* At the end of input: a line that nothing ended is done as a shell does it, but not in silence. */
static bool
end_line(struct control *control)
{
    if (control->reading || !od_stream_end(&control->stream)) {
        return false;
    }
    say_warning(control, "INPUT_HALF", 0,
                "the last line ended without a line feed; it is done all the same");
    return true;
}

/* Commands are done one after another, each when the one before has its answer. */
void
input_do(struct control *control)
{
    while (!control->answer.active && !control->ending) {
        if (control->queued > 0) {
            char *line = control->queue[0];
            control->queued--;
            memmove(control->queue, control->queue + 1, control->queued * sizeof line);
            commands_line(control, line, 0);
            free(line);
            continue;
        }
        struct od_stream_item item = od_stream_next(&control->stream);
        if (item.kind == OD_STREAM_MORE && !end_line(control)) {
            return;
        }
        do_item(control, &item);
    }
}

/* The input is over and all of it is done: play on, or end. */
void
input_at_end(struct control *control)
{
    if (control->reading || control->answer.active || control->ending ||
        control->options->n_scores > 0 || control->input_ended) {
        return;
    }
    control->input_ended = true;
    if (od_stream_cut(&control->stream)) {
        refuse_score(control, "BAD_SCORE", "the input ended in mid-score, which is dropped");
    }
    bool can_be_started = control->osc_server != NULL && !control->options->quit_on_eof;
    bool empty = control->current == NULL && control->pending.take == NULL;
    if (can_be_started) {
        return;
    }
    if (empty && !control->options->quit_on_eof) {
        display_clear(&control->display);
        control->exit_status =
            od_cli_fail(OD_EDATA, "<stdin>: the input ended and no score had come");
    }
    if (control->options->quit_on_eof || !control->plays) {
        control_end(control, "eof");
    }
}

void
input_osc(void *context, const char *path, const char *types, const struct od_osc_arg *args,
          size_t n_args)
{
    struct control *control = context;
    struct od_buf line = {0};
    if (!commands_from_osc(path, types, args, n_args, &line) || control->queued == CONTROL_QUEUE) {
        control->queue_dropped++;
        od_buf_clear(&line);
        return;
    }
    control->queue[control->queued++] = (char *)line.data;
}

uint64_t
input_ignored(const struct control *control)
{
    uint64_t malformed =
        control->osc_server != NULL ? od_osc_server_malformed(control->osc_server) : 0;
    return malformed + control->queue_dropped;
}
