/* The tables of the performance guide, measured here. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare.h"
#include "report.h"
#include "scratch.h"
#include "suite.h"
#include "workload.h"
#include "world/cli.h"
#include "world/outfile.h"

static const char help[] =
    "usage: oiduna-bench [--suite NAMES] [--quick] [--format FORMAT] [--session FILE]\n"
    "       oiduna-bench --compare BASE.json NEW.json [--tolerance R]\n"
    "       oiduna-bench --merge RUN.json...\n"
    "       oiduna-bench --write-workload NAME FILE\n"
    "\n"
    "Measures loading, the tick, timing and memory on this machine, each beside a\n"
    "floor measured in the same run, and what the guide of the Python engine gives.\n"
    "\n"
    "  -s, --suite NAMES         only these, with commas; 'tick' stands for 'tick.*'\n"
    "  -l, --list                list the suites and workloads\n"
    "  -q, --quick               rough numbers in less than a minute\n"
    "  -f, --format FORMAT       text (default), json, csv, markdown or svg\n"
    "      --session FILE        measure this session (IR JSON) instead\n"
    "      --compare BASE NEW    compare two runs (JSON): their ratios to floors\n"
    "      --tolerance R         how many times worse a ratio may be (default 1.25)\n"
    "      --merge RUN...        one run (JSON) of several: medians and spreads\n"
    "      --write-workload NAME FILE\n"
    "                            write the session that is measured as NAME\n"
    "      --programs DIR        where oiduna-play and oiduna-compile are\n"
    "                            (default: beside this program)\n"
    "  -h, --help                this text\n"
    "  -V, --version             version\n"
    "\n"
    "See oiduna-bench(1).\n";

enum {
    OPTION_SESSION = 256,
    OPTION_COMPARE,
    OPTION_TOLERANCE,
    OPTION_MERGE,
    OPTION_WRITE,
    OPTION_PROGRAMS
};

static const struct option long_options[] = {
    {"suite", required_argument, NULL, 's'},
    {"list", no_argument, NULL, 'l'},
    {"quick", no_argument, NULL, 'q'},
    {"format", required_argument, NULL, 'f'},
    {"session", required_argument, NULL, OPTION_SESSION},
    {"compare", required_argument, NULL, OPTION_COMPARE},
    {"tolerance", required_argument, NULL, OPTION_TOLERANCE},
    {"merge", no_argument, NULL, OPTION_MERGE},
    {"write-workload", required_argument, NULL, OPTION_WRITE},
    {"programs", required_argument, NULL, OPTION_PROGRAMS},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

enum format {
    FORMAT_TEXT,
    FORMAT_JSON,
    FORMAT_CSV,
    FORMAT_MARKDOWN,
    FORMAT_SVG,
    FORMAT_COUNT
};

static const struct {
    const char *name;
    void (*write)(const struct bench_report *report, struct od_buf *out);
} formats[FORMAT_COUNT] = {
    [FORMAT_TEXT] = {"text", bench_report_text},
    [FORMAT_JSON] = {"json", bench_report_json},
    [FORMAT_CSV] = {"csv", bench_report_csv},
    [FORMAT_MARKDOWN] = {"markdown", bench_report_markdown},
    [FORMAT_SVG] = {"svg", bench_report_svg},
};

enum action {
    ACTION_MEASURE,
    ACTION_COMPARE,
    ACTION_MERGE,
    ACTION_WRITE
};

struct options {
    enum action action;
    const char *suites; /* NULL = all */
    bool quick;
    enum format format;
    const char *session;
    const char *base; /* of --compare */
    double tolerance;
    const struct bench_workload *workload;
    char **operands; /* NEW, FILE or RUNs */
    int n_operands;
    const char *programs;
    bool done; /* --help, --list or --version: all is said */
};

static int
set_format(struct options *options, const char *name)
{
    for (enum format format = 0; format < FORMAT_COUNT; format++) {
        if (strcmp(formats[format].name, name) == 0) {
            options->format = format;
            return 0;
        }
    }
    return od_cli_usage("--format is text, json, csv, markdown or svg, not '%s'", name);
}

