#include "partners.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "world/audience.h"
#include "world/cli.h"
#include "world/client.h"
#include "world/clock.h"

#define TELL_EVERY   (OD_NSEC_PER_SEC / 4)
#define LEAD_AT_ONCE 64
#define ANYWHERE     "0.0.0.0"

/* What was told last. */
struct told {
    enum od_state state;
    enum od_sync_state sync;
    double bpm;
    int64_t beat;
    uint64_t errors;
    char scene[FOLLOWING_NAME];
    char source[FOLLOWING_NAME];
};

struct partners {
    struct desk *desk;
    struct od_audience at_control, at_lead;
    struct told told;
    od_nsec next;            /* when the position is told again */
    struct od_client leader; /* of --follow; udp.fd −1 = none */
    od_nsec taken;           /* the leader's line that was taken last */
    char leader_name[FOLLOWING_NAME];
};

struct partners *
partners_new(struct desk *desk)
{
    struct partners *partners = calloc(1, sizeof *partners);
    if (partners != NULL) {
        partners->desk = desk;
        partners->leader.udp.fd = -1;
        partners->at_control.token = desk->options->control_token;
        partners->at_lead.open = true;
    }
    return partners;
}

void
partners_free(struct partners *partners)
{
    if (partners != NULL) {
        od_osc_server_free(partners->at_lead.server);
        od_client_close(&partners->leader);
        free(partners);
    }
}

/* ---- who asks ---- */

/* At --lead nothing but the question is understood. */
static void
on_lead(void *context, const char *path, const char *types, const struct od_osc_arg *args,
        size_t n_args)
{
    struct partners *partners = context;
    if (strcmp(path, "/oiduna/subscribe") == 0) {
        od_audience_ask(&partners->at_lead, types, args, n_args, od_clock_now());
    }
}

static int
open_lead(struct partners *partners)
{
    const struct options *options = partners->desk->options;
    char error[OD_ERROR_MAX];
    if (options->lead_port == 0) {
        return 0;
    }
    const char *host = options->lead_host[0] != '\0' ? options->lead_host : ANYWHERE;
    enum od_status status = od_osc_server_new(host, options->lead_port, on_lead, partners,
                                              &partners->at_lead.server, error);
    return status == OD_OK ? 0 : od_cli_fail(status, "--lead: %s", error);
}

static int
open_follow(struct partners *partners)
{
    const struct options *options = partners->desk->options;
    char error[OD_ERROR_MAX];
    if (options->follow_port == 0) {
        return 0;
    }
    enum od_status status = od_client_open(&partners->leader, options->follow_host,
                                           options->follow_port, od_clock_now(), error);
    snprintf(partners->leader_name, sizeof partners->leader_name, "%.50s:%u", options->follow_host,
             options->follow_port);
    return status == OD_OK ? 0 : od_cli_fail(status, "--follow: %s", error);
}

int
partners_open(struct partners *partners)
{
    int exit_status = open_lead(partners);
    return exit_status != 0 ? exit_status : open_follow(partners);
}

void
partners_serve(struct partners *partners, struct od_osc_server *server)
{
    partners->at_control.server = server;
}

void
partners_ask(struct partners *partners, const char *types, const struct od_osc_arg *args,
             size_t n_args)
{
    od_audience_ask(&partners->at_control, types, args, n_args, od_clock_now());
}

/* ---- what they are told ---- */

static bool
is_heard(const struct partners *partners, od_nsec now)
{
    return od_audience_any(&partners->at_control, now) || od_audience_any(&partners->at_lead, now);
}

static void
tell_status(struct partners *partners, od_nsec now)
{
    const struct desk *desk = partners->desk;
    const struct told *told = &partners->told;
    struct od_osc_arg args[] = {{.type = 's', .s = display_word(desk->session->state)},
                                {.type = 'd', .d = told->bpm},
                                {.type = 's', .s = told->scene},
                                {.type = 's', .s = following_word(told->sync)},
                                {.type = 's', .s = told->source}};
    od_audience_tell(&partners->at_control, "/oiduna/status", args, 5, now);
    od_audience_tell(&partners->at_lead, "/oiduna/status", args, 5, now);
}

/* Compares how things are with what was told, and makes it that. */
static bool
has_changed(struct partners *partners)
{
    const struct desk *desk = partners->desk;
    struct told now = {.state = desk->session->state,
                       .sync = desk->following->state,
                       .bpm = desk->session->environment.bpm,
                       .beat = partners->told.beat,
                       .errors = partners->told.errors};
    if (desk->session->current != NULL) {
        snprintf(now.scene, sizeof now.scene, "%s", od_take_scene(desk->session->current));
    }
    if (now.sync != OD_SYNC_OFF) {
        snprintf(now.source, sizeof now.source, "%s", desk->following->source);
    }
    struct told *told = &partners->told;
    bool changed = now.state != told->state || now.sync != told->sync || now.bpm != told->bpm ||
                   strcmp(now.scene, told->scene) != 0 || strcmp(now.source, told->source) != 0;
    *told = now;
    return changed;
}

