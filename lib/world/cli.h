/* The few lines that every command shares. The one module of lib that prints. */
#ifndef OD_CLI_H
#define OD_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/units.h"
#include "text/diag.h"

#define OD_CLI_INPUT_MAX ((size_t)256 * 1024 * 1024)

/**
 * The first thing a main does. From then on standard output and error wait for a reader also where
 * the descriptor was inherited with O_NONBLOCK, as node, ssh and many a parent leave it: what stdio
 * would lose, and report as EAGAIN, is written when there is room. `stdout` and `stderr` have no
 * fileno() any more.
 *
 * And a standard file that it was started without is held, by something from which nothing can be
 * read and to which nothing can be written. Else it would become a socket, a score or a library's
 * pipe, from which commands are read and to which messages are written.
 */
void od_cli_begin(void);

/** The program's name, without its folder. */
const char *od_cli_program(void);

/**
 * From now on what nobody takes from standard error (a terminal that was stopped, a full pipe) is
 * dropped after a moment instead of waited for: for a program that has more to do.
 */
void od_cli_never_wait(void);

/** True if standard error takes something now, or waiting was not forbidden. */
bool od_cli_takes(void);

/** Prints "program: text" and a newline on standard error, as od_cli_text does. The text may come
 * from others: what could steer a terminal is shown as '?'. */
void od_cli_message(const char *format, ...) OD_PRINTF(1, 2);

/** Prints whole lines on standard error as they are; on a terminal those that are wider than it are
 * broken at blanks (od_wrap). */
void od_cli_text(const void *text, size_t length);

/** Of the terminal that standard error is at this moment; OD_WRAP_NOWHERE if it is none. */
unsigned od_cli_columns(void);

/** As od_cli_message, and returns the exit status that stands for `status`. */
int od_cli_fail(enum od_status status, const char *format, ...) OD_PRINTF(2, 3);

/** The same for wrong usage, with a second line that points to --help; returns 64. */
int od_cli_usage(const char *format, ...) OD_PRINTF(1, 2);

/** For getopt's '?' and ':', which told the user already: points to --help; returns 64. */
int od_cli_try_help(void);

/** Prints "program version" on standard output. */
void od_cli_version(void);

/** Is `path` standard input: NULL or "-"? */
bool od_cli_is_stdin(const char *path);

/** What messages call an input: its path, or "<stdin>". */
const char *od_cli_input_name(const char *path);

/**
 * Reads all of a file, or of standard input if `path` is NULL or "-", into the empty `out`. Says
 * what is wrong and returns OD_ENOINPUT, OD_EDATA (over OD_CLI_INPUT_MAX), OD_EIO or OD_ENOMEM.
 */
OD_NODISCARD enum od_status od_cli_read(const char *path, struct od_buf *out);

/** Likewise, but of at most `most` bytes, whole MiB: what is longer is not read to its end. */
OD_NODISCARD enum od_status od_cli_read_most(const char *path, size_t most, struct od_buf *out);

/** Waits until a descriptor, which may be non-blocking, has something to read, or takes something.
 */
void od_cli_await_input(int fd);
void od_cli_await_output(int fd);

/** Writes all bytes to a descriptor, waiting for its reader also if it is non-blocking; says what
 * is wrong and returns OD_EIO. */
OD_NODISCARD enum od_status od_cli_write(int fd, const void *bytes, size_t size);

/** Notes why something could not be printed (errno): od_cli_close_stdout says it. */
void od_cli_output_lost(int error);

/**
 * Closes standard output. Returns `exit_status`, or 74, having said so, if something printed was
 * lost. The last thing a main does.
 */
int od_cli_close_stdout(int exit_status);

/** Prints findings on standard error, for people or as JSON lines, and how many were not kept. */
void od_cli_diagnostics(const struct od_diag_list *diags, const struct od_source *source,
                        bool json);

#endif
