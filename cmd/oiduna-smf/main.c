/* MIDI file in, session out; or what is in it. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "choose.h"
#include "smf/import.h"
#include "smf/list.h"
#include "world/cli.h"
#include "world/outfile.h"

static const char help[] =
    "usage: oiduna-smf [-o FILE] [--to midi|superdirt|auto] [--drums FILE]\n"
    "                  [--from BAR] [--bars N] [--tracks LIST] [FILE|-]\n"
    "       oiduna-smf --list [--json] [FILE|-]\n"
    "\n"
    "Makes a session (IR JSON) for oiduna-compile of a Standard MIDI File.\n"
    "Without FILE it reads standard input; without -o it writes standard output.\n"
    "\n"
    "  -o, --output FILE    write FILE, whole or not at all\n"
    "  -t, --to midi        all tracks are MIDI tracks (default)\n"
    "      --to superdirt   all tracks are SuperDirt's: drums and synths\n"
    "      --to auto        drums are SuperDirt's, the others MIDI tracks;\n"
    "                       all are MIDI tracks if MIDI_PORT is set\n"
    "      --drums FILE     sounds of drums: JSON, {\"36\": {\"s\": \"808bd\", \"n\": 2}}\n"
    "  -f, --from BAR       from this bar of the file on, counted from 1\n"
    "  -b, --bars N         so many bars of the file\n"
    "      --tracks LIST    only these: numbers of --list or names, as in 1,3-5,Bass\n"
    "  -l, --list           tell what is in the file\n"
    "      --json           with --list: as one JSON object\n"
    "  -h, --help           this text\n"
    "  -V, --version        version\n"
    "\n"
    "See oiduna-smf(1), oiduna-compile(1), oiduna-ir(5).\n";

#define BARS_MAX 1000000

struct options {
    const char *output; /* NULL = standard output */
    const char *input;  /* NULL = standard input */
    const char *drums, *tracks;
    enum od_smf_to to;
    int64_t from, bars; /* bars 0 = to the end */
    bool list, json;
    bool given_to;
    bool done; /* --help or --version: all is said */
};

