#include "gate.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "world/clock.h"

#define SECRET_BYTES ((size_t)16)
#define GUESSERS     ((size_t)64) /* addresses that are remembered */
#define FREE_GUESSES 3u           /* typing errors */
#define WAIT_MOST_S  8u
#define FORGET_S     600 /* after so long an address begins anew */

/* An address from which wrong tokens came. */
struct guesser {
    char peer[64];
    unsigned wrong;
    od_nsec last, until; /* no token is looked at before `until` */
};

struct gate {
    const char *token;
    char secret[2 * SECRET_BYTES + 1]; /* what the cookie holds: it is worth nothing elsewhere */
    struct guesser guessers[GUESSERS];
};

struct gate *
gate_new(const char *token)
{
    struct gate *gate = calloc(1, sizeof *gate);
    unsigned char bytes[SECRET_BYTES];
    if (gate == NULL || getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        free(gate);
        return NULL;
    }
    gate->token = token;
    for (size_t i = 0; i < sizeof bytes; i++) {
        snprintf(gate->secret + 2 * i, 3, "%02x", bytes[i]);
    }
    return gate;
}

void
gate_free(struct gate *gate)
{
    free(gate);
}

bool
gate_asks(const struct gate *gate)
{
    return gate->token != NULL;
}

/* Takes as long for a wrong one as for the right one: only the length of what was sent shows. */
static bool
same_secret(const char *secret, const char *sent, size_t m)
{
    size_t n = strlen(secret);
    volatile unsigned char differs = n != m;
    for (size_t i = 0; i < m; i++) {
        differs |= (unsigned char)(secret[i % n] ^ sent[i]);
    }
    return differs == 0;
}

/* What was sent as a token, and whether that is right. */
struct shown {
    bool any, right;
};

static void
show(struct shown *shown, const char *secret, const char *sent, size_t length)
{
    shown->any = true;
    shown->right = shown->right || same_secret(secret, sent, length);
}

static void
look_at_header(const struct gate *gate, const struct request *request, struct shown *shown)
{
    const char *sent = http_header(&request->head, "Authorization");
    if (sent != NULL && strncasecmp(sent, "Bearer ", 7) == 0) {
        sent += 7;
        sent += strspn(sent, " ");
        show(shown, gate->token, sent, strlen(sent));
    }
}

/* A cookie of another server on this machine, or of the one before, is no guess. */
static void
look_at_cookie(const struct gate *gate, const struct request *request, struct shown *shown)
{
    const char *at = http_header(&request->head, "Cookie");
    while (at != NULL && *at) {
        at += strspn(at, " ;");
        size_t length = strcspn(at, ";");
        const char *value = memchr(at, '=', length);
        if (value != NULL && strncmp(at, "oiduna-", 7) == 0) {
            value++;
            shown->right =
                shown->right || same_secret(gate->secret, value, (size_t)(at + length - value));
        }
        at += length;
    }
}

static int
hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* The value of a member of the query, decoded; its length. */
static size_t
decode(const char *value, size_t length, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < length && n < size; i++, n++) {
        bool escape = value[i] == '%' && i + 2 < length;
        int high = escape ? hex_digit(value[i + 1]) : -1,
            low = escape ? hex_digit(value[i + 2]) : -1;
        out[n] = value[i];
        if (high >= 0 && low >= 0) {
            out[n] = (char)(high * 16 + low);
            i += 2;
        }
    }
    return n;
}

static void
look_at_query(const struct gate *gate, const struct request *request, struct shown *shown)
{
    static const char name[] = "access_token=";
    const char *at = strchr(request->head.target, '?');
    while (at != NULL && *at) {
        size_t length = strcspn(++at, "&#");
        if (length >= sizeof name - 1 && memcmp(at, name, sizeof name - 1) == 0) {
            char text[4096];
            size_t n = decode(at + sizeof name - 1, length - (sizeof name - 1), text, sizeof text);
            show(shown, gate->token, text, n);
        }
        at = at[length] == '&' ? at + length : NULL;
    }
}

/* The one of that address; else, to be made its own, the one that was quiet longest. */
static struct guesser *
guesser_of(struct gate *gate, const char *peer)
{
    struct guesser *oldest = &gate->guessers[0];
    for (size_t i = 0; i < GUESSERS; i++) {
        struct guesser *guesser = &gate->guessers[i];
        if (strcmp(guesser->peer, peer) == 0) {
            return guesser;
        }
        oldest = guesser->last < oldest->last ? guesser : oldest;
    }
    return oldest;
}

/* At this machine sits the owner, and through a proxy on it come all. */
static bool
is_loopback(const char *peer)
{
    struct in_addr address;
    if (strncmp(peer, "::ffff:", 7) == 0) {
        peer += 7;
    }
    return strcmp(peer, "::1") == 0 ||
           (inet_pton(AF_INET, peer, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

/* Seconds until a token of that address is looked at again; 0: now. */
static unsigned
must_wait(struct gate *gate, const char *peer)
{
    const struct guesser *guesser = guesser_of(gate, peer);
    od_nsec left = strcmp(guesser->peer, peer) == 0 ? guesser->until - od_clock_now() : 0;
    return left > 0 ? (unsigned)(left / OD_NSEC_PER_SEC) + 1 : 0;
}

static void
note_wrong(struct gate *gate, const char *peer)
{
    struct guesser *guesser = guesser_of(gate, peer);
    od_nsec now = od_clock_now();
    if (strcmp(guesser->peer, peer) != 0 || now - guesser->last > FORGET_S * OD_NSEC_PER_SEC) {
        *guesser = (struct guesser){0};
        snprintf(guesser->peer, sizeof guesser->peer, "%s", peer);
    }
    guesser->last = now;
    if (++guesser->wrong > FREE_GUESSES) {
        unsigned more = guesser->wrong - FREE_GUESSES - 1;
        unsigned wait = more < 3 ? 1u << more : WAIT_MOST_S;
        guesser->until = now + (od_nsec)wait * OD_NSEC_PER_SEC;
    }
}

static struct shown
look(const struct gate *gate, const struct request *request, bool stream)
{
    struct shown shown = {0};
    look_at_header(gate, request, &shown);
    if (stream) {
        look_at_cookie(gate, request, &shown);
        look_at_query(gate, request, &shown);
    }
    return shown;
}

enum gate_answer
gate_judge(struct gate *gate, const struct request *request, bool stream, unsigned *seconds)
{
    if (gate->token == NULL) {
        return GATE_OPEN;
    }
    *seconds = must_wait(gate, request->peer);
    struct shown shown = look(gate, request, stream);
    if (shown.right && (*seconds == 0 || is_loopback(request->peer))) {
        return GATE_OPEN;
    }
    if (!shown.any && !shown.right) {
        return GATE_NO_TOKEN;
    }
    if (*seconds > 0) {
        return GATE_WAIT;
    }
    note_wrong(gate, request->peer);
    return GATE_WRONG_TOKEN;
}

/* Whoever is in front of us and speaks https says so. */
void
gate_cookie(const struct gate *gate, const struct request *request, const char *port, char *text,
            size_t size)
{
    const char *scheme = http_header(&request->head, "X-Forwarded-Proto");
    snprintf(text, size, "oiduna-%s=%s; Path=/; HttpOnly; SameSite=Strict%s", port, gate->secret,
             scheme != NULL && strcasecmp(scheme, "https") == 0 ? "; Secure" : "");
}
