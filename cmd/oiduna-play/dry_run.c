#include "dry_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "general.h"
#include "out/nrt.h"
#include "out/offline.h"
#include "out/trace.h"
#include "score/midi.h"
#include "script.h"
#include "setup.h"
#include "smf/write.h"
#include "world/cli.h"
#include "world/outfile.h"

struct run {
    const struct options *options;
    struct od_playlist list;
    struct script *script;          /* instead of the list: a control stream; or NULL */
    struct od_buf line;             /* of the trace */
    struct od_smf *smf;             /* NULL unless --render */
    struct general *general;        /* NULL unless --gm */
    struct od_transport first_grid; /* valid once bpm is not 0 */
    const char **names;             /* of its tracks; strings of the takes */
    size_t n_names;
    FILE *nrt; /* NULL unless --osc-score */
    char *nrt_bytes;
    size_t nrt_size;
    size_t tracks_of_note[OD_PORTS_MAX][OD_CHANNELS][OD_NOTES];
    od_nsec first; /* message of all; below 0 if it comes before step 0 */
    od_nsec end;
    od_nsec last_osc; /* an event may sound after the end of its step, and of the last */
    int64_t steps;
    enum od_status status;
};

static bool
print(struct run *run)
{
    bool printed = fwrite(run->line.data, 1, run->line.length, stdout) == run->line.length;
    if (!printed) {
        od_cli_output_lost(errno);
    }
    run->line.length = 0;
    return printed;
}

static bool
on_osc(void *context, od_nsec time, int64_t step, unsigned char *bundle, size_t size)
{
    struct run *run = context;
    if (run->options->trace && run->status == OD_OK) {
        run->status = od_trace_osc(&run->line, time, step, bundle, size);
        if (!print(run)) {
            return false;
        }
    }
    if (run->nrt != NULL && run->status == OD_OK) {
        run->status = od_nrt_write(run->nrt, time, bundle, size);
    }
    if (run->general != NULL && run->status == OD_OK) {
        run->status = general_take(run->general, time, bundle, size);
    }
    run->last_osc = time > run->last_osc ? time : run->last_osc;
    if (time < run->first && (run->nrt != NULL || run->general != NULL)) {
        run->first = time;
    }
    return run->status == OD_OK;
}

/* The track of that name, a new one if need be; names are few. */
static size_t
track_named(struct run *run, const char *name, unsigned channel)
{
    for (size_t i = 0; i < run->n_names; i++) {
        if (strcmp(run->names[i], name) == 0) {
            return i;
        }
    }
    const char **names = realloc(run->names, (run->n_names + 1) * sizeof *names);
    if (names == NULL) {
        run->status = OD_ENOMEM;
        return 0;
    }
    run->names = names;
    run->names[run->n_names++] = name;
    return od_smf_track(run->smf, name, channel);
}

/* The file's track for a voice: by its name, so that a track keeps its place through all scores. */
static size_t
smf_track(struct run *run, const struct od_midi_message *message)
{
    bool is_long = message->bytes[0] == OD_MIDI_SYSEX; /* of no channel: its track's */
    unsigned channel = message->bytes[0] & 0x0fu;
    bool is_off = (message->bytes[0] & 0xf0u) == OD_MIDI_NOTE_OFF;
    size_t *of_note = &run->tracks_of_note[message->port][channel][message->bytes[1] & 0x7fu];
    if (is_off) {
        return *of_note;
    }
    const struct od_take *take = run->script != NULL ? script_take(run->script, message->generation)
                                                     : run->list.takes[message->generation - 1];
    struct od_track_info info = od_take_track(take, message->voice);
    size_t track = track_named(run, info.id, is_long ? (unsigned)info.channel : channel);
    if ((message->bytes[0] & 0xf0u) == OD_MIDI_NOTE_ON) {
        *of_note = track;
    }
    return track;
}

static bool
on_midi(void *context, const struct od_midi_message *message)
{
    struct run *run = context;
    if (run->options->trace && run->status == OD_OK) {
        run->status =
            od_trace_midi(&run->line, message->time, message->step, message->bytes, message->size);
        if (!print(run)) {
            return false;
        }
    }
    if (run->smf != NULL && message->voice != OD_NO_VOICE) {
        od_smf_event(run->smf, smf_track(run, message), message->time, message->bytes,
                     message->size);
        run->first = message->time < run->first ? message->time : run->first;
    }
    run->end = message->time > run->end ? message->time : run->end;
    return run->status == OD_OK;
}

