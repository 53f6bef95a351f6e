#include "songs.h"

#include <inttypes.h>

#include "control/song.h"

/* Takes the reference over. */
static void
keep_next(struct songs *songs, struct od_take *next)
{
    od_take_unref(songs->next);
    songs->next = next;
}

void
opening_clear(struct opening *opening)
{
    od_take_unref(opening->take);
    od_take_unref(opening->of);
    *opening = (struct opening){0};
}

void
songs_clear(struct songs *songs)
{
    keep_next(songs, NULL);
    opening_clear(&songs->later);
    od_take_unref(songs->take);
    songs->take = NULL;
    songs->environment = 0;
    songs->left = false;
    songs->due = false;
}

void
songs_left(struct songs *songs)
{
    const struct od_command off = {.kind = OD_COMMAND_SONG_OFF};
    songs->left = true;
    songs->due = false;
    keep_next(songs, NULL);
    conversation_send(songs->conversation, &off); /* what was handed over meanwhile */
}

/* A new take of an entry; NULL, having said so, if there can be none. All entries of a song are one
 * change. */
static struct od_take *
make(struct songs *songs, uint32_t number, uint64_t pass, bool first)
{
    char error[OD_SCORE_ERROR_SIZE] = "";
    struct od_take *take = NULL;
    enum od_status status =
        od_song_take(&songs->setup->live, songs->take, number - 1, pass, first, &take, error);
    if (status != OD_OK) {
        say_warning(songs->speech, "BAD_SCORE", number, "entry %" PRIu32 " of the song: %s", number,
                    *error != '\0' ? error : od_status_text(status));
        return NULL;
    }
    struct od_program *program = od_take_program(take);
    program->change = od_take_program(songs->take)->change;
    program->lineage = ++songs->handed << 32 | program->change;
    return take;
}

/* The entry that follows; none at the end of a song that stops or holds. */
static void
make_next(struct songs *songs)
{
    struct od_take_entry entry = od_take_entry(songs->take);
    bool last = entry.number == od_song_entries(songs->take);
    songs->due = true;
    if (last && od_song_end_of(songs->take) != OD_SONG_LOOP) {
        return;
    }
    struct od_take *take = make(songs, last ? 1 : entry.number + 1, entry.pass + last, false);
    if (take == NULL) {
        songs_left(songs);
        return;
    }
    keep_next(songs, take);
}

void
songs_hand_over(struct songs *songs)
{
    if (!songs->due) {
        return;
    }
    bool holds = songs->next == NULL && od_song_end_of(songs->take) == OD_SONG_HOLD;
    struct od_command command = {.kind = OD_COMMAND_ENTRY,
                                 .change = od_take_program(songs->take)->lineage,
                                 .place = holds ? -1 : songs_steps(songs->take)};
    if (songs->next != NULL) {
        command.program = od_take_program(songs->next);
        od_take_ref(songs->next); /* the player's */
    }
    songs->due = false;
    conversation_send(songs->conversation, &command);
}

int64_t
songs_steps(const struct od_take *take)
{
    return od_song_steps(take, od_take_entry(take).number - 1);
}

int64_t
songs_entry_at(const struct od_take *take, int64_t since, struct od_take_entry *entry)
{
    size_t entries = od_song_entries(take);
    bool loops = od_song_end_of(take) == OD_SONG_LOOP;
    int64_t pass = od_song_pass(take);
    int64_t passes = loops && pass > 0 && since > 0 ? since / pass : 0; /* a place may be far */
    int64_t start = passes * pass;
    *entry = od_take_entry(take);
    entry->pass += (uint64_t)passes;
    while (start + od_song_steps(take, entry->number - 1) <= since &&
           (entry->number < entries || loops)) {
        start += od_song_steps(take, entry->number - 1);
        entry->number = entry->number < entries ? entry->number + 1 : 1;
        entry->pass += entry->number == 1;
    }
    return start;
}

struct od_take *
songs_later(const struct songs *songs, struct od_take *before, struct od_take_entry entry)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_take *take = NULL;
    enum od_status status = od_song_take(&songs->setup->live, before, entry.number - 1, entry.pass,
                                         false, &take, error);
    return status == OD_OK ? take : NULL;
}

void
songs_settle(struct songs *songs, struct od_take *before)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_take *take = NULL;
    if (songs->next == NULL || od_take_is_after(songs->next, before) ||
        od_take_anew(songs->next, before, &take, error) != OD_OK) {
        return; /* without memory it is caught up with when it is taken over */
    }
    keep_next(songs, take);
    if (songs->due) {
        return; /* the player has none yet */
    }
    const struct od_command command = {.kind = OD_COMMAND_REPLACE,
                                       .change = od_take_program(take)->lineage,
                                       .program = od_take_program(take)};
    od_take_ref(take); /* the player's */
    conversation_send(songs->conversation, &command);
}

void
songs_playing(struct songs *songs, struct od_take *take)
{
    struct od_take_entry entry = od_take_entry(take);
    if (entry.number == 0) {
        songs_clear(songs);
        return;
    }
    bool another = songs->take == NULL || od_take_scenes(songs->take) != od_take_scenes(take);
    od_take_ref(take);
    od_take_unref(songs->take);
    songs->take = take;
    keep_next(songs, NULL);
    opening_clear(&songs->later);
    songs->left = false;
    songs->environment = od_take_program(take)->sets_environment ? entry.number
                         : another                               ? 0
                                                                 : songs->environment;
    make_next(songs);
}

void
songs_stopped(struct songs *songs)
{
    if (songs->take == NULL || songs->left) {
        return;
    }
    keep_next(songs, NULL);
    struct od_take *take = make(songs, 1, 0, true);
    if (take != NULL) {
        const struct od_command command = {
            .kind = OD_COMMAND_PROGRAM, .owner = OD_OWNER_LIST, .program = od_take_program(take)};
        conversation_send(songs->conversation, &command);
    }
}

void
songs_entry_members(const struct songs *songs, struct od_buf *line)
{
    struct od_take_entry entry = od_take_entry(songs->take);
    events_count(line, "entry", entry.number);
    events_count(line, "pass", entry.pass);
    if (songs->environment > 0) {
        events_count(line, "environment", songs->environment);
    } else {
        events_null(line, "environment");
    }
}

void
songs_member(const struct songs *songs, struct od_buf *line)
{
    if (songs->take == NULL) {
        events_null(line, "song");
        return;
    }
    od_buf_printf(line, ",\"song\":{\"on\":%s", songs->left ? "false" : "true");
    events_count(line, "entries", od_song_entries(songs->take));
    songs_entry_members(songs, line);
    od_buf_printf(line, "}");
}
