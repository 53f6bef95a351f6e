#include "waiting.h"

#include <stdlib.h>
#include <string.h>

static void
clear_entry(struct waiting_entry *entry)
{
    timed_clear(&entry->timed);
    od_take_unref(entry->take);
    opening_clear(&entry->opening);
}

void
waiting_clear(struct waiting *waiting)
{
    waiting_drop(waiting, false);
    free(waiting->entries);
    *waiting = (struct waiting){0};
}

static bool
grow(struct waiting *waiting)
{
    size_t capacity = waiting->capacity > 0 ? waiting->capacity * 2 : 16;
    struct waiting_entry *entries =
        reallocarray(waiting->entries, capacity, sizeof *waiting->entries);
    if (entries == NULL) {
        return false;
    }
    waiting->entries = entries;
    waiting->capacity = capacity;
    return true;
}

bool
waiting_add(struct waiting *waiting, struct answer *answer, const struct od_notice *notice)
{
    if (waiting->n == waiting->capacity && !grow(waiting)) {
        return false;
    }
    size_t place = waiting->n++;
    for (; place > 0 && waiting->entries[place - 1].step > notice->step; place--) {
        waiting->entries[place] = waiting->entries[place - 1];
    }
    waiting->entries[place] = (struct waiting_entry){.number = notice->change,
                                                     .order = waiting->orders++,
                                                     .step = notice->step,
                                                     .wall = answer->timed.wall,
                                                     .timed = answer->timed,
                                                     .take = answer->take};
    answer->timed = (struct timed){0};
    answer->take = NULL;
    return true;
}

struct waiting_entry *
waiting_find(struct waiting *waiting, uint64_t number)
{
    for (size_t i = 0; i < waiting->n; i++) {
        if (waiting->entries[i].number == number) {
            return &waiting->entries[i];
        }
    }
    return NULL;
}

struct waiting_entry *
waiting_find_id(struct waiting *waiting, const char *id)
{
    for (size_t i = 0; i < waiting->n; i++) {
        if (strcmp(waiting->entries[i].timed.id, id) == 0) {
            return &waiting->entries[i];
        }
    }
    return NULL;
}

void
waiting_remove(struct waiting *waiting, struct waiting_entry *entry)
{
    size_t place = (size_t)(entry - waiting->entries);
    clear_entry(entry);
    waiting->n--;
    memmove(entry, entry + 1, (waiting->n - place) * sizeof *entry);
}

void
waiting_drop(struct waiting *waiting, bool musical_only)
{
    size_t kept = 0;
    for (size_t i = 0; i < waiting->n; i++) {
        if (musical_only && waiting->entries[i].wall != 0) {
            waiting->entries[kept++] = waiting->entries[i];
        } else {
            clear_entry(&waiting->entries[i]);
        }
    }
    waiting->n = kept;
}
