#include "rig.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "score/compile.h"
#include "score/osc.h"
#include "score/score.h"
#include "text/diag.h"

static struct heard *
hear(struct rig *rig)
{
    assert_true(rig->n_heard < RIG_HEARD);
    return &rig->heard[rig->n_heard++];
}

static void
on_osc(void *context, unsigned output, od_nsec sounds, int64_t step, unsigned char *bundle,
       size_t size)
{
    struct rig *rig = context;
    struct heard *heard = hear(rig);
    *heard = (struct heard){
        .output = output, .sounds = sounds, .sent = rig->now, .step = step, .size = size};
    if (!rig->plain) {
        struct od_buf text = {0};
        assert_int_equal(od_osc_packet_json(bundle, size, &text), OD_OK);
        assert_true(od_buf_append(&text, "", 1));
        heard->text = (char *)text.data;
    }
}

static void
on_midi(void *context, const struct od_midi_message *message)
{
    struct rig *rig = context;
    struct heard *heard = hear(rig);
    *heard = (struct heard){.midi = true,
                            .output = message->port,
                            .sounds = message->time,
                            .sent = rig->now,
                            .step = message->step,
                            .size = message->size};
    memcpy(heard->bytes, message->bytes, message->size);
}

static size_t
number_of(const struct rig *rig, const struct od_take *take)
{
    for (size_t i = 0; i < rig->n_takes; i++) {
        if (rig->takes[i] == take) {
            return i;
        }
    }
    fail_msg("a program that nobody handed over");
    return 0;
}

static void
on_notice(void *context, const struct od_notice *notice)
{
    struct rig *rig = context;
    assert_true(rig->n_notices < RIG_NOTICES);
    rig->notices[rig->n_notices++] = *notice;
    if (notice->kind == OD_NOTICE_RETIRED) {
        size_t i = number_of(rig, od_take_of(notice->program));
        rig->retired[i]++;
        assert_int_equal(rig->retired[i], rig->handed[i]);
    }
}

static const struct od_player_ops ops = {on_osc, on_midi, on_notice};

int
rig_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    uint32_t mixed = *seed ^ *seed >> 15;
    mixed *= 0x2c1b3c6du;
    return (int)((mixed ^ mixed >> 13) >> 1);
}

void
rig_osc_offset(struct od_player_settings *settings, od_nsec offset)
{
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        settings->osc_offset[i] = offset;
    }
}

void
rig_midi_offset(struct od_player_settings *settings, od_nsec offset)
{
    for (size_t i = 0; i < OD_PORTS_MAX; i++) {
        settings->midi_offset[i] = offset;
    }
}

struct od_player_settings
rig_settings(void)
{
    struct od_player_settings settings = {
        .latency = MS(200), .n_ports = 1, .agenda_capacity = 16384};
    for (int i = 0; i < OD_OUTPUTS_MAX; i++) {
        settings.packet_limit[i] = OD_PACKET_LIMIT_LOOPBACK;
    }
    return settings;
}

struct rig *
rig_new(const struct od_player_settings *settings)
{
    static const struct od_route routes[] = {
        {.id = "superdirt", .address = "/dirt/play"},
        {.id = "synth", .address = "/synth/new", .output = 1},
        {.id = "keys", .midi = true, .output = 1, .channel = 5},
    };
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->setup = (struct od_live_setup){.routes = routes, .n_routes = 3};
    rig->heard = calloc(RIG_HEARD, sizeof *rig->heard);
    rig->notices = calloc(RIG_NOTICES, sizeof *rig->notices);
    assert_non_null(rig->heard);
    assert_non_null(rig->notices);
    assert_true(od_player_init(&rig->player, settings, &ops, rig));
    return rig;
}

void
rig_forget(struct rig *rig)
{
    for (size_t i = 0; i < rig->n_heard; i++) {
        free(rig->heard[i].text);
    }
    rig->n_heard = 0;
}

void
rig_free(struct rig *rig)
{
    od_player_drain(&rig->player, rig->now);
    assert_int_equal(rig->player.ledger.count, 0);
    assert_int_equal(rig->player.agenda.count, 0);
    assert_int_equal(rig->player.counts.pending_note_offs, 0);
    for (size_t i = 0; i < rig->n_takes; i++) {
        assert_int_equal(rig->retired[i], rig->handed[i]);
        od_take_unref(rig->takes[i]);
    }
    od_player_clear(&rig->player);
    rig_forget(rig);
    free(rig->heard);
    free(rig->notices);
    free(rig);
}

struct od_shared_score *
rig_score(const char *session)
{
    const struct od_source source = {"test", session, strlen(session)};
    struct od_diag_list diags = {0};
    struct od_buf bytes = {0};
    struct od_score score = {0};
    char error[OD_SCORE_ERROR_SIZE] = "";
    if (od_compile_text(&source, &diags, &bytes) != OD_OK) {
        fail_msg("%s", diags.count > 0 ? diags.items[0].message : "no reason");
    }
    od_diag_clear(&diags);
    assert_int_equal(od_score_open_heap(&score, bytes.data, bytes.length, error), OD_OK);
    struct od_shared_score *shared = od_shared_score_new(&score);
    assert_non_null(shared);
    return shared;
}

