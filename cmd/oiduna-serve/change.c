#include "change.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "model.h"
#include "reply.h"
#include "resume.h"

#define BAR_STEPS 16
#define LINE_MOST ((size_t)65000) /* the player drops a line of more than 64 KiB, id and all */

/* One command of a change. */
struct sent {
    struct change *change; /* NULL once it was answered without this */
    struct resume *resume;
    char *line;
    json_t *lines; /* key → line: what is kept of it; NULL: itself, as long as it waits */
};

static const struct {
    const char *code;
    int status;
} statuses[] = {
    {"BAD_ARGUMENT", 422},    {"UNKNOWN_PARAM", 422}, {"LINE_TOO_LONG", 422},
    {"UNKNOWN_TRACK", 404},   {"UNKNOWN_SCENE", 404}, {"UNKNOWN_PORT", 404},
    {"NOTHING_PENDING", 404}, {"NO_SCORE", 409},      {"NO_SONG", 404},
    {"PLAYING", 409},         {"BAD_SCORE", 422},     {"BUSY", 503},
    {"NO_MIDI", 404},         {"OUT_OF_MEMORY", 503}, {"SYNC_LEADS", 409},
    {"TOO_LATE", 409},        {"NOT_PLAYING", 409},   {"NOT_PREPARED", 409},
    {"STALE", 409},           {"FULL", 503},
};

struct change *
change_new(struct request *request, json_t *reply)
{
    struct change *change = calloc(1, sizeof *change);
    if (change == NULL || reply == NULL) {
        free(change);
        json_decref(reply);
        reply_error(request, 503, "out of memory");
        return NULL;
    }
    change->request = request;
    change->reply = reply;
    return change;
}

static void
finish(struct change *change)
{
    if (change->done != NULL) {
        change->done(change);
    } else {
        change_reply(change);
    }
    json_decref(change->reply);
    json_decref(change->event);
    json_decref(change->error);
    free(change);
}

static void
sent_free(struct sent *sent)
{
    json_decref(sent->lines);
    free(sent->line);
    free(sent);
}

/* What the next player has to be told, should this one die. */
static void
keep(struct resume *resume, const struct sent *sent, const json_t *event)
{
    json_t *line;
    const char *key;
    json_object_foreach(sent->lines, key, line)
    {
        resume_line(resume, key, json_string_value(line));
    }
    resume_made(resume, event);
    if (sent->lines == NULL && json_is_true(json_object_get(event, "pending"))) {
        resume_waits(resume, json_integer_value(json_object_get(event, "change")), sent->line);
    }
}

static void
note(struct change *change, const json_t *event, enum call_lost lost, bool failed)
{
    json_t **place = failed ? &change->error : &change->event;
    if (lost != CALL_ANSWERED) {
        change->lost = lost;
    } else if (!failed || change->error == NULL) {
        json_decref(*place);
        *place = json_incref((json_t *)(uintptr_t)event);
    }
    if (--change->waiting == 0) {
        finish(change);
    }
}

/* What is done late is done all the same: whoever was told that it is not known does not care, the
 * next player has to be told. */
static void
on_answer(void *arg, const json_t *event, enum call_lost lost)
{
    struct sent *sent = arg;
    struct change *change = sent->change;
    const char *name = json_string_value(json_object_get(event, "event"));
    bool failed = name != NULL && strcmp(name, "error") == 0;
    if (lost == CALL_ANSWERED && !failed) {
        keep(sent->resume, sent, event);
    }
    sent->change = NULL;
    if (lost != CALL_SILENT) {
        sent_free(sent);
    }
    if (change != NULL) {
        note(change, event, lost, failed);
    }
}

/* Takes `lines` and `line`. */
static bool
send_line(struct change *change, json_t *lines, char *line)
{
    bool long_one = strlen(line) > LINE_MOST;
    struct sent *sent = long_one ? NULL : calloc(1, sizeof *sent);
    if (sent == NULL) {
        if (long_one && change->error == NULL) {
            change->error = json_pack("{s:s,s:s}", "code", "LINE_TOO_LONG", "message",
                                      "more than the player takes in at once: 65,000 bytes");
        }
        json_decref(lines);
        free(line);
        return false;
    }
    *sent = (struct sent){change, change->request->app->resume, line, lines};
    if (child_command(change->request->app->child, on_answer, sent, "%s", line)) {
        change->waiting++;
        return true;
    }
    sent_free(sent);
    return false;
}

void
change_send(struct change *change, const char *key, const char *format, ...)
{
    json_t *lines = NULL;
    va_list args;
    va_start(args, format);
    char *line;
    int n = vasprintf(&line, format, args);
    va_end(args);
    if (n >= 0 && key != NULL) {
        lines = json_pack("{s:s}", key, line);
    }
    if (n < 0 || !send_line(change, lines, line)) {
        change->unsent = true;
    }
}