static int
set_tolerance(struct options *options, const char *text)
{
    char *end;
    options->tolerance = strtod(text, &end);
    if (end == text || *end != '\0' || !(options->tolerance >= 1 && options->tolerance <= 1000)) {
        return od_cli_usage("--tolerance is a number from 1 to 1000, not '%s'", text);
    }
    return 0;
}

static int
set_workload(struct options *options, const char *name)
{
    options->action = ACTION_WRITE;
    options->workload = bench_workload_find(name);
    return options->workload != NULL ? 0 : od_cli_usage("no workload '%s': see --list", name);
}

/* Is the suite one of those named, or of a group that is named? NULL names all. */
static bool
is_named(const char *names, const char *suite)
{
    for (const char *name = names; name != NULL;) {
        size_t length = strcspn(name, ",");
        if (strncmp(name, suite, length) == 0 && length > 0 &&
            (suite[length] == '\0' || suite[length] == '.')) {
            return true;
        }
        name = name[length] == ',' ? name + length + 1 : NULL;
    }
    return names == NULL;
}

static int
set_suites(struct options *options, const char *names)
{
    options->suites = names;
    for (const char *name = names; name != NULL;) {
        char one[BENCH_NAME_MAX];
        size_t length = strcspn(name, ",");
        bool known = false;
        snprintf(one, sizeof one, "%.*s", (int)length, name);
        for (const struct bench_suite *suite = bench_suites; suite->name != NULL; suite++) {
            known = known || is_named(one, suite->name);
        }
        if (!known) {
            return od_cli_usage("no suite '%s': see --list", one);
        }
        name = name[length] == ',' ? name + length + 1 : NULL;
    }
    return 0;
}

static void
list(void)
{
    printf("suites\n");
    for (const struct bench_suite *suite = bench_suites; suite->name != NULL; suite++) {
        printf("  %-14s %s\n", suite->name, suite->what);
    }
    printf("workloads\n");
    for (size_t i = 0; i < BENCH_SESSIONS; i++) {
        printf("  %-14s %u tracks, %u events\n", bench_sessions[i].name, bench_sessions[i].tracks,
               bench_sessions[i].events);
    }
    for (size_t i = 0; i < BENCH_TICKS; i++) {
        printf("  %-14s %u tracks, %u events, all on one step\n", bench_ticks[i].name,
               bench_ticks[i].tracks, bench_ticks[i].events);
    }
}

/* --help, --list, --version, or none that there is. */
static int
tell(struct options *options, int option)
{
    options->done = option == 'h' || option == 'l' || option == 'V';
    if (option == 'h') {
        fputs(help, stdout);
    } else if (option == 'l') {
        list();
    } else if (option == 'V') {
        od_cli_version();
    } else {
        return od_cli_try_help();
    }
    return 0;
}

static int
set_option(struct options *options, int option)
{
    switch (option) {
    case 's':
        return set_suites(options, optarg);
    case 'q':
        options->quick = true;
        return 0;
    case 'f':
        return set_format(options, optarg);
    case OPTION_SESSION:
        options->session = optarg;
        return 0;
    case OPTION_COMPARE:
        options->action = ACTION_COMPARE;
        options->base = optarg;
        return 0;
    case OPTION_MERGE:
        options->action = ACTION_MERGE;
        return 0;
    case OPTION_TOLERANCE:
        return set_tolerance(options, optarg);
    case OPTION_WRITE:
        return set_workload(options, optarg);
    case OPTION_PROGRAMS:
        options->programs = optarg;
        return 0;
    default:
        return tell(options, option);
    }
}

static int
check_options(const struct options *options)
{
    static const struct {
        int least, most;
        const char *complaint;
    } wanted[] = {
        [ACTION_MEASURE] = {0, 0, ""},
        [ACTION_COMPARE] = {1, 1, "--compare needs two files"},
        [ACTION_MERGE] = {1, INT_MAX, "--merge needs files"},
        [ACTION_WRITE] = {1, 1, "--write-workload needs a file"},
    };
    int most = wanted[options->action].most;
    if (options->n_operands < wanted[options->action].least) {
        return od_cli_usage("%s", wanted[options->action].complaint);
    }
    if (options->n_operands > most) {
        return od_cli_usage("unexpected argument '%s'", options->operands[most]);
    }
    if (options->session != NULL && options->suites != NULL) {
        return od_cli_usage("--session and --suite exclude each other");
    }
    return 0;
}

