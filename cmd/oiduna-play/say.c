#include "say.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/version.h"
#include "report.h"
#include "world/cli.h"

static od_nsec
wall(const struct control *control, od_nsec time)
{
    return engine_wall(control->engine, time);
}

static void
add_applies_at(struct control *control, struct od_buf *line, int64_t step, od_nsec time)
{
    od_buf_printf(line, ",\"applies_at\":{");
    events_step(line, step, wall(control, time));
    od_buf_printf(line, "}");
}

void
say_ok(struct control *control, const struct answer *answer, int64_t step, od_nsec time,
       bool has_step)
{
    struct od_buf *line = events_begin(&control->events, "ok", answer->id);
    events_text(line, "command", answer->command);
    if (has_step) {
        add_applies_at(control, line, step, time);
    }
    events_end(&control->events, false);
}

void
say_error_event(struct control *control, const char *id, const char *command, const char *code,
                const char *text)
{
    struct od_buf *line = events_begin(&control->events, "error", id);
    events_text(line, "command", command);
    events_text(line, "code", code);
    events_text(line, "message", text);
    events_end(&control->events, false);
}

/* What people read instead of the event. */
static void
tell(struct control *control, const char *command, const char *text)
{
    bool named = strncmp(text, command, strlen(command)) == 0;
    if (!control->options->events && !control->options->quiet) {
        display_clear(&control->display);
        od_cli_message("%s%s%s", named ? "" : command, named ? "" : ": ", text);
    }
}

void
say_error(struct control *control, const char *id, const char *command, const char *code,
          const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say_error_event(control, id, command, code, text);
    tell(control, command, text);
}

void
say_set_error(struct control *control, const char *id, const char *param, const char *code,
              const char *text)
{
    struct od_buf *line = events_begin(&control->events, "error", id);
    events_text(line, "command", "set");
    events_text(line, "code", code);
    events_text(line, "message", text);
    events_text(line, "param", param);
    events_end(&control->events, false);
    tell(control, "set", text);
}

void
say_warning(struct control *control, const char *code, uint64_t count, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct od_buf *line = events_begin(&control->events, "warning", NULL);
    events_text(line, "code", code);
    events_text(line, "message", text);
    if (count > 0) {
        events_count(line, "count", count);
    }
    events_end(&control->events, false);
    if (!control->options->quiet) {
        display_clear(&control->display);
        od_cli_message("%s", text);
    }
}

void
say_warning_event(struct control *control, const char *code, const char *text)
{
    struct od_buf *line = events_begin(&control->events, "warning", NULL);
    events_text(line, "code", code);
    events_text(line, "message", text);
    events_end(&control->events, false);
}

void
say_ready(struct control *control)
{
    const struct options *options = control->options;
    struct od_buf *line = events_begin(&control->events, "ready", NULL);
    events_text(line, "version", OD_VERSION);
    events_count(line, "control", OD_CONTROL_VERSION);
    events_count(line, "pid", (uint64_t)getpid());
    events_number(line, "latency_ms", (double)options->latency / (double)OD_NSEC_PER_MS);
    if (options->osc) {
        od_buf_printf(line, ",\"osc\":{\"host\":");
        od_buf_json_string(line, options->osc_host);
        events_count(line, "port", options->osc_port);
        od_buf_printf(line, "}");
    } else {
        events_null(line, "osc");
    }
    events_text(line, "midi",
                od_midiout_connected(&control->engine->midi, 0)
                    ? od_midiout_name(&control->engine->midi, 0)
                    : NULL);
    events_end(&control->events, false);
}

/* Members of an array of the track ids, each once. */
static void
add_track_ids(struct od_buf *line, struct control *control, bool audible_only)
{
    const struct od_take *take = control->current;
    const struct tracks *tracks = &control->tracks;
    bool first = true;
    for (size_t i = 0; i < tracks->n; i++) {
        if (!tracks_is_first(tracks, i) || (audible_only && !od_take_track(take, i).audible)) {
            continue;
        }
        od_buf_printf(line, "%s", first ? "" : ",");
        od_buf_json_string(line, tracks->rows[i].id);
        first = false;
    }
}

