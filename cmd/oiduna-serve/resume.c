#include "resume.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"

/* Exclusive applies build on each other: those that bring what no later one brings are kept. */
#define HISTORY_MAX   ((size_t)4096)
#define HISTORY_BYTES ((size_t)256 * 1024 * 1024)
#define PENDING_MAX   ((size_t)64)
#define SEEN_MAX      ((size_t)64)
#define FED_WORD      "resumed"

/* A change that came into force or waits to: a score, or the line that asks for a scene. */
struct kept {
    json_int_t change;
    bool is_score;
    bool is_song;     /* the lines that take an entry of the song up */
    unsigned numbers; /* of changes that a player gives it */
    char timing[16];  /* of a score, and whether it resets what was changed live */
    struct od_buf bytes;
    json_t *names; /* of a score: see resume_score */
};

struct seen {
    json_int_t change;
    bool merged;
};

struct resume {
    struct seen seen[SEEN_MAX]; /* applied: the news may come before the answer with the number */
    size_t n_seen;              /* in all */
    struct kept *history;       /* in force: a session, then what changed it, in order */
    size_t n_history, history_room;
    struct kept pending[PENDING_MAX];
    size_t n_pending;
    json_t *lines;    /* key → line, in order */
    bool feeding;     /* what a new player says until it has all is of no interest */
    char state[12];   /* of the transport */
    json_int_t place; /* while it pauses: the step that comes next, counted through all loops */
};

/* Commands whose effect the next status tells; until then their lines are kept. */
static const char *const told[] = {"bpm", "swing", "gate"};

struct resume *
resume_new(void)
{
    struct resume *resume = calloc(1, sizeof *resume);
    if (resume != NULL && (resume->lines = json_object()) == NULL) {
        free(resume);
        return NULL;
    }
    return resume;
}

static struct kept
take_out(struct kept *list, size_t *count, size_t place)
{
    struct kept kept = list[place];
    --*count;
    memmove(&list[place], &list[place + 1], (*count - place) * sizeof *list);
    return kept;
}

static void
drop(struct kept *list, size_t *count, size_t place)
{
    struct kept kept = take_out(list, count, place);
    od_buf_clear(&kept.bytes);
    json_decref(kept.names);
}

void
resume_free(struct resume *resume)
{
    if (resume == NULL) {
        return;
    }
    while (resume->n_history) {
        drop(resume->history, &resume->n_history, 0);
    }
    while (resume->n_pending) {
        drop(resume->pending, &resume->n_pending, 0);
    }
    json_decref(resume->lines);
    free(resume->history);
    free(resume);
}

void
resume_line(struct resume *resume, const char *key, const char *line)
{
    json_object_del(resume->lines, key);
    json_object_set_new(resume->lines, key, json_string(line));
}

char *
resume_track_key(const char *what, const char *id, const char *param)
{
    char *key;
    return asprintf(&key, "track %s %zu %s %s", what, strlen(id), id, param) < 0 ? NULL : key;
}

/* The track that a key is about, and the length of its id; NULL if it is about none. */
static const char *
track_of_key(const char *key, size_t *length)
{
    int at;
    return sscanf(key, "track %*s %zu%n", length, &at) == 1 ? key + at + 1 : NULL;
}

/* "set TRACK PARAM VALUE", "mute TRACK on": `last` is the value, a word as it is. */
static void
keep_track_line(struct resume *resume, const char *what, const char *id, const char *param,
                const char *last)
{
    struct od_buf line = {0};
    char *key = resume_track_key(what, id, param);
    od_buf_printf(&line, "%s ", what);
    od_buf_json_string(&line, id);
    od_buf_append(&line, " ", 1);
    if (*param != '\0') {
        od_buf_json_string(&line, param);
        od_buf_append(&line, " ", 1);
    }
    if (last != NULL && key != NULL && od_buf_append(&line, last, strlen(last) + 1)) {
        resume_line(resume, key, (const char *)line.data);
    }
    od_buf_clear(&line);
    free(key);
}

static void
keep_switches(struct resume *resume, const char *what, const json_t *states)
{
    const char *id;
    json_t *on;
    json_object_foreach((json_t *)(uintptr_t)states, id, on)
    {
        keep_track_line(resume, what, id, "", json_is_true(on) ? "on" : "off");
    }
}

