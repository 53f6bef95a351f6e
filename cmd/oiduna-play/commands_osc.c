#include "commands.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/relative.h"

#define PREFIX  "/oiduna/"
#define LETTERS "abcdefghijklmnopqrstuvwxyz-" /* of which commands are made */

/* Only a string can say so: "*=0.5" is no word but half of what holds. */
static bool
is_relative(const char *text)
{
    enum od_relation relation;
    double number;
    return od_relative_parse(text, false, &relation, &number) && relation != OD_ABSOLUTE &&
           strpbrk(text, " \t\r\n\f\v") == NULL;
}

/* False for a number that no command takes; as a word it would be the name of something. */
static bool
append_argument(struct od_buf *line, char type, const struct od_osc_arg *arg)
{
    switch (type) {
    case 'i':
        od_buf_printf(line, " %" PRId32, arg->i);
        break;
    case 'T': /* a switch, or a parameter that is one; no number */
    case 'F':
        od_buf_printf(line, " %s", arg->i != 0 ? "true" : "false");
        break;
    case 'f':
        od_buf_printf(line, " %.9g", (double)arg->f);
        return isfinite(arg->f);
    case 'd':
        od_buf_printf(line, " %.17g", arg->d);
        return isfinite(arg->d);
    case 's':
    case 'S':
        od_buf_append(line, " ", 1);
        if (is_relative(arg->s)) {
            od_buf_append(line, arg->s, strlen(arg->s));
        } else {
            od_buf_json_string(line, arg->s);
        }
        break;
    default:
        od_buf_printf(line, " null");
        break;
    }
    return true;
}

bool
commands_from_osc(const char *path, const char *types, const struct od_osc_arg *args, size_t n,
                  struct od_buf *line)
{
    const char *command = path + sizeof PREFIX - 1;
    if (strncmp(path, PREFIX, sizeof PREFIX - 1) != 0 || *command == '\0' ||
        command[strspn(command, LETTERS)] != '\0') {
        return false;
    }
    od_buf_printf(line, "%s", command);
    bool sound = true;
    for (size_t i = 0; i < n && sound; i++) {
        sound = append_argument(line, types[i], &args[i]);
    }
    od_buf_append(line, "", 1);
    return sound && !line->failed;
}
