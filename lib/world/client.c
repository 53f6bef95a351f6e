#include "world/client.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "control/stream.h"
#include "score/osc.h"
#include "world/osc_server.h"

#define PACKET_MAX  2048
#define AT_ONCE     64
#define PREFIX      "/oiduna/"
#define ADDRESS_MAX 64
#define LINE_STALE  (5 * OD_NSEC_PER_SEC)

enum od_status
od_client_open(struct od_client *client, const char *host, unsigned port, od_nsec now, char *error)
{
    *client = (struct od_client){.udp.fd = -1, .next_ask = now, .opened = now};
    client->heard = OD_NSEC_NEVER;
    client->clock = od_clock_measure();
    return od_udp_open(&client->udp, host, port, error);
}

void
od_client_close(struct od_client *client)
{
    od_udp_close(&client->udp);
}

static bool
send_message(struct od_client *client, const char *address, struct od_osc_arg *args, size_t n)
{
    struct od_buf packet = {0};
    size_t size = 0;
    bool sent = od_osc_serialise(address, args, n, &packet, &size) == OD_OK &&
                od_udp_send(&client->udp, packet.data, size);
    od_buf_clear(&packet);
    return sent;
}

/* ---- what it says ---- */

/* A player on another machine is sure that we are where we say when its word comes back. */
static void
on_challenge(struct od_client *client, const char *types, const struct od_osc_arg *args)
{
    if (strcmp(types, "s") == 0) {
        struct od_osc_arg answer = {.type = 's', .s = args[0].s};
        send_message(client, PREFIX "subscribe", &answer, 1);
    }
}

static void
on_status(struct od_client *client, const char *types, const struct od_osc_arg *args)
{
    if (strncmp(types, "sd", 2) != 0) {
        return;
    }
    client->changes += strcmp(client->state, args[0].s) != 0;
    snprintf(client->state, sizeof client->state, "%s", args[0].s);
    client->bpm = args[1].d;
}

static void
on_sync(struct od_client *client, const char *types, const struct od_osc_arg *args)
{
    if (strncmp(types, "ddd", 3) != 0 || !(fabs(args[0].d) <= OD_POSITION_MAX) ||
        !(args[1].d >= OD_BPM_MIN && args[1].d <= OD_BPM_MAX) || !(args[2].d >= 0) ||
        args[2].d > (double)OD_SYNC_FAR / 1e9) {
        return;
    }
    od_nsec real = (od_nsec)args[2].d * OD_NSEC_PER_SEC + llrint(fmod(args[2].d, 1) * 1e9);
    client->line = (struct od_sync_line){args[0].d, args[1].d, real - client->clock.offset};
    client->bpm = args[1].d;
    client->has_line = true;
    client->line_heard = client->heard;
}

static void
on_error(struct od_client *client, const char *types, const struct od_osc_arg *args)
{
    if (strcmp(types, "ss") != 0) {
        return;
    }
    if (client->told.n > 0 && client->heard - client->told.since >= OD_CLIENT_PATIENT) {
        client->told.n = 0;
    }
    bool again = client->told.n > 0 && strcmp(client->told.last, args[1].s) == 0;
    if (again || client->told.n == OD_CLIENT_REFUSALS) {
        return;
    }
    snprintf(client->error, sizeof client->error, "%s", args[1].s);
    snprintf(client->told.last, sizeof client->told.last, "%s", args[1].s);
    client->told.since = client->told.n++ == 0 ? client->heard : client->told.since;
}

static void
on_wish(struct od_client *client, const char *types, const struct od_osc_arg *args)
{
    if (strcmp(types, "d") == 0 && args[0].d >= OD_BPM_MIN && args[0].d <= OD_BPM_MAX) {
        client->wish = args[0].d;
    }
}

static void
on_message(void *context, const char *path, const char *types, const struct od_osc_arg *args,
           size_t n_args)
{
    struct od_client *client = context;
    (void)n_args;
    if (strcmp(path, PREFIX "challenge") == 0) {
        on_challenge(client, types, args);
    } else if (strcmp(path, PREFIX "status") == 0) {
        on_status(client, types, args);
    } else if (strcmp(path, PREFIX "sync") == 0) {
        on_sync(client, types, args);
    } else if (strcmp(path, PREFIX "bpm") == 0) {
        on_wish(client, types, args);
    } else if (strcmp(path, PREFIX "error") == 0) {
        on_error(client, types, args);
    }
}

static void
receive(struct od_client *client, od_nsec now)
{
    unsigned char packet[PACKET_MAX + 1];
    bool refused = false;
    for (int i = 0; i < AT_ONCE; i++) {
        ssize_t size = recv(client->udp.fd, packet, PACKET_MAX, MSG_DONTWAIT);
        if (size < 0 && errno == ECONNREFUSED) {
            refused = true; /* what is still in the queue was said before */
            continue;
        }
        if (size < 0) {
            break;
        }
        client->heard = now;
        client->refused = false;
        if (!od_osc_parse(packet, (size_t)size, on_message, client)) {
            client->malformed++;
        }
    }
    client->refused = client->refused || refused;
}

