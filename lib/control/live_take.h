/* Private to live*.c: what a take is made of. */
#ifndef OD_LIVE_TAKE_H
#define OD_LIVE_TAKE_H

#include "base/hash.h"
#include "control/shared.h"
#include "play/program.h"
#include "score/message.h"

struct od_live_value;

/** A parameter that moves: the player's from the time it has a program with it. Counted. */
struct glide {
    struct od_glide at; /**< first: pointers to it are pointers to this */
    size_t refs;
    struct glide *before; /**< counted: where it begins, until it has */
    bool ended;           /**< by a stop: at.left holds */
};

/** A track's own rendering: of a live change, or for another OSC address. Counted, never changed.
 */
struct patch {
    size_t refs;
    struct od_buf strings;    /**< offset 0 is "" */
    struct od_buf params;     /**< struct od_score_param, strings in `strings` */
    struct od_buf own_params; /**< likewise, of the track's owns, one after another */
    struct od_buf moving;     /**< struct od_message_glide, names in `strings` … */
    struct od_buf glides;     /**< … and for each a struct glide *, counted */
    struct od_voice_glides voice_glides;
    struct od_buf owns; /**< struct od_score_own: params in `own_params`, messages in `sink` */
    struct od_message_sink sink;
    struct od_score_track track;
};

/** A track as it stands in a take: where its definition lies, and what was changed. */
struct strip {
    struct od_shared_score *shared; /**< counted */
    uint32_t part;
    uint32_t index; /**< in the score's TRACKS or MIDI_TRACKS */
    bool midi;      /**< a MIDI track of a session */
    bool mute, solo;
    uint8_t live;  /**< OD_LIVE_…: what was changed live; of params OD_SCORE_PARAM_LIVE says it */
    bool revalued; /**< MIDI velocity was changed */
    uint8_t channel, velocity;
    int8_t transpose;
    struct glide *velocity_glide, *transpose_glide; /**< counted; or NULL */
    const char *address;                            /**< OSC address of its messages; not owned */
    struct patch *patch;                            /**< counted; NULL = as in the score */
};

#define OD_LIVE_MUTE      0x01u
#define OD_LIVE_SOLO      0x02u
#define OD_LIVE_VELOCITY  0x04u
#define OD_LIVE_TRANSPOSE 0x08u
#define OD_LIVE_CHANNEL   0x10u

/** A parameter that is set, or moves. */
struct setting {
    const char *name;
    const struct od_live_value *value;
    const struct od_score_param *loaded; /**< it is that of the score; NULL: it was set … */
    bool reset;                          /**< … or the score has none, and nobody sets it now */
    unsigned param;                      /**< enum od_param */
    struct glide *glide;                 /**< it moves there; NULL: it is set */
};

/** What a take and its copies share: events and their rings, in a score, or own ones after a merge.
 * Counted. */
struct notes {
    size_t refs;
    struct od_hash ids; /**< → the first strip that has each; of the first look-up: see
                           od_take_find. Its keys lie in the scores of the strips */
    struct od_shared_score *shared; /**< counted: has their extras, and the rest if not own */
    const struct od_score_part *part;
    struct od_event *events; /**< own ones, or NULL */
    uint32_t *index;         /**< likewise, all rings' */
    const struct od_event *at;
    size_t n_rings;
    struct od_step_ring rings[];
};

struct od_take {
    struct od_program program; /**< first, so that od_take_of can find its take */
    size_t refs;
    const struct od_live_setup *setup;
    size_t n_strips;
    struct od_voice *voices; /**< one per strip; owned, and behind them lie … */
    struct strip *strips;
    uint32_t *audible;
    uint16_t *curve_voices;
    uint16_t *init_voices;
    struct od_glide **glides;  /**< of all voices; NULL: there are none, as with … */
    struct od_voice_own *owns; /**< of all voices */
    struct od_run *runs;       /**< of each ring, if there are several */
    struct notes *notes;
    struct od_take *base; /**< counted: what it was made after, until it is taken over; or NULL */
    struct od_shared_score *source; /**< counted: of … */
    uint32_t part;                  /**< … this part, … */
    bool exclusive;                 /**< … or of the tracks that its apply names */
    struct strip
        *away; /**< changed tracks that it has not: as they were when they were last there */
    size_t n_away;
    struct od_shared_score *scenes; /**< counted; NULL if there are none */
    const char *scene;              /**< in `scenes`, or "" */
    uint32_t entry;                 /**< of the song of `scenes`, from 1; 0 = none */
    uint64_t pass;                  /**< of the song */
};

/** OSC address of SuperDirt's messages. */
#define OD_DIRT_ADDRESS     "/dirt/play"
#define OD_DIRT_DESTINATION "superdirt" /* the destination of tracks that name none */

static inline const struct od_score_track *
od_strip_track(const struct strip *strip)
{
    return &strip->shared->score.tracks[strip->index];
}

static inline const struct od_score_midi_track *
od_strip_midi(const struct strip *strip)
{
    return &strip->shared->score.midi_tracks[strip->index];
}

