/* uses: oiduna-play */
/*
 * The control stream → commands → a player in virtual time → answers: what oiduna-play does between
 * standard input and standard output, without threads, sockets or devices.
 *
 * The first byte of an input chooses how (enum mode). A line is what a client writes, but
 *     @N      is one of the scores below, @N:K the same with its K-th byte changed
 *     {...    is a session; if it compiles, its score comes instead
 *     /a t x  is an OSC message with its type letters and arguments
 *     ~MS     lets time pass (answers are not read meanwhile), ~~MS holds the player up
 *     !       pulls the MIDI ports out, or puts them back
 * and bytes from 0x89 on are a score whose length and checksum are put right.
 *
 * Every line of events is JSON. Every command gets one answer, in order. However the stream is cut
 * to pieces, the same is answered. No note sounds at the end, nothing leaks.
 */
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../cmd/oiduna-play/answers.h"
#include "../../cmd/oiduna-play/input.h"
#include "base/crc32c.h"
#include "control/stream.h"
#include "out/trace.h"
#include "score/compile.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(errors, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            fflush(errors);                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum mode {
    NUMBERED = 1, /* each line and score gets an id, each id one answer */
    PEOPLE = 2,   /* no events, but words for people */
    TWICE = 4,    /* again, cut otherwise: the same answers */
    CLOCK = 8,    /* MIDI clock */
    PAUSED = 16,
    NAMED = 32, /* a MIDI port is named from the start */
    AHEAD = 64, /* a look-ahead */
};

enum {
    STEPS = 400, /* a run is ended after so many: time is bounded */
    MESSAGES = 1000,
    LONGEST_MS = 5000,
    NOTICES = 16384 /* room below which the other thread has its turn */
};

/* $ stands for a signal. */
static const char *const sessions[] = {
    "{\"environment\":{\"bpm\":140,\"swing\":0.3},\"tracks\":{\"bd\":{\"params\":{\"s\":\"bd\","
    "\"extra_params\":{\"voice\":1}},\"fx\":{\"room\":0.2},\"sends\":[{\"target\":\"m\","
    "\"amount\":0.5}]},\"sn\":{\"params\":{\"s\":\"sn\",\"legato\":0.5},\"track_fx\":{\"cutoff\":"
    "900}}},\"tracks_midi\":{\"bass\":{\"channel\":2}},\"mixer_lines\":{\"m\":{\"include\":[\"sn\"]"
    ",\"fx\":{\"leslie_rate\":1}}},\"sequences\":{\"bd\":{\"events\":[{\"step\":0,\"note\":60},{"
    "\"step\":1}]},\"sn\":{\"events\":[{\"step\":0},{\"step\":7,\"offset_ms\":-9}]},\"bass\":{"
    "\"events\":[{\"step\":0,\"note\":40},{\"step\":2,\"note\":40,\"gate\":9}]}},\"scenes\":{"
    "\"verse\":{\"tracks\":{\"bd\":{\"params\":{\"s\":\"cp\"}}},\"sequences\":{\"bd\":{\"events\":["
    "{\"step\":3}]}}},\"chorus\":{\"environment\":{\"bpm\":90},\"tracks_midi\":{\"bass\":{"
    "\"channel\":5}},\"sequences\":{\"bass\":{\"events\":[{\"step\":0,\"note\":50,\"gate\":300}]}}}"
    "}}",
    "{\"tracks\":{\"bd\":{\"params\":{\"s\":\"bd\"}}},\"sequences\":{\"bd\":{\"events\":[{\"step\":"
    "4}]}},\"apply\":{\"timing\":\"now\",\"track_ids\":[\"bd\",\"new\"]}}",
    "{\"tracks\":{\"hh\":{\"params\":{\"s\":\"hh\"}}},\"sequences\":{\"hh\":{\"events\":[{\"step\":"
    "9}]}},\"scenes\":{\"verse\":{\"tracks\":{\"hh\":{\"params\":{\"s\":\"oh\"}}}}},\"apply\":{"
    "\"timing\":\"seq\",\"scene_name\":\"verse\"}}",
    "{\"tracks_midi\":{\"bass\":{\"channel\":0,\"cc_modulations\":{\"7\":{\"signal\":$}}}},"
    "\"sequences\":{\"bass\":{\"events\":[{\"step\":0,\"note\":60,\"gate\":17},{\"step\":5,"
    "\"note\":62,\"gate\":0.1}]}}}",
    "{}",
    "{\"messages\":[{\"destination_id\":\"superdirt\",\"step\":1,\"cycle\":0.0,\"params\":{\"s\":"
    "\"bd\"}},{\"destination_id\":\"midi\",\"step\":2,\"cycle\":0.0,\"params\":{\"note\":61,"
    "\"velocity\":90,\"duration_ms\":700,\"channel\":1}}],\"bpm\":133}",
};

