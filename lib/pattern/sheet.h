/* A pattern text: statements, one a line. The whole grammar of them is in sheet_read.c. */
#ifndef OD_SHEET_H
#define OD_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "pattern/mini.h"
#include "pattern/names.h"
#include "pattern/signal.h"
#include "text/diag.h"
#include "text/source.h"

#define OD_SHEET_MOST ((size_t)1 << 20) /* bytes of all files of one session */

/** One file of the text, and what is found in it. */
struct od_sheet_input {
    struct od_source source;
    struct od_diag_list diags;
};

/** A word as it stands in the text: not NUL-terminated. */
struct od_sheet_word {
    const char *text;
    size_t length;
    size_t at; /**< place in its source's text */
};

enum od_sheet_value_kind {
    OD_VALUE_PATTERN,  /* in quotes: says when something begins */
    OD_VALUE_CONSTANT, /* a bare word or number: `node` is an ATOM, or a TAIL of two */
    OD_VALUE_SIGNAL
};

/** `gain "0.9 0.6"`, `mod cutoff sine 300..2000 per 4` */
struct od_sheet_value {
    struct od_sheet_word word;
    struct od_name name;
    size_t at; /**< of the value */
    enum od_sheet_value_kind kind;
    const struct od_mini *node;
    struct od_signal signal;
    bool bounded; /**< the signal says from where to where */
    bool mod;
};

struct od_sheet_send {
    struct od_sheet_word line;
    double amount;
};

struct od_sheet_track {
    struct od_sheet_input *input; /**< the file it stands in */
    struct od_sheet_word id;
    int channel;               /**< of MIDI, 0..15; -1: SuperDirt's */
    struct od_sheet_word line; /**< that it is on; length 0: none */
    struct od_sheet_value *values;
    size_t n_values;
    struct od_sheet_send *sends;
    size_t n_sends;
    bool mute, solo;
    bool broken; /**< something in it is wrong; it was said */
    bool plays;  /**< it has events or curves; known when it is written */
};

struct od_sheet_setting {
    const char *key; /**< in a session */
    double value;
};

struct od_sheet_line {
    struct od_sheet_input *input;
    struct od_sheet_word name;
    struct od_sheet_setting *settings;
    size_t n_settings;
    bool mute, solo;
};

/** mute, solo: tracks are known when the part is complete. */
struct od_sheet_switch {
    struct od_sheet_input *input;
    struct od_sheet_word id;
    bool solo;
};

enum od_sheet_number {
    OD_SHEET_BPM,
    OD_SHEET_SWING,
    OD_SHEET_GATE,
    OD_SHEET_SEED,
    OD_SHEET_NUMBERS
};

/** The session, or one scene. */
struct od_sheet_part {
    struct od_sheet_input *input;
    struct od_sheet_word scene; /**< length 0: what stands before the first scene */
    double numbers[OD_SHEET_NUMBERS];
    bool said[OD_SHEET_NUMBERS];
    struct od_buf tracks;   /**< of struct od_sheet_track */
    struct od_buf lines;    /**< of struct od_sheet_line */
    struct od_buf switches; /**< of struct od_sheet_switch */
};

struct od_sheet_entry {
    struct od_sheet_input *input;
    struct od_sheet_word scene; /**< "main": outside all scenes */
    int bars;
};

/** Zero-initialise; to be cleared. */
struct od_sheet {
    struct od_arena arena;
    struct od_buf parts; /**< of struct od_sheet_part; the first is the session itself */
    struct od_buf song;  /**< of struct od_sheet_entry */
    bool out_of_memory;
};

/** The records of one of these buffers. */
#define OD_SHEET_COUNT(buf, type) ((buf).length / sizeof(type))
#define OD_SHEET_AT(buf, type, i) ((type *)(void *)(buf).data + (i))

/** Reads one more file; what is wrong in it goes to `input->diags`. */
void od_sheet_read(struct od_sheet *text, struct od_sheet_input *input);

/** When all files are read: finds what switches, sends and the song mean, or says that nothing is
 * meant. */
void od_sheet_resolve(struct od_sheet *text);

/** The line of that name which tracks of `part` may be on: its own, or the session's; or NULL. */
const struct od_sheet_line *od_sheet_find_line(const struct od_sheet *text,
                                               const struct od_sheet_part *part,
                                               const struct od_sheet_word *name);

bool od_sheet_word_equal(const struct od_sheet_word *a, const struct od_sheet_word *b);

/** A finding in a file of the text. */
void od_sheet_say(struct od_sheet_input *input, enum od_severity severity, size_t at,
                  const char *code, const char *format, ...) OD_PRINTF(5, 6);

void od_sheet_clear(struct od_sheet *text);

#endif
