#include "world/follow.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "world/clock.h"

#define READS         16 /* of a buffer of notices, before the caller has its turn again */
#define NOTICES_BYTES 4096
#define UNWATCHED     (-1)
#define LONGEST       4 /* times the settling time */

#define ON_FILE   (IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)
#define ON_FOLDER (IN_CREATE | IN_CLOSE_WRITE | IN_MOVE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)

/* What tells one state of a file from another where the kernel did not say that it was written. */
struct mark {
    enum {
        NOTHING,
        NO_FILE, /* a folder, a FIFO, a device */
        A_FILE
    } there;
    bool readable;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;
};

struct followed {
    char *path;       /* owned */
    char *folder;     /* owned */
    const char *name; /* in `path` */
    int file_watch, folder_watch;
    struct mark mark;   /* as it was told last */
    struct mark seen;   /* as it was when it was found changed, though nobody said so */
    bool told;          /* something was */
    bool saved;         /* written to, and closed or renamed: told even if all looks the same */
    bool open;          /* written to and not closed yet */
    od_nsec first;      /* of the notices that wait; OD_NSEC_NEVER = none */
    od_nsec whole;      /* of those that said all is there */
    od_nsec due;        /* when it is looked at; OD_NSEC_NEVER */
    od_nsec gone_since; /* OD_NSEC_NEVER = it is there, or was told to be gone */
};

struct od_follow {
    int epoll, inotify, timer;
    od_nsec next_look;
    size_t n;
    struct followed files[OD_FOLLOW_MAX];
};

static od_nsec
earlier(od_nsec a, od_nsec b)
{
    return a < b ? a : b;
}

/* ---- watches ---- */

/* The kernel gives one number for one inode, whatever the path: it may be another file's too. */
static bool
is_shared(const struct od_follow *follow, int watch)
{
    int users = 0;
    for (size_t i = 0; i < follow->n; i++) {
        const struct followed *file = &follow->files[i];
        users += (file->file_watch == watch) + (file->folder_watch == watch);
    }
    return users > 1;
}

/* A watch goes with the inode; what we mean is the path. */
static void
watch_again(struct od_follow *follow, int *watch, const char *path, uint32_t mask)
{
    int now = inotify_add_watch(follow->inotify, path, mask);
    if (now != *watch && *watch != UNWATCHED && !is_shared(follow, *watch)) {
        inotify_rm_watch(follow->inotify, *watch); /* fails if the inode went, and it with it */
    }
    *watch = now >= 0 ? now : UNWATCHED;
}

static void
watch_file(struct od_follow *follow, struct followed *file)
{
    watch_again(follow, &file->folder_watch, file->folder, ON_FOLDER | IN_ONLYDIR);
    watch_again(follow, &file->file_watch, file->path, ON_FILE);
}

/* ---- what the kernel says ---- */

static void
settle(struct followed *file, od_nsec now, od_nsec since, od_nsec quiet)
{
    file->due = earlier(now + quiet, since + LONGEST * quiet);
}

/* It is looked at when it is quiet. */
static void
expect(struct followed *file, od_nsec now)
{
    file->first = earlier(file->first, now);
    settle(file, now, file->first, file->open ? OD_FOLLOW_SETTLE_OPEN : OD_FOLLOW_SETTLE);
}

static void
expect_more(struct followed *file, od_nsec now)
{
    file->open = true;
    expect(file, now);
}

/* All of it is there. */
static void
expect_whole(struct followed *file, od_nsec now)
{
    file->whole = earlier(file->whole, now);
    file->open = false;
    file->saved = true;
    settle(file, now, file->whole, OD_FOLLOW_SETTLE);
}

static void
take_file_notice(struct followed *file, uint32_t mask, od_nsec now)
{
    if ((mask & IN_CLOSE_WRITE) != 0) {
        expect_whole(file, now);
    } else if ((mask & IN_MODIFY) != 0) {
        file->saved = true;
        expect_more(file, now);
    } else {
        expect(file, now);
    }
}

