#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "world/cli.h"
#include "world/client.h"

static const char help[] =
    "usage: oiduna-midi [--from NAME | --raw PATH] [--clock] [--map FILE] [--learn]\n"
    "                   [--player HOST:PORT] [-q]\n"
    "       oiduna-midi --check --map FILE\n"
    "       oiduna-midi --list\n"
    "\n"
    "Lets oiduna-play follow a MIDI clock and obey MIDI controllers. The player is\n"
    "reached at its control port; it may come and go, so may the MIDI device.\n"
    "\n"
    "  -f, --from NAME          MIDI input, or a part of its name\n"
    "  -r, --raw PATH           read MIDI bytes from a device, a FIFO, or '-'\n"
    "  -c, --clock              follow Timing Clock, Start, Continue, Stop and\n"
    "                           Song Position\n"
    "  -m, --map FILE           what controllers do, oiduna-midimap(5); read again\n"
    "                           on SIGHUP\n"
    "  -l, --learn              print a line for the map for what is touched\n"
    "      --check              only judge the map\n"
    "      --list               list the MIDI inputs\n"
    "  -p, --player HOST:PORT   where the player is (127.0.0.1:57124)\n"
    "  -q, --quiet              say nothing but errors\n"
    "  -h, --help               this text\n"
    "  -V, --version            version\n"
    "\n"
    "See oiduna-midi(1), oiduna-midimap(5), oiduna-play(1).\n";

enum {
    OPTION_CHECK = 256,
    OPTION_LIST
};

static const struct option long_options[] = {
    {"from", required_argument, NULL, 'f'},   {"raw", required_argument, NULL, 'r'},
    {"clock", no_argument, NULL, 'c'},        {"map", required_argument, NULL, 'm'},
    {"learn", no_argument, NULL, 'l'},        {"check", no_argument, NULL, OPTION_CHECK},
    {"list", no_argument, NULL, OPTION_LIST}, {"player", required_argument, NULL, 'p'},
    {"quiet", no_argument, NULL, 'q'},        {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},      {0},
};

static int
set_player(struct options *options, const char *text)
{
    if (!od_udp_split(text, options->host, &options->port)) {
        return od_cli_usage("--player wants HOST:PORT, HOST or :PORT, not '%s'", text);
    }
    return -1;
}

static int
set_text(const char **where, const char *name)
{
    *where = optarg;
    return optarg[0] != '\0' ? -1 : od_cli_usage("%s needs a name", name);
}

static int
set_option(struct options *options, int option)
{
    switch (option) {
    case 'f':
        return set_text(&options->from, "--from");
    case 'r':
        return set_text(&options->raw, "--raw");
    case 'c':
        options->clock = true;
        return -1;
    case 'm':
        return set_text(&options->map, "--map");
    case 'l':
        options->learn = true;
        return -1;
    case OPTION_CHECK:
        options->check = true;
        return -1;
    case OPTION_LIST:
        options->list = true;
        return -1;
    case 'p':
        return set_player(options, optarg);
    case 'q':
        options->quiet = true;
        return -1;
    case 'h':
        fputs(help, stdout);
        return od_cli_close_stdout(0);
    case 'V':
        od_cli_version();
        return od_cli_close_stdout(0);
    default:
        return od_cli_try_help();
    }
}

/* Options that have no meaning together are a mistake of the caller. */
static int
check_options(const struct options *options)
{
    bool listens = options->from != NULL || options->raw != NULL;
    bool acts = options->clock || options->learn || options->map != NULL;
    if (options->list) {
        return listens || acts || options->check ? od_cli_usage("--list stands alone") : -1;
    }
    if (options->check) {
        return options->map == NULL || listens || options->clock || options->learn
                   ? od_cli_usage("--check goes with --map alone")
                   : -1;
    }
    if (options->from != NULL && options->raw != NULL) {
        return od_cli_usage("--from and --raw exclude each other");
    }
    if (!acts) {
        return od_cli_usage("nothing to do: --clock, --map or --learn is needed");
    }
    if (!listens) {
        return od_cli_usage("listen to what? --from NAME or --raw PATH; --list shows the inputs");
    }
    return -1;
}

int
options_parse(int argc, char **argv, struct options *options)
{
    int option;
    *options = (struct options){.host = OD_CLIENT_HOST, .port = OD_CLIENT_PORT};
    argv[0] = program_invocation_short_name; /* for the messages of getopt */
    while ((option = getopt_long(argc, argv, "f:r:cm:lp:qhV", long_options, NULL)) != -1) {
        int exit_status = set_option(options, option);
        if (exit_status >= 0) {
            return exit_status;
        }
    }
    if (optind < argc) {
        return od_cli_usage("'%s': no such word is expected", argv[optind]);
    }
    return check_options(options);
}