static void
on_grid(void *context, const struct od_transport *transport)
{
    struct run *run = context;
    if (run->smf != NULL) {
        od_smf_grid(run->smf, transport);
    }
    if (!(run->first_grid.bpm > 0)) {
        run->first_grid = *transport;
    }
    run->steps = run->script != NULL ? script_steps(run->script) : run->steps;
    od_nsec end = od_transport_time(transport, run->steps);
    run->end = end > 0 ? end : run->end;
}

static void
on_loud(void *context, struct od_program *program, size_t voice)
{
    const struct run *run = context;
    if (!run->options->quiet) {
        od_cli_message("track '%.100s' is louder than --gain-limit %g: it is played at that",
                       od_take_track(od_take_of(program), voice).id, run->options->gain_limit);
    }
}

static void
on_notice(void *context, const struct od_notice *notice)
{
    script_notice(((struct run *)context)->script, notice);
}

static void
on_turn(void *context, struct od_player *player, od_nsec now)
{
    script_turn(((struct run *)context)->script, player, now);
}

static int
write_file(const char *path, const void *bytes, size_t size)
{
    struct od_outfile file;
    enum od_status status = od_outfile_put(&file, path, bytes, size);
    return status == OD_OK ? 0 : od_cli_fail(status, "%s", file.error);
}

/* Bars that both files begin with, so that what sounds before step 0 has a time in them. */
static int64_t
lead_bars(const struct run *run)
{
    od_nsec bar = od_transport_span(&run->first_grid, 0, OD_BAR_STEPS);
    return run->first < 0 && bar > 0 ? (-run->first + bar - 1) / bar : 0;
}

static void
say_lead(const struct run *run, const char *path)
{
    int64_t bars = lead_bars(run);
    if (bars > 0 && !run->options->quiet) {
        od_cli_message("%s begins %lld bar%s early: something sounds %.3f ms before step 0", path,
                       (long long)bars, bars == 1 ? "" : "s",
                       (double)-run->first / (double)OD_NSEC_PER_MS);
    }
}

static void
say_general(const struct run *run)
{
    struct od_buf text = {0};
    general_say(run->general, &text);
    if (text.length > 0 && !text.failed && !run->options->quiet) {
        od_cli_message("%s: %.*s", run->options->render, (int)text.length, (const char *)text.data);
    }
    od_buf_clear(&text);
}

static void
say_smf(const struct run *run, bool stretched)
{
    if (run->options->quiet) {
        return;
    }
    if (stretched) {
        od_cli_message("%s: below 3.58 bpm its bars are longer than the loop's: a MIDI file has no "
                       "slower tempo; times are right",
                       run->options->render);
    }
    if (run->general != NULL) {
        say_general(run);
    } else if (run->n_names == 0 && run->options->osc_score == NULL) {
        od_cli_message("%s is empty: no track is a MIDI track; the SuperDirt side is for --gm, or "
                       "--osc-score",
                       run->options->render);
    }
    say_lead(run, run->options->render);
}

static int
write_smf(struct run *run)
{
    struct od_buf bytes = {0};
    bool stretched = false;
    od_nsec last = run->general != NULL ? general_end(run->general) : 0;
    od_nsec end = last > run->end ? last : run->end;
    enum od_status status = od_smf_write(run->smf, end, lead_bars(run), &bytes, &stretched);
    int exit_status = status == OD_OK ? write_file(run->options->render, bytes.data, bytes.length)
                                      : od_cli_fail(status, "%s", od_status_text(status));
    od_buf_clear(&bytes);
    if (exit_status == 0) {
        say_smf(run, stretched);
    }
    return exit_status;
}

