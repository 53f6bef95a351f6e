/* uses: oiduna-serve */
/*
 * A request's bytes → head, body in pieces → routing → handler → answer, with a player that answers
 * at once and no sockets. Each request gets one answer; JSON is JSON; no header can be smuggled in.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../cmd/oiduna-serve/app.h"
#include "../../cmd/oiduna-serve/changes.h"
#include "../../cmd/oiduna-serve/clients.h"
#include "../../cmd/oiduna-serve/conn.h"
#include "../../cmd/oiduna-serve/gate.h"
#include "../../cmd/oiduna-serve/http.h"
#include "../../cmd/oiduna-serve/latency.h"
#include "../../cmd/oiduna-serve/lobby.h"
#include "../../cmd/oiduna-serve/log.h"
#include "../../cmd/oiduna-serve/pulse.h"
#include "../../cmd/oiduna-serve/reply.h"
#include "../../cmd/oiduna-serve/resume.h"
#include "../../cmd/oiduna-serve/routes.h"
#include "../../cmd/oiduna-serve/server.h"
#include "../../cmd/oiduna-serve/sessions.h"
#include "../../cmd/oiduna-serve/store.h"
#include "../../cmd/oiduna-serve/streams.h"
#include "../../cmd/oiduna-serve/worker.h"
#include "base/crc32c.h"
#include "world/clock.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CALLS_MAX 64

static struct app app;
static struct options options;
static struct event_base *base;
static unsigned answers; /* to the present request */
static unsigned luck;    /* what the player says next: a function of the input */

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* ---- in the place of server.c and conn.c: one client, whose answer is looked at ---- */

static struct conns conns;
static struct conn client = {.conns = &conns};

const struct conn_counts *
server_counts(const struct server *server)
{
    (void)server;
    return &conns.counts;
}

const char *
server_address(const struct server *server)
{
    (void)server;
    return "127.0.0.1:57122";
}

bool
conn_is_local_address(const struct conn *conn, const char *host)
{
    (void)conn;
    return strcmp(host, "127.0.0.1") == 0;
}

size_t
conn_write(struct conn *conn, const void *bytes, size_t length)
{
    (void)conn;
    (void)bytes;
    return length;
}

void
conn_end(struct conn *conn, bool at_once)
{
    (void)conn;
    (void)at_once;
}

void
request_free(struct request *request)
{
    http_head_clear(&request->head);
    od_buf_clear(&request->body);
    od_buf_clear(&request->reply_headers);
    free(request);
}

/* Lines of "name: value" without a control character; `type` is what they say of the body. */
static void
check_head(char *head, int *status, char *type, size_t size)
{
    char *line = head;
    CHECK(sscanf(line, "HTTP/1.1 %3d ", status) == 1);
    CHECK(*status >= 200 && *status < 600 && *http_reason(*status) != '\0');
    while (*line != '\0') {
        char *end = strstr(line, "\r\n");
        CHECK(end != NULL);
        *end = '\0';
        for (const char *at = line; *at != '\0'; at++) {
            CHECK((unsigned char)*at >= 0x20 || *at == '\t');
        }
        CHECK(line == head || strstr(line, ": ") != NULL);
        if (strncmp(line, "Content-Type: ", 14) == 0) {
            snprintf(type, size, "%s", line + 14);
        }
        line = end + 2;
    }
}

/* All that was written: a head, and a body that is what the head says of it. */
static void
check_answer(struct evbuffer *out)
{
    size_t length = evbuffer_get_length(out);
    char *text = (char *)evbuffer_pullup(out, -1);
    char *end = memmem(text, length, "\r\n\r\n", 4);
    char type[128] = "";
    int status = 0;
    CHECK(end != NULL);
    end[2] = '\0';
    check_head(text, &status, type, sizeof type);
    const char *body = end + 4;
    length -= (size_t)(body - text);
    /* There is memory; so what was said was no UTF-8. */
    CHECK(status != 500 || memmem(body, length, "out of memory", 13) == NULL);
    if (length > 0 && strcmp(type, "application/json") == 0) {
        json_t *document = json_loadb(body, length, JSON_DECODE_ANY, NULL);
        CHECK(document != NULL);
        json_decref(document);
    }
    evbuffer_drain(out, evbuffer_get_length(out));
}

void
conn_answered(struct conn *conn)
{
    answers++;
    check_answer(bufferevent_get_output(conn->bev));
}

/* A listener goes away at once. */
static void
end_stream(void)
{
    if (client.state == CONN_STREAM) {
        void (*closed)(void *arg) = client.closed;
        client.state = CONN_BUSY;
        conn_answered(&client);
        if (closed != NULL) {
            closed(client.closed_arg);
        }
    }
}

/* ---- in the place of child.c: answers when the handler is through ---- */

struct child {
    call_answer *answer[CALLS_MAX];
    void *arg[CALLS_MAX];
    char command[CALLS_MAX][16];
    size_t n;
};

static struct child child;

pid_t
child_pid(const struct child *of)
{
    (void)of;
    return 1;
}

