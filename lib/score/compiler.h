/* What the files of the compiler share. Nobody else includes it. */
#ifndef OD_COMPILER_H
#define OD_COMPILER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "score/message.h"
#include "score/score.h"
#include "text/session.h"

#define OD_OSC_DESTINATION "superdirt"

/* SuperDirt needs about 0.5 ms for each message: what the usual look-ahead carries. */
#define OD_DENSE_STEP 300u

/** The events of one track, which follow each other. */
struct od_compiler_run {
    uint32_t length; /**< of the sequence */
    uint32_t first, n;
    uint32_t n_messages; /**< OSC messages of an event */
};

struct od_compiler {
    const struct od_session *session;
    struct od_diag_list *diags;
    struct od_buf sections[OD_SECTION_COUNT]; /**< but VALUES, FLOATS, MESSAGES, SLOTS, BYTES */
    struct od_message_sink sink;              /**< those five */
    struct od_hash strings;                   /**< text → its offset in STRINGS */
    struct od_buf events;                     /**< of the part, not yet sorted */
    struct od_buf steps;                      /**< a uint16_t for each of `events` */
    struct od_buf runs;                       /**< struct od_compiler_run, of the part */
    uint32_t first_extra;                     /**< of the part */
    uint32_t longest; /**< sequence of the part so far, steps; one without events counts, too */
    enum od_status status; /**< the first failure; what follows is only looked at for findings */
    bool stopped;          /**< no memory, or too long: not even that */
};

/** The offset of `text` in STRINGS, where it is put once; 0 for "" and NULL. */
uint32_t od_compiler_string(struct od_compiler *compiler, const char *text);

/** A new zeroed record of `size` bytes; NULL if there is no memory, or the score would become too
 * long. Holds until the next of its section. */
void *od_compiler_add(struct od_compiler *compiler, enum od_section section, size_t size);

/** How many records of `size` bytes a section has. */
uint32_t od_compiler_count(const struct od_compiler *compiler, enum od_section section,
                           size_t size);

/** The score would be longer than OD_SCORE_LENGTH_MAX: says so and stops. */
void od_compiler_too_long(struct od_compiler *compiler);

/** Is what was made so far longer than a score may be? A small text can name much: each scene has
 * its copy of the lines, each send a message of its own. */
bool od_compiler_is_too_long(const struct od_compiler *compiler);

/** Notes a failure; the first one stays. */
void od_compiler_fail(struct od_compiler *compiler, enum od_status status);

/** Puts a parameter into PARAMS. */
void od_compiler_param(struct od_compiler *compiler, const struct od_param_value *value);

/** Room for `n` more events of the part that is being compiled, and for their steps, zeroed; false
 * if there is no memory. Both hold until the next call. */
bool od_compiler_events(struct od_compiler *compiler, size_t n, struct od_event **events,
                        uint16_t **steps);

/** The last `n` of the events are a track's, whose sequence has that length. */
void od_compiler_run(struct od_compiler *compiler, size_t n, uint32_t length, uint32_t n_messages);

/** Makes an event one that says more: its offset_ms, and all of `extra` but that. */
void od_compiler_extra(struct od_compiler *compiler, struct od_event *event, double offset_ms,
                       struct od_score_extra extra);

/** Puts what a MIDI track sends into CONTROLS, in the order in which it is sent; `note` is that of
 * a key that is pressed. How many messages there are. */
uint32_t od_compiler_controls(struct od_compiler *compiler, const struct od_control *controls,
                              size_t n, int note);

/** Sorts the part's events into EVENTS, RINGS and INDEX, finds their least and greatest offsets,
 * and adds the part to PARTS. `pointer` says where a step that is too dense is reported. */
void od_compiler_part(struct od_compiler *compiler, struct od_score_part *part,
                      const char *pointer);

/** A float as a score holds it: finite, and no −0. */
float od_compiler_float(double value);

/** Compiles the session itself or one of its scenes. */
void od_compile_part(struct od_compiler *compiler, const struct od_part *part);

/** Compiles the one part of a message batch. */
void od_compile_batch(struct od_compiler *compiler);

#endif
