#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "world/cli.h"

#define LOOK_EVERY (OD_NSEC_PER_SEC / 2)

/* ---- raw ---- */

/* A pipe without a name of its own, as of a shell's '|' or '<()', ends with its last writer: nobody
 * else can open it. */
static bool
has_writers_to_come(const char *path, const struct stat *status)
{
    struct statfs place;
    return S_ISFIFO(status->st_mode) && (statfs(path, &place) != 0 || place.f_type != PIPEFS_MAGIC);
}

/* A FIFO is opened for both ways, so that it has no end when a writer goes away. */
static int
open_path(const char *path, int *fd)
{
    struct stat status;
    if (strcmp(path, "-") == 0) {
        *fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    } else if (stat(path, &status) != 0) {
        return errno;
    } else {
        int access = has_writers_to_come(path, &status) ? O_RDWR : O_RDONLY;
        *fd = open(path, access | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    }
    if (*fd < 0) {
        return errno;
    }
    if (fstat(*fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        close(*fd);
        *fd = -1;
        return EISDIR;
    }
    return 0;
}

static void
look_at_path(struct source *source)
{
    if (source->fd < 0 && !source->ended) {
        (void)open_path(source->options->raw, &source->fd);
    }
}

/* A device may come back, even if it can be opened before it can be read; what was inherited does
 * not. */
static void
lose_path(struct source *source, int error)
{
    const char *name = od_cli_input_name(source->options->raw);
    close(source->fd);
    source->fd = -1;
    if (od_cli_is_stdin(source->options->raw)) {
        source->ended = true;
        source->exit_status = od_cli_fail(error == EISDIR ? OD_ENOINPUT : OD_EIO,
                                          "cannot read %s: %s", name, strerror(error));
    } else if (!source->said_away) {
        od_cli_message("%s: %s; waiting until it can be read again", name, strerror(error));
        source->said_away = true;
    }
}

static void
say_back(struct source *source)
{
    if (source->said_away && !source->options->quiet) {
        od_cli_message("%s is back", source->options->raw);
    }
    source->said_away = false;
}

/* A line that was hung up, as that of a device that was pulled out, ends too, but may come back. */
static bool
is_hung_up(const struct source *source)
{
    struct pollfd one = {source->fd, POLLIN, 0};
    struct stat status;
    return !od_cli_is_stdin(source->options->raw) && fstat(source->fd, &status) == 0 &&
           S_ISCHR(status.st_mode) && poll(&one, 1, 0) == 1 && (one.revents & POLLHUP) != 0;
}

static size_t
read_path(struct source *source, unsigned char *bytes)
{
    ssize_t size = read(source->fd, bytes, SOURCE_BYTES);
    if (size > 0) {
        say_back(source);
        return (size_t)size;
    }
    if (size == 0 && is_hung_up(source)) {
        lose_path(source, EIO);
    } else if (size == 0) {
        source->ended = true;
    } else if (errno != EAGAIN && errno != EINTR) {
        lose_path(source, errno);
    }
    return 0;
}

/* ---- ports ---- */

static void
close_port(struct source *source)
{
    if (source->stream != NULL) {
        od_midiport_close(source->stream);
        od_midiport_stop();
        source->stream = NULL;
    }
}

/* An address can be another's by now; a name alone can be that of two. */
static bool
still_there(const struct source *source, const struct od_midiport_info *ports, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (ports[i].client == source->port.client && ports[i].port == source->port.port) {
            return ports[i].is_input && strcmp(ports[i].name, source->port.name) == 0;
        }
    }
    return false;
}

static bool
open_port(struct source *source, const struct od_midiport_info *port)
{
    if (!od_midiport_start()) {
        return false;
    }
    if (od_midiport_open_input(port, &source->stream) != OD_OK) {
        od_midiport_stop();
        source->stream = NULL;
        return false;
    }
    source->port = *port;
    return true;
}

static void
say_away(struct source *source, int found)
{
    if (source->said_away) {
        return;
    }
    source->said_away = true;
    const char *name = source->options->from;
    if (found == OD_MIDIPORT_AMBIGUOUS) {
        od_cli_message("several MIDI inputs match '%s': give more of the name; --list shows them",
                       name);
    } else if (od_midiport_available()) {
        od_cli_message("no MIDI input '%s': waiting until it appears; --list shows those there are",
                       name);
    } else {
        od_cli_message("no MIDI input '%s': this machine has no MIDI system, or it may not be "
                       "opened; waiting until it can",
                       name);
    }
}

static void
look_at_port(struct source *source)
{
    static struct od_midiport_info ports[OD_MIDIPORT_MAX];
    size_t n = od_midiport_list(NULL, ports, OD_MIDIPORT_MAX);
    if (source->stream != NULL && still_there(source, ports, n)) {
        return;
    }
    if (source->stream != NULL) {
        od_cli_message("the MIDI input '%s' is gone: waiting until it is back", source->port.name);
        source->said_away = true;
        close_port(source);
    }
    int found = od_midiport_find_input(ports, n, source->options->from);
    if (found >= 0 && open_port(source, &ports[found])) {
        if (!source->options->quiet) {
            od_cli_message("listening to '%s'", source->port.name);
        }
        source->said_away = false;
    } else {
        say_away(source, found);
    }
}

/* ---- both ---- */

int
source_open(struct source *source, const struct options *options, od_nsec now)
{
    *source = (struct source){.options = options, .fd = -1, .next_look = now + LOOK_EVERY};
    if (options->raw == NULL) {
        look_at_port(source);
        return 0;
    }
    int error = open_path(options->raw, &source->fd);
    if (error != 0) {
        return od_cli_fail(OD_ENOINPUT, "cannot %s %s: %s", error == EISDIR ? "read" : "open",
                           od_cli_input_name(options->raw), strerror(error));
    }
    return 0;
}

void
source_close(struct source *source)
{
    close_port(source);
    if (source->fd >= 0) {
        close(source->fd);
        source->fd = -1;
    }
}

void
source_look(struct source *source, od_nsec now)
{
    if (source->options->raw != NULL) {
        look_at_path(source);
    } else {
        look_at_port(source);
    }
    source->next_look = now + LOOK_EVERY;
}

size_t
source_read(struct source *source, unsigned char *bytes)
{
    if (source->fd >= 0) {
        return read_path(source, bytes);
    }
    return source->stream != NULL
               ? od_midiport_read(source->stream, bytes, SOURCE_BYTES, &source->lost)
               : 0;
}

int
source_list(void)
{
    static struct od_midiport_info ports[OD_MIDIPORT_MAX];
    size_t n = od_midiport_list(NULL, ports, OD_MIDIPORT_MAX);
    size_t inputs = 0;
    for (size_t i = 0; i < n; i++) {
        if (ports[i].is_input) {
            puts(ports[i].name);
            inputs++;
        }
    }
    if (inputs == 0) {
        od_cli_message("no MIDI input; oiduna-play --probe tells what to do");
    }
    return 0;
}
