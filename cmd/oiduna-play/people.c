#include "people.h"

#include <string.h>

#include "report.h"
#include "watch.h"
#include "world/cli.h"

bool
people_ask(const struct control *control)
{
    return !control->options->events && !control->options->quiet;
}

void
people_status(struct control *control)
{
    struct display_state state = watch_state(control);
    const struct od_take *take = control->current;
    display_clear(&control->display);
    display_say(&state);
    if (take == NULL) {
        od_cli_message("nothing is loaded");
        return;
    }
    const struct od_score *score = od_shared_score_get(od_take_scenes(take));
    for (uint32_t i = 1; i < score->count[OD_SECTION_PARTS]; i++) {
        const char *name = score->strings + score->parts[i].name;
        od_cli_message("scene %s%s", name,
                       strcmp(name, od_take_scene(take)) == 0 ? " (it plays)" : "");
    }
}

void
people_tracks(struct control *control)
{
    display_clear(&control->display);
    if (control->current == NULL) {
        od_cli_message("nothing is loaded");
        return;
    }
    if (!tracks_learn(&control->tracks, control->current)) {
        od_cli_message("%s", od_status_text(OD_ENOMEM));
        return;
    }
    for (size_t i = 0; i < control->tracks.n; i++) {
        if (tracks_is_first(&control->tracks, i)) {
            const struct od_track_info info = od_take_track(control->current, i);
            od_cli_message(
                "%-20s %-16s %6llu events%s%s%s", info.id, info.midi ? "MIDI" : info.sound,
                (unsigned long long)control->tracks.rows[i].events, info.mute ? ", muted" : "",
                info.solo ? ", solo" : "", info.audible ? "" : ", not heard");
        }
    }
}

void
people_metrics(struct control *control)
{
    display_clear(&control->display);
    report_print(control->engine, control->environment.bpm);
}

void
people_ports(struct control *control, const struct od_midiport_info *ports, size_t n)
{
    size_t outputs = 0;
    display_clear(&control->display);
    for (size_t i = 0; i < n; i++) {
        if (ports[i].is_output) {
            od_cli_message("MIDI output: %s", ports[i].name);
            outputs++;
        }
    }
    if (outputs == 0) {
        od_cli_message("no MIDI output port");
    }
}
