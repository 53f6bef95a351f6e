/* The picture on a terminal: what is sent to it, and that nothing is waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "world/clock.h"
#include "world/terminal.h"

#define QUIET_MS 50

/* Both ends; what the program sends is read at `master`. */
struct desk {
    int master, slave;
    struct od_terminal terminal;
    char got[65536];
};

static int
open_desk(void **state)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    char error[OD_TERMINAL_ERROR_SIZE];
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    assert_int_equal(openpty(&desk->master, &desk->slave, NULL, NULL, &size), 0);
    assert_int_equal(fcntl(desk->master, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(od_terminal_open(&desk->terminal, desk->slave, error), OD_OK);
    *state = desk;
    return 0;
}

static int
close_desk(void **state)
{
    struct desk *desk = *state;
    od_terminal_close(&desk->terminal);
    close(desk->slave);
    close(desk->master);
    free(desk);
    return 0;
}

/* What came since the last time. The kernel hands it on in its own time: quiet for a moment is all.
 */
static const char *
take(struct desk *desk)
{
    size_t n = 0;
    struct pollfd wait = {desk->master, POLLIN, 0};
    while (n < sizeof desk->got - 1 && poll(&wait, 1, QUIET_MS) == 1) {
        ssize_t size = read(desk->master, desk->got + n, sizeof desk->got - 1 - n);
        if (size <= 0) {
            break;
        }
        n += (size_t)size;
    }
    desk->got[n] = '\0';
    return desk->got;
}

static bool
draw(struct desk *desk, const char *picture, const char *prompt, unsigned cursor)
{
    struct od_buf rows = {0};
    struct od_buf line = {0};
    unsigned n = 0;
    for (const char *at = picture; *at != '\0'; at++) {
        n += *at == '\n';
    }
    od_buf_append(&rows, picture, strlen(picture));
    od_buf_append(&line, prompt != NULL ? prompt : "", prompt != NULL ? strlen(prompt) : 0);
    bool taken = od_terminal_draw(&desk->terminal, &rows, n, prompt != NULL ? &line : NULL, cursor);
    od_buf_clear(&rows);
    od_buf_clear(&line);
    return taken;
}

static void
only_what_changed_is_sent(void **state)
{
    struct desk *desk = *state;
    assert_true(draw(desk, "one\ntwo\nthree\n", NULL, 0));
    const char *got = take(desk);
    assert_non_null(strstr(got, "\033[1;21r")); /* the region is what is above the picture */
    assert_non_null(strstr(got, "\033[22;1H\033[2Kone\033[23;1H\033[2Ktwo\033[24;1H\033[2Kthree"));
    assert_true(draw(desk, "one\ntwo\nthree\n", NULL, 0));
    assert_string_equal(take(desk), "");
    assert_true(draw(desk, "one\n2\nthree\n", NULL, 0));
    got = take(desk);
    assert_non_null(strstr(got, "\033[23;1H\033[2K2"));
    assert_null(strstr(got, "one"));
    assert_null(strstr(got, "three"));
}

static void
the_prompt_makes_way_and_comes_back(void **state)
{
    struct desk *desk = *state;
    assert_true(draw(desk, "", "> mute", 6));
    assert_non_null(strstr(take(desk), "> mute"));
    od_terminal_make_way(&desk->terminal);
    assert_string_equal(take(desk), "\r\033[K");
    od_terminal_make_way(&desk->terminal);
    assert_string_equal(take(desk), "");
    assert_true(draw(desk, "", "> mute", 6));
    assert_non_null(strstr(take(desk), "> mute"));
}

static void
more_rows_make_room_and_fewer_give_it_back(void **state)
{
    struct desk *desk = *state;
    assert_true(draw(desk, "one\n", NULL, 0));
    take(desk);
    assert_true(draw(desk, "one\ntwo\n", NULL, 0));
    const char *got = take(desk);
    assert_non_null(strstr(got, "\r\n\033[1A\0337\033[1;22r\0338"));
    assert_non_null(strstr(got, "\033[23;1H\033[2Kone"));
    assert_true(draw(desk, "one\n", NULL, 0));
    got = take(desk);
    assert_non_null(strstr(got, "\033[23;1H\033[2K"));
    assert_non_null(strstr(got, "\033[1;23r"));
    assert_true(draw(desk, "", NULL, 0));
    assert_non_null(strstr(take(desk), "\033[r"));
}

static void
leaving_gives_the_terminal_back(void **state)
{
    struct desk *desk = *state;
    struct termios before, during, after; /* compared as bytes */
    memset(&before, 0, sizeof before);
    memset(&after, 0, sizeof after);
    assert_int_equal(tcgetattr(desk->slave, &before), 0);
    assert_true(od_terminal_keys(&desk->terminal));
    assert_int_equal(tcgetattr(desk->slave, &during), 0);
    assert_int_equal(during.c_lflag & (ICANON | ECHO), 0);
    assert_true((during.c_lflag & ISIG) != 0);
    assert_true(draw(desk, "one\n", "> ", 2));
    take(desk);
    od_terminal_leave(&desk->terminal);
    const char *got = take(desk);
    assert_non_null(strstr(got, "\033[J"));
    assert_non_null(strstr(got, "\033[r"));
    assert_non_null(strstr(got, "\033[?25h"));
    assert_non_null(strstr(got, "\033[?2004l"));
    assert_int_equal(tcgetattr(desk->slave, &after), 0);
    assert_memory_equal(&after, &before, sizeof before);
    assert_true(draw(desk, "one\n", "> ", 2)); /* and all comes back */
    assert_non_null(strstr(take(desk), "one"));
}

static void
who_dies_gives_it_back_as_well(void **state)
{
    struct desk *desk = *state;
    struct termios before, after;
    memset(&before, 0, sizeof before);
    memset(&after, 0, sizeof after);
    assert_int_equal(tcgetattr(desk->slave, &before), 0);
    assert_true(od_terminal_keys(&desk->terminal));
    assert_true(draw(desk, "one\n", "> ", 2));
    take(desk);
    od_terminal_rescue(&desk->terminal);
    assert_non_null(strstr(take(desk), "\033[r"));
    assert_int_equal(tcgetattr(desk->slave, &after), 0);
    assert_memory_equal(&after, &before, sizeof before);
}

static void
a_terminal_that_takes_nothing_is_not_waited_for(void **state)
{
    struct desk *desk = *state;
    char row[256];
    int taken = 0;
    od_nsec before = od_clock_now();
    for (int i = 0; i < 2000; i++) {
        snprintf(row, sizeof row, "%d %0200d\n", i, i);
        taken += draw(desk, row, NULL, 0);
    }
    assert_true(od_clock_now() - before < 10 * OD_NSEC_PER_SEC);
    assert_in_range(taken, 1, 1000);
    assert_true(desk->terminal.pending.capacity < 65536);
    while (*take(desk) != '\0') {
    }
    assert_true(draw(desk, "at last\n", NULL, 0));
    while (*take(desk) != '\0' && strstr(desk->got, "at last") == NULL) {
    }
    assert_non_null(strstr(desk->got, "at last"));
}

static void
a_terminal_that_is_gone_is_no_reason_to_wait(void **state)
{
    struct desk *desk = *state;
    assert_true(draw(desk, "one\n", NULL, 0));
    close(desk->master);
    desk->master = -1;
    assert_true(draw(desk, "two\n", "> ", 0));
    assert_true(draw(desk, "three\n", "> ", 0));
}

static void
another_size_is_drawn_anew(void **state)
{
    struct desk *desk = *state;
    struct winsize size = {.ws_row = 10, .ws_col = 40};
    assert_true(draw(desk, "one\n", "> ", 2));
    take(desk);
    assert_int_equal(ioctl(desk->master, TIOCSWINSZ, &size), 0);
    od_terminal_measure(&desk->terminal);
    assert_int_equal(od_terminal_width(&desk->terminal), 39);
    assert_int_equal(od_terminal_room(&desk->terminal), 7);
    assert_true(draw(desk, "one\n", "> ", 2));
    const char *got = take(desk);
    assert_non_null(strstr(got, "\033[J"));
    assert_non_null(strstr(got, "\033[1;9r"));
    assert_non_null(strstr(got, "\033[10;1H\033[2Kone"));
}

static void
a_third_is_left_of_every_terminal(void **state)
{
    (void)state;
    static const unsigned rows[][2] = {{1, 0},    {2, 0},     {3, 1},      {4, 2},   {5, 3},
                                       {6, 4},    {10, 7},    {20, 14},    {24, 16}, {50, 34},
                                       {100, 67}, {200, 134}, {60000, 134}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct od_terminal terminal = {.rows = rows[i][0], .columns = 80};
        assert_int_equal(od_terminal_room(&terminal), rows[i][1]);
    }
}

static void
what_is_no_terminal_is_not_opened(void **state)
{
    (void)state;
    char error[OD_TERMINAL_ERROR_SIZE];
    struct od_terminal terminal = {0};
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(od_terminal_open(&terminal, fd, error), OD_EUNAVAILABLE);
    assert_non_null(strstr(error, "cannot draw on the terminal: "));
    od_terminal_close(&terminal);
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_what_changed_is_sent),
        TEST(the_prompt_makes_way_and_comes_back),
        TEST(more_rows_make_room_and_fewer_give_it_back),
        TEST(leaving_gives_the_terminal_back),
        TEST(who_dies_gives_it_back_as_well),
        TEST(a_terminal_that_takes_nothing_is_not_waited_for),
        TEST(a_terminal_that_is_gone_is_no_reason_to_wait),
        TEST(another_size_is_drawn_anew),
        cmocka_unit_test(a_third_is_left_of_every_terminal),
        cmocka_unit_test(what_is_no_terminal_is_not_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
