#include "display.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world/cli.h"

#define FRAME         (OD_NSEC_PER_SEC / 60)
#define SIGN          "> "
#define PLAIN_COLUMNS 80  /* where nobody says how many there are */
#define SAY_COLUMNS   160 /* of an answer to a question: all that is to be told */

/* ---- the terminal ---- */

void
display_init(struct display *display)
{
    *display = (struct display){.bar = -1};
}

/* What the locale would be if it were installed: the terminal does not ask for that. */
static bool
is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && *value != '\0') {
            return strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL;
        }
    }
    return false;
}

static bool
is_dumb(void)
{
    const char *term = getenv("TERM");
    return term == NULL || *term == '\0' || strcmp(term, "dumb") == 0;
}

/* The one whose terminal a dying process gives back. */
static const struct od_terminal *rescued;

static void
die(int number)
{
    if (rescued != NULL) {
        od_terminal_rescue(rescued);
    }
    raise(number); /* as it would have been: SA_RESETHAND */
}

/* What a sanitizer has to say of a fault goes before. */
static void
rescue_when_dying(const struct od_terminal *terminal)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction action = {.sa_handler = die, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};
    rescued = terminal;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct sigaction old;
        if (sigaction(faults[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL) {
            sigaction(faults[i], &action, NULL);
        }
    }
}

void
display_open(struct display *display, bool verbose)
{
    char error[OD_TERMINAL_ERROR_SIZE];
    const char *no_color = getenv("NO_COLOR");
    display->verbose = verbose;
    display->style.utf8 = is_utf8();
    display->style.colour = no_color == NULL || *no_color == '\0';
    if (is_dumb() || od_terminal_open(&display->screen, STDERR_FILENO, error) != OD_OK) {
        return; /* plain lines, then */
    }
    rescue_when_dying(&display->screen);
}

void
display_close(struct display *display)
{
    rescued = NULL;
    od_terminal_close(&display->screen);
    od_prompt_clear(&display->prompt);
    od_buf_clear(&display->rows);
    od_buf_clear(&display->line);
    display->prompts = false;
}

void
display_clear(struct display *display)
{
    od_terminal_make_way(&display->screen);
    display->waits = true;
}

void
display_renew(struct display *display)
{
    if (display->screen.open) {
        od_terminal_measure(&display->screen);
        display->waits = true;
    }
}

void
display_leave(struct display *display)
{
    od_terminal_leave(&display->screen);
    display->waits = true;
}

/* ---- the prompt ---- */

static bool
is_same_terminal(int a, int b)
{
    struct stat left, right;
    return isatty(a) && fstat(a, &left) == 0 && fstat(b, &right) == 0 &&
           left.st_rdev == right.st_rdev;
}

void
display_begin_prompt(struct display *display, bool reads, od_prompt_complete *complete,
                     void *context)
{
    bool here = is_same_terminal(STDIN_FILENO, STDERR_FILENO);
    display->aside = !here || !reads;
    if (display->screen.open && (display->verbose || !display->aside)) {
        display->keys = here ? STDIN_FILENO : display->screen.fd;
        display->prompt.complete = complete;
        display->prompt.context = context;
        display->prompts = true;
        display->waits = true;
    }
}

void
display_end_prompt(struct display *display)
{
    display->prompts = false;
    od_terminal_leave(&display->screen);
    display->waits = true;
}

bool
display_takes_keys(struct display *display)
{
    return display->prompts && od_terminal_keys(&display->screen);
}

/* Each above the next, in as many columns as there is room for. */
static void
print_offer(struct display *display)
{
    const struct od_completions *offer = &display->prompt.offer;
    const char *word = (const char *)offer->words.data;
    size_t longest = 1;
    for (size_t i = 0; i < offer->n; i++, word += strlen(word) + 1) {
        longest = strlen(word) > longest ? strlen(word) : longest;
    }
    size_t in_row = od_terminal_width(&display->screen) / (longest + 2);
    word = (const char *)offer->words.data;
    for (size_t i = 0; i < offer->n; i++, word += strlen(word) + 1) {
        bool last = i + 1 == offer->n || in_row < 2 || (i + 1) % in_row == 0;
        fprintf(stderr, "%-*s%s", last ? 0 : (int)longest + 2, word, last ? "\n" : "");
    }
}

