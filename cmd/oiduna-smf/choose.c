#include "choose.h"

#include <stdlib.h>
#include <string.h>

#include "world/cli.h"

/* A number from 1 that takes all of the text up to `end`; 0 if it is none. */
static size_t
number_of(const char *text, const char *end)
{
    size_t number = 0;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9' || number > SIZE_MAX / 20) {
            return 0;
        }
        number = number * 10 + (size_t)(*text - '0');
    }
    return number;
}

/* A number, or two with a dash between. False if it is neither. */
static bool
range_of(const char *word, size_t length, size_t *first, size_t *last)
{
    const char *end = word + length;
    const char *dash = memchr(word, '-', length);
    *first = number_of(word, dash != NULL ? dash : end);
    *last = dash != NULL ? number_of(dash + 1, end) : *first;
    return *first > 0 && *last > 0;
}

static bool
choose_name(struct od_smf_song *song, const char *word, size_t length)
{
    bool found = false;
    for (size_t i = 0; i < od_smf_n_voices(song); i++) {
        struct od_smf_voice *voice = od_smf_voice_at(song, i);
        if (strlen(voice->name) == length && memcmp(voice->name, word, length) == 0) {
            voice->left_out = false;
            found = true;
        }
    }
    return found;
}

static int
choose(struct od_smf_song *song, const char *word, size_t length)
{
    size_t first, last;
    size_t n = od_smf_n_voices(song);
    if (choose_name(song, word, length)) {
        return 0;
    }
    if (!range_of(word, length, &first, &last)) {
        return od_cli_usage("no track is named '%.*s': --list tells the names and numbers",
                            (int)length, word);
    }
    if (first > last || last > n) {
        return od_cli_usage("'%.*s': the tracks have the numbers 1 to %zu (--list)", (int)length,
                            word, n);
    }
    for (size_t i = first; i <= last; i++) {
        od_smf_voice_at(song, i - 1)->left_out = false;
    }
    return 0;
}

int
choose_tracks(struct od_smf_song *song, const char *list)
{
    int failed = 0;
    for (size_t i = 0; i < od_smf_n_voices(song); i++) {
        od_smf_voice_at(song, i)->left_out = true;
    }
    for (size_t length; failed == 0; list += length + 1) {
        length = strcspn(list, ",");
        failed = choose(song, list, length);
        if (list[length] == '\0') {
            break;
        }
    }
    return failed;
}
