#include "routes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "app.h"
#include "child.h"
#include "conn.h"
#include "gate.h"
#include "guard.h"
#include "handlers.h"
#include "latency.h"
#include "lobby.h"
#include "model.h"
#include "options.h"
#include "reply.h"

#define GET    METHOD_GET
#define POST   METHOD_POST
#define PATCH  METHOD_PATCH
#define DELETE METHOD_DELETE

#define READ_BY_LOOP ((uint64_t)64 * 1024) /* of what is no session and no file: some ms */

/* clang-format off */
static const struct endpoint endpoints[] = {
    {GET, "/", route_index, "index", "server",
     "The dashboard for a browser, else what this is",
     NULL, "Index", ENDPOINT_PUBLIC | ENDPOINT_PAGE, NULL},
    {GET, "/openapi.json", route_openapi, "openapi", "server",
     "This document",
     NULL, "OpenApi", ENDPOINT_PUBLIC, NULL},
    {GET, "/docs", route_docs, "docs", "server",
     "This document as a page",
     NULL, NULL, ENDPOINT_PUBLIC | ENDPOINT_HTML, NULL},
    {GET, "/redoc", route_docs, "redoc", "server",
     "The same as /docs",
     NULL, NULL, ENDPOINT_PUBLIC | ENDPOINT_HTML, NULL},
    {GET, "/static/css/dashboard.css", route_css, "dashboardCss", "server",
     "The dashboard's style sheet",
     NULL, NULL, ENDPOINT_PUBLIC | ENDPOINT_CSS, NULL},
    {GET, "/static/js/dashboard.js", route_script, "dashboardScript", "server",
     "The dashboard's script",
     NULL, NULL, ENDPOINT_PUBLIC | ENDPOINT_SCRIPT, NULL},
    {POST, "/gate", route_gate, "gate", "server",
     "Sets a cookie that opens /stream, for who has shown the token",
     NULL, "Ok", 0, NULL},
    {GET, "/health", route_health, "health", "server",
     "Whether everything is there; 503 and \"degraded\" while the player is down",
     NULL, "Health", 0, "503"},
    {GET, "/metrics", route_metrics, "metrics", "server",
     "Figures of the player and the server, as JSON or for Prometheus",
     NULL, "Metrics", ENDPOINT_METRICS, NULL},
    {GET, "/stream", route_stream, "stream", "server",
     "What happens, as Server-Sent Events",
     NULL, NULL, ENDPOINT_STREAM, "503"},

    {POST, "/playback/session", route_session, "loadSession", "playback",
     "Compiles a session or message batch and hands it to the player",
     "SessionRequest", "SessionAnswer", ENDPOINT_PLAYER | ENDPOINT_LARGE, "422 507"},
    {POST, "/playback/pattern", route_session, "loadPattern", "playback",
     "The same as /playback/session",
     "SessionRequest", "SessionAnswer", ENDPOINT_PLAYER | ENDPOINT_LARGE, "422 507"},
    {PATCH, "/playback/environment", route_environment, "setEnvironment", "playback",
     "Changes tempo, swing or default gate",
     "Environment", "EnvironmentAnswer", ENDPOINT_PLAYER, "409 422"},
    {POST, "/playback/bpm", route_bpm, "setBpm", "playback",
     "Changes the tempo",
     "Bpm", "BpmAnswer", ENDPOINT_PLAYER, "409 422"},
    {PATCH, "/playback/tracks/{track_id}/params", route_params, "setParams", "playback",
     "Changes parameters of a track; null removes one",
     "Params", "ParamsAnswer", ENDPOINT_PLAYER, "404 409 422"},
    {POST, "/playback/start", route_start, "start", "playback",
     "Starts, or goes on after a pause",
     NULL, "PlayingAnswer", ENDPOINT_PLAYER, "409"},
    {POST, "/playback/stop", route_stop, "stop", "playback",
     "Stops and goes back to the first step",
     NULL, "PlayingAnswer", ENDPOINT_PLAYER, NULL},
    {POST, "/playback/pause", route_pause, "pause", "playback",
     "Stops and keeps the place",
     NULL, "PlayingAnswer", ENDPOINT_PLAYER, "409"},
    {GET, "/playback/status", route_status, "status", "playback",
     "What plays, and where",
     NULL, "Status", 0, NULL},
    {POST, "/playback/command", route_command, "command", "playback",
     "Does what a line of the control stream says",
     "Command", "CommandAnswer", ENDPOINT_PLAYER, "404 409 422"},
    {POST, "/playback/trigger/osc", route_trigger_osc, "triggerOsc", "trigger",
     "Plays one event of a SuperDirt track now",
     "TriggerOsc", "Message", ENDPOINT_PLAYER, "404 409 422"},
    {POST, "/playback/trigger/midi", route_trigger_midi, "triggerMidi", "trigger",
     "Plays one note of a MIDI track now",
     "TriggerMidi", "Message", ENDPOINT_PLAYER, "404 409 422"},

    {GET, "/playback/changes/pending", route_pending, "pendingChanges", "changes",
     "What waits for its boundary",
     NULL, "Pending", 0, NULL},
    {DELETE, "/playback/changes/{change_id}", route_cancel, "cancelChange", "changes",
     "Drops a change that waits",
     NULL, "Cancelled", ENDPOINT_PLAYER, "404 410"},
    {POST, "/playback/changes/cancel-all", route_cancel_all, "cancelAllChanges", "changes",
     "Drops all that waits",
     NULL, "CancelledAll", ENDPOINT_PLAYER, NULL},

    {POST, "/session/clients/{client_id}/metadata", route_client_set, "setClientMetadata", "clients",
     "Keeps any JSON object for a client",
     "Object", "ClientUpdated", 0, "413 422 507"},
    {GET, "/session/clients", route_clients, "clients", "clients",
     "All clients",
     NULL, "Clients", 0, NULL},
    {GET, "/session/clients/{client_id}", route_client, "client", "clients",
     "One client",
     NULL, "Client", 0, "404"},
    {DELETE, "/session/clients/{client_id}", route_client_remove, "removeClient", "clients",
     "Forgets a client",
     NULL, "ClientRemoved", 0, "404"},

    {GET, "/tracks", route_tracks, "tracks", "tracks",
     "All tracks",
     NULL, "Tracks", 0, NULL},
    {GET, "/tracks/{track_id}", route_track, "track", "tracks",
     "One track",
     NULL, "Track", 0, "404 409"},
    {POST, "/tracks/{track_id}/mute", route_mute, "muteTrack", "tracks",
     "Mutes a track, or not any more",
     "Mute", "MuteAnswer", ENDPOINT_PLAYER, "404 409 422"},
    {POST, "/tracks/{track_id}/solo", route_solo, "soloTrack", "tracks",
     "Lets a track play solo, or not any more",
     "Solo", "SoloAnswer", ENDPOINT_PLAYER, "404 409 422"},
    {POST, "/scene/activate", route_scene, "activateScene", "scenes",
     "Goes over to a scene",
     "Scene", "SceneAnswer", ENDPOINT_PLAYER, "404 409 422"},

    {GET, "/midi/ports", route_midi_ports, "midiPorts", "midi",
     "MIDI ports of this machine",
     NULL, "MidiPorts", ENDPOINT_PLAYER, NULL},
    {POST, "/midi/port", route_midi_port, "setMidiPort", "midi",
     "Chooses the MIDI output",
     "MidiPort", "MidiPortAnswer", ENDPOINT_PLAYER, "404 422"},
    {POST, "/midi/panic", route_midi_panic, "midiPanic", "midi",
     "All notes off on every channel",
     NULL, "Message", ENDPOINT_PLAYER, NULL},
    {POST, "/panic", route_panic, "panic", "midi",
     "Stops everything, all notes off, SuperDirt silent",
     NULL, "Message", ENDPOINT_PLAYER, NULL},

    {POST, "/assets/samples", route_sample_add, "addSample", "assets",
     "Keeps a sound file",
     "SampleUpload", "SampleAdded", ENDPOINT_MULTIPART | ENDPOINT_LARGE, "422 507"},
    {GET, "/assets/samples", route_samples, "samples", "assets",
     "Sound files by category",
     NULL, "Samples", 0, NULL},
    {DELETE, "/assets/samples/{category}/{filename}", route_sample_remove, "removeSample", "assets",
     "Removes a sound file",
     NULL, "Deleted", 0, "404"},
    {POST, "/assets/synthdefs", route_synthdef_add, "addSynthdef", "assets",
     "Keeps a SynthDef",
     "SynthdefUpload", "SynthdefAdded", ENDPOINT_MULTIPART | ENDPOINT_LARGE, "422 507"},
    {GET, "/assets/synthdefs", route_synthdefs, "synthdefs", "assets",
     "All SynthDefs",
     NULL, "Synthdefs", 0, NULL},
    {DELETE, "/assets/synthdefs/{filename}", route_synthdef_remove, "removeSynthdef", "assets",
     "Removes a SynthDef",
     NULL, "Deleted", 0, "404"},
    {GET, "/assets/info", route_assets_info, "assetsInfo", "assets",
     "How many there are and how much room they take",
     NULL, "AssetsInfo", 0, NULL},
};
/* clang-format on */
#define N_ENDPOINTS (sizeof endpoints / sizeof *endpoints)

