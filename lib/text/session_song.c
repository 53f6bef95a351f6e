#include <math.h>

#include "text/session_read.h"

/* ---- tempo_map ---- */

/* [step, bpm]; false, and said, if it is something else. */
static bool
read_tempo(struct od_reader *reader, struct od_tempo *tempo)
{
    struct od_json *json = &reader->json;
    size_t n = 0;
    bool ok = od_read_enter_array(reader);
    if (!ok) {
        return false;
    }
    size_t at = od_json_offset(json);
    for (; od_json_element(json); n++) {
        int step = 0;
        if (n == 0) {
            ok = od_read_integer(reader, 0, OD_LENGTH_MAX - 1, &step);
            tempo->step = (uint32_t)step;
        } else if (n == 1) {
            ok = od_read_bpm(reader, &tempo->bpm) && ok;
        } else {
            od_json_skip(json);
        }
    }
    if (n != 2) {
        od_read_diag(reader, OD_ERROR, at, "type", "a tempo is [step, bpm], found %zu number%s", n,
                     n == 1 ? "" : "s");
    }
    return ok && n == 2;
}

void
od_read_tempo_map(struct od_reader *reader, struct od_environment *environment)
{
    struct od_json *json = &reader->json;
    struct od_tempo tempo;
    long last = -1;
    if (!od_read_enter_array(reader)) {
        return;
    }
    while (od_json_element(json)) {
        size_t at = (size_t)(json->at - json->start);
        if (!read_tempo(reader, &tempo)) {
            continue;
        }
        if ((long)tempo.step <= last) {
            od_read_diag(reader, OD_ERROR, at, "order",
                         "tempos stand in the order of their steps, each once: %u follows %ld",
                         tempo.step, last);
            continue;
        }
        last = (long)tempo.step;
        od_buf_append(&reader->tempos, &tempo, sizeof tempo);
    }
    environment->tempo_map =
        od_read_keep(reader, &reader->tempos, sizeof tempo, &environment->n_tempos);
}

/* ---- song ---- */

static void
read_entry(struct od_reader *reader, struct od_song_entry *entry)
{
    enum {
        SCENE,
        BARS
    };
    static const char *const names[] = {"scene", "bars"};
    struct od_read_object object = {.names = names, .n_names = 2, .what = "an entry of a song"};
    size_t at = od_json_offset(&reader->json);
    bool has_bars = false;
    int bars = 1;
    for (int field; (field = od_read_field(reader, &object)) >= 0;) {
        if (field == SCENE) {
            od_read_name(reader, &entry->scene);
        } else {
            has_bars = true;
            od_read_integer(reader, 1, OD_LENGTH_MAX, &bars);
        }
    }
    entry->bars = (uint32_t)bars;
    if (!has_bars) {
        od_read_diag(reader, OD_ERROR, at, "missing", "an entry of a song needs 'bars' (1..%d)",
                     OD_LENGTH_MAX);
    }
}

void
od_read_song(struct od_reader *reader)
{
    struct od_session *session = reader->session;
    if (!od_read_enter_array(reader)) {
        return;
    }
    while (od_json_element(&reader->json)) {
        struct od_song_entry entry = {.bars = 1};
        if (od_read_enter_object(reader)) {
            read_entry(reader, &entry);
        }
        /* one that failed is kept too: then places in the file still agree */
        od_buf_append(&reader->song, &entry, sizeof entry);
    }
    session->song = od_read_keep(reader, &reader->song, sizeof *session->song, &session->n_song);
}
