#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/wrap.h"
#include "world/cli.h"

#define WAITING_MAX ((size_t)256 * 1024) /* bytes */
#define LAST_WORDS  1                    /* seconds */
#define ALWAYS      ((size_t)4096)       /* bytes for which there is memory whatever happens */

struct log {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake, written;
    struct od_buf waiting;          /* under the lock; keeps its memory, as does `present` */
    uint64_t dropped, dropped_told; /* under the lock */
    bool writing, stop;             /* under the lock */
    struct od_buf present, shown;   /* of the thread: what it writes, and for a terminal */
};

/* Only here may the thread be cancelled: when nobody reads what it writes. */
static void
write_all(const unsigned char *bytes, size_t length)
{
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    while (length) {
        ssize_t n = write(STDERR_FILENO, bytes, length);
        if (n < 0 && errno == EAGAIN) {
            od_cli_await_output(STDERR_FILENO);
        }
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (n < 0) {
            break; /* there is nobody to tell */
        }
        bytes += n;
        length -= (size_t)n;
    }
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
}

/* On a terminal as what other programs say; without memory for that as it is. */
static void
write_present(struct log *log)
{
    const struct od_buf *from = &log->present;
    log->shown.length = 0;
    log->shown.failed = false;
    unsigned columns = od_cli_columns();
    if (columns != OD_WRAP_NOWHERE &&
        od_wrap((const char *)from->data, from->length, columns, &log->shown)) {
        from = &log->shown;
    }
    write_all(from->data, from->length);
}

/* Under the lock. */
static void
take_waiting(struct log *log)
{
    struct od_buf written = log->present;
    log->present = log->waiting;
    log->waiting = written;
    log->waiting.length = 0;
    if (log->dropped != log->dropped_told) {
        od_buf_printf(&log->present, "%s: %" PRIu64 " lines are missing here: nobody read them\n",
                      od_cli_program(), log->dropped - log->dropped_told);
        log->dropped_told = log->dropped;
    }
}

static void *
run(void *arg)
{
    struct log *log = arg;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_mutex_lock(&log->lock);
    while (!log->stop || log->waiting.length) {
        if (log->waiting.length == 0) {
            pthread_cond_wait(&log->wake, &log->lock);
            continue;
        }
        take_waiting(log);
        log->writing = true;
        pthread_mutex_unlock(&log->lock);
        write_present(log);
        pthread_mutex_lock(&log->lock);
        log->writing = false;
        pthread_cond_signal(&log->written);
    }
    pthread_mutex_unlock(&log->lock);
    return NULL;
}

static bool
reserve(struct od_buf *buf)
{
    bool there_is = od_buf_extend(buf, ALWAYS) != NULL;
    buf->length = 0;
    return there_is;
}

static void
clear(struct log *log)
{
    od_buf_clear(&log->present);
    od_buf_clear(&log->shown);
    od_buf_clear(&log->waiting);
    free(log);
}

struct log *
log_new(void)
{
    struct log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return NULL;
    }
    if (!reserve(&log->waiting) || !reserve(&log->present)) {
        clear(log);
        return NULL;
    }
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->wake, NULL);
    pthread_cond_init(&log->written, NULL);
    sigset_t all;
    sigfillset(&all);
    sigset_t old;
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&log->thread, NULL, run, log);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error == 0) {
        pthread_setname_np(log->thread, "log");
        return log;
    }
    pthread_cond_destroy(&log->written);
    pthread_cond_destroy(&log->wake);
    pthread_mutex_destroy(&log->lock);
    clear(log);
    return NULL;
}

/* Under the lock. What there was no memory for is missing, what comes later is not. */
static bool
put(struct od_buf *out, const void *line, size_t length, const char *end)
{
    size_t before = out->length;
    bool good = before + length <= WAITING_MAX && od_buf_append(out, line, length) &&
                od_buf_append(out, end, strlen(end));
    if (!good) {
        out->length = before;
        out->failed = false;
    }
    return good;
}

static void
add_line(struct log *log, const void *line, size_t length, const char *end)
{
    pthread_mutex_lock(&log->lock);
    log->dropped += !put(&log->waiting, line, length, end);
    pthread_cond_signal(&log->wake);
    pthread_mutex_unlock(&log->lock);
}

void
log_line(struct log *log, const void *line, size_t length)
{
    add_line(log, line, length, "");
}

void
log_text(struct log *log, const char *text)
{
    add_line(log, text, strlen(text), "\n");
}

void
log_message(struct log *log, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char line[sizeof text + 64];
    snprintf(line, sizeof line, "%.60s: %s", od_cli_program(), text);
    log_text(log, line);
}

uint64_t
log_dropped(struct log *log)
{
    pthread_mutex_lock(&log->lock);
    uint64_t dropped = log->dropped;
    pthread_mutex_unlock(&log->lock);
    return dropped;
}

/* False if it takes too long. */
static bool
write_rest(struct log *log)
{
    int error = 0;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LAST_WORDS;
    while ((log->writing || log->waiting.length) && error != ETIMEDOUT) {
        error = pthread_cond_timedwait(&log->written, &log->lock, &until);
    }
    return !log->writing && log->waiting.length == 0;
}

void
log_free(struct log *log)
{
    if (log == NULL) {
        return;
    }
    pthread_mutex_lock(&log->lock);
    log->stop = true;
    pthread_cond_signal(&log->wake);
    if (!write_rest(log)) {
        pthread_cancel(log->thread);
    }
    pthread_mutex_unlock(&log->lock);
    pthread_join(log->thread, NULL);
    pthread_cond_destroy(&log->written);
    pthread_cond_destroy(&log->wake);
    pthread_mutex_destroy(&log->lock);
    clear(log);
}
