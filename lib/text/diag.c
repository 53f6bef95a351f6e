#include "text/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define MESSAGE_SIZE 512
#define MORE_SIZE    48
#define WINDOW       ((size_t)76) /* characters of a source line that are shown */
#define ELLIPSIS     "..."
#define WORD_MAX     ((size_t)40)

/* Where the next finding goes. When all places are taken an error displaces the latest warning, so
 * that a failing text always shows why; NULL if there is no place. */
static struct od_diag *
find_place(struct od_diag_list *list, enum od_severity severity)
{
    if (list->count < OD_DIAG_MAX) {
        return &list->items[list->count++];
    }
    if (severity == OD_ERROR) {
        for (size_t i = list->count; i-- > 0;) {
            if (list->items[i].severity == OD_WARNING) {
                return &list->items[i];
            }
        }
    }
    return NULL;
}

/* FNV-1a */
static uint64_t
mix(uint64_t hash, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* A number for what a warning is about, but for which event of a sequence it is, as in
 * "/sequences/hat/events/3/params/pan"; 0: it is about no event. */
static uint64_t
about(enum od_severity severity, const char *pointer, const char *code)
{
    const char *events = severity == OD_WARNING ? strstr(pointer, "/events/") : NULL;
    if (events == NULL) {
        return 0;
    }
    const char *number = events + strlen("/events/");
    const char *rest = number + strspn(number, "0123456789");
    uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), pointer, (size_t)(number - pointer));
    return mix(mix(hash, rest, strlen(rest) + 1), code, strlen(code)) | 1;
}

/* The values that they found may differ. */
static bool
says_same(const char *a, const char *b)
{
    const char *found = strstr(a, ", found ");
    return found != NULL ? strncmp(a, b, (size_t)(found - a) + strlen(", found ")) == 0
                         : strcmp(a, b) == 0;
}

/* True if the warning was added of an earlier event. */
static bool
add_to_earlier(struct od_diag_list *list, uint64_t what, const char *message)
{
    for (size_t i = what != 0 ? list->count : 0; i-- > 0;) {
        if (list->items[i].about == what && says_same(list->items[i].message, message)) {
            list->items[i].more++;
            return true;
        }
    }
    return false;
}

/* Whoever made the text has told it already. */
static bool
is_told(const char *told, const char *code)
{
    size_t length = strlen(code);
    while (told != NULL) {
        if (strncmp(told, code, length) == 0 && (told[length] == ',' || told[length] == '\0')) {
            return true;
        }
        told = strchr(told, ',');
        told = told != NULL ? told + 1 : NULL;
    }
    return false;
}

bool
od_diag_add(struct od_diag_list *list, enum od_severity severity, size_t offset,
            const char *pointer, const char *code, const char *format, ...)
{
    char message[MESSAGE_SIZE] = "";
    if (severity == OD_WARNING && is_told(list->told, code)) {
        return list->count < OD_DIAG_MAX;
    }
    uint64_t what = about(severity, pointer, code);
    bool hardened = list->strict && severity == OD_WARNING;
    severity = list->strict ? OD_ERROR : severity;
    if (what != 0 || severity == OD_ERROR || list->count < OD_DIAG_MAX) {
        va_list args;
        va_start(args, format);
        vsnprintf(message, sizeof message, format, args);
        va_end(args);
        od_utf8_defuse(message);
    }
    if (add_to_earlier(list, what, message)) {
        return list->count < OD_DIAG_MAX;
    }
    list->hardened += hardened;
    size_t order = list->errors + list->warnings;
    *(severity == OD_ERROR ? &list->errors : &list->warnings) += 1;
    struct od_diag *diag = find_place(list, severity);
    if (diag == NULL) {
        return false;
    }
    *diag = (struct od_diag){severity,
                             code,
                             od_arena_string(&list->arena, message, strlen(message)),
                             od_arena_string(&list->arena, pointer, strlen(pointer)),
                             offset,
                             order,
                             0,
                             what};
    if (diag->message == NULL || diag->pointer == NULL) {
        diag->message = diag->pointer = "";
        list->out_of_memory = true;
    }
    return list->count < OD_DIAG_MAX;
}

static int
compare_places(const void *a, const void *b)
{
    const struct od_diag *x = a, *y = b;
    if (x->offset != y->offset) {
        return x->offset < y->offset ? -1 : 1;
    }
    return x->order < y->order ? -1 : x->order > y->order;
}

