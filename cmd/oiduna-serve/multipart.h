/* multipart/form-data (RFC 7578): finds the parts of a body. Pure, bounded, copies nothing. */
#ifndef OD_SERVE_MULTIPART_H
#define OD_SERVE_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#define PARTS_MAX     ((size_t)8)
#define PART_NAME_MAX ((size_t)256)
#define BOUNDARY_MAX  ((size_t)70) /* RFC 2046 */

struct part {
    char name[PART_NAME_MAX];
    char filename[PART_NAME_MAX];
    bool has_filename;
    const char *bytes; /**< in the body */
    size_t length;
};

struct multipart {
    struct part parts[PARTS_MAX];
    size_t count;
};

/** Reads a body by the boundary of its Content-Type. False with `*why` (static) if it is broken. */
bool multipart_read(struct multipart *multipart, const char *content_type, const char *body,
                    size_t length, const char **why);

/** The part of that name, or NULL. */
const struct part *multipart_find(const struct multipart *multipart, const char *name);

#endif
