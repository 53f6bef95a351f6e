#include "world/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PATH_BYTES   256
#define REGION_LEAST 2  /* rows: terminals take no smaller one */
#define PATIENCE     10 /* times … */
#define PATIENCE_MS  20

/* ECMA-48 and DEC VT100, which every terminal of today obeys; no terminfo is needed. */
#define SAVE_CURSOR    "\0337"
#define RESTORE_CURSOR "\0338"
#define HIDE_CURSOR    "\033[?25l"
#define SHOW_CURSOR    "\033[?25h"
#define NO_WRAP        "\033[?7l"
#define WRAP           "\033[?7h"
#define ERASE_LINE     "\033[2K"
#define ERASE_REST     "\033[K"
#define ERASE_BELOW    "\033[J"
#define NO_COLOUR      "\033[0m"
#define BRACKET_PASTE  "\033[?2004h"
#define PLAIN_PASTE    "\033[?2004l"
#define NO_REGION      SAVE_CURSOR "\033[r" RESTORE_CURSOR /* setting one moves the cursor */

static void
put(struct od_terminal *terminal, const char *text)
{
    od_buf_append(&terminal->pending, text, strlen(text));
}

/* True if all was taken. A terminal that is gone takes everything. */
static bool
flush(struct od_terminal *terminal)
{
    struct od_buf *pending = &terminal->pending;
    while (terminal->sent < pending->length) {
        ssize_t size =
            write(terminal->fd, pending->data + terminal->sent, pending->length - terminal->sent);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
            return false;
        }
        terminal->sent = size > 0 ? terminal->sent + (size_t)size : pending->length;
    }
    pending->length = 0;
    pending->failed = false;
    terminal->sent = 0;
    return true;
}

/* At the end there is no later: but a terminal that somebody stopped is not waited for. */
static void
flush_patiently(struct od_terminal *terminal)
{
    struct pollfd out = {terminal->fd, POLLOUT, 0};
    for (int i = 0; i < PATIENCE && !flush(terminal); i++) {
        poll(&out, 1, PATIENCE_MS);
    }
    terminal->pending.length = terminal->sent = 0;
}

enum od_status
od_terminal_open(struct od_terminal *terminal, int fd, char error[OD_TERMINAL_ERROR_SIZE])
{
    char path[PATH_BYTES];
    int failed = ttyname_r(fd, path, sizeof path);
    *terminal = (struct od_terminal){.fd = -1};
    if (failed == 0) {
        terminal->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        failed = terminal->fd < 0 ? errno : 0;
    }
    if (failed != 0) {
        snprintf(error, OD_TERMINAL_ERROR_SIZE, "cannot draw on the terminal: %s",
                 strerror(failed));
        return OD_EUNAVAILABLE;
    }
    terminal->open = true;
    od_terminal_measure(terminal);
    return OD_OK;
}

bool
od_terminal_is_ours(const struct od_terminal *terminal)
{
    pid_t foreground = tcgetpgrp(terminal->fd);
    return foreground < 0 || foreground == getpgrp();
}

bool
od_terminal_keys(struct od_terminal *terminal)
{
    struct termios keys;
    if (terminal->raw) {
        return true;
    }
    if (!od_terminal_is_ours(terminal) || tcgetattr(terminal->fd, &terminal->before) != 0) {
        return false;
    }
    keys = terminal->before;
    keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
    keys.c_iflag &= ~(tcflag_t)(ICRNL | INLCR);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    if (tcsetattr(terminal->fd, TCSANOW, &keys) != 0) {
        return false;
    }
    terminal->raw = true;
    put(terminal, BRACKET_PASTE);
    return true;
}

void
od_terminal_measure(struct od_terminal *terminal)
{
    struct winsize size = {0};
    bool known = ioctl(terminal->fd, TIOCGWINSZ, &size) == 0;
    terminal->columns = known && size.ws_col > 0 ? size.ws_col : 80;
    terminal->rows = known && size.ws_row > 0 ? size.ws_row : 24;
    terminal->shown.length = 0;
    if (terminal->stands) {
        terminal->height = 0; /* what stands where the terminal alone knows */
        put(terminal, "\r" ERASE_BELOW NO_REGION);
        terminal->prompts = terminal->stands = false;
    }
}