void
od_diag_sort(struct od_diag_list *list)
{
    qsort(list->items, list->count, sizeof list->items[0], compare_places);
}

static const char *
step_back(const char *at, const char *start, size_t characters)
{
    while (at > start && characters > 0) {
        at--;
        characters -= !od_utf8_continues(*at);
    }
    return at;
}

static const char *
step_on(const char *at, const char *end, size_t characters)
{
    while (at < end && characters > 0) {
        at++;
        while (at < end && od_utf8_continues(*at)) {
            at++;
        }
        characters--;
    }
    return at;
}

/* One source character, or a substitute of the same width on screen. */
static void
append_character(struct od_buf *out, const char *at, size_t length)
{
    if (*at == '\t') {
        od_buf_append(out, " ", 1);
    } else if (od_utf8_is_shown(at, length)) {
        od_buf_append(out, at, length);
    } else {
        od_buf_append(out, "?", 1);
    }
}

/* How many columns a terminal gives a character: two to what East Asia writes and to pictures, none
 * to what is put upon the one before. */
static size_t
columns_of(const char *at, size_t length)
{
    static const struct {
        unsigned long first, last;
        size_t columns;
    } ranges[] = {{0x300, 0x36f, 0},     {0x1100, 0x115f, 2},  {0x200b, 0x200f, 0},
                  {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},  {0xac00, 0xd7a3, 2},
                  {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},  {0xfe30, 0xfe6f, 2},
                  {0xff01, 0xff60, 2},   {0xffe0, 0xffe6, 2},  {0x1f300, 0x1f64f, 2},
                  {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2}};
    unsigned long character = length > 1 ? od_utf8_decode(at, length) : 0;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (character >= ranges[i].first && character <= ranges[i].last) {
            return ranges[i].columns;
        }
    }
    return 1;
}

/* Appends from..to and returns how many columns of it lie before `at`. */
static size_t
append_source(struct od_buf *out, const char *from, const char *to, const char *at)
{
    size_t before = 0;
    while (from < to) {
        size_t length = od_utf8_length(from, to);
        before += from < at ? columns_of(from, length) : 0;
        append_character(out, from, length);
        from += length == 0 ? 1 : length;
    }
    return before;
}

static void
append_window(const struct od_source *source, size_t offset, struct od_buf *out)
{
    const char *at = source->text + offset;
    const char *start, *end;
    od_source_line(source, offset, &start, &end);
    const char *from = start, *to = end;
    if (start == end) {
        return; /* an empty line shows nothing */
    }
    at = at > end ? end : at;
    if (step_on(start, end, WINDOW) < end) {
        size_t room = WINDOW - 2 * strlen(ELLIPSIS);
        to = step_on(at, end, room / 2);
        from = step_back(to, start, room);
        to = step_on(from, end, room);
    }
    od_buf_printf(out, "  %s", from > start ? ELLIPSIS : "");
    size_t before = append_source(out, from, to, at) + (from > start ? strlen(ELLIPSIS) : 0);
    od_buf_printf(out, "%s\n  %*s^\n", to < end ? ELLIPSIS : "", (int)before, "");
}

static const char *
severity_word(enum od_severity severity)
{
    return severity == OD_ERROR ? "error" : "warning";
}

/* File names and keys may hold any byte. */
static void
append_defused(struct od_buf *out, const char *text)
{
    const char *end = text + strlen(text);
    append_source(out, text, end, text);
}

/* What is put behind the message of a finding that is true of several events. */
static const char *
more_events(const struct od_diag *diag, char out[MORE_SIZE])
{
    out[0] = '\0';
    if (diag->more > 0) {
        snprintf(out, MORE_SIZE, ", in %zu events", diag->more + 1);
    }
    return out;
}

void
od_diag_text(const struct od_diag *diag, const struct od_source *source, const char *program,
             struct od_buf *out)
{
    char more[MORE_SIZE];
    size_t line, column;
    od_source_place(source, diag->offset, &line, &column);
    od_buf_printf(out, "%s: ", program);
    append_defused(out, source->file);
    od_buf_printf(out, ":%zu:%zu: %s: %s%s\n", line, column, severity_word(diag->severity),
                  diag->message, more_events(diag, more));
    if (source->text != NULL) {
        append_window(source, diag->offset > source->length ? source->length : diag->offset, out);
    }
    if (diag->pointer[0] != '\0') {
        od_buf_printf(out, "  at ");
        append_defused(out, diag->pointer);
        od_buf_append(out, "\n", 1);
    }
}