bool
child_is_up(const struct child *of)
{
    (void)of;
    return luck % 16 != 0;
}

bool
child_is_silent(const struct child *of)
{
    (void)of;
    return luck % 17 == 0;
}

unsigned
child_restarts(const struct child *of)
{
    (void)of;
    return 0;
}

static bool
add_call(call_answer *answer, void *arg, const char *line)
{
    if (child.n == CALLS_MAX || luck % 15 == 0) {
        return false;
    }
    child.answer[child.n] = answer;
    child.arg[child.n] = arg;
    snprintf(child.command[child.n], sizeof child.command[0], "%.*s", (int)strcspn(line, " "),
             line);
    child.n++;
    return true;
}

bool
child_command(struct child *of, call_answer *answer, void *arg, const char *format, ...)
{
    char *line;
    va_list args;
    (void)of;
    va_start(args, format);
    int length = vasprintf(&line, format, args);
    va_end(args);
    CHECK(length > 0 && memchr(line, '\n', (size_t)length) == NULL);
    CHECK(http_utf8(line, (size_t)length) && (unsigned char)*line != 0x89);
    bool added = add_call(answer, arg, line);
    free(line);
    return added;
}

bool
child_score(struct child *of, call_answer *answer, void *arg, const char *timing, const void *bytes,
            size_t length)
{
    (void)of;
    CHECK(length > 0 && *(const unsigned char *)bytes == 0x89);
    CHECK(timing == NULL || strpbrk(timing, " \n") == NULL);
    return add_call(answer, arg, "score");
}

void
child_feed(struct child *of, const void *bytes, size_t length)
{
    (void)of;
    (void)bytes;
    (void)length;
}

static json_t *
event_for(const char *command)
{
    static const char *const codes[] = {"BAD_ARGUMENT", "UNKNOWN_TRACK", "NO_SCORE", "BUSY", "?"};
    if (luck % 5 == 0) {
        return json_pack("{s:s,s:s,s:s,s:s}", "event", "error", "command", command, "code",
                         codes[luck / 5 % 5], "message", "no");
    }
    if (strcmp(command, "metrics") == 0) {
        return json_pack("{s:s,s:i,s:f,s:[[f,i],[n,i]]}", "event", "metrics", "dropped_steps", 1,
                         "average_tick_time_ms", 0.5, "tick_histogram", 10.0, 1, 2);
    }
    return json_pack("{s:s,s:s,s:i,s:b,s:[i],s:{s:i,s:i,s:i,s:i,s:f}}", "event", "ok", "command",
                     command, "change", (int)(luck % 7), "pending", (int)(luck / 7 % 2),
                     "cancelled", 3, "applies_at", "step", 4, "beat", 1, "bar", 0, "loop", 2,
                     "time", 1.8e9);
}

static void
answer_calls(void)
{
    while (child.n > 0) {
        size_t last = --child.n;
        json_t *event = luck % 13 == 0 ? NULL : event_for(child.command[last]);
        const char *name = json_string_value(json_object_get(event, "event"));
        if (event != NULL) {
            model_event(app.model, name, event);
            resume_event(app.resume, name, event);
        }
        child.answer[last](child.arg[last], event, event != NULL ? CALL_ANSWERED : CALL_DIED);
        json_decref(event);
        luck = luck * 1103515245 + 12345;
    }
}

/* ---- in the place of worker.c: jobs are done when the handler is through ---- */

static struct job *jobs;
static char worker_of_all;

struct worker *
worker_new(struct event_base *of, const char *name)
{
    (void)of;
    (void)name;
    return (struct worker *)&worker_of_all;
}

void
worker_free(struct worker *worker)
{
    (void)worker;
}

bool
worker_submit(struct worker *worker, struct job *job)
{
    (void)worker;
    job->next = jobs;
    jobs = job;
    return true;
}

size_t
worker_waiting(const struct worker *worker)
{
    (void)worker;
    return jobs != NULL;
}

static void
do_jobs(void)
{
    while (jobs != NULL) {
        struct job *job = jobs;
        jobs = job->next;
        job->run(job);
        job->done(job);
    }
}

/* ---- one request ---- */

static void
set_up_model(void)
{
    json_t *status = json_loads(
        "{\"event\":\"status\",\"state\":\"stopped\",\"bpm\":120,\"swing\":0,\"default_gate\":1,"
        "\"position\":{\"step\":0,\"beat\":0,\"bar\":0,\"loop\":0,\"time\":1},\"tracks\":[\"bd\"],"
        "\"active_tracks\":[\"bd\"],\"scene\":null,\"scenes\":[\"verse\"],\"pending\":[{\"change\":"
        "3,"
        "\"type\":\"scene\",\"scene\":\"verse\",\"timing\":\"bar\",\"step\":16}],"
        "\"osc\":{\"enabled\":true,\"connected\":true,\"host\":\"h\",\"port\":1},"
        "\"midi\":{\"enabled\":true,\"connected\":false,\"port\":null}}",
        0, NULL);
    json_t *tracks = json_loads(
        "{\"event\":\"tracks\",\"tracks\":[{\"id\":\"bd\",\"kind\":\"osc\",\"muted\":false},"
        "{\"id\":\"bass\",\"kind\":\"midi\",\"muted\":false}]}",
        0, NULL);
    model_event(app.model, "status", status);
    model_event(app.model, "tracks", tracks);
    json_decref(status);
    json_decref(tracks);
}

