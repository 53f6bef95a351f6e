#include "options.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world/cli.h"

#define TOKEN_MAX   4096
#define TOKEN_SHORT ((size_t)8) /* shorter ones can be guessed */

static const char help_head[] =
    "usage: oiduna-serve [options] [options of oiduna-play]\n"
    "\n"
    "HTTP in front of the compiler and a player of its own.\n"
    "\n"
    "  -H, --host HOST         address to listen on (API_HOST, 127.0.0.1)\n"
    "  -p, --port PORT         port to listen on, 0 = any free one (API_PORT, 57122)\n"
    "  -t, --token-file FILE   ask for the token in FILE (API_TOKEN: the token)\n"
    "      --insecure          listen beyond loopback without a token\n"
    "  -c, --cors ORIGIN       let pages of ORIGIN in; '*' = all; repeatable\n"
    "  -n, --name HOST         one more name of this server (Host); repeatable\n"
    "  -a, --assets DIR        where samples and SynthDefs are kept\n"
    "  -P, --player PATH       the player to start (oiduna-play beside this program)\n"
    "  -l, --log               one line a request, in common log format\n"
    "\n";

static const char help_tail[] =
    "\n"
    "Passed on to the player:\n"
    "      --osc HOST:PORT  --no-osc  --midi NAME  --midi-raw PATH  --midi-clock\n"
    "      --require-midi  --latency MS  --osc-offset MS  --midi-offset MS\n"
    "      --destinations FILE  --control-port PORT  --control-host HOST\n"
    "      --rt[=PRIO]  --no-rt  --report FILE\n"
    "\n"
    "  -h, --help              this text\n"
    "  -V, --version           version\n"
    "\n"
    "See oiduna-serve(8), oiduna-http(7).\n";

enum limit_kind {
    LIMIT_SIZE,
    LIMIT_COUNT,
    LIMIT_SECONDS
};

struct limit {
    const char *name;
    enum limit_kind kind;
    size_t place; /* offset in struct limits */
    double preset, least, most;
    const char *text;
};

#define KIB     1024.0
#define MIB     (1024.0 * 1024.0)
#define GIB     (1024.0 * 1024.0 * 1024.0)
#define L(name) offsetof(struct limits, name)

static const struct limit limits[] = {
    {"max-body", LIMIT_SIZE, L(max_body), 16 * MIB, 1 * KIB, 256 * MIB,
     "bytes of a session or file"},
    {"max-score", LIMIT_SIZE, L(max_score), 64 * MIB, 1 * KIB, 1 * GIB,
     "bytes of a compiled session"},
    {"max-memory", LIMIT_SIZE, L(max_memory), 1 * GIB, 1 * MIB, 1e15, "bytes the player may take"},
    {"max-header", LIMIT_SIZE, L(max_header), 16 * KIB, 512, 1 * MIB, "bytes of a request's head"},
    {"max-connections", LIMIT_COUNT, L(max_connections), 256, 1, 65535, "connections"},
    {"max-per-address", LIMIT_COUNT, L(max_per_address), 64, 1, 65535, "of them by one address"},
    {"max-streams", LIMIT_COUNT, L(max_streams), 64, 0, 65535, "streams"},
    {"max-backlog", LIMIT_SIZE, L(max_backlog), 1 * MIB, 4 * KIB, 1 * GIB,
     "unsent bytes of a stream"},
    {"max-clients", LIMIT_COUNT, L(max_clients), 1000, 0, 1e6, "clients with metadata"},
    {"max-metadata", LIMIT_SIZE, L(max_metadata), 64 * KIB, 2, 16 * MIB,
     "bytes of a client's metadata"},
    {"max-assets", LIMIT_SIZE, L(max_assets), 2 * GIB, 0, 1e15, "bytes of all assets"},
    {"header-timeout", LIMIT_SECONDS, L(header_timeout), 10, 0.05, 3600, "to send a head"},
    {"body-timeout", LIMIT_SECONDS, L(body_timeout), 30, 0.05, 3600, "without a byte of a body"},
    {"idle-timeout", LIMIT_SECONDS, L(idle_timeout), 75, 0.05, 86400, "between requests"},
    {"answer-timeout", LIMIT_SECONDS, L(answer_timeout), 2, 0.05, 60, "for the player's answer"},
    {"hang-timeout", LIMIT_SECONDS, L(hang_timeout), 5, 0.2, 3600,
     "until a player that hangs is ended"},
    {"heartbeat", LIMIT_SECONDS, L(heartbeat), 15, 0.05, 3600, "between heartbeats of a stream"},
    {"drain-timeout", LIMIT_SECONDS, L(drain_timeout), 2, 0.05, 60, "to finish answers at the end"},
};
#define N_LIMITS (sizeof limits / sizeof *limits)