unsigned
od_terminal_room(const struct od_terminal *terminal)
{
    unsigned rows = terminal->rows < OD_TERMINAL_ROWS_MAX ? terminal->rows : OD_TERMINAL_ROWS_MAX;
    unsigned left = rows / 3 > REGION_LEAST ? rows / 3 : REGION_LEAST;
    return rows > left ? rows - left : 0;
}

/* The last column stays empty: behind it terminals differ in what they do. */
unsigned
od_terminal_width(const struct od_terminal *terminal)
{
    return terminal->columns > 1 ? terminal->columns - 1 : 1;
}

/* ---- the region ---- */

static void
set_region(struct od_terminal *terminal, unsigned height)
{
    if (height == 0) {
        put(terminal, NO_REGION);
        return;
    }
    od_buf_printf(&terminal->pending, SAVE_CURSOR "\033[1;%ur" RESTORE_CURSOR,
                  terminal->rows - height);
}

/* Line feeds make room below the cursor, wherever it is: at the end of the region it scrolls. */
static void
grow(struct od_terminal *terminal, unsigned height)
{
    unsigned more = height - terminal->height;
    for (unsigned i = 0; i < more; i++) {
        put(terminal, "\n");
    }
    od_buf_printf(&terminal->pending, "\033[%uA", more);
    set_region(terminal, height);
}

static void
shrink(struct od_terminal *terminal, unsigned height)
{
    put(terminal, SAVE_CURSOR);
    for (unsigned i = height; i < terminal->height; i++) {
        od_buf_printf(&terminal->pending, "\033[%u;1H" ERASE_LINE, terminal->rows - i);
    }
    put(terminal, RESTORE_CURSOR);
    set_region(terminal, height);
}

static void
set_height(struct od_terminal *terminal, unsigned height)
{
    if (height == terminal->height) {
        return;
    }
    od_terminal_make_way(terminal);
    if (height > terminal->height) {
        grow(terminal, height);
    } else {
        shrink(terminal, height);
    }
    terminal->height = height;
    terminal->shown.length = 0;
}

/* ---- picture and prompt ---- */

struct text {
    const char *at, *end;
};

static struct text
whole(const struct od_buf *buf)
{
    const char *at = (const char *)buf->data;
    return (struct text){at, buf->length > 0 ? at + buf->length : at};
}

/* The next row, without its line feed; empty behind the last. */
static struct text
next_row(struct text *rows)
{
    struct text row = {rows->at, rows->at};
    const char *end =
        rows->at < rows->end ? memchr(rows->at, '\n', (size_t)(rows->end - rows->at)) : NULL;
    if (end != NULL) {
        row.end = end;
        rows->at = end + 1;
    }
    return row;
}

static bool
is_same(struct text a, struct text b)
{
    size_t length = (size_t)(a.end - a.at);
    return length == (size_t)(b.end - b.at) && (length == 0 || memcmp(a.at, b.at, length) == 0);
}

static void
put_picture(struct od_terminal *terminal, const struct od_buf *picture, unsigned n)
{
    struct text rows = whole(picture);
    struct text old = whole(&terminal->shown);
    bool all = terminal->shown.length == 0;
    for (unsigned i = 0; i < n; i++) {
        struct text row = next_row(&rows);
        struct text before = next_row(&old);
        if (all || !is_same(row, before)) {
            od_buf_printf(&terminal->pending, "\033[%u;1H" ERASE_LINE, terminal->rows - n + 1 + i);
            od_buf_append(&terminal->pending, row.at, (size_t)(row.end - row.at));
        }
    }
    terminal->shown.length = 0;
    od_buf_append(&terminal->shown, picture->data, picture->length);
}