#define N_SESSIONS (sizeof sessions / sizeof sessions[0])

static const struct od_route routes[] = {
    {.id = "superdirt", .address = "/dirt/play"},
    {.id = "other", .output = 1, .address = "/other/address"},
    {.id = "midi", .midi = true, .channel = 3},
};

static struct od_buf scores[N_SESSIONS];
static FILE *errors; /* the true standard error */

/* One run. What is big is taken once. */
static struct engine engine;
static struct od_player player;
static struct setup setup;
static struct speech speech;
static struct session_state played;
static struct status told;
static struct ending ending;
static struct following followed;
static struct songs songs;
static struct view seen; /* of the picture */
static struct desk desk;
static struct checks checks;
static struct input *input;
static struct options options;
static unsigned mode, luck;
static od_nsec now;
static int steps, messages;
static bool ports_there;
static uint32_t digest;
static unsigned given, answered; /* ids */
static unsigned char sounding[OD_PORTS_MAX][OD_CHANNELS][OD_NOTES];

/* ---- in the place of midiport.c: two ports, or none ---- */

size_t
od_midiport_list(const char *file, struct od_midiport_info *ports, size_t max)
{
    static const struct od_midiport_info fake[] = {
        {.name = "Left \"one\"", .client = 20, .is_output = true},
        {.name = "Right one", .client = 21, .is_input = true, .is_output = true}};
    (void)file;
    for (size_t i = 0; ports_there && i < 2 && i < max; i++) {
        ports[i] = fake[i];
    }
    return ports_there ? 2 : 0;
}

int
od_midiport_find(const struct od_midiport_info *ports, size_t n, const char *name)
{
    int found = OD_MIDIPORT_NONE;
    for (size_t i = 0; i < n; i++) {
        if (strstr(ports[i].name, name) != NULL) {
            found = found == OD_MIDIPORT_NONE ? (int)i : OD_MIDIPORT_AMBIGUOUS;
        }
    }
    return found;
}

bool
od_midiport_available(void)
{
    return ports_there;
}

bool
od_midiport_start(void)
{
    return ports_there;
}

void
od_midiport_stop(void)
{
}

enum od_status
od_midiport_open(const struct od_midiport_info *info, void **stream)
{
    *stream = &ports_there;
    return ports_there && *info->name != '\0' ? OD_OK : OD_EUNAVAILABLE;
}

void
od_midiport_close(void *stream)
{
    CHECK(stream == &ports_there);
}

bool
od_midiport_write(void *stream, const unsigned char *bytes, size_t size)
{
    CHECK(stream == &ports_there && size >= 1 && size <= 3 && bytes[0] >= 0x80);
    return ports_there;
}

/* ---- in the place of engine.c's thread ---- */

static void
on_osc(void *context, unsigned output, od_nsec sounds, int64_t step, unsigned char *bundle,
       size_t size)
{
    struct od_buf line = {0};
    (void)context;
    CHECK(output < OD_OUTPUTS_MAX);
    CHECK(od_trace_osc(&line, sounds, step, bundle, size) == OD_OK);
    od_buf_clear(&line);
    messages++;
}