enum {
    OPT_INSECURE = 256,
    OPT_LIMIT,
    OPT_PASS = OPT_LIMIT + (int)N_LIMITS
};

static const struct option own_options[] = {
    {"host", required_argument, NULL, 'H'},
    {"port", required_argument, NULL, 'p'},
    {"token-file", required_argument, NULL, 't'},
    {"insecure", no_argument, NULL, OPT_INSECURE},
    {"cors", required_argument, NULL, 'c'},
    {"name", required_argument, NULL, 'n'},
    {"assets", required_argument, NULL, 'a'},
    {"player", required_argument, NULL, 'P'},
    {"log", no_argument, NULL, 'l'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
};
#define N_OWN (sizeof own_options / sizeof *own_options)

static const struct {
    const char *name;
    int argument;
} passed[] = {
    {"osc", required_argument},          {"no-osc", no_argument},
    {"midi", required_argument},         {"midi-raw", required_argument},
    {"midi-clock", no_argument},         {"require-midi", no_argument},
    {"latency", required_argument},      {"osc-offset", required_argument},
    {"midi-offset", required_argument},  {"destinations", required_argument},
    {"control-port", required_argument}, {"control-host", required_argument},
    {"rt", optional_argument},           {"no-rt", no_argument},
    {"report", required_argument},
};
#define N_PASSED (sizeof passed / sizeof *passed)

static void
print_size(double value)
{
    if (value >= GIB && fmod(value, GIB) == 0) {
        printf("%.0fG", value / GIB);
    } else if (value >= MIB && fmod(value, MIB) == 0) {
        printf("%.0fM", value / MIB);
    } else if (value >= KIB && fmod(value, KIB) == 0) {
        printf("%.0fK", value / KIB);
    } else {
        printf("%.0f", value);
    }
}

static void
print_help(void)
{
    fputs(help_head, stdout);
    for (size_t i = 0; i < N_LIMITS; i++) {
        const struct limit *limit = &limits[i];
        const char *unit = limit->kind == LIMIT_SECONDS ? "SECONDS" : "N";
        int width = 24 - (int)strlen(limit->name);
        printf("      --%s %-*s %s%s (", limit->name, width, unit,
               limit->kind == LIMIT_SECONDS ? "time " : "how many ", limit->text);
        print_size(limit->preset);
        puts(")");
    }
    fputs(help_tail, stdout);
}

static double *
limit_seconds(struct limits *values, const struct limit *limit)
{
    return (double *)(void *)((char *)values + limit->place);
}

static uint64_t *
limit_number(struct limits *values, const struct limit *limit)
{
    return (uint64_t *)(void *)((char *)values + limit->place);
}

static void
limit_set(struct limits *values, const struct limit *limit, double value)
{
    if (limit->kind == LIMIT_SECONDS) {
        *limit_seconds(values, limit) = value;
    } else {
        *limit_number(values, limit) = (uint64_t)value;
    }
}

/* A suffix K, M or G multiplies a size. */
static bool
limit_read(struct limits *values, const struct limit *limit, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || !isdigit((unsigned char)text[0])) {
        end = NULL;
    } else if (limit->kind == LIMIT_SIZE && *end && strchr("KMG", *end) != NULL) {
        value *= *end == 'K' ? KIB : *end == 'M' ? MIB : GIB;
        end++;
    }
    if (end == NULL || *end || value < limit->least || value > limit->most ||
        (limit->kind != LIMIT_SECONDS && value != floor(value))) {
        od_cli_message("--%s: a number of %g..%g is expected, not '%s'", limit->name, limit->least,
                       limit->most, text);
        return false;
    }
    limit_set(values, limit, value);
    return true;
}

static bool
port_read(struct options *options, const char *name, const char *text)
{
    errno = 0;
    char *end;
    long port = strtol(text, &end, 10);
    if (end == text || *end || errno || port < 0 || port > 65535) {
        od_cli_message("%s: a port of 0..65535 is expected, not '%s'", name, text);
        return false;
    }
    options->port = (uint16_t)port;
    return true;
}

