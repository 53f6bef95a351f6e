#include "setup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/song.h"
#include "control/stream.h"
#include "text/diag.h"
#include "world/cli.h"

#define AGENDA_CAPACITY 8192
#define SONG_TAKES_MAX  ((size_t)65536)

static int
read_destinations(struct setup *setup, const char *path)
{
    struct od_buf text = {0};
    enum od_status status = od_cli_read(path, &text);
    if (status != OD_OK) {
        od_buf_clear(&text);
        return od_status_exit(status);
    }
    struct od_diag_list *diags = calloc(1, sizeof *diags);
    if (diags == NULL) {
        od_buf_clear(&text);
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    const struct od_source source = {
        .file = od_cli_input_name(path), .text = (const char *)text.data, .length = text.length};
    status = od_destinations_read(&setup->destinations, &source, diags);
    od_cli_diagnostics(diags, &source, false);
    od_diag_clear(diags);
    free(diags);
    od_buf_clear(&text);
    return od_status_exit(status);
}

/* The number of the output for a host, port and offset, a new one if need be; −1 if there is no
 * room. */
static int
output_of(struct setup *setup, const struct od_destination *destination, od_nsec offset)
{
    for (size_t i = 0; i < setup->n_outputs; i++) {
        const struct setup_output *output = &setup->outputs[i];
        if (output->port == destination->port && output->offset == offset &&
            strcmp(output->host, destination->host) == 0) {
            return (int)i;
        }
    }
    if (setup->n_outputs == OD_OUTPUTS_MAX) {
        return -1;
    }
    setup->outputs[setup->n_outputs] = (struct setup_output){
        .host = destination->host, .port = destination->port, .offset = offset};
    return (int)setup->n_outputs++;
}

static int
midi_port_of(struct setup *setup, const struct od_destination *destination)
{
    for (size_t i = 0; i < setup->n_ports; i++) {
        if (setup->ports[i].name != NULL &&
            strcmp(setup->ports[i].name, destination->port_name) == 0) {
            return (int)i;
        }
    }
    if (setup->n_ports == OD_PORTS_MAX) {
        return -1;
    }
    setup->ports[setup->n_ports] = setup->ports[0];
    setup->ports[setup->n_ports].by = NULL;
    setup->ports[setup->n_ports].name = destination->port_name;
    return (int)setup->n_ports++;
}

/* What a destination says of its port holds for the port: another must not say otherwise. */
static int
settle_port(struct setup_midi *midi, const struct od_destination *destination)
{
    od_nsec offset = destination->has_offset ? destination->offset : midi->offset;
    bool clock = destination->has_clock ? destination->clock : midi->clock;
    bool says = destination->has_offset || destination->has_clock;
    if (midi->by != NULL && (offset != midi->offset || clock != midi->clock)) {
        return od_cli_fail(OD_EDATA,
                           "destinations '%s' and '%s' are one MIDI port: they must have the same "
                           "offset_ms and clock",
                           midi->by, destination->id);
    }
    *midi = (struct setup_midi){midi->name, says ? destination->id : midi->by, offset, clock};
    return 0;
}

static int
check_offset(const struct od_destination *destination, od_nsec latency)
{
    if (destination->offset >= -latency) {
        return 0;
    }
    return od_cli_fail(OD_EDATA,
                       "destination '%s': offset_ms %g is earlier than the look-ahead of %g ms "
                       "allows: raise --latency",
                       destination->id, (double)destination->offset / (double)OD_NSEC_PER_MS,
                       (double)latency / (double)OD_NSEC_PER_MS);
}

static int
make_routes(struct setup *setup, const struct options *options)
{
    size_t n = setup->destinations.count;
    setup->routes = calloc(n + 1, sizeof *setup->routes);
    if (setup->routes == NULL) {
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        const struct od_destination *destination = &setup->destinations.items[i];
        od_nsec offset = destination->has_offset ? destination->offset : options->osc_offset;
        int output = destination->midi ? midi_port_of(setup, destination)
                                       : output_of(setup, destination, offset);
        if (output < 0) {
            return od_cli_fail(OD_EDATA, "destination '%s': more than %d %s outputs",
                               destination->id, destination->midi ? OD_PORTS_MAX : OD_OUTPUTS_MAX,
                               destination->midi ? "MIDI" : "OSC");
        }
        int exit_status = check_offset(destination, options->latency);
        if (exit_status == 0 && destination->midi) {
            exit_status = settle_port(&setup->ports[output], destination);
        }
        if (exit_status != 0) {
            return exit_status;
        }
        setup->routes[i] = (struct od_route){.id = destination->id,
                                             .midi = destination->midi,
                                             .output = (uint8_t)output,
                                             .address = destination->address,
                                             .channel = destination->channel};
    }
    setup->live.routes = setup->routes;
    setup->live.n_routes = n;
    return 0;
}

int
setup_init(struct setup *setup, const struct options *options)
{
    *setup = (struct setup){.room = {options->max_score, options->max_memory},
                            .n_ports = 1,
                            .live = {.bpm_override = options->bpm}};
    setup->ports[0] = (struct setup_midi){.name = options->midi_raw == NULL ? options->midi : NULL,
                                          .offset = options->midi_offset,
                                          .clock = options->midi_clock};
    enum od_status status =
        od_destinations_default(&setup->destinations, options->osc_host, options->osc_port);
    if (status != OD_OK) {
        return od_cli_fail(status, "%s", od_status_text(status));
    }
    if (options->destinations != NULL) {
        int exit_status = read_destinations(setup, options->destinations);
        if (exit_status != 0) {
            return exit_status;
        }
    }
    return make_routes(setup, options);
}

void
setup_clear(struct setup *setup)
{
    od_destinations_clear(&setup->destinations);
    free(setup->routes);
    *setup = (struct setup){0};
}

struct od_player_settings
setup_player(const struct setup *setup, const struct options *options)
{
    struct od_player_settings settings = {
        .latency = options->latency,
        .gain_limit = options->gain_limit,
        .lets_go = true,
        .n_outputs = options->osc ? (unsigned)setup->n_outputs : 0,
        .n_ports = (unsigned)setup->n_ports,
        .agenda_capacity = AGENDA_CAPACITY,
    };
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        settings.packet_limit[i] = OD_PACKET_LIMIT_NETWORK;
    }
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        bool used = i < setup->n_outputs;
        settings.osc_offset[i] = used ? setup->outputs[i].offset : options->osc_offset;
    }
    for (size_t i = 0; i < OD_PORTS_MAX; i++) {
        bool used = i < setup->n_ports;
        settings.midi_offset[i] = used ? setup->ports[i].offset : options->midi_offset;
        settings.clock_ports |= used && setup->ports[i].clock ? UINT32_C(1) << i : 0;
    }
    return settings;
}

