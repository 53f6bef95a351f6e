#include "play/agenda.h"

#include <stdlib.h>

bool
od_agenda_init(struct od_agenda *agenda, size_t capacity)
{
    *agenda = (struct od_agenda){.capacity = capacity};
    agenda->items = calloc(capacity, sizeof *agenda->items);
    return agenda->items != NULL;
}

void
od_agenda_clear(struct od_agenda *agenda)
{
    free(agenda->items);
    *agenda = (struct od_agenda){0};
}

/* The order counter may wrap: what waits together is never 2^31 apart. */
static bool
before(const struct od_agenda_item *a, const struct od_agenda_item *b)
{
    if (a->time != b->time) {
        return a->time < b->time;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind;
    }
    return (int32_t)(a->order - b->order) < 0;
}

bool
od_agenda_push(struct od_agenda *agenda, const struct od_agenda_item *item)
{
    if (agenda->count == agenda->capacity) {
        return false;
    }
    struct od_agenda_item added = *item;
    added.order = agenda->order++;
    size_t hole = agenda->count++;
    while (hole > 0 && before(&added, &agenda->items[(hole - 1) / 2])) {
        agenda->items[hole] = agenda->items[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    agenda->items[hole] = added;
    if (agenda->count > agenda->high_water) {
        agenda->high_water = agenda->count;
    }
    return true;
}

struct od_agenda_item
od_agenda_pop(struct od_agenda *agenda)
{
    struct od_agenda_item *items = agenda->items;
    struct od_agenda_item taken = items[0];
    if (--agenda->count == 0) {
        return taken;
    }
    struct od_agenda_item last = items[agenda->count];
    size_t hole = 0;
    for (size_t child = 1; child < agenda->count; child = 2 * hole + 1) {
        if (child + 1 < agenda->count && before(&items[child + 1], &items[child])) {
            child++;
        }
        if (!before(&items[child], &last)) {
            break;
        }
        items[hole] = items[child];
        hole = child;
    }
    items[hole] = last;
    return taken;
}
