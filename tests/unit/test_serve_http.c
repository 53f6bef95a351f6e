/* uses: oiduna-serve */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../cmd/oiduna-serve/http.h"
#include "../../cmd/oiduna-serve/multipart.h"

#define HEAD "GET /a/b%2Fc/%C3%A9?x=1 HTTP/1.1\r\nHost: h\r\n"

static int
read_head(struct http_head *head, const char *text)
{
    const char *why;

    return http_head_read(head, text, strlen(text), &why);
}

static void
a_head_is_taken_apart(void **state)
{
    struct http_head head;

    (void)state;
    assert_int_equal(read_head(&head, HEAD "X-Two:  b \t\r\nConnection: x, Close\r\n\r\n"), 0);
    assert_int_equal(head.method, METHOD_GET);
    assert_int_equal(head.n_segments, 3);
    assert_string_equal(head.segments[0], "a");
    assert_string_equal(head.segments[1], "b/c");
    assert_string_equal(head.segments[2], "\xc3\xa9");
    assert_string_equal(head.target, "/a/b%2Fc/%C3%A9?x=1");
    assert_string_equal(http_header(&head, "x-tWo"), "b");
    assert_null(http_header(&head, "X-Three"));
    assert_string_equal(head.authority, "h");
    assert_false(head.keep_alive);
    http_head_clear(&head);
}

static void
the_root_has_one_empty_segment(void **state)
{
    static const char *const targets[] = {"/", "http://h", "http://h/", "http://h?x", "/?x"};

    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct http_head head;
        char text[100];

        snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", targets[i]);
        assert_int_equal(read_head(&head, text), 0);
        assert_int_equal(head.n_segments, 1);
        assert_string_equal(head.segments[0], "");
        http_head_clear(&head);
    }
}

static void
every_cut_and_every_changed_byte_of_a_head_is_survived(void **state)
{
    static const char whole[] =
        "POST http://h:1/a/%41?q HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n"
        "Connection: keep-alive\r\nExpect: 100-continue\r\n\r\n";
    const char *why;

    (void)state;
    for (size_t cut = 0; cut < sizeof whole; cut++) {
        char *copy = malloc(cut ? cut : 1); /* so that a sanitizer sees every byte too many */
        struct http_head head;

        memcpy(copy, whole, cut);
        (void)http_head_read(&head, copy, cut, &why);
        http_head_clear(&head);
        for (int value = 0; cut && value < 256; value += 7) {
            memcpy(copy, whole, cut);
            copy[cut - 1] = (char)value;
            (void)http_head_read(&head, copy, cut, &why);
            http_head_clear(&head);
        }
        free(copy);
    }
}

/* Feeds in pieces of `piece` bytes. */
static enum http_chunk_result
read_chunks(const char *text, size_t piece, struct od_buf *body, size_t *taken)
{
    struct http_chunks chunks = {0};
    enum http_chunk_result result = CHUNK_MORE;
    size_t length = strlen(text), used;

    for (*taken = 0; *taken < length && result == CHUNK_MORE; *taken += used) {
        size_t n = length - *taken < piece ? length - *taken : piece;

        used = 0;
        result = http_chunks_read(&chunks, text + *taken, n, body, 20, &used);
        if (result == CHUNK_BAD || result == CHUNK_LARGE) {
            break;
        }
    }
    return result;
}

static void
chunks_are_joined_however_they_come(void **state)
{
    static const char text[] =
        "5;a=b\r\nhello\r\n1\r\n \r\nA\r\nwide world\r\n000\r\nT: x\r\n\r\nrest";

    (void)state;
    for (size_t piece = 1; piece < sizeof text; piece++) {
        struct od_buf body = {0};
        size_t taken;

        assert_int_equal(read_chunks(text, piece, &body, &taken), CHUNK_DONE);
        assert_int_equal(body.length, 16);
        assert_memory_equal(body.data, "hello wide world", 16);
        assert_string_equal(text + taken, "rest");
        od_buf_clear(&body);
    }
}

