#include "following.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compile.h"
#include "text/texts.h"
#include "world/cli.h"
#include "world/clock.h"
#include "world/follow.h"

#define PIECE ((size_t)64 * 1024)
#define HALF_AFTER                                                                                 \
    OD_NSEC_PER_SEC /* a text that has begun waits that long for its end, silently                 \
                     */

/* What was said of an input last. */
struct said {
    enum {
        SAID_NOTHING,
        SAID_FAULTS,
        SAID_GONE
    } what;
    struct od_buf report;
};

struct following {
    const struct options *options;
    struct od_follow *files;
    const char *names[OD_FOLLOW_MAX]; /* by the number that `files` has for it */
    struct said said[OD_FOLLOW_MAX];
    size_t n_files;
    struct od_texts texts; /* of standard input */
    struct said said_piped;
    bool reading;      /* standard input has not ended */
    od_nsec half_told; /* when it is told that half a text waits; OD_NSEC_NEVER */
    enum od_status piped_status;
    bool ending;
    int exit_status;
};

enum {
    POLL_INPUT,
    POLL_FILES,
    POLL_OUTPUT,
    N_POLL
};

static void
end(struct following *following, int exit_status)
{
    following->ending = true;
    following->exit_status = exit_status;
}

/* ---- what is said ---- */

static bool
is_same(const struct od_buf *a, const struct od_buf *b)
{
    return a->length == b->length && (a->length == 0 || memcmp(a->data, b->data, a->length) == 0);
}

/* Whoever shows the faults in an editor takes them away at this line. Of a pipe it tells people
 * nothing: whose file it was made of says that itself. */
static void
say_mended(const struct following *following, const char *name, const char *how)
{
    struct od_buf line = {0};
    if (!following->options->diagnostics_json) {
        if (strcmp(name, od_cli_input_name(NULL)) != 0) {
            od_cli_message("%s is %s", name, how);
        }
        return;
    }
    od_buf_printf(&line, "{\"severity\":\"ok\",\"message\":\"%s\",\"file\":", how);
    od_buf_json_string(&line, name);
    od_buf_printf(&line, ",\"line\":1,\"column\":1,\"pointer\":\"\",\"code\":\"mended\"}\n");
    if (!line.failed && od_cli_takes()) {
        od_cli_text(line.data, line.length);
    }
    od_buf_clear(&line);
}

/* Once: who saves again without mending knows it already. Takes the report over. */
static void
say_report(const struct following *following, struct said *said, const char *name,
           struct outcome *outcome)
{
    const struct od_buf *report = &outcome->report;
    bool faults = report->length > 0 || outcome->status != OD_OK;
    bool news = said->what != SAID_FAULTS || !is_same(report, &said->report);
    if (faults && news && report->length > 0 && od_cli_takes()) {
        od_cli_text(report->data, report->length);
    }
    if (outcome->status == OD_ENOMEM) {
        od_cli_message("%s: %s", name, od_status_text(OD_ENOMEM));
    }
    if (!faults && said->what != SAID_NOTHING) {
        say_mended(following, name, said->what == SAID_GONE ? "there" : "mended");
    }
    said->what = faults ? SAID_FAULTS : SAID_NOTHING;
    od_buf_clear(&said->report);
    said->report = outcome->report;
    outcome->report = (struct od_buf){0};
}

/* ---- what is compiled ---- */

/* A file that cannot be written may be another time; a pipe is the only one there is. */
static void
put(struct following *following, const struct od_buf *score)
{
    int exit_status = compile_write(following->options, score);
    if (exit_status != 0 && following->options->output == NULL) {
        end(following, exit_status);
    }
}

static enum od_status
compile(struct following *following, struct said *said, const struct od_source *source)
{
    struct outcome outcome = {0};
    compile_text(following->options, source, &outcome);
    say_report(following, said, source->file, &outcome);
    if (outcome.status == OD_OK && following->options->action == ACTION_COMPILE) {
        put(following, &outcome.score);
    }
    enum od_status status = outcome.status;
    outcome_clear(&outcome);
    return status;
}

/* That it is there is told when it is. */
static void
lose_file(struct following *following, size_t file)
{
    following->said[file].what = SAID_GONE;
    od_buf_clear(&following->said[file].report);
}

static void
compile_file(struct following *following, size_t file)
{
    struct od_buf text = {0};
    const char *name = following->names[file];
    if (od_cli_read(name, &text) == OD_OK) {
        const struct od_source source = {name, (const char *)text.data, text.length};
        compile(following, &following->said[file], &source);
    } else {
        lose_file(following, file);
    }
    od_buf_clear(&text);
}

static void
take_files(struct following *following)
{
    size_t file;
    while (!following->ending) {
        switch (od_follow_next(following->files, &file)) {
        case OD_FOLLOW_SAVED:
            compile_file(following, file);
            break;
        case OD_FOLLOW_GONE:
            od_cli_message("%s is not there: it is compiled when it is", following->names[file]);
            lose_file(following, file);
            break;
        case OD_FOLLOW_ODD:
            od_cli_message("%s is no regular file: it is compiled when it is one",
                           following->names[file]);
            lose_file(following, file);
            break;
        case OD_FOLLOW_NOTHING:
            return;
        }
    }
}