enum {
    OPTION_DRUMS = 256,
    OPTION_TRACKS,
    OPTION_JSON
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"to", required_argument, NULL, 't'},
    {"drums", required_argument, NULL, OPTION_DRUMS},
    {"from", required_argument, NULL, 'f'},
    {"bars", required_argument, NULL, 'b'},
    {"tracks", required_argument, NULL, OPTION_TRACKS},
    {"list", no_argument, NULL, 'l'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

/* ---- options ---- */

static int
set_to(struct options *options, const char *word)
{
    const char *port = getenv("MIDI_PORT");
    options->given_to = true;
    if (strcmp(word, "midi") == 0) {
        options->to = OD_SMF_TO_MIDI;
    } else if (strcmp(word, "superdirt") == 0) {
        options->to = OD_SMF_TO_SUPERDIRT;
    } else if (strcmp(word, "auto") == 0) {
        options->to = port != NULL && *port != '\0' ? OD_SMF_TO_MIDI : OD_SMF_TO_BOTH;
    } else {
        return od_cli_usage("--to is 'midi', 'superdirt' or 'auto', not '%s'", word);
    }
    return 0;
}

static int
set_bars(int64_t *bars, const char *option, const char *word)
{
    char *end;
    errno = 0;
    *bars = strtoll(word, &end, 10);
    if (*word < '0' || *word > '9' || *end != '\0' || errno != 0 || *bars < 1 || *bars > BARS_MAX) {
        return od_cli_usage("%s is a whole number, 1 to %d, not '%s'", option, BARS_MAX, word);
    }
    return 0;
}

static int
set_option(struct options *options, int option)
{
    switch (option) {
    case 'o':
        options->output = strcmp(optarg, "-") == 0 ? NULL : optarg;
        return optarg[0] != '\0' ? 0 : od_cli_usage("-o needs the name of a file");
    case 't':
        return set_to(options, optarg);
    case OPTION_DRUMS:
        options->drums = optarg;
        return 0;
    case 'f':
        return set_bars(&options->from, "--from", optarg);
    case 'b':
        return set_bars(&options->bars, "--bars", optarg);
    case OPTION_TRACKS:
        options->tracks = optarg;
        return 0;
    case 'l':
        options->list = true;
        return 0;
    case OPTION_JSON:
        options->json = true;
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
check_output(const struct options *options)
{
    if (options->output == NULL) {
        return 0;
    }
    if (od_outfile_destroys(options->output, options->input)) {
        return od_cli_usage("the session would replace its MIDI file, '%s'", options->output);
    }
    if (options->drums != NULL && od_outfile_destroys(options->output, options->drums)) {
        return od_cli_usage("the session would replace its drums, '%s'", options->output);
    }
    return 0;
}

static int
check_options(const struct options *options)
{
    if (options->json && !options->list) {
        return od_cli_usage("--json goes with --list");
    }
    if (options->list && (options->output != NULL || options->given_to || options->drums != NULL)) {
        return od_cli_usage("-o, --to and --drums do not go with --list");
    }
    if (options->drums != NULL && options->to == OD_SMF_TO_MIDI) {
        return od_cli_usage("--drums goes with --to superdirt or --to auto without MIDI_PORT");
    }
    if (options->drums != NULL && od_cli_is_stdin(options->drums) &&
        od_cli_is_stdin(options->input)) {
        return od_cli_usage("the MIDI file and its drums cannot both be standard input");
    }
    if (od_cli_is_stdin(options->input) && isatty(STDIN_FILENO)) {
        return od_cli_usage("no input: name a MIDI file, or pipe one in");
    }
    return check_output(options);
}

static int
parse(struct options *options, int argc, char **argv)
{
    int option;
    argv[0] = program_invocation_short_name; /* for the messages of getopt */
    options->from = 1;
    while ((option = getopt_long(argc, argv, "o:t:f:b:lhV", long_options, NULL)) != -1) {
        int failed = set_option(options, option);
        if (failed != 0 || options->done) {
            return failed;
        }
    }
    if (argc - optind > 1) {
        return od_cli_usage("only one input, not '%s' and '%s'", argv[optind], argv[optind + 1]);
    }
    options->input = argv[optind];
    return check_options(options);
}

/* ---- the work ---- */

static void
report(const struct od_smf_file *file, const char *name)
{
    for (int i = 0; i < OD_SMF_FINDING_COUNT; i++) {
        struct od_buf text = {0};
        if (file->found[i].count == 0) {
            continue;
        }
        od_smf_say(file, (enum od_smf_finding)i, &text);
        if (!text.failed) {
            od_cli_message("%s: warning: %.*s", name, (int)text.length, (const char *)text.data);
        }
        od_buf_clear(&text);
    }
}

static int
read_drums(const struct options *options, struct od_smf_drums *drums)
{
    struct od_buf text = {0};
    struct od_diag_list diags = {0};
    enum od_status status = od_smf_drums_init(drums);
    if (status != OD_OK || options->drums == NULL) {
        return status == OD_OK ? 0 : od_cli_fail(status, "%s", od_status_text(status));
    }
    status = od_cli_read(options->drums, &text);
    if (status == OD_OK) {
        const struct od_source source = {od_cli_input_name(options->drums), (const char *)text.data,
                                         text.length};
        status = od_smf_drums_read(drums, &source, &diags);
        od_diag_sort(&diags);
        od_cli_diagnostics(&diags, &source, false);
        if (status == OD_ENOMEM) {
            od_cli_message("%s", od_status_text(status));
        }
    }
    od_diag_clear(&diags);
    od_buf_clear(&text);
    return od_status_exit(status);
}

/* What is longer oiduna-compile does not take. */
static bool
to_text(void *context, const void *bytes, size_t size)
{
    struct od_buf *text = context;
    return text->length + size <= OD_CLI_INPUT_MAX && od_buf_append(text, bytes, size);
}

static int
write_text(const char *path, const struct od_buf *text)
{
    struct od_outfile file = {0};
    if (path == NULL) {
        return od_status_exit(od_cli_write(STDOUT_FILENO, text->data, text->length));
    }
    enum od_status status = od_outfile_put(&file, path, text->data, text->length);
    return status == OD_OK ? 0 : od_cli_fail(status, "%s", file.error);
}

/* Nothing is written of what cannot be written whole. */
static int
write_session(const struct options *options, struct od_smf_song *song, struct od_smf_import *import)
{
    int exit_status;
    struct od_buf text = {0};
    import->write = to_text;
    import->context = &text;
    enum od_status status = od_smf_import(song, import);
    import->context = NULL;
    if (status == OD_ENOMEM || text.failed) {
        exit_status = od_cli_fail(OD_ENOMEM, "%s", od_status_text(OD_ENOMEM));
    } else if (status != OD_OK) {
        exit_status = od_cli_fail(OD_EDATA,
                                  "%s: its session would be longer than %zu MiB: take a part of "
                                  "it by --from and --bars, or --tracks",
                                  od_cli_input_name(options->input), OD_CLI_INPUT_MAX >> 20);
    } else {
        exit_status = write_text(options->output, &text);
    }
    od_buf_clear(&text);
    return exit_status;
}

static int
import_song(const struct options *options, struct od_smf_song *song)
{
    struct od_smf_drums *drums = calloc(1, sizeof *drums);
    struct od_smf_import import = {.to = options->to, .drums = drums};
    if (drums == NULL) {
        return od_cli_fail(OD_ENOMEM, "%s", od_status_text(OD_ENOMEM));
    }
    int exit_status = read_drums(options, drums);
    if (exit_status == 0) {
        exit_status = write_session(options, song, &import);
    }
    od_smf_drums_clear(drums);
    free(drums);
    return exit_status;
}

static int
list_song(const struct options *options, struct od_smf_song *song)
{
    struct od_buf out = {0};
    const char *name = od_cli_input_name(options->input);
    if (options->json) {
        od_smf_list_json(song, name, &out);
    } else {
        od_smf_list_text(song, name, &out);
    }
    int exit_status = out.failed
                          ? od_cli_fail(OD_ENOMEM, "%s", od_status_text(OD_ENOMEM))
                          : od_status_exit(od_cli_write(STDOUT_FILENO, out.data, out.length));
    od_buf_clear(&out);
    return exit_status;
}

static int
take_song(const struct options *options, struct od_smf_song *song)
{
    int failed = options->tracks != NULL ? choose_tracks(song, options->tracks) : 0;
    if (failed != 0) {
        return failed;
    }
    if (!od_smf_song_cut(song, options->from, options->bars)) {
        return od_cli_usage("the piece has no bar %lld: its last is bar %lld",
                            (long long)options->from,
                            (long long)od_smf_grid_bar_at(&song->grid, song->last - 1));
    }
    return options->list ? list_song(options, song) : import_song(options, song);
}

static int
run(const struct options *options)
{
    struct od_buf bytes = {0};
    struct od_smf_file *file = calloc(1, sizeof *file);
    struct od_smf_song song = {0};
    const char *name = od_cli_input_name(options->input);
    enum od_status status = file == NULL ? OD_ENOMEM : od_cli_read(options->input, &bytes);
    int exit_status = od_status_exit(status);
    if (status == OD_OK) {
        status = od_smf_read(file, bytes.data, bytes.length);
        if (status != OD_OK) {
            exit_status = od_cli_fail(status, "%s: %s", name, file->error);
        } else if (od_smf_song_init(&song, file) != OD_OK) {
            exit_status = od_cli_fail(OD_ENOMEM, "%s", od_status_text(OD_ENOMEM));
        } else {
            exit_status = take_song(options, &song);
            report(file, name);
        }
    }
    od_smf_song_clear(&song);
    if (file != NULL) {
        od_smf_file_clear(file);
    }
    free(file);
    od_buf_clear(&bytes);
    return exit_status;
}

int
main(int argc, char **argv)
{
    struct options options = {0};
    od_cli_begin();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe and a file that grows beyond its limit are errors */
    signal(SIGXFSZ, SIG_IGN); /* of write(2), told like any other */
    int exit_status = parse(&options, argc, argv);
    if (exit_status == 0 && !options.done) {
        exit_status = run(&options);
    }
    return od_cli_close_stdout(exit_status);
}
