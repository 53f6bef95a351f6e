#include "http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

/* Sizes and trailers of a chunked body that carry no content: more of it is an attack. */
#define CHUNK_OVERHEAD_MAX ((size_t)4096)

static const struct {
    enum method method;
    const char *name;
} methods[] = {
    {METHOD_GET, "GET"},         {METHOD_HEAD, "HEAD"},     {METHOD_POST, "POST"},
    {METHOD_PATCH, "PATCH"},     {METHOD_DELETE, "DELETE"}, {METHOD_PUT, "PUT"},
    {METHOD_OPTIONS, "OPTIONS"},
};
#define N_METHODS (sizeof methods / sizeof *methods)

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {100, "Continue"},
    {200, "OK"},
    {204, "No Content"},
    {307, "Temporary Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

const char *
http_reason(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Unknown";
}

const char *
http_method_name(enum method method)
{
    for (size_t i = 0; i < N_METHODS; i++) {
        if (methods[i].method == method) {
            return methods[i].name;
        }
    }
    return "OTHER";
}

bool
http_utf8(const char *bytes, size_t length)
{
    return memchr(bytes, '\0', length) == NULL && od_utf8_is_text(bytes, length);
}

static bool
is_token(const char *text)
{
    if (!*text) {
        return false;
    }
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              strchr("!#$%&'*+-.^_`|~", c) != NULL)) {
            return false;
        }
    }
    return true;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* In place; false on a broken escape, NUL or bad UTF-8. */
static bool
percent_decode(char *text)
{
    char *out = text, *in = text;
    while (*in) {
        if (*in != '%') {
            *out++ = *in++;
            continue;
        }
        int high = hex_digit(in[1]);
        int low = high < 0 ? -1 : hex_digit(in[2]);
        if (low < 0 || high * 16 + low == 0) {
            return false;
        }
        *out++ = (char)(high * 16 + low);
        in += 3;
    }
    *out = '\0';
    return http_utf8(text, (size_t)(out - text));
}

/* The next line of the text, NUL-terminated in place; NULL if a line does not end in CR LF. */
static char *
take_line(char **at, char *end)
{
    char *line = *at, *stop = memchr(line, '\n', (size_t)(end - line));
    if (stop == NULL || stop == line || stop[-1] != '\r') {
        return NULL;
    }
    stop[-1] = '\0';
    *at = stop + 1;
    return line;
}

static bool
has_control(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return true;
        }
    }
    return false;
}

/* Splits the path at its slashes, then decodes: an encoded slash belongs to its segment. */
static int
read_path(struct http_head *head, char *path, const char **why)
{
    char *query = strpbrk(path, "?#");
    if (query != NULL) {
        *query = '\0';
    }
    for (;;) {
        char *segment = path + 1, *next = strchr(segment, '/');
        if (next != NULL) {
            *next = '\0';
        }
        if (head->n_segments == HTTP_SEGMENTS_MAX) {
            return 0; /* longer than any route: the table will not find it */
        }
        if (!percent_decode(segment)) {
            *why = "the path has a broken escape, a NUL or is not UTF-8";
            return 400;
        }
        head->segments[head->n_segments++] = segment;
        if (next == NULL) {
            head->slash = head->n_segments > 1 && !*segment;
            head->n_segments -= head->slash;
            return 0;
        }
        path = next;
    }
}

static int
read_target(struct http_head *head, char *target, char *scratch, const char **why)
{
    head->target = target;
    if (strcmp(target, "*") == 0 && head->method == METHOD_OPTIONS) {
        head->asterisk = true;
        return 0;
    }
    if (strncasecmp(scratch, "http://", 7) == 0) {
        char *authority = scratch + 7, *slash = strpbrk(authority, "/?#");
        size_t length = slash != NULL ? (size_t)(slash - authority) : strlen(authority);
        memmove(scratch, authority, length);
        scratch[length] = '\0';
        head->authority = scratch;
        head->target = target + 7 + length;
        scratch = slash != NULL ? slash : authority + length;
        if (!*head->target) {
            head->target = "/";
        }
        if (*scratch != '/') {
            head->n_segments = 1;
            head->segments[0] = authority + length;
            *(authority + length) = '\0';
            return 0;
        }
    }
    if (*scratch != '/') {
        *why = "the target must begin with '/'";
        return 400;
    }
    return read_path(head, scratch, why);
}

