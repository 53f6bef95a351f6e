#include "drain.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world/clock.h"

#define RECEIVE_BUFFER (4 * 1024 * 1024)
#define PATIENCE       (OD_NSEC_PER_SEC / 5)

struct bench_drained {
    _Atomic uint64_t datagrams;
};

static int
open_socket(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    const int size = RECEIVE_BUFFER;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size); /* as much as is permitted */
    }
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0) {
        close(fd);
        return -1;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static void
take_in(int fd, struct bench_drained *drained)
{
    static char packet[65536];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (recv(fd, packet, sizeof packet, 0) >= 0) {
        atomic_fetch_add_explicit(&drained->datagrams, 1, memory_order_release);
    }
    _exit(1);
}

enum od_status
bench_drain_start(struct bench_drain *drain)
{
    *drain = (struct bench_drain){.process = -1};
    drain->drained = mmap(NULL, sizeof *drain->drained, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (drain->drained == MAP_FAILED) {
        drain->drained = NULL;
        return OD_ENOMEM;
    }
    int fd = open_socket(&drain->port);
    if (fd < 0) {
        bench_drain_stop(drain);
        return OD_EUNAVAILABLE;
    }
    drain->process = fork();
    if (drain->process == 0) {
        take_in(fd, drain->drained);
    }
    close(fd);
    if (drain->process < 0) {
        bench_drain_stop(drain);
        return OD_EUNAVAILABLE;
    }
    return OD_OK;
}

uint64_t
bench_drain_count(const struct bench_drain *drain)
{
    return atomic_load_explicit(&drain->drained->datagrams, memory_order_acquire);
}

void
bench_drain_wait(struct bench_drain *drain, uint64_t count)
{
    od_nsec end = od_clock_now() + PATIENCE;
    while (bench_drain_count(drain) < count) {
        if (od_clock_now() > end) {
            drain->lost += count - bench_drain_count(drain);
            return;
        }
        sched_yield();
    }
}

void
bench_drain_stop(struct bench_drain *drain)
{
    if (drain->process > 0) {
        kill(drain->process, SIGKILL);
        waitpid(drain->process, NULL, 0);
    }
    if (drain->drained != NULL) {
        munmap(drain->drained, sizeof *drain->drained);
    }
    *drain = (struct bench_drain){.process = -1};
}