static void
broken_and_large_chunks_are_told_apart(void **state)
{
    static const struct {
        const char *text;
        enum http_chunk_result result;
    } cases[] = {
        {"\r\n", CHUNK_BAD},
        {"g\r\n", CHUNK_BAD},
        {"-1\r\n", CHUNK_BAD},
        {"1\n", CHUNK_BAD},
        {"1\r\nab", CHUNK_BAD},
        {"1\r\na\n", CHUNK_BAD},
        {"0\r\n\n", CHUNK_BAD},
        {"0\r\n\r\r", CHUNK_BAD},
        {"15\r\n", CHUNK_LARGE},
        {"14\r\n", CHUNK_MORE},
        {"1 \r\na", CHUNK_MORE},
        {"ffffffffffffffff\r\n", CHUNK_BAD},
        {"fffffffffffffff\r\n", CHUNK_LARGE},
        {"a\r\n0123456789\r\nb\r\n", CHUNK_LARGE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct od_buf body = {0};
        size_t taken;

        assert_int_equal(read_chunks(cases[i].text, 100, &body, &taken), cases[i].result);
        od_buf_clear(&body);
    }
}

static void
a_form_is_taken_apart(void **state)
{
    static const char body[] = "--b\r\nContent-Disposition: form-data; name=\"file\"; "
                               "filename=\"a \\\"b\\\".wav\"\r\nX: y\r\n\r\n\r\n--\r\n--x\r\n"
                               "--b \r\ncontent-disposition: form-data; name=c\r\n\r\n\r\n--b--";
    struct multipart form;
    const char *why;

    (void)state;
    assert_true(
        multipart_read(&form, "multipart/form-data; boundary=b", body, sizeof body - 1, &why));
    assert_int_equal(form.count, 2);
    assert_string_equal(form.parts[0].filename, "a \"b\".wav");
    assert_int_equal(form.parts[0].length, 9);
    assert_memory_equal(form.parts[0].bytes, "\r\n--\r\n--x", 9);
    assert_ptr_equal(multipart_find(&form, "c"), &form.parts[1]);
    assert_int_equal(form.parts[1].length, 0);
    assert_false(form.parts[1].has_filename);
    assert_null(multipart_find(&form, "d"));
}

static void
every_cut_of_a_form_is_survived(void **state)
{
    static const char body[] =
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\\\"\"\r\n\r\n"
        "content\r\n--b\r\nContent-Disposition: form-data; name=g\r\n\r\n\r\n--b--\r\n";
    static const char type[] = "multipart/form-data; boundary=\"b\"";

    (void)state;
    for (size_t cut = 0; cut < sizeof body; cut++) {
        char *copy = malloc(cut ? cut : 1);
        struct multipart form;
        const char *why;

        memcpy(copy, body, cut);
        assert_int_equal(multipart_read(&form, type, copy, cut, &why), cut >= sizeof body - 3);
        free(copy);
    }
    for (size_t cut = 0; cut < sizeof type - 1; cut++) {
        struct multipart form;
        char copy[sizeof type] = "";
        const char *why;

        memcpy(copy, type, cut);
        assert_false(multipart_read(&form, copy, body, sizeof body - 1, &why));
    }
}

/* Another answer than that a body is too large: it is not the client's fault. */
static void
a_chunk_without_memory_is_not_taken_for_a_large_one(void **state)
{
    (void)state;
    static const char bytes[] = "3\r\nabc\r\n0\r\n\r\n";
    struct http_chunks chunks = {0};
    struct od_buf body = {.failed = true};
    size_t used = 0;
    assert_int_equal(http_chunks_read(&chunks, bytes, sizeof bytes - 1, &body, 1024, &used),
                     CHUNK_NO_MEMORY);
    body.failed = false;
    chunks = (struct http_chunks){0};
    assert_int_equal(http_chunks_read(&chunks, bytes, sizeof bytes - 1, &body, 2, &used),
                     CHUNK_LARGE);
    od_buf_clear(&body);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_taken_apart),
        cmocka_unit_test(the_root_has_one_empty_segment),
        cmocka_unit_test(every_cut_and_every_changed_byte_of_a_head_is_survived),
        cmocka_unit_test(chunks_are_joined_however_they_come),
        cmocka_unit_test(broken_and_large_chunks_are_told_apart),
        cmocka_unit_test(a_form_is_taken_apart),
        cmocka_unit_test(every_cut_of_a_form_is_survived),
        cmocka_unit_test(a_chunk_without_memory_is_not_taken_for_a_large_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
