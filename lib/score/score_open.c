#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crc32c.h"
#include "score/score_check.h"

#define AFTER_CRC    (offsetof(struct od_score_header, crc) + sizeof(uint32_t))
#define LENGTH_KNOWN (offsetof(struct od_score_header, length) + sizeof(uint64_t))

static enum od_status fail(enum od_status status, char *error, const char *format, ...)
    OD_PRINTF(3, 4);

static enum od_status
fail(enum od_status status, char *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error, OD_SCORE_ERROR_SIZE, format, args);
    va_end(args);
    return status;
}

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

enum od_status
od_score_length(const void *bytes, size_t length, uint64_t *total, char *error)
{
    struct od_score_header header;
    *total = 0;
    if (memcmp(bytes, OD_SCORE_MAGIC, smaller(length, OD_SCORE_MAGIC_SIZE)) != 0) {
        bool json = length > 0 && *(const char *)bytes == '{';
        return fail(OD_EDATA, error, "%s",
                    json ? "this is a session, not a score: compile it with oiduna-compile"
                         : "this is no score: it does not begin as one");
    }
    memcpy(&header, bytes, smaller(length, LENGTH_KNOWN));
    if (length < LENGTH_KNOWN) {
        return OD_OK;
    }
    bool plausible = header.length >= LENGTH_KNOWN && header.length <= OD_SCORE_LENGTH_MAX;
    if (header.version != OD_SCORE_VERSION) {
        *total = plausible ? header.length : 0; /* so that a stream can go on behind it */
        return fail(OD_EDATA, error, "made by version %u, this program reads %u%s", header.version,
                    OD_SCORE_VERSION,
                    header.version < OD_SCORE_VERSION ? ": compile its session again" : "");
    }
    if (!plausible || header.length < sizeof header) {
        return fail(OD_EDATA, error, "its header gives an impossible length of %llu bytes",
                    (unsigned long long)header.length);
    }
    *total = header.length;
    return OD_OK;
}

static enum od_status
check_length(const void *bytes, size_t length, char *error)
{
    uint64_t total = 0;
    enum od_status status = od_score_length(bytes, length, &total, error);
    if (status != OD_OK) {
        return status;
    }
    if (total == 0) {
        return fail(OD_EDATA, error, "cut short: %zu bytes are no score", length);
    }
    if (length < total) {
        return fail(OD_EDATA, error, "cut short: %zu of %llu bytes", length,
                    (unsigned long long)total);
    }
    if (length > total) {
        return fail(OD_EDATA, error, "%llu bytes too long", (unsigned long long)(length - total));
    }
    return OD_OK;
}

static bool
is_crc_right(const unsigned char *bytes, size_t length, uint32_t expected)
{
    uint32_t crc = od_crc32c(0, bytes, offsetof(struct od_score_header, crc));
    return od_crc32c(crc, bytes + AFTER_CRC, length - AFTER_CRC) == expected;
}

static uint64_t
aligned(uint64_t offset)
{
    return (offset + OD_SCORE_ALIGNMENT - 1) / OD_SCORE_ALIGNMENT * OD_SCORE_ALIGNMENT;
}

/* Sections lie in their order, each begins where the one before ends, rounded up. */
static enum od_status
check_sections(const struct od_score_header *header, char *error)
{
    static const struct {
        const char *name;
        size_t size;
    } known[] = {
#define KNOWN(name, type) {#name, sizeof(type)},
        OD_SECTION_LIST(KNOWN)
#undef KNOWN
    };
    uint64_t at = aligned(sizeof *header);
    if (header->n_sections != OD_SECTION_COUNT) {
        return fail(OD_EDATA, error, "it has %u sections instead of %d", header->n_sections,
                    OD_SECTION_COUNT);
    }
    for (int i = 0; i < OD_SECTION_COUNT; i++) {
        const struct od_score_section *section = &header->sections[i];
        uint64_t bytes = (uint64_t)section->count * known[i].size;
        if (section->offset != at || section->size != known[i].size ||
            bytes > header->length - at) {
            return fail(OD_EDATA, error, "its section %s lies wrongly", known[i].name);
        }
        at = aligned(at + bytes);
        if (at > header->length) {
            return fail(OD_EDATA, error, "its section %s ends outside", known[i].name);
        }
    }
    if (at != header->length) {
        return fail(OD_EDATA, error, "bytes follow its last section");
    }
    return OD_OK;
}

