#include "control.h"
#include "dry_run.h"
#include "options.h"
#include "panic.h"
#include "probe.h"
#include "world/cli.h"

static int
act(const struct options *options)
{
    switch (options->action) {
    case ACTION_DRY_RUN:
        return dry_run(options);
    case ACTION_MIDI_LIST:
        return probe_midi_list();
    case ACTION_PROBE:
        return probe(options);
    case ACTION_PANIC:
        return panic(options);
    case ACTION_PLAY:
        break;
    }
    return control_run(options);
}

int
main(int argc, char **argv)
{
    struct options options;
    od_cli_begin();
    int exit_status = options_parse(argc, argv, &options);
    if (exit_status >= 0) {
        return exit_status;
    }
    return od_cli_close_stdout(act(&options));
}
