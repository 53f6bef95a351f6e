#include "options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "score/score.h"
#include "world/cli.h"
#include "world/outfile.h"

#define DEFAULT_LATENCY    (200 * OD_NSEC_PER_MS)
#define DEFAULT_GAIN_LIMIT 2.0
#define MAX_MS             30000.0 /* SuperDirt takes what is 42 s ahead for a wrong clock */
#define DEFAULT_PRIORITY   70
#define MAX_COUNT          1e9
#define MAX_SIZE           ((uint64_t)1 << 50)
#define DEFAULT_MEMORY     ((uint64_t)1 << 30)

static const char help[] =
    "usage: oiduna-play [options] [SCORE...|-]\n"
    "Play scores, or a control stream from standard input, as OSC and MIDI, in time.\n"
    "Where to:\n"
    "  -o, --osc HOST:PORT      SuperDirt (OSC_HOST and OSC_PORT, 127.0.0.1:57120)\n"
    "  -O, --no-osc             no SuperDirt\n"
    "  -m, --midi NAME          MIDI output, by its name or a part of it (MIDI_PORT)\n"
    "  -M, --midi-list          list the MIDI outputs\n"
    "      --midi-raw PATH      MIDI bytes to a device, a FIFO or a file\n"
    "      --midi-clock         send MIDI clock, start and stop as well\n"
    "      --require-midi       end if there is no such MIDI output\n"
    "      --destinations FILE  where message batches go\n"
    "\n"
    "When:\n"
    "  -n, --loops N            play each score N times\n"
    "      --bars N             end after N bars\n"
    "  -b, --bpm N              this tempo, whatever the scores say\n"
    "      --gain-limit G       no message to SuperDirt is louder (2)\n"
    "      --max-score N        refuse larger scores (256M); --max-memory N (1G)\n"
    "      --start-at TIME      +SECONDS, Unix time or RFC 3339: a common start\n"
    "  -p, --paused             wait for the command start\n"
    "      --quit-on-eof        end when the control stream ends\n"
    "  -l, --latency MS         look-ahead: send so much earlier than it sounds (200)\n"
    "      --osc-offset MS      shift SuperDirt against MIDI\n"
    "      --midi-offset MS     shift MIDI against SuperDirt\n"
    "      --lead PORT          tell other players where this one is\n"
    "      --follow HOST:PORT   be where the player is that leads there\n"
    "      --rt[=PRIO]          insist on real-time scheduling; otherwise it is tried\n"
    "      --no-rt              do not try\n"
    "\n"
    "Without playing:\n"
    "      --dry-run            print what would be sent, at once\n"
    "      --render FILE.mid    write a MIDI file; --gm: SuperDirt's side, too\n"
    "      --osc-score FILE     write the SuperDirt side as timed OSC bundles\n"
    "      --probe              why is there no sound? --json: for programs\n"
    "      --panic              silence everything\n"
    "\n"
    "What is told:\n"
    "      --show               print each message when it sounds\n"
    "  -e, --events             what happens, as JSON lines on standard output\n"
    "      --control-port PORT  take commands by OSC\n"
    "      --control-host HOST  ... on this address (127.0.0.1)\n"
    "      --insecure           ... which others reach, who can play then\n"
    "      --report FILE        metrics as JSON at the end\n"
    "  -v, --verbose            a picture of the playing, or a line a bar\n"
    "  -q, --quiet              errors only\n"
    "  -h, --help               this text\n"
    "  -V, --version            version\n"
    "See oiduna-play(1), oiduna-control(7).\n";

enum {
    OPT_MIDI_RAW = 256,
    OPT_MIDI_CLOCK,
    OPT_REQUIRE_MIDI,
    OPT_OSC_OFFSET,
    OPT_MIDI_OFFSET,
    OPT_BARS,
    OPT_START_AT,
    OPT_DRY_RUN,
    OPT_RENDER,
    OPT_GM,
    OPT_OSC_SCORE,
    OPT_PROBE,
    OPT_JSON,
    OPT_PANIC,
    OPT_CONTROL_PORT,
    OPT_CONTROL_HOST,
    OPT_GAIN_LIMIT,
    OPT_MAX_SCORE,
    OPT_MAX_MEMORY,
    OPT_INSECURE,
    OPT_LEAD,
    OPT_FOLLOW,
    OPT_DESTINATIONS,
    OPT_QUIT_ON_EOF,
    OPT_REPORT,
    OPT_SHOW,
    OPT_RT,
    OPT_NO_RT,
};