static int
parse(struct options *options, int argc, char **argv)
{
    int option;
    argv[0] = program_invocation_short_name; /* for the messages of getopt */
    while ((option = getopt_long(argc, argv, "s:lqf:hV", long_options, NULL)) != -1) {
        int failed = set_option(options, option);
        if (failed != 0 || options->done) {
            return failed;
        }
    }
    options->operands = argv + optind;
    options->n_operands = argc - optind;
    return check_options(options);
}

static enum od_status
run_suites(const struct options *options, struct bench_run *run)
{
    if (options->session != NULL) {
        return bench_session(run);
    }
    for (const struct bench_suite *suite = bench_suites; suite->name != NULL; suite++) {
        if (!is_named(options->suites, suite->name)) {
            continue;
        }
        if (isatty(STDERR_FILENO)) {
            fprintf(stderr, "%s ...\n", suite->name);
        }
        enum od_status status = suite->run(run);
        if (status != OD_OK) {
            od_cli_message("%s: %s", suite->name, od_status_text(status));
            return status;
        }
    }
    return OD_OK;
}

/* The folder this program lies in. */
static void
find_programs(char *folder, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", folder, size - 1);
    folder[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
}

static enum od_status
write_report(const struct options *options, const struct bench_report *report)
{
    struct od_buf out = {0};
    formats[options->format].write(report, &out);
    enum od_status status = OD_ENOMEM;
    if (out.failed) {
        od_cli_message("%s", od_status_text(status));
    } else {
        status = od_cli_write(STDOUT_FILENO, out.data, out.length);
    }
    od_buf_clear(&out);
    return status;
}

static int
measure(const struct options *options)
{
    char folder[4096];
    struct bench_run run = {.quick = options->quick,
                            .effort = bench_effort_of(options->quick),
                            .programs = options->programs,
                            .session = options->session};
    struct bench_report report = {
        .results = &run.results, .machine = bench_machine_describe(), .quick = options->quick};
    if (run.programs == NULL) {
        find_programs(folder, sizeof folder);
        run.programs = folder;
    }
    enum od_status status = run_suites(options, &run);
    bench_scratch_clear();
    if (status == OD_OK) {
        status = write_report(options, &report);
    }
    bench_results_clear(&run.results);
    return od_status_exit(status);
}

static int
write_workload(const struct options *options)
{
    struct od_buf text = {0};
    struct od_outfile file = {0};
    enum od_status status = OD_ENOMEM;
    if (!bench_workload_write(options->workload, &text)) {
        od_cli_message("%s", od_status_text(status));
    } else if (od_cli_is_stdin(options->operands[0])) {
        status = od_cli_write(STDOUT_FILENO, text.data, text.length);
    } else {
        status = od_outfile_open(&file, options->operands[0]);
        if (status == OD_OK) {
            status = od_outfile_write(&file, text.data, text.length);
        }
        if (status == OD_OK) {
            status = od_outfile_commit(&file);
        }
        if (status != OD_OK) {
            od_cli_message("%s", file.error);
        }
        od_outfile_discard(&file);
    }
    od_buf_clear(&text);
    return od_status_exit(status);
}

int
main(int argc, char **argv)
{
    struct options options = {.tolerance = 1.25};
    od_cli_begin();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write(2), told like any other */
    int exit_status = parse(&options, argc, argv);
    if (exit_status == 0 && !options.done) {
        switch (options.action) {
        case ACTION_MEASURE:
            exit_status = measure(&options);
            break;
        case ACTION_COMPARE:
            exit_status = bench_compare(options.base, options.operands[0], options.tolerance);
            break;
        case ACTION_MERGE:
            exit_status = bench_merge(options.operands, (size_t)options.n_operands);
            break;
        case ACTION_WRITE:
            exit_status = write_workload(&options);
            break;
        }
    }
    return od_cli_close_stdout(exit_status);
}
