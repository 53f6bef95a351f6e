#include "typing.h"

#include <errno.h>
#include <unistd.h>

static bool
is_stdin(const struct display *display)
{
    return display->prompts && !display->aside;
}

int
typing_fd(const struct desk *desk, const struct input *input)
{
    struct display *display = &desk->speech->display;
    if (!is_stdin(display)) {
        return input_fd(input);
    }
    return display_takes_keys(display) ? STDIN_FILENO : -1; /* else it is another job's */
}

int
typing_aside_fd(const struct desk *desk)
{
    struct display *display = &desk->speech->display;
    return display->aside && display_takes_keys(display) ? display->keys : -1;
}

static void
take_line(struct display *display, struct input *input)
{
    struct od_prompt *prompt = &display->prompt;
    if (display->aside) {
        input_type(input, prompt->line);
    } else {
        input_feed(input, prompt->line, prompt->length);
        input_feed(input, "\n", 1);
    }
    od_prompt_next(prompt);
}

static void
end_prompt(struct display *display, struct input *input)
{
    bool aside = display->aside;
    display_end_prompt(display);
    if (!aside) {
        input_feed(input, NULL, 0);
    }
}

static void
take_key(struct display *display, struct input *input, char byte)
{
    switch (display_key(display, byte)) {
    case OD_PROMPT_LINE:
        take_line(display, input);
        break;
    case OD_PROMPT_END:
        end_prompt(display, input);
        break;
    case OD_PROMPT_EDITED:
        break;
    }
}

static void
read_keys(struct display *display, struct input *input)
{
    char keys[1024];
    ssize_t size = read(display->keys, keys, sizeof keys);
    if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN)) {
        end_prompt(display, input); /* the terminal is gone */
    }
    for (ssize_t i = 0; i < size && display->prompts; i++) {
        take_key(display, input, keys[i]);
    }
}

void
typing_read(struct desk *desk, struct input *input)
{
    if (is_stdin(&desk->speech->display)) {
        read_keys(&desk->speech->display, input);
    } else {
        input_read(input);
    }
}

void
typing_read_aside(struct desk *desk, struct input *input)
{
    read_keys(&desk->speech->display, input);
}