static int
read_request_line(struct http_head *head, char *line, char *scratch, const char **why)
{
    char *target = strchr(line, ' '), *version = target != NULL ? strchr(target + 1, ' ') : NULL;
    *why = "the request line is not METHOD TARGET VERSION";
    if (version == NULL || strchr(version + 1, ' ') != NULL || strchr(line, '\t') != NULL) {
        return 400;
    }
    *target++ = '\0';
    *version++ = '\0';
    if (!is_token(line) || !*target) {
        return 400;
    }
    if (strlen(version) != 8 || strncmp(version, "HTTP/", 5) != 0 || version[6] != '.') {
        return 400;
    }
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0) {
        *why = "HTTP/1.1 and HTTP/1.0 are spoken here";
        return 505;
    }
    head->minor = version[7] - '0';
    head->method_text = line;
    head->method = METHOD_OTHER;
    for (size_t i = 0; i < N_METHODS; i++) {
        if (strcmp(methods[i].name, line) == 0) {
            head->method = methods[i].method;
        }
    }
    memcpy(scratch, target, strlen(target) + 1);
    return read_target(head, target, scratch, why);
}

static int
read_header(struct http_head *head, char *line, const char **why)
{
    char *colon = strchr(line, ':');
    *why = "a header line is not NAME: VALUE";
    if (colon == NULL) {
        return 400;
    }
    *colon = '\0';
    if (!is_token(line)) {
        return 400;
    }
    char *value = colon + 1 + strspn(colon + 1, " \t");
    char *end = value + strlen(value);
    while (end > value && (end[-1] == ' ' || end[-1] == '\t')) {
        *--end = '\0';
    }
    if (head->n_headers == HTTP_HEADERS_MAX) {
        *why = "more than 100 header lines";
        return 431;
    }
    head->headers[head->n_headers++] = (struct http_header){line, value};
    return 0;
}

const char *
http_header(const struct http_head *head, const char *name)
{
    for (size_t i = 0; i < head->n_headers; i++) {
        if (strcasecmp(head->headers[i].name, name) == 0) {
            return head->headers[i].value;
        }
    }
    return NULL;
}

static size_t
count_header(const struct http_head *head, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < head->n_headers; i++) {
        n += strcasecmp(head->headers[i].name, name) == 0;
    }
    return n;
}

/* True if the comma-separated list in a header has the word. */
static bool
lists(const char *list, const char *word)
{
    size_t length = strlen(word);
    while (list != NULL && *list) {
        list += strspn(list, " \t,");
        size_t n = strcspn(list, " \t,;");
        if (n == length && strncasecmp(list, word, n) == 0) {
            return true;
        }
        list += strcspn(list, ",");
    }
    return false;
}

/* The same of all lines of that header. */
static bool
header_lists(const struct http_head *head, const char *name, const char *word)
{
    for (size_t i = 0; i < head->n_headers; i++) {
        if (strcasecmp(head->headers[i].name, name) == 0 && lists(head->headers[i].value, word)) {
            return true;
        }
    }
    return false;
}

static bool
read_length(const char *text, uint64_t *length)
{
    if (!*text) {
        return false;
    }
    for (*length = 0; *text; text++) {
        if (*text < '0' || *text > '9' || *length > UINT64_MAX / 100) {
            return false;
        }
        *length = *length * 10 + (uint64_t)(*text - '0');
    }
    return true;
}

/* How long the body is must be beyond doubt: two readers that differ in it are a hole. */
static int
read_framing(struct http_head *head, const char **why)
{
    const char *coding = http_header(head, "Transfer-Encoding");
    const char *length = http_header(head, "Content-Length");
    if (coding != NULL) {
        *why = "Transfer-Encoding together with Content-Length, twice, or in HTTP/1.0";
        if (length != NULL || head->minor == 0 || count_header(head, "Transfer-Encoding") > 1) {
            return 400;
        }
        *why = "no transfer coding but chunked is known here";
        if (strcasecmp(coding, "chunked") != 0) {
            return 501;
        }
        head->chunked = true;
        return 0;
    }
    *why = "Content-Length must be one number";
    if (length != NULL &&
        (count_header(head, "Content-Length") > 1 || !read_length(length, &head->length))) {
        return 400;
    }
    return 0;
}

static int
read_meaning(struct http_head *head, const char **why)
{
    const char *expect = http_header(head, "Expect");
    size_t hosts = count_header(head, "Host");
    head->keep_alive = !header_lists(head, "Connection", "close") &&
                       (head->minor || header_lists(head, "Connection", "keep-alive"));
    *why = "one Host header is needed";
    if (hosts > 1 || (hosts == 0 && head->minor)) {
        return 400;
    }
    if (head->authority == NULL) {
        head->authority = http_header(head, "Host");
    }
    *why = "the only expectation met here is 100-continue";
    if (expect != NULL && strcasecmp(expect, "100-continue") != 0) {
        return 417;
    }
    head->expect_continue = expect != NULL && head->minor;
    return read_framing(head, why);
}

