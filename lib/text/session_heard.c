#include <stdio.h>
#include <string.h>

#include "text/session_read.h"

/* What SuperDirt makes of reverb and echo, as it was measured: its reverb is multiplied by 1 − dry,
 * its echo by `delay`, and an orbit has one of each, which keeps what it was sent last. */
#define ORBITS       12
#define DRY_MOST     0.95 /* above it next to nothing is left of the reverb */
#define DEFAULT_TIME 0.375
#define FIRST        OD_PARAM_ROOM
#define N_SETTINGS   (OD_PARAM_DELAY_FEEDBACK - OD_PARAM_ROOM + 1)

_Static_assert(OD_PARAM_SIZE == FIRST + 1 && OD_PARAM_DRY == FIRST + 2 &&
                   OD_PARAM_DELAY_SEND == FIRST + 3 && OD_PARAM_DELAY_TIME == FIRST + 4 &&
                   N_SETTINGS == 6,
               "the settings of an orbit follow each other");

enum {
    ROOM,
    SIZE,
    DRY,
    SEND,
    TIME,
    FEEDBACK
};

/* What the messages of a track say to an orbit. */
struct setting {
    const struct od_track *track; /* NULL: nothing yet */
    struct {
        bool is_set;
        double value;            /* the base, if a signal moves it */
        struct od_signal signal; /* or none */
    } of[N_SETTINGS];
};

/* Who was the first to say each of its settings. */
struct orbit {
    struct setting first[N_SETTINGS];
    bool fights;  /* which was said */
    bool is_used; /* else nothing of it is told yet */
};

/* A part while it is looked at. */
struct hearing {
    struct od_reader *reader;
    const struct od_part *part;
    struct orbit orbits[ORBITS];
};

static void
warn(struct od_reader *reader, size_t offset, const char *pointer, const char *code,
     const char *message)
{
    od_diag_add(reader->diags, OD_WARNING, offset, pointer, code, "%s", message);
}

static void
warn_of_track(const struct hearing *hearing, const struct od_track *track, const char *code,
              const char *message)
{
    char pointer[OD_READ_POINTER_SIZE] = "";
    const char *scene = hearing->part->name.text;
    if (scene != NULL) {
        od_json_pointer_step(pointer, sizeof pointer, "scenes", sizeof "scenes" - 1);
        od_json_pointer_step(pointer, sizeof pointer, scene, strlen(scene));
    }
    od_json_pointer_step(pointer, sizeof pointer, "tracks", sizeof "tracks" - 1);
    od_json_pointer_step(pointer, sizeof pointer, track->id.text, strlen(track->id.text));
    warn(hearing->reader, track->id.offset, pointer, code, message);
}

/* ---- what a message says ---- */

static void
set(struct setting *setting, int which, double value)
{
    setting->of[which].is_set = true;
    setting->of[which].value = value;
}

static struct setting
setting_of(const struct od_track *track, const struct od_mixer_line *line)
{
    struct setting setting = {.track = track};
    if (line != NULL) {
        const double values[] = {line->room,       line->size,       line->dry,
                                 line->delay_send, line->delay_time, line->delay_feedback};
        for (int i = 0; i < N_SETTINGS; i++) {
            set(&setting, i, values[i]);
        }
        setting.of[DRY].is_set = (float)line->dry != 1; /* else it is not sent */
    }
    for (size_t i = 0; line == NULL && i < track->n_values; i++) {
        const struct od_param_value *value = &track->values[i];
        if (value->param >= FIRST && value->param < FIRST + N_SETTINGS) {
            set(&setting, (int)value->param - FIRST, value->number);
        }
    }
    for (size_t i = 0; i < track->n_modulations; i++) {
        const struct od_modulation *modulation = &track->modulations[i];
        if (modulation->param >= FIRST && modulation->param < FIRST + N_SETTINGS) {
            setting.of[modulation->param - FIRST].is_set = true;
            setting.of[modulation->param - FIRST].signal = modulation->signal;
        }
    }
    return setting;
}

