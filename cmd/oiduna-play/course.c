#include "course.h"

#include <string.h>

void
course_begin(struct course *course, const struct session_state *session, struct songs *songs)
{
    *course = (struct course){.songs = songs,
                              .base = session->current,
                              .opener = songs->left ? NULL : songs->take,
                              .top = session->top,
                              .start = session->top,
                              .now = true};
}

/* What is no part of the song is made of the take before it, unless it was already. */
static void
open_later(struct course *course, struct od_take_entry entry, struct opening *opening)
{
    if (opening->take == NULL || opening->of != course->base ||
        od_take_entry(opening->take).number != entry.number) {
        struct od_take *take = songs_later(course->songs, course->base, entry);
        if (take == NULL) {
            return; /* said */
        }
        opening_clear(opening);
        od_take_ref(course->base);
        *opening = (struct opening){take, course->base};
    }
    course->base = opening->take;
}

void
course_reach(struct course *course, int64_t step, struct opening *opening)
{
    struct od_take_entry entry;
    if (course->opener == NULL) {
        return;
    }
    int64_t start = course->top + songs_entry_at(course->opener, step - course->top, &entry);
    if (start > course->start && course->now && course->songs->next != NULL) {
        songs_settle(course->songs, course->base);
        course->base = course->songs->next;
        course->start = course->top + songs_steps(course->opener);
        course->now = false;
    }
    if (start > course->start) {
        open_later(course, entry, opening);
        course->start = start;
        course->now = false;
    }
}

void
course_act(struct course *course, const struct waiting_entry *entry)
{
    if (entry->take == NULL) {
        bool left = strcmp(entry->timed.text, "song off") == 0;
        course->opener = left ? NULL : course->opener;
        return;
    }
    course->base = entry->take;
    if (!od_take_program(entry->take)->edit) {
        bool song = od_take_entry(entry->take).number > 0;
        course->opener = song ? entry->take : NULL;
        course->top = course->start = entry->step;
        course->now = false;
    }
}

void
course_end(struct course *course)
{
    if (course->now && course->opener != NULL) {
        songs_settle(course->songs, course->base);
    }
}

struct od_take *
course_base(const struct waiting *waiting, const struct session_state *session, struct songs *songs,
            int64_t step)
{
    struct course course;
    course_begin(&course, session, songs);
    for (size_t i = 0; i < waiting->n && waiting->entries[i].step <= step; i++) {
        course_reach(&course, waiting->entries[i].step, &waiting->entries[i].opening);
        course_act(&course, &waiting->entries[i]);
    }
    course_reach(&course, step, &songs->later);
    return course.base;
}
