#include "control/prompt.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define CONTROL(letter) ((letter) - '@')
#define ESCAPE          '\033'
#define DELETE          '\177'
#define PASTE_END       "\033[201~"

/* ---- the line ---- */

static const char *
end_of(const struct od_prompt *prompt)
{
    return prompt->line + prompt->length;
}

/* Bytes of the character behind the cursor, with the marks that stand on it. */
static size_t
length_after(const struct od_prompt *prompt, size_t at)
{
    size_t from = at;
    while (at < prompt->length) {
        size_t length = od_utf8_length(prompt->line + at, end_of(prompt));
        unsigned columns =
            length > 0 ? od_utf8_columns(od_utf8_decode(prompt->line + at, length)) : 1;
        if (at > from && columns > 0) {
            break;
        }
        at += length > 0 ? length : 1;
    }
    return at - from;
}

static size_t
before(const struct od_prompt *prompt, size_t at)
{
    size_t start = 0;
    while (start < at && start + length_after(prompt, start) < at) {
        start += length_after(prompt, start);
    }
    return start;
}

static bool
is_word(char byte)
{
    return byte != ' ' && byte != '\t';
}

static size_t
word_before(const struct od_prompt *prompt)
{
    size_t at = prompt->at;
    while (at > 0 && !is_word(prompt->line[at - 1])) {
        at--;
    }
    while (at > 0 && is_word(prompt->line[at - 1])) {
        at--;
    }
    return at;
}

static size_t
word_after(const struct od_prompt *prompt)
{
    size_t at = prompt->at;
    while (at < prompt->length && !is_word(prompt->line[at])) {
        at++;
    }
    while (at < prompt->length && is_word(prompt->line[at])) {
        at++;
    }
    return at;
}

static void
insert(struct od_prompt *prompt, const char *text, size_t length)
{
    if (length >= sizeof prompt->line - prompt->length) {
        return; /* no command is that long */
    }
    char *at = prompt->line + prompt->at;
    memmove(at + length, at, prompt->length - prompt->at + 1);
    memcpy(at, text, length);
    prompt->length += length;
    prompt->at += length;
}

static void
cut(struct od_prompt *prompt, size_t from, size_t to)
{
    memmove(prompt->line + from, prompt->line + to, prompt->length - to + 1);
    prompt->length -= to - from;
    prompt->at = from;
}

static void
kill_text(struct od_prompt *prompt, size_t from, size_t to)
{
    if (to > from) {
        memcpy(prompt->killed, prompt->line + from, to - from);
        prompt->killed[to - from] = '\0';
        cut(prompt, from, to);
    }
}

static void
replace(struct od_prompt *prompt, const char *line)
{
    prompt->length = prompt->at = 0;
    prompt->line[0] = '\0';
    insert(prompt, line, strlen(line));
}

/* ---- history ---- */

void
od_prompt_remember(struct od_prompt *prompt, const char *line)
{
    size_t n = prompt->n_history;
    char *kept = NULL;
    bool blank = line[strspn(line, " \t")] == '\0';
    if (!blank && (n == 0 || strcmp(prompt->history[n - 1], line) != 0)) {
        kept = strdup(line); /* without memory it is forgotten */
    }
    if (kept != NULL && n == OD_PROMPT_HISTORY) {
        free(prompt->history[0]);
        n--;
        memmove(prompt->history, prompt->history + 1, n * sizeof *prompt->history);
    }
    if (kept != NULL) {
        prompt->history[n] = kept;
        prompt->n_history = n + 1;
    }
    prompt->browsed = prompt->n_history;
}

static bool
begins_like_draft(const struct od_prompt *prompt, size_t i)
{
    return strncmp(prompt->history[i], prompt->draft, strlen(prompt->draft)) == 0;
}

/* Only through lines that begin as the one did that was typed. */
static void
browse(struct od_prompt *prompt, bool back)
{
    size_t i = prompt->browsed;
    if (i == prompt->n_history) {
        memcpy(prompt->draft, prompt->line, prompt->length + 1);
    }
    if (back) {
        while (i > 0 && !begins_like_draft(prompt, i - 1)) {
            i--;
        }
        if (i == 0) {
            return;
        }
        i--;
    } else {
        if (i == prompt->n_history) {
            return;
        }
        i++;
        while (i < prompt->n_history && !begins_like_draft(prompt, i)) {
            i++;
        }
    }
    prompt->browsed = i;
    replace(prompt, i < prompt->n_history ? prompt->history[i] : prompt->draft);
}

