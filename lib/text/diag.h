/* Diagnostics: what is wrong with an input, where, and how it is shown. Prints nothing itself. */
#ifndef OD_DIAG_H
#define OD_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/units.h"
#include "text/source.h"

enum od_severity {
    OD_WARNING,
    OD_ERROR
};

/** One finding. All strings are owned by the list's arena. */
struct od_diag {
    enum od_severity severity;
    const char *code;    /**< stable, kebab-case word for programs, e.g. "unknown-key" */
    const char *message; /**< one sentence for people, no capital at the start, no full stop */
    const char *pointer; /**< JSON pointer (RFC 6901) to what is meant; "" = the whole text */
    size_t offset;       /**< byte offset in the text */
    size_t order;        /**< how many were added before: keeps the sort stable */
    size_t more;         /**< later events of the same sequence of which a warning is true too */
    uint64_t about;      /**< what those have in common; 0: none may follow */
};

#define OD_DIAG_MAX 100 /* findings kept of one text; more are only counted */

/** The findings of one text. Zero-initialised is ready for use. */
struct od_diag_list {
    bool strict;      /**< warnings become errors as they are added */
    const char *told; /**< codes of warnings that are not added, "range,orbit", as who made the text
                         has told them; the others are shown without a place. NULL: none */
    struct od_diag items[OD_DIAG_MAX];
    size_t count;    /**< items in use */
    size_t errors;   /**< errors added, also those not kept */
    size_t warnings; /**< warnings added, also those not kept */
    size_t hardened; /**< of `errors`, those that `strict` made of warnings */
    bool out_of_memory;
    struct od_arena arena;
};

/**
 * Adds a finding; `pointer` is copied. True as long as there is room for more. A warning of the
 * same code about the same of several events of a sequence is one finding, of the first, with their
 * number.
 */
bool od_diag_add(struct od_diag_list *list, enum od_severity severity, size_t offset,
                 const char *pointer, const char *code, const char *format, ...) OD_PRINTF(6, 7);

/** Sorts by place; findings of one place stay in the order they were added. */
void od_diag_sort(struct od_diag_list *list);

/**
 * Appends one finding of `source` for people, each line ended:
 *     program: file:line:col: error: message
 *       the source line, a window of at most 76 characters where it is long
 *            ^
 *       at /json/pointer
 */
void od_diag_text(const struct od_diag *diag, const struct od_source *source, const char *program,
                  struct od_buf *out);

/** Appends one finding as a JSON object and a newline: severity, message, file, line, column,
 * pointer, code. */
void od_diag_json(const struct od_diag *diag, const struct od_source *source, struct od_buf *out);

/** All kept findings in their order, then one line that says how many more there were, if any. */
void od_diag_report_text(const struct od_diag_list *list, const struct od_source *source,
                         const char *program, struct od_buf *out);
void od_diag_report_json(const struct od_diag_list *list, const struct od_source *source,
                         struct od_buf *out);

/**
 * The name in `names` (n of them) nearest to `word` by edit distance (adjacent swaps count one),
 * or NULL if none is near enough (distance over 2, or over a third of the longer word's length).
 */
const char *od_diag_nearest(const char *word, const char *const *names, size_t n);

/** Frees what the list owns; it may be used again. */
void od_diag_clear(struct od_diag_list *list);

#endif
