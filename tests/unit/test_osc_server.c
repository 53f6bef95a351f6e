/* link: -Wl,--wrap=getaddrinfo */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "world/osc_server.h"
#include "world/udp.h"

static char heard[4096];
static char error[OD_ERROR_MAX];

static void
hear(void *context, const char *path, const char *types, const struct od_osc_arg *args,
     size_t n_args)
{
    size_t used = strlen(heard);
    (void)context;
    used += (size_t)snprintf(heard + used, sizeof heard - used, "%s,%s", path, types);
    for (size_t i = 0; i < n_args && used < sizeof heard; i++) {
        switch (args[i].type) {
        case 'i':
            used += (size_t)snprintf(heard + used, sizeof heard - used, " %d", args[i].i);
            break;
        case 'd':
            used += (size_t)snprintf(heard + used, sizeof heard - used, " %g", args[i].d);
            break;
        case 'f':
            used += (size_t)snprintf(heard + used, sizeof heard - used, " %g", (double)args[i].f);
            break;
        case 's':
            used += (size_t)snprintf(heard + used, sizeof heard - used, " %s", args[i].s);
            break;
        default:
            used += (size_t)snprintf(heard + used, sizeof heard - used, " -");
        }
    }
    snprintf(heard + used, sizeof heard - used, "\n");
}

static bool
parse(const char *bytes, size_t size)
{
    unsigned char copy[1024];
    assert_true(size <= sizeof copy);
    memcpy(copy, bytes, size);
    heard[0] = '\0';
    return od_osc_parse(copy, size, hear, NULL);
}

#define PARSE(text) parse(text, sizeof(text) - 1)

static void
each_kind_of_argument_is_handed_on(void **state)
{
    (void)state;
    assert_true(PARSE("/a\0\0,isfTFNhdS\0\0\0\0\0\7abc\0\x3f\x80\0\0"
                      "\0\0\0\0\0\0\0\5\x3f\xe0\0\0\0\0\0\0xy\0\0"));
    assert_string_equal(heard, "/a,isfTFNids 7 abc 1 1 0 - 5 0.5 xy\n");
}

static void
bundles_are_taken_apart_at_once_nested_ones_too(void **state)
{
    (void)state;
    assert_true(PARSE("#bundle\0\xff\0\0\0\0\0\0\0"
                      "\0\0\0\10/a\0\0,\0\0\0"
                      "\0\0\0\34#bundle\0\0\0\0\0\0\0\0\1\0\0\0\10/b\0\0,\0\0\0"
                      "\0\0\0\10/c\0\0,\0\0\0"));
    assert_string_equal(heard, "/a,\n/b,\n/c,\n");
    assert_true(PARSE("#bundle\0\0\0\0\0\0\0\0\1"));
    assert_string_equal(heard, "");
}

static void
what_is_no_osc_is_refused(void **state)
{
    (void)state;
    assert_false(PARSE(""));
    assert_false(PARSE("/a\0\0"));
    assert_false(PARSE("a\0\0\0,\0\0\0"));
    assert_false(PARSE("/a\0\0,i\0\0"));
    assert_false(PARSE("/a\0\0,i\0\0\0\0\0\1\0\0\0\2"));
    assert_false(PARSE("/a\0\0,s\0\0abcd"));
    assert_false(PARSE("/a\0\0,i\0\0\0\0\0"));
    assert_false(PARSE("/a\0\0i\0\0\0\0\0\0\1"));
    assert_false(PARSE("/a\0\0,b\0\0\0\0\0\4abcd"));
    assert_false(PARSE("/a\0\0,h\0\0\0\0\0\1\0\0\0\0"));
    assert_false(PARSE("#bundle\0\0\0\0\0\0\0\0\1\0\0\0\0"));
    assert_false(PARSE("#bundle\0\0\0\0\0\0\0\0\1\0\0\0\x7f/a\0\0,\0\0\0"));
    assert_false(PARSE("#bundle\0\0\0\0\0\0\0\0\1\0\0"));
    assert_string_equal(heard, "");
}

static void
every_truncation_and_every_flipped_byte_is_survived(void **state)
{
    (void)state;
    static const char packet[] = "#bundle\0\0\0\0\0\0\0\0\1\0\0\0\34/oiduna/set\0,ssf\0\0\0\0bd\0\0"
                                 "\0\0\0\x24/oiduna/mute\0\0\0\0,si\0bass\0\0\0\0\0\0\0\1";
    char changed[sizeof packet];
    for (size_t size = 0; size < sizeof packet; size++) {
        parse(packet, size);
    }
    for (size_t i = 0; i < sizeof packet - 1; i++) {
        for (int bit = 0; bit < 8; bit++) {
            memcpy(changed, packet, sizeof packet);
            changed[i] = (char)(changed[i] ^ 1 << bit);
            parse(changed, sizeof packet - 1);
        }
    }
}