/* Is there a reverb (ROOM) or an echo (SEND), at least at times? */
static bool
is_on(const struct setting *setting, int which)
{
    return setting->of[which].is_set &&
           (setting->of[which].signal.values != NULL || setting->of[which].value > 0);
}

/* ---- orbits ---- */

static bool
differ(const struct setting *a, const struct setting *b, int which)
{
    if (!a->of[which].is_set || !b->of[which].is_set) {
        return false;
    }
    struct od_signal x = a->of[which].signal, y = b->of[which].signal;
    bool same_signal =
        x.values == y.values || (x.values != NULL && y.values != NULL && x.length == y.length &&
                                 memcmp(x.values, y.values, x.length * sizeof *x.values) == 0);
    return !same_signal || (float)a->of[which].value != (float)b->of[which].value;
}

/* Does it make a difference to the ear? The size of a hall that is shut off does not. */
static bool
fight(const struct setting *a, const struct setting *b, int which)
{
    int owner = which < SEND ? ROOM : SEND;
    return differ(a, b, which) && (which == owner || (is_on(a, owner) && is_on(b, owner)));
}

static const char *
shown_value(const struct setting *setting, int which, char *out, size_t size)
{
    if (setting->of[which].signal.values != NULL) {
        return "a modulated one";
    }
    snprintf(out, size, "%g", setting->of[which].value);
    return out;
}

static void
report_fight(const struct hearing *hearing, size_t number, int which, const struct setting *first,
             const struct setting *second)
{
    char message[384], names[2][OD_READ_SHOWN], values[2][32];
    const char *one = first->track->id.text, *other = second->track->id.text;
    snprintf(message, sizeof message,
             "'%s' and '%s' meet on orbit %zu with different %s (%s and %s): an orbit has one %s, "
             "what is sent last counts for both; give each an orbit or a mixer line",
             od_read_shown(one, strlen(one), names[0]),
             od_read_shown(other, strlen(other), names[1]), number, od_params[FIRST + which].name,
             shown_value(first, which, values[0], sizeof values[0]),
             shown_value(second, which, values[1], sizeof values[1]),
             which < SEND ? "reverb" : "echo");
    warn_of_track(hearing, second->track, "orbit-shared", message);
}

/* Most orbits of most sessions are never asked for. */
static struct orbit *
orbit_at(struct hearing *hearing, size_t number)
{
    struct orbit *orbit = &hearing->orbits[number];
    if (!orbit->is_used) {
        *orbit = (struct orbit){.is_used = true};
    }
    return orbit;
}

/* One finding an orbit: who mends one mostly mends them all. */
static void
meet(struct hearing *hearing, double number, const struct setting *setting)
{
    if (!(number >= 0 && number < ORBITS)) { /* that is warned about as it is */
        return;
    }
    struct orbit *orbit = orbit_at(hearing, (size_t)number);
    for (int i = 0; i < N_SETTINGS && !orbit->fights; i++) {
        struct setting *first = &orbit->first[i];
        if (first->track == NULL && setting->of[i].is_set) {
            *first = *setting;
        } else if (first->track != NULL && fight(first, setting, i)) {
            orbit->fights = true;
            report_fight(hearing, (size_t)number, i, first, setting);
        }
    }
}

/* ---- tracks ---- */

static double
own_orbit(const struct od_track *track)
{
    for (size_t i = 0; i < track->n_values; i++) {
        if (track->values[i].param == OD_PARAM_ORBIT) {
            return track->values[i].number;
        }
    }
    return 0;
}

/* The effects of a track that is on no line. */
static void
check_own(const struct hearing *hearing, const struct setting *setting)
{
    bool is_dry = setting->of[DRY].is_set && setting->of[DRY].signal.values == NULL &&
                  setting->of[DRY].value > DRY_MOST;
    if (is_on(setting, ROOM) && is_dry) {
        warn_of_track(hearing, setting->track, "reverb-unheard",
                      "this reverb is not heard: SuperDirt multiplies it by 1 - dry; leave 'dry' "
                      "out or say 0.3");
    }
    if (is_on(setting, SEND) && !is_on(setting, TIME)) {
        warn_of_track(hearing, setting->track, "echo-unheard",
                      "this echo is not heard: delay_send needs a delay_time (in seconds) above 0");
    } else if (is_on(setting, TIME) && !is_on(setting, SEND)) {
        warn_of_track(hearing, setting->track, "echo-unheard",
                      "this echo is not heard: delay_time needs a delay_send above 0");
    }
}