/* ---- standard input ---- */

static void
compile_piped(struct following *following, const struct od_text *text)
{
    const struct od_source source = {od_cli_input_name(NULL), text->bytes, text->length};
    following->piped_status = compile(following, &following->said_piped, &source);
}

static void
take_texts(struct following *following)
{
    struct od_text text;
    while (!following->ending && od_texts_next(&following->texts, &text)) {
        compile_piped(following, &text);
    }
    bool half = od_texts_waiting(&following->texts) > 0;
    following->half_told = half ? od_clock_now() + HALF_AFTER : OD_NSEC_NEVER;
}

static void
end_input(struct following *following)
{
    struct od_text text;
    following->reading = false;
    following->half_told = OD_NSEC_NEVER;
    if (!following->ending && od_texts_end(&following->texts, &text)) {
        compile_piped(following, &text);
    }
    if (!following->ending && following->n_files == 0) {
        end(following, od_status_exit(following->piped_status));
    }
}

static void
read_input(struct following *following)
{
    static char piece[PIECE];
    ssize_t size = read(STDIN_FILENO, piece, sizeof piece);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    if (size < 0) {
        od_cli_message("cannot read %s: %s", od_cli_input_name(NULL), strerror(errno));
        following->piped_status = OD_EIO;
    }
    if (size <= 0) {
        end_input(following);
    } else if (!od_texts_feed(&following->texts, piece, (size_t)size)) {
        end(following, od_cli_fail(OD_ENOMEM, "%s", od_status_text(OD_ENOMEM)));
    } else if (od_texts_waiting(&following->texts) > OD_CLI_INPUT_MAX) {
        end(following, od_cli_fail(OD_EDATA, "%s: longer than %zu MiB", od_cli_input_name(NULL),
                                   OD_CLI_INPUT_MAX >> 20));
    } else {
        take_texts(following);
    }
}

static void
watch_half(struct following *following)
{
    if (od_clock_now() < following->half_told) {
        return;
    }
    following->half_told = OD_NSEC_NEVER;
    od_cli_message("%s: half a JSON text has come; all that follows is taken for the rest of it",
                   od_cli_input_name(NULL));
}

/* ---- the loop ---- */

static void
fill_polls(const struct following *following, struct pollfd polls[N_POLL])
{
    bool pipes = following->options->output == NULL && following->options->action == ACTION_COMPILE;
    polls[POLL_INPUT] = (struct pollfd){following->reading ? STDIN_FILENO : -1, POLLIN, 0};
    polls[POLL_FILES] =
        (struct pollfd){following->n_files > 0 ? od_follow_fd(following->files) : -1, POLLIN, 0};
    polls[POLL_OUTPUT] = (struct pollfd){pipes ? STDOUT_FILENO : -1, 0, 0};
}

static void
follow(struct following *following)
{
    struct pollfd polls[N_POLL];
    while (!following->ending) {
        fill_polls(following, polls);
        bool waits = following->half_told != OD_NSEC_NEVER;
        if (poll(polls, N_POLL, waits ? (int)(HALF_AFTER / OD_NSEC_PER_MS) : -1) < 0 &&
            errno != EINTR) {
            end(following, od_cli_fail(OD_EBUG, "poll: %s", strerror(errno)));
        } else if ((polls[POLL_OUTPUT].revents & (POLLERR | POLLHUP)) != 0) {
            end(following, 0); /* who played has ended, with every score that was sent */
        } else {
            if (polls[POLL_INPUT].revents != 0) {
                read_input(following);
            }
            if (polls[POLL_FILES].revents != 0) {
                take_files(following);
            }
            watch_half(following);
        }
    }
}

static int
open_inputs(struct following *following)
{
    char error[OD_FOLLOW_ERROR_SIZE];
    enum od_status status = od_follow_new(&following->files, error);
    for (size_t i = 0; status == OD_OK && i < following->options->n_inputs; i++) {
        const char *input = following->options->inputs[i];
        if (od_cli_is_stdin(input)) {
            following->reading = true;
            continue;
        }
        following->names[following->n_files] = input;
        following->n_files++;
        status = od_follow_add(following->files, input, error);
    }
    return status == OD_OK ? 0 : od_cli_fail(status, "%s", error);
}

static void
clear(struct following *following)
{
    od_follow_free(following->files);
    for (size_t i = 0; i < following->n_files; i++) {
        od_buf_clear(&following->said[i].report);
    }
    od_buf_clear(&following->said_piped.report);
    od_texts_clear(&following->texts);
}

int
following_run(const struct options *options)
{
    struct following *following = calloc(1, sizeof *following);
    if (following == NULL) {
        return od_cli_fail(OD_ENOMEM, "%s", od_status_text(OD_ENOMEM));
    }
    following->options = options;
    following->half_told = OD_NSEC_NEVER;
    od_cli_never_wait();
    int exit_status = open_inputs(following);
    if (exit_status == 0) {
        follow(following);
        exit_status = following->exit_status;
    }
    clear(following);
    free(following);
    return exit_status;
}