static void
packets_come_in_and_bad_ones_are_counted(void **state)
{
    (void)state;
    struct od_osc_server *server = NULL;
    struct od_udp udp;
    assert_int_equal(od_osc_server_new(NULL, 0, hear, NULL, &server, error), OD_OK);
    assert_true(od_osc_server_port(server) > 0);
    assert_int_equal(od_osc_server_receive(server, 10), 0);
    assert_int_equal(od_udp_open(&udp, "127.0.0.1", od_osc_server_port(server), error), OD_OK);
    heard[0] = '\0';
    assert_true(od_udp_send(&udp, "/bpm\0\0\0\0,f\0\0\x42\xf0\0\0", 16));
    assert_true(od_udp_send(&udp, "nonsense", 8));
    assert_true(od_udp_send(&udp, "/x\0\0,\0\0\0", 8));
    struct pollfd poll_fd = {.fd = od_osc_server_fd(server), .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, 5000), 1);
    assert_int_equal(od_osc_server_receive(server, 2), 2);
    assert_int_equal(od_osc_server_receive(server, 10), 1);
    assert_string_equal(heard, "/bpm,f 120\n/x,\n");
    assert_int_equal(od_osc_server_malformed(server), 1);
    od_udp_close(&udp);
    od_osc_server_free(server);
}

static void
a_port_that_is_taken_is_said(void **state)
{
    (void)state;
    struct od_osc_server *first = NULL;
    struct od_osc_server *second = NULL;
    assert_int_equal(od_osc_server_new("127.0.0.1", 0, hear, NULL, &first, error), OD_OK);
    assert_int_equal(
        od_osc_server_new("127.0.0.1", od_osc_server_port(first), hear, NULL, &second, error),
        OD_EUNAVAILABLE);
    assert_non_null(strstr(error, "cannot listen on 127.0.0.1 port "));
    assert_null(second);
    assert_int_equal(od_osc_server_new("no-such-host.invalid", 0, hear, NULL, &second, error),
                     OD_EUNAVAILABLE);
    od_osc_server_free(first);
    od_osc_server_free(NULL);
}

int __real_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **list);

/* A name of two addresses, as localhost is on many machines; the first is not this machine's. */
int
__wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                   struct addrinfo **list)
{
    static const char *const addresses[] = {"192.0.2.1", "127.0.0.1", "127.0.0.2"};
    if (strcmp(node, "several.test") != 0) {
        return __real_getaddrinfo(node, service, hints, list);
    }
    struct addrinfo **end = list;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(__real_getaddrinfo(addresses[i], service, hints, end), 0);
        end = &(*end)->ai_next;
    }
    return 0;
}

static void
every_address_of_a_name_is_listened_on(void **state)
{
    (void)state;
    static const char *const addresses[] = {"127.0.0.1", "127.0.0.2"};
    struct od_osc_server *server = NULL;
    assert_int_equal(od_osc_server_new("several.test", 0, hear, NULL, &server, error), OD_OK);
    for (size_t i = 0; i < 2; i++) {
        struct od_udp udp;
        assert_int_equal(od_udp_open(&udp, addresses[i], od_osc_server_port(server), error), OD_OK);
        heard[0] = '\0';
        assert_true(od_udp_send(&udp, (const unsigned char *)"/a\0\0,\0\0\0", 8));
        struct pollfd in = {od_osc_server_fd(server), POLLIN, 0};
        assert_int_equal(poll(&in, 1, 5000), 1);
        assert_int_equal(od_osc_server_receive(server, 9), 1);
        assert_string_equal(heard, "/a,\n");
        od_udp_close(&udp);
    }
    od_osc_server_free(server);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_argument_is_handed_on),
        cmocka_unit_test(bundles_are_taken_apart_at_once_nested_ones_too),
        cmocka_unit_test(what_is_no_osc_is_refused),
        cmocka_unit_test(every_truncation_and_every_flipped_byte_is_survived),
        cmocka_unit_test(packets_come_in_and_bad_ones_are_counted),
        cmocka_unit_test(a_port_that_is_taken_is_said),
        cmocka_unit_test(every_address_of_a_name_is_listened_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
