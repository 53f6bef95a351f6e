#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "play/pack.h"
#include "score/osc.h"
#include "world/udp.h"

static char error[OD_ERROR_MAX];

static int
listen_on(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
    socklen_t size = sizeof address;
    struct timeval limit = {.tv_sec = 5};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    void *any = &address;
    assert_int_equal(bind(fd, any, size), 0);
    assert_int_equal(getsockname(fd, any, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void
host_and_port_are_split(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host;
        unsigned port;
    } cases[] = {
        {"127.0.0.1:57120", "127.0.0.1", 57120},
        {"studio:1", "studio", 1},
        {"studio", "studio", 7},
        {":65535", "old", 65535},
        {"[::1]:57120", "::1", 57120},
        {"[::1]", "::1", 7},
        {"::1", "::1", 7},
        {"fe80::1:2", "fe80::1:2", 7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char host[OD_HOST_MAX] = "old";
        unsigned port = 7;
        assert_true(od_udp_split(cases[i].text, host, &port));
        assert_string_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
    }
}

static void
what_is_no_host_and_port_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",        "host:",   "host:0",   "host:65536",
                                        "host:1x", "host:-1", "host:1e3", "[::1",
                                        "[]:5",    "[::1]5",  "[::1]:",   "host:9999999999"};
    char host[OD_HOST_MAX] = "old";
    char longest[OD_HOST_MAX + 1];
    unsigned port = 7;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (od_udp_split(wrong[i], host, &port)) {
            fail_msg("\"%s\" was taken for an address", wrong[i]);
        }
    }
    memset(longest, 'a', OD_HOST_MAX);
    longest[OD_HOST_MAX] = '\0';
    assert_false(od_udp_split(longest, host, &port));
    longest[OD_HOST_MAX - 1] = '\0';
    assert_true(od_udp_split(longest, host, &port));
}

static void
a_stamped_bundle_arrives_whole(void **state)
{
    (void)state;
    unsigned port = 0;
    int receiver = listen_on(&port);
    struct od_udp udp;
    unsigned char bundle[] = "#bundle\0--------....message";
    unsigned char got[64];
    assert_int_equal(od_udp_open(&udp, "127.0.0.1", port, error), OD_OK);
    od_bundle_stamp(bundle, UINT64_C(0x0102030405060708));
    assert_true(od_udp_send(&udp, bundle, sizeof bundle));
    assert_int_equal(recv(receiver, got, sizeof got, 0), sizeof bundle);
    assert_memory_equal(got, "#bundle\0\1\2\3\4\5\6\7\10....message", sizeof bundle);
    assert_int_equal(atomic_load(&udp.packets), 1);
    assert_int_equal(atomic_load(&udp.bytes), sizeof bundle);
    assert_int_equal(atomic_load(&udp.errors), 0);
    od_udp_close(&udp);
    close(receiver);
}

static void
another_socket_goes_to_the_same_place_whatever_its_name_means_now(void **state)
{
    (void)state;
    unsigned port = 0;
    int receiver = listen_on(&port);
    struct od_udp udp;
    struct od_udp same;
    char got[8];
    assert_int_equal(od_udp_open(&udp, "127.0.0.1", port, error), OD_OK);
    snprintf(udp.host, sizeof udp.host, "no-such-host.invalid");
    assert_int_equal(od_udp_open_same(&same, &udp, error), OD_OK);
    assert_true(same.fd != udp.fd);
    assert_true(od_udp_send(&same, "hello", 5));
    assert_int_equal(recv(receiver, got, sizeof got, 0), 5);
    assert_memory_equal(got, "hello", 5);
    assert_int_equal(same.packet_limit, udp.packet_limit);
    od_udp_close(&same);
    od_udp_close(&udp);
    assert_int_equal(od_udp_open_same(&same, &udp, error), OD_EUNAVAILABLE);
    assert_non_null(strstr(error, "no-such-host.invalid port"));
    close(receiver);
}

static void
a_packet_as_large_as_the_limit_passes(void **state)
{
    (void)state;
    static unsigned char bytes[OD_PACKET_LIMIT_LOOPBACK];
    static unsigned char got[OD_PACKET_BUFFER];
    unsigned port = 0;
    int receiver = listen_on(&port);
    struct od_udp udp;
    assert_int_equal(od_udp_open(&udp, "localhost", port, error), OD_OK);
    assert_int_equal(udp.packet_limit, OD_PACKET_LIMIT_LOOPBACK);
    assert_true(od_udp_send(&udp, bytes, udp.packet_limit));
    assert_int_equal(recv(receiver, got, sizeof got, 0), (ssize_t)udp.packet_limit);
    od_udp_close(&udp);
    close(receiver);
}

