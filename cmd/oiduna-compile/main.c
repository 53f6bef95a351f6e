/* Sessions in, scores out; or a score shown. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compile.h"
#include "control/dump.h"
#include "following.h"
#include "options.h"
#include "score/score.h"
#include "world/cli.h"
#include "world/follow.h"
#include "world/outfile.h"

static const char help[] =
    "usage: oiduna-compile [-o FILE] [--check] [--strict]\n"
    "                      [--diagnostics=text|json] [FILE|-]\n"
    "       oiduna-compile --follow [OPTION...] FILE...|-\n"
    "       oiduna-compile --dump [--json] [SCORE|-]\n"
    "\n"
    "Compiles a session (IR JSON) to a score for oiduna-play, or shows a score.\n"
    "Without FILE it reads standard input; without -o it writes standard output.\n"
    "\n"
    "  -o, --output FILE        write FILE, whole or not at all\n"
    "      --follow             compile each FILE again whenever it is saved\n"
    "  -c, --check              only judge the session, write nothing\n"
    "  -s, --strict             take warnings as errors\n"
    "      --diagnostics=text   findings for people, with place and caret (default)\n"
    "      --diagnostics=json   findings for programs, one JSON object a line\n"
    "      --told CODE,...      leave out warnings of these codes\n"
    "  -d, --dump               show what a score holds\n"
    "      --json               with --dump: all of it, as one JSON object\n"
    "  -h, --help               this text\n"
    "  -V, --version            version\n"
    "\n"
    "See oiduna-compile(1), oiduna-ir(5).\n";

enum {
    OPTION_DIAGNOSTICS = 256,
    OPTION_FOLLOW,
    OPTION_JSON,
    OPTION_TOLD
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"follow", no_argument, NULL, OPTION_FOLLOW},
    {"check", no_argument, NULL, 'c'},
    {"strict", no_argument, NULL, 's'},
    {"diagnostics", required_argument, NULL, OPTION_DIAGNOSTICS},
    {"told", required_argument, NULL, OPTION_TOLD},
    {"dump", no_argument, NULL, 'd'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

static int
set_action(struct options *options, enum action action)
{
    if (options->action != ACTION_COMPILE && options->action != action) {
        return od_cli_usage("--check and --dump exclude each other");
    }
    options->action = action;
    return 0;
}

static int
set_diagnostics(struct options *options, const char *format)
{
    options->given_diagnostics = true;
    options->diagnostics_json = strcmp(format, "json") == 0;
    if (!options->diagnostics_json && strcmp(format, "text") != 0) {
        return od_cli_usage("--diagnostics is 'text' or 'json', not '%s'", format);
    }
    return 0;
}

static bool
is_warning(const char *code, size_t length)
{
    static const char *const codes[] = {
        "deprecated",     "dense-step",
        "echo-unheard",   "hidden-parameter",
        "ignored",        "line-counts",
        "name-mismatch",  "near-parameter",
        "never",          "orbit",
        "orbit-range",    "orbit-shared",
        "range",          "reverb-unheard",
        "same-parameter", "same-track",
        "sample-colon",   "send-amount",
        "send-unheard",   "silent",
        "unknown-key",    "unknown-modulation",
        "unknown-scene",  "unknown-target",
        "unknown-track",  "zero-speed",
        "zero-sustain",
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strlen(codes[i]) == length && strncmp(codes[i], code, length) == 0) {
            return true;
        }
    }
    return false;
}

/* What oiduna-pattern tells itself, at its place in the text that people see. */
static const char of_pattern[] =
    "line-counts,near-parameter,orbit,range,silent,zero-speed,zero-sustain";

/* Of several the last counts, as of other options. */
static int
set_told(struct options *options, const char *codes)
{
    const char *at = codes;
    if (strcmp(codes, "pattern") == 0) {
        options->told = of_pattern;
        return 0;
    }
    for (bool more = true; more;) {
        size_t length = strcspn(at, ",");
        if (!is_warning(at, length)) {
            return od_cli_usage("--told: there is no warning '%.*s'", (int)length, at);
        }
        more = at[length] == ',';
        at += length + more;
    }
    options->told = codes;
    return 0;
}

static int
set_option(struct options *options, int option)
{
    switch (option) {
    case 'o':
        options->output = strcmp(optarg, "-") == 0 ? NULL : optarg;
        return optarg[0] != '\0' ? 0 : od_cli_usage("-o needs the name of a file");
    case OPTION_FOLLOW:
        options->follow = true;
        return 0;
    case 'c':
        return set_action(options, ACTION_CHECK);
    case 's':
        options->strict = true;
        return 0;
    case OPTION_DIAGNOSTICS:
        return set_diagnostics(options, optarg);
    case OPTION_TOLD:
        return set_told(options, optarg);
    case 'd':
        return set_action(options, ACTION_DUMP);
    case OPTION_JSON:
        options->dump_json = true;
        return 0;
    case 'h':
        options->done = true;
        fputs(help, stdout);
        return 0;
    case 'V':
        options->done = true;
        od_cli_version();
        return 0;
    default:
        return od_cli_try_help();
    }
}

