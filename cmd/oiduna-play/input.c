#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "control/stream.h"
#include "world/cli.h"
#include "world/clock.h"
#include "world/osc_server.h"

#define READ_PIECE ((size_t)64 * 1024)
#define HALF_WAITS (2 * OD_NSEC_PER_SEC) /* so long half a line or score is nothing strange */
#define QUEUE      4096 /* command lines that came by OSC and wait; then they wait in the socket */

/* A line that did not come by standard input. */
struct queued {
    char *line; /* owned */
    bool osc;   /* else it was typed */
};

struct input {
    struct desk *desk;
    struct partners *partners;
    struct od_stream stream;
    bool reading;      /* standard input has not ended */
    bool ended;        /* its end was dealt with */
    od_nsec half_told; /* when it is told that half a line or score waits */
    struct od_osc_server *server;
    struct queued queue[QUEUE];
    size_t queued, dropped;
    bool osc_turn; /* it was the queue's */
    char piece[READ_PIECE];
};

struct input *
input_new(struct desk *desk, struct partners *partners)
{
    struct input *input = calloc(1, sizeof *input);
    if (input != NULL) {
        input->desk = desk;
        input->partners = partners;
        input->half_told = OD_NSEC_NEVER;
    }
    return input;
}

void
input_free(struct input *input)
{
    if (input == NULL) {
        return;
    }
    for (size_t i = 0; i < input->queued; i++) {
        free(input->queue[i].line);
    }
    od_osc_server_free(input->server);
    od_stream_clear(&input->stream);
    free(input);
}

int
input_open(struct input *input)
{
    const struct options *options = input->desk->options;
    char error[OD_ERROR_MAX];
    if (options->control_port == 0) {
        return 0;
    }
    enum od_status status = od_osc_server_new(options->control_host, options->control_port,
                                              input_osc, input, &input->server, error);
    return status == OD_OK ? 0 : od_cli_fail(status, "--control-port: %s", error);
}

struct od_osc_server *
input_server(const struct input *input)
{
    return input->server;
}

void
input_begin(struct input *input)
{
    input->reading = true;
}

static bool
is_awaited(const struct input *input)
{
    return conversation_awaits(input->desk->conversation) != NULL;
}

int
input_fd(const struct input *input)
{
    return input->reading && !is_awaited(input) ? STDIN_FILENO : -1;
}

int
input_osc_fd(const struct input *input)
{
    return input->server != NULL && input->queued < QUEUE ? od_osc_server_fd(input->server) : -1;
}

void
input_feed(struct input *input, const void *bytes, size_t size)
{
    input->half_told = OD_NSEC_NEVER;
    if (size == 0) {
        input->reading = false;
        return;
    }
    input->desk->arrived = od_clock_now();
    input->half_told = input->desk->arrived + HALF_WAITS;
    if (!od_stream_feed(&input->stream, bytes, size)) {
        say_error(input->desk->speech, NULL, "", "OUT_OF_MEMORY", "out of memory: input is lost");
    }
}

void
input_read(struct input *input)
{
    ssize_t size = read(STDIN_FILENO, input->piece, sizeof input->piece);
    if (size >= 0) {
        input_feed(input, input->piece, (size_t)size);
    } else if (errno != EINTR && errno != EAGAIN) {
        say_warning(input->desk->speech, "INPUT_ERROR", 0,
                    "standard input cannot be read: %s; it is as if it had ended", strerror(errno));
        input_feed(input, NULL, 0);
    }
}

/* A score that did not come whole is the one that score-id and apply spoke of all the same. */
static void
refuse_score(struct desk *desk, const char *code, const char *text)
{
    say_error(desk->speech, desk->next.id, "score", code, "%s", text);
    commands_forget_next(desk);
}

static void
do_item(struct desk *desk, struct od_stream_item *item)
{
    switch (item->kind) {
    case OD_STREAM_LINE:
        if (strlen(item->line) < item->length) {
            commands_refuse_nul(desk, item->line);
        } else {
            commands_line(desk, item->line, 0);
        }
        break;
    case OD_STREAM_SCORE:
        commands_score(desk, item->score, item->length);
        break;
    case OD_STREAM_TOO_LONG:
        say_error(desk->speech, NULL, "", "LINE_TOO_LONG",
                  "a line is longer than %zu bytes: it is dropped", OD_LINE_MAX);
        break;
    case OD_STREAM_BAD_SCORE:
        refuse_score(desk, "BAD_SCORE", item->error);
        break;
    case OD_STREAM_NO_MEMORY:
        refuse_score(desk, "OUT_OF_MEMORY", "out of memory: a score is dropped");
        break;
    case OD_STREAM_MORE:
        break;
    }
}

/* At the end of input: a line that nothing ended is done as a shell does it, but not in silence. */
static bool
end_line(struct input *input)
{
    if (input->reading || !od_stream_end(&input->stream)) {
        return false;
    }
    say_warning(input->desk->speech, "INPUT_HALF", 0,
                "the last line ended without a line feed; it is done all the same");
    return true;
}

static void
do_line(struct input *input, char *line, int repeats, bool by_osc)
{
    struct speech *speech = input->desk->speech;
    speech->by_osc = by_osc;
    commands_line(input->desk, line, repeats);
    speech->by_osc = false;
    free(line);
}

/* A line that is to be done again goes before all that came after it. */
static bool
do_again(struct input *input)
{
    int repeats;
    bool by_osc;
    char *line = conversation_take_line(input->desk->conversation, &repeats, &by_osc);
    if (line != NULL) {
        do_line(input, line, repeats, by_osc);
    }
    return line != NULL;
}

