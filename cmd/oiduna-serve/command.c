/* POST /playback/command: a line of the control stream. */
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "body.h"
#include "change.h"
#include "control/stream.h"
#include "handlers.h"
#include "reply.h"

#define LINE_MOST ((size_t)65000)

/* A line taken apart. */
struct line {
    char *text;
    char *words[OD_WORDS_MAX];
    bool quoted[OD_WORDS_MAX];
    int n;
    char error[OD_SCORE_ERROR_SIZE];
};

/* What is about the stream itself, and not about what plays. */
static const char *
fault_of_word(const char *word)
{
    static const struct {
        const char *word, *fault;
    } faults[] = {
        {"quit", "the player is the server's: it ends with it"},
        {"apply", "post the session with its timing to /playback/session"},
        {"score-id", "post a session to /playback/session"},
        {"score", "post a session to /playback/session"},
    };
    if (*word == '#') {
        return "a line has no id here: the answer is yours anyway";
    }
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (strcmp(faults[i].word, word) == 0) {
            return faults[i].fault;
        }
    }
    return NULL;
}

static bool
has_control(const char *text)
{
    for (; *text; text++) {
        if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f) {
            return true;
        }
    }
    return false;
}

/* What is wrong with the line; NULL if nothing is. Takes it apart. */
static const char *
judge(struct line *line, const char *text)
{
    if (strlen(text) > LINE_MOST) {
        return "a line has at most 65,000 bytes";
    }
    if (has_control(text)) {
        return "one line, without control characters";
    }
    line->text = strdup(text);
    if (line->text == NULL) {
        return "out of memory";
    }
    line->n = od_words_split(line->text, line->words, line->quoted, line->error);
    if (line->n < 0) {
        return line->error;
    }
    if (line->n == 0) {
        return "a command is expected";
    }
    for (int i = 0; i < line->n; i++) {
        const char *fault =
            i == 0 || strcmp(line->words[0], "at") == 0 ? fault_of_word(line->words[i]) : NULL;
        if (fault != NULL) {
            return fault;
        }
    }
    return NULL;
}

/* What another player has to be told of it and the answer does not say. NULL: out of memory. */
static json_t *
lines_to_keep(const struct line *line, const char *text)
{
    json_t *lines = json_object();
    const char *word = line->words[0];
    if (lines != NULL && line->n == 2 && strcmp(word, "midi-port") == 0 &&
        json_object_set_new(lines, word, json_string(text)) != 0) {
        json_decref(lines);
        return NULL;
    }
    return lines;
}

/* The answer is that of the stream, without what is only its own. */
static void
done(struct change *change)
{
    const char *key;
    json_t *value;
    json_object_foreach(change->event, key, value)
    {
        if (strcmp(key, "event") != 0 && strcmp(key, "id") != 0) {
            json_object_set(change->reply, key, value);
        }
    }
    change_ids_as_strings(change->reply);
    change_reply(change);
}

static void
send_line(struct request *request, const struct line *line, const char *text)
{
    struct change *change = change_new(request, json_pack("{s:s}", "status", "ok"));
    if (change == NULL) {
        return;
    }
    json_t *lines = lines_to_keep(line, text);
    change->done = done;
    if (lines != NULL && json_object_size(lines) == 0) {
        change_send(change, NULL, "%s", text);
    } else {
        change_send_kept(change, json_incref(lines), strdup(text));
    }
    json_decref(lines);
    change_go(change);
}

void
route_command(struct request *request)
{
    static const struct field fields[] = {{"line", FIELD_STRING, true, false, 0, 0}};
    json_t *body = body_read(request, fields, 1);
    if (body == NULL) {
        return;
    }
    const char *text = json_string_value(json_object_get(body, "line"));
    struct line line = {0};
    const char *fault = judge(&line, text);
    if (fault != NULL) {
        body_refuse(request, "line", "BAD_ARGUMENT", fault);
    } else {
        send_line(request, &line, text);
    }
    free(line.text);
    json_decref(body);
}
