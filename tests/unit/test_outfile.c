#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "world/outfile.h"

static char folder[] = "/tmp/oiduna-outfile-XXXXXX";

/* One of the folder's paths; four at a time. */
static const char *
path(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *out = paths[next++ % 4];
    snprintf(out, sizeof paths[0], "%s/%s", folder, name);
    return out;
}

static void
put(const char *name, const char *text)
{
    struct od_outfile file;
    assert_int_equal(od_outfile_put(&file, path(name), text, strlen(text)), OD_OK);
}

static void
assert_holds(const char *name, const char *text)
{
    char held[64] = "";
    FILE *file = fopen(path(name), "r");
    assert_non_null(file);
    size_t n = fread(held, 1, sizeof held - 1, file);
    fclose(file);
    assert_int_equal(n, strlen(text));
    assert_string_equal(held, text);
}

static size_t
count_entries(void)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        n += entry->d_name[0] != '.';
    }
    closedir(dir);
    return n;
}

static int
clear_folder(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf %s/*", folder);
    return system(command); /* NOLINT(cert-env33-c) */
}

static void
a_file_is_put_whole_in_the_place_of_the_old_one(void **state)
{
    (void)state;
    struct stat info;
    put("a", "old");
    assert_int_equal(chmod(path("a"), 0640), 0);
    put("a", "new");
    assert_holds("a", "new");
    assert_int_equal(stat(path("a"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_int_equal(count_entries(), 1);
}

static void
one_that_is_discarded_leaves_the_old_one_and_nothing_beside(void **state)
{
    (void)state;
    struct od_outfile file;
    put("a", "old");
    assert_int_equal(od_outfile_open(&file, path("a")), OD_OK);
    assert_int_equal(od_outfile_write(&file, "new", 3), OD_OK);
    od_outfile_discard(&file);
    assert_holds("a", "old");
    assert_int_equal(count_entries(), 1);
}

static void
who_is_killed_while_writing_leaves_nothing(void **state)
{
    (void)state;
    int status;
    put("a", "old");
    pid_t child = fork();
    if (child == 0) {
        struct od_outfile file;
        if (od_outfile_open(&file, path("a")) == OD_OK &&
            od_outfile_write(&file, "half", 4) == OD_OK) {
            raise(SIGKILL);
        }
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_holds("a", "old");
    assert_int_equal(count_entries(), 1);
}

static void
a_link_is_followed_also_to_a_file_that_is_not_there_yet(void **state)
{
    (void)state;
    struct stat info;
    assert_int_equal(mkdir(path("sub"), 0755), 0);
    assert_int_equal(symlink("sub/there", path("one")), 0);
    assert_int_equal(symlink("one", path("two")), 0);
    put("two", "first");
    assert_holds("sub/there", "first");
    put("two", "second");
    assert_holds("sub/there", "second");
    assert_int_equal(lstat(path("two"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(lstat(path("one"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(count_entries(), 3);
}

static void
links_in_a_circle_are_an_error(void **state)
{
    (void)state;
    struct od_outfile file;
    assert_int_equal(symlink("b", path("a")), 0);
    assert_int_equal(symlink("a", path("b")), 0);
    assert_int_equal(od_outfile_put(&file, path("a"), "x", 1), OD_ECREATE);
    assert_non_null(strstr(file.error, "symbolic links"));
    assert_int_equal(count_entries(), 2);
}

/* A pipe whose reader comes late, and whose writer must not wait in write(2). */
static void
a_pipe_that_does_not_block_is_waited_for(void **state)
{
    (void)state;
    enum {
        SIZE = 300 * 1024
    };
    static char bytes[SIZE];
    struct od_outfile file;
    size_t got = 0;
    assert_int_equal(mkfifo(path("fifo"), 0600), 0);
    int reader = open(path("fifo"), O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    pid_t child = fork();
    if (child == 0) {
        enum od_status status = od_outfile_open(&file, path("fifo"));
        if (status == OD_OK) {
            fcntl(file.fd, F_SETFL, O_WRONLY | O_NONBLOCK);
            status = od_outfile_write(&file, bytes, SIZE);
        }
        _exit(status == OD_OK ? od_status_exit(od_outfile_commit(&file)) : 1);
    }
    usleep(100 * 1000);
    fcntl(reader, F_SETFL, O_RDONLY);
    for (ssize_t n; (n = read(reader, bytes, sizeof bytes)) > 0;) {
        got += (size_t)n;
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(got, SIZE);
    close(reader);
}

static void
what_would_destroy_an_input_is_known(void **state)
{
    (void)state;
    put("a", "x");
    put("b", "x");
    assert_int_equal(symlink("a", path("link")), 0);
    assert_int_equal(link(path("a"), path("hard")), 0);
    assert_true(od_outfile_destroys(path("a"), path("a")));
    assert_true(od_outfile_destroys(path("link"), path("a")));
    assert_true(od_outfile_destroys(path("hard"), path("link")));
    assert_false(od_outfile_destroys(path("b"), path("a")));
    assert_false(od_outfile_destroys(path("none"), path("a")));
    assert_false(od_outfile_destroys("/dev/null", "/dev/null"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_file_is_put_whole_in_the_place_of_the_old_one, clear_folder),
        cmocka_unit_test_teardown(one_that_is_discarded_leaves_the_old_one_and_nothing_beside,
                                  clear_folder),
        cmocka_unit_test_teardown(who_is_killed_while_writing_leaves_nothing, clear_folder),
        cmocka_unit_test_teardown(a_link_is_followed_also_to_a_file_that_is_not_there_yet,
                                  clear_folder),
        cmocka_unit_test_teardown(links_in_a_circle_are_an_error, clear_folder),
        cmocka_unit_test_teardown(a_pipe_that_does_not_block_is_waited_for, clear_folder),
        cmocka_unit_test_teardown(what_would_destroy_an_input_is_known, clear_folder),
    };
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