/* What was reset: of a track, or all; a parameter, or all. */
static void
forget_lines(struct resume *resume, const char *track, const char *param)
{
    static const char *const switches[] = {"mute", "solo"};
    void *next;
    const char *key;
    json_t *value;
    json_object_foreach_safe(resume->lines, next, key, value)
    {
        size_t length;
        const char *id = track_of_key(key, &length);
        bool of_track = id != NULL && track != NULL && strlen(track) == length &&
                        memcmp(id, track, length) == 0;
        bool of_all = track == NULL && strcmp(key, "midi-port") != 0;
        if ((of_track && param == NULL) || of_all) {
            json_object_del(resume->lines, key);
        }
    }
    for (size_t i = 0; track != NULL && param != NULL && i < 3; i++) {
        bool is_switch = i < 2 && strcmp(param, switches[i]) == 0;
        char *one = i < 2 ? resume_track_key(switches[i], track, "")
                          : resume_track_key("set", track, param);
        if (one != NULL && (is_switch || i == 2)) {
            json_object_del(resume->lines, one);
        }
        free(one);
    }
}

void
resume_made(struct resume *resume, const json_t *event)
{
    const char *command = json_string_value(json_object_get(event, "command"));
    const char *track = json_string_value(json_object_get(event, "track"));
    const json_t *number = json_object_get(event, "value");
    const char *param;
    json_t *value;
    keep_switches(resume, "mute", json_object_get(event, "muted"));
    keep_switches(resume, "solo", json_object_get(event, "solo"));
    json_object_foreach(json_object_get(event, "values"), param, value)
    {
        char *last = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
        if (track != NULL) {
            keep_track_line(resume, "set", track, param, last);
        }
        free(last);
    }
    if (command != NULL && strcmp(command, "reset") == 0) {
        forget_lines(resume, track, json_string_value(json_object_get(event, "param")));
    }
    if (command != NULL && json_is_number(number)) {
        char line[64];
        command = strcmp(command, "tap") == 0 ? "bpm" : command;
        snprintf(line, sizeof line, "%.16s %.17g", command, json_number_value(number));
        resume_line(resume, command, line);
    }
}

/* The keys of what holds on over a session or scene: see `kept` in oiduna-control(7). */
static json_t *
keys_of(const json_t *kept)
{
    json_t *keys = json_object();
    const json_t *one;
    size_t i;
    json_array_foreach(kept, i, one)
    {
        const char *track = json_string_value(json_object_get(one, "track"));
        const char *what = json_string_value(json_object_get(one, "what"));
        const char *param = json_string_value(json_object_get(one, "param"));
        char *key = track != NULL && what != NULL
                        ? resume_track_key(what, track, param != NULL ? param : "")
                        : NULL;
        if (key != NULL) {
            json_object_set_new(keys, key, json_true());
        }
        free(key);
    }
    return keys;
}

/* All of tracks but those of `kept`. */
static void
forget_track_lines(struct resume *resume, const json_t *kept)
{
    json_t *keys = keys_of(kept);
    void *next;
    const char *key;
    json_t *value;
    size_t length;
    json_object_foreach_safe(resume->lines, next, key, value)
    {
        if (track_of_key(key, &length) != NULL && json_object_get(keys, key) == NULL) {
            json_object_del(resume->lines, key);
        }
    }
    json_decref(keys);
}

static size_t
find_pending(const struct resume *resume, json_int_t change)
{
    size_t place = 0;
    while (place < resume->n_pending && resume->pending[place].change != change) {
        place++;
    }
    return place;
}

/* True if all that an exclusive apply brings is brought by a later one, too. */
static bool
is_covered(const struct kept *kept, const json_t *names)
{
    const json_t *mine = json_object_get(kept->names, "brings");
    const json_t *later = json_object_get(names, "brings");
    const char *id;
    json_t *value;
    if (!kept->is_score || json_object_size(mine) == 0) {
        return false;
    }
    json_object_foreach((json_t *)(uintptr_t)mine, id, value)
    {
        if (json_object_get(later, id) == NULL) {
            return false;
        }
    }
    return true;
}

/* The first is the session that all others change. */
static void
drop_covered(struct resume *resume, const json_t *names)
{
    for (size_t i = resume->n_history; i-- > 1;) {
        if (is_covered(&resume->history[i], names)) {
            drop(resume->history, &resume->n_history, i);
        }
    }
}

/* Takes `kept`. */
static void
add_history(struct resume *resume, struct kept kept)
{
    if (resume->n_history == resume->history_room) {
        size_t room = resume->history_room ? 2 * resume->history_room : 16;
        struct kept *more = realloc(resume->history, room * sizeof *more);
        if (more == NULL) {
            od_buf_clear(&kept.bytes);
            json_decref(kept.names);
            return;
        }
        resume->history = more;
        resume->history_room = room;
    }
    resume->history[resume->n_history++] = kept;
}

