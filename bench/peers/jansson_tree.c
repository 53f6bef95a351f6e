/*
 * What one would write first: the whole session as a tree, then a walk that copies what is needed.
 * Reads a length and that many bytes of session text, then lines "TIMES"; loads the text so often,
 * prints nanoseconds. It checks less than oiduna does and makes no messages.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct event {
    int step, note;
    double velocity, gate;
};

/* Events grouped by step, as a player would want them. */
struct loop {
    struct event *events[256];
    size_t n[256], capacity[256];
};

static void
add(struct loop *loop, const json_t *json)
{
    struct event event = {
        .step = (int)json_integer_value(json_object_get(json, "step")) & 255,
        .note = (int)json_integer_value(json_object_get(json, "note")),
        .velocity = json_number_value(json_object_get(json, "velocity")),
        .gate = json_number_value(json_object_get(json, "gate")),
    };
    size_t *capacity = &loop->capacity[event.step];
    if (loop->n[event.step] == *capacity) {
        *capacity = *capacity > 0 ? *capacity * 2 : 16;
        struct event *more = realloc(loop->events[event.step], *capacity * sizeof *more);
        if (more == NULL) {
            abort();
        }
        loop->events[event.step] = more;
    }
    loop->events[event.step][loop->n[event.step]++] = event;
}

static size_t
load(const char *text, size_t length)
{
    struct loop loop = {.n = {0}};
    const char *key;
    json_t *sequence;
    size_t total = 0;
    json_t *session = json_loadb(text, length, 0, NULL);
    json_object_foreach(json_object_get(session, "sequences"), key, sequence)
    {
        size_t i;
        json_t *event;
        json_array_foreach(json_object_get(sequence, "events"), i, event)
        {
            add(&loop, event);
        }
    }
    json_decref(session);
    for (int step = 0; step < 256; step++) {
        total += loop.n[step];
        free(loop.events[step]);
    }
    return total;
}

static long long
now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int
main(void)
{
    char line[64];
    size_t total = 0;
    size_t length = fgets(line, sizeof line, stdin) != NULL ? strtoul(line, NULL, 10) : 0;
    if (length == 0 || length > (size_t)1 << 30) {
        return 65;
    }
    char *text = malloc(length + 1);
    if (text == NULL || fread(text, 1, length, stdin) != length) {
        free(text);
        return 65;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t times = strtoul(line, NULL, 10);
        long long start = now();
        for (size_t i = 0; i < times; i++) {
            total += load(text, length);
        }
        printf("%lld\n", now() - start);
        fflush(stdout);
    }
    free(text);
    return total > 0 ? 0 : 65;
}