/* The take of an opened score; the score is taken over in every case. */
static int
take_of(const struct setup *setup, struct od_score *score, const char *name, struct od_take *base,
        struct od_take **take)
{
    char error[OD_SCORE_ERROR_SIZE] = "";
    enum od_apply_what what;
    enum od_status status = room_check(&setup->room, score->header->length, error);
    if (status != OD_OK) {
        od_score_close(score);
        return od_cli_fail(status, "%s: error: %s", name, error);
    }
    struct od_shared_score *shared = od_shared_score_new(score);
    if (shared == NULL) {
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    status = od_take_apply(&setup->live, base, shared, false, take, &what, error);
    od_shared_score_unref(shared);
    return status == OD_OK ? 0
                           : od_cli_fail(status, "%s: error: %s", name,
                                         *error != '\0' ? error : od_status_text(status));
}

int
setup_take(const struct setup *setup, const char *path, struct od_take *base, struct od_take **take)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_score score;
    enum od_status status = od_score_open_file(&score, path, error);
    if (status != OD_OK) {
        return od_cli_fail(status, "%s: error: %s", path, error);
    }
    return take_of(setup, &score, path, base, take);
}

struct takes {
    const struct setup *setup;
    int64_t loops, bars; /* of the list */
    bool whole;          /* a song is one take; else one for each entry */
    struct od_take **items;
    int64_t *lengths;
    size_t n, capacity;
    bool ends; /* the last is a song that stops */
};

