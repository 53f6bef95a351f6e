#include "world/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "base/version.h"
#include "base/wrap.h"

#define PIECE       ((size_t)1 << 18)
#define MESSAGE_MAX 8192 /* a path may have 4096 bytes */
#define PATIENCE_MS 100  /* for standard error, if it was not stalled before */

/* State because it is the process's: how its standard streams are written to, of which it has one
 * each. stdio's buffers, which call back into this file, belong to the process too. */
static bool never_waits;
static int lost_error;

static void
await(int fd, short events)
{
    struct pollfd one = {fd, events, 0};
    (void)poll(&one, 1, -1);
}

void
od_cli_await_input(int fd)
{
    await(fd, POLLIN);
}

void
od_cli_await_output(int fd)
{
    await(fd, POLLOUT);
}

/* Returns how much was written; less than `size` with errno. */
static size_t
write_all(int fd, const char *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t written = write(fd, bytes + done, size - done);
        if (written >= 0) {
            done += (size_t)written;
        } else if (errno == EAGAIN) {
            od_cli_await_output(fd);
        } else if (errno != EINTR) {
            break;
        }
    }
    return done;
}

static ssize_t
write_stream(void *cookie, const char *bytes, size_t size)
{
    return (ssize_t)write_all(*(const int *)cookie, bytes, size);
}

/* A program that must not wait drops what nobody takes, in the middle of a line if need be. */
static ssize_t
write_error(void *cookie, const char *bytes, size_t size)
{
    if (!never_waits) {
        return write_stream(cookie, bytes, size);
    }
    ssize_t written = write(*(const int *)cookie, bytes, size);
    return written < 0 && errno == EAGAIN ? (ssize_t)size : written;
}

static int
close_stream(void *cookie)
{
    return close(*(const int *)cookie);
}

/* Opened the other way round: it stays an error to use them. */
static void
hold_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        int way = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", way) < 0) {
            return;
        }
    }
}

/* A stream stays as it was if there is no memory for another. */
void
od_cli_begin(void)
{
    static int out = STDOUT_FILENO, error = STDERR_FILENO;
    hold_standard_files();
    FILE *stream = fopencookie(
        &out, "w", (cookie_io_functions_t){.write = write_stream, .close = close_stream});
    if (stream != NULL) {
        setvbuf(stream, NULL, isatty(out) ? _IOLBF : _IOFBF, BUFSIZ);
        stdout = stream;
    }
    stream = fopencookie(&error, "w", (cookie_io_functions_t){.write = write_error});
    if (stream != NULL) {
        setvbuf(stream, NULL, _IONBF, 0);
        stderr = stream;
    }
}

const char *
od_cli_program(void)
{
    return program_invocation_short_name;
}

void
od_cli_never_wait(void)
{
    never_waits = true;
}

bool
od_cli_takes(void)
{
    static bool stalled;
    struct pollfd out = {STDERR_FILENO, POLLOUT, 0};
    stalled = never_waits && poll(&out, 1, stalled ? 0 : PATIENCE_MS) == 0;
    return !stalled;
}

unsigned
od_cli_columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : OD_WRAP_NOWHERE;
}

void
od_cli_text(const void *text, size_t length)
{
    struct od_buf out = {0};
    unsigned columns = od_cli_columns();
    if (columns != OD_WRAP_NOWHERE && od_wrap(text, length, columns, &out)) {
        fwrite(out.data, 1, out.length, stderr);
    } else {
        fwrite(text, 1, length, stderr);
    }
    od_buf_clear(&out);
}

static void print_message(const char *format, va_list args) OD_PRINTF(1, 0);

static void
print_message(const char *format, va_list args)
{
    char text[MESSAGE_MAX], line[NAME_MAX + sizeof text];
    if (!od_cli_takes()) {
        return;
    }
    vsnprintf(text, sizeof text, format, args);
    od_utf8_defuse(text);
    int length = snprintf(line, sizeof line, "%.*s: %s\n", NAME_MAX - 4, od_cli_program(), text);
    od_cli_text(line, (size_t)length);
}

