#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
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
keep_last(struct speech *speech, const char *text, bool failed)
{
    size_t length = od_utf8_cut(text, strlen(text), sizeof speech->last - 1);
    memcpy(speech->last, text, length);
    speech->last[length] = '\0';
    speech->last_failed = failed;
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

void
say_answer(struct speech *speech, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    keep_last(speech, text, false);
    if (speech->people && speech->display.prompts) {
        tell(speech, text);
    }
}

void
say_place(char out[SAY_PLACE_SIZE], int64_t step)
{
    unsigned place = od_step_in_loop(step);
    snprintf(out, SAY_PLACE_SIZE, "%u.%u.%u", place / OD_BAR_STEPS + 1,
             place % OD_BAR_STEPS / OD_BEAT_STEPS + 1, place % OD_BEAT_STEPS + 1);
}

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
    say_answer(speech, "%s: done", command);
}

void
say_applies_at(struct od_buf *line, int64_t step, od_nsec wall)
{
    od_buf_printf(line, ",\"applies_at\":{");
    events_step(line, step, wall);
    od_buf_printf(line, "}");
}

static struct od_buf *
begin_error(struct speech *speech, const char *id, const char *command, const char *code,
            const char *text)
{
    struct od_buf *line = events_begin(&speech->events, "error", id);
    speech->errors++;
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
    char line[TEXT_MAX];
    bool named = strncmp(text, command, strlen(command)) == 0;
    snprintf(line, sizeof line, "%s%s%s", named ? "" : command, named ? "" : ": ", text);
    keep_last(speech, line, true);
    if (!speech->events.enabled) {
        tell(speech, line);
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
say_set_error(struct speech *speech, const char *id, const char *command, const char *param,
              const char *code, const char *text)
{
    events_text(begin_error(speech, id, command, code, text), "param", param);
    events_end(&speech->events, false);
    tell_error(speech, command, text);
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