static bool
make_room(struct takes *takes)
{
    if (takes->n < takes->capacity) {
        return true;
    }
    size_t capacity = takes->capacity > 0 ? takes->capacity * 2 : 16;
    struct od_take **items = realloc(takes->items, capacity * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    takes->items = items;
    int64_t *lengths = realloc(takes->lengths, capacity * sizeof *lengths);
    if (lengths == NULL) {
        return false;
    }
    takes->lengths = lengths;
    takes->capacity = capacity;
    return true;
}

static int
add_one(struct takes *takes, struct od_take *take, int64_t length)
{
    if (!make_room(takes)) {
        od_take_unref(take);
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    takes->lengths[takes->n] = length;
    takes->items[takes->n++] = take;
    return 0;
}

static int
add_entry(struct takes *takes, struct od_take *song, size_t entry, uint64_t pass, int64_t length)
{
    char error[OD_SCORE_ERROR_SIZE] = "";
    struct od_take *take = NULL;
    bool first = entry == 0 && pass == 0;
    enum od_status status =
        od_song_take(&takes->setup->live, song, entry, pass, first, &take, error);
    if (status != OD_OK) {
        return od_cli_fail(status, "%s", *error != '\0' ? error : od_status_text(status));
    }
    return add_one(takes, take, length);
}

/* Its passes; one that is over after so many bars has as many as they take. */
static int64_t
song_passes(const struct takes *takes, struct od_take *song)
{
    if (takes->loops > 0) {
        return takes->loops;
    }
    int64_t steps = od_song_length(song, 1), most = takes->bars * OD_BAR_STEPS;
    return takes->whole || steps == 0 || most <= steps ? 1 : (most + steps - 1) / steps;
}

/* Each entry of each pass; what holds its last entry has the steps of the passes that do not come.
 */
static int
add_entries(struct takes *takes, struct od_take *song)
{
    bool loops = od_song_end_of(song) == OD_SONG_LOOP;
    size_t entries = od_song_entries(song);
    size_t passes = loops ? (size_t)song_passes(takes, song) : 1;
    int exit_status = 0;
    if (passes > SONG_TAKES_MAX / entries) {
        return od_cli_fail(OD_EUSAGE, "so many loops of a song of %zu entries are too many",
                           entries);
    }
    for (size_t i = 0; i < passes * entries && exit_status == 0; i++) {
        size_t entry = i % entries;
        exit_status = add_entry(takes, song, entry, i / entries, od_song_steps(song, entry));
    }
    if (exit_status == 0 && takes->lengths != NULL && od_song_end_of(song) == OD_SONG_HOLD &&
        takes->loops > 1) {
        takes->lengths[takes->n - 1] += od_song_length(song, takes->loops - 1);
    }
    return exit_status;
}

static int
add_take(struct takes *takes, struct od_take *take)
{
    takes->ends = false;
    if (od_song_begins(take) == 0) {
        return add_one(takes, take, 0);
    }
    int64_t length = od_song_length(take, song_passes(takes, take));
    int exit_status =
        takes->whole ? add_entry(takes, take, 0, 0, length) : add_entries(takes, take);
    takes->ends = od_song_end_of(take) == OD_SONG_STOP;
    od_take_unref(take);
    return exit_status;
}

static struct od_take *
last_of(const struct takes *takes)
{
    return takes->n > 0 ? takes->items[takes->n - 1] : NULL;
}

static int
add_streamed(struct takes *takes, struct od_stream_item *item)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_score score;
    struct od_take *take = NULL;
    switch (item->kind) {
    case OD_STREAM_SCORE: {
        enum od_status status = od_score_open_heap(&score, item->score, item->length, error);
        if (status != OD_OK) {
            return od_cli_fail(status, "<stdin>: error: %s", error);
        }
        int exit_status = take_of(takes->setup, &score, "<stdin>", last_of(takes), &take);
        return exit_status != 0 ? exit_status : add_take(takes, take);
    }
    case OD_STREAM_LINE:
        return od_cli_fail(OD_EDATA, "<stdin>: error: a score is needed, this is %s: '%.40s'",
                           item->line[0] == '{' ? "a session, to be compiled with oiduna-compile"
                                                : "none",
                           item->line);
    case OD_STREAM_BAD_SCORE:
        return od_cli_fail(OD_EDATA, "<stdin>: error: %s", item->error);
    case OD_STREAM_NO_MEMORY:
        return od_cli_fail(OD_ENOMEM, "out of memory");
    case OD_STREAM_TOO_LONG:
    case OD_STREAM_MORE:
        break;
    }
    return od_cli_fail(OD_EDATA, "<stdin>: error: this is no score");
}

static int
take_streamed(struct takes *takes, struct od_stream *stream)
{
    for (;;) {
        struct od_stream_item item = od_stream_next(stream);
        if (item.kind == OD_STREAM_MORE) {
            return 0;
        }
        int exit_status = add_streamed(takes, &item);
        if (exit_status != 0) {
            return exit_status;
        }
    }
}

/* Standard input, where there is no clock to give command lines a time: scores only. */
static int
from_stdin(struct takes *takes, const struct od_buf *bytes)
{
    struct od_stream stream = {0};
    int exit_status = 0;
    if (!od_stream_feed(&stream, bytes->data, bytes->length)) {
        exit_status = od_cli_fail(OD_ENOMEM, "out of memory");
    }
    if (exit_status == 0) {
        exit_status = take_streamed(takes, &stream);
    }
    if (exit_status == 0 && od_stream_end(&stream)) {
        exit_status = take_streamed(takes, &stream);
    }
    if (exit_status == 0 && od_stream_cut(&stream)) {
        exit_status = od_cli_fail(OD_EDATA, "<stdin>: error: the input ends in mid-score");
    } else if (exit_status == 0 && takes->n == 0) {
        exit_status = od_cli_fail(OD_EDATA, "<stdin>: error: no score came");
    }
    od_stream_clear(&stream);
    return exit_status;
}

static int
from_files(struct takes *takes, const struct options *options)
{
    for (size_t i = 0; i < options->n_scores; i++) {
        struct od_take *take = NULL;
        int exit_status = setup_take(takes->setup, options->scores[i], last_of(takes), &take);
        if (exit_status == 0) {
            exit_status = add_take(takes, take);
        }
        if (exit_status != 0) {
            return exit_status;
        }
    }
    return 0;
}

void
setup_forget(struct od_playlist *list)
{
    for (size_t i = 0; list->takes != NULL && i < list->n; i++) {
        od_take_unref(list->takes[i]);
    }
    free(list->takes);
    free(list->lengths);
    list->takes = NULL;
    list->lengths = NULL;
    list->n = 0;
}

int
setup_takes(const struct setup *setup, const struct options *options, const struct od_buf *input,
            struct od_playlist *list)
{
    struct takes takes = {
        .setup = setup, .loops = list->loops, .bars = list->bars, .whole = input == NULL};
    int exit_status = options->n_scores > 0 || input == NULL ? from_files(&takes, options)
                                                             : from_stdin(&takes, input);
    list->takes = takes.items;
    list->lengths = takes.lengths;
    list->n = takes.n;
    list->ends = takes.ends;
    if (exit_status != 0) {
        setup_forget(list);
    }
    return exit_status;
}
