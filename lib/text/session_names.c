#include <string.h>

#include "text/session_read.h"

bool
od_read_names_init(struct od_reader *reader, struct od_read_names *names, size_t most)
{
    names->n_slots = 8;
    while (names->n_slots / 2 < most) {
        names->n_slots *= 2;
    }
    names->slots = od_arena_array(&reader->scratch, names->n_slots, sizeof *names->slots);
    if (names->slots == NULL) {
        od_read_no_memory(reader);
        return false;
    }
    return true;
}

/* The table's address stirs in what a writer of bad files cannot know. */
static struct od_read_names_slot *
find_slot(const struct od_read_names *names, const char *text)
{
    uint64_t h = (uint64_t)(uintptr_t)names->slots;
    for (const char *p = text; *p != '\0'; p++) {
        h = (h ^ (unsigned char)*p) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    size_t i = (size_t)h & (names->n_slots - 1);
    while (names->slots[i].text != NULL && strcmp(names->slots[i].text, text) != 0) {
        i = (i + 1) & (names->n_slots - 1);
    }
    return &names->slots[i];
}

void
od_read_names_put(struct od_read_names *names, const char *text, size_t value)
{
    struct od_read_names_slot *slot = find_slot(names, text);
    if (slot->text == NULL) {
        slot->text = text;
        slot->value = value;
    }
}

struct od_read_names_slot *
od_read_names_find(const struct od_read_names *names, const char *text)
{
    struct od_read_names_slot *slot = find_slot(names, text);
    return slot->text == NULL ? NULL : slot;
}