static void
draw_picture(struct od_terminal *terminal, const struct od_buf *picture, unsigned n)
{
    set_height(terminal, n);
    if (n == 0 || is_same(whole(picture), whole(&terminal->shown))) {
        return;
    }
    put(terminal, HIDE_CURSOR SAVE_CURSOR NO_WRAP);
    put_picture(terminal, picture, n);
    put(terminal, NO_COLOUR WRAP RESTORE_CURSOR SHOW_CURSOR);
}

static void
draw_prompt(struct od_terminal *terminal, const struct od_buf *prompt, unsigned cursor)
{
    if (prompt == NULL) {
        od_terminal_make_way(terminal);
        return;
    }
    bool same = terminal->prompts && terminal->cursor == cursor &&
                is_same(whole(prompt), whole(&terminal->prompt));
    if (same) {
        return;
    }
    put(terminal, "\r" NO_WRAP);
    od_buf_append(&terminal->pending, prompt->data, prompt->length);
    put(terminal, NO_COLOUR WRAP ERASE_REST "\r");
    if (cursor > 0) {
        od_buf_printf(&terminal->pending, "\033[%uC", cursor);
    }
    terminal->prompts = true;
    terminal->cursor = cursor;
    terminal->prompt.length = 0;
    od_buf_append(&terminal->prompt, prompt->data, prompt->length);
}

/* Without memory what stands is not known any more. */
static void
forget_failure(struct od_terminal *terminal)
{
    if (terminal->pending.failed || terminal->shown.failed || terminal->prompt.failed) {
        od_buf_clear(&terminal->shown);
        od_buf_clear(&terminal->prompt);
        terminal->pending.failed = false;
        terminal->prompts = false;
    }
}

bool
od_terminal_draw(struct od_terminal *terminal, const struct od_buf *picture, unsigned n,
                 const struct od_buf *prompt, unsigned cursor)
{
    if (!flush(terminal)) {
        return false;
    }
    unsigned room = od_terminal_room(terminal);
    draw_picture(terminal, picture, n < room ? n : room);
    draw_prompt(terminal, prompt, cursor);
    terminal->stands = terminal->height > 0 || terminal->prompts;
    forget_failure(terminal);
    flush(terminal);
    return true;
}

void
od_terminal_make_way(struct od_terminal *terminal)
{
    if (terminal->open && terminal->prompts) {
        put(terminal, "\r" ERASE_REST);
        terminal->prompts = false;
    }
    if (terminal->open) {
        flush(terminal);
    }
}

void
od_terminal_leave(struct od_terminal *terminal)
{
    if (!terminal->open) {
        return;
    }
    bool ours = od_terminal_is_ours(terminal);
    if (terminal->stands && ours) {
        put(terminal, NO_COLOUR "\r" ERASE_BELOW NO_REGION SHOW_CURSOR WRAP);
    }
    if (terminal->raw && ours) {
        put(terminal, PLAIN_PASTE);
    }
    flush_patiently(terminal);
    if (terminal->raw && ours) {
        tcsetattr(terminal->fd, TCSANOW, &terminal->before);
    }
    terminal->raw = terminal->stands = terminal->prompts = false;
    terminal->height = 0;
    terminal->shown.length = 0;
}

void
od_terminal_close(struct od_terminal *terminal)
{
    if (terminal->open) {
        od_terminal_leave(terminal);
        close(terminal->fd);
        od_buf_clear(&terminal->pending);
        od_buf_clear(&terminal->shown);
        od_buf_clear(&terminal->prompt);
        *terminal = (struct od_terminal){.fd = -1};
    }
}

void
od_terminal_rescue(const struct od_terminal *terminal)
{
    static const char restored[] =
        NO_COLOUR "\r" ERASE_BELOW NO_REGION SHOW_CURSOR WRAP PLAIN_PASTE;
    if (!terminal->open || !terminal->stands) {
        return;
    }
    ssize_t size = write(terminal->fd, restored, sizeof restored - 1);
    (void)size;
    if (terminal->raw) {
        tcsetattr(terminal->fd, TCSANOW, &terminal->before);
    }
}