static int
write_nrt(struct run *run)
{
    od_nsec end = run->last_osc > run->end ? run->last_osc : run->end;
    od_nsec lead = od_transport_span(&run->first_grid, 0, (double)lead_bars(run) * OD_BAR_STEPS);
    enum od_status status = od_nrt_end(run->nrt, end);
    bool closed = fclose(run->nrt) == 0;
    run->nrt = NULL;
    if (status != OD_OK || !closed) {
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    od_nrt_shift(run->nrt_bytes, run->nrt_size, lead);
    int exit_status = write_file(run->options->osc_score, run->nrt_bytes, run->nrt_size);
    if (exit_status == 0 && run->options->render == NULL) {
        say_lead(run, run->options->osc_score);
    }
    return exit_status;
}

/* Every MIDI track has its place in the file, in the order of the scores, also a silent one.
 * Gives their channels, as bits. */
static unsigned
name_tracks(struct run *run)
{
    unsigned channels = 0;
    for (size_t i = 0; i < run->list.n; i++) {
        const struct od_take *take = run->list.takes[i];
        for (size_t voice = 0; voice < od_take_tracks(take); voice++) {
            struct od_track_info info = od_take_track(take, voice);
            if (info.midi) {
                (void)track_named(run, info.id, (unsigned)info.channel);
                channels |= 1u << info.channel;
            }
        }
    }
    return channels;
}

static enum od_status
open_files(struct run *run)
{
    if (run->options->render != NULL) {
        run->smf = od_smf_new("oiduna");
        if (run->smf == NULL) {
            return OD_ENOMEM;
        }
        unsigned channels = name_tracks(run);
        run->general = run->options->gm ? general_new(run->smf, channels) : NULL;
        if (run->options->gm && run->general == NULL) {
            return OD_ENOMEM;
        }
    }
    if (run->options->osc_score != NULL) {
        run->nrt = open_memstream(&run->nrt_bytes, &run->nrt_size);
        if (run->nrt == NULL) {
            return OD_ENOMEM;
        }
    }
    return OD_OK;
}

static int
play(struct run *run, const struct setup *setup)
{
    struct od_player_settings settings = setup_player(setup, run->options);
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        settings.packet_limit[i] = OD_PACKET_LIMIT_LOOPBACK;
    }
    bool scripted = run->script != NULL;
    const struct od_offline_sink sink = {.context = run,
                                         .osc = on_osc,
                                         .midi = on_midi,
                                         .grid = on_grid,
                                         .loud = scripted ? NULL : on_loud,
                                         .notice = scripted ? on_notice : NULL,
                                         .turn = scripted ? on_turn : NULL};
    enum od_status status = open_files(run);
    if (status == OD_OK) {
        status = od_offline_run(&settings, scripted ? NULL : &run->list, &sink);
    }
    if (status == OD_OK) {
        status = run->status;
    }
    if (status == OD_OK && scripted && script_status(run->script) == OD_EDATA) {
        return od_status_exit(OD_EDATA); /* what could not be done was said */
    }
    if (status != OD_OK) {
        return od_cli_fail(status, "%s", od_status_text(status));
    }
    int exit_status = run->smf != NULL ? write_smf(run) : 0;
    return exit_status == 0 && run->nrt != NULL ? write_nrt(run) : exit_status;
}

static void
clear(struct run *run)
{
    script_free(run->script);
    setup_forget(&run->list);
    od_buf_clear(&run->line);
    general_free(run->general);
    od_smf_free(run->smf);
    free(run->names);
    if (run->nrt != NULL) {
        fclose(run->nrt);
    }
    free(run->nrt_bytes);
    free(run);
}

static int
load(struct run *run, const struct setup *setup)
{
    const struct options *options = run->options;
    struct od_buf input = {0};
    int exit_status = options->n_scores == 0 ? od_status_exit(od_cli_read(NULL, &input)) : 0;
    if (exit_status == 0 && script_is(&input)) {
        run->script = script_new(options, setup, &input);
        exit_status = run->script != NULL ? 0 : od_cli_fail(OD_ENOMEM, "out of memory");
    } else if (exit_status == 0) {
        exit_status = setup_takes(setup, options, &input, &run->list);
    }
    od_buf_clear(&input);
    return exit_status;
}

int
dry_run(const struct options *options)
{
    struct setup setup;
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    run->options = options;
    run->list.loops = options->loops > 0 || options->bars > 0 ? options->loops : 1;
    run->list.bars = options->bars;
    int exit_status = setup_init(&setup, options);
    if (exit_status == 0) {
        exit_status = load(run, &setup);
    }
    if (exit_status == 0) {
        run->steps = od_playlist_steps(&run->list);
        exit_status = play(run, &setup);
    }
    clear(run);
    setup_clear(&setup);
    return exit_status;
}
