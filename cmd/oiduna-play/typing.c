#include "typing.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int
typing_fd(const struct desk *desk, const struct input *input)
{
    struct display *display = &desk->speech->display;
    if (!display->prompts) {
        return input_fd(input);
    }
    return display_takes_keys(display) ? STDIN_FILENO : -1; /* else it is another job's */
}

static void
take_key(struct desk *desk, struct input *input, char byte)
{
    struct display *display = &desk->speech->display;
    struct od_prompt *prompt = &display->prompt;
    switch (display_key(display, byte)) {
    case OD_PROMPT_LINE:
        input_feed(input, prompt->line, prompt->length);
        input_feed(input, "\n", 1);
        od_prompt_next(prompt);
        break;
    case OD_PROMPT_END:
        display_end_prompt(display);
        input_feed(input, NULL, 0);
        break;
    case OD_PROMPT_EDITED:
        break;
    }
}

void
typing_read(struct desk *desk, struct input *input)
{
    struct display *display = &desk->speech->display;
    char keys[1024];
    if (!display->prompts) {
        input_read(input);
        return;
    }
    ssize_t size = read(STDIN_FILENO, keys, sizeof keys);
    if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN)) {
        display_end_prompt(display); /* the terminal is gone */
        input_feed(input, NULL, 0);
    }
    for (ssize_t i = 0; i < size && display->prompts; i++) {
        take_key(desk, input, keys[i]);
    }
}