static int
check_input(const struct options *options, const char *input)
{
    if (od_cli_is_stdin(input) && isatty(STDIN_FILENO)) {
        return od_cli_usage("no input: name a file, or pipe one in");
    }
    const char *output = options->output != NULL ? options->output : "-";
    if (options->action == ACTION_COMPILE && od_outfile_destroys(output, input)) {
        return od_cli_usage("the score would replace its session, '%s'", od_cli_input_name(input));
    }
    return 0;
}

static int
check_following(const struct options *options)
{
    if (options->action == ACTION_DUMP) {
        return od_cli_usage("--follow does not go with --dump");
    }
    if (options->n_inputs > 1 && options->output != NULL) {
        return od_cli_usage("-o FILE would hold one score, and %zu sessions are followed",
                            options->n_inputs);
    }
    return 0;
}

/* Options that have no meaning together are a mistake of the caller. */
static int
check_options(const struct options *options)
{
    bool dump = options->action == ACTION_DUMP;
    if (options->dump_json && !dump) {
        return od_cli_usage("--json goes with --dump");
    }
    if (options->output != NULL && options->action != ACTION_COMPILE) {
        return od_cli_usage("-o does not go with --check or --dump");
    }
    if (dump && (options->strict || options->given_diagnostics || options->told != NULL)) {
        return od_cli_usage("--strict, --told and --diagnostics do not go with --dump");
    }
    int failed = options->follow ? check_following(options) : 0;
    for (size_t i = 0; failed == 0 && i < options->n_inputs; i++) {
        failed = check_input(options, options->inputs[i]);
    }
    if (failed == 0 && options->action == ACTION_COMPILE && options->output == NULL &&
        isatty(STDOUT_FILENO)) {
        return od_cli_usage("a score is not for terminals: use -o FILE, or a pipe");
    }
    return failed;
}

static int
take_inputs(struct options *options, char **words, int n)
{
    if (n > 1 && !options->follow) {
        return od_cli_usage("only one input, not '%s' and '%s'; --follow takes several", words[0],
                            words[1]);
    }
    if (n > OD_FOLLOW_MAX) {
        return od_cli_usage("at most %d inputs can be followed", OD_FOLLOW_MAX);
    }
    if (n > 0) {
        options->inputs = (const char *const *)words;
        options->n_inputs = (size_t)n;
    }
    return 0;
}

static int
parse(struct options *options, int argc, char **argv)
{
    int option;
    argv[0] = program_invocation_short_name; /* for the messages of getopt */
    while ((option = getopt_long(argc, argv, "o:csdhV", long_options, NULL)) != -1) {
        int failed = set_option(options, option);
        if (failed != 0 || options->done) {
            return failed;
        }
    }
    int failed = take_inputs(options, argv + optind, argc - optind);
    return failed != 0 ? failed : check_options(options);
}

static enum od_status
open_score(const struct options *options, struct od_score *score, char *error)
{
    struct od_buf bytes = {0};
    if (!od_cli_is_stdin(options->inputs[0])) {
        return od_score_open_file(score, options->inputs[0], error);
    }
    error[0] = '\0';
    enum od_status status = od_cli_read(options->inputs[0], &bytes);
    if (status != OD_OK) {
        od_buf_clear(&bytes);
        return status;
    }
    return od_score_open_heap(score, bytes.data, bytes.length, error);
}

static int
dump(const struct options *options)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_score score = {0};
    struct od_buf out = {0};
    enum od_status status = open_score(options, &score, error);
    if (status != OD_OK) {
        if (error[0] != '\0') {
            od_cli_message("%s: %s", od_cli_input_name(options->inputs[0]), error);
        }
        return od_status_exit(status);
    }
    if (options->dump_json) {
        od_dump_json(&score, &out);
    } else {
        od_dump_text(&score, &out);
    }
    int exit_status = out.failed
                          ? od_cli_fail(OD_ENOMEM, "%s", od_status_text(OD_ENOMEM))
                          : od_status_exit(od_cli_write(STDOUT_FILENO, out.data, out.length));
    od_buf_clear(&out);
    od_score_close(&score);
    return exit_status;
}

int
main(int argc, char **argv)
{
    static const char *const standard_input[] = {NULL};
    struct options options = {.inputs = standard_input, .n_inputs = 1};
    od_cli_begin();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe and a file that grows beyond its limit are errors */
    signal(SIGXFSZ, SIG_IGN); /* of write(2), told like any other */
    int exit_status = parse(&options, argc, argv);
    if (exit_status == 0 && !options.done) {
        exit_status = options.action == ACTION_DUMP ? dump(&options)
                      : options.follow              ? following_run(&options)
                                                    : compile_once(&options);
    }
    return od_cli_close_stdout(exit_status);
}
