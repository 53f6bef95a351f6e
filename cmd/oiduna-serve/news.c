#include "news.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/version.h"
#include "changes.h"
#include "lobby.h"
#include "log.h"
#include "model.h"
#include "pulse.h"
#include "resume.h"
#include "sdnotify.h"
#include "server.h"
#include "streams.h"

static void
send_tracks(const struct app *app)
{
    streams_send(app->streams, "tracks",
                 json_pack("{s:O?,s:o}", "active_tracks", model_active(app->model), "tracks",
                           model_tracks(app->model)));
}

static void
send_error(const struct app *app, const char *code, const char *message)
{
    streams_send(app->streams, "error",
                 json_pack("{s:s,s:s,s:s}", "message", message, "details", code, "code", code));
}

void
news_position(void *arg, const json_t *position)
{
    const struct app *app = arg;
    streams_send(app->streams, "position", json_incref((json_t *)(uintptr_t)position));
}

static void
be_ready(struct news *news)
{
    if (news->ready) {
        return;
    }
    news->ready = true;
    log_message(news->app->log, "listening on http://%s", server_address(news->app->server));
    lobby_open(news->app->lobby);
    sdnotify("READY=1");
}

static void
forward_warning(const struct app *app, const json_t *event)
{
    const char *code = json_string_value(json_object_get(event, "code"));
    const char *message = json_string_value(json_object_get(event, "message"));
    send_error(app, code != NULL ? code : "WARNING", message != NULL ? message : "");
}

/* A new player that is still being told where to go on: what is known stays as it was. */
static bool
still_feeding(const struct app *app, const char *name, const json_t *event)
{
    bool was = resume_is_feeding(app->resume);
    resume_event(app->resume, name, event);
    if (was && !resume_is_feeding(app->resume)) {
        child_feed(app->child, "status\ntracks\n", 14);
        pulse_look(app->pulse, app->child);
    }
    return was && strcmp(name, "warning") != 0;
}

/* A player of another release may mean something else by the same words. */
static bool
refuse_stranger(struct news *news, const json_t *event)
{
    json_int_t version = json_integer_value(json_object_get(event, "control"));
    if (version == OD_CONTROL_VERSION) {
        return false;
    }
    log_message(news->app->log,
                "the player speaks version %lld of the control stream, this server %d: use two of "
                "one release",
                (long long)version, OD_CONTROL_VERSION);
    news->give_up(news->arg, OD_EUNAVAILABLE);
    return true;
}

/* Ids are strings everywhere. */
static void
change_number_as_string(json_t *data)
{
    const json_t *change = json_object_get(data, "change");
    if (json_is_integer(change)) {
        json_object_set_new(data, "change",
                            json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(change)));
    }
}

void
news_replaced(void *arg, json_int_t change, json_int_t by)
{
    const struct app *app = arg;
    json_t *data = json_pack("{s:I,s:n}", "change", change, "by");
    change_number_as_string(data);
    if (by > 0) {
        json_object_set_new(data, "by", json_sprintf("%" JSON_INTEGER_FORMAT, by));
    }
    streams_send(app->streams, "change_replaced", data);
}

static void
send_applied(const struct app *app, const json_t *event)
{
    json_t *data = json_copy((json_t *)(uintptr_t)event);
    json_object_del(data, "event");
    change_number_as_string(data);
    streams_send(app->streams, "applied", data);
}

static void
tell(struct news *news, const char *name, const json_t *event)
{
    const struct app *app = news->app;
    if (strcmp(name, "ready") == 0) {
        if (news->notes_left) {
            child_feed(app->child, "midi-panic\n", strlen("midi-panic\n"));
            news->notes_left = false;
        }
        child_feed(app->child, "status\n", 7); /* so that nothing is unknown when we are asked */
        pulse_look(app->pulse, app->child);
    } else if (strcmp(name, "status") == 0) {
        be_ready(news);
        streams_send(app->streams, "status", model_playback(app->model));
    } else if (strcmp(name, "tracks") == 0) {
        send_tracks(app);
    } else if (strcmp(name, "applied") == 0) {
        send_applied(app, event);
    } else if (strcmp(name, "warning") == 0) {
        forward_warning(app, event);
    }
}

static void
on_event(void *arg, const char *name, const json_t *event)
{
    struct news *news = arg;
    if ((strcmp(name, "ready") == 0 && refuse_stranger(news, event)) ||
        still_feeding(news->app, name, event)) {
        return;
    }
    model_event(news->app->model, name, event);
    changes_event(news->app->changes, name, event);
    tell(news, name, event);
}

void
news_describe_death(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status)) {
        snprintf(text, size, "the player was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    } else {
        snprintf(text, size, "the player ended with status %d", WEXITSTATUS(status));
    }
}

static void
on_died(void *arg, int status)
{
    const struct app *app = ((struct news *)arg)->app;
    char text[120];
    news_describe_death(status, text, sizeof text);
    log_message(app->log, "%s; it is started again", text);
    model_down(app->model);
    changes_forget(app->changes);
    send_error(app, "PLAYER_DIED", text);
    streams_send(app->streams, "status", model_playback(app->model));
}

static void
on_nonsense(void *arg, const char *line, size_t length)
{
    struct news *news = arg;
    log_message(news->app->log, "the player said what is no event: %.*s",
                (int)(length < 200 ? length : 200), line);
}

/* What was lost comes again or is asked for again, but not before there is a server to be asked. */
static void
on_lost(void *arg)
{
    struct news *news = arg;
    log_message(news->app->log, "out of memory: what the player said is lost");
    if (!news->ready) {
        news->give_up(news->arg, OD_ENOMEM);
    }
}

static void
on_complained(void *arg, const char *line)
{
    struct news *news = arg;
    log_text(news->app->log, line);
}

static void
on_resume_options(void *arg, struct od_buf *args)
{
    const struct app *app = ((struct news *)arg)->app;
    resume_options(app->resume, app->model, args);
}

static void
on_resume(void *arg)
{
    const struct app *app = ((struct news *)arg)->app;
    resume_feed(app->resume, app->model, app->child);
}

struct child_news
news_of_child(struct news *news)
{
    return (struct child_news){
        .arg = news,
        .event = on_event,
        .nonsense = on_nonsense,
        .lost = on_lost,
        .complained = on_complained,
        .died = on_died,
        .resume_options = on_resume_options,
        .resume = on_resume,
    };
}