/* ---- completion ---- */

bool
od_completions_add(struct od_completions *completions, const char *word)
{
    if (!od_buf_append(&completions->words, word, strlen(word) + 1)) {
        return false;
    }
    completions->n++;
    return true;
}

static void
clear_offer(struct od_prompt *prompt)
{
    prompt->offer.words.length = 0;
    prompt->offer.words.failed = false;
    prompt->offer.n = 0;
}

/* Where the word that ends at the cursor begins; blanks within quotes are its own. */
static size_t
word_start(const struct od_prompt *prompt)
{
    size_t start = 0;
    bool quoted = false;
    for (size_t i = 0; i < prompt->at; i++) {
        char byte = prompt->line[i];
        if (quoted && byte == '\\' && i + 1 < prompt->at) {
            i++;
        } else if (byte == '"' && (quoted || i == start)) {
            quoted = !quoted;
        } else if (!quoted && !is_word(byte)) {
            start = i + 1;
        }
    }
    return start;
}

/* Bytes that all words offered have in common, no character cut. */
static size_t
common_length(const struct od_completions *offer)
{
    const char *first = (const char *)offer->words.data;
    const char *word = first;
    size_t common = strlen(first);
    for (size_t i = 0; i < offer->n; i++) {
        size_t same = 0;
        while (same < common && word[same] == first[same]) {
            same++;
        }
        common = same;
        word += strlen(word) + 1;
    }
    return od_utf8_cut(first, strlen(first), common);
}

static void
complete(struct od_prompt *prompt)
{
    char line[OD_PROMPT_BYTES];
    size_t start = word_start(prompt);
    if (prompt->complete == NULL) {
        return;
    }
    clear_offer(prompt);
    memcpy(line, prompt->line, prompt->at);
    line[prompt->at] = '\0';
    prompt->complete(prompt->context, line, start, &prompt->offer);
    if (prompt->offer.n == 0 || prompt->offer.words.failed) {
        clear_offer(prompt);
        return;
    }
    const char *word = (const char *)prompt->offer.words.data;
    size_t typed = prompt->at - start;
    size_t common = common_length(&prompt->offer);
    bool more = common > typed;
    cut(prompt, start, prompt->at);
    insert(prompt, word, common > typed ? common : typed);
    if (prompt->offer.n == 1) {
        insert(prompt, " ", 1);
    }
    if (prompt->offer.n == 1 || more) {
        clear_offer(prompt); /* one key does one thing: what is left is shown at the next */
    }
}

/* ---- keys ---- */

enum action {
    ACTION_NONE,
    ACTION_HOME,
    ACTION_END,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_WORD_LEFT,
    ACTION_WORD_RIGHT,
    ACTION_BACK,
    ACTION_FORWARD,
    ACTION_DELETE,
    ACTION_BACKSPACE,
    ACTION_KILL_WORD_LEFT,
    ACTION_KILL_WORD_RIGHT,
    ACTION_KILL_LEFT,
    ACTION_KILL_RIGHT,
    ACTION_YANK,
    ACTION_COMPLETE,
    ACTION_PASTE
};

struct binding {
    const char *key;
    enum action action;
};