const struct endpoint *
routes_table(size_t *count)
{
    *count = N_ENDPOINTS;
    return endpoints;
}

/* True if the path fits; `params` gets what its {names} stand for. A fixed word is preferred to a
 * name by the order of the table only where both have one method; see find(). */
static bool
fits(const char *pattern, const struct http_head *head, const char **params)
{
    size_t n_params = 0, i = 0;
    while (*pattern == '/') {
        size_t length = strcspn(++pattern, "/");
        if (i == head->n_segments) {
            return false;
        }
        if (*pattern == '{') {
            if (!*head->segments[i]) {
                return false;
            }
            params[n_params++] = head->segments[i];
        } else if (strlen(head->segments[i]) != length ||
                   strncmp(head->segments[i], pattern, length) != 0) {
            return false;
        }
        pattern += length;
        i++;
    }
    return i == head->n_segments;
}

/* The route of a request, and the methods (as bits) that its path knows. */
static const struct endpoint *
find(struct request *request, unsigned *methods)
{
    enum method method = request->head.method == METHOD_HEAD ? METHOD_GET : request->head.method;
    const struct endpoint *found = NULL;
    *methods = 0;
    for (size_t i = 0; i < N_ENDPOINTS; i++) {
        const char *params[PARAMS_MAX] = {NULL};
        if (!fits(endpoints[i].path, &request->head, params)) {
            continue;
        }
        *methods |= endpoints[i].method;
        if (endpoints[i].method != method || found != NULL) {
            continue;
        }
        found = &endpoints[i];
        memcpy(request->params, params, sizeof params);
    }
    if (*methods & METHOD_GET) {
        *methods |= METHOD_HEAD;
    }
    if (*methods) {
        *methods |= METHOD_OPTIONS;
    }
    return found;
}

