#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "world/cli.h"
#include "world/client.h"

#define QUANTUM_MAX 256

static const char help[] =
    "usage: oiduna-link [--quantum BEATS] [--start-stop] [--lead]\n"
    "                   [--player HOST:PORT] [-q]\n"
    "\n"
    "Keeps oiduna-play in step with an Ableton Link session: one tempo and one place\n"
    "in the bar for all programs of a network. The player is reached at its control\n"
    "port; it and the others in the session may come and go.\n"
    "\n"
    "      --quantum BEATS      how many beats have to be in phase (4: a bar)\n"
    "      --start-stop         start and stop with the session, both ways\n"
    "      --lead               a tempo said to the player is one for the session\n"
    "  -p, --player HOST:PORT   where the player is (127.0.0.1:57124)\n"
    "  -q, --quiet              say nothing but errors\n"
    "  -h, --help               this text\n"
    "  -V, --version            version\n"
    "\n"
    "This program is under the GNU General Public License, version 2 or later: it is\n"
    "made with Ableton Link.\n"
    "See oiduna-link(1), oiduna-play(1).\n";

enum {
    OPTION_QUANTUM = 256,
    OPTION_START_STOP,
    OPTION_LEAD
};

static const struct option long_options[] = {
    {"quantum", required_argument, NULL, OPTION_QUANTUM},
    {"start-stop", no_argument, NULL, OPTION_START_STOP},
    {"lead", no_argument, NULL, OPTION_LEAD},
    {"player", required_argument, NULL, 'p'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

static int
set_quantum(struct options *options, const char *text)
{
    char *end;
    options->quantum = strtod(text, &end);
    if (end == text || *end != '\0' ||
        !(options->quantum >= 1 && options->quantum <= QUANTUM_MAX)) {
        return od_cli_usage("--quantum wants 1 to %d beats, not '%s'", QUANTUM_MAX, text);
    }
    return -1;
}

static int
set_option(struct options *options, int option)
{
    switch (option) {
    case OPTION_QUANTUM:
        return set_quantum(options, optarg);
    case OPTION_START_STOP:
        options->start_stop = true;
        return -1;
    case OPTION_LEAD:
        options->lead = true;
        return -1;
    case 'p':
        return od_udp_split(optarg, options->host, &options->port)
                   ? -1
                   : od_cli_usage("--player wants HOST:PORT, HOST or :PORT, not '%s'", optarg);
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

int
options_parse(int argc, char **argv, struct options *options)
{
    int option;
    *options = (struct options){.quantum = 4, .host = OD_CLIENT_HOST, .port = OD_CLIENT_PORT};
    argv[0] = program_invocation_short_name; /* for the messages of getopt */
    while ((option = getopt_long(argc, argv, "p:qhV", long_options, NULL)) != -1) {
        int exit_status = set_option(options, option);
        if (exit_status >= 0) {
            return exit_status;
        }
    }
    return optind < argc ? od_cli_usage("'%s': no such word is expected", argv[optind]) : -1;
}