/* A note is struck only after it was released. */
static void
balance(const struct od_midi_message *message)
{
    const unsigned char *bytes = message->bytes;
    unsigned char *sounds = &sounding[message->port][bytes[0] & 15][bytes[1] & 127];
    unsigned kind = bytes[0] & 0xf0u;
    if (kind == 0x90 && bytes[2] > 0) {
        CHECK(!*sounds);
        *sounds = 1;
    } else if (kind == 0x80 || kind == 0x90) {
        *sounds = 0;
    }
}

static void
on_midi(void *context, const struct od_midi_message *message)
{
    (void)context;
    CHECK(message->port < OD_PORTS_MAX && message->bytes[0] >= 0x80);
    for (size_t i = 1; i < message->size; i++) {
        CHECK(message->bytes[i] < 128);
    }
    if (message->size == 3) {
        balance(message);
    }
    od_midiout_write(&engine.exchange.midi, message->port, message->bytes, message->size);
    messages++;
}

static void
on_notice(void *context, const struct od_notice *notice)
{
    (void)context;
    steps += notice->kind == OD_NOTICE_POSITION;
    CHECK(od_ring_push(&engine.exchange.notices, notice));
}

static void
run_player(void)
{
    struct od_command command;
    while (od_ring_pop(&engine.exchange.commands, &command)) {
        od_player_command(&player, &command, now);
    }
    od_player_run(&player, now);
    (void)od_midiout_service(&engine.exchange.midi);
}

/* ---- what is said ---- */

/* The status of a player that does not play tells the time of day, and how old a master's word is.
 */
static void
digest_status(json_t *status)
{
    json_object_del(json_object_get(status, "position"), "time");
    json_object_del(json_object_get(status, "sync"), "age_s");
    char *text = json_dumps(status, JSON_COMPACT);
    CHECK(text != NULL);
    digest = od_crc32c(digest, text, strlen(text));
    free(text);
}

static void
check_event(const char *line, size_t length)
{
    static const char position[] = "{\"event\":\"position\"";
    if (length > sizeof position && memcmp(line, position, sizeof position - 1) == 0 &&
        steps > 32) {
        digest = od_crc32c(digest, line, length); /* the same for every step */
        return;
    }
    json_error_t why;
    json_t *event = json_loadb(line, length, JSON_REJECT_DUPLICATES, &why);
    if (event == NULL) {
        fprintf(errors, "%s: %.*s\n", why.text, (int)length, line);
    }
    CHECK(event != NULL);
    const char *name = json_string_value(json_object_get(event, "event"));
    const char *id = json_string_value(json_object_get(event, "id"));
    CHECK(name != NULL);
    if (strcmp(name, "status") == 0) {
        digest_status(event);
    } else if (strcmp(name, "metrics") != 0) { /* it tells of this process */
        digest = od_crc32c(digest, line, length);
    }
    if ((mode & NUMBERED) != 0 && id != NULL) {
        char wanted[16];
        snprintf(wanted, sizeof wanted, "%u", ++answered);
        if (strcmp(id, wanted) != 0) {
            fprintf(errors, "wanted %s: %.*s\n", wanted, (int)length, line);
        }
        CHECK(strcmp(id, wanted) == 0);
    }
    json_decref(event);
}

static void
check_events(void)
{
    struct od_buf *out = &speech.events.out;
    CHECK(speech.events.lost == 0);
    const char *line = (const char *)out->data;
    const char *end = line != NULL ? line + out->length : NULL;
    while (line != end) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        CHECK(next != NULL);
        check_event(line, (size_t)(next - line));
        line = next + 1;
    }
    out->length = 0;
}

static bool
send_to_player(void *context, const struct od_command *command)
{
    (void)context;
    if (!engine.running) {
        od_take_unref(command->program != NULL ? od_take_of(command->program) : NULL);
        return true;
    }
    return od_ring_push(&engine.exchange.commands, command);
}

static void
release_port(void *context, size_t port)
{
    (void)context;
    const struct od_command command = {.kind = OD_COMMAND_RELEASE_PORT, .port = (uint8_t)port};
    conversation_send(desk.conversation, &command);
}