static enum od_status
token_set(struct options *options, const char *text, size_t length, const char *from)
{
    while (length && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        if (!isgraph((unsigned char)text[i])) {
            od_cli_message("%s: a token is made of printable ASCII without blanks, in one line",
                           from);
            return OD_EDATA;
        }
    }
    if (length == 0) {
        od_cli_message("%s: the token is empty: who knows it may play, so choose a long one", from);
        return OD_EDATA;
    }
    if (length < TOKEN_SHORT) {
        od_cli_message("%s: warning: a token as short as %zu characters is soon guessed", from,
                       length);
    }
    free(options->token);
    options->token = strndup(text, length);
    return options->token != NULL ? OD_OK : OD_ENOMEM;
}

/* Who can read it has it, and who can write it chooses it. */
static void
judge_token_file(FILE *file, const char *path)
{
    struct stat info;
    if (fstat(fileno(file), &info) != 0 || !S_ISREG(info.st_mode)) {
        return;
    }
    if (info.st_mode & (S_IWGRP | S_IWOTH)) {
        od_cli_message("%s: warning: others can write this file (chmod 600)", path);
    } else if (info.st_mode & (S_IRGRP | S_IROTH)) {
        od_cli_message("%s: warning: others can read this file (chmod 600)", path);
    }
}

static enum od_status
token_file(struct options *options, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        od_cli_message("the token file %s cannot be opened: %s", path, strerror(errno));
        return OD_ENOINPUT;
    }
    char text[TOKEN_MAX];
    size_t length = fread(text, 1, sizeof text, file);
    bool failed = ferror(file) != 0;
    judge_token_file(file, path);
    fclose(file);
    if (failed) {
        od_cli_message("the token file %s cannot be read", path);
        return OD_EIO;
    }
    if (length == sizeof text) {
        od_cli_message(
            "the token file %s is longer than %d bytes: it holds the token, nothing else", path,
            TOKEN_MAX - 1);
        return OD_EDATA;
    }
    return token_set(options, text, length, path);
}

static bool
name_add(const char **names, size_t *count, const char *name, const char *option)
{
    if (*count == NAMES_MAX) {
        od_cli_message("%s: given more than %zu times", option, NAMES_MAX);
        return false;
    }
    names[(*count)++] = name;
    return true;
}

static bool
replace(char **place, const char *text)
{
    free(*place);
    *place = strdup(text);
    return *place != NULL;
}

static char *
default_assets(void)
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    char *path = NULL;
    int n;
    if (data != NULL && *data == '/') {
        n = asprintf(&path, "%s/oiduna", data);
    } else if (home != NULL && *home == '/') {
        n = asprintf(&path, "%s/.local/share/oiduna", home);
    } else {
        n = asprintf(&path, "oiduna-assets");
    }
    return n < 0 ? NULL : path;
}

/* The player of the same installation comes first, then whatever PATH finds. */
static char *
default_player(void)
{
    char *path = NULL;
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;
    if (n > 0) {
        self[n] = '\0';
        slash = strrchr(self, '/');
        if (slash != NULL && asprintf(&path, "%.*s/oiduna-play", (int)(slash - self), self) >= 0) {
            if (access(path, X_OK) == 0) {
                return path;
            }
            free(path);
        }
    }
    return strdup("oiduna-play");
}

static bool
set_defaults(struct options *options)
{
    *options = (struct options){.host = "127.0.0.1", .port = 57122};
    for (size_t i = 0; i < N_LIMITS; i++) {
        limit_set(&options->limits, &limits[i], limits[i].preset);
    }
    options->assets = default_assets();
    options->player = default_player();
    return options->assets != NULL && options->player != NULL;
}

static enum od_status
read_environment(struct options *options)
{
    enum od_status status = OD_OK;
    const char *value;
    if ((value = getenv("API_HOST")) != NULL && *value) {
        options->host = value;
    }
    if ((value = getenv("API_PORT")) != NULL && *value && !port_read(options, "API_PORT", value)) {
        return OD_EUSAGE;
    }
    if ((value = getenv("API_TOKEN")) != NULL && *value) {
        status = token_set(options, value, strlen(value), "API_TOKEN");
    }
    return status == OD_EDATA ? OD_EUSAGE : status;
}

/* As "--name=value", so that a value that begins with '-' stays one. */
static enum od_status
pass_on(struct options *options, size_t which, const char *value)
{
    char *text;
    int n = value != NULL ? asprintf(&text, "--%s=%s", passed[which].name, value)
                          : asprintf(&text, "--%s", passed[which].name);
    if (n < 0) {
        return OD_ENOMEM;
    }
    options->play_args[options->n_play_args++] = text;
    return OD_OK;
}