static const struct option long_options[] = {
    {"osc", required_argument, NULL, 'o'},
    {"no-osc", no_argument, NULL, 'O'},
    {"midi", required_argument, NULL, 'm'},
    {"midi-list", no_argument, NULL, 'M'},
    {"midi-raw", required_argument, NULL, OPT_MIDI_RAW},
    {"midi-clock", no_argument, NULL, OPT_MIDI_CLOCK},
    {"require-midi", no_argument, NULL, OPT_REQUIRE_MIDI},
    {"latency", required_argument, NULL, 'l'},
    {"osc-offset", required_argument, NULL, OPT_OSC_OFFSET},
    {"midi-offset", required_argument, NULL, OPT_MIDI_OFFSET},
    {"loops", required_argument, NULL, 'n'},
    {"bars", required_argument, NULL, OPT_BARS},
    {"bpm", required_argument, NULL, 'b'},
    {"gain-limit", required_argument, NULL, OPT_GAIN_LIMIT},
    {"max-score", required_argument, NULL, OPT_MAX_SCORE},
    {"max-memory", required_argument, NULL, OPT_MAX_MEMORY},
    {"start-at", required_argument, NULL, OPT_START_AT},
    {"dry-run", no_argument, NULL, OPT_DRY_RUN},
    {"render", required_argument, NULL, OPT_RENDER},
    {"gm", no_argument, NULL, OPT_GM},
    {"osc-score", required_argument, NULL, OPT_OSC_SCORE},
    {"probe", no_argument, NULL, OPT_PROBE},
    {"json", no_argument, NULL, OPT_JSON},
    {"panic", no_argument, NULL, OPT_PANIC},
    {"control-port", required_argument, NULL, OPT_CONTROL_PORT},
    {"control-host", required_argument, NULL, OPT_CONTROL_HOST},
    {"insecure", no_argument, NULL, OPT_INSECURE},
    {"lead", required_argument, NULL, OPT_LEAD},
    {"follow", required_argument, NULL, OPT_FOLLOW},
    {"destinations", required_argument, NULL, OPT_DESTINATIONS},
    {"events", no_argument, NULL, 'e'},
    {"paused", no_argument, NULL, 'p'},
    {"quit-on-eof", no_argument, NULL, OPT_QUIT_ON_EOF},
    {"report", required_argument, NULL, OPT_REPORT},
    {"show", no_argument, NULL, OPT_SHOW},
    {"rt", optional_argument, NULL, OPT_RT},
    {"no-rt", no_argument, NULL, OPT_NO_RT},
    {"verbose", no_argument, NULL, 'v'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static bool
number(const char *name, const char *text, double min, double max, double *value)
{
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    if (end != text && *end == '\0' && isfinite(*value) && *value >= min && *value <= max) {
        return true;
    }
    od_cli_usage("%s wants a number from %.10g to %.10g, not '%s'", name, min, max, text);
    return false;
}

static bool
whole(const char *name, const char *text, double min, double max, int64_t *value)
{
    double real;
    if (!number(name, text, min, max, &real)) {
        return false;
    }
    *value = (int64_t)real;
    if ((double)*value != real) {
        od_cli_usage("%s wants a whole number, not '%s'", name, text);
        return false;
    }
    return true;
}

static bool
milliseconds(const char *name, const char *text, double min, od_nsec *value)
{
    double ms;
    if (!number(name, text, min, MAX_MS, &ms)) {
        return false;
    }
    *value = llrint(ms * (double)OD_NSEC_PER_MS);
    return true;
}

static bool
host_and_port(struct options *options, const char *text)
{
    if (od_udp_split(text, options->osc_host, &options->osc_port)) {
        return true;
    }
    od_cli_usage("--osc wants HOST:PORT, as in 127.0.0.1:57120, not '%s'", text);
    return false;
}

static bool
port_of(const char *name, const char *text, unsigned *port)
{
    int64_t value;
    if (!whole(name, text, 1, 65535, &value)) {
        return false;
    }
    *port = (unsigned)value;
    return true;
}

/* PORT, or HOST:PORT for one address of several. */
static bool
lead(struct options *options, const char *text)
{
    if (strchr(text, ':') == NULL) {
        return port_of("--lead", text, &options->lead_port);
    }
    if (od_udp_split(text, options->lead_host, &options->lead_port) && options->lead_port != 0) {
        return true;
    }
    od_cli_usage("--lead wants PORT, or HOST:PORT, not '%s'", text);
    return false;
}

static bool
follow(struct options *options, const char *text)
{
    if (od_udp_split(text, options->follow_host, &options->follow_port) &&
        options->follow_port != 0 && options->follow_host[0] != '\0') {
        return true;
    }
    od_cli_usage("--follow wants HOST:PORT, as in 192.168.1.2:57130, not '%s'", text);
    return false;
}

/* May end in K, M or G. */
static bool
size(const char *option, const char *text, uint64_t *bytes)
{
    static const char units[] = "KMG";
    errno = 0;
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
    if (text[0] < '0' || text[0] > '9' || errno != 0 || end[unit != NULL] != '\0' ||
        value > MAX_SIZE >> shift || value << shift < 1024) {
        od_cli_message("%s: bytes, 1024 or more, are expected (64M, say), not '%s'", option, text);
        return false;
    }
    *bytes = (uint64_t)value << shift;
    return true;
}

static bool
priority(struct options *options, const char *text)
{
    int64_t value = DEFAULT_PRIORITY;
    if (text != NULL && !whole("--rt", text, 1, 99, &value)) {
        return false;
    }
    options->rt = RT_MUST;
    options->rt_priority = (int)value;
    return true;
}

enum keeping {
    KEEP_TRUE,
    KEEP_FALSE,
    KEEP_TEXT
};

/* Options that only note that they were given, or keep their text. */
static const struct simple {
    int option;
    enum keeping keeping;
    size_t member; /* offset in struct options */
} simples[] = {
    {'O', KEEP_FALSE, offsetof(struct options, osc)},
    {'m', KEEP_TEXT, offsetof(struct options, midi)},
    {OPT_MIDI_RAW, KEEP_TEXT, offsetof(struct options, midi_raw)},
    {OPT_MIDI_CLOCK, KEEP_TRUE, offsetof(struct options, midi_clock)},
    {OPT_REQUIRE_MIDI, KEEP_TRUE, offsetof(struct options, require_midi)},
    {OPT_START_AT, KEEP_TEXT, offsetof(struct options, start_at)},
    {OPT_DRY_RUN, KEEP_TRUE, offsetof(struct options, trace)},
    {OPT_RENDER, KEEP_TEXT, offsetof(struct options, render)},
    {OPT_GM, KEEP_TRUE, offsetof(struct options, gm)},
    {OPT_OSC_SCORE, KEEP_TEXT, offsetof(struct options, osc_score)},
    {OPT_JSON, KEEP_TRUE, offsetof(struct options, json)},
    {OPT_CONTROL_HOST, KEEP_TEXT, offsetof(struct options, control_host)},
    {OPT_DESTINATIONS, KEEP_TEXT, offsetof(struct options, destinations)},
    {'e', KEEP_TRUE, offsetof(struct options, events)},
    {'p', KEEP_TRUE, offsetof(struct options, paused)},
    {OPT_INSECURE, KEEP_TRUE, offsetof(struct options, insecure)},
    {OPT_QUIT_ON_EOF, KEEP_TRUE, offsetof(struct options, quit_on_eof)},
    {OPT_REPORT, KEEP_TEXT, offsetof(struct options, report)},
    {OPT_SHOW, KEEP_TRUE, offsetof(struct options, show)},
    {'v', KEEP_TRUE, offsetof(struct options, verbose)},
    {'q', KEEP_TRUE, offsetof(struct options, quiet)},
};

static bool
take_simple(struct options *options, int option)
{
    for (size_t i = 0; i < sizeof simples / sizeof simples[0]; i++) {
        char *member = (char *)options + simples[i].member;
        if (simples[i].option != option) {
            continue;
        }
        options->midi_given = options->midi_given || option == 'm';
        if (simples[i].keeping == KEEP_TEXT) {
            memcpy(member, &optarg, sizeof optarg);
        } else {
            const bool value = simples[i].keeping == KEEP_TRUE;
            memcpy(member, &value, sizeof value);
        }
        return true;
    }
    return false;
}

/* Options that say what is done instead of playing; true if `option` says nothing else. */
static bool
take_action(struct options *options, int option)
{
    switch (option) {
    case OPT_DRY_RUN:
    case OPT_RENDER:
    case OPT_OSC_SCORE:
        options->action = ACTION_DRY_RUN;
        return false;
    case 'M':
        options->action = ACTION_MIDI_LIST;
        return true;
    case OPT_PROBE:
        options->action = ACTION_PROBE;
        return true;
    case OPT_PANIC:
        options->action = ACTION_PANIC;
        return true;
    case OPT_NO_RT:
        options->rt = RT_NEVER;
        return true;
    default:
        return false;
    }
}

/* Options with a value that may be wrong. */
static bool
take_value(struct options *options, int option)
{
    double limit = MAX_MS;
    switch (option) {
    case 'o':
        return host_and_port(options, optarg);
    case 'l':
        return milliseconds("--latency", optarg, 0, &options->latency);
    case OPT_OSC_OFFSET:
        return milliseconds("--osc-offset", optarg, -limit, &options->osc_offset);
    case OPT_MIDI_OFFSET:
        return milliseconds("--midi-offset", optarg, -limit, &options->midi_offset);
    case 'n':
        return whole("--loops", optarg, 1, MAX_COUNT, &options->loops);
    case OPT_BARS:
        return whole("--bars", optarg, 1, MAX_COUNT, &options->bars);
    case 'b':
        return number("--bpm", optarg, OD_BPM_MIN, OD_BPM_MAX, &options->bpm);
    case OPT_GAIN_LIMIT:
        return number("--gain-limit", optarg, 0.01, 1000, &options->gain_limit);
    case OPT_MAX_SCORE:
        return size("--max-score", optarg, &options->max_score);
    case OPT_MAX_MEMORY:
        return size("--max-memory", optarg, &options->max_memory);
    case OPT_CONTROL_PORT:
        return port_of("--control-port", optarg, &options->control_port);
    case OPT_LEAD:
        return lead(options, optarg);
    case OPT_FOLLOW:
        return follow(options, optarg);
    default:
        return priority(options, optarg);
    }
}

static bool
from_environment(struct options *options)
{
    const char *host = getenv("OSC_HOST");
    const char *port = getenv("OSC_PORT");
    if (host != NULL && *host != '\0') {
        if (strlen(host) >= sizeof options->osc_host) {
            od_cli_usage("OSC_HOST is too long");
            return false;
        }
        snprintf(options->osc_host, sizeof options->osc_host, "%s", host);
    }
    if (port != NULL && *port != '\0' && !port_of("OSC_PORT", port, &options->osc_port)) {
        return false;
    }
    const char *token = getenv("OIDUNA_CONTROL_TOKEN");
    options->control_token = token != NULL && *token != '\0' ? token : NULL;
    const char *midi = getenv("MIDI_PORT");
    options->midi = midi != NULL && *midi != '\0' ? midi : NULL;
    return true;
}

static bool
check_offset(const char *name, od_nsec offset, od_nsec latency)
{
    if (offset >= -latency) {
        return true;
    }
    od_cli_usage("%s %g is earlier than the look-ahead of %g ms allows: raise --latency", name,
                 (double)offset / (double)OD_NSEC_PER_MS, (double)latency / (double)OD_NSEC_PER_MS);
    return false;
}

static bool
is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static bool
check_stdout(const struct options *options)
{
    bool bytes = is_stdout(options->render) || is_stdout(options->osc_score);
    int wants = options->events + options->show + options->trace + is_stdout(options->render) +
                is_stdout(options->osc_score) + is_stdout(options->report);
    if (options->events && (options->show || options->trace)) {
        od_cli_usage("--events, --show and --dry-run all want standard output: choose one");
        return false;
    }
    if (wants > 1) {
        od_cli_usage("more than one option wants standard output: choose one");
        return false;
    }
    if (bytes && isatty(STDOUT_FILENO)) {
        od_cli_usage("standard output is a terminal: give a file, or redirect it");
        return false;
    }
    return true;
}

/* "127.example" is a name, and may lead anywhere. */
static bool
is_loopback(const char *host)
{
    struct in_addr address;
    return (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127) ||
           strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0;
}

static bool
check_together(const struct options *options)
{
    if (!check_offset("--osc-offset", options->osc_offset, options->latency) ||
        !check_offset("--midi-offset", options->midi_offset, options->latency)) {
        return false;
    }
    if (options->midi_given && options->midi_raw != NULL) {
        od_cli_usage("--midi and --midi-raw: choose one");
        return false;
    }
    if (!check_stdout(options)) {
        return false;
    }
    if (options->control_host != NULL && options->control_port == 0) {
        od_cli_usage("--control-host goes with --control-port");
        return false;
    }
    if (options->gm && options->render == NULL) {
        od_cli_usage("--gm goes with --render");
        return false;
    }
    if (options->control_host != NULL && !options->insecure &&
        !is_loopback(options->control_host)) {
        od_cli_usage("%s is not a loopback address: whoever reaches it could play; --insecure lets "
                     "everyone",
                     options->control_host);
        return false;
    }
    if (options->report != NULL && options->action != ACTION_PLAY) {
        od_cli_usage("--report tells how well it was played: nothing is played here");
        return false;
    }
    if (options->json && options->action != ACTION_PROBE) {
        od_cli_usage("--json goes with --probe");
        return false;
    }
    return true;
}

/* What is written, by the option that says so; it must not be what is read. */
static bool
check_outputs(const struct options *options)
{
    const struct {
        const char *option, *path;
    } outputs[] = {{"--render", options->render},
                   {"--osc-score", options->osc_score},
                   {"--report", options->report},
                   {"--midi-raw", options->midi_raw}};
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        const char *path = outputs[i].path;
        bool destroys =
            path != NULL &&
            ((options->n_scores == 0 && od_outfile_destroys(path, "-")) ||
             (options->destinations != NULL && od_outfile_destroys(path, options->destinations)));
        for (size_t k = 0; path != NULL && k < options->n_scores; k++) {
            destroys = destroys || od_outfile_destroys(path, options->scores[k]);
        }
        if (destroys) {
            od_cli_usage("%s would write over '%s', which is read", outputs[i].option, path);
            return false;
        }
    }
    return true;
}

static bool
scores(struct options *options, char **arguments, int n)
{
    options->then_stdin = n > 1 && od_cli_is_stdin(arguments[n - 1]);
    n -= n > 0 && od_cli_is_stdin(arguments[n - 1]);
    for (int i = 0; i < n; i++) {
        if (od_cli_is_stdin(arguments[i])) {
            od_cli_usage("'-' can only stand last: what it says comes when the scores play");
            return false;
        }
    }
    if (options->then_stdin && options->action != ACTION_PLAY) {
        od_cli_usage("'-' behind scores has commands, which take time: not with --dry-run");
        return false;
    }
    options->scores = arguments;
    options->n_scores = (size_t)n;
    return true;
}

int
options_parse(int argc, char **argv, struct options *options)
{
    *options = (struct options){
        .osc = true,
        .osc_host = "127.0.0.1",
        .osc_port = 57120,
        .latency = DEFAULT_LATENCY,
        .gain_limit = DEFAULT_GAIN_LIMIT,
        .max_score = OD_SCORE_LENGTH_MAX,
        .max_memory = DEFAULT_MEMORY,
        .rt_priority = DEFAULT_PRIORITY,
    };
    if (!from_environment(options)) {
        return 64;
    }
    int option;
    argv[0] = program_invocation_short_name; /* for the messages of getopt */
    while ((option = getopt_long(argc, argv, "o:Om:Ml:n:b:epvqhV", long_options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return od_cli_close_stdout(0);
        }
        if (option == 'V') {
            od_cli_version();
            return od_cli_close_stdout(0);
        }
        if (option == '?') {
            return od_cli_try_help();
        }
        if (!take_action(options, option) && !take_simple(options, option) &&
            !take_value(options, option)) {
            return 64;
        }
    }
    bool sound = scores(options, argv + optind, argc - optind) && check_together(options) &&
                 check_outputs(options);
    return sound ? -1 : 64;
}
