#include "play/ledger.h"

#include <stdlib.h>

bool
od_ledger_init(struct od_ledger *ledger, unsigned ports)
{
    *ledger = (struct od_ledger){.capacity = (size_t)ports * OD_CHANNELS * OD_NOTES};
    ledger->notes = calloc(ledger->capacity, sizeof *ledger->notes);
    ledger->heap = calloc(ledger->capacity, sizeof *ledger->heap);
    if (ledger->notes == NULL || ledger->heap == NULL) {
        od_ledger_clear(ledger);
        return false;
    }
    return true;
}

void
od_ledger_clear(struct od_ledger *ledger)
{
    free(ledger->notes);
    free(ledger->heap);
    *ledger = (struct od_ledger){0};
}

od_note_id
od_note_id_of(unsigned port, unsigned channel, unsigned note)
{
    return (od_note_id)((port * OD_CHANNELS + channel) * OD_NOTES + note);
}

/* At equal times in the order of the ids, so that a run is the same every time. */
static bool
before(const struct od_ledger *ledger, od_note_id a, od_note_id b)
{
    od_nsec ends_a = ledger->notes[a].ends;
    od_nsec ends_b = ledger->notes[b].ends;
    return ends_a != ends_b ? ends_a < ends_b : a < b;
}

static void
put(struct od_ledger *ledger, size_t place, od_note_id id)
{
    ledger->heap[place] = id;
    ledger->notes[id].place = (uint16_t)(place + 1);
}

static void
sift_up(struct od_ledger *ledger, size_t hole, od_note_id id)
{
    while (hole > 0 && before(ledger, id, ledger->heap[(hole - 1) / 2])) {
        put(ledger, hole, ledger->heap[(hole - 1) / 2]);
        hole = (hole - 1) / 2;
    }
    put(ledger, hole, id);
}

static void
sift_down(struct od_ledger *ledger, size_t hole, od_note_id id)
{
    for (size_t child = 2 * hole + 1; child < ledger->count; child = 2 * hole + 1) {
        if (child + 1 < ledger->count &&
            before(ledger, ledger->heap[child + 1], ledger->heap[child])) {
            child++;
        }
        if (!before(ledger, ledger->heap[child], id)) {
            break;
        }
        put(ledger, hole, ledger->heap[child]);
        hole = child;
    }
    put(ledger, hole, id);
}

void
od_ledger_add(struct od_ledger *ledger, od_note_id id, const struct od_sounding *note)
{
    ledger->notes[id] = *note;
    sift_up(ledger, ledger->count++, id);
}

bool
od_ledger_sounding(const struct od_ledger *ledger, od_note_id id)
{
    return id < ledger->capacity && ledger->notes[id].place != 0;
}

void
od_ledger_remove(struct od_ledger *ledger, od_note_id id)
{
    size_t hole = (size_t)ledger->notes[id].place - 1;
    ledger->notes[id].place = 0;
    od_note_id last = ledger->heap[--ledger->count];
    if (last == id) {
        return;
    }
    if (hole > 0 && before(ledger, last, ledger->heap[(hole - 1) / 2])) {
        sift_up(ledger, hole, last);
    } else {
        sift_down(ledger, hole, last);
    }
}

od_note_id
od_ledger_first(const struct od_ledger *ledger)
{
    return ledger->heap[0];
}
