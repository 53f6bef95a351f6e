/* HTTP/1.1 as it lies on the wire: a request's head, chunked bodies. Strict, pure, no sockets. */
#ifndef OD_SERVE_HTTP_H
#define OD_SERVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define HTTP_HEADERS_MAX  ((size_t)100)
#define HTTP_SEGMENTS_MAX ((size_t)8)

/* The methods of the routes; one bit each, so that a set of them is an int. */
enum method {
    METHOD_GET = 1,
    METHOD_HEAD = 2,
    METHOD_POST = 4,
    METHOD_PATCH = 8,
    METHOD_DELETE = 16,
    METHOD_PUT = 32,
    METHOD_OPTIONS = 64,
    METHOD_OTHER = 128 /**< a token that names none of these */
};

struct http_header {
    const char *name;  /**< NUL-terminated, as it was sent */
    const char *value; /**< without white space around it */
};

/** A request's head. Strings point into `text`. */
struct http_head {
    char *text; /**< owned */
    enum method method;
    const char *method_text;
    const char *target;    /**< the path (or "*") and query as sent */
    int minor;             /**< HTTP/1.minor */
    const char *authority; /**< of the target, else the Host header; NULL if there is none */
    char *segments[HTTP_SEGMENTS_MAX]; /**< of the path, percent-decoded UTF-8 */
    size_t n_segments;
    bool asterisk; /**< the target is "*" */
    bool slash;    /**< the path ended in a slash, which is no segment */
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t n_headers;
    bool keep_alive;
    bool chunked;
    bool expect_continue;
    uint64_t length; /**< of the body; 0 if chunked */
};

/**
 * Reads the `length` bytes of a head up to and with its empty line. 0, or the status to answer with
 * (400, 414, 417, 431, 500, 501, 505) and `*why` (static). To be cleared in every case.
 */
int http_head_read(struct http_head *head, const char *bytes, size_t length, const char **why);

/** The value of a header, NULL if it is not there. `name` in any case. */
const char *http_header(const struct http_head *head, const char *name);

void http_head_clear(struct http_head *head);

/** Where the reader of a chunked body is. Zero-initialise. */
struct http_chunks {
    int state;
    uint64_t left;   /**< bytes of the chunk to come, or the size being read */
    size_t overhead; /**< bytes that are not content since the last content */
    int digits;
};

enum http_chunk_result {
    CHUNK_MORE,
    CHUNK_DONE,
    CHUNK_BAD,
    CHUNK_LARGE,
    CHUNK_NO_MEMORY
};

/** Takes `length` bytes of a chunked body; content goes to `body` (at most `limit` bytes).
 * `*used` says how many were taken: all but at the end. */
enum http_chunk_result http_chunks_read(struct http_chunks *chunks, const char *bytes,
                                        size_t length, struct od_buf *body, uint64_t limit,
                                        size_t *used);

/** The words of a status, "OK" for 200. */
const char *http_reason(int status);

/** True if the bytes are well-formed UTF-8 without NUL. */
bool http_utf8(const char *bytes, size_t length);

/** The name of a single method bit. */
const char *http_method_name(enum method method);

#endif
