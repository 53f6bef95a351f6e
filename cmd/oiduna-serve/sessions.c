/* And POST /playback/session: compiled in the worker, handed to the player by the loop. */
#include "sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "body.h"
#include "change.h"
#include "child.h"
#include "handlers.h"
#include "reply.h"
#include "resume.h"
#include "score/compile.h"
#include "text/json.h"
#include "worker.h"
#include "world/clock.h"

#define INPUT_MAX ((size_t)4096) /* of the text that is shown again as "input" */

struct sessions {
    struct worker *compiler;
    struct session_counts counts;
};

struct sessions *
sessions_new(struct event_base *base)
{
    struct sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions != NULL && (sessions->compiler = worker_new(base, "compile")) == NULL) {
        free(sessions);
        return NULL;
    }
    return sessions;
}

void
sessions_free(struct sessions *sessions)
{
    if (sessions != NULL) {
        worker_free(sessions->compiler);
        free(sessions);
    }
}

const struct session_counts *
sessions_counts(const struct sessions *sessions)
{
    return &sessions->counts;
}

struct compile_job {
    struct job job; /* first: a job is its compile_job */
    struct app *app;
    struct request *request; /* NULL once it was answered */
    struct od_buf text;      /* the body */
    struct od_buf score;     /* what comes of it */
    size_t from, until;      /* the session in the text: all of it, or what "data" holds */
    char timing[8];          /* of the wrapper; "" = as the session says */
    json_t *errors, *warnings;
    char syntax[300]; /* why it is no JSON */
    bool no_memory;
    double seconds;
};

/* Where a wrapped session lies, and the wrapper's timing. */
struct wrapper {
    bool wrapped;
    size_t from, until;
    size_t timing_from, timing_until; /* equal: there is none */
};

static bool
is_word(const struct od_json_string *string, const char *word)
{
    return string->length == strlen(word) && memcmp(string->text, word, string->length) == 0;
}

/* Only a body whose "data" is an object is a wrapper: no session has such a key. */
static struct wrapper
find_wrapper(const struct od_buf *text)
{
    const struct od_source source = {.text = (const char *)text->data, .length = text->length};
    struct od_diag_list diags = {0};
    struct wrapper wrapper = {.until = text->length};
    struct od_arena arena = {0};
    struct od_json json;
    od_json_init(&json, &source, &diags, &arena);
    struct od_json_string key;
    if (od_json_peek(&json) == OD_JSON_OBJECT && od_json_enter(&json)) {
        while (od_json_key(&json, &key, NULL)) {
            enum od_json_type type = od_json_peek(&json);
            size_t from = od_json_offset(&json);
            od_json_skip(&json);
            if (is_word(&key, "data") && type == OD_JSON_OBJECT) {
                wrapper.wrapped = true;
                wrapper.from = from;
                wrapper.until = (size_t)(json.at - json.start);
            } else if (is_word(&key, "timing") && type != OD_JSON_NULL) {
                wrapper.timing_from = from;
                wrapper.timing_until = (size_t)(json.at - json.start);
            }
        }
    }
    if (json.broken || !od_json_finish(&json)) {
        wrapper = (struct wrapper){.until = text->length}; /* the compiler will say where */
    }
    od_diag_clear(&diags);
    od_arena_clear(&arena);
    return wrapper;
}

static void
read_timing(struct compile_job *job, const struct wrapper *wrapper)
{
    const char *at = (const char *)job->text.data + wrapper->timing_from;
    json_t *timing =
        json_loadb(at, wrapper->timing_until - wrapper->timing_from, JSON_DECODE_ANY, NULL);
    if (body_timing(timing, job->timing, sizeof job->timing)) {
        json_decref(timing);
        return;
    }
    json_array_append_new(
        job->errors, body_fault("value_error", "/timing",
                                "Input should be 'now', 'beat', 'bar', 'seq', a boundary or a step",
                                timing, (const char *)job->text.data, wrapper->timing_from));
}

/* The value that a finding is about, if it is short and no object or array. */
static json_t *
input_of(const struct compile_job *job, size_t offset)
{
    const char *at = (const char *)job->text.data + offset;
    size_t left = job->text.length - offset;
    if (left == 0 || *at == '{' || *at == '[') {
        return NULL;
    }
    return json_loadb(at, left < INPUT_MAX ? left : INPUT_MAX,
                      JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, NULL);
}

static json_t *
finding(const struct compile_job *job, const struct od_diag *diag)
{
    size_t offset = job->from + diag->offset;
    struct od_buf pointer = {0};
    if (job->from > 0) { /* wrapped: its pointers begin below "data" */
        od_buf_printf(&pointer, "/data");
    }
    od_buf_printf(&pointer, "%s", diag->pointer);
    od_buf_append(&pointer, "", 1);
    json_t *fault =
        body_fault(diag->code, pointer.failed ? "" : (const char *)pointer.data, diag->message,
                   input_of(job, offset), (const char *)job->text.data, offset);
    od_buf_clear(&pointer);
    json_object_set_new(fault, "severity",
                        json_string(diag->severity == OD_ERROR ? "error" : "warning"));
    return fault;
}

/* What is no JSON at all is a 400 with its place; everything else is a 422. */
static bool
is_syntax(const char *code)
{
    return strcmp(code, "syntax") == 0 || strcmp(code, "utf-8") == 0 ||
           strcmp(code, "too-deep") == 0 || strcmp(code, "byte-order-mark") == 0;
}

