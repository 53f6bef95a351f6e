/* And POST /playback/session: compiled in the worker, handed to the player by the loop. */
#include "sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "body.h"
#include "change.h"
#include "child.h"
#include "handlers.h"
#include "options.h"
#include "posted.h"
#include "reply.h"
#include "resume.h"
#include "score/compile.h"
#include "score/score.h"
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
    struct posted posted;    /* what is around the session in it */
    json_t *names;           /* what the score brings, see resume_score */
    json_t *errors, *warnings;
    char syntax[300]; /* why it is no JSON */
    bool no_memory;
    double seconds;
};

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
    size_t offset = posted_place(&job->posted, diag->offset);
    struct od_buf pointer = {0};
    if (job->posted.wrapped && offset != job->posted.apply_from) {
        od_buf_printf(&pointer, "/data"); /* its pointers begin below that */
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
            body_place((const char *)job->text.data, posted_place(&job->posted, diag->offset),
                       &line, &column);
            snprintf(job->syntax, sizeof job->syntax, "JSON is broken at line %zu column %zu: %s",
                     line, column, diag->message);
        }
        json_array_append_new(diag->severity == OD_ERROR ? job->errors : job->warnings,
                              finding(job, diag));
    }
}

static void
add_name(json_t *set, const struct od_score *score, uint32_t name)
{
    json_object_set_new(set, score->strings + name, json_true());
}

static void
add_tracks(json_t *set, const struct od_score *score, const struct od_score_part *part)
{
    for (uint32_t i = 0; i < part->n_tracks; i++) {
        add_name(set, score, score->tracks[part->first_track + i].id);
    }
    for (uint32_t i = 0; i < part->n_midi_tracks; i++) {
        add_name(set, score, score->midi_tracks[part->first_midi_track + i].id);
    }
}

/* {"tracks", "scenes", "brings"}: sets of names; `brings` are the tracks that an exclusive apply
 * takes. NULL: out of memory. */
static json_t *
names_of(const struct od_buf *bytes)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_score score;
    if (od_score_open_memory(&score, bytes->data, bytes->length, error) != OD_OK) {
        return NULL;
    }
    json_t *tracks = json_object(), *scenes = json_object(), *brings = json_object();
    add_tracks(tracks, &score, &score.parts[0]);
    for (uint32_t i = 1; i < score.count[OD_SECTION_PARTS]; i++) {
        add_name(scenes, &score, score.parts[i].name);
    }
    for (uint32_t i = 0; i < score.count[OD_SECTION_APPLY_IDS]; i++) {
        const char *id = score.strings + score.apply_ids[i];
        if (json_object_get(tracks, id) != NULL) {
            json_object_set_new(brings, id, json_true());
        }
    }
    od_score_close(&score);
    return json_pack("{s:o,s:o,s:o}", "tracks", tracks, "scenes", scenes, "brings", brings);
}

static enum od_status
compile(struct compile_job *job)
{
    const struct posted *posted = &job->posted;
    bool other = posted->session.length > 0;
    const struct od_source source = {.file = "body",
                                     .text = other ? (const char *)posted->session.data
                                                   : (const char *)job->text.data + posted->from,
                                     .length = other ? posted->session.length
                                                     : posted->until - posted->from};
    struct od_diag_list *diags = posted->session.failed ? NULL : calloc(1, sizeof *diags);
    if (diags == NULL) {
        return OD_ENOMEM;
    }
    enum od_status status = od_compile_text(&source, diags, &job->score);
    take_findings(job, diags);
    od_diag_clear(diags);
    free(diags);
    return status;
}

static void
run(struct job *base)
{
    struct compile_job *job = (struct compile_job *)base;
    od_nsec begin = od_clock_now();
    posted_read(&job->posted, &job->text, job->errors);
    enum od_status status = compile(job);
    if (status == OD_OK) {
        job->names = names_of(&job->score);
    }
    job->no_memory = status == OD_ENOMEM || (status == OD_OK && job->names == NULL);
    job->seconds = (double)(od_clock_now() - begin) / (double)OD_NSEC_PER_SEC;
}

