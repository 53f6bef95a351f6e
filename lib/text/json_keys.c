#include <string.h>

#include "base/utf8.h"
#include "text/json_read.h"

#define SHORT_LIST ((size_t)16)
#define SHOWN      ((size_t)60) /* bytes of a key in a message */

/* The address stirs in what a writer of bad files cannot know. */
static size_t
hash(const struct od_json *json, struct od_json_string key)
{
    uint64_t h = (uint64_t)(uintptr_t)json * UINT64_C(0x9e3779b97f4a7c15) + key.length;
    for (size_t i = 0; i < key.length; i++) {
        h = (h ^ (unsigned char)key.text[i]) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    return (size_t)h;
}

static inline bool
is_same(struct od_json_string a, struct od_json_string b)
{
    return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

/* Where the key is in a table, or would be put. */
static struct od_json_string *
find_slot(const struct od_json *json, const struct od_json_keys *keys, struct od_json_string key)
{
    size_t i = hash(json, key) & (keys->n_slots - 1);
    while (keys->slots[i].text != NULL && !is_same(keys->slots[i], key)) {
        i = (i + 1) & (keys->n_slots - 1);
    }
    return &keys->slots[i];
}

static struct od_json_string *
find_in_list(const struct od_json_keys *keys, struct od_json_string key)
{
    struct od_json_string *slot = keys->slots, *end = slot + keys->count;
    while (slot < end && !is_same(*slot, key)) {
        slot++;
    }
    return slot;
}

/* A list of SHORT_LIST keys becomes a table; a table is at most half full. */
static bool
grow_keys(struct od_json *json, struct od_json_keys *keys)
{
    struct od_json_keys more = {.n_slots = keys->n_slots == 0 ? SHORT_LIST : keys->n_slots * 4,
                                .count = keys->count};
    more.slots = od_arena_array(json->arena, more.n_slots, sizeof *more.slots);
    if (more.slots == NULL) {
        od_json_fail_memory(json);
        return false;
    }
    for (size_t i = 0; i < keys->n_slots; i++) {
        if (keys->slots[i].text != NULL) {
            *find_slot(json, &more, keys->slots[i]) = keys->slots[i];
        }
    }
    *keys = more;
    return true;
}

void
od_json_duplicate(const struct od_json *json, struct od_json_string key, size_t key_at)
{
    char pointer[OD_JSON_POINTER_SIZE];
    od_json_pointer(json, pointer, sizeof pointer);
    size_t shown = od_utf8_cut(key.text, key.length, SHOWN);
    od_diag_add(json->diags, OD_ERROR, key_at, pointer, "duplicate-key",
                "the key '%.*s%s' stands here a second time", (int)shown, key.text,
                shown < key.length ? "..." : "");
}

bool
od_json_keys_add(struct od_json *json, struct od_json_keys *keys, struct od_json_string key,
                 size_t key_at)
{
    size_t most = keys->n_slots > SHORT_LIST ? keys->n_slots / 2 : keys->n_slots;
    if (json->broken || (keys->count == most && !grow_keys(json, keys))) {
        return false;
    }
    bool is_list = keys->n_slots == SHORT_LIST;
    struct od_json_string *slot = is_list ? find_in_list(keys, key) : find_slot(json, keys, key);
    bool is_new = is_list ? slot == keys->slots + keys->count : slot->text == NULL;
    if (!is_new) {
        od_json_duplicate(json, key, key_at);
        return false;
    }
    *slot = key;
    keys->count++;
    return true;
}

void
od_json_keys_reset(struct od_json_keys *keys)
{
    if (keys->n_slots > SHORT_LIST) {
        memset(keys->slots, 0, keys->n_slots * sizeof *keys->slots);
    }
    keys->count = 0;
}
