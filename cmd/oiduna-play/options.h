/* What the command line and the environment ask for. */
#ifndef OD_PLAY_OPTIONS_H
#define OD_PLAY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"
#include "world/udp.h"

enum action {
    ACTION_PLAY,
    ACTION_DRY_RUN, /* also --render and --osc-score */
    ACTION_MIDI_LIST,
    ACTION_PROBE,
    ACTION_PANIC,
};

enum rt_wish {
    RT_TRY, /* say once if it is not permitted, and go on */
    RT_MUST,
    RT_NEVER,
};

struct options {
    enum action action;
    char **scores; /* NULL-terminated paths; none = control stream on standard input */
    size_t n_scores;
    bool then_stdin; /* behind the scores: standard input is a control stream all the same */
    bool osc;
    char osc_host[OD_HOST_MAX];
    unsigned osc_port;
    const char *midi;     /* NULL = none */
    bool midi_given;      /* not by the environment */
    const char *midi_raw; /* NULL = none */
    bool midi_clock;
    bool require_midi;
    od_nsec latency, osc_offset, midi_offset;
    int64_t loops; /* 0 = for ever */
    int64_t bars;  /* 0 = no limit */
    double bpm;    /* 0 = what the score says */
    double gain_limit;
    uint64_t max_score, max_memory; /* bytes */
    const char *start_at;
    bool trace;            /* --dry-run */
    const char *render;    /* FILE.mid */
    bool gm;               /* with it: SuperDirt's side as well */
    const char *osc_score; /* FILE */
    unsigned control_port; /* 0 = off */
    const char *control_host;
    const char *control_token;   /* by the environment; NULL = none */
    char lead_host[OD_HOST_MAX]; /* "" = every address */
    unsigned lead_port;          /* 0 = off */
    char follow_host[OD_HOST_MAX];
    unsigned follow_port; /* 0 = off */
    const char *destinations;
    bool insecure; /* --control-host may be reached by others */
    bool events, paused, quit_on_eof, show, json;
    const char *report;
    enum rt_wish rt;
    int rt_priority;
    bool verbose, quiet;
};

/** -1 if the program is to go on, else the exit status it ends with (all has been said). */
int options_parse(int argc, char **argv, struct options *options);

#endif