static void
take_notices(void)
{
    struct od_notice notice;
    while (od_ring_pop(&engine.exchange.notices, &notice)) {
        answers_take(&desk, &checks, &notice);
    }
}

static void
look_at_connections(void)
{
    if (connections_watch(desk.connections, now, release_port, NULL)) {
        status_say(&told, NULL);
    }
}

/* Turns of both threads until neither has anything to do at this moment. */
static void
settle(void)
{
    do {
        take_notices();
        input_do(input);
        run_player();
    } while (od_ring_count(&engine.exchange.notices) > 0 ||
             od_ring_count(&engine.exchange.commands) > 0);
    CHECK(!conversation_awaits(desk.conversation));
    check_events();
}

/* ---- what comes in ---- */

static void
feed(const void *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        luck = luck * 1103515245 + 12345;
        size_t piece = (luck >> 16) % 4 == 0 ? size : 1 + (luck >> 20) % 40;
        piece = piece < size - at ? piece : size - at;
        input_feed(input, (const char *)bytes + at, piece);
        at += piece;
        input_do(input);
        if (conversation_awaits(desk.conversation)) {
            settle();
        }
    }
}

/* An id for the line that follows. */
static void
number_line(void)
{
    char text[16];
    if ((mode & NUMBERED) != 0) {
        feed(text, (size_t)snprintf(text, sizeof text, "#%u ", ++given));
    }
}

static void
number_score(void)
{
    char text[40];
    number_line();
    if ((mode & NUMBERED) != 0) {
        feed(text, (size_t)snprintf(text, sizeof text, "score-id %u\n", ++given));
    }
}

static void
put_right(unsigned char *bytes, size_t size)
{
    struct od_score_header header;
    const size_t crc_at = offsetof(struct od_score_header, crc);
    memcpy(&header, bytes, sizeof header);
    header.length = size;
    memcpy(bytes, &header, sizeof header);
    header.crc = od_crc32c(od_crc32c(0, bytes, crc_at), bytes + crc_at + 4, size - crc_at - 4);
    memcpy(bytes, &header, sizeof header);
}

static void
feed_score(const void *bytes, size_t size)
{
    number_score();
    feed(bytes, size);
}

static void
feed_changed(const struct od_buf *score, unsigned long at)
{
    unsigned char *copy = malloc(score->length);
    memcpy(copy, score->data, score->length);
    copy[at % score->length] ^= (unsigned char)(1u << at % 8);
    memcpy(copy, score->data,
           offsetof(struct od_score_header, length)); /* the stream looks at it */
    put_right(copy, score->length);
    feed_score(copy, score->length);
    free(copy);
}

static bool
compile(const char *text, size_t length, struct od_buf *score)
{
    static struct od_diag_list diags;
    const struct od_source source = {"fuzz", text, length};
    enum od_status status = od_compile_text(&source, &diags, score);
    od_diag_clear(&diags);
    return status == OD_OK;
}

static bool
compile_known(const char *session, struct od_buf *score)
{
    struct od_buf text = {0};
    const char *dollar = session + strcspn(session, "$");
    od_buf_append(&text, session, (size_t)(dollar - session));
    for (int i = 0; *dollar != '\0' && i < OD_STEPS; i++) {
        od_buf_printf(&text, "%s%.3f%s", i == 0 ? "[" : ",", i / 128.0 - 1,
                      i == OD_STEPS - 1 ? "]" : "");
    }
    od_buf_printf(&text, "%s", *dollar != '\0' ? dollar + 1 : "");
    bool sound = compile((const char *)text.data, text.length, score);
    od_buf_clear(&text);
    return sound;
}

static void
feed_line(const char *line, size_t length)
{
    size_t blanks = strspn(line, " \t\r");
    if ((mode & NUMBERED) != 0 && strstr(line, "\x89ODN") != NULL) {
        return; /* whether what follows the line is a score is the stream's to say */
    }
    if ((mode & NUMBERED) != 0 && line[blanks] == '#') { /* it has one */
        line += blanks + strcspn(line + blanks, " \t\r");
        length = strlen(line);
    }
    number_line();
    feed(line, length);
    feed("\n", 1);
}

