#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "world/cli.h"

#define TEXT_MAX 512

void
say_init(struct speech *speech, bool events, bool quiet)
{
    *speech = (struct speech){.people = !events && !quiet, .quiet = quiet};
    speech->events.enabled = events;
    display_init(&speech->display);
}

void
say_clear(struct speech *speech)
{
    events_clear(&speech->events);
}

static void
tell(struct speech *speech, const char *text)
{
    display_clear(&speech->display);
    od_cli_message("%s", text);
}

void
say_people(struct speech *speech, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tell(speech, text);
}

/* ---- answers ---- */

struct od_buf *
say_ok_begin(struct speech *speech, const char *id, const char *command)
{
    struct od_buf *line = events_begin(&speech->events, "ok", id);
    events_text(line, "command", command);
    return line;
}

void
say_ok(struct speech *speech, const char *id, const char *command)
{
    say_ok_begin(speech, id, command);
    events_end(&speech->events, false);
}

void
say_applies_at(struct od_buf *line, int64_t step, od_nsec wall)
{
    od_buf_printf(line, ",\"applies_at\":{");
    events_step(line, step, wall);
    od_buf_printf(line, "}");
}

void
say_ok_at(struct speech *speech, const char *id, const char *command, int64_t step, od_nsec wall)
{
    say_applies_at(say_ok_begin(speech, id, command), step, wall);
    events_end(&speech->events, false);
}

static struct od_buf *
begin_error(struct speech *speech, const char *id, const char *command, const char *code,
            const char *text)
{
    struct od_buf *line = events_begin(&speech->events, "error", id);
    if (speech->by_osc) {
        struct refusal *refusal = &speech->refusal;
        refusal->count++;
        snprintf(refusal->code, sizeof refusal->code, "%s", code);
        snprintf(refusal->text, sizeof refusal->text, "%s", text);
    }
    events_text(line, "command", command);
    events_text(line, "code", code);
    events_text(line, "message", text);
    return line;
}

void
say_error_event(struct speech *speech, const char *id, const char *command, const char *code,
                const char *text)
{
    begin_error(speech, id, command, code, text);
    events_end(&speech->events, false);
}

/* What people read instead of the event. */
static void
tell_error(struct speech *speech, const char *command, const char *text)
{
    bool named = strncmp(text, command, strlen(command)) == 0;
    if (speech->people) {
        say_people(speech, "%s%s%s", named ? "" : command, named ? "" : ": ", text);
    }
}

void
say_error(struct speech *speech, const char *id, const char *command, const char *code,
          const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say_error_event(speech, id, command, code, text);
    tell_error(speech, command, text);
}

void
say_set_error(struct speech *speech, const char *id, const char *param, const char *code,
              const char *text)
{
    events_text(begin_error(speech, id, "set", code, text), "param", param);
    events_end(&speech->events, false);
    tell_error(speech, "set", text);
}

/* ---- warnings ---- */

static struct od_buf *
begin_warning(struct speech *speech, const char *code, const char *text)
{
    struct od_buf *line = events_begin(&speech->events, "warning", NULL);
    events_text(line, "code", code);
    events_text(line, "message", text);
    return line;
}

void
say_warning(struct speech *speech, const char *code, uint64_t count, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct od_buf *line = begin_warning(speech, code, text);
    if (count > 0) {
        events_count(line, "count", count);
    }
    events_end(&speech->events, false);
    if (!speech->quiet) {
        tell(speech, text);
    }
}

void
say_warning_event(struct speech *speech, const char *code, const char *text)
{
    begin_warning(speech, code, text);
    events_end(&speech->events, false);
}