static void
other_machines_get_packets_that_fit_a_frame(void **state)
{
    (void)state;
    struct od_udp udp;
    /* No packet leaves: the address is reserved for examples, and nothing is sent. */
    if (od_udp_open(&udp, "192.0.2.1", 57120, error) != OD_OK) {
        skip(); /* no route at all */
    }
    assert_false(udp.loopback);
    assert_int_equal(udp.packet_limit, OD_PACKET_LIMIT_NETWORK);
    od_udp_close(&udp);
}

static void
a_closed_port_is_noticed_and_so_is_its_return(void **state)
{
    (void)state;
    unsigned port = 0;
    unsigned char got[16];
    close(listen_on(&port));
    struct od_udp udp;
    assert_int_equal(od_udp_open(&udp, "127.0.0.1", port, error), OD_OK);
    assert_true(od_udp_send(&udp, "one", 4));
    assert_true(od_udp_send(&udp, "two", 4));
    assert_true(od_udp_send(&udp, "three", 6));
    assert_true(atomic_load(&udp.refused));
    assert_int_equal(atomic_load(&udp.refusals), 2);
    assert_int_equal(atomic_load(&udp.errors), 0);
    int receiver = listen_on(&port);
    assert_true(od_udp_send(&udp, "four", 5)); /* learns of three's refusal, yet it arrives */
    assert_int_equal(recv(receiver, got, sizeof got, 0), 5);
    assert_string_equal((char *)got, "four");
    assert_true(od_udp_send(&udp, "five", 5));
    assert_int_equal(recv(receiver, got, sizeof got, 0), 5);
    assert_false(atomic_load(&udp.refused));
    od_udp_close(&udp);
    close(receiver);
}

static void
a_packet_that_is_too_large_is_a_counted_error(void **state)
{
    (void)state;
    static unsigned char bytes[70000];
    unsigned port = 0;
    int receiver = listen_on(&port);
    struct od_udp udp;
    assert_int_equal(od_udp_open(&udp, "127.0.0.1", port, error), OD_OK);
    assert_false(od_udp_send(&udp, bytes, sizeof bytes));
    assert_int_equal(atomic_load(&udp.errors), 1);
    assert_int_equal(atomic_load(&udp.packets), 0);
    assert_int_equal(atomic_load(&udp.last_error), EMSGSIZE);
    od_udp_close(&udp);
    close(receiver);
}

static void
full_buffers_drop_and_count_and_never_wait(void **state)
{
    (void)state;
    int pair[2];
    static unsigned char bytes[1000];
    struct od_udp udp;
    uint64_t sent = 0;
    memset(&udp, 0, sizeof udp);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    udp.fd = pair[0];
    while (od_udp_send(&udp, bytes, sizeof bytes)) {
        sent++;
        assert_true(sent < 100000);
    }
    assert_int_equal(atomic_load(&udp.packets), sent);
    assert_int_equal(atomic_load(&udp.errors), 1);
    assert_int_equal(atomic_load(&udp.last_error), EAGAIN);
    assert_false(atomic_load(&udp.refused));
    od_udp_close(&udp);
    close(pair[1]);
}

static void
an_unknown_host_is_said(void **state)
{
    (void)state;
    struct od_udp udp;
    assert_int_equal(od_udp_open(&udp, "no-such-host.invalid", 57120, error), OD_EUNAVAILABLE);
    assert_non_null(strstr(error, "cannot resolve 'no-such-host.invalid': "));
    assert_int_equal(udp.fd, -1);
    assert_false(od_udp_send(&udp, "x", 1));
    od_udp_close(&udp);
    od_udp_close(&udp);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_and_port_are_split),
        cmocka_unit_test(what_is_no_host_and_port_is_refused),
        cmocka_unit_test(a_stamped_bundle_arrives_whole),
        cmocka_unit_test(another_socket_goes_to_the_same_place_whatever_its_name_means_now),
        cmocka_unit_test(a_packet_as_large_as_the_limit_passes),
        cmocka_unit_test(other_machines_get_packets_that_fit_a_frame),
        cmocka_unit_test(a_closed_port_is_noticed_and_so_is_its_return),
        cmocka_unit_test(a_packet_that_is_too_large_is_a_counted_error),
        cmocka_unit_test(full_buffers_drop_and_count_and_never_wait),
        cmocka_unit_test(an_unknown_host_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