static void
take_folder_notice(struct followed *file, const struct inotify_event *event, od_nsec now)
{
    bool ours = event->len > 0 && strcmp(event->name, file->name) == 0;
    if (ours && (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) {
        expect_whole(file, now);
    } else if (ours && (event->mask & IN_CREATE) != 0) {
        expect_more(file, now);
    } else if ((event->mask & IN_CLOSE_WRITE) == 0) {
        expect(file, now); /* also others': a symbolic link of ours may go through them */
    }
}

static void
take_end_of_watch(struct followed *file, int watch, od_nsec now)
{
    if (file->file_watch == watch) {
        file->file_watch = UNWATCHED;
        expect(file, now);
    }
    if (file->folder_watch == watch) {
        file->folder_watch = UNWATCHED;
        expect(file, now);
    }
}

static void
take_notice(struct od_follow *follow, const struct inotify_event *event, od_nsec now)
{
    for (size_t i = 0; i < follow->n; i++) {
        struct followed *file = &follow->files[i];
        if ((event->mask & IN_Q_OVERFLOW) != 0) {
            expect(file, now);
        } else if ((event->mask & IN_IGNORED) != 0) {
            take_end_of_watch(file, event->wd, now);
        } else if (event->wd == file->file_watch) {
            take_file_notice(file, event->mask, now);
        } else if (event->wd == file->folder_watch) {
            take_folder_notice(file, event, now);
        }
    }
}

static void
take_notices(struct od_follow *follow, od_nsec now)
{
    _Alignas(struct inotify_event) char notices[NOTICES_BYTES];
    for (int i = 0; i < READS; i++) {
        ssize_t size = read(follow->inotify, notices, sizeof notices);
        if (size <= 0) {
            return;
        }
        for (char *at = notices; at < notices + size;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)at;
            take_notice(follow, event, now);
            at += sizeof *event + event->len;
        }
    }
}

/* ---- looking ---- */

static struct mark
look(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return (struct mark){.there = NOTHING};
    }
    if (!S_ISREG(status.st_mode)) {
        return (struct mark){.there = NO_FILE};
    }
    return (struct mark){.there = A_FILE,
                         .readable = access(path, R_OK) == 0,
                         .device = status.st_dev,
                         .inode = status.st_ino,
                         .size = status.st_size,
                         .written = status.st_mtim};
}

static bool
is_same(const struct mark *a, const struct mark *b)
{
    return a->there == b->there && a->readable == b->readable && a->device == b->device &&
           a->inode == b->inode && a->size == b->size && a->written.tv_sec == b->written.tv_sec &&
           a->written.tv_nsec == b->written.tv_nsec;
}

static enum od_follow_change
judge_missing(struct followed *file, const struct mark *mark, od_nsec now)
{
    if (file->told && file->mark.there == mark->there) {
        return OD_FOLLOW_NOTHING;
    }
    file->gone_since = earlier(file->gone_since, now);
    od_nsec gone = file->told ? file->gone_since + OD_FOLLOW_GRACE : now;
    if (now < gone) {
        file->due = gone;
        return OD_FOLLOW_NOTHING;
    }
    file->gone_since = OD_NSEC_NEVER;
    file->mark = *mark;
    file->told = true;
    return mark->there == NOTHING ? OD_FOLLOW_GONE : OD_FOLLOW_ODD;
}

/* Nobody said that all of it is there: it is when it does not change any more. */
static bool
is_changing(struct followed *file, const struct mark *mark, od_nsec now)
{
    if (is_same(mark, &file->seen)) {
        return false;
    }
    file->seen = *mark;
    expect_more(file, now);
    return true;
}

static enum od_follow_change
judge(struct od_follow *follow, struct followed *file, od_nsec now)
{
    bool saved = file->saved;
    file->saved = file->open = false;
    file->first = file->whole = file->due = OD_NSEC_NEVER;
    watch_file(follow, file); /* before the look: what comes after it is told */
    struct mark mark = look(file->path);
    if (mark.there != A_FILE) {
        return judge_missing(file, &mark, now);
    }
    file->gone_since = OD_NSEC_NEVER;
    if (file->told && !saved && (is_same(&mark, &file->mark) || is_changing(file, &mark, now))) {
        return OD_FOLLOW_NOTHING;
    }
    file->mark = mark;
    file->told = true;
    return OD_FOLLOW_SAVED;
}

static void
look_at_all(struct od_follow *follow, od_nsec now)
{
    for (size_t i = 0; i < follow->n; i++) {
        struct followed *file = &follow->files[i];
        file->due = file->due == OD_NSEC_NEVER ? now : file->due;
    }
    follow->next_look = now + OD_FOLLOW_LOOK;
}

