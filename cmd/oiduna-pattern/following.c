#include "following.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compile.h"
#include "world/cli.h"
#include "world/follow.h"

struct following {
    const struct options *options;
    struct od_follow *files;
    bool there[INPUTS_MAX]; /* each file, when it was last looked at */
    enum {
        SAID_NOTHING,
        SAID_FAULTS,
        SAID_GONE
    } said_of[INPUTS_MAX]; /* each file last */
    struct od_buf said;    /* of the last text */
    bool ending;
    int exit_status;
};

enum {
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

static const char *
name(const struct following *following, size_t i)
{
    return following->options->inputs[i].path;
}

/* Whoever shows the faults in an editor takes them away at this line. */
static void
say_mended(const struct following *following, const char *file, const char *how)
{
    struct od_buf line = {0};
    if (!following->options->diagnostics_json) {
        od_cli_message("%s is %s", file, how);
        return;
    }
    od_buf_printf(&line, "{\"severity\":\"ok\",\"message\":\"%s\",\"file\":", how);
    od_buf_json_string(&line, file);
    od_buf_printf(&line, ",\"line\":1,\"column\":1,\"pointer\":\"\",\"code\":\"mended\"}\n");
    if (!line.failed && od_cli_takes()) {
        od_cli_text(line.data, line.length);
    }
    od_buf_clear(&line);
}

static void
say_of_files(struct following *following, const struct outcome *outcome)
{
    for (size_t i = 0; i < following->options->n_inputs; i++) {
        if (outcome->faulty[i]) {
            following->said_of[i] = SAID_FAULTS;
        } else if (outcome->judged && following->said_of[i] != SAID_NOTHING) {
            say_mended(following, name(following, i),
                       following->said_of[i] == SAID_GONE ? "there" : "mended");
            following->said_of[i] = SAID_NOTHING;
        }
    }
}

/* Once: who saves again without mending knows it already. */
static void
say(struct following *following, struct outcome *outcome)
{
    struct od_buf *report = &outcome->report, *said = &following->said;
    bool same = report->length == said->length &&
                (report->length == 0 || memcmp(report->data, said->data, said->length) == 0);
    if (report->length > 0 && !same && od_cli_takes()) {
        od_cli_text(report->data, report->length);
    }
    say_of_files(following, outcome);
    od_buf_clear(said);
    *said = *report;
    *report = (struct od_buf){0};
}

/* What is wrong with it is told again when it is there. */
static void
lose_file(struct following *following, size_t file)
{
    following->said_of[file] = SAID_GONE;
    od_buf_clear(&following->said);
}

static bool
all_there(const struct following *following)
{
    for (size_t i = 0; i < following->options->n_inputs; i++) {
        if (!following->there[i]) {
            return false;
        }
    }
    return true;
}

/* A file that cannot be written may be another time; a pipe is the only one there is. */
static void
compile(struct following *following)
{
    struct outcome outcome = {0};
    const struct options *options = following->options;
    compile_inputs(options, &outcome);
    say(following, &outcome);
    if (outcome.status == OD_OK && !options->check) {
        int exit_status = compile_write(options, &outcome.json);
        if (exit_status != 0 && options->output == NULL) {
            end(following, exit_status);
        }
    }
    outcome_clear(&outcome);
}

static void
take_files(struct following *following)
{
    size_t file;
    bool saved = false;
    for (enum od_follow_change change;
         (change = od_follow_next(following->files, &file)) != OD_FOLLOW_NOTHING;) {
        following->there[file] = change == OD_FOLLOW_SAVED;
        saved = saved || change == OD_FOLLOW_SAVED;
        if (change != OD_FOLLOW_SAVED) {
            lose_file(following, file);
        }
        if (change == OD_FOLLOW_GONE) {
            od_cli_message("%s is not there: it is compiled when it is", name(following, file));
        } else if (change == OD_FOLLOW_ODD) {
            od_cli_message("%s is no regular file: it is compiled when it is one",
                           name(following, file));
        }
    }
    if (saved && all_there(following)) {
        compile(following);
    }
}

static void
follow(struct following *following)
{
    const struct options *options = following->options;
    bool pipes = options->output == NULL && !options->check;
    struct pollfd polls[N_POLL] = {{od_follow_fd(following->files), POLLIN, 0},
                                   {pipes ? STDOUT_FILENO : -1, 0, 0}};
    while (!following->ending) {
        if (poll(polls, N_POLL, -1) < 0 && errno != EINTR) {
            end(following, od_cli_fail(OD_EBUG, "poll: %s", strerror(errno)));
        } else if ((polls[POLL_OUTPUT].revents & (POLLERR | POLLHUP)) != 0) {
            end(following, 0); /* who played has ended */
        } else {
            take_files(following);
        }
    }
}

int
following_run(const struct options *options)
{
    char error[OD_FOLLOW_ERROR_SIZE];
    struct following following = {.options = options};
    od_cli_never_wait();
    enum od_status status = od_follow_new(&following.files, error);
    for (size_t i = 0; status == OD_OK && i < options->n_inputs; i++) {
        status = od_follow_add(following.files, options->inputs[i].path, error);
    }
    if (status == OD_OK) {
        follow(&following);
    } else {
        following.exit_status = od_cli_fail(status, "%s", error);
    }
    od_follow_free(following.files);
    od_buf_clear(&following.said);
    return following.exit_status;
}