bool
resume_has_room(const struct resume *resume, const json_t *names, size_t length)
{
    if (json_object_size(json_object_get(names, "brings")) == 0) {
        return true; /* it takes the place of all */
    }
    size_t bytes = length;
    for (size_t i = 0; i < resume->n_history; i++) {
        bytes += resume->history[i].bytes.length;
    }
    return resume->n_history < HISTORY_MAX && bytes <= HISTORY_BYTES;
}

json_int_t
resume_waiting_with(const struct resume *resume, const char *kind, const char *name)
{
    for (size_t i = resume->n_pending; i-- > 0;) {
        const struct kept *kept = &resume->pending[i];
        if (json_object_get(json_object_get(kept->names, kind), name) != NULL) {
            return kept->change;
        }
    }
    return 0;
}

static void
came_into_force(struct resume *resume, json_int_t change, bool merged)
{
    size_t place = find_pending(resume, change);
    if (place == resume->n_pending) {
        return;
    }
    if (!resume->pending[place].is_score) {
        drop(resume->pending, &resume->n_pending, place);
        return;
    }
    struct kept kept = take_out(resume->pending, &resume->n_pending, place);
    while (!merged && resume->n_history) {
        drop(resume->history, &resume->n_history, 0);
    }
    if (merged) {
        drop_covered(resume, kept.names);
    }
    add_history(resume, kept);
}

static struct kept *
add_pending(struct resume *resume, json_int_t change)
{
    if (resume->n_pending == PENDING_MAX) {
        drop(resume->pending, &resume->n_pending, 0);
    }
    struct kept *kept = &resume->pending[resume->n_pending++];
    *kept = (struct kept){.change = change};
    return kept;
}

void
resume_score(struct resume *resume, json_int_t change, const char *timing, struct od_buf *score,
             json_t *names)
{
    struct kept *kept = add_pending(resume, change);
    kept->is_score = true;
    kept->numbers = 1;
    kept->bytes = *score;
    *score = (struct od_buf){0};
    kept->names = json_incref(names);
    if (timing != NULL) {
        strncpy(kept->timing, timing, sizeof kept->timing - 1);
    }
    for (size_t i = 0; i < SEEN_MAX && i < resume->n_seen; i++) {
        if (resume->seen[i].change == change) {
            came_into_force(resume, change, resume->seen[i].merged);
        }
    }
}

void
resume_waits(struct resume *resume, json_int_t change, const char *line)
{
    od_buf_printf(&add_pending(resume, change)->bytes, "%s\n", line);
}

static void
drop_lines(struct resume *resume, bool of_scenes, bool of_song)
{
    for (size_t i = resume->n_history; i-- > 0;) {
        const struct kept *kept = &resume->history[i];
        if (!kept->is_score && (kept->is_song ? of_song : of_scenes)) {
            drop(resume->history, &resume->n_history, i);
        }
    }
}

static bool
has_song(const struct resume *resume)
{
    bool has = false;
    for (size_t i = 0; i < resume->n_history; i++) {
        has = has || resume->history[i].is_song;
    }
    return has;
}

/* The scene plays, or none; which played before is of no interest any more, but for the tempo of a
 * song that goes on below one that has none. Of a song none is a word, too: it is left. */
static void
keep_scene(struct resume *resume, const char *scene)
{
    struct kept kept = {.numbers = 1};
    bool said = scene != NULL || has_song(resume);
    drop_lines(resume, true, false);
    od_buf_printf(&kept.bytes, "scene ");
    od_buf_json_string(&kept.bytes, scene != NULL ? scene : "-");
    if (said && resume->n_history && od_buf_printf(&kept.bytes, " now\n")) {
        add_history(resume, kept);
    } else {
        od_buf_clear(&kept.bytes);
    }
}

/* An entry of the song plays, under the environment of the same or an earlier one. */
static void
keep_entry(struct resume *resume, const json_t *event)
{
    struct kept kept = {.is_song = true, .numbers = 1};
    json_int_t entry = json_integer_value(json_object_get(event, "entry"));
    json_int_t pass = json_integer_value(json_object_get(event, "pass"));
    const json_t *environment = json_object_get(event, "environment");
    bool another = json_is_integer(environment) && json_integer_value(environment) != entry;
    drop_lines(resume, json_is_integer(environment), true);
    if (another) {
        od_buf_printf(&kept.bytes, "song on %" JSON_INTEGER_FORMAT "\n",
                      json_integer_value(environment));
        kept.numbers++;
    }
    if (resume->n_history &&
        od_buf_printf(&kept.bytes, "song on %" JSON_INTEGER_FORMAT " %" JSON_INTEGER_FORMAT "\n",
                      entry, pass)) {
        add_history(resume, kept);
    } else {
        od_buf_clear(&kept.bytes);
    }
}

