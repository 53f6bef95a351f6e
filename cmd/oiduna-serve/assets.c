#include "assets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "http.h"

#define NAME_BYTES ((size_t)200) /* leaves room for what is put around it */
#define LOCK_TRIES 200           /* of 10 ms */

static const char *const folders[] = {"samples", "synthdefs"};
static const char *const types[] = {".wav .aif .aiff .aifc .flac", ".scd .scsyndef"};

const char *
asset_types(enum asset_kind kind)
{
    return types[kind];
}

static bool
good_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > NAME_BYTES || *name == '.' || !http_utf8(name, length)) {
        return false;
    }
    for (; *name; name++) {
        if (*name == '/' || *name == '\\' || *name == ':' || (unsigned char)*name < 0x20 ||
            *name == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool
good_type(const char *filename, enum asset_kind kind)
{
    const char *dot = strrchr(filename, '.'), *list = types[kind];
    size_t length = dot != NULL ? strlen(dot) : 0;
    while (length > 1 && *list) {
        size_t n = strcspn(list, " ");
        if (n == length && strncasecmp(list, dot, n) == 0) {
            return true;
        }
        list += n + strspn(list + n, " ");
    }
    return false;
}

enum asset_result
asset_check(const struct asset *asset)
{
    if (!good_name(asset->filename) ||
        (asset->kind == ASSET_SAMPLE && !good_name(asset->category))) {
        return ASSET_BAD_NAME;
    }
    return good_type(asset->filename, asset->kind) ? ASSET_OK : ASSET_BAD_TYPE;
}

/* Below the root, to be freed: "samples/kicks" or, with the file, "samples/kicks/a.wav". */
static char *
relative_path(const struct asset *asset, bool file)
{
    const char *slash = *asset->category ? "/" : "";
    char *path;
    int n = asprintf(&path, "%s%s%s%s%s", folders[asset->kind], slash, asset->category,
                     file ? "/" : "", file ? asset->filename : "");
    return n < 0 ? NULL : path;
}

static char *
below(const char *root, const char *relative)
{
    char *path;
    if (relative == NULL || asprintf(&path, "%s/%s", root, relative) < 0) {
        return NULL;
    }
    return path;
}

static char *
full_path(const struct asset *asset, bool file)
{
    char *relative = relative_path(asset, file), *path = below(asset->folder->path, relative);
    free(relative);
    return path;
}

static bool
make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool bad = mkdir(path, 0755) != 0 && errno != EEXIST;
        *slash = '/';
        if (bad) {
            return false;
        }
    }
    return mkdir(path, 0755) == 0 || errno == EEXIST;
}

static bool
write_all(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        bytes += n;
        length -= (size_t)n;
    }
    return true;
}

/* A file of those bytes in that folder, under a name of its own; to be freed. NULL: errno. */
static char *
put_beside(const char *folder, const void *bytes, size_t length)
{
    char *beside = below(folder, ".upload-XXXXXX");
    int fd = beside != NULL ? mkostemp(beside, O_CLOEXEC) : -1;
    bool good = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && write_all(fd, bytes, length) &&
                fchmod(fd, 0644) == 0 && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0 && close(fd) != 0 && good) {
        error = errno;
        good = false;
    }
    if (fd >= 0 && !good) {
        unlink(beside);
    }
    if (!good) {
        free(beside);
        beside = NULL;
    }
    errno = error;
    return beside;
}

static void
throw_away(char *beside)
{
    int error = errno;
    unlink(beside);
    free(beside);
    errno = error;
}

/* A reader sees the old file or the new one, never half of one. Frees `beside`. */
static bool
take_place(char *beside, const char *target)
{
    if (rename(beside, target) != 0) {
        throw_away(beside);
        return false;
    }
    free(beside);
    return true;
}

static char *
notes_path(const struct asset_folder *folder)
{
    return below(folder->path, "metadata.json");
}

/* What is no object of ours is put aside under a name that is free, and that is said: whoever wrote
 * it may want it back. */