/* Wakes whoever polls when something is due. */
static void
set_timer(const struct od_follow *follow)
{
    od_nsec next = follow->next_look;
    for (size_t i = 0; i < follow->n; i++) {
        next = earlier(next, follow->files[i].due);
    }
    next = next > 0 ? next : 1; /* 0 would mean never */
    struct itimerspec when = {
        .it_value = {(time_t)(next / OD_NSEC_PER_SEC), (long)(next % OD_NSEC_PER_SEC)}};
    timerfd_settime(follow->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

enum od_follow_change
od_follow_next(struct od_follow *follow, size_t *file)
{
    od_nsec now = od_clock_now();
    take_notices(follow, now);
    if (now >= follow->next_look) {
        look_at_all(follow, now);
    }
    for (size_t i = 0; i < follow->n; i++) {
        if (follow->files[i].due > now) {
            continue;
        }
        enum od_follow_change change = judge(follow, &follow->files[i], now);
        if (change != OD_FOLLOW_NOTHING) {
            *file = i;
            set_timer(follow);
            return change;
        }
    }
    set_timer(follow);
    return OD_FOLLOW_NOTHING;
}

/* ---- beginning and end ---- */

static bool
poll_also(const struct od_follow *follow, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return fd >= 0 && epoll_ctl(follow->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

enum od_status
od_follow_new(struct od_follow **follow, char error[OD_FOLLOW_ERROR_SIZE])
{
    struct od_follow *made = calloc(1, sizeof *made);
    if (made == NULL) {
        snprintf(error, OD_FOLLOW_ERROR_SIZE, "%s", od_status_text(OD_ENOMEM));
        return OD_ENOMEM;
    }
    made->next_look = od_clock_now() + OD_FOLLOW_LOOK;
    made->epoll = epoll_create1(EPOLL_CLOEXEC);
    made->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    made->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (made->epoll < 0 || made->timer < 0 || !poll_also(made, made->timer) ||
        (made->inotify >= 0 && !poll_also(made, made->inotify))) {
        snprintf(error, OD_FOLLOW_ERROR_SIZE, "cannot follow files: %s", strerror(errno));
        od_follow_free(made);
        return OD_EUNAVAILABLE;
    }
    *follow = made;
    return OD_OK;
}

static bool
name_file(struct followed *file, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    file->path = strdup(path);
    file->folder = length == 0 ? strdup(".") : strndup(path, length);
    file->name = file->path == NULL ? NULL : file->path + (slash == NULL ? 0 : slash - path + 1);
    return file->path != NULL && file->folder != NULL;
}

enum od_status
od_follow_add(struct od_follow *follow, const char *path, char error[OD_FOLLOW_ERROR_SIZE])
{
    struct stat status;
    if (follow->n == OD_FOLLOW_MAX) {
        snprintf(error, OD_FOLLOW_ERROR_SIZE, "at most %d files can be followed", OD_FOLLOW_MAX);
        return OD_EUNAVAILABLE;
    }
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        snprintf(error, OD_FOLLOW_ERROR_SIZE, "%.400s is no regular file and cannot be followed",
                 path);
        return OD_ENOINPUT;
    }
    struct followed file = {.file_watch = UNWATCHED,
                            .folder_watch = UNWATCHED,
                            .first = OD_NSEC_NEVER,
                            .whole = OD_NSEC_NEVER,
                            .due = 0,
                            .gone_since = OD_NSEC_NEVER};
    if (!name_file(&file, path)) {
        free(file.path);
        free(file.folder);
        snprintf(error, OD_FOLLOW_ERROR_SIZE, "%s", od_status_text(OD_ENOMEM));
        return OD_ENOMEM;
    }
    follow->files[follow->n] = file;
    follow->n++;
    set_timer(follow);
    return OD_OK;
}

int
od_follow_fd(const struct od_follow *follow)
{
    return follow->epoll;
}

static void
close_one(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

void
od_follow_free(struct od_follow *follow)
{
    if (follow == NULL) {
        return;
    }
    close_one(follow->inotify);
    close_one(follow->timer);
    close_one(follow->epoll);
    for (size_t i = 0; i < follow->n; i++) {
        free(follow->files[i].path);
        free(follow->files[i].folder);
    }
    free(follow);
}
