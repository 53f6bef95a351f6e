/* Patterns in, a session out. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compile.h"
#include "following.h"
#include "options.h"
#include "world/cli.h"
#include "world/outfile.h"

#define SEED_MAX INT64_C(9007199254740991)

static const char help[] =
    "usage: oiduna-pattern [-o FILE] [--check] [--strict] [--seed N]\n"
    "                      [--diagnostics=text|json] [FILE...|-]\n"
    "       oiduna-pattern [OPTION...] -e TEXT...\n"
    "       oiduna-pattern --follow [OPTION...] FILE...\n"
    "\n"
    "Makes a session (IR JSON) for oiduna-compile of a text of patterns.\n"
    "Several files are one text. Without FILE it reads standard input.\n"
    "\n"
    "  -e, --expression TEXT    a line of the text; may be repeated\n"
    "  -o, --output FILE        write FILE, whole or not at all\n"
    "      --follow             make it again whenever a FILE is saved\n"
    "  -c, --check              only judge the text, write nothing\n"
    "  -s, --strict             take warnings as errors\n"
    "      --seed N             decide by N what is left to chance\n"
    "      --diagnostics=text   findings for people, with place and caret (default)\n"
    "      --diagnostics=json   findings for programs, one JSON object a line\n"
    "  -h, --help               this text\n"
    "  -V, --version            version\n"
    "\n"
    "    oiduna-pattern -e 'kick: s \"bd*4\"' | oiduna-compile | oiduna-play\n"
    "\n"
    "See oiduna-pattern(1), oiduna-pattern(5).\n";

enum {
    OPTION_DIAGNOSTICS = 256,
    OPTION_FOLLOW,
    OPTION_SEED
};

static const struct option long_options[] = {
    {"expression", required_argument, NULL, 'e'},
    {"output", required_argument, NULL, 'o'},
    {"follow", no_argument, NULL, OPTION_FOLLOW},
    {"check", no_argument, NULL, 'c'},
    {"strict", no_argument, NULL, 's'},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"diagnostics", required_argument, NULL, OPTION_DIAGNOSTICS},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

static int
add_input(struct options *options, const char *path, const char *text)
{
    if (options->n_inputs == INPUTS_MAX) {
        return od_cli_usage("more than %d files or texts", INPUTS_MAX);
    }
    options->inputs[options->n_inputs].path = path;
    options->inputs[options->n_inputs++].text = text;
    return 0;
}

static int
set_diagnostics(struct options *options, const char *format)
{
    options->diagnostics_json = strcmp(format, "json") == 0;
    if (!options->diagnostics_json && strcmp(format, "text") != 0) {
        return od_cli_usage("--diagnostics is 'text' or 'json', not '%s'", format);
    }
    return 0;
}

static int
set_seed(struct options *options, const char *text)
{
    char *end;
    errno = 0;
    long long seed = strtoll(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || seed > SEED_MAX) {
        return od_cli_usage("--seed is a whole number from 0, not '%s'", text);
    }
    options->pattern.has_seed = true;
    options->pattern.seed = seed;
    return 0;
}

static int
set_option(struct options *options, int option)
{
    switch (option) {
    case 'e':
        return add_input(options, NULL, optarg);
    case 'o':
        options->output = strcmp(optarg, "-") == 0 ? NULL : optarg;
        return optarg[0] != '\0' ? 0 : od_cli_usage("-o needs the name of a file");
    case OPTION_FOLLOW:
        options->follow = true;
        return 0;
    case 'c':
        options->check = true;
        return 0;
    case 's':
        options->strict = true;
        return 0;
    case OPTION_SEED:
        return set_seed(options, optarg);
    case OPTION_DIAGNOSTICS:
        return set_diagnostics(options, optarg);
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
check_path(const struct options *options, const char *path, size_t *piped)
{
    if (od_cli_is_stdin(path)) {
        if (options->follow) {
            return od_cli_usage("--follow needs files, standard input is none");
        }
        if (isatty(STDIN_FILENO)) {
            return od_cli_usage("no input: name a file, pipe one in, or say it with -e");
        }
        if (++*piped > 1) {
            return od_cli_usage("standard input can be read only once");
        }
    }
    const char *output = options->output != NULL ? options->output : "-";
    if (!options->check && od_outfile_destroys(output, path)) {
        return od_cli_usage("the session would replace its text, '%s'", od_cli_input_name(path));
    }
    return 0;
}

/* Options that have no meaning together are a mistake of the caller. */
static int
check_options(const struct options *options)
{
    size_t piped = 0;
    int failed = 0;
    if (options->output != NULL && options->check) {
        return od_cli_usage("-o does not go with --check");
    }
    for (size_t i = 0; i < options->n_inputs && failed == 0; i++) {
        if (options->inputs[i].text == NULL) {
            failed = check_path(options, options->inputs[i].path, &piped);
        } else if (options->follow) {
            failed = od_cli_usage("--follow needs files, -e is none");
        }
    }
    return failed;
}

static int
parse(struct options *options, int argc, char **argv)
{
    int option;
    argv[0] = program_invocation_short_name; /* for the messages of getopt */
    while ((option = getopt_long(argc, argv, "e:o:cshV", long_options, NULL)) != -1) {
        int failed = set_option(options, option);
        if (failed != 0 || options->done) {
            return failed;
        }
    }
    if (options->n_inputs > 0 && optind < argc) {
        return od_cli_usage("-e or files, not both: '%s'", argv[optind]);
    }
    for (; optind < argc; optind++) {
        int failed = add_input(options, argv[optind], NULL);
        if (failed != 0) {
            return failed;
        }
    }
    if (options->n_inputs == 0) {
        options->n_inputs = 1; /* standard input */
    }
    return check_options(options);
}

int
main(int argc, char **argv)
{
    struct options options = {.output = NULL};
    od_cli_begin();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe and a file that grows beyond its limit are errors */
    signal(SIGXFSZ, SIG_IGN); /* of write(2), told like any other */
    int exit_status = parse(&options, argc, argv);
    if (exit_status == 0 && !options.done) {
        exit_status = options.follow ? following_run(&options) : compile_once(&options);
    }
    return od_cli_close_stdout(exit_status);
}