static void
job_free(struct compile_job *job)
{
    od_buf_clear(&job->text);
    od_buf_clear(&job->score);
    posted_clear(&job->posted);
    json_decref(job->names);
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

#define APPLY_SIZE 32

/* The words of `apply`; NULL: none are needed. */
static const char *
how_to_apply(const struct posted *posted, char how[APPLY_SIZE])
{
    snprintf(how, APPLY_SIZE, "%s%s", posted->timing,
             !posted->reset_live       ? ""
             : *posted->timing != '\0' ? " reset"
                                       : "reset");
    return *how != '\0' ? how : NULL;
}

/* A session that the player takes late, when the client was told that nothing is known, plays. */
static void
on_answer(void *arg, const json_t *event, enum call_lost lost)
{
    struct compile_job *job = arg;
    const char *name = json_string_value(json_object_get(event, "event"));
    bool good = name != NULL && strcmp(name, "error") != 0;
    if (good) {
        char how[APPLY_SIZE];
        resume_score(job->app->resume, json_integer_value(json_object_get(event, "change")),
                     how_to_apply(&job->posted, how), &job->score, job->names);
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
    char how[APPLY_SIZE];
    od_buf_clear(&job->text);
    if (child_score(app->child, on_answer, job, how_to_apply(&job->posted, how), job->score.data,
                    job->score.length)) {
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

/* Bytes of memory that the player takes; 0: not known. */
static uint64_t
player_memory(const struct app *app)
{
    char path[64];
    unsigned long long pages = 0;
    snprintf(path, sizeof path, "/proc/%ld/statm", (long)child_pid(app->child));
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%*u %llu", &pages) != 1) {
        pages = 0;
    }
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* True if there is no room for what was compiled: then the request is answered. */
static bool
is_too_much(struct compile_job *job)
{
    const struct limits *limits = &job->app->options->limits;
    uint64_t length = job->score.length, memory = player_memory(job->app);
    if (length > limits->max_score) {
        reply_error(job->request, 413,
                    "the score of this session is too large: %llu bytes, --max-score allows %llu",
                    (unsigned long long)length, (unsigned long long)limits->max_score);
    } else if (memory + length > limits->max_memory) {
        reply_error(job->request, 507,
                    "the player has no room for it: it takes %llu bytes, --max-memory allows %llu",
                    (unsigned long long)memory, (unsigned long long)limits->max_memory);
    } else if (!resume_has_room(job->app->resume, job->names, length)) {
        reply_error(job->request, 507,
                    "too many exclusive applies are in force: post a whole session first");
    } else {
        return false;
    }
    return true;
}

static void
done(struct job *base)
{
    struct compile_job *job = (struct compile_job *)base;
    struct app *app = job->app;
    bool good = !job->no_memory && !*job->syntax && json_array_size(job->errors) == 0;
    count(app, job->seconds);
    if (good && !is_too_much(job)) {
        send_score(job);
        return;
    }
    app->sessions->counts.refused++;
    if (good) {
        job_free(job);
        return;
    }
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
    struct compile_job *job = calloc(1, sizeof *job);
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

/* The session of nothing, on its way to the player. */
struct beginning {
    struct app *app;
    struct od_buf score;
    json_t *names;
};

static void
beginning_free(struct beginning *beginning)
{
    od_buf_clear(&beginning->score);
    json_decref(beginning->names);
    free(beginning);
}

static void
on_begun(void *arg, const json_t *event, enum call_lost lost)
{
    struct beginning *beginning = arg;
    const char *name = json_string_value(json_object_get(event, "event"));
    if (name != NULL && strcmp(name, "error") != 0) {
        resume_score(beginning->app->resume, json_integer_value(json_object_get(event, "change")),
                     "now", &beginning->score, beginning->names);
    }
    if (lost != CALL_SILENT) {
        beginning_free(beginning);
    }
}

static bool
compile_nothing(struct beginning *beginning)
{
    static const char text[] = "{}";
    const struct od_source source = {.file = "nothing", .text = text, .length = sizeof text - 1};
    struct od_diag_list *diags = calloc(1, sizeof *diags);
    bool good = diags != NULL && od_compile_text(&source, diags, &beginning->score) == OD_OK;
    if (diags != NULL) {
        od_diag_clear(diags);
        free(diags);
    }
    beginning->names = good ? names_of(&beginning->score) : NULL;
    return beginning->names != NULL;
}

bool
sessions_begin(struct app *app)
{
    if (resume_has_score(app->resume)) {
        return true;
    }
    struct beginning *beginning = calloc(1, sizeof *beginning);
    if (beginning == NULL) {
        return false;
    }
    beginning->app = app;
    if (compile_nothing(beginning) && child_score(app->child, on_begun, beginning, "now",
                                                  beginning->score.data, beginning->score.length)) {
        return true;
    }
    beginning_free(beginning);
    return false;
}