static void
take_findings(struct compile_job *job, const struct od_diag_list *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct od_diag *diag = &diags->items[i];
        if (diag->severity == OD_ERROR && is_syntax(diag->code) && !*job->syntax) {
            size_t column;
            size_t line;
            body_place((const char *)job->text.data, job->from + diag->offset, &line, &column);
            snprintf(job->syntax, sizeof job->syntax, "JSON is broken at line %zu column %zu: %s",
                     line, column, diag->message);
        }
        json_array_append_new(diag->severity == OD_ERROR ? job->errors : job->warnings,
                              finding(job, diag));
    }
}

static void
run(struct job *base)
{
    struct compile_job *job = (struct compile_job *)base;
    od_nsec begin = od_clock_now();
    struct wrapper wrapper = find_wrapper(&job->text);
    struct od_diag_list *diags = calloc(1, sizeof *diags);
    enum od_status status = OD_ENOMEM;
    job->from = wrapper.from;
    job->until = wrapper.until;
    if (wrapper.wrapped && wrapper.timing_until > wrapper.timing_from) {
        read_timing(job, &wrapper);
    }
    if (diags != NULL) {
        const struct od_source source = {.file = "body",
                                         .text = (const char *)job->text.data + job->from,
                                         .length = job->until - job->from};
        status = od_compile_text(&source, diags, &job->score);
        take_findings(job, diags);
        od_diag_clear(diags);
        free(diags);
    }
    job->no_memory = status == OD_ENOMEM;
    job->seconds = (double)(od_clock_now() - begin) / (double)OD_NSEC_PER_SEC;
}

static void
job_free(struct compile_job *job)
{
    od_buf_clear(&job->text);
    od_buf_clear(&job->score);
    json_decref(job->errors);
    json_decref(job->warnings);
    free(job);
}

/* Taken over at once: there is nothing that could be cancelled, so there is no id. */
static void
reply_loaded(struct compile_job *job, const json_t *event)
{
    char id[32];
    change_id(event, id, sizeof id);
    json_t *reply =
        json_pack("{s:s,s:s,s:O,s:s?}", "status", "ok", "message", "Session loaded successfully",
                  "warnings", job->warnings, "change_id", *id ? id : NULL);
    change_applies_at(reply, event);
    reply_json(job->request, 200, reply);
}

/* A session that the player takes late, when the client was told that nothing is known, plays. */
static void
on_answer(void *arg, const json_t *event, enum call_lost lost)
{
    struct compile_job *job = arg;
    const char *name = json_string_value(json_object_get(event, "event"));
    bool good = name != NULL && strcmp(name, "error") != 0;
    if (good) {
        resume_score(job->app->resume, json_integer_value(json_object_get(event, "change")),
                     *job->timing ? job->timing : NULL, &job->score);
    }
    if (job->request != NULL && good) {
        reply_loaded(job, event);
    } else if (job->request != NULL) {
        change_refuse(job->request, event, lost);
    }
    job->request = NULL;
    if (lost != CALL_SILENT) {
        *(good ? &job->app->sessions->counts.accepted : &job->app->sessions->counts.refused) += 1;
        job_free(job);
    }
}

static void
send_score(struct compile_job *job)
{
    struct app *app = job->app;
    const char *timing = *job->timing ? job->timing : NULL;
    od_buf_clear(&job->text);
    if (child_score(app->child, on_answer, job, timing, job->score.data, job->score.length)) {
        return;
    }
    app->sessions->counts.refused++;
    change_refuse(job->request, NULL, CALL_DIED);
    job_free(job);
}

static void
count(struct app *app, double seconds)
{
    app->sessions->counts.compile_seconds += seconds;
    if (seconds > app->sessions->counts.compile_seconds_max) {
        app->sessions->counts.compile_seconds_max = seconds;
    }
}

static void
done(struct job *base)
{
    struct compile_job *job = (struct compile_job *)base;
    struct app *app = job->app;
    count(app, job->seconds);
    if (!job->no_memory && !*job->syntax && json_array_size(job->errors) == 0) {
        send_score(job);
        return;
    }
    app->sessions->counts.refused++;
    if (job->no_memory) {
        reply_error(job->request, 503, "out of memory");
    } else if (*job->syntax) {
        reply_error(job->request, 400, "%s", job->syntax);
    } else {
        reply_json(job->request, 422, json_pack("{s:O}", "detail", job->errors));
    }
    job_free(job);
}

void
route_session(struct request *request)
{
    if (request->body.length == 0) {
        reply_error(request, 400, "a session is expected as body");
        return;
    }
    struct compile_job *job;
    job = calloc(1, sizeof *job);
    if (job == NULL) {
        reply_error(request, 503, "out of memory");
        return;
    }
    job->job.run = run;
    job->job.done = done;
    job->app = request->app;
    job->request = request;
    job->text = request->body;
    request->body = (struct od_buf){0};
    job->errors = json_array();
    job->warnings = json_array();
    if (worker_submit(request->app->sessions->compiler, &job->job)) {
        return;
    }
    job_free(job);
    reply_header(request, "Retry-After", "1");
    reply_error(request, 503, "too many sessions wait for the compiler");
}
