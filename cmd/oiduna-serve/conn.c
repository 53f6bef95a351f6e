#include "conn.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "timer.h"
#include "world/clock.h"

#define LINGER_SECONDS      2.0
#define LAST_CHANCE_SECONDS 0.1 /* for a request that is on its way when the server ends */

void
request_free(struct request *request)
{
    request->conns->body_bytes -= request->body_room;
    http_head_clear(&request->head);
    od_buf_clear(&request->body);
    od_buf_clear(&request->reply_headers);
    free(request);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct conn *conn = arg;
    (void)fd;
    (void)what;
    conn->conns->counts.timeouts++;
    conn->conns->expired(conn);
}

static void
count(struct conns *conns, bool overflow, size_t more)
{
    if (overflow) {
        conns->n_overflow += more;
    } else {
        conns->count += more;
    }
    conns->counts.open = conns->count;
}

static void
add(struct conns *conns, struct conn *conn)
{
    conn->next = conns->first;
    if (conn->next != NULL) {
        conn->next->prev = conn;
    }
    conns->first = conn;
    conns->counts.connections++;
    count(conns, conn->overflow, 1);
}

struct conn *
conn_new(struct conns *conns, evutil_socket_t fd, const char *peer, bool overflow)
{
    struct conn *conn = calloc(1, sizeof *conn);
    struct event *timer = conn != NULL ? evtimer_new(conns->base, on_timer, conn) : NULL;
    struct bufferevent *bev =
        timer != NULL ? bufferevent_socket_new(conns->base, fd, BEV_OPT_CLOSE_ON_FREE) : NULL;
    if (bev == NULL) { /* only a bufferevent that is there closes it */
        timer_free(timer);
        free(conn);
        close(fd);
        return NULL;
    }
    *conn = (struct conn){.conns = conns,
                          .bev = bev,
                          .timer = timer,
                          .first = true,
                          .overflow = overflow,
                          .quiet_since = od_clock_now()};
    snprintf(conn->peer, sizeof conn->peer, "%s", peer);
    add(conns, conn);
    return conn;
}

static void
take_out(struct conn *conn)
{
    struct conns *conns = conn->conns;
    if (conn->prev != NULL) {
        conn->prev->next = conn->next;
    } else {
        conns->first = conn->next;
    }
    if (conn->next != NULL) {
        conn->next->prev = conn->prev;
    }
    count(conns, conn->overflow, (size_t)-1);
}

void
conn_free(struct conn *conn)
{
    if (conn->closed != NULL) {
        conn->closed(conn->closed_arg);
    }
    if (conn->request != NULL && conn->state == CONN_BUSY) {
        conn->request->conn = NULL; /* its handler still has it */
    } else if (conn->request != NULL) {
        request_free(conn->request);
    }
    take_out(conn);
    event_free(conn->timer);
    bufferevent_free(conn->bev);
    free(conn);
}

void
conn_drop(struct conn *conn)
{
    if (conn->running) {
        conn->doomed = true;
    } else {
        conn_free(conn);
    }
}

/* Closing at once with bytes unread would reset the connection and may take the answer with it. */
void
conn_linger(struct conn *conn)
{
    if (conn->eof) {
        conn_drop(conn);
        return;
    }
    if (!conn->shut) {
        shutdown(bufferevent_getfd(conn->bev), SHUT_WR);
    }
    conn->shut = true;
    timer_set(conn->timer, LINGER_SECONDS);
}

void
conn_close(struct conn *conn)
{
    conn->state = CONN_CLOSING;
    bufferevent_setwatermark(conn->bev, EV_READ, 0, 0);
    bufferevent_enable(conn->bev, EV_READ);
    timer_set(conn->timer, conn->conns->limits->body_timeout);
    if (evbuffer_get_length(bufferevent_get_output(conn->bev)) == 0) {
        conn_linger(conn);
    }
}

void
conn_answered(struct conn *conn)
{
    conn->request = NULL;
    conn->quiet_since = od_clock_now();
    if (!conn->keep) {
        conn_close(conn);
        return;
    }
    conn->state = CONN_HEAD;
    conn->begun = false;
    timer_set(conn->timer, conn->conns->limits->idle_timeout);
    if (!conn->running) {
        conn->conns->go_on(conn);
    }
}

void
conn_last_chance(struct conn *conn)
{
    if (conn->state == CONN_HEAD && !conn->begun) {
        timer_set(conn->timer, LAST_CHANCE_SECONDS);
    }
}

static bool
may_give_way(const struct conn *conn, const char *peer)
{
    bool waits = conn->state == CONN_HEAD || conn->state == CONN_BODY;
    return waits && !conn->running && !conn->overflow && !conn->trusted &&
           (peer == NULL || strcmp(conn->peer, peer) == 0);
}

/* One that has begun to send a body is nearer to its end than one that says nothing. */
static bool
goes_before(const struct conn *conn, const struct conn *other)
{
    if (conn->state != other->state) {
        return conn->state == CONN_HEAD;
    }
    return conn->quiet_since < other->quiet_since;
}

bool
conns_give_way(struct conns *conns, const char *peer)
{
    struct conn *found = NULL;
    for (struct conn *conn = conns->first; conn != NULL; conn = conn->next) {
        if (may_give_way(conn, peer) && (found == NULL || goes_before(conn, found))) {
            found = conn;
        }
    }
    if (found == NULL) {
        return false;
    }
    conns->counts.gave_way++;
    conn_free(found);
    return true;
}

size_t
conns_of(const struct conns *conns, const char *peer)
{
    size_t n = 0;
    for (const struct conn *conn = conns->first; conn != NULL; conn = conn->next) {
        n += strcmp(conn->peer, peer) == 0;
    }
    return n;
}

bool
conn_is_local_address(const struct conn *conn, const char *host)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    char text[INET6_ADDRSTRLEN + 8];
    if (getsockname(bufferevent_getfd(conn->bev), (struct sockaddr *)&address, &length) != 0 ||
        getnameinfo((struct sockaddr *)&address, length, text, sizeof text, NULL, 0,
                    NI_NUMERICHOST) != 0) {
        return false;
    }
    char *zone = strchr(text, '%');
    if (zone != NULL) {
        *zone = '\0';
    }
    const char *bare = text;
    if (strncmp(text, "::ffff:", 7) == 0) {
        bare = text + 7;
    }
    return strcmp(bare, host) == 0;
}

size_t
conn_write(struct conn *conn, const void *bytes, size_t length)
{
    struct evbuffer *out = bufferevent_get_output(conn->bev);
    evbuffer_add(out, bytes, length);
    conn->conns->counts.bytes_out += length;
    return evbuffer_get_length(out);
}

void
conn_end(struct conn *conn, bool at_once)
{
    conn->closed = NULL;
    if (at_once) {
        conn_drop(conn);
    } else {
        conn_close(conn);
    }
}
