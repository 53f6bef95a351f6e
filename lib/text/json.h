/* A pull reader for strict JSON (RFC 8259), one pass, no document tree. It knows nothing of the IR.
 */
#ifndef OD_JSON_H
#define OD_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/units.h"
#include "text/diag.h"

#define OD_JSON_DEPTH_MAX 64
#define OD_JSON_SIZE_MAX  ((size_t)256 * 1024 * 1024)

enum od_json_type {
    OD_JSON_NULL,
    OD_JSON_BOOL,
    OD_JSON_INT,  /**< no fraction, no exponent; of any size */
    OD_JSON_REAL, /**< any other number */
    OD_JSON_STRING,
    OD_JSON_ARRAY,
    OD_JSON_OBJECT,
    OD_JSON_END /**< end of the array or object, or the text is broken (see `broken`) */
};

/** A piece of decoded text. Points into the source where nothing was escaped, else into the arena.
 */
struct od_json_string {
    const char *text; /**< UTF-8, not NUL-terminated, never contains NUL */
    size_t length;
};

/** Is it this text? */
bool od_json_is(struct od_json_string string, const char *text);

/** One step of the way from the root to where the reader is: a key, or an array index. */
struct od_json_level {
    bool is_array;
    bool first;                /**< no member was read yet */
    struct od_json_string key; /**< of an object: the key being read; text NULL before the first */
    size_t index;              /**< of an array: the element being read */
};

/** A number as it was scanned by peek; private to json.c. */
struct od_json_number {
    const char *start, *end; /**< its text; start NULL = nothing scanned */
    uint64_t mantissa;       /**< all digits, if there are at most 19 that count */
    int exponent;            /**< of ten, after the digits; ±100,000 stands for anything beyond */
    bool negative, is_real;
    bool is_short; /**< `mantissa` holds all of it */
};

/**
 * The reader. A syntax error is added to `diags` once (code "syntax" or another of json.c's), sets
 * `broken`, and makes every later call return at once with OD_JSON_END / false / zero.
 */
struct od_json {
    const char *start, *end; /**< the text; not owned, need not be NUL-terminated */
    const char *at;          /**< next byte to read */
    const char *value;       /**< where the value (or key) read last began */
    struct od_diag_list *diags;
    struct od_arena *arena; /**< holds decoded strings and numbers' texts */
    size_t depth;
    struct od_json_level levels[OD_JSON_DEPTH_MAX + 1];
    struct od_json_number number;
    bool broken;
};

/** Starts reading a text. A byte-order mark is an error. */
void od_json_init(struct od_json *json, const struct od_source *source, struct od_diag_list *diags,
                  struct od_arena *arena);

/** The type of the value that comes next, without reading it; `json->value` is set to its place. */
enum od_json_type od_json_peek(struct od_json *json);

/** Enter an object or array (the next value must be one, see peek); false when broken or too deep.
 */
bool od_json_enter(struct od_json *json);

/**
 * In an object: reads on to the next value, over its key and the colon; `*key_at` (may be NULL)
 * gets its byte offset. False at the closing brace (which is consumed, and the object left) or when
 * broken. Repeated keys are the caller's matter (see od_json_keys_add).
 */
bool od_json_key(struct od_json *json, struct od_json_string *key, size_t *key_at);

/**
 * In an object: the same if the next key is `name`, written without escapes; else false, and
 * nothing has been read. For keys that are expected: it is much faster than to read and compare.
 */
bool od_json_key_is(struct od_json *json, const char *name);

/** In an array: reads on to the next value; true if another element follows; false at the closing
 * bracket (consumed) or broken.
 */
bool od_json_element(struct od_json *json);

/** The next value, which must be of that type (see peek, which need not be called again right after
 * od_json_key or od_json_element if the value's first byte tells). INT also reads as real. */
bool od_json_bool(struct od_json *json);
int64_t od_json_int(struct od_json *json); /**< the nearest there is, if it does not fit */
double od_json_real(struct od_json *json); /**< correctly rounded; infinite beyond 1.8e308 */
void od_json_null(struct od_json *json);
struct od_json_string od_json_text(struct od_json *json);

/** A key for od_json_plain_object: at most 14 bytes that need no escape. */
struct od_json_plain_name {
    char text[16]; /**< with its quote and colon */
    size_t length; /**< of `text` */
};
#define OD_JSON_PLAIN_NAME(name)                                                                   \
    {                                                                                              \
        name "\":", sizeof(name) + 1                                                               \
    }

#define OD_JSON_PLAIN_MAX 8
/** What od_json_plain_object read: bit i and value i are of name i. */
struct od_json_plain {
    unsigned seen, null;
    double values[OD_JSON_PLAIN_MAX];
};

/**
 * The fast way for small objects that come by the thousand: reads the next value if it is an object
 * whose keys are all among the `n` names, each at most once, and whose values are plain numbers or
 * null. False for anything else, and then nothing is read or said: read it the usual way.
 */
bool od_json_plain_object(struct od_json *json, const struct od_json_plain_name *names, size_t n,
                          struct od_json_plain *plain);

/** Likewise for an array of 1 to `most` plain numbers: how many there are, or 0. */
size_t od_json_plain_array(struct od_json *json, double *values, size_t most);

/**
 * Reads over the next value whatever it is, checking all of it (syntax, UTF-8, depth, repeated
 * keys).
 */
void od_json_skip(struct od_json *json);

/** After the top-level value: true if only white space is left, else adds a syntax error. */
bool od_json_finish(struct od_json *json);

/** Byte offset of `json->value`. */
size_t od_json_offset(const struct od_json *json);

/** Appends "/" and `text` as a reference token (RFC 6901) to the pointer in `out` (size bytes). */
void od_json_pointer_step(char *out, size_t size, const char *text, size_t length);

/** Writes the JSON pointer of the value being read into `out` (size bytes, cut if need be). */
void od_json_pointer(const struct od_json *json, char *out, size_t size);

/**
 * A set of keys of one object, to find repeated ones. Zero-initialise before the first object, and
 * either again or with od_json_keys_reset (which keeps the memory) before the next; memory is from
 * the reader's arena. Adds a diagnostic (error, code "duplicate-key") and returns false if the key
 * was there already.
 */
struct od_json_keys {
    struct od_json_string *slots; /**< a list while short, then open addressing */
    size_t n_slots, count;
};
bool od_json_keys_add(struct od_json *json, struct od_json_keys *keys, struct od_json_string key,
                      size_t key_at);

/** The diagnostic of a repeated key that was just read, for who keeps track of keys himself. */
void od_json_duplicate(const struct od_json *json, struct od_json_string key, size_t key_at);
void od_json_keys_reset(struct od_json_keys *keys);

#endif