static bool
put_aside(const struct asset_folder *folder, const char *path, const char *why)
{
    char *aside = NULL, sentence[600];
    for (int i = 1; i < 1000; i++) {
        free(aside);
        if (asprintf(&aside, "%s.broken-%d", path, i) < 0) {
            return false;
        }
        if (link(path, aside) == 0) {
            bool good = unlink(path) == 0;
            snprintf(sentence, sizeof sentence, "%s is broken (%.120s): it is kept as %s", path,
                     why, aside);
            folder->say(folder->arg, sentence);
            free(aside);
            return good;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    free(aside);
    return false;
}

/* NULL: they cannot be read, and must not be written anew (errno). */
static json_t *
read_notes(const struct asset_folder *folder)
{
    char *path = notes_path(folder);
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    if (file == NULL) {
        bool none = path != NULL && errno == ENOENT;
        free(path);
        return none ? json_object() : NULL;
    }
    json_error_t error;
    json_t *notes = json_loadf(file, 0, &error);
    bool failed =
        ferror(file) != 0 || (notes == NULL && json_error_code(&error) == json_error_out_of_memory);
    fclose(file);
    if (!failed && !json_is_object(notes)) {
        failed = !put_aside(folder, path, notes == NULL ? error.text : "it is no object");
        json_decref(notes);
        notes = failed ? NULL : json_object();
    }
    free(path);
    return notes;
}

static bool
write_notes(const struct asset_folder *folder, const json_t *notes)
{
    char *path = notes_path(folder), *text = json_dumps(notes, JSON_INDENT(2));
    char *beside =
        path != NULL && text != NULL ? put_beside(folder->path, text, strlen(text)) : NULL;
    bool good = beside != NULL && take_place(beside, path);
    free(path);
    free(text);
    return good;
}

/* Whoever else keeps tags in this folder waits meanwhile, and we for it, but not for ever. A
 * descriptor to be closed; -1: errno. */
static int
lock_notes(const struct asset_folder *folder)
{
    int fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; fd >= 0 && i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            return fd;
        }
        usleep(10000);
    }
    if (fd >= 0) {
        close(fd);
        errno = EAGAIN;
    }
    return -1;
}

static bool
change_tags(const struct asset *asset, const char *key, const json_t *tags)
{
    json_t *notes = read_notes(asset->folder);
    bool had = json_object_get(notes, key) != NULL, good = notes != NULL;
    if (good && json_array_size(tags)) {
        good = json_object_set_new(notes, key, json_pack("{s:O}", "tags", tags)) == 0;
    } else if (had) {
        json_object_del(notes, key);
    }
    if (had || json_array_size(tags)) {
        good = good && write_notes(asset->folder, notes);
    }
    json_decref(notes);
    return good;
}

/* Tags are kept in metadata.json beside the folders, by path; NULL or none: nothing is kept. */
static bool
set_tags(const struct asset *asset, const json_t *tags)
{
    char *key = relative_path(asset, true);
    int lock = key != NULL ? lock_notes(asset->folder) : -1;
    bool good = lock >= 0 && change_tags(asset, key, tags);
    if (lock >= 0) {
        int error = errno;
        close(lock);
        errno = error;
    }
    free(key);
    return good;
}

static uint64_t
file_size(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
}

/* The tags come first: a file that cannot have them leaves the old one where it was. */
static bool
put(const struct asset *asset, char *folder, const char *target, const void *bytes, size_t length,
    const json_t *tags)
{
    char *beside = make_folders(folder) ? put_beside(folder, bytes, length) : NULL;
    if (beside == NULL) {
        return false;
    }
    if (!set_tags(asset, tags)) {
        throw_away(beside);
        return false;
    }
    return take_place(beside, target);
}

enum asset_result
asset_write(const struct asset *asset, const void *bytes, size_t length, uint64_t most,
            const json_t *tags)
{
    enum asset_result result = asset_check(asset);
    if (result != ASSET_OK) {
        return result;
    }
    char *folder = full_path(asset, false);
    char *target = full_path(asset, true);
    if (folder != NULL && target != NULL &&
        assets_size(asset->folder) - file_size(target) + length > most) {
        result = ASSET_FULL;
    } else if (folder == NULL || target == NULL ||
               !put(asset, folder, target, bytes, length, tags)) {
        result = ASSET_FAILED;
    }
    free(folder);
    free(target);
    return result;
}

enum asset_result
asset_remove(const struct asset *asset)
{
    enum asset_result result = asset_check(asset);
    if (result != ASSET_OK) {
        return ASSET_MISSING;
    }
    char *folder = full_path(asset, false);
    char *target = full_path(asset, true);
    if (folder != NULL && target != NULL && unlink(target) != 0 &&
        (errno == ENOENT || errno == ENOTDIR)) {
        result = ASSET_MISSING;
    } else if (folder == NULL || target == NULL || access(target, F_OK) == 0) {
        result = ASSET_FAILED;
    } else {
        (void)!set_tags(asset, NULL); /* those of a file that is gone are nobody's */
    }
    if (result == ASSET_OK && asset->kind == ASSET_SAMPLE) {
        (void)!rmdir(folder); /* stays if there are others in it */
    }
    free(folder);
    free(target);
    return result;
}

static json_t *
info_of(const struct asset *asset, const json_t *notes)
{
    char *relative = relative_path(asset, true), *path = below(asset->folder->path, relative);
    json_t *info = NULL;
    struct tm tm;
    char when[32];
    json_t *tags;
    struct stat stat_info;
    if (path != NULL && stat(path, &stat_info) == 0 && S_ISREG(stat_info.st_mode)) {
        gmtime_r(&stat_info.st_mtime, &tm);
        strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
        info = json_pack("{s:s,s:s,s:I,s:s}", "name", asset->filename, "path", relative, "size",
                         (json_int_t)stat_info.st_size, "uploaded_at", when);
        if (asset->kind == ASSET_SAMPLE) {
            tags = json_object_get(json_object_get(notes, relative), "tags");
            json_object_set_new(info, "category", json_string(asset->category));
            json_object_set_new(info, "tags", tags != NULL ? json_incref(tags) : json_array());
        }
    }
    free(relative);
    free(path);
    return info;
}