struct od_take *
rig_keep(struct rig *rig, struct od_take *take)
{
    assert_true(rig->n_takes < RIG_TAKES);
    rig->takes[rig->n_takes++] = take;
    return take;
}

struct od_take *
rig_take(struct rig *rig, const char *session)
{
    struct od_shared_score *shared = rig_score(session);
    struct od_take *take = NULL;
    char error[OD_SCORE_ERROR_SIZE] = "";
    if (od_take_new(&rig->setup, shared, 0, &take, error) != OD_OK) {
        fail_msg("%s", error);
    }
    od_shared_score_unref(shared);
    return rig_keep(rig, take);
}

void
rig_command(struct rig *rig, enum od_command_kind kind)
{
    struct od_command command = {.kind = kind, .time = OD_NSEC_NEVER};
    od_player_command(&rig->player, &command, rig->now);
}

void
rig_bpm(struct rig *rig, double bpm)
{
    struct od_command command = {.kind = OD_COMMAND_BPM, .number = bpm};
    od_player_command(&rig->player, &command, rig->now);
}

void
rig_handed(struct rig *rig, struct od_take *take)
{
    rig->handed[number_of(rig, take)]++;
}

void
rig_program(struct rig *rig, struct od_take *take, enum od_when when, int64_t step)
{
    struct od_command command = {
        .kind = OD_COMMAND_PROGRAM, .when = when, .step = step, .program = od_take_program(take)};
    rig->handed[number_of(rig, take)]++;
    od_player_command(&rig->player, &command, rig->now);
}

struct od_take *
rig_start(struct rig *rig, const char *session)
{
    struct od_take *take = rig_take(rig, session);
    rig_program(rig, take, OD_WHEN_NOW, 0);
    rig_command(rig, OD_COMMAND_START);
    return take;
}

void
rig_to(struct rig *rig, od_nsec time)
{
    for (od_nsec next = od_player_next(&rig->player); next <= time;
         next = od_player_next(&rig->player)) {
        if (rig->rehearses) {
            od_player_rehearse(&rig->player);
        }
        rig->now = next > rig->now ? next : rig->now;
        od_player_run(&rig->player, rig->now);
    }
    rig->now = time;
}

void
rig_late(struct rig *rig, od_nsec time)
{
    rig->now = time;
    od_player_run(&rig->player, time);
}

size_t
rig_count_midi(const struct rig *rig, unsigned status)
{
    size_t n = 0;
    for (size_t i = 0; i < rig->n_heard; i++) {
        n += rig->heard[i].midi && rig->heard[i].bytes[0] == status;
    }
    return n;
}

const struct heard *
rig_midi(const struct rig *rig, unsigned status, size_t n)
{
    for (size_t i = 0; i < rig->n_heard; i++) {
        if (rig->heard[i].midi && rig->heard[i].bytes[0] == status && n-- == 0) {
            return &rig->heard[i];
        }
    }
    fail_msg("no such MIDI message: %x", status);
    return NULL;
}

/* Messages of a sound in a bundle: lines that have `"s","SOUND"`. */
static size_t
has_sound(const struct heard *heard, const char *sound)
{
    char wanted[64];
    size_t n = 0;
    if (heard->midi || heard->text == NULL) {
        return 0;
    }
    snprintf(wanted, sizeof wanted, "\"s\",\"%s\"", sound);
    for (const char *at = strstr(heard->text, wanted); at != NULL; at = strstr(at + 1, wanted)) {
        n++;
    }
    return n;
}

size_t
rig_count_osc(const struct rig *rig, const char *sound)
{
    size_t n = 0;
    for (size_t i = 0; i < rig->n_heard; i++) {
        n += has_sound(&rig->heard[i], sound);
    }
    return n;
}

const struct heard *
rig_osc(const struct rig *rig, const char *sound, size_t n)
{
    for (size_t i = 0; i < rig->n_heard; i++) {
        if (has_sound(&rig->heard[i], sound) > 0 && n-- == 0) {
            return &rig->heard[i];
        }
    }
    fail_msg("no such OSC message: %s", sound);
    return NULL;
}

double
rig_number(const struct heard *heard, const char *name)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"%s\",", name);
    const char *at = strstr(heard->text, wanted);
    return at == NULL ? NAN : strtod(at + strlen(wanted), NULL);
}

const struct od_notice *
rig_notice(const struct rig *rig, enum od_notice_kind kind)
{
    for (size_t i = rig->n_notices; i > 0; i--) {
        if (rig->notices[i - 1].kind == kind) {
            return &rig->notices[i - 1];
        }
    }
    return NULL;
}

size_t
rig_count_notices(const struct rig *rig, enum od_notice_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < rig->n_notices; i++) {
        n += rig->notices[i].kind == kind;
    }
    return n;
}
