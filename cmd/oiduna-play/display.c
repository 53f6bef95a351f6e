#include "display.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "world/cli.h"

#define TERMINAL_EVERY (OD_NSEC_PER_SEC / 10)
#define PLAIN_EVERY    (10 * OD_NSEC_PER_SEC)
#define WIDE           112 /* columns from which on nothing needs to be shortened */
#define NARROW         64
#define LINE_MAX_BYTES 256

void
display_init(struct display *display)
{
    const char *term = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");
    *display = (struct display){.terminal = isatty(STDERR_FILENO) != 0};
    bool dumb = term == NULL || strcmp(term, "dumb") == 0;
    display->terminal = display->terminal && !dumb;
    display->colour = display->terminal && (no_color == NULL || *no_color == '\0');
}

const char *
display_word(enum od_state state)
{
    static const char *const words[] = {
        [OD_STOPPED] = "stopped", [OD_PLAYING] = "playing", [OD_PAUSED] = "paused"};
    return words[state];
}

/* The loop drawn in `cells` characters, the one where we are marked. */
static void
loop_bar(char *out, int cells, int64_t step)
{
    memset(out, '-', (size_t)cells);
    out[cells] = '\0';
    if (step >= 0) {
        int64_t cell = (step & (OD_STEPS - 1)) * cells / OD_STEPS;
        memset(out, '=', (size_t)cell);
        out[cell] = '>';
    }
}

static const char *
connection(bool enabled, bool connected)
{
    return !enabled ? "off" : connected ? "ok" : "--";
}

/* What matters most on a narrow terminal: does it play, is anything lost, is anybody there? */
static void
compose_narrow(char *line, size_t room, const struct display_state *state, const char *place)
{
    snprintf(line, room, "%s %s drops %" PRIu64 " osc %s midi %s", display_word(state->state),
             place, state->summary.dropped_steps,
             connection(state->osc_enabled, state->osc_connected),
             connection(state->midi_enabled, state->midi_connected));
}

/* A line that wrapped could not be drawn over: it has to fit. What may be cut off stands last. */
static void
compose(char *line, size_t size, const struct display_state *state, int columns)
{
    char bar[OD_BAR_STEPS + 1];
    char place[16];
    unsigned step = state->step < 0 ? 0 : (unsigned)(state->step & (OD_STEPS - 1));
    bool wide = columns > WIDE;
    size_t room = (size_t)columns < size ? (size_t)columns : size;
    loop_bar(bar, wide ? OD_BAR_STEPS : OD_BAR_STEPS / 2, state->step);
    snprintf(place, sizeof place, "%2u.%u.%u", step / OD_BAR_STEPS + 1,
             step % OD_BAR_STEPS / OD_BEAT_STEPS + 1, step % OD_BEAT_STEPS + 1);
    if (columns < NARROW) {
        compose_narrow(line, room, state, place);
        return;
    }
    snprintf(line, room,
             wide ? "%-7s  %6.2f bpm  %s  [%s]  drops %" PRIu64 "  osc %s  midi %s  p99 %.0f us  "
                    "%" PRIu64 " events"
                  : "%-7s %.5g bpm %s [%s] drops %" PRIu64 " osc %s midi %s p99 %.0fus %" PRIu64
                    " ev",
             display_word(state->state), state->bpm, place, bar, state->summary.dropped_steps,
             connection(state->osc_enabled, state->osc_connected),
             connection(state->midi_enabled, state->midi_connected),
             (double)state->summary.lateness_p99 / 1000, state->summary.events);
}

static int
columns_now(void)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

static const char *
colour_of(const struct display_state *state)
{
    return state->summary.dropped_steps > 0 ? "\033[33m"
           : state->state == OD_PLAYING     ? "\033[32m"
                                            : "\033[2m";
}

void
display_say(const struct display_state *state)
{
    char line[LINE_MAX_BYTES];
    compose(line, sizeof line, state, LINE_MAX_BYTES);
    od_cli_message("%s", line);
}

void
display_draw(struct display *display, const struct display_state *state, od_nsec now)
{
    char line[LINE_MAX_BYTES];
    display->waits = display->terminal && now < display->next;
    if (now < display->next || (!display->terminal && state->state != OD_PLAYING)) {
        return;
    }
    if (!display->terminal) {
        display->next = now + PLAIN_EVERY;
        display_say(state);
        return;
    }
    display->next = now + TERMINAL_EVERY;
    if (!od_cli_takes()) {
        return;
    }
    compose(line, sizeof line, state, columns_now());
    fprintf(stderr, "\r%s%s%s\033[K", display->colour ? colour_of(state) : "", line,
            display->colour ? "\033[0m" : "");
    fflush(stderr);
    display->drawn = true;
}

void
display_clear(struct display *display)
{
    if (display->drawn && od_cli_takes()) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        display->drawn = false;
    }
}
