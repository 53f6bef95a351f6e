#include "show.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "exchange.h"
#include "play/pack.h"
#include "score/osc.h"
#include "world/cli.h"
#include "world/clock.h"

#define SHOW_COLUMNS_MIN 40
#define LATE             OD_NSEC_PER_MS /* so much may matter to who listens; less is never heard */
#define RECEIVE_BUFFER   (4 * 1024 * 1024)
#define NTP_TO_UNIX      INT64_C(2208988800)

int
show_open(struct show *show, struct od_udp *copies, od_nsec ahead)
{
    char error[OD_ERROR_MAX];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int on = 1;
    const int room = RECEIVE_BUFFER;
    show->ahead = ahead;
    show->next = OD_NSEC_NEVER;
    show->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (show->fd < 0 || bind(show->fd, (struct sockaddr *)&address, size) != 0 ||
        getsockname(show->fd, (struct sockaddr *)&address, &size) != 0) {
        return od_cli_fail(OD_EUNAVAILABLE, "--show: no socket on 127.0.0.1");
    }
    setsockopt(show->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(show->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    enum od_status status = od_udp_open(copies, "127.0.0.1", ntohs(address.sin_port), error);
    return status == OD_OK ? 0 : od_cli_fail(status, "%s", error);
}

void
show_close(struct show *show)
{
    for (size_t i = 0; i < show->n; i++) {
        free(show->waiting[i].text);
    }
    show->n = 0;
    if (show->fd >= 0) {
        close(show->fd);
        show->fd = -1;
    }
}

static void
add_line(struct show *show, od_nsec wall, od_nsec late, const char *what, size_t length)
{
    char *text = NULL;
    if (show->origin == 0) {
        show->origin = wall;
    }
    double at = (double)(wall - show->origin) / (double)OD_NSEC_PER_SEC;
    char word[32] = "";
    if (late >= LATE) {
        snprintf(word, sizeof word, "late %.0f ms  ", (double)late / (double)OD_NSEC_PER_MS);
    }
    if (show->n == SHOW_WAITING ||
        asprintf(&text, "%9.3f s  %s%.*s", at, word, (int)length, what) < 0) {
        show->dropped++;
        return;
    }
    size_t place = show->n++;
    for (; place > 0 && show->waiting[place - 1].wall > wall; place--) {
        show->waiting[place] = show->waiting[place - 1];
    }
    show->waiting[place] = (struct show_line){wall, text};
}

/* ["/dirt/play","s","bd",…] → /dirt/play s bd … : without the JSON's quotes, commas and brackets.
 */
static void
plain(char *json)
{
    bool quoted = false;
    char *out = json;
    for (const char *at = json; *at != '\0'; at++) {
        if (quoted && *at == '\\') {
            *out++ = *at++;
            *out++ = *at;
        } else if (*at == '"') {
            quoted = !quoted;
        } else if (!quoted && *at == ',') {
            *out++ = ' ';
        } else if (quoted || (*at != '[' && *at != ']')) {
            *out++ = *at;
        }
    }
    *out = '\0';
}

static void
add_bundle(struct show *show, const unsigned char *packet, size_t size, od_nsec arrived)
{
    uint64_t tag = 0;
    for (int i = 0; i < 8; i++) {
        tag = tag << 8 | packet[OD_OSC_TAG_OFFSET + i];
    }
    od_nsec wall = ((od_nsec)(tag >> 32) - NTP_TO_UNIX) * OD_NSEC_PER_SEC +
                   (od_nsec)(((tag & UINT32_MAX) * (uint64_t)OD_NSEC_PER_SEC) >> 32);
    struct od_buf json = {0};
    if (od_osc_packet_json(packet, size, &json) == OD_OK && od_buf_append(&json, "", 1)) {
        char *save = NULL;
        for (char *line = strtok_r((char *)json.data, "\n", &save); line != NULL;
             line = strtok_r(NULL, "\n", &save)) {
            plain(line);
            add_line(show, wall, arrived - (wall - show->ahead), line, strlen(line));
        }
    }
    od_buf_clear(&json);
}

static void
add_midi(struct show *show, const unsigned char *packet, od_nsec arrived, od_nsec wall_offset)
{
    struct exchange_midi_copy midi;
    char text[64];
    memcpy(&midi, packet, sizeof midi);
    int length = snprintf(text, sizeof text, "MIDI");
    for (unsigned i = 0; i < midi.size && i < sizeof midi.bytes; i++) {
        length += snprintf(text + length, sizeof text - (size_t)length, " %u", midi.bytes[i]);
    }
    if (midi.size > sizeof midi.bytes) {
        length += snprintf(text + length, sizeof text - (size_t)length, " ... (%u bytes)",
                           (unsigned)midi.size);
    }
    od_nsec wall = midi.time + wall_offset;
    add_line(show, wall, arrived - wall, text, (size_t)length);
}

static od_nsec
stamp_of(struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec stamp;
            memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
            return stamp.tv_sec * OD_NSEC_PER_SEC + stamp.tv_nsec;
        }
    }
    return od_clock_real();
}

void
show_receive(struct show *show, od_nsec wall_offset)
{
    unsigned char packet[OD_PACKET_BUFFER];
    for (int most = 0; most < 256; most++) {
        char control[128];
        struct iovec bytes = {packet, sizeof packet};
        struct msghdr message = {.msg_iov = &bytes,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        packet[0] = 0; /* of an empty one */
        ssize_t size = recvmsg(show->fd, &message, 0);
        if (size < 0) {
            return;
        }
        od_nsec arrived = stamp_of(&message);
        if (packet[0] == '#' && size >= OD_OSC_BUNDLE_HEADER) {
            add_bundle(show, packet, (size_t)size, arrived);
        } else if (packet[0] == EXCHANGE_MIDI_COPY &&
                   (size_t)size == sizeof(struct exchange_midi_copy)) {
            add_midi(show, packet, arrived, wall_offset);
        }
    }
}

/* On a terminal a line that wraps hides the rhythm: what does not fit is cut off. And no name may
 * steer it. */
static void
print_line(struct events *events, char *text)
{
    struct winsize size;
    bool terminal = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    if (terminal) {
        od_utf8_defuse(text);
    }
    if (terminal && size.ws_col >= SHOW_COLUMNS_MIN && strlen(text) > size.ws_col) {
        size_t end = od_utf8_cut(text, strlen(text), size.ws_col - 3U);
        memcpy(text + end, "...", 4);
    }
    events_plain(events, text, strlen(text));
}

od_nsec
show_print(struct show *show, struct events *events, od_nsec wall)
{
    size_t done = 0;
    while (done < show->n && show->waiting[done].wall <= wall) {
        print_line(events, show->waiting[done].text);
        free(show->waiting[done].text);
        done++;
    }
    if (done > 0) {
        show->n -= done;
        memmove(show->waiting, show->waiting + done, show->n * sizeof show->waiting[0]);
    }
    return show->n > 0 ? show->waiting[0].wall - wall : OD_NSEC_NEVER;
}
