/* A track's definition → its OSC messages with slots. Used by the compiler and for live changes. */
#ifndef OD_MESSAGE_H
#define OD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "score/score.h"
#include "text/param.h"

/** A parameter of a track that moves while it plays. */
struct od_message_glide {
    uint16_t param; /**< enum od_param, or OD_PARAM_EXTRA … */
    uint32_t name;  /**< … and its name */
};

/** An argument that moves with one of them. */
struct od_message_move {
    enum {
        OD_MOVE_FLOAT,  /**< the argument at `offset` */
        OD_MOVE_INT,    /**< likewise */
        OD_MOVE_GAIN,   /**< what velocity is multiplied by */
        OD_MOVE_SUSTAIN /**< what gate and step length are multiplied by */
    } kind;
    uint32_t message; /**< in the sink's */
    uint32_t glide;   /**< in the source's */
    uint16_t offset;
    uint16_t param;          /**< that a signal modulates */
    uint32_t signal, length; /**< of that signal, in its numbers; length 0: none does */
    double factor, shift;    /**< the value is multiplied, then shifted, … */
    bool inside;             /**< … and kept in 0..1 */
};

#define OD_OSC_ADDRESS "/dirt/play" /**< SuperDirt's */

/** What a message is made of: records as they lie in a score. Nothing is owned. */
struct od_message_source {
    const char *strings;
    const struct od_score_track *track; /**< first_param, first_mod, first_send are not looked at */
    const struct od_score_param *params;
    size_t n_params;
    const struct od_score_mod *mods;
    size_t n_mods;
    const struct od_score_signal *signals;
    const double *numbers; /**< of the signals */
    const struct od_score_send *sends;
    size_t n_sends;
    const struct od_score_line *lines;     /**< of the part */
    const char *address;                   /**< OSC address */
    const struct od_message_glide *glides; /**< of the params with OD_SCORE_PARAM_MOVES */
    size_t n_glides;
};

/** Where rendered records go; each buf is an array of the records of that section. */
struct od_message_sink {
    struct od_buf messages, slots, values, floats, bytes;
    struct od_buf moves; /**< struct od_message_move; none without glides */
};

/** Groups of messages by variant, as a track or an own has them. */
struct od_message_groups {
    uint32_t first[OD_VARIANTS]; /**< OD_SCORE_NONE where there is none */
    uint32_t n;                  /**< messages of each */
};

/**
 * Renders the messages of the variants whose bit is set in `variants` (bit v = variant v; a batch
 * has variant 0 only). Sends to lines that are not audible are left out. OD_ENOMEM, or OD_EDATA if
 * a message would be longer than OD_SCORE_MESSAGE_MAX, or all of `sink` than a score may be.
 */
OD_NODISCARD enum od_status od_message_render(const struct od_message_source *source,
                                              unsigned variants, struct od_message_sink *sink,
                                              struct od_message_groups *groups);

/** Puts groups where a track has them. */
void od_message_set(struct od_score_track *track, const struct od_message_groups *groups);

/**
 * Appends to `out` (records of struct od_score_param) the parameters of a track with an own's over
 * them: known ones in their order, then the others, new ones behind the track's. The strings of
 * both are in `strings`.
 */
void od_message_overlay(const char *strings, const struct od_score_param *track, size_t n_track,
                        const struct od_score_param *own, size_t n_own, struct od_buf *out);

/** What the argument, or factor, is when the parameter is `value`, `since` steps after the top;
 * `numbers` are those of the signals. */
OD_REALTIME double od_message_moved(const struct od_message_move *move, const double *numbers,
                                    double value, int64_t since);

/** What a mixer line says of a spatial parameter, or of the orbit. */
double od_message_line_number(const struct od_score_line *line, enum od_param param);

/** Bytes of all that was rendered. */
uint64_t od_message_sink_length(const struct od_message_sink *sink);

void od_message_sink_clear(struct od_message_sink *sink);

#endif