static void
on_position(void *arg, const json_t *position)
{
    (void)arg;
    (void)position;
}

static void
on_replaced(void *arg, json_int_t change, json_int_t by)
{
    (void)arg;
    (void)change;
    (void)by;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static char folder[] = "/tmp/oiduna-fuzz.XXXXXX";
    static char text[] = "oiduna-serve\0--assets\0--max-assets\00064K\0--max-clients\00020";
    char *words[7] = {text, text + 13, folder, text + 22, text + 35, text + 39, text + 53};
    enum od_status status;
    (void)argc;
    (void)argv;
    CHECK(mkdtemp(folder) != NULL);
    CHECK(options_read(&options, 7, words, &status) == OPTIONS_GO);
    base = event_base_new();
    struct bufferevent *ends[2];
    CHECK(bufferevent_pair_new(base, 0, ends) == 0);
    conns = (struct conns){.base = base, .app = &app, .limits = &options.limits};
    conns.answered = routes_answered;
    client.bev = ends[0];
    bufferevent_disable(client.bev, EV_READ | EV_WRITE);
    evbuffer_unfreeze(bufferevent_get_output(client.bev), 1); /* it never gets anywhere */
    app.options = &options;
    app.child = &child;
    app.clients = clients_new();
    app.resume = resume_new();
    app.model = model_new(base, on_position, &app);
    app.streams = streams_new(base, &options.limits);
    app.log = log_new();
    app.changes = changes_new(on_replaced, &app);
    app.lobby = lobby_new(base, routes_go_on);
    app.gate = gate_new(options.token);
    size_t routes;
    routes_table(&routes);
    app.latency = latency_new(routes);
    app.sessions = sessions_new(base);
    app.store = store_new(base, options.assets, app.log);
    app.pulse = pulse_new(app.model);
    CHECK(app.log != NULL && app.sessions != NULL && app.store != NULL && app.pulse != NULL);
    set_up_model();
    return 0;
}

/* The body; false if it is not one. In pieces it is the same as at once. */
static bool
read_body(struct request *request, const char *bytes, size_t size)
{
    if (!request->head.chunked) {
        return request->head.length <= size &&
               od_buf_append(&request->body, bytes, (size_t)request->head.length);
    }
    struct http_chunks chunks = {0};
    struct http_chunks at_once = {0};
    struct od_buf whole = {0};
    size_t used = 0;
    size_t pieces = 0;
    enum http_chunk_result wanted = http_chunks_read(&at_once, bytes, size, &whole, 1 << 20, &used);
    enum http_chunk_result got = CHUNK_MORE;
    while (got == CHUNK_MORE && pieces < size) {
        size_t piece = 1 + luck % 7;
        size_t taken = 0;
        piece = piece < size - pieces ? piece : size - pieces;
        got = http_chunks_read(&chunks, bytes + pieces, piece, &request->body, 1 << 20, &taken);
        pieces += got == CHUNK_MORE ? piece : taken;
        CHECK(got != CHUNK_MORE || taken == piece);
    }
    if (size > 0) {
        CHECK(got == wanted);
    }
    if (got == CHUNK_DONE) {
        CHECK(pieces == used && request->body.length == whole.length);
        CHECK(whole.length == 0 || memcmp(request->body.data, whole.data, whole.length) == 0);
    }
    od_buf_clear(&whole);
    return got == CHUNK_DONE;
}

static void
serve(struct request *request, const char *bytes, size_t size)
{
    int status = routes_check(request);
    CHECK(status == 0 || (status >= 400 && status < 600 && *request->reason != '\0'));
    if (!read_body(request, bytes, size)) {
        reply_error(request, 400, "broken");
    } else if (status != 0) {
        reply_error(request, status, "%s", request->reason);
    } else {
        routes_handle(request);
    }
    for (int i = 0; i < 8; i++) {
        do_jobs();
        answer_calls();
    }
    end_stream();
    event_base_loop(base, EVLOOP_NONBLOCK);
    CHECK(answers == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    const char *why = NULL;
    if (end == NULL) {
        return 0;
    }
    size_t head = (size_t)(end - bytes) + 4;
    struct request *request = calloc(1, sizeof *request);
    CHECK(request != NULL);
    request->app = &app;
    request->conns = &conns;
    request->conn = &client;
    answers = 0;
    luck = od_crc32c(0, bytes, size);
    int status = http_head_read(&request->head, bytes, head, &why);
    if (status != 0) {
        CHECK(why != NULL && *http_reason(status) != '\0');
        request_free(request);
        return 0;
    }
    serve(request, bytes + head, size - head);
    return 0;
}
