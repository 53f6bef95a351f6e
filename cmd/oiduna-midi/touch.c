#include "touch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "world/cli.h"

#define MAP_MAX ((size_t)8 * 1024 * 1024)

/* ---- the map ---- */

static int
replace(struct touch *touch, struct od_midi_map *map)
{
    struct touch_change *changes = calloc(map->n + 1, sizeof *changes);
    uint32_t *waiting = calloc(map->n + 1, sizeof *waiting);
    if (changes == NULL || waiting == NULL) {
        free(changes);
        free(waiting);
        od_midi_map_clear(map);
        return od_cli_fail(OD_ENOMEM, "out of memory");
    }
    touch_clear(touch);
    touch->map = *map;
    touch->changes = changes;
    touch->waiting = waiting;
    return 0;
}

static int
read_text(struct touch *touch, const struct od_source *source)
{
    static struct od_diag_list diags;
    struct od_midi_map map;
    enum od_status status = od_midi_map_read(source, &diags, &map);
    od_cli_diagnostics(&diags, source, false);
    od_diag_clear(&diags);
    if (status == OD_OK) {
        return replace(touch, &map);
    }
    return status == OD_EDATA ? od_status_exit(status)
                              : od_cli_fail(status, "%s", od_status_text(status));
}

int
touch_load(struct touch *touch, const char *file)
{
    struct od_buf text = {0};
    touch->file = file;
    touch->next = OD_NSEC_NEVER;
    if (file == NULL) {
        return 0;
    }
    enum od_status status = od_cli_read_most(file, MAP_MAX, &text);
    int exit_status = od_status_exit(status);
    if (status == OD_OK) {
        struct od_source source = {od_cli_input_name(file), (const char *)text.data, text.length};
        exit_status = read_text(touch, &source);
    }
    od_buf_clear(&text);
    return exit_status;
}

void
touch_clear(struct touch *touch)
{
    od_midi_map_clear(&touch->map);
    free(touch->changes);
    free(touch->waiting);
    touch->changes = NULL;
    touch->waiting = NULL;
    touch->n_waiting = 0;
    touch->next = OD_NSEC_NEVER;
}

/* ---- what is touched ---- */

/* However fast bytes come in, so many commands go out. */
static bool
may_send(struct touch *touch, od_nsec now)
{
    if (now - touch->burst_from >= TOUCH_EVERY) {
        touch->burst_from = now;
        touch->burst = 0;
    }
    if (touch->burst++ < TOUCH_BURST) {
        return true;
    }
    touch->dropped++;
    if (!touch->said_dropped) {
        touch->said_dropped = true;
        od_cli_message("controllers send more than the player can be told: commands are dropped");
    }
    return false;
}

static void
send_entry(struct touch *touch, size_t n, double value, od_nsec now)
{
    char text[OD_MIDI_MAP_TEXT + 32];
    if (may_send(touch, now)) {
        od_midi_entry_command(&touch->map.entries[n], value, text);
        od_client_command(touch->client, text);
    }
}

static void
wait_entry(struct touch *touch, size_t n, double value, od_nsec now)
{
    struct touch_change *change = &touch->changes[n];
    change->value = value;
    if (change->waits) {
        return;
    }
    change->waits = true;
    touch->waiting[touch->n_waiting++] = (uint32_t)n;
    if (touch->next == OD_NSEC_NEVER) {
        touch->next = now;
    }
}

/* A fader's values may be passed over, but for the last; what is struck may not. */
static bool
may_wait(const struct od_midi_entry *entry, const struct od_midi_touch *what)
{
    return entry->scale != OD_MIDI_NO_VALUE && what->control != OD_MIDI_CONTROL_NOTE;
}

static void
act(struct touch *touch, const struct od_midi_touch *what, od_nsec now)
{
    size_t at = 0;
    for (long n; (n = od_midi_map_find(&touch->map, what, &at)) >= 0;) {
        struct od_midi_entry *entry = &touch->map.entries[n];
        if (!od_midi_entry_acts(entry, what)) {
            continue;
        }
        if (may_wait(entry, what)) {
            wait_entry(touch, (size_t)n, what->value, now);
        } else {
            send_entry(touch, (size_t)n, what->value, now);
        }
    }
}

/* Who does not read what is learnt must not hold up a clock. */
static bool
is_read(void)
{
    struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0;
}

/* A line that may stand in a map as it is, but for its names. */
static void
learn(struct touch *touch, const struct od_midi_touch *what)
{
    static const char *const models[OD_MIDI_CONTROLS] = {
        [OD_MIDI_CONTROL_CC] = "set TRACK gain 0..1",
        [OD_MIDI_CONTROL_NOTE] = "trigger TRACK",
        [OD_MIDI_CONTROL_PC] = "scene NAME",
        [OD_MIDI_CONTROL_BEND] = "set TRACK pan 0..1",
        [OD_MIDI_CONTROL_PRESSURE] = "set TRACK gain 0..1",
    };
    char name[OD_MIDI_TOUCH_TEXT];
    uint8_t *seen = &touch->learnt[what->control][what->channel][what->number / 8];
    unsigned bit = 1u << (what->number % 8u);
    if ((*seen & bit) != 0 || touch->unheard || !is_read()) {
        return;
    }
    *seen = (uint8_t)(*seen | bit);
    od_midi_touch_name(what, name);
    if (printf("%s -> %s\n", name, models[what->control]) < 0 || fflush(stdout) != 0) {
        od_cli_output_lost(errno);
        touch->unheard = true;
    }
}

void
touch_take(struct touch *touch, const struct od_midi_word *word, od_nsec now)
{
    struct od_midi_touch what;
    if (!od_midi_touch_of(word, &what)) {
        return;
    }
    if (touch->learn) {
        learn(touch, &what);
    }
    if (touch->file != NULL) {
        act(touch, &what, now);
    }
}

void
touch_send(struct touch *touch, od_nsec now)
{
    if (now < touch->next) {
        return;
    }
    size_t n = touch->n_waiting < TOUCH_BURST ? touch->n_waiting : TOUCH_BURST;
    for (size_t i = 0; i < n; i++) {
        struct touch_change *change = &touch->changes[touch->waiting[i]];
        send_entry(touch, touch->waiting[i], change->value, now);
        change->waits = false;
    }
    touch->n_waiting -= n;
    memmove(touch->waiting, touch->waiting + n, touch->n_waiting * sizeof *touch->waiting);
    touch->next = n > 0 ? now + TOUCH_EVERY : OD_NSEC_NEVER;
}
