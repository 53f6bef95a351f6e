/*
 * Listens on 127.0.0.1 and prints what comes, taken apart by liblo: first {"port":N}, then a line
 * a message: {"packet":N,"at":MONOTONIC_NS,"seconds":S,"fraction":F,"osc":[...]}, where seconds and
 * fraction are the time tag of its bundle. Ends when standard input ends.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <lo/lo.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PACKET_MAX 65536
#define BUFFER     (8 * 1024 * 1024)

static struct {
    uint64_t number;
    int64_t at;
    lo_timetag tag;
} packet;

static void
print_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\' || (unsigned char)*text < 0x20) {
            printf("\\u%04x", (unsigned)*text);
        } else {
            putchar(*text);
        }
    }
    putchar('"');
}

static int
on_bundle(lo_timetag tag, void *context)
{
    (void)context;
    packet.tag = tag;
    return 0;
}

static int
on_message(const char *path, const char *types, lo_arg **args, int n, lo_message message,
           void *context)
{
    (void)message;
    (void)context;
    printf("{\"packet\":%" PRIu64 ",\"at\":%" PRId64 ",\"seconds\":%" PRIu32
           ",\"fraction\":%" PRIu32 ",\"types\":\"%s\",\"osc\":[",
           packet.number, packet.at, packet.tag.sec, packet.tag.frac, types);
    print_string(path);
    for (int i = 0; i < n; i++) {
        putchar(',');
        int32_t whole;
        float real;
        if (types[i] == LO_INT32) {
            memcpy(&whole, args[i], sizeof whole);
            printf("%" PRId32, whole);
        } else if (types[i] == LO_FLOAT) {
            memcpy(&real, args[i], sizeof real);
            printf("%.9g", (double)real);
        } else if (types[i] == LO_STRING) {
            print_string((const char *)args[i]);
        } else {
            printf("null");
        }
    }
    printf("]}\n");
    return 0;
}

static int
listen_here(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int room = BUFFER;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        perror("oscdump");
        exit(1);
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    printf("{\"port\":%u}\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void
take_packet(lo_server server, int fd)
{
    static char bytes[PACKET_MAX];
    struct timespec now;
    ssize_t size = recv(fd, bytes, sizeof bytes, 0);
    clock_gettime(CLOCK_MONOTONIC, &now);
    packet.number++;
    packet.at = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
    packet.tag = (lo_timetag){0, 0};
    if (size <= 0 || lo_server_dispatch_data(server, bytes, (size_t)size) < 0) {
        printf("{\"packet\":%" PRIu64 ",\"malformed\":%zd}\n", packet.number, size);
    }
}

int
main(void)
{
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
    lo_server server = lo_server_new(NULL, NULL);
    if (server == NULL) {
        return 1;
    }
    lo_server_enable_queue(server, 0, 1);
    lo_server_add_bundle_handlers(server, on_bundle, NULL, NULL);
    lo_server_add_method(server, NULL, NULL, on_message, NULL);
    int fd = listen_here();
    for (;;) {
        struct pollfd polls[] = {{fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
        if (poll(polls, 2, -1) > 0 && (polls[0].revents & POLLIN) != 0) {
            take_packet(server, fd);
        } else if (polls[1].revents != 0) {
            break;
        }
    }
    close(fd);
    lo_server_free(server);
    return fflush(stdout) != 0;
}
