/* Small JSON bodies: read, checked against a list of fields, refused with every fault and its
 * place. */
#ifndef OD_SERVE_BODY_H
#define OD_SERVE_BODY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "request.h"

enum field_type {
    FIELD_NUMBER,
    FIELD_INTEGER,
    FIELD_BOOL,
    FIELD_STRING,
    FIELD_ANY
};

/** What a member of a body must be. */
struct field {
    const char *name;
    enum field_type type;
    bool required;
    bool nullable;
    double least, most; /**< of numbers, both allowed */
};

/**
 * The request's body as an object whose known members are as `fields` say; others are left alone.
 * New reference; NULL: the request has been answered (400 with line and column, or 422).
 */
json_t *body_read(struct request *request, const struct field *fields, size_t n);

/** Answers 422 for one member of the body ("": for all of it) and frees the request. */
void body_refuse(struct request *request, const char *key, const char *type, const char *message);

/**
 * The word of the control stream for a timing: the bare word, {"timing": word}, {"type":
 * "boundary", "unit": word} or {"type": "absolute", "step": …}; "timing" may stand for "type".
 * Writes it to `word` (size bytes); false if it is none.
 */
bool body_timing(const json_t *timing, char *word, size_t size);

/** Line and column (from 1) of a byte. */
void body_place(const char *text, size_t offset, size_t *line, size_t *column);

/** One entry of a 422: `pointer` is a JSON pointer into the body, `input` is taken. New reference.
 */
json_t *body_fault(const char *type, const char *pointer, const char *message, json_t *input,
                   const char *text, size_t offset);

#endif
