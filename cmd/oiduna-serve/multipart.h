/* multipart/form-data (RFC 7578): finds the parts of a body. Pure, bounded, copies nothing. */
#ifndef OD_SERVE_MULTIPART_H
#define OD_SERVE_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#define OD_PARTS_MAX     ((size_t)8)
#define OD_PART_NAME_MAX ((size_t)256)
#define OD_BOUNDARY_MAX  ((size_t)70) /* RFC 2046 */

struct od_part {
    char name[OD_PART_NAME_MAX];
    char filename[OD_PART_NAME_MAX];
    bool has_filename;
    const char *bytes; /**< in the body */
    size_t length;
};

struct od_multipart {
    struct od_part parts[OD_PARTS_MAX];
    size_t count;
};

/** Reads a body by the boundary of its Content-Type. False with `*why` (static) if it is broken. */
bool od_multipart_read(struct od_multipart *multipart, const char *content_type, const char *body,
                       size_t length, const char **why);

/** The part of that name, or NULL. */
const struct od_part *od_multipart_find(const struct od_multipart *multipart, const char *name);

#endif