static const struct binding bindings[] = {
    {"\001", ACTION_HOME},
    {"\033[H", ACTION_HOME},
    {"\033OH", ACTION_HOME},
    {"\033[1~", ACTION_HOME},
    {"\033[7~", ACTION_HOME},
    {"\005", ACTION_END},
    {"\033[F", ACTION_END},
    {"\033OF", ACTION_END},
    {"\033[4~", ACTION_END},
    {"\033[8~", ACTION_END},
    {"\002", ACTION_LEFT},
    {"\033[D", ACTION_LEFT},
    {"\033OD", ACTION_LEFT},
    {"\006", ACTION_RIGHT},
    {"\033[C", ACTION_RIGHT},
    {"\033OC", ACTION_RIGHT},
    {"\033b", ACTION_WORD_LEFT},
    {"\033[1;5D", ACTION_WORD_LEFT},
    {"\033[1;3D", ACTION_WORD_LEFT},
    {"\033f", ACTION_WORD_RIGHT},
    {"\033[1;5C", ACTION_WORD_RIGHT},
    {"\033[1;3C", ACTION_WORD_RIGHT},
    {"\020", ACTION_BACK},
    {"\033[A", ACTION_BACK},
    {"\033OA", ACTION_BACK},
    {"\016", ACTION_FORWARD},
    {"\033[B", ACTION_FORWARD},
    {"\033OB", ACTION_FORWARD},
    {"\033[3~", ACTION_DELETE},
    {"\177", ACTION_BACKSPACE},
    {"\010", ACTION_BACKSPACE},
    {"\027", ACTION_KILL_WORD_LEFT},
    {"\033\177", ACTION_KILL_WORD_LEFT},
    {"\033d", ACTION_KILL_WORD_RIGHT},
    {"\025", ACTION_KILL_LEFT},
    {"\013", ACTION_KILL_RIGHT},
    {"\031", ACTION_YANK},
    {"\011", ACTION_COMPLETE},
    {"\033[200~", ACTION_PASTE},
};

static void
move(struct od_prompt *prompt, enum action action)
{
    switch (action) {
    case ACTION_HOME:
        prompt->at = 0;
        break;
    case ACTION_END:
        prompt->at = prompt->length;
        break;
    case ACTION_LEFT:
        prompt->at = before(prompt, prompt->at);
        break;
    case ACTION_RIGHT:
        prompt->at += length_after(prompt, prompt->at);
        break;
    case ACTION_WORD_LEFT:
        prompt->at = word_before(prompt);
        break;
    default:
        prompt->at = word_after(prompt);
        break;
    }
}

static void
take_away(struct od_prompt *prompt, enum action action)
{
    size_t at = prompt->at;
    switch (action) {
    case ACTION_DELETE:
        cut(prompt, at, at + length_after(prompt, at));
        break;
    case ACTION_BACKSPACE:
        cut(prompt, before(prompt, at), at);
        break;
    case ACTION_KILL_WORD_LEFT:
        kill_text(prompt, word_before(prompt), at);
        break;
    case ACTION_KILL_WORD_RIGHT:
        kill_text(prompt, at, word_after(prompt));
        break;
    case ACTION_KILL_LEFT:
        kill_text(prompt, 0, at);
        break;
    default:
        kill_text(prompt, at, prompt->length);
        break;
    }
}

static void
act(struct od_prompt *prompt, enum action action)
{
    if (action >= ACTION_HOME && action <= ACTION_WORD_RIGHT) {
        move(prompt, action);
    } else if (action >= ACTION_DELETE && action <= ACTION_KILL_RIGHT) {
        take_away(prompt, action);
    } else if (action == ACTION_BACK || action == ACTION_FORWARD) {
        browse(prompt, action == ACTION_BACK);
    } else if (action == ACTION_YANK) {
        insert(prompt, prompt->killed, strlen(prompt->killed));
    } else if (action == ACTION_COMPLETE) {
        complete(prompt);
    } else if (action == ACTION_PASTE) {
        prompt->pasting = true;
    }
}

/* True if the bytes of `key` so far may become a longer one: a control sequence goes on to its
 * final byte, a character to its last, ESC O and ESC to one more. */
static bool
goes_on(const char *key, size_t length)
{
    char last = key[length - 1];
    if (key[0] == ESCAPE) {
        return length == 1 || (length == 2 && (last == '[' || last == 'O')) ||
               (key[1] == '[' && last < '@');
    }
    if ((key[0] & 0xc0) != 0xc0) {
        return false;
    }
    size_t wanted = (key[0] & 0xf0) == 0xf0 ? 4 : (key[0] & 0xe0) == 0xe0 ? 3 : 2;
    return length < wanted && (length == 1 || od_utf8_continues(last));
}

static void
take_key(struct od_prompt *prompt)
{
    const char *key = prompt->key;
    size_t length = prompt->key_length;
    for (size_t i = 0; i < sizeof bindings / sizeof *bindings; i++) {
        if (strlen(bindings[i].key) == length && memcmp(bindings[i].key, key, length) == 0) {
            act(prompt, bindings[i].action);
            return;
        }
    }
    if (od_utf8_length(key, key + length) == length && od_utf8_is_shown(key, length)) {
        insert(prompt, key, length);
    }
}

