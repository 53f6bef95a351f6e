#include "resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

/* Exclusive applies build on each other; more than so many are not replayed, the oldest goes. */
#define SCORES_MAX  ((size_t)16)
#define PENDING_MAX ((size_t)4)
#define SEEN_MAX    ((size_t)8)
#define FED_WORD    "resumed"

/* A change that came into force or waits to: a score, or the line that asks for a scene. */
struct kept {
    json_int_t change;
    bool is_score;
    char timing[8]; /* of a score */
    struct od_buf bytes;
};

struct seen {
    json_int_t change;
    bool merged;
};

struct od_resume {
    struct seen seen[SEEN_MAX]; /* applied: the news may come before the answer with the number */
    size_t n_seen;              /* in all */
    struct kept scores[SCORES_MAX]; /* in force: one, then what was merged into it */
    size_t n_scores;
    struct kept pending[PENDING_MAX];
    size_t n_pending;
    json_t *lines;    /* key → line, in order */
    bool feeding;     /* what a new player says until it has all is of no interest */
    char state[12];   /* of the transport */
    json_int_t place; /* while it pauses: the step that comes next, counted through all loops */
};

/* Commands whose effect the next status tells; until then their lines are kept. */
static const char *const told[] = {"bpm", "swing", "gate"};

struct od_resume *
od_resume_new(void)
{
    struct od_resume *resume = calloc(1, sizeof *resume);

    if (resume && !(resume->lines = json_object())) {
        free(resume);
        return NULL;
    }
    return resume;
}

static void
drop(struct kept *list, size_t *count, size_t place)
{
    od_buf_clear(&list[place].bytes);
    --*count;
    memmove(&list[place], &list[place + 1], (*count - place) * sizeof *list);
}

void
od_resume_free(struct od_resume *resume)
{
    if (!resume) {
        return;
    }
    while (resume->n_scores) {
        drop(resume->scores, &resume->n_scores, 0);
    }
    while (resume->n_pending) {
        drop(resume->pending, &resume->n_pending, 0);
    }
    json_decref(resume->lines);
    free(resume);
}

void
od_resume_line(struct od_resume *resume, const char *key, const char *line)
{
    json_object_del(resume->lines, key);
    json_object_set_new(resume->lines, key, json_string(line));
}

static size_t
find_pending(const struct od_resume *resume, json_int_t change)
{
    size_t place = 0;

    while (place < resume->n_pending && resume->pending[place].change != change) {
        place++;
    }
    return place;
}

static void
came_into_force(struct od_resume *resume, json_int_t change, bool merged)
{
    size_t place = find_pending(resume, change);

    if (place == resume->n_pending) {
        return;
    }
    if (!resume->pending[place].is_score) {
        drop(resume->pending, &resume->n_pending, place);
        return;
    }
    while (resume->n_scores && (!merged || resume->n_scores == SCORES_MAX)) {
        drop(resume->scores, &resume->n_scores, 0);
    }
    resume->scores[resume->n_scores++] = resume->pending[place];
    resume->n_pending--;
    memmove(&resume->pending[place], &resume->pending[place + 1],
            (resume->n_pending - place) * sizeof *resume->pending);
}

static struct kept *
add_pending(struct od_resume *resume, json_int_t change)
{
    struct kept *kept;

    if (resume->n_pending == PENDING_MAX) {
        drop(resume->pending, &resume->n_pending, 0);
    }
    kept = &resume->pending[resume->n_pending++];
    *kept = (struct kept){.change = change};
    return kept;
}

void
od_resume_score(struct od_resume *resume, json_int_t change, const char *timing,
                struct od_buf *score)
{
    struct kept *kept = add_pending(resume, change);

    kept->is_score = true;
    kept->bytes = *score;
    *score = (struct od_buf){0};
    if (timing) {
        strncpy(kept->timing, timing, sizeof kept->timing - 1);
    }
    for (size_t i = 0; i < SEEN_MAX && i < resume->n_seen; i++) {
        if (resume->seen[i].change == change) {
            came_into_force(resume, change, resume->seen[i].merged);
        }
    }
}

void
od_resume_waits(struct od_resume *resume, json_int_t change, const char *line)
{
    od_buf_printf(&add_pending(resume, change)->bytes, "%s\n", line);
}

static void
forget_track_lines(struct od_resume *resume)
{
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(resume->lines, next, key, value)
    {
        if (strncmp(key, "track ", 6) == 0) {
            json_object_del(resume->lines, key);
        }
    }
}

static void
keep_scene(struct od_resume *resume, const char *scene)
{
    struct od_buf line = {0};

    od_buf_printf(&line, "scene ");
    od_buf_json_string(&line, scene);
    od_buf_printf(&line, " now");
    if (od_buf_append(&line, "", 1)) {
        od_resume_line(resume, "scene", (const char *)line.data);
    }
    od_buf_clear(&line);
}

static void
applied(struct od_resume *resume, const json_t *event)
{
    const char *what = json_string_value(json_object_get(event, "what"));
    const char *scene = json_string_value(json_object_get(event, "scene"));
    struct seen seen = {json_integer_value(json_object_get(event, "change")),
                        what && strcmp(what, "tracks") == 0};

    forget_track_lines(resume);
    json_object_del(resume->lines, "scene");
    resume->seen[resume->n_seen++ % SEEN_MAX] = seen;
    came_into_force(resume, seen.change, seen.merged);
    if (scene && what && strcmp(what, "scene") == 0) {
        keep_scene(resume, scene);
    }
}

