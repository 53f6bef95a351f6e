/* What the player says and what becomes of it, told to those whom it concerns. */
#ifndef OD_SERVE_NEWS_H
#define OD_SERVE_NEWS_H

#include <jansson.h>
#include <stddef.h>

#include "app.h"
#include "base/status.h"
#include "child.h"

struct news {
    struct app *app;
    bool ready;      /* who starts us was told so */
    bool notes_left; /* by one who died before us: the first player ends them */
    /** There is no use in going on: why. May be called more than once. */
    void (*give_up)(void *arg, enum od_status status);
    void *arg;
};

/** For the child: all of its news but `ended`. */
struct child_news news_of_child(struct news *news);

/** A step sounds; `arg` is the app. */
void news_position(void *arg, const json_t *position);

/** Another change took the place of one that waited; `arg` is the app. */
void news_replaced(void *arg, json_int_t change, json_int_t by);

/** "the player was ended by signal 9 (Killed)". */
void news_describe_death(int status, char *text, size_t size);

#endif
