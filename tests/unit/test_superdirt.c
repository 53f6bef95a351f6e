#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "world/superdirt.h"
#include "world/udp.h"

#define SECOND OD_NSEC_PER_SEC

static const char question[20] = "/dirt/handshake\0,\0\0";
static const char answer[] = "/dirt/handshake/reply\0\0\0,sssi\0\0\0&serverHostname\0"
                             "127.0.0.1\0\0\0&serverPort\0\0\0\xdf\x16";

static struct od_superdirt superdirt;
static int receiver;
static union {
    struct sockaddr any;
    struct sockaddr_in v4;
} asker;

static unsigned
listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    void *any = &address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    receiver = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(receiver >= 0);
    assert_int_equal(bind(receiver, any, size), 0);
    assert_int_equal(getsockname(receiver, any, &size), 0);
    return ntohs(address.sin_port);
}

/* How many questions came; the last one's sender is remembered. */
static int
asked(void)
{
    char bytes[64];
    socklen_t size = sizeof asker;
    int n = 0;
    while (recvfrom(receiver, bytes, sizeof bytes, MSG_DONTWAIT, &asker.any, &size) >= 0) {
        assert_memory_equal(bytes, question, sizeof question);
        n++;
    }
    return n;
}

static void
reply(const char *bytes, size_t size)
{
    struct pollfd ready = {.fd = superdirt.fd, .events = POLLIN};
    assert_int_equal(sendto(receiver, bytes, size, 0, &asker.any, sizeof asker.v4), (ssize_t)size);
    assert_int_equal(poll(&ready, 1, 5000), 1);
}

static int
set_up(void **state)
{
    (void)state;
    char error[OD_ERROR_MAX];
    struct od_udp udp;
    enum od_status status = od_udp_open(&udp, "127.0.0.1", listen_anywhere(), error);
    od_superdirt_open(&superdirt, udp.fd, 0);
    return status == OD_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    od_superdirt_close(&superdirt);
    return close(receiver);
}

static void
it_is_asked_every_two_seconds(void **state)
{
    (void)state;
    assert_int_equal(od_superdirt_next(&superdirt), 0);
    assert_int_equal(od_superdirt_poll(&superdirt, 0), OD_SUPERDIRT_NOTHING);
    assert_int_equal(asked(), 1);
    assert_int_equal(od_superdirt_next(&superdirt), 2 * SECOND);
    assert_int_equal(od_superdirt_poll(&superdirt, 2 * SECOND - 1), OD_SUPERDIRT_NOTHING);
    assert_int_equal(asked(), 0);
    assert_int_equal(od_superdirt_poll(&superdirt, 2 * SECOND), OD_SUPERDIRT_NOTHING);
    assert_int_equal(asked(), 1);
}

static void
an_answer_means_it_is_there(void **state)
{
    (void)state;
    od_superdirt_poll(&superdirt, SECOND);
    assert_int_equal(asked(), 1);
    assert_false(superdirt.present);
    reply(answer, sizeof answer - 1);
    assert_int_equal(od_superdirt_poll(&superdirt, SECOND + 120000), OD_SUPERDIRT_PRESENT);
    assert_true(superdirt.present);
    assert_int_equal(superdirt.round_trip, 120000);
    assert_int_equal(superdirt.server_port, 57110);
    assert_int_equal(superdirt.answers, 1);
    assert_int_equal(od_superdirt_poll(&superdirt, SECOND + 130000), OD_SUPERDIRT_NOTHING);
}

static void
silence_means_it_is_missing_and_is_said_once(void **state)
{
    (void)state;
    enum od_superdirt_change changes[2] = {OD_SUPERDIRT_NOTHING, OD_SUPERDIRT_NOTHING};
    size_t n = 0;
    for (od_nsec now = 0; now < 60 * SECOND; now = od_superdirt_next(&superdirt)) {
        enum od_superdirt_change change = od_superdirt_poll(&superdirt, now);
        if (change != OD_SUPERDIRT_NOTHING) {
            assert_int_equal(now, OD_SUPERDIRT_PATIENT);
            assert_true(n < 1);
            changes[n++] = change;
        }
    }
    assert_int_equal(n, 1);
    assert_int_equal(changes[0], OD_SUPERDIRT_MISSING);
    assert_int_equal(asked(), 30);
}

static void
it_may_go_and_come_back(void **state)
{
    (void)state;
    od_superdirt_poll(&superdirt, 0);
    asked();
    reply(answer, sizeof answer - 1);
    assert_int_equal(od_superdirt_poll(&superdirt, 1), OD_SUPERDIRT_PRESENT);
    assert_int_equal(od_superdirt_poll(&superdirt, 4 * SECOND), OD_SUPERDIRT_NOTHING);
    assert_true(od_superdirt_next(&superdirt) <= 5 * SECOND + 1);
    assert_int_equal(od_superdirt_poll(&superdirt, 5 * SECOND + 1), OD_SUPERDIRT_MISSING);
    od_superdirt_poll(&superdirt, 90 * SECOND);
    assert_true(asked() > 0);
    reply(answer, sizeof answer - 1);
    assert_int_equal(od_superdirt_poll(&superdirt, 91 * SECOND), OD_SUPERDIRT_PRESENT);
}

static void
other_packets_are_no_answer(void **state)
{
    (void)state;
    od_superdirt_poll(&superdirt, 0);
    asked();
    reply("/dirt/hello/reply\0\0\0,\0\0\0", 24);
    reply("rubbish!", 8);
    assert_int_equal(od_superdirt_poll(&superdirt, 1), OD_SUPERDIRT_NOTHING);
    assert_false(superdirt.present);
    assert_int_equal(superdirt.malformed, 1);
}

static void
a_closed_port_is_survived_and_asked_again(void **state)
{
    (void)state;
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    void *any = &address;
    assert_int_equal(getsockname(receiver, any, &size), 0);
    close(receiver);
    for (od_nsec now = 0; now < 8 * SECOND; now += SECOND) {
        od_superdirt_poll(&superdirt, now);
    }
    receiver = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(receiver, any, size), 0);
    od_superdirt_poll(&superdirt, 8 * SECOND);
    assert_int_equal(asked(), 1);
    reply(answer, sizeof answer - 1);
    assert_int_equal(od_superdirt_poll(&superdirt, 9 * SECOND), OD_SUPERDIRT_PRESENT);
}

static void
a_closed_one_does_nothing(void **state)
{
    (void)state;
    od_superdirt_close(&superdirt);
    assert_int_equal(od_superdirt_poll(&superdirt, SECOND), OD_SUPERDIRT_NOTHING);
    assert_int_equal(od_superdirt_next(&superdirt), OD_NSEC_NEVER);
    assert_int_equal(asked(), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_asked_every_two_seconds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_means_it_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence_means_it_is_missing_and_is_said_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(it_may_go_and_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_packets_are_no_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_closed_port_is_survived_and_asked_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_closed_one_does_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
