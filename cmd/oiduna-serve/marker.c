#include "marker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME ".playing-"

/* As long as we live it is locked: one that is not is a dead one's. */
struct marker {
    char *path;
    int fd;
};

static bool
make_folders(const char *folder)
{
    char *path = strdup(folder);
    bool good = path != NULL;
    for (char *slash = path; good && (slash = strchr(slash + 1, '/')) != NULL; *slash = '/') {
        *slash = '\0';
        good = mkdir(path, 0755) == 0 || errno == EEXIST;
    }
    good = good && (mkdir(path, 0755) == 0 || errno == EEXIST);
    int error = errno;
    free(path);
    errno = error;
    return good;
}

static bool
take_dead_one(const char *folder, const char *name)
{
    char *path;
    if (strncmp(name, NAME, strlen(NAME)) != 0 || asprintf(&path, "%s/%s", folder, name) < 0) {
        return false;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool dead = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && unlink(path) == 0;
    if (fd >= 0) {
        close(fd);
    }
    free(path);
    return dead;
}

static bool
take_dead_ones(const char *folder)
{
    DIR *all = opendir(folder);
    const struct dirent *entry;
    bool any = false;
    while (all != NULL && (entry = readdir(all)) != NULL) {
        any = take_dead_one(folder, entry->d_name) || any;
    }
    if (all != NULL) {
        closedir(all);
    }
    return any;
}

struct marker *
marker_set(const char *folder, bool *left)
{
    struct marker *marker = calloc(1, sizeof *marker);
    *left = false;
    if (marker == NULL) {
        return NULL;
    }
    marker->fd = -1;
    if (make_folders(folder)) {
        *left = take_dead_ones(folder);
        char *path;
        if (asprintf(&path, "%s/" NAME "%ld", folder, (long)getpid()) >= 0) {
            marker->path = path;
            marker->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        }
    }
    if (marker->fd >= 0 && flock(marker->fd, LOCK_EX | LOCK_NB) == 0) {
        return marker;
    }
    int error = errno;
    marker_free(marker, true);
    errno = error;
    return NULL;
}

void
marker_free(struct marker *marker, bool in_order)
{
    if (marker == NULL) {
        return;
    }
    if (marker->fd >= 0) {
        if (in_order) {
            unlink(marker->path);
        }
        close(marker->fd);
    }
    free(marker->path);
    free(marker);
}