static bool
do_osc(struct input *input)
{
    if (input->queued == 0) {
        return false;
    }
    const struct queued first = input->queue[0];
    input->queued--;
    memmove(input->queue, input->queue + 1, input->queued * sizeof first);
    do_line(input, first.line, 0, first.osc);
    return true;
}

static bool
do_stream(struct input *input)
{
    struct od_stream_item item = od_stream_next(&input->stream);
    if (item.kind == OD_STREAM_MORE && !end_line(input)) {
        return false;
    }
    do_item(input->desk, &item);
    return true;
}

/* By turns: who floods one of the two does not shut out the other. */
void
input_do(struct input *input)
{
    bool some = true;
    while (some && !is_awaited(input) && !input->desk->ending->begun) {
        if (do_again(input)) {
            continue;
        }
        input->osc_turn = !input->osc_turn;
        some =
            input->osc_turn ? do_osc(input) || do_stream(input) : do_stream(input) || do_osc(input);
    }
}

static bool
is_named_fifo(void)
{
    char name[2];
    struct stat info;
    return fstat(STDIN_FILENO, &info) == 0 && S_ISFIFO(info.st_mode) &&
           readlink("/proc/self/fd/0", name, sizeof name) > 0 && name[0] == '/';
}

/* A FIFO is written again and again, by one after the other: what the next one writes is read, too.
 */
static void
read_again(struct input *input)
{
    int fd = is_named_fifo() ? open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
    if (fd >= 0 && dup2(fd, STDIN_FILENO) >= 0) {
        input->reading = true;
        input->ended = false;
    }
    if (fd >= 0) {
        close(fd);
    }
}

void
input_at_end(struct input *input)
{
    struct desk *desk = input->desk;
    const struct session_state *session = desk->session;
    bool quits = desk->options->quit_on_eof;
    if (input->reading || is_awaited(input) || desk->ending->begun ||
        (desk->options->n_scores > 0 && !desk->options->then_stdin) || input->ended) {
        return;
    }
    input->ended = true;
    if (od_stream_cut(&input->stream)) {
        refuse_score(desk, "BAD_SCORE", "the input ended in mid-score, which is dropped");
    }
    bool can_be_started = input->server != NULL && !quits;
    bool empty = session->current == NULL && session->pending.take == NULL;
    if (can_be_started) {
        read_again(input);
        return;
    }
    if (empty && !quits) {
        display_clear(&desk->speech->display);
        desk->ending->exit_status =
            od_cli_fail(OD_EDATA, "<stdin>: the input ended and no score had come");
    }
    if (quits || !session->plays) {
        ending_begin(desk->ending, "eof");
    } else {
        read_again(input);
    }
}

/* ---- by OSC ---- */

static void
count_ignored(struct input *input)
{
    uint64_t malformed = input->server != NULL ? od_osc_server_malformed(input->server) : 0;
    input->desk->ignored = malformed + input->dropped;
}

/* What ends the sound comes before what waits, and finds room. */
static bool
is_urgent(const char *line)
{
    static const char *const urgent[] = {"stop", "panic", "midi-panic"};
    for (size_t i = 0; i < sizeof urgent / sizeof urgent[0]; i++) {
        if (strcmp(line, urgent[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Takes the line over. */
static void
enqueue(struct input *input, char *line, bool osc)
{
    bool urgent = is_urgent(line);
    if (input->queued == QUEUE) {
        input->dropped++;
        free(urgent ? input->queue[--input->queued].line : line);
        if (!urgent) {
            return;
        }
    }
    size_t place = urgent ? 0 : input->queued;
    memmove(input->queue + place + 1, input->queue + place,
            (input->queued - place) * sizeof input->queue[0]);
    input->queue[place] = (struct queued){line, osc};
    input->queued++;
}

void
input_type(struct input *input, const char *line)
{
    char *copy = strdup(line);
    input->desk->arrived = od_clock_now();
    if (copy == NULL) {
        say_error(input->desk->speech, NULL, "", "OUT_OF_MEMORY", "out of memory: a line is lost");
    } else {
        enqueue(input, copy, false);
    }
}

void
input_osc(void *context, const char *path, const char *types, const struct od_osc_arg *args,
          size_t n_args)
{
    struct input *input = context;
    struct od_buf line = {0};
    input->desk->arrived = od_clock_now();
    if (strcmp(path, "/oiduna/subscribe") == 0) {
        partners_ask(input->partners, types, args, n_args);
        return;
    }
    if (!commands_from_osc(path, types, args, n_args, &line)) {
        input->dropped++;
        od_buf_clear(&line);
    } else {
        enqueue(input, (char *)line.data, true);
    }
    count_ignored(input);
}

void
input_receive(struct input *input)
{
    (void)od_osc_server_receive(input->server, QUEUE - input->queued);
    count_ignored(input);
}

/* ---- what does not come ---- */

od_nsec
input_next(const struct input *input)
{
    return is_awaited(input) ? OD_NSEC_NEVER : input->half_told;
}

/* Whoever writes `printf quit` into a FIFO wonders why nothing happens. */
void
input_watch(struct input *input, od_nsec now)
{
    if (now < input_next(input)) {
        return;
    }
    input->half_told = OD_NSEC_NEVER;
    if (od_stream_cut(&input->stream)) {
        bool line = od_stream_in_line(&input->stream);
        say_warning(input->desk->speech, "INPUT_HALF", 0, "%s",
                    line ? "a line waits for its line feed; until then nothing behind it is done"
                         : "half a score has come; all that follows is taken for the rest of it");
    }
}
