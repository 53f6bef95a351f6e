/* And /assets: everything that touches the disk is done in the worker's thread. */
#include "store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "assets.h"
#include "handlers.h"
#include "log.h"
#include "multipart.h"
#include "options.h"
#include "reply.h"
#include "worker.h"

#define MIB ((double)(1024 * 1024))
#define GIB (MIB * 1024)

struct store {
    struct worker *disk;
    struct asset_folder folder;
};

/* The first thing that the thread does. */
struct sweep_job {
    struct job job; /* first: a job is its sweep_job */
    const struct asset_folder *folder;
};

static void
on_said(void *arg, const char *sentence)
{
    log_message(arg, "%s", sentence);
}

static void
run_sweep(struct job *base)
{
    assets_sweep(((struct sweep_job *)base)->folder);
}

static void
swept(struct job *base)
{
    free(base);
}

/* What is left if there is no memory is swept the next time. */
static void
submit_sweep(struct store *store)
{
    struct sweep_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return;
    }
    *job = (struct sweep_job){.job = {.run = run_sweep, .done = swept}, .folder = &store->folder};
    if (!worker_submit(store->disk, &job->job)) {
        free(job);
    }
}

struct store *
store_new(struct event_base *base, const char *path, struct log *log)
{
    struct store *store = calloc(1, sizeof *store);
    if (store != NULL && (store->disk = worker_new(base, "disk")) == NULL) {
        free(store);
        return NULL;
    }
    if (store != NULL) {
        store->folder = (struct asset_folder){path, on_said, log};
        submit_sweep(store);
    }
    return store;
}

void
store_free(struct store *store)
{
    if (store != NULL) {
        worker_free(store->disk);
        free(store);
    }
}

/* A request in the worker: nothing in it is touched by the loop meanwhile, but for request->conn.
 */
struct asset_job {
    struct job job; /* first: a job is its asset_job */
    struct request *request;
    void (*work)(struct asset_job *job);
    const struct asset_folder *folder;
    uint64_t most;
    char *content_type;
    int status;
    json_t *answer;
};

static void
run(struct job *base)
{
    struct asset_job *job = (struct asset_job *)base;
    job->work(job);
}

static void
job_free(struct asset_job *job)
{
    free(job->content_type);
    free(job);
}

static void
done(struct job *base)
{
    struct asset_job *job = (struct asset_job *)base;
    reply_json(job->request, job->status, job->answer);
    job_free(job);
}

static void
start(struct request *request, void (*work)(struct asset_job *job))
{
    struct asset_job *job = calloc(1, sizeof *job);
    const char *type = http_header(&request->head, "Content-Type");
    if (job != NULL) {
        job->job.run = run;
        job->job.done = done;
        job->request = request;
        job->work = work;
        job->folder = &request->app->store->folder;
        job->most = request->app->options->limits.max_assets;
        job->content_type = strdup(type != NULL ? type : "");
        if (job->content_type != NULL && worker_submit(request->app->store->disk, &job->job)) {
            return;
        }
        job_free(job);
    }
    reply_header(request, "Retry-After", "1");
    reply_error(request, 503, "too many requests wait for the disk");
}

static void OD_PRINTF(3, 4) fail(struct asset_job *job, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char text[400];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    job->status = status;
    job->answer = json_pack("{s:s}", "detail", text);
}

static void
succeed(struct asset_job *job, json_t *answer)
{
    job->status = 200;
    job->answer = answer;
}

static void
fail_by(struct asset_job *job, enum asset_result result, const struct asset *asset)
{
    bool sample = asset->kind == ASSET_SAMPLE;
    switch (result) {
    case ASSET_OK:
        break;
    case ASSET_BAD_NAME:
        fail(job, 400,
             "Invalid name: a name is one path component of at most 200 bytes that "
             "does not begin with a dot and has no colon");
        break;
    case ASSET_BAD_TYPE:
        fail(job, 400, "Invalid file type. Allowed: %s", asset_types(asset->kind));
        break;
    case ASSET_MISSING:
        fail(job, 404, "%s not found", sample ? "Sample" : "SynthDef");
        break;
    case ASSET_FULL:
        fail(job, 507, "Storage limit exceeded: all assets together may take %.1f MB",
             (double)job->most / MIB);
        break;
    case ASSET_FAILED:
        fail(job, errno == ENOSPC || errno == EDQUOT ? 507 : 500, "cannot be %s: %s",
             job->request->head.method == METHOD_DELETE ? "removed" : "stored", strerror(errno));
        break;
    }
}