static void
applied(struct resume *resume, const json_t *event)
{
    const char *what = json_string_value(json_object_get(event, "what"));
    const char *scene = json_string_value(json_object_get(event, "scene"));
    struct seen seen = {json_integer_value(json_object_get(event, "change")),
                        what != NULL && strcmp(what, "tracks") == 0};
    forget_track_lines(resume, json_object_get(event, "kept"));
    resume->seen[resume->n_seen++ % SEEN_MAX] = seen;
    came_into_force(resume, seen.change, seen.merged);
    if (json_object_get(event, "entry") != NULL) {
        keep_entry(resume, event);
    } else if (what != NULL && strcmp(what, "scene") == 0) {
        keep_scene(resume, scene);
    }
}

static void
cancelled(struct resume *resume, const json_t *changes)
{
    const json_t *change;
    size_t i;
    json_array_foreach(changes, i, change)
    {
        for (size_t k = resume->n_pending; k-- > 0;) {
            if (resume->pending[k].change == json_integer_value(change)) {
                drop(resume->pending, &resume->n_pending, k);
            }
        }
    }
}

static json_int_t
step_of(const json_t *place)
{
    return json_integer_value(json_object_get(place, "loop")) * OD_STEPS +
           json_integer_value(json_object_get(place, "step"));
}

/* A pause answers with the step that comes next; a status knows the last one only. */
static void
answered(struct resume *resume, const json_t *event)
{
    const char *command = json_string_value(json_object_get(event, "command"));
    if (command != NULL && strcmp(command, "pause") == 0) {
        resume->place = step_of(json_object_get(event, "applies_at"));
    }
    cancelled(resume, json_object_get(event, "cancelled"));
}

static void
take_state(struct resume *resume, const json_t *status)
{
    const char *state = json_string_value(json_object_get(status, "state"));
    if (state != NULL && strcmp(state, "paused") == 0 && strcmp(resume->state, state) != 0) {
        resume->place = step_of(json_object_get(status, "position")) + 1;
    }
    snprintf(resume->state, sizeof resume->state, "%s", state != NULL ? state : "stopped");
}

/* Of what it is told first only the end is news, and what did not have to wait any more. */
static void
fed(struct resume *resume, const char *name, const json_t *event)
{
    const char *word = json_string_value(json_object_get(event, "word"));
    if (strcmp(name, "applied") == 0 &&
        find_pending(resume, json_integer_value(json_object_get(event, "change"))) <
            resume->n_pending) {
        applied(resume, event);
    } else if (strcmp(name, "ok") == 0 && word != NULL && strcmp(word, FED_WORD) == 0) {
        resume->feeding = false;
    }
}

static bool
waits(const json_t *pending, json_int_t change)
{
    size_t i;
    const json_t *one;
    json_array_foreach(pending, i, one)
    {
        if (json_integer_value(json_object_get(one, "change")) == change) {
            return true;
        }
    }
    return false;
}

/* What a later change took the place of is not told by name: it waits no more. */
static void
forget_replaced(struct resume *resume, const json_t *pending)
{
    for (size_t i = resume->n_pending; i-- > 0;) {
        if (!waits(pending, resume->pending[i].change)) {
            drop(resume->pending, &resume->n_pending, i);
        }
    }
}

void
resume_event(struct resume *resume, const char *name, const json_t *event)
{
    if (resume->feeding) {
        fed(resume, name, event);
    } else if (strcmp(name, "applied") == 0) {
        applied(resume, event);
    } else if (strcmp(name, "ok") == 0) {
        answered(resume, event);
    } else if (strcmp(name, "status") == 0) {
        take_state(resume, event);
        forget_replaced(resume, json_object_get(event, "pending"));
        for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
            json_object_del(resume->lines, told[i]);
        }
    }
}

bool
resume_is_feeding(const struct resume *resume)
{
    return resume->feeding;
}

bool
resume_has_score(const struct resume *resume)
{
    return resume->n_history > 0;
}

/* Both run on one machine, whose wall clock may be set meanwhile. */
void
resume_options(const struct resume *resume, const struct model *model, struct od_buf *args)
{
    const json_t *anchor = json_object_get(model_last(model, "status"), "anchor_ns");
    od_buf_append(args, "--paused", sizeof "--paused");
    if (strcmp(resume->state, "playing") == 0 && json_is_integer(anchor)) {
        od_buf_printf(args, "--start-at=ns:%" JSON_INTEGER_FORMAT, json_integer_value(anchor));
        od_buf_append(args, "", 1);
    }
}

