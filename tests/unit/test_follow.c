/* link: -Wl,--wrap=inotify_add_watch */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "world/clock.h"
#include "world/follow.h"

#define PATIENCE (5 * OD_NSEC_PER_SEC)
#define QUIET    (230 * OD_NSEC_PER_MS) /* longer than all settling times */

int __real_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);

static bool no_watches;

/* As it fails when the user has used all of them up. */
int
__wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
    if (no_watches) {
        errno = ENOSPC;
        return -1;
    }
    return __real_inotify_add_watch(fd, path, mask);
}

/* A folder of the test's own, which is the working folder meanwhile. */
struct place {
    char folder[64];
    struct od_follow *follow;
    char error[OD_FOLLOW_ERROR_SIZE];
};

static int
open_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    strcpy(place->folder, "/tmp/oiduna-follow-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    assert_int_equal(chdir(place->folder), 0);
    assert_int_equal(od_follow_new(&place->follow, place->error), OD_OK);
    no_watches = false;
    *state = place;
    return 0;
}

static int
close_place(void **state)
{
    struct place *place = *state;
    char command[128];
    od_follow_free(place->follow);
    assert_int_equal(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -r '%s'", place->folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own words */
    free(place);
    return 0;
}

static void
follow(struct place *place, const char *path)
{
    assert_int_equal(od_follow_add(place->follow, path, place->error), OD_OK);
}

/* The next change within `patience`, by the descriptor, as a program would wait for it. */
static enum od_follow_change
wait_for(struct place *place, size_t *file, od_nsec patience)
{
    od_nsec until = od_clock_now() + patience;
    for (od_nsec now = od_clock_now(); now < until; now = od_clock_now()) {
        enum od_follow_change change = od_follow_next(place->follow, file);
        if (change != OD_FOLLOW_NOTHING) {
            return change;
        }
        struct pollfd polled = {od_follow_fd(place->follow), POLLIN, 0};
        poll(&polled, 1, (int)((until - now) / OD_NSEC_PER_MS) + 1);
    }
    return OD_FOLLOW_NOTHING;
}

static void
expect_change(struct place *place, enum od_follow_change change, size_t file)
{
    size_t which = SIZE_MAX;
    assert_int_equal(wait_for(place, &which, PATIENCE), change);
    assert_int_equal(which, file);
}

static void
expect_quiet(struct place *place)
{
    size_t which;
    assert_int_equal(wait_for(place, &which, QUIET), OD_FOLLOW_NOTHING);
}

/* One save, told once. */
static void
expect_save(struct place *place)
{
    expect_change(place, OD_FOLLOW_SAVED, 0);
    expect_quiet(place);
}

static void
put(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void
sleep_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void
follow_song(struct place *place)
{
    put("song", "one");
    follow(place, "song");
    expect_save(place);
}

static void
what_is_there_is_told_at_first_and_what_is_not_as_well(void **state)
{
    struct place *place = *state;
    put("a", "one");
    follow(place, "a");
    follow(place, "b");
    expect_change(place, OD_FOLLOW_SAVED, 0);
    expect_change(place, OD_FOLLOW_GONE, 1);
    expect_quiet(place);
}

static void
a_file_written_over_is_saved(void **state)
{
    struct place *place = *state;
    follow_song(place);
    put("song", "two");
    expect_save(place);
    put("song", "two"); /* also without a change: somebody wanted it */
    expect_save(place);
}

static void
a_file_written_beside_and_renamed_is_saved(void **state)
{
    struct place *place = *state;
    follow_song(place);
    for (int i = 0; i < 3; i++) {
        put("song.tmp", "two");
        assert_int_equal(rename("song.tmp", "song"), 0);
        expect_save(place);
    }
    put("song", "three"); /* the new inode is the one that is watched now */
    expect_save(place);
}

/* vim with 'backup', emacs by default. */
static void
a_file_moved_away_and_written_anew_is_saved(void **state)
{
    struct place *place = *state;
    follow_song(place);
    assert_int_equal(rename("song", "song~"), 0);
    int fd = open("song", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    sleep_ms(30); /* a slow disk, or a slow editor */
    size_t which;
    assert_int_equal(wait_for(place, &which, 20 * OD_NSEC_PER_MS), OD_FOLLOW_NOTHING);
    assert_int_equal(write(fd, "two", 3), 3);
    assert_int_equal(fsync(fd), 0);
    assert_int_equal(close(fd), 0);
    expect_save(place);
    assert_int_equal(unlink("song~"), 0);
    expect_quiet(place);
}

static void
a_truncated_file_is_not_told_before_it_is_written(void **state)
{
    struct place *place = *state;
    follow_song(place);
    int fd = open("song", O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(fd >= 0);
    size_t which;
    assert_int_equal(wait_for(place, &which, 50 * OD_NSEC_PER_MS), OD_FOLLOW_NOTHING);
    assert_int_equal(write(fd, "two", 3), 3);
    assert_int_equal(wait_for(place, &which, 50 * OD_NSEC_PER_MS), OD_FOLLOW_NOTHING);
    assert_int_equal(close(fd), 0);
    expect_save(place);
}

static void
a_file_that_stays_open_is_told_when_it_is_quiet(void **state)
{
    struct place *place = *state;
    follow_song(place);
    int fd = open("song", O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_int_equal(write(fd, "two", 3), 3);
    expect_save(place);
    assert_int_equal(write(fd, "two", 3), 3);
    expect_save(place);
    assert_int_equal(close(fd), 0);
}

static void
saves_in_a_burst_are_one(void **state)
{
    struct place *place = *state;
    follow_song(place);
    for (int i = 0; i < 100; i++) {
        put("song", "burst");
    }
    expect_save(place);
}

static void
a_burst_without_an_end_is_told_in_between(void **state)
{
    struct place *place = *state;
    follow_song(place);
    size_t told = 0;
    od_nsec until = od_clock_now() + OD_NSEC_PER_SEC / 2;
    while (od_clock_now() < until) {
        size_t which;
        put("song", "burst");
        told += od_follow_next(place->follow, &which) == OD_FOLLOW_SAVED;
    }
    assert_in_range(told, 2, 500 / 3 + 1);
}

static void
the_wrong_neighbour_is_no_save(void **state)
{
    struct place *place = *state;
    follow_song(place);
    put("son", "x");
    put("song2", "x");
    assert_int_equal(rename("song2", "song3"), 0);
    assert_int_equal(chmod("song", 0600), 0);
    FILE *file = fopen("song", "re");
    assert_non_null(file);
    assert_int_equal(fgetc(file), 'o');
    fclose(file);
    expect_quiet(place);
}

static void
a_deleted_file_is_gone_and_comes_back(void **state)
{
    struct place *place = *state;
    follow_song(place);
    assert_int_equal(unlink("song"), 0);
    expect_change(place, OD_FOLLOW_GONE, 0);
    expect_quiet(place);
    put("song", "two");
    expect_save(place);
}

static void
a_file_that_is_away_for_a_moment_is_not_gone(void **state)
{
    struct place *place = *state;
    follow_song(place);
    assert_int_equal(rename("song", "away"), 0);
    size_t which;
    assert_int_equal(wait_for(place, &which, OD_FOLLOW_GRACE / 2), OD_FOLLOW_NOTHING);
    put("song", "two");
    expect_save(place);
}

static void
a_deleted_folder_comes_back(void **state)
{
    struct place *place = *state;
    assert_int_equal(mkdir("set", 0700), 0);
    put("set/song", "one");
    follow(place, "set/song");
    expect_save(place);
    assert_int_equal(unlink("set/song"), 0);
    assert_int_equal(rmdir("set"), 0);
    expect_change(place, OD_FOLLOW_GONE, 0);
    assert_int_equal(mkdir("set", 0700), 0);
    put("set/song", "two");
    expect_change(place, OD_FOLLOW_SAVED, 0);
    sleep_ms(OD_FOLLOW_LOOK / OD_NSEC_PER_MS + 100);
    expect_quiet(place);
    put("set/song", "three");
    expect_save(place);
}

/* git checkout of a folder, a set that is put in place at once. */
static void
a_folder_that_is_replaced_is_followed(void **state)
{
    struct place *place = *state;
    assert_int_equal(mkdir("set", 0700), 0);
    assert_int_equal(mkdir("new", 0700), 0);
    put("set/song", "one");
    put("new/song", "other");
    follow(place, "set/song");
    expect_save(place);
    assert_int_equal(rename("set", "old"), 0);
    assert_int_equal(rename("new", "set"), 0);
    expect_change(place, OD_FOLLOW_SAVED, 0);
    put("old/song", "nobody's"); /* has no meaning any more */
    expect_quiet(place);
    put("set/song", "again");
    expect_save(place);
}

static void
what_a_symbolic_link_points_to_is_followed(void **state)
{
    struct place *place = *state;
    assert_int_equal(mkdir("set", 0700), 0);
    put("set/one", "one");
    put("set/two", "two");
    assert_int_equal(symlink("set/one", "song"), 0);
    follow(place, "song");
    expect_save(place);
    put("set/one", "other");
    expect_save(place);
    put("set/beside", "other");
    assert_int_equal(rename("set/beside", "set/one"), 0);
    expect_save(place);
    assert_int_equal(symlink("set/two", "link"), 0);
    assert_int_equal(rename("link", "song"), 0);
    expect_save(place);
    put("set/two", "last");
    expect_save(place);
}

static void
several_files_and_names_of_one_are_told_apart(void **state)
{
    struct place *place = *state;
    size_t which;
    put("a", "one");
    put("b", "one");
    assert_int_equal(link("b", "c"), 0);
    follow(place, "a");
    follow(place, "b");
    follow(place, "c");
    for (size_t i = 0; i < 3; i++) {
        expect_change(place, OD_FOLLOW_SAVED, i);
    }
    put("a", "two");
    expect_save(place);
    put("b", "two"); /* which is c as well */
    expect_change(place, OD_FOLLOW_SAVED, 1);
    assert_int_equal(wait_for(place, &which, PATIENCE), OD_FOLLOW_SAVED);
    assert_int_equal(which, 2);
    expect_quiet(place);
    put("beside", "three"); /* from now on b and c are two */
    assert_int_equal(rename("beside", "b"), 0);
    expect_change(place, OD_FOLLOW_SAVED, 1);
    expect_quiet(place);
    put("c", "four");
    expect_change(place, OD_FOLLOW_SAVED, 2);
    expect_quiet(place);
}

static void
without_watches_it_is_looked_at_now_and_then(void **state)
{
    struct place *place = *state;
    no_watches = true;
    put("song", "one");
    follow(place, "song");
    expect_save(place);
    sleep_ms(10);
    put("song", "two");
    expect_save(place);
    assert_int_equal(unlink("song"), 0);
    expect_change(place, OD_FOLLOW_GONE, 0);
    no_watches = false; /* somebody gave some back */
    put("song", "three");
    expect_change(place, OD_FOLLOW_SAVED, 0);
}

static void
what_is_no_regular_file_is_not_followed(void **state)
{
    struct place *place = *state;
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(od_follow_add(place->follow, "fifo", place->error), OD_ENOINPUT);
    assert_string_equal(place->error, "fifo is no regular file and cannot be followed");
    assert_int_equal(od_follow_add(place->follow, "/dev/null", place->error), OD_ENOINPUT);
    assert_int_equal(od_follow_add(place->follow, ".", place->error), OD_ENOINPUT);
    follow_song(place);
    assert_int_equal(unlink("song"), 0);
    assert_int_equal(mkfifo("song", 0600), 0); /* reading it would block */
    expect_change(place, OD_FOLLOW_ODD, 0);
    expect_quiet(place);
    assert_int_equal(unlink("song"), 0);
    expect_change(place, OD_FOLLOW_GONE, 0);
    assert_int_equal(mkdir("song", 0700), 0);
    expect_change(place, OD_FOLLOW_ODD, 0);
    assert_int_equal(rmdir("song"), 0);
    put("song", "two");
    expect_save(place);
}

/* Root may read everything, so it is somebody else meanwhile. */
static void
a_permission_is_missed_and_given_back(void **state)
{
    struct place *place = *state;
    bool root = geteuid() == 0;
    assert_int_equal(chmod(".", 0777), 0);
    assert_int_equal(root ? setresuid(65534, 65534, 0) : 0, 0);
    follow_song(place);
    assert_int_equal(chmod("song", 0), 0);
    expect_save(place); /* reading it fails, which is to be told */
    assert_int_equal(chmod("song", 0644), 0);
    expect_save(place);
    assert_int_equal(chmod("song", 0600), 0);
    expect_quiet(place);
    assert_int_equal(root ? setresuid(0, 0, 0) : 0, 0);
}

static void
there_is_a_bound(void **state)
{
    struct place *place = *state;
    for (int i = 0; i < OD_FOLLOW_MAX; i++) {
        follow(place, "song");
    }
    assert_int_equal(od_follow_add(place->follow, "song", place->error), OD_EUNAVAILABLE);
    assert_string_equal(place->error, "at most 256 files can be followed");
}

static void
an_idle_file_costs_a_look_a_second(void **state)
{
    struct place *place = *state;
    follow_song(place);
    int wakes = 0;
    for (od_nsec until = od_clock_now() + 2 * OD_NSEC_PER_SEC; od_clock_now() < until;) {
        size_t which;
        struct pollfd polled = {od_follow_fd(place->follow), POLLIN, 0};
        wakes += poll(&polled, 1, 100) > 0;
        assert_int_equal(od_follow_next(place->follow, &which), OD_FOLLOW_NOTHING);
    }
    assert_in_range(wakes, 1, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_place, close_place)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_there_is_told_at_first_and_what_is_not_as_well),
        TEST(a_file_written_over_is_saved),
        TEST(a_file_written_beside_and_renamed_is_saved),
        TEST(a_file_moved_away_and_written_anew_is_saved),
        TEST(a_truncated_file_is_not_told_before_it_is_written),
        TEST(a_file_that_stays_open_is_told_when_it_is_quiet),
        TEST(saves_in_a_burst_are_one),
        TEST(a_burst_without_an_end_is_told_in_between),
        TEST(the_wrong_neighbour_is_no_save),
        TEST(a_deleted_file_is_gone_and_comes_back),
        TEST(a_file_that_is_away_for_a_moment_is_not_gone),
        TEST(a_deleted_folder_comes_back),
        TEST(a_folder_that_is_replaced_is_followed),
        TEST(what_a_symbolic_link_points_to_is_followed),
        TEST(several_files_and_names_of_one_are_told_apart),
        TEST(without_watches_it_is_looked_at_now_and_then),
        TEST(what_is_no_regular_file_is_not_followed),
        TEST(a_permission_is_missed_and_given_back),
        TEST(there_is_a_bound),
        TEST(an_idle_file_costs_a_look_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