/* A form field as text; false (and the job has failed) if it is missing and needed, or too long. */
static bool
form_text(struct asset_job *job, const struct multipart *form, const char *name, bool needed,
          char *text, size_t size)
{
    const struct part *part = multipart_find(form, name);
    text[0] = '\0';
    if (part == NULL && needed) {
        job->status = 422;
        job->answer = json_pack("{s:[{s:s,s:[s,s],s:s,s:n,s:i,s:i,s:s}]}", "detail", "type",
                                "missing", "loc", "body", name, "msg", "Field required", "input",
                                "line", 1, "column", 1, "pointer", "");
        return false;
    }
    if (part == NULL) {
        return true;
    }
    if (part->length >= size || memchr(part->bytes, '\0', part->length) != NULL) {
        fail(job, 400, "Invalid form field '%s'", name);
        return false;
    }
    memcpy(text, part->bytes, part->length);
    text[part->length] = '\0';
    return true;
}

static const struct part *
form_file(struct asset_job *job, struct multipart *form)
{
    const struct od_buf *body = &job->request->body;
    const char *why;
    if (!multipart_read(form, job->content_type, (const char *)body->data, body->length, &why)) {
        fail(job, 400, "multipart body: %s", why);
        return NULL;
    }
    const struct part *file = multipart_find(form, "file");
    char unused[1];
    if (file == NULL) {
        form_text(job, form, "file", true, unused, sizeof unused);
        return NULL;
    }
    if (file->has_filename && *file->filename) {
        return file;
    }
    fail(job, 400, "Filename is required");
    return NULL;
}

/* "a, b" → ["a", "b"]. */
static json_t *
split_tags(char *text)
{
    json_t *tags = json_array();
    char *rest, *word = strtok_r(text, ",", &rest);
    for (; word != NULL; word = strtok_r(NULL, ",", &rest)) {
        word += strspn(word, " \t");
        size_t n = strlen(word);
        while (n && (word[n - 1] == ' ' || word[n - 1] == '\t')) {
            n--;
        }
        if (n) {
            json_array_append_new(tags, json_stringn(word, n));
        }
    }
    return tags;
}

/* The path as the upstream's reference shows it: from the root of the assets. */
static json_t *
rooted(const json_t *info)
{
    char path[1024];
    snprintf(path, sizeof path, "/%s", json_string_value(json_object_get(info, "path")));
    return json_string(path);
}

static void
store(struct asset_job *job, const struct asset *asset, const struct part *file, const json_t *tags)
{
    enum asset_result result = asset_write(asset, file->bytes, file->length, job->most, tags);
    if (result != ASSET_OK) {
        fail_by(job, result, asset);
        return;
    }
    json_t *info = asset_info(asset);
    if (info == NULL) {
        fail(job, 500, "it was stored and is gone");
        return;
    }
    if (asset->kind == ASSET_SAMPLE) {
        succeed(job, json_pack("{s:s,s:s,s:s,s:o,s:o}", "status", "ok", "filename", asset->filename,
                               "category", asset->category, "path", rooted(info), "sample", info));
    } else {
        int stem = (int)(strrchr(asset->filename, '.') - asset->filename);
        succeed(job,
                json_pack("{s:s,s:s,s:s#,s:o,s:o}", "status", "ok", "filename", asset->filename,
                          "name", asset->filename, stem, "path", rooted(info), "synthdef", info));
    }
}

static void
add_sample(struct asset_job *job)
{
    struct multipart form;
    const struct part *file = form_file(job, &form);
    char tags_text[4096];
    char category[256];
    if (file == NULL || !form_text(job, &form, "category", true, category, sizeof category) ||
        !form_text(job, &form, "tags", false, tags_text, sizeof tags_text)) {
        return;
    }
    json_t *tags = split_tags(tags_text);
    store(job, &(struct asset){job->folder, ASSET_SAMPLE, category, file->filename}, file, tags);
    json_decref(tags);
}

void
route_sample_add(struct request *request)
{
    start(request, add_sample);
}

