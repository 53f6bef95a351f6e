#include "change.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "resume.h"

#define LINE_MOST ((size_t)65000) /* the player drops a line of more than 64 KiB, id and all */

/* One command of a change. */
struct sent {
    struct od_change *change; /* NULL once it was answered without this */
    struct od_resume *resume;
    char *line;
    json_t *lines; /* key → line: what is kept of it; NULL: itself, as long as it waits */
};

static const struct {
    const char *code;
    int status;
} statuses[] = {
    {"BAD_ARGUMENT", 422},    {"UNKNOWN_PARAM", 422},
    {"LINE_TOO_LONG", 422},   {"UNKNOWN_TRACK", 404},
    {"UNKNOWN_SCENE", 404},   {"UNKNOWN_PORT", 404},
    {"NOTHING_PENDING", 404}, {"NO_SCORE", 409},
    {"BAD_SCORE", 422},       {"BUSY", 503},
    {"NO_MIDI", 404},         {"OUT_OF_MEMORY", 503},
};

struct od_change *
od_change_new(struct od_request *request, json_t *reply)
{
    struct od_change *change = calloc(1, sizeof *change);

    if (!change || !reply) {
        free(change);
        json_decref(reply);
        od_reply_error(request, 503, "out of memory");
        return NULL;
    }
    change->request = request;
    change->reply = reply;
    return change;
}

static void
finish(struct od_change *change)
{
    if (change->done) {
        change->done(change);
    } else {
        od_change_reply(change);
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
keep(struct od_resume *resume, const struct sent *sent, const json_t *event)
{
    const char *key;
    json_t *line;

    json_object_foreach(sent->lines, key, line)
    {
        od_resume_line(resume, key, json_string_value(line));
    }
    if (!sent->lines && json_is_true(json_object_get(event, "pending"))) {
        od_resume_waits(resume, json_integer_value(json_object_get(event, "change")), sent->line);
    }
}

static void
note(struct od_change *change, const json_t *event, enum od_child_lost lost, bool failed)
{
    json_t **place = failed ? &change->error : &change->event;

    if (lost != OD_CHILD_ANSWERED) {
        change->lost = lost;
    } else if (!failed || !change->error) {
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
on_answer(void *arg, const json_t *event, enum od_child_lost lost)
{
    struct sent *sent = arg;
    struct od_change *change = sent->change;
    const char *name = json_string_value(json_object_get(event, "event"));
    bool failed = name && strcmp(name, "error") == 0;

    if (lost == OD_CHILD_ANSWERED && !failed) {
        keep(sent->resume, sent, event);
    }
    sent->change = NULL;
    if (lost != OD_CHILD_SILENT) {
        sent_free(sent);
    }
    if (change) {
        note(change, event, lost, failed);
    }
}

/* Takes `lines` and `line`. */
static bool
send_line(struct od_change *change, json_t *lines, char *line)
{
    bool long_one = strlen(line) > LINE_MOST;
    struct sent *sent = long_one ? NULL : calloc(1, sizeof *sent);

    if (!sent) {
        if (long_one && !change->error) {
            change->error = json_pack("{s:s,s:s}", "code", "LINE_TOO_LONG", "message",
                                      "more than the player takes in at once: 65,000 bytes");
        }
        json_decref(lines);
        free(line);
        return false;
    }
    *sent = (struct sent){change, change->request->app->resume, line, lines};
    if (od_child_command(change->request->app->child, on_answer, sent, "%s", line)) {
        change->waiting++;
        return true;
    }
    sent_free(sent);
    return false;
}

void
od_change_send(struct od_change *change, const char *key, const char *format, ...)
{
    json_t *lines = NULL;
    char *line;
    va_list args;
    int n;

    va_start(args, format);
    n = vasprintf(&line, format, args);
    va_end(args);
    if (n >= 0 && key) {
        lines = json_pack("{s:s}", key, line);
    }
    if (n < 0 || !send_line(change, lines, line)) {
        change->unsent = true;
    }
}

void
od_change_send_kept(struct od_change *change, json_t *lines, char *line)
{
    if (!lines || !line) {
        json_decref(lines);
        free(line);
        change->unsent = true;
    } else if (!send_line(change, lines, line)) {
        change->unsent = true;
    }
}

void
od_change_go(struct od_change *change)
{
    if (change->waiting == 0) {
        finish(change);
    }
}

void
od_change_id(const json_t *event, char *id, size_t size)
{
    id[0] = '\0';
    if (json_is_true(json_object_get(event, "pending"))) {
        snprintf(id, size, "%" JSON_INTEGER_FORMAT,
                 json_integer_value(json_object_get(event, "change")));
    }
}

void
od_change_applies_at(json_t *reply, const json_t *event)
{
    json_t *at = json_object_get(event, "applies_at");

    if (at) {
        json_object_set(reply, "applies_at", at);
    }
}

void
od_change_refuse(struct od_request *request, const json_t *error, enum od_child_lost lost)
{
    const char *code = json_string_value(json_object_get(error, "code"));
    const char *message = json_string_value(json_object_get(error, "message"));
    int status = 500;

    if (lost == OD_CHILD_SILENT) {
        od_reply_error(request, 504, "the player did not answer in time");
        return;
    }
    if (lost == OD_CHILD_DIED || !error) {
        od_reply_header(request, "Retry-After", "1");
        od_reply_error(request, 503, "%s",
                       od_child_is_up(request->app->child)
                           ? "the player cannot be told anything at present"
                           : "the player died; it is being started again");
        return;
    }
    if (code && strcmp(code, "NO_SCORE") == 0) {
        message = OD_CHANGE_NO_SCORE;
    }
    for (size_t i = 0; code && i < sizeof statuses / sizeof *statuses; i++) {
        if (strcmp(statuses[i].code, code) == 0) {
            status = statuses[i].status;
        }
    }
    if (status == 503) {
        od_reply_header(request, "Retry-After", "1");
    }
    if (status == 422) {
        od_reply_json(request, status,
                      json_pack("{s:[{s:s,s:[s],s:s,s:n,s:i,s:i,s:s}]}", "detail", "type", code,
                                "loc", "body", "msg", message ? message : code, "input", "line", 1,
                                "column", 1, "pointer", ""));
        return;
    }
    od_reply_error(request, status, "%s", message ? message : "the player refused");
}

void
od_change_reply(struct od_change *change)
{
    if (change->lost != OD_CHILD_ANSWERED || change->unsent || change->error) {
        od_change_refuse(change->request, change->error,
                         change->unsent && !change->error ? OD_CHILD_DIED : change->lost);
        return;
    }
    od_change_applies_at(change->reply, change->event);
    od_reply_json(change->request, 200, json_incref(change->reply));
}

void
od_change_simple(struct od_request *request, json_t *reply, const char *format, ...)
{
    struct od_change *change = od_change_new(request, reply);
    char *line;
    va_list args;
    int n;

    if (!change) {
        return;
    }
    va_start(args, format);
    n = vasprintf(&line, format, args);
    va_end(args);
    if (n < 0 || !send_line(change, NULL, line)) {
        change->unsent = true;
    }
    od_change_go(change);
}

char *
od_change_word(const char *text)
{
    struct od_buf word = {0};

    if (!od_buf_json_string(&word, text) || !od_buf_append(&word, "", 1)) {
        od_buf_clear(&word);
        return NULL;
    }
    return (char *)word.data;
}
