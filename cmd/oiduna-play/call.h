/* Private to commands*.c: one command being done, and what all of them need. */
#ifndef OD_PLAY_CALL_H
#define OD_PLAY_CALL_H

#include "desk.h"
#include "text/timing.h"

struct call {
    struct desk *desk;
    struct od_take *base;          /* what plays when it acts; not counted */
    const struct timing *timing;   /* NULL = now, or as the command says */
    struct od_take **making;       /* not NULL: only the take is wanted, nobody is asked */
    struct od_shared_score *score; /* of a score that waits */
    const char *id;                /* "" = none */
    char **words;                  /* the command first */
    const bool *quoted;
    int n;
    const char *line; /* as it came, with its id; NULL = cannot be done again */
    bool reset;       /* of a score: nothing is kept that was changed live */
    int64_t over;     /* steps of the ramp that it makes; 0 = none */
    int repeats;
    struct outcome outcome; /* of what is handed over; goes to the answer */
};

/** Answers that it cannot be done. */
void call_refuse(struct call *call, const char *code, const char *text);

/** The same for an argument that will not do: "COMMAND wants WANTED". */
void call_bad_argument(struct call *call, const char *wanted);

/** The same for a status that is not OD_OK: `code` unless it is OD_ENOMEM; `error` if it is not
 * empty, else the text of the status. */
void call_fail(struct call *call, enum od_status status, const char *code, const char *error);

/** Answers that it is done; the player was not needed. */
void call_done(struct call *call);

/** Arguments; false if the word is none. A switch is on, true, 1, or off, false, 0; a boundary is
 * now, beat, bar, seq, immediate, or a step 0..255. */
bool call_number(const char *text, double min, double max, double *value);
bool call_whole(const char *text, double min, double max, double *value);
bool call_switch(const char *text, bool *on);
bool call_boundary(const char *text, struct boundary *boundary);

/** The same for a number that may be relative to what holds (a bare sign is: "+5"); alone it is
 * within the bounds. */
bool call_amount(const char *text, double min, double max, struct od_command *command);

/** Takes "over N bars|beats|steps" from the end of the words into `over`: how many words stand
 * before it; −1, having said so, if it will not do. */
int call_over(struct call *call);

/** The boundary a session asks for. */
struct boundary call_boundary_of(enum od_timing timing);

/** False, having said so, if there is no score. */
bool call_has_program(struct call *call);

/** Says that there is no such track or scene, and what may be meant or is there. `names` (n of
 * them) may be NULL: there was no memory for them. */
void call_refuse_name(struct call *call, const char *code, const char *kind, const char *name,
                      const char **names, size_t n);

/** The voice of a track; −1, having said so, if there is none. */
int call_find_track(struct call *call, const char *id);

/** Makes the command the one whose answer is awaited. */
struct answer *call_remember(struct call *call);

/** The same for a take, whose reference is taken over: at its time, or when `boundary` says. */
void call_hand_over(struct call *call, struct od_take *take, const struct boundary *boundary);

/** Hands an edit over, or answers that it failed; with what was noted in call->outcome. */
void call_edit(struct call *call, enum od_status status, struct od_take *take, const char *error);

/** Remembers it and asks the player; with nothing but what is asked for, or nothing to say else. */
void call_ask(struct call *call, struct od_command command);
void call_simple(struct call *call, enum od_command_kind kind);

/* The commands that have their own files: those that change what plays … */
void command_mute(struct call *call);
void command_unmute(struct call *call);
void command_solo(struct call *call);
void command_unsolo(struct call *call);
void command_set(struct call *call);
void command_unset(struct call *call);
void command_reset(struct call *call);
void command_trigger(struct call *call);
void command_sync(struct call *call);

/* … those of tempo and time … */
void command_bpm(struct call *call);
void command_swing(struct call *call);
void command_gate(struct call *call);
void command_tap(struct call *call);
void command_nudge(struct call *call);

/* … and those that put something else in its place. */
void command_scene(struct call *call);
void command_song(struct call *call);
void command_place(struct call *call);
void command_apply(struct call *call);
void command_score_id(struct call *call);
void command_cancel(struct call *call);

/** Does a command again that was done before. */
void commands_again(struct call *call, const char *text);

/** `at WHEN COMMAND …`: the command is done by `run` with its time. */
void command_at(struct call *call, void (*run)(struct call *call));
void command_pending(struct call *call);

#endif
