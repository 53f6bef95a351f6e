#include "play/glide.h"

#include <math.h>
#include <stddef.h>

void
od_glide_begin(struct od_glide *glide, struct od_moment at)
{
    if (glide->begun) {
        return;
    }
    if (glide->before != NULL) {
        glide->from = od_glide_value(glide->before, at);
    }
    glide->start = at;
    glide->left = glide->to;
    glide->begun = true;
}

void
od_glide_end(struct od_glide *glide, struct od_moment at)
{
    if (glide->begun && glide->start.epoch == at.epoch) {
        glide->left = od_glide_value(glide, at);
    }
}

double
od_glide_value(const struct od_glide *glide, struct od_moment at)
{
    if (!glide->begun) {
        return glide->from;
    }
    if (glide->start.epoch != at.epoch) {
        return glide->left;
    }
    int64_t j = at.step - glide->start.step;
    if (j >= glide->steps) {
        return glide->to;
    }
    return j <= 0 ? glide->from
                  : glide->from + (glide->to - glide->from) * (double)j / (double)glide->steps;
}

int
od_glide_whole(const struct od_glide *glide, struct od_moment at, int min, int max, int otherwise)
{
    return glide == NULL ? otherwise : (int)rint(fmin(fmax(od_glide_value(glide, at), min), max));
}