static void
method_list(unsigned methods, char *list, size_t size)
{
    size_t used = 0;
    list[0] = '\0';
    for (unsigned bit = 1; bit < METHOD_OTHER; bit <<= 1) {
        if (methods & bit) {
            used += (size_t)snprintf(list + used, size - used, "%s%s", used ? ", " : "",
                                     http_method_name((enum method)bit));
        }
    }
}

static int OD_PRINTF(3, 4) refuse(struct request *request, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(request->reason, sizeof request->reason, format, args);
    va_end(args);
    return status;
}

static bool
has_type(const struct request *request, const char *wanted)
{
    const char *type = http_header(&request->head, "Content-Type");
    size_t length = type != NULL ? strcspn(type, "; \t") : 0;
    return length == strlen(wanted) && strncasecmp(type, wanted, length) == 0;
}

/* What the loop itself reads must not hold up others. */
static void
limit_body(struct request *request)
{
    uint64_t small = request->app->options->limits.max_metadata * 2;
    if (small < READ_BY_LOOP) {
        small = READ_BY_LOOP;
    }
    if (!(request->endpoint->flags & ENDPOINT_LARGE) && request->max_body > small) {
        request->max_body = small;
    }
}

static int
check_type(struct request *request)
{
    const char *coding = http_header(&request->head, "Content-Encoding");
    const struct endpoint *endpoint = request->endpoint;
    bool multipart = endpoint->flags & ENDPOINT_MULTIPART;
    const char *wanted = multipart ? "multipart/form-data" : "application/json";
    if (endpoint->request != NULL && coding != NULL && strcasecmp(coding, "identity") != 0) {
        reply_header(request, "Accept-Encoding", "identity");
        return refuse(request, 415, "the body must not be compressed");
    }
    if (endpoint->request == NULL || has_type(request, wanted)) {
        return 0;
    }
    if (!multipart && request->head.length == 0 && !request->head.chunked) {
        return 0; /* it will be told that a body is missing */
    }
    return refuse(request, 415, "the body must be %s", wanted);
}