static void
feed_kept(struct child *child, const struct kept *kept, const char *timing)
{
    struct od_buf line = {0};
    if (timing != NULL && *timing && od_buf_printf(&line, "apply %s\n", timing)) {
        child_feed(child, line.data, line.length);
    }
    od_buf_clear(&line);
    child_feed(child, kept->bytes.data, kept->bytes.length);
}

static bool
is_told(const char *key)
{
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        if (strcmp(key, told[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A scene brings a tempo of its own: the environment comes after all else. */
static void
feed_lines(const struct resume *resume, struct child *child, bool environment)
{
    json_t *line;
    const char *key;
    json_object_foreach(resume->lines, key, line)
    {
        if (is_told(key) == environment) {
            child_feed(child, json_string_value(line), json_string_length(line));
            child_feed(child, "\n", 1);
        }
    }
}

static void
feed_environment(const struct model *model, struct child *child)
{
    static const char *const names[][2] = {
        {"bpm", "bpm"}, {"swing", "swing"}, {"default_gate", "gate"}};
    const json_t *status = model_last(model, "status");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *value = json_object_get(status, names[i][0]);
        struct od_buf line = {0};
        if (json_is_number(value) &&
            od_buf_printf(&line, "%s %.17g\n", names[i][1], json_number_value(value))) {
            child_feed(child, line.data, line.length);
        }
        od_buf_clear(&line);
    }
}

/* Where what plays began, and the step that comes next: what the tempo map and the passes count
 * from. */
static void
feed_place(const struct resume *resume, const json_t *status, struct child *child)
{
    struct od_buf line = {0};
    const json_t *top = json_object_get(status, "top");
    json_int_t last = step_of(json_object_get(status, "position"));
    json_int_t next = strcmp(resume->state, "paused") == 0 ? resume->place
                      : last > 0                           ? last + 1
                                                           : 0;
    if (strcmp(resume->state, "stopped") != 0 && json_is_integer(top) &&
        json_integer_value(top) <= next &&
        od_buf_printf(&line, "place %" JSON_INTEGER_FORMAT " %" JSON_INTEGER_FORMAT "\n", next,
                      json_integer_value(top))) {
        child_feed(child, line.data, line.length);
    }
    od_buf_clear(&line);
}

/* The song was left: what plays of it goes on, but nothing follows. */
static void
feed_song(const json_t *status, struct child *child)
{
    const json_t *on = json_object_get(json_object_get(status, "song"), "on");
    if (json_is_false(on)) {
        child_feed(child, "song off\n", strlen("song off\n"));
    }
}

static void
feed_transport(const struct resume *resume, struct child *child)
{
    struct od_buf line = {0};
    if (strcmp(resume->state, "playing") == 0) {
        od_buf_printf(&line, "start\n");
    } else if (strcmp(resume->state, "paused") == 0) {
        od_buf_printf(&line, "pause %" JSON_INTEGER_FORMAT " %" JSON_INTEGER_FORMAT "\n",
                      resume->place % OD_STEPS, resume->place / OD_STEPS);
    }
    child_feed(child, line.data, line.length);
    od_buf_clear(&line);
}

static void
feed_pending(struct kept *kept, struct child *child, json_int_t number)
{
    kept->change = number;
    feed_kept(child, kept, kept->timing);
}

void
resume_feed(struct resume *resume, const struct model *model, struct child *child)
{
    const json_t *status = model_last(model, "status");
    json_int_t number = 0; /* a new player numbers anew */

    resume->n_seen = 0;
    /* Nobody but us can know that the dead one left notes on. */
    child_feed(child, "midi-panic\n", strlen("midi-panic\n"));
    for (size_t i = 0; i < resume->n_history; i++) {
        if (i > 0 && resume->history[i - 1].is_score && !resume->history[i].is_score) {
            feed_lines(resume, child, false); /* of tracks that the scene has not, too */
        }
        feed_kept(child, &resume->history[i], resume->history[i].is_score ? "now" : NULL);
        number += resume->history[i].numbers;
    }
    feed_song(status, child);
    feed_lines(resume, child, false);
    feed_place(resume, status, child);
    feed_environment(model, child);
    feed_lines(resume, child, true);
    feed_transport(resume, child);
    for (size_t i = 0; i < resume->n_pending; i++) {
        feed_pending(&resume->pending[i], child, ++number);
    }
    child_feed(child, "ping " FED_WORD "\n", sizeof "ping " FED_WORD);
    resume->feeding = true;
}