/* Without memory for it clients see no tracks. */
static void
learn_tracks(struct control *control)
{
    if (control->current != NULL) {
        (void)tracks_learn(&control->tracks, control->current);
    }
}

static void
add_scenes(struct od_buf *line, const struct od_take *take)
{
    if (take == NULL) {
        return;
    }
    const struct od_score *score = od_shared_score_get(od_take_scenes(take));
    for (uint32_t i = 1; i < score->count[OD_SECTION_PARTS]; i++) {
        od_buf_printf(line, "%s", i > 1 ? "," : "");
        od_buf_json_string(line, score->strings + score->parts[i].name);
    }
}

static void
add_pending(struct control *control, struct od_buf *line)
{
    const struct pending *pending = &control->pending;
    od_buf_printf(line, ",\"pending\":[");
    if (pending->active) {
        const char *scene = od_take_scene(pending->take);
        od_buf_printf(line, "{\"change\":%" PRIu64, pending->change);
        events_text(line, "type", pending->scene ? "scene" : "session");
        events_text(line, "scene", *scene != '\0' ? scene : NULL);
        events_text(line, "timing", pending->boundary.word);
        events_count(line, "step", (uint64_t)(pending->step & (OD_STEPS - 1)));
        od_buf_printf(line, "}");
    }
    od_buf_printf(line, "]");
}

static void
add_connections(struct control *control, struct od_buf *line)
{
    const struct options *options = control->options;
    const struct od_midiout *midi = &control->engine->midi;
    bool connected = od_midiout_connected(midi, 0);
    const char *name = od_midiout_name(midi, 0);
    od_buf_printf(line, ",\"osc\":{\"enabled\":%s", options->osc ? "true" : "false");
    events_bool(line, "connected", control->superdirt.present);
    events_text(line, "host", options->osc_host);
    events_count(line, "port", options->osc_port);
    od_buf_printf(line, "},\"midi\":{\"enabled\":%s",
                  name != NULL && *name != '\0' ? "true" : "false");
    events_bool(line, "connected", connected);
    events_text(line, "port", name != NULL && *name != '\0' ? name : NULL);
    od_buf_printf(line, "}");
}

static void
add_position(struct control *control, struct od_buf *line)
{
    od_buf_printf(line, ",\"position\":{");
    int64_t step = control->position >= 0 ? control->position : 0;
    events_step(line, step, wall(control, control->position_time));
    od_buf_printf(line, "}");
    if (control->state == OD_PLAYING) {
        events_time(line, "anchor", wall(control, od_transport_time(&control->transport, 0)));
    } else {
        events_null(line, "anchor");
    }
}

void
say_status(struct control *control, const char *id)
{
    struct od_take *take = control->current;
    const char *scene = take != NULL ? od_take_scene(take) : "";
    if (!control->events.enabled) {
        return;
    }
    learn_tracks(control);
    struct od_buf *line = events_begin(&control->events, "status", id);
    events_text(line, "state", display_word(control->state));
    events_number(line, "bpm", control->environment.bpm);
    events_number(line, "swing", control->environment.swing);
    events_number(line, "default_gate", control->environment.gate);
    add_position(control, line);
    od_buf_printf(line, ",\"tracks\":[");
    add_track_ids(line, control, false);
    od_buf_printf(line, "],\"active_tracks\":[");
    add_track_ids(line, control, true);
    od_buf_printf(line, "]");
    events_text(line, "scene", *scene != '\0' ? scene : NULL);
    od_buf_printf(line, ",\"scenes\":[");
    add_scenes(line, take);
    od_buf_printf(line, "]");
    add_pending(control, line);
    add_connections(control, line);
    events_end(&control->events, false);
}