int
http_head_read(struct http_head *head, const char *bytes, size_t length, const char **why)
{
    *head = (struct http_head){0};
    *why = "out of memory";
    head->text = malloc(2 * length + 2); /* the second half: the path, taken apart */
    if (head->text == NULL) {
        return 500;
    }
    memcpy(head->text, bytes, length);
    char *at = head->text;
    char *end = head->text + length;
    *end = '\0';
    int status;
    char *line;
    for (bool first = true;; first = false) {
        *why = "lines of a head end in CR LF";
        line = take_line(&at, end);
        if (line == NULL) {
            return 400;
        }
        *why = "a control character in the head";
        if (has_control(line, (size_t)(at - 2 - line))) {
            return 400;
        }
        if (!first && !*line) {
            break;
        }
        *why = "a header may not be continued on the next line";
        if (!first && (*line == ' ' || *line == '\t')) {
            return 400;
        }
        status = first ? read_request_line(head, line, end + 1, why) : read_header(head, line, why);
        if (status) {
            return status;
        }
    }
    return read_meaning(head, why);
}

void
http_head_clear(struct http_head *head)
{
    free(head->text);
    *head = (struct http_head){0};
}

enum chunk_state {
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_TRAILER,      /* at the start of a trailer line */
    CHUNK_TRAILER_LINE, /* inside one */
    CHUNK_TRAILER_LF,
    CHUNK_END_LF
};

/* One byte that is not content: the next state, or -1 if it may not be there. */
static int
chunk_step(struct http_chunks *chunks, char c)
{
    int digit;
    switch ((enum chunk_state)chunks->state) {
    case CHUNK_SIZE:
        digit = hex_digit(c);
        if (digit >= 0 && chunks->digits < 15) {
            chunks->left = chunks->left * 16 + (uint64_t)digit;
            chunks->digits++;
            return CHUNK_SIZE;
        }
        if (digit >= 0 || chunks->digits == 0) {
            return -1;
        }
        if (c == '\r') {
            return CHUNK_SIZE_LF;
        }
        return c == ';' || c == ' ' || c == '\t' ? CHUNK_EXTENSION : -1;
    case CHUNK_EXTENSION:
        if (c == '\r') {
            return CHUNK_SIZE_LF;
        }
        return (unsigned char)c < 0x20 && c != '\t' ? -1 : CHUNK_EXTENSION;
    case CHUNK_SIZE_LF:
        if (c != '\n') {
            return -1;
        }
        return chunks->left ? CHUNK_DATA : CHUNK_TRAILER;
    case CHUNK_DATA_CR:
        return c == '\r' ? CHUNK_DATA_LF : -1;
    case CHUNK_DATA_LF:
        chunks->left = 0;
        chunks->digits = 0;
        return c == '\n' ? CHUNK_SIZE : -1;
    case CHUNK_TRAILER:
        if (c == '\r') {
            return CHUNK_END_LF;
        }
        return (unsigned char)c < 0x20 ? -1 : CHUNK_TRAILER_LINE;
    case CHUNK_TRAILER_LINE:
        if (c == '\r') {
            return CHUNK_TRAILER_LF;
        }
        return (unsigned char)c < 0x20 && c != '\t' ? -1 : CHUNK_TRAILER_LINE;
    case CHUNK_TRAILER_LF:
        return c == '\n' ? CHUNK_TRAILER : -1;
    case CHUNK_DATA:
    case CHUNK_END_LF:
        break;
    }
    return -1;
}

enum http_chunk_result
http_chunks_read(struct http_chunks *chunks, const char *bytes, size_t length, struct od_buf *body,
                 uint64_t limit, size_t *used)
{
    size_t i = 0;
    while (i < length) {
        if (chunks->state == CHUNK_DATA) {
            size_t n = length - i < chunks->left ? length - i : (size_t)chunks->left;
            if (!od_buf_append(body, bytes + i, n)) {
                return CHUNK_NO_MEMORY;
            }
            i += n;
            chunks->left -= n;
            chunks->overhead = 0;
            if (chunks->left == 0) {
                chunks->state = CHUNK_DATA_CR;
            }
            continue;
        }
        if (chunks->state == CHUNK_END_LF) {
            *used = i + 1;
            return bytes[i] == '\n' ? CHUNK_DONE : CHUNK_BAD;
        }
        chunks->state = chunk_step(chunks, bytes[i++]);
        if (chunks->state < 0 || ++chunks->overhead > CHUNK_OVERHEAD_MAX) {
            return CHUNK_BAD;
        }
        if (chunks->state == CHUNK_DATA && chunks->left > limit - body->length) {
            return CHUNK_LARGE;
        }
    }
    *used = length;
    return CHUNK_MORE;
}