void
od_cli_message(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_message(format, args);
    va_end(args);
}

int
od_cli_fail(enum od_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_message(format, args);
    va_end(args);
    return od_status_exit(status);
}

int
od_cli_try_help(void)
{
    fprintf(stderr, "Try '%s --help'.\n", od_cli_program());
    return od_status_exit(OD_EUSAGE);
}

int
od_cli_usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_message(format, args);
    va_end(args);
    return od_cli_try_help();
}

void
od_cli_version(void)
{
    printf("%s %s\n", od_cli_program(), OD_VERSION);
}

bool
od_cli_is_stdin(const char *path)
{
    return path == NULL || strcmp(path, "-") == 0;
}

const char *
od_cli_input_name(const char *path)
{
    return od_cli_is_stdin(path) ? "<stdin>" : path;
}

/* Room for what a regular file holds: then it is read in one go. */
static size_t
guess_size(int fd, size_t most)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size <= 0 ||
        (uintmax_t)info.st_size > most) {
        return PIECE;
    }
    return (size_t)info.st_size + 1;
}

static enum od_status
read_all(int fd, const char *name, size_t most, struct od_buf *out)
{
    size_t room = guess_size(fd, most);
    for (;;) {
        size_t used = out->length;
        unsigned char *piece = od_buf_extend(out, room);
        if (piece == NULL) {
            od_cli_message("%s: %s", name, od_status_text(OD_ENOMEM));
            return OD_ENOMEM;
        }
        ssize_t got = read(fd, piece, room);
        out->length = used + (size_t)(got > 0 ? got : 0);
        if (got == 0) {
            return OD_OK;
        }
        if (got < 0 && errno == EAGAIN) {
            od_cli_await_input(fd);
        } else if (got < 0 && errno != EINTR) {
            int error = errno;
            od_cli_message("cannot read %s: %s", name, strerror(error));
            return error == EISDIR ? OD_ENOINPUT : OD_EIO;
        }
        if (out->length > most) {
            od_cli_message("%s: longer than %zu MiB", name, most >> 20);
            return OD_EDATA;
        }
        room = PIECE;
    }
}

enum od_status
od_cli_read_most(const char *path, size_t most, struct od_buf *out)
{
    if (od_cli_is_stdin(path)) {
        return read_all(STDIN_FILENO, od_cli_input_name(path), most, out);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        od_cli_message("cannot open %s: %s", path, strerror(errno));
        return OD_ENOINPUT;
    }
    enum od_status status = read_all(fd, path, most, out);
    close(fd);
    return status;
}

enum od_status
od_cli_read(const char *path, struct od_buf *out)
{
    return od_cli_read_most(path, OD_CLI_INPUT_MAX, out);
}

enum od_status
od_cli_write(int fd, const void *bytes, size_t size)
{
    if (write_all(fd, bytes, size) < size) {
        od_cli_message("cannot write: %s", strerror(errno));
        return OD_EIO;
    }
    return OD_OK;
}

void
od_cli_output_lost(int error)
{
    lost_error = error;
}

int
od_cli_close_stdout(int exit_status)
{
    bool lost = ferror(stdout) != 0;
    errno = 0;
    lost = fflush(stdout) != 0 || lost;
    if (fclose(stdout) == 0 && !lost) {
        return exit_status;
    }
    if (errno == EBADF && !lost) { /* it was closed from the start and nothing was printed */
        return exit_status;
    }
    int error = lost_error != 0 ? lost_error : errno;
    return od_cli_fail(OD_EIO, "cannot write: %s", error != 0 ? strerror(error) : "output lost");
}

void
od_cli_diagnostics(const struct od_diag_list *diags, const struct od_source *source, bool json)
{
    struct od_buf out = {0};
    if (json) {
        od_diag_report_json(diags, source, &out);
    } else {
        od_diag_report_text(diags, source, od_cli_program(), &out);
    }
    if (out.length > 0) {
        od_cli_text(out.data, out.length);
    }
    if (out.failed || diags->out_of_memory) {
        od_cli_message("%s", od_status_text(OD_ENOMEM));
    }
    od_buf_clear(&out);
}