void
change_send_kept(struct change *change, json_t *lines, char *line)
{
    if (lines == NULL || line == NULL) {
        json_decref(lines);
        free(line);
        change->unsent = true;
    } else if (!send_line(change, lines, line)) {
        change->unsent = true;
    }
}

void
change_go(struct change *change)
{
    if (change->waiting == 0) {
        finish(change);
    }
}

void
change_id(const json_t *event, char *id, size_t size)
{
    id[0] = '\0';
    if (json_is_true(json_object_get(event, "pending"))) {
        snprintf(id, size, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(json_object_get(event, "change")));
    }
}

void
change_ids_as_strings(json_t *document)
{
    static const char *const names[] = {"change", "cancelled"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *value = json_object_get(document, names[i]);
        if (json_is_integer(value)) {
            json_object_set_new(document, names[i],
                                json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value)));
        } else if (json_is_array(value)) {
            json_t *list = json_array(), *one;
            size_t k;
            json_array_foreach(value, k, one)
            {
                json_array_append_new(
                    list, json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(one)));
            }
            json_object_set_new(document, names[i], list);
        }
    }
    json_t *one;
    size_t i;
    json_array_foreach(json_object_get(document, "pending"), i, one)
    {
        change_ids_as_strings(one);
    }
}

void
change_missing(struct request *request, const char *kind, const char *label, const char *name)
{
    const struct app *app = request->app;
    json_int_t change = resume_waiting_with(app->resume, kind, name);
    json_int_t step = change > 0 ? model_pending_step(app->model, change) : -1;
    if (step >= 0) {
        reply_error(request, 409, "%s '%s' waits in change %" JSON_INTEGER_FORMAT " until bar %d",
                    label, name, change, (int)(step / BAR_STEPS) + 1);
    } else if (change > 0) {
        reply_error(request, 409, "%s '%s' waits in change %" JSON_INTEGER_FORMAT, label, name,
                    change);
    } else {
        reply_error(request, 404, "%s '%s' not found", label, name);
    }
}

void
change_applies_at(json_t *reply, const json_t *event)
{
    json_t *at = json_object_get(event, "applies_at");
    if (at != NULL) {
        json_object_set(reply, "applies_at", at);
    }
}

void
change_refuse(struct request *request, const json_t *error, enum call_lost lost)
{
    const char *code = json_string_value(json_object_get(error, "code"));
    const char *message = json_string_value(json_object_get(error, "message"));
    int status = 422; /* what is not known here is about what was asked for */
    if (lost == CALL_SILENT) {
        reply_error(request, 504, "the player did not answer in time");
        return;
    }
    if (lost == CALL_DIED || error == NULL) {
        reply_header(request, "Retry-After", "1");
        reply_error(request, 503, "%s",
                    child_is_up(request->app->child)
                        ? "the player cannot be told anything at present"
                        : "the player died; it is being started again");
        return;
    }
    if (code != NULL && strcmp(code, "NO_SCORE") == 0) {
        message = CHANGE_NO_SCORE;
    }
    for (size_t i = 0; code != NULL && i < sizeof statuses / sizeof *statuses; i++) {
        if (strcmp(statuses[i].code, code) == 0) {
            status = statuses[i].status;
        }
    }
    if (status == 503) {
        reply_header(request, "Retry-After", "1");
    }
    if (status == 422) {
        reply_json(request, status,
                   json_pack("{s:[{s:s,s:[s],s:s,s:n,s:i,s:i,s:s}]}", "detail", "type", code, "loc",
                             "body", "msg", message != NULL ? message : code, "input", "line", 1,
                             "column", 1, "pointer", ""));
        return;
    }
    reply_json(request, status,
               json_pack("{s:s,s:s?}", "detail", message != NULL ? message : "the player refused",
                         "code", code));
}

void
change_reply(struct change *change)
{
    if (change->lost != CALL_ANSWERED || change->unsent || change->error != NULL) {
        change_refuse(change->request, change->error,
                      change->unsent && change->error == NULL ? CALL_DIED : change->lost);
        return;
    }
    change_applies_at(change->reply, change->event);
    reply_json(change->request, 200, json_incref(change->reply));
}

void
change_simple(struct request *request, json_t *reply, const char *format, ...)
{
    struct change *change = change_new(request, reply);
    if (change == NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    char *line;
    int n = vasprintf(&line, format, args);
    va_end(args);
    if (n < 0 || !send_line(change, NULL, line)) {
        change->unsent = true;
    }
    change_go(change);
}

char *
change_word(const char *text)
{
    struct od_buf word = {0};
    if (!od_buf_json_string(&word, text) || !od_buf_append(&word, "", 1)) {
        od_buf_clear(&word);
        return NULL;
    }
    return (char *)word.data;
}
