#include "smf/sysex.h"

#include "smf/smf.h"

#define SYSEX_MAX 4096 /* bytes, with F0 and F7 */

/* A SysEx whose pieces are being looked for. */
struct joining {
    struct od_smf_file *file;
    struct od_buf *found;
    int64_t before; /* tick */
    size_t first;   /* item */
    size_t size;    /* bytes so far */
    bool open;      /* it has begun and is not finished */
    bool good;
};

static const struct od_smf_item *
item_at(const struct od_smf_file *file, size_t i)
{
    return (const struct od_smf_item *)(const void *)file->items.data + i;
}

static bool
is_finished(const unsigned char *data, size_t length)
{
    return length > 0 && data[length - 1] == OD_SMF_ESCAPE;
}

/* False if a status byte stands before the end. */
static bool
is_data(const unsigned char *data, size_t length)
{
    size_t n = length - is_finished(data, length);
    for (size_t i = 0; i < n; i++) {
        if (data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* What comes while music plays has no place in the IR; what sets a device up is sent before it. */
static bool
conclude(struct joining *joining)
{
    struct od_smf_file *file = joining->file;
    const struct od_smf_item *item = item_at(file, joining->first);
    enum od_smf_finding finding = OD_SMF_SYSEX_MOVED;
    if (joining->open || !joining->good) {
        finding = OD_SMF_SYSEX_BAD;
    } else if (joining->size > SYSEX_MAX) {
        finding = OD_SMF_SYSEX_LONG;
    } else if (item->tick > joining->before) {
        finding = OD_SMF_SYSEX_LATE;
    }
    if (finding != OD_SMF_SYSEX_MOVED || item->tick > 0) {
        od_smf_note(file, finding, item->track, item->tick);
    }
    joining->open = false;
    return finding != OD_SMF_SYSEX_MOVED ||
           od_buf_append(joining->found, &joining->first, sizeof joining->first);
}

static bool
take_piece(struct joining *joining, size_t i)
{
    size_t length;
    const unsigned char *data = od_smf_sysex(joining->file, item_at(joining->file, i), &length);
    joining->size += length;
    joining->good = joining->good && is_data(data, length);
    if (is_finished(data, length)) {
        joining->open = false;
        return conclude(joining);
    }
    return true;
}

static bool
take_item(struct joining *joining, size_t i)
{
    const struct od_smf_item *item = item_at(joining->file, i);
    if (item->status == OD_SMF_ESCAPE && !joining->open) {
        od_smf_note(joining->file, OD_SMF_ODD_BYTES, item->track, item->tick);
        return true;
    }
    if (item->status == OD_SMF_SYSEX) {
        if (joining->open && !conclude(joining)) {
            return false;
        }
        joining->first = i;
        joining->size = 1;
        joining->open = true;
        joining->good = true;
    }
    return take_piece(joining, i);
}

static bool
take_track(struct joining *joining, const struct od_smf_track *track)
{
    for (size_t i = track->first; i < track->first + track->n; i++) {
        unsigned status = item_at(joining->file, i)->status;
        if ((status == OD_SMF_SYSEX || status == OD_SMF_ESCAPE) && !take_item(joining, i)) {
            return false;
        }
    }
    return !joining->open || conclude(joining);
}

enum od_status
od_smf_sysex_find(struct od_smf_file *file, int64_t before, struct od_buf *found)
{
    struct joining joining = {.file = file, .found = found, .before = before};
    for (size_t track = 0; track < od_smf_n_tracks(file); track++) {
        if (!take_track(&joining, od_smf_track_at(file, track))) {
            return OD_ENOMEM;
        }
    }
    return OD_OK;
}

void
od_smf_sysex_text(const struct od_smf_file *file, size_t item, struct od_buf *out)
{
    bool finished = false;
    od_buf_printf(out, "F0");
    for (size_t i = item; !finished; i++) {
        size_t length;
        unsigned status = item_at(file, i)->status;
        if (status != OD_SMF_SYSEX && status != OD_SMF_ESCAPE) {
            continue;
        }
        const unsigned char *data = od_smf_sysex(file, item_at(file, i), &length);
        for (size_t k = 0; k < length; k++) {
            od_buf_printf(out, " %02X", data[k]);
        }
        finished = is_finished(data, length);
    }
}