/* What is pasted is text, up to the mark behind it; its line feeds are ends of lines. */
static enum od_prompt_event
take_pasted(struct od_prompt *prompt)
{
    size_t length = prompt->key_length;
    if (strncmp(prompt->key, PASTE_END, length) == 0) {
        prompt->pasting = length < sizeof PASTE_END - 1;
        prompt->key_length = prompt->pasting ? length : 0;
        return OD_PROMPT_EDITED;
    }
    if (goes_on(prompt->key, length) && prompt->key[0] != ESCAPE) {
        return OD_PROMPT_EDITED;
    }
    if (od_utf8_length(prompt->key, prompt->key + length) == length &&
        od_utf8_is_shown(prompt->key, length)) {
        insert(prompt, prompt->key, length);
    } else if (prompt->key[0] == '\t') {
        insert(prompt, " ", 1);
    }
    prompt->key_length = 0;
    return OD_PROMPT_EDITED;
}

static bool
ends_line(const struct od_prompt *prompt, char byte)
{
    return prompt->key_length == 0 && (byte == '\r' || byte == '\n');
}

enum od_prompt_event
od_prompt_key(struct od_prompt *prompt, char byte)
{
    if (ends_line(prompt, byte)) {
        return OD_PROMPT_LINE;
    }
    if (prompt->key_length == 0 && byte == CONTROL('D') && !prompt->pasting) {
        if (prompt->length == 0) {
            return OD_PROMPT_END;
        }
        act(prompt, ACTION_DELETE);
        return OD_PROMPT_EDITED;
    }
    if (prompt->key_length < sizeof prompt->key) {
        prompt->key[prompt->key_length] = byte;
        prompt->key_length++;
    }
    if (prompt->pasting) {
        return take_pasted(prompt);
    }
    bool longest = prompt->key_length == sizeof prompt->key;
    if (longest || !goes_on(prompt->key, prompt->key_length)) {
        take_key(prompt);
        prompt->key_length = 0;
    }
    return OD_PROMPT_EDITED;
}

void
od_prompt_next(struct od_prompt *prompt)
{
    od_prompt_remember(prompt, prompt->line);
    prompt->length = prompt->at = prompt->first = 0;
    prompt->line[0] = '\0';
}

/* ---- the row ---- */

static unsigned
columns_between(const struct od_prompt *prompt, size_t from, size_t to)
{
    unsigned columns = 0;
    while (from < to) {
        size_t length = od_utf8_length(prompt->line + from, end_of(prompt));
        columns += length > 0 ? od_utf8_columns(od_utf8_decode(prompt->line + from, length)) : 1;
        from += length > 0 ? length : 1;
    }
    return columns;
}

/* The window goes along with the cursor, and back when there is room again. */
static void
scroll(struct od_prompt *prompt, unsigned room)
{
    if (prompt->first > prompt->at) {
        prompt->first = prompt->at;
    }
    while (prompt->first < prompt->at &&
           columns_between(prompt, prompt->first, prompt->at) >= room) {
        prompt->first += length_after(prompt, prompt->first);
    }
    while (prompt->first > 0 &&
           columns_between(prompt, before(prompt, prompt->first), prompt->length) < room) {
        prompt->first = before(prompt, prompt->first);
    }
}

unsigned
od_prompt_draw(struct od_prompt *prompt, const char *sign, unsigned columns, struct od_buf *out)
{
    unsigned used = (unsigned)strlen(sign);
    if (columns <= used + 1) {
        return 0; /* nothing could be typed there that would be seen */
    }
    unsigned room = columns - used;
    scroll(prompt, room);
    od_buf_append(out, sign, used);
    size_t end = prompt->first;
    while (end < prompt->length) {
        size_t next = end + length_after(prompt, end);
        if (columns_between(prompt, prompt->first, next) > room) {
            break;
        }
        end = next;
    }
    od_buf_append(out, prompt->line + prompt->first, end - prompt->first);
    return used + columns_between(prompt, prompt->first, prompt->at);
}

void
od_prompt_clear(struct od_prompt *prompt)
{
    for (size_t i = 0; i < prompt->n_history; i++) {
        free(prompt->history[i]);
    }
    od_buf_clear(&prompt->offer.words);
    *prompt = (struct od_prompt){.complete = prompt->complete, .context = prompt->context};
}