void
od_score_point(struct od_score *score, const void *bytes)
{
    const struct od_score_header *header = bytes;
    const void *at[OD_SECTION_COUNT];
    score->header = header;
    for (int i = 0; i < OD_SECTION_COUNT; i++) {
        at[i] = (const unsigned char *)bytes + header->sections[i].offset;
        score->count[i] = header->sections[i].count;
    }
    score->strings = at[OD_SECTION_STRINGS];
    score->song = at[OD_SECTION_SONG];
    score->parts = at[OD_SECTION_PARTS];
    score->tempos = at[OD_SECTION_TEMPOS];
    score->rings = at[OD_SECTION_RINGS];
    score->tracks = at[OD_SECTION_TRACKS];
    score->midi_tracks = at[OD_SECTION_MIDI_TRACKS];
    score->lines = at[OD_SECTION_LINES];
    score->sends = at[OD_SECTION_SENDS];
    score->params = at[OD_SECTION_PARAMS];
    score->mods = at[OD_SECTION_MODS];
    score->owns = at[OD_SECTION_OWNS];
    score->curves = at[OD_SECTION_CURVES];
    score->levels = at[OD_SECTION_LEVELS];
    score->signals = at[OD_SECTION_SIGNALS];
    score->numbers = at[OD_SECTION_NUMBERS];
    score->values = at[OD_SECTION_VALUES];
    score->floats = at[OD_SECTION_FLOATS];
    score->messages = at[OD_SECTION_MESSAGES];
    score->slots = at[OD_SECTION_SLOTS];
    score->bytes = at[OD_SECTION_BYTES];
    score->controls = at[OD_SECTION_CONTROLS];
    score->sysex = at[OD_SECTION_SYSEX];
    score->extras = at[OD_SECTION_EXTRAS];
    score->events = at[OD_SECTION_EVENTS];
    score->index = at[OD_SECTION_INDEX];
    score->apply_ids = at[OD_SECTION_APPLY_IDS];
}

enum od_status
od_score_open_memory(struct od_score *score, const void *bytes, size_t length, char *error)
{
    *score = (struct od_score){0};
    error[0] = '\0';
    if (bytes == NULL || length == 0) {
        return fail(OD_EDATA, error, "it is empty");
    }
    enum od_status status = check_length(bytes, length, error);
    if (status != OD_OK) {
        return status;
    }
    const struct od_score_header *header = bytes;
    if (!is_crc_right(bytes, length, header->crc)) {
        return fail(OD_EDATA, error, "damaged: its checksum does not match");
    }
    status = check_sections(header, error);
    if (status != OD_OK) {
        return status;
    }
    od_score_point(score, bytes);
    status = od_score_check(score, error);
    if (status != OD_OK) {
        *score = (struct od_score){0};
    }
    return status;
}

enum od_status
od_score_open_heap(struct od_score *score, void *bytes, size_t length, char *error)
{
    enum od_status status = od_score_open_memory(score, bytes, length, error);
    if (status != OD_OK) {
        free(bytes);
        return status;
    }
    score->owned = bytes;
    return OD_OK;
}

/* Not mapped: whoever writes the file anew while it plays (a shell's '>', cp) would cut the ground
 * from under the player, or change behind it what was checked. */
static enum od_status
open_regular(struct od_score *score, int fd, size_t length, char *error)
{
    if (length > OD_SCORE_LENGTH_MAX) {
        return fail(OD_EDATA, error, "longer than %llu MiB",
                    (unsigned long long)(OD_SCORE_LENGTH_MAX >> 20));
    }
    unsigned char *bytes = malloc(length);
    if (bytes == NULL) {
        return fail(OD_ENOMEM, error, "%s", od_status_text(OD_ENOMEM));
    }
    size_t used = 0;
    ssize_t got = 1;
    while (got > 0 && used < length) {
        got = read(fd, bytes + used, length - used);
        used += (size_t)(got > 0 ? got : 0);
        if (got < 0 && errno == EINTR) {
            got = 1;
        }
    }
    if (got < 0) {
        free(bytes);
        return fail(OD_ENOINPUT, error, "%s", strerror(errno));
    }
    return od_score_open_heap(score, bytes, used, error);
}

/* A pipe or a device has no length: read to its end, or until it is too long for a score. */
static enum od_status
open_stream(struct od_score *score, int fd, char *error)
{
    struct od_buf bytes = {0};
    ssize_t got = 1;
    while (got > 0 && bytes.length <= OD_SCORE_LENGTH_MAX) {
        unsigned char piece[65536];
        got = read(fd, piece, sizeof piece);
        if (got < 0 && errno == EINTR) {
            got = 1;
        } else if (got > 0 && !od_buf_append(&bytes, piece, (size_t)got)) {
            od_buf_clear(&bytes);
            return fail(OD_ENOMEM, error, "%s", od_status_text(OD_ENOMEM));
        }
    }
    if (got < 0) {
        od_buf_clear(&bytes);
        return fail(OD_ENOINPUT, error, "%s", strerror(errno));
    }
    return od_score_open_heap(score, bytes.data, bytes.length, error);
}

enum od_status
od_score_open_file(struct od_score *score, const char *path, char *error)
{
    struct stat info;
    *score = (struct od_score){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail(OD_ENOINPUT, error, "%s", strerror(errno));
    }
    enum od_status status;
    if (fstat(fd, &info) != 0) {
        status = fail(OD_ENOINPUT, error, "%s", strerror(errno));
    } else if (S_ISREG(info.st_mode) && info.st_size > 0) {
        status = open_regular(score, fd, (size_t)info.st_size, error);
    } else {
        status = open_stream(score, fd, error);
    }
    close(fd);
    return status;
}

void
od_score_close(struct od_score *score)
{
    free(score->owned);
    *score = (struct od_score){0};
}