static void
feed_osc(char *line)
{
    char *words[OD_WORDS_MAX];
    bool quoted[OD_WORDS_MAX];
    char why[OD_SCORE_ERROR_SIZE];
    struct od_osc_arg args[OD_WORDS_MAX] = {0};
    int n = od_words_split(line, words, quoted, why);
    if (n < 1 || (n > 1 ? strlen(words[1]) : 0) != (size_t)(n > 2 ? n - 2 : 0) ||
        strcmp(words[0], "/oiduna/subscribe") == 0) { /* the wire is not reached */
        return;
    }
    for (int i = 2; i < n; i++) {
        args[i - 2] = (struct od_osc_arg){.type = words[1][i - 2],
                                          .s = words[i],
                                          .i = atoi(words[i]),
                                          .f = strtof(words[i], NULL)};
    }
    settle(); /* what comes by OSC and what is in the stream have no order of their own */
    input_osc(input, words[0], n > 1 ? words[1] : "", args, (size_t)(n > 2 ? n - 2 : 0));
    settle();
}

/* Where notices wait unread, as they do while the control thread does something else. */
static void
pass_time(const char *text)
{
    bool stall = *text == '~';
    long ms = strtol(text + stall, NULL, 10);
    od_nsec target = now + (ms < 0 ? 0 : ms > LONGEST_MS ? LONGEST_MS : ms) * OD_NSEC_PER_MS;
    run_player();
    for (od_nsec due = 0; !stall && steps < STEPS && messages < MESSAGES; now = due) {
        due = od_player_next(&player);
        due = due < now ? now : due;
        if (due > target) {
            break;
        }
        now = due;
        run_player();
        if (od_ring_space(&engine.exchange.notices) < NOTICES / 2) {
            settle();
        }
    }
    now = steps < STEPS && messages < MESSAGES ? target : now;
    run_player();
    look_at_connections();
}

static void
do_line(char *line, size_t length)
{
    struct od_buf score = {0};
    if (*line == '~') {
        pass_time(line + 1);
    } else if (*line == '!') {
        ports_there = !ports_there;
    } else if (*line == '/') {
        feed_osc(line);
    } else if (*line == '@' && line[1] >= '0' && line[1] < '0' + (int)N_SESSIONS) {
        const struct od_buf *known = &scores[line[1] - '0'];
        if (line[2] == ':') {
            feed_changed(known, strtoul(line + 3, NULL, 10));
        } else {
            feed_score(known->data, known->length);
        }
    } else if (*line == '{' && compile(line, length, &score)) {
        feed_score(score.data, score.length);
    } else if (length > 0) {
        feed_line(line, length);
    }
    od_buf_clear(&score);
}

/* The bytes of a score in the input: as many as it says, or all there are. */
static size_t
do_score(char *bytes, size_t left)
{
    struct od_score_header header;
    memcpy(&header, bytes, sizeof header);
    size_t size = header.length >= sizeof header && header.length < left ? header.length : left;
    if ((mode & NUMBERED) != 0) {
        const size_t constant = offsetof(struct od_score_header, length);
        memcpy(bytes, scores[0].data, constant); /* the stream looks at it */
    }
    put_right((unsigned char *)bytes, size);
    feed_score(bytes, size);
    return size;
}

static void
do_all(char *text, size_t size)
{
    for (size_t at = 0; at < size && !ending.begun;) {
        bool long_enough = size - at >= sizeof(struct od_score_header);
        if ((unsigned char)text[at] == OD_SCORE_FIRST_BYTE && long_enough) {
            at += do_score(text + at, size - at);
            continue;
        }
        char *end = memchr(text + at, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - text) - at : size - at;
        text[at + length] = '\0';
        do_line(text + at, strlen(text + at));
        at += length + 1;
    }
}

/* ---- one run ---- */