static enum od_status
read_one(struct options *options, int opt)
{
    if (opt >= OPT_PASS) {
        return pass_on(options, (size_t)(opt - OPT_PASS), optarg);
    }
    if (opt >= OPT_LIMIT) {
        return limit_read(&options->limits, &limits[opt - OPT_LIMIT], optarg) ? OD_OK : OD_EUSAGE;
    }
    bool good;
    switch (opt) {
    case 'H':
        options->host = optarg;
        return OD_OK;
    case 'p':
        return port_read(options, "--port", optarg) ? OD_OK : OD_EUSAGE;
    case 't':
        return token_file(options, optarg);
    case 'c':
        good = name_add(options->cors, &options->n_cors, optarg, "--cors");
        return good ? OD_OK : OD_EUSAGE;
    case 'n':
        good = name_add(options->names, &options->n_names, optarg, "--name");
        return good ? OD_OK : OD_EUSAGE;
    case 'a':
        return replace(&options->assets, optarg) ? OD_OK : OD_ENOMEM;
    case 'P':
        return replace(&options->player, optarg) ? OD_OK : OD_ENOMEM;
    case 'l':
        options->log = true;
        return OD_OK;
    case OPT_INSECURE:
        options->insecure = true;
        options->play_args[options->n_play_args] = strdup("--insecure"); /* of --control-host */
        return options->play_args[options->n_play_args++] != NULL ? OD_OK : OD_ENOMEM;
    default:
        od_cli_try_help();
        return OD_EUSAGE;
    }
}

static void
all_options(struct option *all)
{
    size_t n = 0;
    for (size_t i = 0; i < N_OWN; i++) {
        all[n++] = own_options[i];
    }
    for (size_t i = 0; i < N_LIMITS; i++) {
        all[n++] = (struct option){limits[i].name, required_argument, NULL, OPT_LIMIT + (int)i};
    }
    for (size_t i = 0; i < N_PASSED; i++) {
        all[n++] = (struct option){passed[i].name, passed[i].argument, NULL, OPT_PASS + (int)i};
    }
    all[n] = (struct option){NULL, 0, NULL, 0};
}

/* "127.example" is a name, and may lead anywhere. */
static bool
is_loopback(const char *host)
{
    struct in_addr address;
    return (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127) ||
           strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0;
}

static enum od_status
check(const struct options *options)
{
    if (options->token == NULL && !options->insecure && !is_loopback(options->host)) {
        od_cli_message("%s is not a loopback address: give --token-file FILE (or API_TOKEN), "
                       "or --insecure to let everyone in",
                       options->host);
        return OD_EUSAGE;
    }
    return OD_OK;
}

enum options_result
options_read(struct options *options, int argc, char **argv, enum od_status *status)
{
    *status = OD_ENOMEM;
    if (!set_defaults(options)) {
        return OPTIONS_BAD;
    }
    options->play_args = calloc((size_t)argc + 1, sizeof *options->play_args);
    if (options->play_args == NULL || (*status = read_environment(options)) != OD_OK) {
        return OPTIONS_BAD;
    }
    struct option all[N_OWN + N_LIMITS + N_PASSED + 1];
    all_options(all);
    argv[0] = program_invocation_short_name; /* for the messages of getopt */
    int opt;
    while ((opt = getopt_long(argc, argv, "H:p:t:c:n:a:P:lhV", all, NULL)) != -1) {
        if (opt == 'h' || opt == 'V') {
            if (opt == 'h') {
                print_help();
            } else {
                od_cli_version();
            }
            return OPTIONS_DONE;
        }
        *status = read_one(options, opt);
        if (*status != OD_OK) {
            return OPTIONS_BAD;
        }
    }
    if (optind < argc) {
        od_cli_message("'%s': sessions come over HTTP, not as arguments", argv[optind]);
        *status = OD_EUSAGE;
        return OPTIONS_BAD;
    }
    *status = check(options);
    return *status == OD_OK ? OPTIONS_GO : OPTIONS_BAD;
}

void
options_clear(struct options *options)
{
    for (size_t i = 0; i < options->n_play_args; i++) {
        free((void *)(uintptr_t)options->play_args[i]);
    }
    free(options->play_args);
    free(options->token);
    free(options->assets);
    free(options->player);
    *options = (struct options){0};
}
