#include "world/audience.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define CHALLENGE "/oiduna/challenge"

static bool
is_there(const struct od_listener *listener, od_nsec now)
{
    return listener->until > now;
}

static struct od_listener *
find(struct od_audience *audience, const struct od_osc_peer *peer)
{
    for (size_t i = 0; i < OD_AUDIENCE_MAX; i++) {
        struct od_listener *listener = &audience->listeners[i];
        if (listener->until != 0 && od_osc_peer_equal(&listener->peer, peer)) {
            return listener;
        }
    }
    return NULL;
}

/* A free place, else that of whoever has not proved where it is: those who listen are not pushed
 * out. */
static struct od_listener *
take_place(struct od_audience *audience, od_nsec now)
{
    struct od_listener *place = NULL;
    for (size_t i = 0; i < OD_AUDIENCE_MAX; i++) {
        struct od_listener *listener = &audience->listeners[i];
        if (!is_there(listener, now)) {
            return listener;
        }
        if (!listener->proved && (place == NULL || listener->until < place->until)) {
            place = listener;
        }
    }
    return place;
}

static bool
make_word(char word[OD_AUDIENCE_WORD])
{
    uint64_t chance;
    if (getrandom(&chance, sizeof chance, GRND_NONBLOCK) != (ssize_t)sizeof chance) {
        return false;
    }
    snprintf(word, OD_AUDIENCE_WORD, "%016llx", (unsigned long long)chance);
    return true;
}

static struct od_listener *
add(struct od_audience *audience, const struct od_osc_peer *peer, od_nsec now)
{
    struct od_listener *listener = take_place(audience, now);
    if (listener == NULL) {
        return NULL;
    }
    *listener = (struct od_listener){
        .peer = *peer, .until = now + OD_AUDIENCE_HOLDS, .proved = peer->loopback, .fresh = true};
    return peer->loopback || make_word(listener->word) ? listener : NULL;
}

static bool
deliver(struct od_audience *audience, const struct od_listener *listener, const char *address,
        struct od_osc_arg *args, size_t n_args)
{
    struct od_buf packet = {0};
    size_t size = 0;
    bool sent = od_osc_serialise(address, args, n_args, &packet, &size) == OD_OK &&
                od_osc_server_send(audience->server, &listener->peer, packet.data, size);
    od_buf_clear(&packet);
    return sent;
}

static const char *
word_of(const char *types, const struct od_osc_arg *args, size_t n_args, size_t i)
{
    return i < n_args && types[i] == 's' ? args[i].s : NULL;
}

/* May whoever asks from another machine be told? Takes the token off the words. */
static bool
is_welcome(const struct od_audience *audience, const char *token, size_t *used)
{
    if (audience->token == NULL) {
        return audience->open;
    }
    *used = 1;
    return token != NULL && strcmp(token, audience->token) == 0;
}

void
od_audience_ask(struct od_audience *audience, const char *types, const struct od_osc_arg *args,
                size_t n_args, od_nsec now)
{
    const struct od_osc_peer *peer = od_osc_server_peer(audience->server);
    size_t used = 0;
    if (!peer->loopback && !is_welcome(audience, word_of(types, args, n_args, 0), &used)) {
        audience->refused++;
        return;
    }
    struct od_listener *listener = find(audience, peer);
    if (listener == NULL || !is_there(listener, now)) {
        listener = add(audience, peer, now);
    }
    if (listener == NULL) {
        audience->refused++;
        return;
    }
    const char *word = word_of(types, args, n_args, used);
    if (!listener->proved && word != NULL && strcmp(word, listener->word) == 0) {
        listener->proved = true;
    }
    if (!listener->proved) { /* an answer that is no longer than the question */
        struct od_osc_arg challenge = {.type = 's', .s = listener->word};
        (void)deliver(audience, listener, CHALLENGE, &challenge, 1);
        return;
    }
    listener->until = now + OD_AUDIENCE_HOLDS;
    listener->left = OD_AUDIENCE_MOST;
}

bool
od_audience_any(const struct od_audience *audience, od_nsec now)
{
    for (size_t i = 0; i < OD_AUDIENCE_MAX; i++) {
        if (is_there(&audience->listeners[i], now) && audience->listeners[i].left > 0) {
            return true;
        }
    }
    return false;
}

bool
od_audience_fresh(struct od_audience *audience)
{
    bool fresh = false;
    for (size_t i = 0; i < OD_AUDIENCE_MAX; i++) {
        struct od_listener *listener = &audience->listeners[i];
        fresh = fresh || (listener->fresh && listener->proved);
        listener->fresh = listener->fresh && !listener->proved;
    }
    return fresh;
}

void
od_audience_tell(struct od_audience *audience, const char *address, struct od_osc_arg *args,
                 size_t n_args, od_nsec now)
{
    for (size_t i = 0; i < OD_AUDIENCE_MAX; i++) {
        struct od_listener *listener = &audience->listeners[i];
        if (is_there(listener, now) && listener->proved && listener->left > 0) {
            listener->left--;
            audience->sent += deliver(audience, listener, address, args, n_args) ? 1 : 0;
        }
    }
}