static void
add_track(struct od_buf *line, const struct track_row *row, const struct od_track_info *info)
{
    unsigned length = 0;
    od_buf_printf(line, "{\"id\":");
    od_buf_json_string(line, info->id);
    events_text(line, "kind", info->midi ? "midi" : "osc");
    events_text(line, "sound", info->sound);
    if (info->midi) {
        events_count(line, "channel", (uint64_t)info->channel);
    } else {
        events_null(line, "channel");
    }
    od_buf_printf(line, ",\"orbit\":%d", info->orbit);
    events_number(line, "gain", info->gain);
    events_number(line, "pan", info->pan);
    events_count(line, "velocity", (uint64_t)info->velocity);
    events_bool(line, "muted", info->mute);
    events_bool(line, "solo", info->solo);
    events_bool(line, "audible", info->audible);
    events_text(line, "line", info->line);
    events_count(line, "events", row->events);
    od_buf_printf(line, ",\"steps\":[");
    for (unsigned step = 0; step < OD_STEPS; step++) {
        if (tracks_has(row, step)) {
            od_buf_printf(line, "%s%u", length > 0 ? "," : "", step);
            length = step + 1;
        }
    }
    od_buf_printf(line, "],\"length\":%u}", length);
}

void
say_tracks(struct control *control, const char *id)
{
    if (!control->events.enabled) {
        return;
    }
    learn_tracks(control);
    struct od_buf *line = events_begin(&control->events, "tracks", id);
    od_buf_printf(line, ",\"tracks\":[");
    bool first = true;
    for (size_t i = 0; i < control->tracks.n; i++) {
        if (tracks_is_first(&control->tracks, i)) {
            struct od_track_info info = od_take_track(control->current, i);
            od_buf_printf(line, "%s", first ? "" : ",");
            add_track(line, &control->tracks.rows[i], &info);
            first = false;
        }
    }
    od_buf_printf(line, "]");
    events_end(&control->events, false);
}

void
say_change(struct control *control, const struct od_notice *notice, bool waits)
{
    const struct answer *answer = &control->answer;
    struct od_buf *line = events_begin(&control->events, "ok", answer->id);
    events_text(line, "command", answer->command);
    events_count(line, "change", notice->change);
    events_bool(line, "pending", waits);
    add_applies_at(control, line, notice->step, notice->time);
    events_end(&control->events, false);
}

void
say_cancelled(struct control *control, uint64_t change)
{
    struct od_buf *line = events_begin(&control->events, "ok", control->answer.id);
    events_text(line, "command", "cancel");
    od_buf_printf(line, ",\"cancelled\":[%" PRIu64 "]", change);
    events_end(&control->events, false);
}

void
say_port(struct control *control)
{
    struct od_buf *line = events_begin(&control->events, "ok", control->answer.id);
    events_text(line, "command", "midi-port");
    events_text(line, "port", od_midiout_name(&control->engine->midi, 0));
    events_end(&control->events, false);
}

void
say_applied(struct control *control, const struct od_notice *notice, const char *what,
            const char *scene)
{
    struct od_buf *line = events_begin(&control->events, "applied", NULL);
    events_text(line, "what", what);
    events_count(line, "change", notice->change);
    events_text(line, "scene", scene);
    events_number(line, "bpm", notice->environment.bpm);
    od_buf_append(line, ",", 1);
    events_step(line, notice->step, wall(control, notice->time));
    events_end(&control->events, false);
}

void
say_position(struct control *control)
{
    struct od_buf *line = events_begin(&control->events, "position", NULL);
    od_buf_append(line, ",", 1);
    events_step(line, control->position, wall(control, control->position_time));
    events_end(&control->events, true);
}

void
say_bye(struct control *control)
{
    const struct engine *engine = control->engine;
    struct od_buf *line = events_begin(&control->events, "bye", NULL);
    events_text(line, "reason", control->reason);
    events_count(line, "dropped_steps", report_summary(engine).dropped_steps);
    events_count(line, "pending_note_offs", atomic_load(&engine->player.counts.pending_note_offs));
    events_end(&control->events, false);
}
