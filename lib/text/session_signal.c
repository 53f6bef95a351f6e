#include <math.h>
#include <string.h>

#include "text/session_read.h"

/* What a modulation says, before it is known which of it counts. */
struct modulation {
    size_t n;        /* numbers of `signal` */
    size_t n_points; /* of `points` */
    bool has_signal, has_points, has_length, failed;
    int length;
    size_t signal_at, points_at, length_at;
};

/* The first value too large or small is warned about and all are clamped. */
static double
clamp_value(struct od_reader *reader, double value, bool *warned)
{
    if (value >= -1 && value <= 1) {
        return value;
    }
    if (!*warned) {
        od_read_warn(reader, "range", "a signal is -1..1, found %g: it is clamped", value);
    }
    *warned = true;
    return value < -1 ? -1 : 1;
}

/* Reads numbers up to the end of the array; how many there were. */
static size_t
read_values(struct od_reader *reader)
{
    size_t n = 0;
    bool warned = false;
    double value;
    while (od_json_element(&reader->json)) {
        if (!od_read_number(reader, &value)) {
            value = 0;
        }
        value = clamp_value(reader, value, &warned);
        if (n < OD_LENGTH_MAX) {
            reader->signal[n] = value;
        }
        n++;
    }
    return n;
}

static bool
is_signal(const double *values, size_t n)
{
    double least = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    return least >= -1 && most <= 1;
}

/* Most signals have nothing to say about; they are read the fast way. */
static bool
read_plain(struct od_reader *reader, struct modulation *modulation)
{
    const char *start = reader->json.at;
    modulation->n = od_json_plain_array(&reader->json, reader->signal, OD_LENGTH_MAX);
    if (modulation->n > 0 && is_signal(reader->signal, modulation->n)) {
        return true;
    }
    reader->json.at = start;
    return false;
}

static void
read_signal(struct od_reader *reader, struct modulation *modulation)
{
    modulation->has_signal = true;
    modulation->signal_at = (size_t)(reader->json.at - reader->json.start);
    if (read_plain(reader, modulation)) {
        return;
    }
    if (!od_read_enter_array(reader)) {
        modulation->failed = true;
        return;
    }
    modulation->n = read_values(reader);
    if (modulation->n == 0 || modulation->n > OD_LENGTH_MAX) {
        od_read_diag(reader, OD_ERROR, modulation->signal_at, "signal-length",
                     "a signal has 1..%d numbers, one for each step, found %zu", OD_LENGTH_MAX,
                     modulation->n);
        modulation->failed = true;
    }
}

/* ---- points ---- */

/* They wait in reader->signal, two numbers each: no step comes twice, and there is room for all
 * steps but the last value's twin. */
struct points {
    double last; /* step of the one before; -1: there is none */
    bool warned, failed;
};

static bool
read_pair(struct od_reader *reader, double pair[2])
{
    struct od_json *json = &reader->json;
    size_t n = 0;
    bool ok = od_read_enter_array(reader);
    if (!ok) {
        return false;
    }
    size_t at = od_json_offset(json);
    while (od_json_element(json)) {
        double value;
        if (n >= 2) {
            od_json_skip(json);
        } else if (od_read_number(reader, &value)) {
            pair[n] = value;
        } else {
            ok = false;
        }
        n++;
    }
    if (n != 2 && ok) {
        od_read_diag(reader, OD_ERROR, at, "type", "a point is [step, value], found %zu number%s",
                     n, n == 1 ? "" : "s");
    }
    return ok && n == 2;
}

static void
read_point(struct od_reader *reader, struct points *points, size_t *n)
{
    double pair[2] = {0, 0};
    size_t at = (size_t)(reader->json.at - reader->json.start);
    if (!read_pair(reader, pair)) {
        points->failed = true;
        return;
    }
    if (pair[0] != trunc(pair[0]) || pair[0] < 0 || pair[0] > OD_LENGTH_MAX) {
        od_read_diag(reader, OD_ERROR, at, "range",
                     "the step of a point must be an integer 0..%d, found %g", OD_LENGTH_MAX,
                     pair[0]);
        points->failed = true;
    } else if (pair[0] <= points->last) {
        od_read_diag(reader, OD_ERROR, at, "order",
                     "points stand in the order of their steps, each once: %g follows %g", pair[0],
                     points->last);
        points->failed = true;
    } else {
        points->last = pair[0];
        reader->points[2 * *n] = pair[0];
        reader->points[2 * *n + 1] = clamp_value(reader, pair[1], &points->warned);
        *n += 1;
    }
}