json_t *
asset_info(const struct asset *asset)
{
    json_t *notes = read_notes(asset->folder), *info = info_of(asset, notes);
    json_decref(notes);
    return info;
}

static int
is_visible(const struct dirent *entry)
{
    return good_name(entry->d_name);
}

/* Calls `each` for every entry of a folder in order. */
static void
for_each(const char *path, void (*each)(void *arg, const char *name), void *arg)
{
    struct dirent **entries;
    int n = path != NULL ? scandir(path, &entries, is_visible, alphasort) : -1;
    for (int i = 0; i < n; i++) {
        each(arg, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
}

struct listing {
    struct asset asset;
    json_t *notes, *list, *categories;
    uint64_t bytes;
};

static void
list_file(void *arg, const char *name)
{
    struct listing *listing = arg;
    listing->asset.filename = name;
    if (!good_type(name, listing->asset.kind)) {
        return;
    }
    json_t *info = info_of(&listing->asset, listing->notes);
    if (info == NULL) {
        return;
    }
    listing->bytes += (uint64_t)json_integer_value(json_object_get(info, "size"));
    json_array_append_new(listing->list, info);
}

static void
list_folder(struct listing *listing)
{
    char *path = full_path(&listing->asset, false);
    listing->list = json_array();
    for_each(path, list_file, listing);
    free(path);
}

static void
list_category(void *arg, const char *name)
{
    struct listing *listing = arg;
    listing->asset.category = name;
    list_folder(listing);
    if (json_array_size(listing->list)) {
        json_object_set(listing->categories, name, listing->list);
    }
    json_decref(listing->list);
    listing->list = NULL;
}

/* All of a kind; `*bytes` is increased by their sizes. */
static json_t *
list_kind(const struct asset_folder *folder, enum asset_kind kind, uint64_t *bytes)
{
    struct listing listing = {.asset = {folder, kind, "", ""}, .notes = read_notes(folder)};
    char *path;
    if (kind == ASSET_SYNTHDEF) {
        list_folder(&listing);
    } else {
        listing.categories = json_object();
        path = full_path(&listing.asset, false);
        for_each(path, list_category, &listing);
        free(path);
    }
    json_decref(listing.notes);
    *bytes += listing.bytes;
    return kind == ASSET_SYNTHDEF ? listing.list : listing.categories;
}

json_t *
assets_list(const struct asset_folder *folder, enum asset_kind kind)
{
    uint64_t bytes = 0;
    return list_kind(folder, kind, &bytes);
}

static int
is_upload(const struct dirent *entry)
{
    return strncmp(entry->d_name, ".upload-", 8) == 0;
}

struct uploads {
    char *path; /* of the folder */
    bool sweep;
    uint64_t bytes;
};

/* Who writes one has it locked: what is not locked is nobody's. */
static void
look_at_upload(struct uploads *uploads, const char *name)
{
    char *path = below(uploads->path, name);
    int fd = path != NULL && uploads->sweep ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        unlink(path);
    }
    if (fd >= 0) {
        close(fd);
    }
    uploads->bytes += path != NULL ? file_size(path) : 0;
    free(path);
}

static void
look_at_uploads(struct uploads *uploads)
{
    struct dirent **entries;
    int n = uploads->path != NULL ? scandir(uploads->path, &entries, is_upload, alphasort) : -1;
    for (int i = 0; i < n; i++) {
        look_at_upload(uploads, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
}

static void
look_at_category(void *arg, const char *name)
{
    struct uploads *all = arg;
    struct uploads uploads = {.path = below(all->path, name), .sweep = all->sweep};
    look_at_uploads(&uploads);
    all->bytes += uploads.bytes;
    free(uploads.path);
}

/* In the folder itself, in that of the SynthDefs, and in each category of samples. */
static uint64_t
all_uploads(const struct asset_folder *folder, bool sweep)
{
    const char *const names[] = {"", "synthdefs", "samples"};
    uint64_t bytes = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct uploads uploads = {.path = below(folder->path, names[i]), .sweep = sweep};
        look_at_uploads(&uploads);
        if (strcmp(names[i], "samples") == 0) {
            for_each(uploads.path, look_at_category, &uploads);
        }
        bytes += uploads.bytes;
        free(uploads.path);
    }
    return bytes;
}

uint64_t
assets_size(const struct asset_folder *folder)
{
    uint64_t bytes = all_uploads(folder, false);
    json_decref(list_kind(folder, ASSET_SAMPLE, &bytes));
    json_decref(list_kind(folder, ASSET_SYNTHDEF, &bytes));
    return bytes;
}

void
assets_sweep(const struct asset_folder *folder)
{
    all_uploads(folder, true);
}