/* In a tempo that a master bends by a trifle each moment there is nothing new. */
static void
watch_status(struct partners *partners, bool fresh, od_nsec now)
{
    if (has_changed(partners) || fresh) {
        tell_status(partners, now);
    }
}

static void
tell_sync(struct partners *partners, od_nsec now)
{
    const struct desk *desk = partners->desk;
    const struct session_state *session = desk->session;
    if (session->state != OD_PLAYING) {
        return;
    }
    double position = od_transport_position(&session->transport, now);
    od_nsec real = engine_wall(desk->engine, now);
    struct od_osc_arg args[] = {{.type = 'd', .d = position},
                                {.type = 'd', .d = session->environment.bpm},
                                {.type = 'd', .d = (double)real / 1e9}};
    od_audience_tell(&partners->at_control, "/oiduna/sync", args, 3, now);
    od_audience_tell(&partners->at_lead, "/oiduna/sync", args, 3, now);
}

/* At each beat that was planned. */
static void
watch_position(struct partners *partners, od_nsec now)
{
    const struct session_state *session = partners->desk->session;
    int64_t beat = session->position / OD_BEAT_STEPS;
    if (session->state != OD_PLAYING || session->position < 0 || beat == partners->told.beat) {
        return;
    }
    partners->told.beat = beat;
    int64_t step = beat * OD_BEAT_STEPS;
    od_nsec real =
        engine_wall(partners->desk->engine, od_transport_time(&session->transport, step));
    struct od_osc_arg args[] = {{.type = 'i', .i = (int32_t)(step % OD_STEPS)},
                                {.type = 'i', .i = (int32_t)(step / OD_STEPS)},
                                {.type = 'd', .d = (double)real / 1e9}};
    od_audience_tell(&partners->at_control, "/oiduna/position", args, 3, now);
}

static void
watch_errors(struct partners *partners, od_nsec now)
{
    const struct refusal *refusal = &partners->desk->speech->refusal;
    if (refusal->count == partners->told.errors) {
        return;
    }
    partners->told.errors = refusal->count;
    struct od_osc_arg args[] = {{.type = 's', .s = refusal->code},
                                {.type = 's', .s = refusal->text}};
    od_audience_tell(&partners->at_control, "/oiduna/error", args, 2, now);
}

static void
pass_wish_on(struct partners *partners, od_nsec now)
{
    struct following *following = partners->desk->following;
    if (following->wish > 0) {
        struct od_osc_arg bpm = {.type = 'd', .d = following->wish};
        od_audience_tell(&partners->at_control, "/oiduna/bpm", &bpm, 1, now);
        following->wish = 0;
    }
}

static void
tell(struct partners *partners, od_nsec now)
{
    bool fresh = od_audience_fresh(&partners->at_control);
    fresh = od_audience_fresh(&partners->at_lead) || fresh;
    watch_errors(partners, now);
    pass_wish_on(partners, now);
    if (!is_heard(partners, now)) {
        return;
    }
    watch_status(partners, fresh, now);
    watch_position(partners, now);
    if (fresh || now >= partners->next) {
        tell_sync(partners, now);
        partners->next = now + TELL_EVERY;
    }
}

/* ---- who is followed ---- */

static void
watch_leader(struct partners *partners, od_nsec now)
{
    struct od_client *leader = &partners->leader;
    if (leader->udp.fd < 0) {
        return;
    }
    if (od_client_poll(leader, now) == OD_CLIENT_AWAY) {
        say_warning(partners->desk->speech, "LEADER_AWAY", 0,
                    "nobody leads at %s: is there an oiduna-play --lead %u? Playing on",
                    partners->leader_name, partners->desk->options->follow_port);
    }
    bool news = leader->has_line && leader->line_heard != partners->taken;
    if (!news || conversation_awaits(partners->desk->conversation) != NULL) {
        return;
    }
    char line[128];
    snprintf(line, sizeof line, "sync %.9f %.12g %" PRId64 " %s", leader->line.step,
             leader->line.bpm, leader->line.time, partners->leader_name);
    partners->taken = leader->line_heard;
    commands_line(partners->desk, line, 0);
}

int
partners_lead_fd(const struct partners *partners)
{
    return partners->at_lead.server != NULL ? od_osc_server_fd(partners->at_lead.server) : -1;
}

int
partners_follow_fd(const struct partners *partners)
{
    return partners->leader.udp.fd;
}

void
partners_watch(struct partners *partners, od_nsec now)
{
    if (partners->at_lead.server != NULL) {
        (void)od_osc_server_receive(partners->at_lead.server, LEAD_AT_ONCE);
    }
    watch_leader(partners, now);
    tell(partners, now);
}

od_nsec
partners_next(const struct partners *partners)
{
    od_nsec next = OD_NSEC_NEVER;
    if (partners->leader.udp.fd >= 0) {
        next = od_client_next(&partners->leader);
    }
    bool heard = partners->desk->session->state == OD_PLAYING && is_heard(partners, od_clock_now());
    return heard && partners->next < next ? partners->next : next;
}