enum od_prompt_event
display_key(struct display *display, char byte)
{
    enum od_prompt_event event = od_prompt_key(&display->prompt, byte);
    display->waits = true;
    if (event == OD_PROMPT_LINE) {
        display_clear(display);
        if (od_cli_takes()) {
            fprintf(stderr, SIGN "%s\n", display->prompt.line);
        }
    } else if (display->prompt.offer.n > 0) {
        display_clear(display);
        if (od_cli_takes()) {
            print_offer(display);
        }
        display->prompt.offer.n = 0;
    }
    return event;
}

/* ---- the picture ---- */

const char *
display_word(enum od_state state)
{
    static const char *const words[] = {
        [OD_STOPPED] = "stopped", [OD_PLAYING] = "playing", [OD_PAUSED] = "paused"};
    return words[state];
}

bool
display_is_due(struct display *display, od_nsec now)
{
    if (!display->screen.open) {
        return display->verbose;
    }
    if (!display->verbose && !display->prompts) {
        return false;
    }
    display->waits = display->waits || display->verbose;
    return now >= display->drawn + FRAME;
}

od_nsec
display_next(const struct display *display, od_nsec change)
{
    if (!display->screen.open || (!display->verbose && !display->prompts)) {
        return OD_NSEC_NEVER;
    }
    od_nsec frame = display->drawn + FRAME;
    if (display->waits) {
        return frame;
    }
    return !display->verbose || change == OD_NSEC_NEVER ? OD_NSEC_NEVER
           : change > frame                             ? change
                                                        : frame;
}

/* Where other programs of the pipe may print at any time the sign waits for the first key, lest it
 * stand before what they say. */
static bool
shows_prompt(const struct display *display)
{
    return !display->aside || display->prompt.length > 0;
}

static void
draw_screen(struct display *display, const struct od_picture *picture)
{
    unsigned columns = od_terminal_width(&display->screen);
    unsigned rows = display->verbose ? od_terminal_room(&display->screen) : 0;
    bool keys = display_takes_keys(display) && shows_prompt(display);
    display->rows.length = display->line.length = 0;
    unsigned n = od_picture_draw(picture, columns, rows, &display->style, &display->rows);
    unsigned cursor = keys ? od_prompt_draw(&display->prompt, SIGN, columns, &display->line) : 0;
    if (display->rows.failed || display->line.failed) {
        display->rows.failed = display->line.failed = false;
        return; /* another time */
    }
    display->waits = !od_terminal_draw(&display->screen, &display->rows, n,
                                       keys ? &display->line : NULL, cursor);
}

/* One row without colours, as a sentence. */
static void
print_row(const struct od_picture *picture, unsigned columns)
{
    static const struct od_picture_style plain = {0};
    struct od_buf row = {0};
    od_picture_draw(picture, columns, 1, &plain, &row);
    if (!row.failed && row.length > 0) {
        od_cli_message("%.*s", (int)row.length - 1, (const char *)row.data);
    }
    od_buf_clear(&row);
}

static void
print_bar(struct display *display, const struct od_picture *picture)
{
    int64_t bar = picture->step / OD_BAR_STEPS;
    if (picture->state != OD_PLAYING || picture->step < 0 || bar == display->bar) {
        return;
    }
    display->bar = bar;
    print_row(picture, PLAIN_COLUMNS - 1 - (unsigned)strlen(od_cli_program()) - 2);
}

void
display_draw(struct display *display, const struct od_picture *picture, od_nsec now)
{
    display->drawn = now;
    if (!display->screen.open) {
        print_bar(display, picture);
    } else if (od_terminal_is_ours(&display->screen)) {
        draw_screen(display, picture);
    } else {
        display->waits = false;
    }
}

void
display_say(const struct od_picture *picture)
{
    print_row(picture, SAY_COLUMNS);
}
