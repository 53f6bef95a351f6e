#include "control/shared.h"

#include <stdlib.h>

struct od_shared_score *
od_shared_score_new(struct od_score *score)
{
    struct od_shared_score *shared = malloc(sizeof *shared);
    if (shared == NULL) {
        od_score_close(score);
        return NULL;
    }
    shared->score = *score;
    shared->refs = 1;
    shared->alone = false;
    shared->given = 0;
    *score = (struct od_score){0};
    return shared;
}

void
od_shared_score_unref(struct od_shared_score *shared)
{
    if (shared != NULL && --shared->refs == 0) {
        od_score_close(&shared->score);
        free(shared);
    }
}

const struct od_score *
od_shared_score_get(const struct od_shared_score *shared)
{
    return &shared->score;
}

struct od_shared_score *
od_shared_score_ref(struct od_shared_score *shared)
{
    if (shared != NULL) {
        shared->refs++;
    }
    return shared;
}