static int
check_options(struct request *request, unsigned methods)
{
    if (request->head.asterisk) {
        methods = METHOD_OTHER - 1;
    }
    char list[80];
    method_list(methods, list, sizeof list);
    reply_header(request, "Allow", list);
    if (http_header(&request->head, "Origin") != NULL && !guard_foreign(request) &&
        http_header(&request->head, "Access-Control-Request-Method") != NULL) {
        reply_header(request, "Access-Control-Allow-Methods", list);
        reply_header(request, "Access-Control-Allow-Headers",
                     "Authorization, Content-Type, Last-Event-ID");
        reply_header(request, "Access-Control-Max-Age", "600");
    }
    return 0;
}

static int
check_route(struct request *request)
{
    unsigned methods;
    request->endpoint = find(request, &methods);
    if (request->head.method == METHOD_OPTIONS && (methods || request->head.asterisk)) {
        return check_options(request, methods);
    }
    if (request->head.method == METHOD_OTHER) {
        return refuse(request, 501, "Not Implemented");
    }
    if (methods == 0) {
        return refuse(request, 404, "Not Found");
    }
    if (request->endpoint != NULL) {
        return 0;
    }
    char list[80];
    method_list(methods, list, sizeof list);
    reply_header(request, "Allow", list);
    return refuse(request, 405, "Method Not Allowed");
}

static int
check_token(struct request *request)
{
    unsigned seconds = 0;
    char text[16];
    bool stream = request->endpoint->flags & ENDPOINT_STREAM;
    enum gate_answer answer = gate_judge(request->app->gate, request, stream, &seconds);
    if (answer == GATE_OPEN) {
        request->conn->trusted = gate_asks(request->app->gate);
        return 0;
    }
    if (answer == GATE_WAIT) {
        snprintf(text, sizeof text, "%u", seconds);
        reply_header(request, "Retry-After", text);
        return refuse(request, 429, "too many wrong tokens came from your address: wait");
    }
    reply_header(request, "WWW-Authenticate", "Bearer realm=\"oiduna\"");
    return refuse(request, 401, "%s",
                  answer == GATE_NO_TOKEN ? "a token is needed" : "the token is wrong");
}

static int
check_host(struct request *request)
{
    if (guard_host(request)) {
        return 0;
    }
    return refuse(
        request, 421,
        "this server is not known as '%.60s': start it with --name and that name if it is",
        request->head.authority);
}

int
routes_check(struct request *request)
{
    bool changes = !(request->head.method & (METHOD_GET | METHOD_HEAD | METHOD_OPTIONS));
    int status = check_host(request);
    if (status) {
        return status;
    }
    guard_origin(request);
    status = check_route(request);
    if (status) {
        return status;
    }
    if (request->endpoint == NULL) {
        return 0; /* OPTIONS */
    }
    if (changes && guard_foreign(request)) {
        return refuse(request, 403, "pages of this origin may change nothing here");
    }
    if (!(request->endpoint->flags & ENDPOINT_PUBLIC)) {
        status = check_token(request);
        if (status) {
            return status;
        }
    }
    limit_body(request);
    return check_type(request);
}

void
routes_go_on(struct request *request)
{
    const struct endpoint *endpoint = request->endpoint;
    if ((endpoint->flags & ENDPOINT_PLAYER) && !child_is_up(request->app->child)) {
        reply_error(request, 503, "the player is down; it is being started again");
        return;
    }
    endpoint->handler(request);
}

/* Before the first player is ready there is nothing to be told that would be true a moment later.
 */
void
routes_handle(struct request *request)
{
    const struct endpoint *endpoint = request->endpoint;
    if (endpoint == NULL) {
        reply_bytes(request, 204, NULL, NULL, 0);
    } else if (!(endpoint->flags & ENDPOINT_PUBLIC) &&
               model_last(request->app->model, "status") == NULL) {
        lobby_wait(request->app->lobby, request);
    } else {
        routes_go_on(request);
    }
}

void
routes_answered(const struct request *request, int status)
{
    (void)status;
    if (request->endpoint != NULL) {
        latency_note(request->app->latency, (size_t)(request->endpoint - endpoints), request);
    }
}