static void
read_points(struct od_reader *reader, struct modulation *modulation)
{
    struct points points = {.last = -1};
    modulation->has_points = true;
    modulation->points_at = (size_t)(reader->json.at - reader->json.start);
    if (!od_read_enter_array(reader)) {
        modulation->failed = true;
        return;
    }
    while (od_json_element(&reader->json)) {
        read_point(reader, &points, &modulation->n_points);
    }
    modulation->failed = modulation->failed || points.failed;
    if (modulation->n_points == 0 && !points.failed) {
        od_read_diag(reader, OD_ERROR, modulation->points_at, "missing",
                     "'points' needs at least one point");
        modulation->failed = true;
    }
}

/* The signal that points spell out: straight lines, the first and the last value held. */
static void
spell_out(const double *points, size_t n, int length, double *signal)
{
    size_t next = 0; /* the first point behind the step */
    for (int k = 0; k < length; k++) {
        while (next < n && points[2 * next] <= k) {
            next++;
        }
        if (next == 0 || next == n) {
            signal[k] = points[2 * (next == 0 ? 0 : n - 1) + 1];
            continue;
        }
        const double *from = points + 2 * (next - 1), *to = points + 2 * next;
        signal[k] = from[1] + (to[1] - from[1]) * (k - from[0]) / (to[0] - from[0]);
    }
}

/* ---- the whole ---- */

static void
read_length(struct od_reader *reader, struct modulation *modulation)
{
    modulation->has_length = true;
    modulation->length_at = (size_t)(reader->json.at - reader->json.start);
    if (!od_read_integer(reader, 1, OD_LENGTH_MAX, &modulation->length)) {
        modulation->failed = true;
    }
}

static bool
take_memory(struct od_reader *reader)
{
    if (reader->signal == NULL) {
        reader->signal = od_arena_array(&reader->scratch, OD_LENGTH_MAX, sizeof(double));
        reader->points = od_arena_array(&reader->scratch, 2 * (OD_LENGTH_MAX + 1), sizeof(double));
    }
    if (reader->signal == NULL || reader->points == NULL) {
        od_read_no_memory(reader);
        return false;
    }
    return true;
}

/* What is said twice, or of nothing. */
static void
check_modulation(struct od_reader *reader, struct modulation *modulation, size_t at)
{
    if (!modulation->has_signal && !modulation->has_points) {
        od_read_diag(reader, OD_ERROR, at, "missing", "a modulation needs a 'signal', or 'points'");
        modulation->failed = true;
    }
    if (modulation->has_signal && modulation->has_points) {
        od_read_diag(reader, OD_ERROR, modulation->points_at, "same-parameter",
                     "a modulation has 'signal' or 'points', not both");
        modulation->failed = true;
    }
    if (modulation->has_length && modulation->has_signal) {
        od_read_diag(reader, OD_WARNING, modulation->length_at, "ignored",
                     "'length' is of 'points': a signal is as long as it has numbers");
    }
    double last = modulation->n_points > 0 ? reader->points[2 * (modulation->n_points - 1)] : 0;
    if (modulation->has_points && !modulation->failed && last > modulation->length) {
        od_read_diag(reader, OD_ERROR, modulation->points_at, "range",
                     "a point stands at step %g, beyond the length of %d", last,
                     modulation->length);
        modulation->failed = true;
    }
}

static struct od_signal
keep_signal(struct od_reader *reader, size_t length)
{
    double *kept = od_arena_array(&reader->session->arena, length, sizeof *kept);
    if (kept == NULL) {
        od_read_no_memory(reader);
        return (struct od_signal){NULL, 0};
    }
    memcpy(kept, reader->signal, length * sizeof *kept);
    return (struct od_signal){kept, (uint32_t)length};
}

struct od_signal
od_read_modulation(struct od_reader *reader)
{
    enum {
        TARGET_PARAM,
        SIGNAL,
        POINTS,
        LENGTH
    };
    static const char *const names[] = {"target_param", "signal", "points", "length"};
    static const struct od_signal none;
    struct od_read_object object = {.names = names, .n_names = 4, .what = "a modulation"};
    struct modulation modulation = {.length = OD_STEPS};
    if (!take_memory(reader) || !od_read_enter_object(reader)) {
        return none;
    }
    size_t at = od_json_offset(&reader->json);
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        switch (field) {
        case SIGNAL:
            read_signal(reader, &modulation);
            break;
        case POINTS:
            read_points(reader, &modulation);
            break;
        case LENGTH:
            read_length(reader, &modulation);
            break;
        default:
            od_json_skip(&reader->json);
            break;
        }
    }
    check_modulation(reader, &modulation, at);
    if (modulation.failed || reader->json.broken) {
        return none;
    }
    if (modulation.has_points) {
        spell_out(reader->points, modulation.n_points, modulation.length, reader->signal);
        return keep_signal(reader, (size_t)modulation.length);
    }
    return keep_signal(reader, modulation.n);
}