static void
cancelled(struct od_resume *resume, const json_t *changes)
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
answered(struct od_resume *resume, const json_t *event)
{
    const char *command = json_string_value(json_object_get(event, "command"));

    if (command && strcmp(command, "pause") == 0) {
        resume->place = step_of(json_object_get(event, "applies_at"));
    }
    cancelled(resume, json_object_get(event, "cancelled"));
}

static void
take_state(struct od_resume *resume, const json_t *status)
{
    const char *state = json_string_value(json_object_get(status, "state"));

    if (state && strcmp(state, "paused") == 0 && strcmp(resume->state, state) != 0) {
        resume->place = step_of(json_object_get(status, "position")) + 1;
    }
    snprintf(resume->state, sizeof resume->state, "%s", state ? state : "stopped");
}

/* Of what it is told first only the end is news, and what did not have to wait any more. */
static void
fed(struct od_resume *resume, const char *name, const json_t *event)
{
    const char *word = json_string_value(json_object_get(event, "word"));

    if (strcmp(name, "applied") == 0 &&
        find_pending(resume, json_integer_value(json_object_get(event, "change"))) <
            resume->n_pending) {
        applied(resume, event);
    } else if (strcmp(name, "ok") == 0 && word && strcmp(word, FED_WORD) == 0) {
        resume->feeding = false;
    }
}

static bool
waits(const json_t *pending, json_int_t change)
{
    const json_t *one;
    size_t i;

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
forget_replaced(struct od_resume *resume, const json_t *pending)
{
    for (size_t i = resume->n_pending; i-- > 0;) {
        if (!waits(pending, resume->pending[i].change)) {
            drop(resume->pending, &resume->n_pending, i);
        }
    }
}

void
od_resume_event(struct od_resume *resume, const char *name, const json_t *event)
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
od_resume_is_feeding(const struct od_resume *resume)
{
    return resume->feeding;
}

bool
od_resume_has_score(const struct od_resume *resume)
{
    return resume->n_scores > 0;
}

void
od_resume_options(const struct od_resume *resume, const struct od_model *model, struct od_buf *args)
{
    const json_t *anchor = json_object_get(od_model_last(model, "status"), "anchor");

    od_buf_append(args, "--paused", sizeof "--paused");
    if (strcmp(resume->state, "playing") == 0 && json_is_number(anchor)) {
        od_buf_printf(args, "--start-at=%.9f", json_number_value(anchor));
        od_buf_append(args, "", 1);
    }
}

static void
feed_kept(struct od_child *child, const struct kept *kept, const char *timing)
{
    struct od_buf line = {0};

    if (timing && *timing && od_buf_printf(&line, "apply %s\n", timing)) {
        od_child_feed(child, line.data, line.length);
    }
    od_buf_clear(&line);
    od_child_feed(child, kept->bytes.data, kept->bytes.length);
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
feed_lines(const struct od_resume *resume, struct od_child *child, bool environment)
{
    const char *key;
    json_t *line;

    json_object_foreach(resume->lines, key, line)
    {
        if (is_told(key) == environment) {
            od_child_feed(child, json_string_value(line), json_string_length(line));
            od_child_feed(child, "\n", 1);
        }
    }
}

static void
feed_environment(const struct od_model *model, struct od_child *child)
{
    static const char *const names[][2] = {
        {"bpm", "bpm"}, {"swing", "swing"}, {"default_gate", "gate"}};
    const json_t *status = od_model_last(model, "status");

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *value = json_object_get(status, names[i][0]);
        struct od_buf line = {0};

        if (json_is_number(value) &&
            od_buf_printf(&line, "%s %.17g\n", names[i][1], json_number_value(value))) {
            od_child_feed(child, line.data, line.length);
        }
        od_buf_clear(&line);
    }
}

static void
feed_transport(const struct od_resume *resume, struct od_child *child)
{
    struct od_buf line = {0};

    if (strcmp(resume->state, "playing") == 0) {
        od_buf_printf(&line, "start\n");
    } else if (strcmp(resume->state, "paused") == 0) {
        od_buf_printf(&line, "pause %" JSON_INTEGER_FORMAT " %" JSON_INTEGER_FORMAT "\n",
                      resume->place % OD_STEPS, resume->place / OD_STEPS);
    }
    od_child_feed(child, line.data, line.length);
    od_buf_clear(&line);
}

void
od_resume_feed(struct od_resume *resume, const struct od_model *model, struct od_child *child)
{
    /* A new player numbers anew: each score, and the scene. */
    json_int_t number =
        (json_int_t)resume->n_scores + (json_object_get(resume->lines, "scene") != NULL);

    resume->n_seen = 0;
    /* Nobody but us can know that the dead one left notes on. */
    od_child_feed(child, "midi-panic\n", strlen("midi-panic\n"));
    for (size_t i = 0; i < resume->n_scores; i++) {
        feed_kept(child, &resume->scores[i], "now");
    }
    feed_lines(resume, child, false);
    feed_environment(model, child);
    feed_lines(resume, child, true);
    feed_transport(resume, child);
    for (size_t i = 0; i < resume->n_pending; i++) {
        resume->pending[i].change = ++number;
        feed_kept(child, &resume->pending[i], resume->pending[i].timing);
    }
    od_child_feed(child, "ping " FED_WORD "\n", sizeof "ping " FED_WORD);
    resume->feeding = true;
}