static enum od_client_change
judge(struct od_client *client, od_nsec now)
{
    od_nsec since = client->heard != OD_NSEC_NEVER ? client->heard : client->opened;
    bool refused =
        client->refused || atomic_load_explicit(&client->udp.refused, memory_order_relaxed);
    bool present = client->heard != OD_NSEC_NEVER && now - since < OD_CLIENT_PATIENT && !refused;
    bool away = now - since >= OD_CLIENT_PATIENT || refused;
    if (present == client->present && (client->judged || !away)) {
        return OD_CLIENT_NOTHING;
    }
    client->present = present;
    client->judged = true;
    if (!present) {
        client->has_line = false;
        client->state[0] = '\0';
    }
    return present ? OD_CLIENT_PRESENT : OD_CLIENT_AWAY;
}

enum od_client_change
od_client_poll(struct od_client *client, od_nsec now)
{
    client->error[0] = '\0';
    client->wish = 0;
    receive(client, now);
    if (now >= client->next_ask) {
        od_clock_update(&client->clock, od_clock_measure());
        send_message(client, PREFIX "subscribe", NULL, 0);
        client->next_ask = now + (client->present ? OD_CLIENT_EVERY : OD_CLIENT_SOON);
    }
    return judge(client, now);
}

od_nsec
od_client_next(const struct od_client *client)
{
    return client->next_ask;
}

/* ---- what it is told ---- */

/* A number as such, so that it is none of the player's names; "+5" and "*=2" are words. */
static struct od_osc_arg
argument(const char *word, bool quoted)
{
    struct od_osc_arg arg = {.type = 's', .s = word};
    char *end = NULL;
    bool may_be = !quoted && (isdigit((unsigned char)word[0]) || word[0] == '-') &&
                  strpbrk(word, "xXnN:") == NULL;
    if (may_be) {
        arg.d = strtod(word, &end);
        if (*end == '\0' && end != word && isfinite(arg.d)) {
            arg.type = 'd';
        }
    }
    return arg;
}

bool
od_client_command(struct od_client *client, char *line)
{
    static struct od_osc_arg args[OD_WORDS_MAX];
    char address[ADDRESS_MAX];
    char error[OD_SCORE_ERROR_SIZE];
    char *words[OD_WORDS_MAX];
    bool quoted[OD_WORDS_MAX];
    int n = od_words_split(line, words, quoted, error);
    if (n < 1 || snprintf(address, sizeof address, PREFIX "%s", words[0]) >= (int)sizeof address) {
        return false;
    }
    for (int i = 1; i < n; i++) {
        args[i - 1] = argument(words[i], quoted[i]);
    }
    return send_message(client, address, args, (size_t)n - 1);
}

/* Another machine has another monotonic clock. */
static void
print_time(const struct od_client *client, od_nsec time, char text[32])
{
    if (client->udp.loopback) {
        snprintf(text, 32, "%" PRId64, time);
        return;
    }
    od_nsec real = time + client->clock.offset;
    snprintf(text, 32, "@%" PRId64 ".%09" PRId64, real / OD_NSEC_PER_SEC, real % OD_NSEC_PER_SEC);
}

bool
od_client_sync(struct od_client *client, const struct od_sync_line *line, const char *source,
               const char *more)
{
    char step[32];
    char bpm[32];
    char time[32];
    char rest[128];
    struct od_osc_arg args[8] = {{.type = 's', .s = step},
                                 {.type = 's', .s = bpm},
                                 {.type = 's', .s = time},
                                 {.type = 's', .s = source}};
    size_t n = 4;
    snprintf(step, sizeof step, "%.9f", line->step);
    snprintf(bpm, sizeof bpm, "%.12g", line->bpm);
    print_time(client, line->time, time);
    snprintf(rest, sizeof rest, "%s", more != NULL ? more : "");
    char *save = NULL;
    for (char *word = strtok_r(rest, " ", &save); word != NULL && n < 8;
         word = strtok_r(NULL, " ", &save)) {
        args[n++] = (struct od_osc_arg){.type = 's', .s = word};
    }
    return send_message(client, PREFIX "sync", args, n);
}

bool
od_client_position(const struct od_client *client, od_nsec now, double *step)
{
    if (!client->present || !client->has_line || strcmp(client->state, "playing") != 0 ||
        now - client->line_heard > LINE_STALE) {
        return false;
    }
    *step = client->line.step +
            (double)(now - client->line.time) / 1e9 / od_step_seconds(client->line.bpm);
    return true;
}
