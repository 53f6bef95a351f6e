#include "text/json_read.h"

/* A key and what stands around it, so that two words can be read at once. */
#define ROOM ((ptrdiff_t)24)

/* The first `length` bytes of a word, which may be more than it has. */
static inline uint64_t
mask(size_t length)
{
    return length >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * length) - 1;
}

static inline bool
is_name(const char *at, const struct od_json_plain_name *name)
{
    uint64_t found[2], wanted[2];
    size_t length = name->length;
    memcpy(found, at, sizeof found);
    memcpy(wanted, name->text, sizeof wanted);
    return ((found[0] ^ wanted[0]) & mask(length)) == 0 &&
           (length <= 8 || ((found[1] ^ wanted[1]) & mask(length - 8)) == 0);
}

/* The place among the names of the key behind the quote at `at`, from `due` on; n if none. */
static inline size_t
find_name(const char *at, const struct od_json_plain_name *names, size_t n, size_t due)
{
    for (size_t tried = 0; tried < n; tried++) {
        if (is_name(at, &names[due])) {
            return due;
        }
        due = due + 1 == n ? 0 : due + 1;
    }
    return n;
}

static inline const char *
read_value(const char *at, const char *end, struct od_json_plain *plain, size_t place)
{
    if (end - at >= 4 && memcmp(at, "null", 4) == 0) {
        plain->null |= 1u << place;
        return at + 4;
    }
    return od_json_plain_number(at, end, &plain->values[place]);
}

/* Members from the first key's quote to the closing brace; the place behind it, or NULL. */
static const char *
read_members(const char *at, const char *end, const struct od_json_plain_name *names, size_t n,
             struct od_json_plain *plain)
{
    size_t due = 0;
    for (;;) {
        size_t place = end - at < ROOM || *at != '"' ? n : find_name(at + 1, names, n, due);
        if (place == n || (plain->seen & 1u << place) != 0) {
            return NULL;
        }
        plain->seen |= 1u << place;
        due = place + 1 == n ? 0 : place + 1;
        at = od_json_skip_space(at + 1 + names[place].length, end);
        at = read_value(at, end, plain, place);
        at = at == NULL ? end : od_json_skip_space(at, end);
        if (at >= end) {
            return NULL;
        }
        if (*at == '}') {
            return at + 1;
        }
        if (*at != ',') {
            return NULL;
        }
        at = od_json_skip_space(at + 1, end);
    }
}

bool
od_json_plain_object(struct od_json *json, const struct od_json_plain_name *names, size_t n,
                     struct od_json_plain *plain)
{
    const char *at = json->at, *end = json->end;
    plain->seen = plain->null = 0;
    if (json->broken || json->depth == OD_JSON_DEPTH_MAX || at >= end || *at != '{') {
        return false;
    }
    const char *behind = read_members(od_json_skip_space(at + 1, end), end, names, n, plain);
    if (behind == NULL) {
        return false;
    }
    json->value = at;
    json->at = behind;
    return true;
}

size_t
od_json_plain_array(struct od_json *json, double *values, size_t most)
{
    const char *at = json->at, *end = json->end;
    if (json->broken || json->depth == OD_JSON_DEPTH_MAX || at >= end || *at != '[') {
        return 0;
    }
    for (size_t n = 0; n < most; n++) {
        at = od_json_plain_number(od_json_skip_space(at + 1, end), end, &values[n]);
        at = at == NULL ? end : od_json_skip_space(at, end);
        if (at < end && *at == ']') {
            json->value = json->at;
            json->at = at + 1;
            return n + 1;
        }
        if (at >= end || *at != ',') {
            return 0;
        }
    }
    return 0;
}
