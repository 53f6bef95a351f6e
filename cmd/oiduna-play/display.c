#include "display.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define TERMINAL_EVERY (OD_NSEC_PER_SEC / 10)
#define PLAIN_EVERY    (10 * OD_NSEC_PER_SEC)

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

static const char *
state_word(enum od_state state)
{
    static const char *const words[] = {
        [OD_STOPPED] = "stopped", [OD_PLAYING] = "playing", [OD_PAUSED] = "paused"};
    return words[state];
}

/* The sixteen bars of the loop, the one that plays marked. */
static void
loop_bar(char out[OD_BAR_STEPS + 1], int64_t step)
{
    memset(out, '-', OD_BAR_STEPS);
    out[OD_BAR_STEPS] = '\0';
    if (step >= 0) {
        int64_t bar = (step & (OD_STEPS - 1)) / OD_BAR_STEPS;
        memset(out, '=', (size_t)bar);
        out[bar] = '>';
    }
}

static const char *
connection(bool enabled, bool connected)
{
    return !enabled ? "off" : connected ? "ok" : "--";
}

static int
compose(char *line, size_t size, const struct display_state *state)
{
    char bar[OD_BAR_STEPS + 1];
    int64_t step = state->step < 0 ? 0 : state->step & (OD_STEPS - 1);
    loop_bar(bar, state->step);
    return snprintf(line, size,
                    "%-7s %6.2f bpm  %2" PRId64 ".%" PRId64 ".%" PRId64 " [%s]  %" PRIu64
                    " events  p99 %.0f us  drops %" PRIu64 "  osc %s  midi %s",
                    state_word(state->state), state->bpm, step / OD_BAR_STEPS + 1,
                    step % OD_BAR_STEPS / OD_BEAT_STEPS + 1, step % OD_BEAT_STEPS + 1, bar,
                    state->summary.events, (double)state->summary.lateness_p99 / 1000,
                    state->summary.dropped_steps,
                    connection(state->osc_enabled, state->osc_connected),
                    connection(state->midi_enabled, state->midi_connected));
}

void
display_draw(struct display *display, const struct display_state *state, od_nsec now)
{
    display->waits = now < display->next;
    if (display->waits) {
        return;
    }
    char line[256];
    compose(line, sizeof line, state);
    if (!display->terminal) {
        display->next = now + PLAIN_EVERY;
        od_cli_message("%s", line);
        return;
    }
    display->next = now + TERMINAL_EVERY;
    const char *on = !display->colour                   ? ""
                     : state->state == OD_PLAYING       ? "\033[32m"
                     : state->summary.dropped_steps > 0 ? "\033[33m"
                                                        : "\033[2m";
    fprintf(stderr, "\r%s%s%s\033[K", on, line, display->colour ? "\033[0m" : "");
    fflush(stderr);
    display->drawn = true;
}

void
display_clear(struct display *display)
{
    if (display->drawn) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        display->drawn = false;
    }
}