/* A file name need not be UTF-8, a JSON string must be. */
static void
append_json_file(struct od_buf *out, const char *file)
{
    struct od_buf clean = {0};
    append_defused(&clean, file);
    od_buf_append(&clean, "", 1);
    od_buf_json_string(out, clean.failed ? "?" : (const char *)clean.data);
    out->failed = out->failed || clean.failed;
    od_buf_clear(&clean);
}

void
od_diag_json(const struct od_diag *diag, const struct od_source *source, struct od_buf *out)
{
    size_t line, column;
    char more[MORE_SIZE], message[MESSAGE_SIZE + MORE_SIZE];
    od_source_place(source, diag->offset, &line, &column);
    od_buf_printf(out, "{\"severity\":\"%s\",\"message\":", severity_word(diag->severity));
    snprintf(message, sizeof message, "%s%s", diag->message, more_events(diag, more));
    od_buf_json_string(out, message);
    od_buf_printf(out, ",\"file\":");
    append_json_file(out, source->file);
    od_buf_printf(out, ",\"line\":%zu,\"column\":%zu,\"pointer\":", line, column);
    od_buf_json_string(out, diag->pointer);
    od_buf_printf(out, ",\"code\":\"%s\"}\n", diag->code);
}

static size_t
count_unkept(const struct od_diag_list *list)
{
    return list->errors + list->warnings - list->count;
}

/* Where another program made the text and told of its source, nobody has seen what a place is in.
 */
static void
warn_without_place(const struct od_diag *diag, const char *program, struct od_buf *out)
{
    char more[MORE_SIZE];
    od_buf_printf(out, "%s: warning: %s%s", program, diag->message, more_events(diag, more));
    if (diag->pointer[0] != '\0') {
        od_buf_printf(out, " (at ");
        append_defused(out, diag->pointer);
        od_buf_append(out, ")", 1);
    }
    od_buf_append(out, "\n", 1);
}

void
od_diag_report_text(const struct od_diag_list *list, const struct od_source *source,
                    const char *program, struct od_buf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->told != NULL && list->items[i].severity == OD_WARNING) {
            warn_without_place(&list->items[i], program, out);
        } else {
            od_diag_text(&list->items[i], source, program, out);
        }
    }
    if (count_unkept(list) > 0) {
        od_buf_printf(out, "%s: ", program);
        append_defused(out, source->file);
        od_buf_printf(out, ": too many findings: %zu more are not shown\n", count_unkept(list));
    }
}

void
od_diag_report_json(const struct od_diag_list *list, const struct od_source *source,
                    struct od_buf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        od_diag_json(&list->items[i], source, out);
    }
    if (count_unkept(list) > 0) {
        char message[64];
        snprintf(message, sizeof message, "too many findings: %zu more are not shown",
                 count_unkept(list));
        struct od_diag last = {list->errors > 0 ? OD_ERROR : OD_WARNING,
                               "too-many",
                               message,
                               "",
                               source->length,
                               0,
                               0,
                               0};
        od_diag_json(&last, source, out);
    }
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edit distance by rows; `before` is the row two above, for swaps of neighbours. */
static size_t
distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++) {
        above[j] = before[j] = j;
    }
    for (size_t i = 1; i <= n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
        size_t *next = before;
        before = above;
        above = row;
        row = next;
    }
    return above[m];
}

const char *
od_diag_nearest(const char *word, const char *const *names, size_t n)
{
    const char *nearest = NULL;
    size_t best = 3, length = strlen(word);
    if (length > WORD_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        size_t other = strlen(names[i]);
        size_t longer = length > other ? length : other;
        if (longer > WORD_MAX || longer - least(length, other) >= best) {
            continue;
        }
        size_t d = distance(word, length, names[i], other);
        if (d < best && d <= longer / 3) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}

void
od_diag_clear(struct od_diag_list *list)
{
    od_arena_clear(&list->arena);
    *list = (struct od_diag_list){.strict = list->strict, .told = list->told};
}