static void
begin(void)
{
    static const struct od_player_ops ops = {on_osc, on_midi, on_notice};
    struct od_player_settings settings = {.latency = (mode & AHEAD) != 0 ? OD_NSEC_PER_SEC / 5 : 0,
                                          .clock_ports = (mode & CLOCK) != 0 ? OD_ALL_PORTS : 0,
                                          .n_ports = 1,
                                          .agenda_capacity = 2048};
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        settings.packet_limit[i] = OD_PACKET_LIMIT_NETWORK;
    }
    now = 1000 * OD_NSEC_PER_SEC;
    steps = 0;
    messages = 0;
    ports_there = true;
    digest = 0;
    given = 0;
    answered = 0;
    options = (struct options){.osc = true,
                               .osc_host = "127.0.0.1",
                               .osc_port = 57120,
                               .midi = (mode & NAMED) != 0 ? "Left" : NULL,
                               .latency = settings.latency,
                               .paused = (mode & PAUSED) != 0,
                               .events = (mode & PEOPLE) == 0};
    memset(&player, 0, sizeof player);
    CHECK(od_player_init(&player, &settings, &ops, NULL));
    od_midiout_init(&engine.exchange.midi);
    CHECK(od_midiout_add(&engine.exchange.midi, OD_MIDI_PORTMIDI,
                         options.midi ? options.midi : "") == 0);
    engine.counts = &player.counts;
    engine.running = true;
    setup.live = (struct od_live_setup){.routes = routes, .n_routes = 3};
    say_init(&speech, options.events, options.quiet);
    session_state_init(&played, options.bpm);
    checks = (struct checks){0};
    ending = (struct ending){0};
    desk = (struct desk){.options = &options,
                         .setup = &setup,
                         .engine = &engine,
                         .speech = &speech,
                         .session = &played,
                         .conversation = conversation_new(send_to_player, NULL),
                         .connections = connections_new(&options, &engine, &speech),
                         .status = &told,
                         .ending = &ending};
    desk.files = files_new(&options, &setup, &speech, desk.conversation);
    followed = (struct following){0};
    desk.following = &followed;
    songs = (struct songs){.setup = &setup, .speech = &speech, .conversation = desk.conversation};
    desk.songs = &songs;
    told = (struct status){&speech, &played, desk.connections, &engine, &followed,
                           &songs,  &seen,   &desk.waiting};
    input = input_new(&desk, NULL); /* nobody subscribes */
    input_begin(input);
    look_at_connections();
}

static void
end(void)
{
    if (!ending.begun) {
        settle();
        CHECK((mode & (NUMBERED | PEOPLE)) != NUMBERED || answered == given);
        input_feed(input, NULL, 0);
        input_do(input);
        settle();
        input_at_end(input);
    }
    run_player();
    od_player_drain(&player, now);
    CHECK(memchr(sounding, 1, sizeof sounding) == NULL);
    CHECK(atomic_load(&player.counts.pending_note_offs) == 0);
    engine.running = false;
    take_notices();
    check_events();
}

static void
clear(void)
{
    od_player_clear(&player);
    od_midiout_close(&engine.exchange.midi);
    input_free(input);
    files_free(desk.files);
    connections_free(desk.connections);
    conversation_free(desk.conversation);
    waiting_clear(&desk.waiting);
    view_clear(&seen);
    songs_clear(&songs);
    session_state_clear(&played);
    say_clear(&speech);
}

static uint32_t
run(const uint8_t *data, size_t size, unsigned seed)
{
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    luck = seed;
    begin();
    do_all(text, size);
    end();
    clear();
    free(text);
    return digest;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    errors = stderr;
    stderr = fopen("/dev/null", "we"); /* words for people */
    for (size_t i = 0; i < N_SESSIONS; i++) {
        CHECK(compile_known(sessions[i], &scores[i]));
    }
    exchange_init(&engine.exchange);
    CHECK(exchange_open(&engine.exchange));
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    mode = data[0];
    uint32_t once = run(data + 1, size - 1, 1);
    if ((mode & TWICE) != 0) {
        CHECK(run(data + 1, size - 1, (unsigned)size) == once);
    }
    return 0;
}