static void
add_synthdef(struct asset_job *job)
{
    struct multipart form;
    const struct part *file = form_file(job, &form);
    struct asset asset = {job->folder, ASSET_SYNTHDEF, "", NULL};
    char name[256];
    if (file == NULL || !form_text(job, &form, "name", false, name, sizeof name)) {
        return;
    }
    const char *dot = strrchr(file->filename, '.');
    char filename[520];
    asset.filename = filename;
    snprintf(filename, sizeof filename, "%s", *name ? name : file->filename);
    if (*name && asset_check(&asset) == ASSET_BAD_TYPE) {
        snprintf(filename, sizeof filename, "%s%s", name, dot != NULL ? dot : "");
    }
    store(job, &asset, file, NULL);
}

void
route_synthdef_add(struct request *request)
{
    start(request, add_synthdef);
}

static void
list_samples(struct asset_job *job)
{
    json_t *categories = assets_list(job->folder, ASSET_SAMPLE), *names = json_object();
    size_t i;
    const char *category;
    json_t *infos;
    json_t *info;
    json_object_foreach(categories, category, infos)
    {
        json_t *list = json_array();
        json_array_foreach(infos, i, info)
        {
            json_array_append(list, json_object_get(info, "name"));
        }
        json_object_set_new(names, category, list);
    }
    succeed(job, json_pack("{s:o,s:o}", "samples", names, "categories", categories));
}

void
route_samples(struct request *request)
{
    start(request, list_samples);
}

static void
list_synthdefs(struct asset_job *job)
{
    succeed(job, assets_list(job->folder, ASSET_SYNTHDEF));
}

void
route_synthdefs(struct request *request)
{
    start(request, list_synthdefs);
}

static void
remove_one(struct asset_job *job, const struct asset *asset)
{
    enum asset_result result = asset_remove(asset);
    if (result != ASSET_OK) {
        fail_by(job, result, asset);
        return;
    }
    char name[600];
    snprintf(name, sizeof name, "%s%s%s", asset->category, *asset->category ? "/" : "",
             asset->filename);
    succeed(job, json_pack("{s:s,s:s}", "status", "ok", "deleted", name));
}

static void
remove_sample(struct asset_job *job)
{
    const char *const *params = job->request->params;
    remove_one(job, &(struct asset){job->folder, ASSET_SAMPLE, params[0], params[1]});
}

void
route_sample_remove(struct request *request)
{
    start(request, remove_sample);
}

/* Without an extension it is the source that is meant. */
static void
remove_synthdef(struct asset_job *job)
{
    struct asset asset = {job->folder, ASSET_SYNTHDEF, "", job->request->params[0]};
    char filename[300];
    if (asset_check(&asset) == ASSET_BAD_TYPE) {
        snprintf(filename, sizeof filename, "%s.scd", asset.filename);
        asset.filename = filename;
    }
    remove_one(job, &asset);
}

void
route_synthdef_remove(struct request *request)
{
    start(request, remove_synthdef);
}

static void
assets_info(struct asset_job *job)
{
    json_t *samples = assets_list(job->folder, ASSET_SAMPLE), *counts = json_object();
    json_t *synthdefs = assets_list(job->folder, ASSET_SYNTHDEF);
    size_t total = 0;
    const char *category;
    json_t *infos;
    json_object_foreach(samples, category, infos)
    {
        json_object_set_new(counts, category, json_integer((json_int_t)json_array_size(infos)));
        total += json_array_size(infos);
    }
    char paths[2][1024];
    snprintf(paths[0], sizeof paths[0], "%s/samples", job->folder->path);
    snprintf(paths[1], sizeof paths[1], "%s/synthdefs", job->folder->path);
    succeed(job,
            json_pack("{s:{s:f,s:f,s:f,s:I},s:{s:I,s:o},s:{s:I},s:{s:s,s:s}}", "storage",
                      "total_size_mb", (double)assets_size(job->folder) / MIB, "limit_mb",
                      (double)job->request->app->options->limits.max_body / MIB, "total_limit_gb",
                      (double)job->most / GIB, "total_limit_bytes", (json_int_t)job->most,
                      "samples", "total", (json_int_t)total, "categories", counts, "synthdefs",
                      "total", (json_int_t)json_array_size(synthdefs), "paths", "samples", paths[0],
                      "synthdefs", paths[1]));
    json_decref(samples);
    json_decref(synthdefs);
}

void
route_assets_info(struct request *request)
{
    start(request, assets_info);
}
