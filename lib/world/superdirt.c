#include "world/superdirt.h"

#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "score/osc.h"
#include "world/osc_server.h"
#include "world/udp.h"

#define REPLY_ADDRESS "/dirt/handshake/reply"
#define REPLY_MAX     8192 /* SuperDirt's has 736 bytes */

/* "/dirt/handshake" in 16 bytes, and no arguments. */
static const char question[20] = "/dirt/handshake\0,\0\0";

void
od_superdirt_open(struct od_superdirt *superdirt, int fd, od_nsec now)
{
    *superdirt = (struct od_superdirt){.fd = fd,
                                       .next_ask = now,
                                       .asked = OD_NSEC_NEVER,
                                       .since = now,
                                       .last_answer = OD_NSEC_NEVER,
                                       .server_port = -1};
}

void
od_superdirt_close(struct od_superdirt *superdirt)
{
    struct od_udp udp = {.fd = superdirt->fd};
    od_udp_close(&udp);
    superdirt->fd = -1;
}

struct reply {
    bool is_reply;
    int server_port;
};

/* … "&serverPort" 57110 … somewhere among the arguments */
static void
read_reply(void *context, const char *path, const char *types, const struct od_osc_arg *args,
           size_t n_args)
{
    struct reply *reply = context;
    (void)types;
    if (strcmp(path, REPLY_ADDRESS) != 0) {
        return;
    }
    reply->is_reply = true;
    for (size_t i = 0; i + 1 < n_args; i++) {
        if (args[i].type == 's' && strcmp(args[i].s, "&serverPort") == 0 &&
            args[i + 1].type == 'i') {
            reply->server_port = args[i + 1].i;
        }
    }
}

static void
take_answer(struct od_superdirt *superdirt, const struct reply *reply, od_nsec now)
{
    superdirt->answers++;
    superdirt->last_answer = now;
    superdirt->since = now;
    superdirt->server_port = reply->server_port;
    if (superdirt->asked != OD_NSEC_NEVER) {
        superdirt->round_trip = now - superdirt->asked;
        superdirt->asked = OD_NSEC_NEVER;
    }
}

/* An error (refused) means that nobody is there: the missing answer says so too. */
static void
receive(struct od_superdirt *superdirt, od_nsec now)
{
    unsigned char packet[REPLY_MAX];
    ssize_t size = 0;
    while ((size = recv(superdirt->fd, packet, sizeof packet, MSG_DONTWAIT)) >= 0) {
        struct reply reply = {.server_port = -1};
        if (!od_osc_parse(packet, (size_t)size, read_reply, &reply)) {
            superdirt->malformed++;
        }
        if (reply.is_reply) {
            take_answer(superdirt, &reply, now);
        }
    }
}

/* Twice if need be: the first send may only bring the refusal of the question before. */
static void
ask(struct od_superdirt *superdirt, od_nsec now)
{
    for (int tries = 0; tries < 2; tries++) {
        if (send(superdirt->fd, question, sizeof question, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
            break;
        }
    }
    if (superdirt->asked == OD_NSEC_NEVER) {
        superdirt->asked = now;
    }
    superdirt->next_ask = now + OD_SUPERDIRT_EVERY;
}

enum od_superdirt_change
od_superdirt_poll(struct od_superdirt *superdirt, od_nsec now)
{
    if (superdirt->fd < 0) {
        return OD_SUPERDIRT_NOTHING;
    }
    receive(superdirt, now);
    if (now >= superdirt->next_ask) {
        ask(superdirt, now);
    }
    bool present = superdirt->last_answer != OD_NSEC_NEVER &&
                   now - superdirt->last_answer < OD_SUPERDIRT_PATIENT;
    bool missing = now - superdirt->since >= OD_SUPERDIRT_PATIENT;
    if (present && !(superdirt->known && superdirt->present)) {
        superdirt->present = superdirt->known = true;
        return OD_SUPERDIRT_PRESENT;
    }
    if (missing && (!superdirt->known || superdirt->present)) {
        superdirt->present = false;
        superdirt->known = true;
        return OD_SUPERDIRT_MISSING;
    }
    return OD_SUPERDIRT_NOTHING;
}

od_nsec
od_superdirt_next(const struct od_superdirt *superdirt)
{
    od_nsec missing = superdirt->since + OD_SUPERDIRT_PATIENT;
    bool waits = !superdirt->known || superdirt->present;
    if (superdirt->fd < 0) {
        return OD_NSEC_NEVER;
    }
    return waits && missing < superdirt->next_ask ? missing : superdirt->next_ask;
}
