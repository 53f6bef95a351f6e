#include "complete.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "control/stream.h"
#include "desk.h"
#include "text/param.h"

static const char *const whens[] = {"now", "beat", "bar", "seq"};
static const char *const places[] = {"bar", "beat", "loop", "step"};
static const char *const turns[] = {"on", "off", "toggle"};
static const char *const ways[] = {"next", "prev", "-"};
static const char *const midi_params[] = {"velocity", "transpose", "channel"};

struct search {
    const struct desk *desk;
    const char *typed; /* so far */
    struct od_completions *completions;
};

/* Bare if that is the same word, else in quotes. */
static void
offer(const struct search *search, const char *word)
{
    struct od_buf quoted = {0};
    bool bare = *word != '\0' && strpbrk(word, " \t\"\\") == NULL && *search->typed != '"';
    if (!bare && od_buf_json_string(&quoted, word) && od_buf_append(&quoted, "", 1)) {
        word = (const char *)quoted.data;
    }
    if (strncmp(word, search->typed, strlen(search->typed)) == 0) {
        (void)od_completions_add(search->completions, word);
    }
    od_buf_clear(&quoted);
}

static void
offer_all(const struct search *search, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        offer(search, words[i]);
    }
}

static void
offer_tracks(const struct search *search)
{
    struct session_state *session = search->desk->session;
    if (session->current == NULL || !session_state_learn(session)) {
        return;
    }
    for (size_t i = 0; i < session->tracks.n; i++) {
        if (tracks_is_first(&session->tracks, i)) {
            offer(search, session->tracks.rows[i].id);
        }
    }
}

static void
offer_scenes(const struct search *search)
{
    const struct session_state *session = search->desk->session;
    if (session->current == NULL) {
        return;
    }
    const struct od_score *score = od_shared_score_get(od_take_scenes(session->current));
    for (uint32_t i = 1; i < score->count[OD_SECTION_PARTS]; i++) {
        offer(search, score->strings + score->parts[i].name);
    }
}

static void
offer_params(const struct search *search, const char *track)
{
    const struct session_state *session = search->desk->session;
    int voice = session->current != NULL ? od_take_find(session->current, track) : -1;
    if (voice >= 0 && od_take_track(session->current, (size_t)voice).midi) {
        offer_all(search, midi_params, sizeof midi_params / sizeof *midi_params);
        return;
    }
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        const struct od_param_info *info = &od_params[i];
        if (info->name != NULL) {
            offer(search, info->name);
        }
    }
}

static void
offer_commands(const struct search *search)
{
    for (size_t i = 0; commands_name(i) != NULL; i++) {
        offer(search, commands_name(i));
    }
}

/* Which letter of the form stands for the word number `n` (from 1, behind the command). */
static char
kind_of(const char *command, int n)
{
    const char *words = commands_form(command);
    const char *star = strchr(words, '*');
    size_t fixed = star != NULL ? (size_t)(star - words) : strlen(words);
    size_t at = (size_t)(n - 1);
    if (at < fixed) {
        return words[at];
    }
    return star != NULL ? star[1 + (at - fixed) % strlen(star + 1)] : words[fixed - 1];
}

static void
offer_kind(const struct search *search, char kind, const char *track)
{
    switch (kind) {
    case 'A':
        offer_all(search, places, sizeof places / sizeof *places);
        break;
    case 'M':
        offer_tracks(search);
        offer_all(search, turns, sizeof turns / sizeof *turns);
        break;
    case 'X':
        offer(search, "all");
        break;
    case 'S':
        offer_all(search, turns, 2);
        break;
    case 'Y':
        offer(search, "off");
        break;
    case 'T':
        offer_tracks(search);
        break;
    case 'P':
        offer_params(search, track);
        break;
    case 'C':
        offer_scenes(search);
        offer_all(search, ways, sizeof ways / sizeof *ways);
        break;
    case 'W':
        offer_all(search, whens, sizeof whens / sizeof *whens);
        break;
    case 'N':
        offer_commands(search);
        break;
    default:
        break;
    }
}

/* How many words say when, behind "at": "bar 8", "+2 bars", or one. */
static int
words_of_when(char **words, int n)
{
    bool counts = n > 1 && words[1][strspn(words[1], "0123456789")] == '\0';
    bool unit = n > 1 && *words[0] == '+';
    return counts || unit || (n == 1 && *words[0] == '+') ? 2 : 1;
}

void
complete_word(void *context, const char *line, size_t start, struct od_completions *completions)
{
    const struct search search = {context, line + start, completions};
    char *words[OD_WORDS_MAX];
    bool quoted[OD_WORDS_MAX];
    char error[OD_SCORE_ERROR_SIZE];
    char *before = strndup(line, start);
    int n = before != NULL ? od_words_split(before, words, quoted, error) : -1;
    bool named = n > 0 && words[0][0] == '#'; /* an id goes before the command */
    int command = named ? 1 : 0;
    if (n > command + 1 && strcmp(words[command], "at") == 0) {
        command += 1 + words_of_when(words + command + 1, n - command - 1);
    }
    if (n == command) {
        offer_commands(&search);
    } else if (n > command) {
        const char *track = n > command + 1 ? words[command + 1] : "";
        offer_kind(&search, kind_of(words[command], n - command), track);
    }
    free(before);
}
