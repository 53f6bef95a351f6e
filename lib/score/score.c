#include "score/score.h"

#include <string.h>

uint32_t
od_score_find_scene(const struct od_score *score, const char *name)
{
    for (uint32_t i = 1; i < score->count[OD_SECTION_PARTS]; i++) {
        if (strcmp(score->strings + score->parts[i].name, name) == 0) {
            return i;
        }
    }
    return OD_SCORE_NONE;
}
