#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "world/destinations.h"

static struct od_destinations destinations;
static struct od_source source;
static struct od_diag_list diags;
static struct od_buf report;

static enum od_status
read_text(const char *text)
{
    source = (struct od_source){"d.json", text, strlen(text)};
    return od_destinations_read(&destinations, &source, &diags);
}

static int
set_up(void **state)
{
    (void)state;
    memset(&diags, 0, sizeof diags);
    memset(&report, 0, sizeof report);
    return od_destinations_default(&destinations, "127.0.0.1", 57120) == OD_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    od_destinations_clear(&destinations);
    od_diag_clear(&diags);
    od_buf_clear(&report);
    return 0;
}

static void
superdirt_is_there_by_itself(void **state)
{
    (void)state;
    assert_int_equal(destinations.count, 1);
    assert_string_equal(destinations.items[0].id, "superdirt");
    assert_false(destinations.items[0].midi);
    assert_string_equal(destinations.items[0].host, "127.0.0.1");
    assert_int_equal(destinations.items[0].port, 57120);
    assert_string_equal(destinations.items[0].address, "/dirt/play");
}

static void
osc_and_midi_destinations_are_read(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"fx\": {\"type\":\"osc\",\"host\":\"10.0.0.5\",\"port\":9000,"
                               "\"address\":\"/fx\"},\n"
                               " \"light\": {\"type\":\"osc\",\"port\":7000},\n"
                               " \"s\\u00fcnth\": {\"type\":\"midi\",\"port_name\":\"USB\","
                               "\"default_channel\":9}}"),
                     OD_OK);
    assert_int_equal(destinations.count, 4);
    assert_string_equal(destinations.items[1].id, "fx");
    assert_string_equal(destinations.items[1].host, "10.0.0.5");
    assert_int_equal(destinations.items[1].port, 9000);
    assert_string_equal(destinations.items[1].address, "/fx");
    assert_string_equal(destinations.items[2].host, "127.0.0.1");
    assert_string_equal(destinations.items[2].address, "/dirt/play");
    assert_string_equal(destinations.items[3].id, "s\xc3\xbcnth");
    assert_true(destinations.items[3].midi);
    assert_string_equal(destinations.items[3].port_name, "USB");
    assert_int_equal(destinations.items[3].channel, 9);
    assert_int_equal(diags.warnings, 0);
}

static void
superdirt_can_be_replaced_and_stays_the_first(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"a\":{\"type\":\"midi\",\"port_name\":\"x\"},"
                               "\"superdirt\":{\"type\":\"osc\",\"port\":1}}"),
                     OD_OK);
    assert_int_equal(destinations.count, 2);
    assert_string_equal(destinations.items[0].id, "superdirt");
    assert_int_equal(destinations.items[0].port, 1);
}

static void
an_unknown_key_is_a_warning_with_a_suggestion(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"a\":{\"type\":\"midi\",\"port_name\":\"x\","
                               "\"default_chanel\":3,\"colour\":[1,{\"b\":2}]}}"),
                     OD_OK);
    od_diag_report_text(&diags, &source, "test", &report);
    od_buf_append(&report, "", 1);
    assert_int_equal(diags.warnings, 2);
    assert_non_null(strstr((char *)report.data, "d.json:1:37: warning: unknown key "
                                                "'default_chanel'; did you mean "
                                                "'default_channel'?"));
    assert_non_null(strstr((char *)report.data, "warning: unknown key 'colour'"));
}

static void
what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"[]", "d.json:1:1: error: destinations must be an object: id to destination"},
        {"{\"a\":5}", "d.json:1:6: error: destination 'a' must be an object"},
        {"{\"a\":{}}", "d.json:1:6: error: destination 'a' has no type"},
        {"{\"a\":{\"type\":\"osc\"}}", "error: OSC destination 'a' has no port"},
        {"{\"a\":{\"type\":\"midi\"}}", "error: MIDI destination 'a' has no port_name"},
        {"{\"a\":{\"type\":\"udp\",\"port\":1}}", "1:14: error: unknown type 'udp': must be"},
        {"{\"a\":{\"type\":1}}", "1:14: error: 'type' must be a string"},
        {"{\"a\":{\"type\":\"osc\",\"port\":0}}", "1:27: error: 'port' must be a whole number"},
        {"{\"a\":{\"type\":\"osc\",\"port\":65536}}", "error: 'port' must be a whole number"},
        {"{\"a\":{\"type\":\"osc\",\"port\":\"1\"}}", "error: 'port' must be a whole number"},
        {"{\"a\":{\"type\":\"osc\",\"port\":1.5}}", "error: 'port' must be a whole number"},
        {"{\"a\":{\"type\":\"osc\",\"port\":1,\"host\":\"\"}}", "error: 'host' must not be empty"},
        {"{\"a\":{\"type\":\"osc\",\"port\":1,\"address\":\"x\"}}", "must begin with '/'"},
        {"{\"a\":{\"type\":\"midi\",\"port_name\":\"x\",\"default_channel\":16}}",
         "error: 'default_channel' must be a whole number, 0 to 15"},
        {"{\"a\":{\"type\":\"midi\",\"port_name\":\"x\",\"type\":\"osc\"}}", "error: "},
        {"{\"a\":{\"type\":\"midi\",\"port_name\":\"x\"},\"a\":{}}", "error: "},
        {"{\"a\":{\"type\":\"midi\"", "error: "},
        {"", "error: "},
        {"{} x", "error: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tear_down(NULL);
        set_up(NULL);
        assert_int_equal(read_text(cases[i].text), OD_EDATA);
        od_diag_report_text(&diags, &source, "test", &report);
        od_buf_append(&report, "", 1);
        if (strstr((char *)report.data, cases[i].said) == NULL) {
            fail_msg("%s\nshould say \"%s\" but says:\n%s", cases[i].text, cases[i].said,
                     (char *)report.data);
        }
    }
}

static void
a_broken_text_is_one_error_not_many(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"a\":{\"type\":\"osc\","), OD_EDATA);
    assert_int_equal(diags.errors, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(superdirt_is_there_by_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(osc_and_midi_destinations_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(superdirt_can_be_replaced_and_stays_the_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_key_is_a_warning_with_a_suggestion, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_said_with_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_text_is_one_error_not_many, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
