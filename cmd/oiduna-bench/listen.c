#include "listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "score/osc.h"
#include "world/clock.h"
#include "world/rt.h"
#include "world/udp.h"

#define NTP_TO_UNIX    INT64_C(2208988800)
#define RECEIVE_BUFFER (4 * 1024 * 1024)
#define BARE_MAGIC     "#wokeup"
#define SLEEP_ADDRESS  "/sleep"

int
bench_listen(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    const int on = 1;
    const int size = RECEIVE_BUFFER;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size); /* as much as is permitted */
    }
    if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        close(fd);
        return -1;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static od_nsec
tag_time(const unsigned char *bytes)
{
    uint64_t tag = 0;
    for (int i = 0; i < 8; i++) {
        tag = tag << 8 | bytes[i];
    }
    od_nsec seconds = (od_nsec)(tag >> 32) - NTP_TO_UNIX;
    return seconds * OD_NSEC_PER_SEC +
           (od_nsec)(((tag & UINT32_MAX) * OD_NSEC_PER_SEC + (UINT64_C(1) << 31)) >> 32);
}

static void
identify(struct bench_arrival *arrival, const unsigned char *packet)
{
    arrival->sender = BENCH_SENDER_OTHER;
    if (arrival->size >= OD_OSC_BUNDLE_HEADER && memcmp(packet, "#bundle", 8) == 0) {
        arrival->sender = BENCH_SENDER_PLAYER;
        arrival->due = tag_time(packet + OD_OSC_TAG_OFFSET);
    } else if (arrival->size >= OD_OSC_BUNDLE_HEADER && memcmp(packet, BARE_MAGIC, 8) == 0) {
        arrival->sender = BENCH_SENDER_BARE;
        memcpy(&arrival->due, packet + 8, sizeof arrival->due);
    } else if (arrival->size >= 8 && memcmp(packet, SLEEP_ADDRESS, sizeof SLEEP_ADDRESS) == 0) {
        arrival->sender = BENCH_SENDER_SLEEP;
    }
}

bool
bench_receive(int fd, struct bench_arrival *arrival)
{
    static unsigned char packet[65536];
    union {
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
        struct cmsghdr align;
    } control;
    struct iovec data = {.iov_base = packet, .iov_len = sizeof packet};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t size = recvmsg(fd, &message, 0);
    if (size < 0) {
        return false;
    }
    *arrival = (struct bench_arrival){.size = (size_t)size};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_type == SCM_TIMESTAMPNS) {
        struct timespec time;
        memcpy(&time, CMSG_DATA(header), sizeof time);
        arrival->time = time.tv_sec * OD_NSEC_PER_SEC + time.tv_nsec;
    }
    identify(arrival, packet);
    return true;
}

static void
wake_and_send(const struct bench_bare *bare, struct od_udp *udp)
{
    static unsigned char packet[65536] = BARE_MAGIC;
    od_nsec offset = od_clock_measure().offset;
    for (od_nsec due = bare->start;; due += bare->period) {
        struct timespec until = {.tv_sec = due / OD_NSEC_PER_SEC, .tv_nsec = due % OD_NSEC_PER_SEC};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        od_nsec real = due + offset;
        memcpy(packet + 8, &real, sizeof real);
        od_udp_send(udp, packet, bare->size);
    }
}

int
bench_bare_start(const struct bench_bare *bare)
{
    char error[OD_ERROR_MAX];
    pid_t process = fork();
    if (process != 0) {
        return process;
    }
    struct od_udp udp = {.fd = -1};
    struct od_rt rt = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bench_pin(bare->cpu);
    if (od_udp_open(&udp, "127.0.0.1", bare->port, error) != OD_OK) {
        _exit(1);
    }
    od_rt_no_slack();
    if (bare->realtime) {
        od_rt_schedule(&rt, OD_RT_PRIORITY);
        od_rt_lock(&rt);
    }
    od_rt_prefault();
    wake_and_send(bare, &udp);
    _exit(0);
}