const struct od_score_part *od_strip_part(const struct strip *strip);
const char *od_strip_id(const struct strip *strip);

/** An empty take with room for `n` strips, one reference; NULL if there is no memory. */
struct od_take *od_take_alloc(const struct od_live_setup *setup, size_t n);

/** A copy of `base` whose strips may still be changed; od_take_finish must follow. */
struct od_take *od_take_copy(const struct od_take *base);

/** Makes voices of the strips. OD_EDATA with `error` (256 bytes, may be NULL) for a batch message
 * that its destination cannot play. */
OD_NODISCARD enum od_status od_take_finish(struct od_take *take, char *error);

/** The events of a part; NULL if there is no memory. */
struct notes *od_notes_new(struct od_shared_score *shared, const struct od_score_part *part);
void od_notes_unref(struct notes *notes);
void od_patch_unref(struct patch *patch);
void od_strip_clear(struct strip *strip);
void od_strip_copy(struct strip *to, const struct strip *from);

/** A new strip of the same track, as its score has it. */
void od_strip_loaded(struct strip *to, const struct strip *from);

/** Makes the environment of what plays (the session's, if a scene has none) the player's again. */
void od_take_load_environment(struct od_take *take);

/** A patch with the strip's parameters, not rendered yet; NULL if there is no memory. */
struct patch *od_patch_new(const struct strip *strip);

/** Renders a patch for the strip's address. */
OD_NODISCARD enum od_status od_patch_render(struct patch *patch, const struct strip *strip,
                                            unsigned variants);

/** One reference; NULL if there is no memory. `before` (may be NULL) is counted: it begins there,
 * not at `from`. */
struct glide *od_glide_new(double from, struct glide *before, double to, int64_t steps);
struct glide *od_glide_ref(struct glide *glide);
void od_glide_unref(struct glide *glide);

/** Adds what moves to a patch that has the param; what a param of a strip moves with, or NULL. */
void od_patch_glide(struct patch *patch, const struct od_score_param *param, struct glide *glide);
struct glide *od_strip_glide(const struct strip *strip, const struct od_score_param *param);

/** A glide to `to` from what a parameter is by now. OD_EDATA, with `error`, if it is nothing that
 * can move; `name` as od_strip_param. */
OD_NODISCARD enum od_status od_strip_move(const struct strip *strip, unsigned param,
                                          const char *name, const struct od_live_value *to,
                                          struct glide **glide, char *error);

/** How many there are in all strips of a take, put in `out` unless it is NULL. */
size_t od_take_glides(const struct od_take *take, struct od_glide **out);

/** What a number of a strip is, or begins with: its own (NULL: it has none), its mixer line's or
 * the default; false if it is none. */
bool od_strip_now(const struct strip *strip, unsigned param, const struct od_score_param *own,
                  double *value);

/** What a parameter is for people: where it moves to, or where a stop left it. */
double od_strip_number_of(const struct strip *strip, const struct od_score_param *param);

/** A patch of the strip's parameters with one of them set, not rendered yet; NULL if there is no
 * memory. */
struct patch *od_patch_with(const struct strip *strip, const struct setting *setting);

/** Gives a strip of a take that is no MIDI track the address that its messages go to. */
void od_strip_address(const struct od_take *take, struct strip *strip);

/** The variants that a track may need when it is changed. */
unsigned od_strip_all_variants(const struct strip *strip);

/** Lets a track that has no events any more take along what is its own of its score; `stays` is one
 * that stays anyway. False if there is no memory. */
OD_NODISCARD bool od_strip_alone(struct strip *strip, const struct od_shared_score *stays);

/** Into a take whose strips are its score's: what was changed in `base`. */
OD_NODISCARD enum od_status od_take_keep(struct od_take *take, const struct od_take *base);

/** Nothing that is away is kept in mind any more. */
void od_take_forget_away(struct od_take *take);

/** Puts what was changed in `base` and is not in the take (with its notes) aside; false if there is
 * no memory. */
OD_NODISCARD bool od_take_put_away(struct od_take *take, const struct od_take *base);

/** The variants that the track has messages for in its score. */
unsigned od_strip_variants(const struct strip *strip);

/** The parameter of a strip, NULL if it is not set; `name` only for OD_PARAM_EXTRA. */
const struct od_score_param *od_strip_param(const struct strip *strip, unsigned param,
                                            const char *name);
const char *od_strip_string(const struct strip *strip, uint64_t offset);

/** What a parameter is, by the name that od_take_set takes, removed if there is none; what a number
 * is relative to, which may be its default; true if there may be one. */
struct od_live_value od_strip_value(const struct strip *strip, const char *name);
struct od_live_value od_strip_start(const struct strip *strip, const char *name);
bool od_strip_knows(const struct strip *strip, const char *name);

/** A number of a batch message's params; `otherwise` if it is absent or no number. */
double od_strip_number(const struct strip *strip, const char *name, double otherwise);

#endif