static const struct od_mixer_line *
line_at(const struct od_read_routes *routes, size_t place)
{
    return place == SIZE_MAX ? NULL : &routes->lines[place];
}

static double
orbit_of(const struct od_read_routes *routes, size_t line)
{
    int orbit = routes->lines[line].orbit;
    return orbit >= 0 ? orbit : (double)line;
}

static void
check_track(struct hearing *hearing, const struct od_read_routes *routes, size_t place)
{
    const struct od_track *track = &routes->part->tracks[place];
    size_t line = routes->line_of[place];
    struct setting setting = setting_of(track, line_at(routes, line));
    if (line == SIZE_MAX) {
        check_own(hearing, &setting);
    }
    meet(hearing, line == SIZE_MAX ? own_orbit(track) : orbit_of(routes, line), &setting);
    for (size_t i = 0; i < track->n_sends; i++) {
        const struct od_read_names_slot *slot =
            od_read_names_find(routes->line_names, track->sends[i].target.text);
        if (track->sends[i].amount > 0) {
            setting = setting_of(track, &routes->lines[slot->value]);
            meet(hearing, orbit_of(routes, slot->value), &setting);
        }
    }
}

static bool
plays(const struct od_read_routes *routes, const struct od_track *track)
{
    const struct od_read_names_slot *slot = od_read_names_find(routes->sequences, track->id.text);
    return slot != NULL && routes->part->sequences[slot->value].n_events > 0;
}

void
od_session_check_heard(struct od_reader *reader, const struct od_read_routes *routes)
{
    struct hearing hearing; /* not initialised as a whole: see orbit_at */
    hearing.reader = reader;
    hearing.part = routes->part;
    for (int i = 0; i < ORBITS; i++) {
        hearing.orbits[i].is_used = false;
    }
    for (size_t i = 0; i < routes->part->n_tracks; i++) {
        if (plays(routes, &routes->part->tracks[i])) {
            check_track(&hearing, routes, i);
        }
    }
}

/* ---- lines and sends ---- */

void
od_session_check_line_heard(struct od_reader *reader, const struct od_mixer_line *line,
                            bool echo_moves, const char *pointer)
{
    if (line->room > 0 && line->dry > DRY_MOST && (float)line->dry != 1) {
        warn(reader, line->dry_offset, pointer, "reverb-unheard",
             "this line's reverb is not heard: SuperDirt multiplies it by 1 - reverb_dry; leave it "
             "out or say 0.3");
    }
    if (echo_moves) {
        return;
    }
    if (line->delay_send > 0 && line->delay_time <= 0) {
        warn(reader, line->delay_time_offset, pointer, "echo-unheard",
             "this line's echo is not heard: delay_send needs a delay_time (in seconds) above 0");
    } else if (line->delay_send <= 0 && (float)line->delay_time != (float)DEFAULT_TIME &&
               line->delay_time > 0) {
        warn(reader, line->delay_time_offset, pointer, "echo-unheard",
             "this line's echo is not heard: delay_time needs a delay_send above 0");
    }
}

void
od_session_check_send_heard(struct od_reader *reader, const struct od_track *track,
                            const struct od_mixer_line *line, const struct od_send *send,
                            const char *pointer)
{
    struct setting setting = setting_of(track, line);
    char message[160], shown[OD_READ_SHOWN];
    if (is_on(&setting, ROOM) || is_on(&setting, SEND) || line->leslie_rate > 0 ||
        send->amount <= 0) {
        return;
    }
    snprintf(message, sizeof message,
             "the line '%s' has no reverb, echo or leslie: this send only plays the sound again",
             od_read_shown(line->name.text, strlen(line->name.text), shown));
    warn(reader, send->target.offset, pointer, "send-unheard", message);
}
