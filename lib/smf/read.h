/*
 * A Standard MIDI File taken apart: what is in it, by track and tick. Reads formats 0 and 1, bare
 * or wrapped in RIFF (RMID). What ends early is used as far as it goes; nothing is guessed.
 */
#ifndef OD_SMF_READ_H
#define OD_SMF_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/units.h"

#define OD_SMF_ERROR_SIZE 256
#define OD_SMF_EVENTS_MAX 16777216           /* of a file: some 32 MB of notes */
#define OD_SMF_STEPS_MAX  (INT64_C(1) << 20) /* of a piece: a day and a half at 120 BPM */

/* What may be odd in a file: name, and what is said of it. */
#define OD_SMF_FINDINGS(X)                                                                         \
    X(FEWER, "fewer tracks are here than the file says")                                           \
    X(MORE, "more than 65535 tracks: the others are left out")                                     \
    X(PORTS, "a second MIDI port: its channels are played with those of the first")                \
    X(SILENT, "no track has a note: nothing is heard of it")                                       \
    X(SHORT, "the piece ends before so many bars: what is left of it is taken")                    \
    X(CUT, "the file ends within this track: what is there is used")                               \
    X(NO_END, "the track has no end-of-track")                                                     \
    X(BROKEN, "what follows is no MIDI event: the rest of the track is left out")                  \
    X(FAR, "what follows lies beyond the longest piece there is: it is left out")                  \
    X(NO_TEMPO, "a tempo of 0 microseconds: ignored")                                              \
    X(TOO_FAST, "a tempo beyond 999 bpm: played at 999")                                           \
    X(COARSE, "a tempo beyond 999 bpm: all steps are longer, times are as in the file")            \
    X(NO_METRE, "a time signature that is none: ignored")                                          \
    X(OTHER_METRE, "not in 4/4: the loop's bars are 16 steps all the same")                        \
    X(HANGING, "a note is never ended: it sounds until the end of the track")                      \
    X(SYSEX_MOVED, "SysEx after the start, before the first note: sent at the start")              \
    X(SYSEX_LATE, "SysEx while music plays: left out")                                             \
    X(SYSEX_LONG, "SysEx of more than 4096 bytes: left out")                                       \
    X(SYSEX_BAD, "SysEx that is broken: left out")                                                 \
    X(ODD_BYTES, "bytes that are no MIDI event of a file: left out")                               \
    X(NO_VALUES, "SuperDirt has no counterpart of bend, pressure and most controllers: left out")  \
    X(NO_DRUM, "a drum that no sound is known for: left out (--drums FILE names sounds)")

enum od_smf_finding {
#define OD_SMF_FINDING(name, text) OD_SMF_##name,
    OD_SMF_FINDINGS(OD_SMF_FINDING)
#undef OD_SMF_FINDING
    OD_SMF_FINDING_COUNT
};

#define OD_SMF_NOWHERE (-1)

/** Each kind is kept once: how often, and where first. */
struct od_smf_found {
    size_t count;
    size_t track; /**< from 0, of the first one */
    int64_t tick; /**< OD_SMF_NOWHERE: it is of the file as a whole */
};

/** A channel message or a SysEx. */
struct od_smf_item {
    int64_t tick;
    uint32_t at; /**< where its data begin: offset in the file's bytes; a SysEx: its length first */
    uint16_t track; /**< from 0 */
    uint8_t status; /**< never left out, unlike in the file */
};

struct od_smf_track {
    char *name;   /**< UTF-8, fit to be shown; "" if it has none. Owned by the file. */
    size_t first; /**< of its items, which are in order of time */
    size_t n;
    int64_t end; /**< tick */
    int channel; /**< that a channel prefix names, 0..15; -1: none */
};

struct od_smf_when {
    int64_t tick;
    uint32_t order; /**< of its kind, as they were read */
    uint16_t track;
};

struct od_smf_tempo {
    struct od_smf_when when;
    uint32_t quarter; /**< microseconds, 1..OD_SMF_QUARTER_MAX */
};

struct od_smf_metre {
    struct od_smf_when when;
    uint8_t beats; /**< of a bar, 1..255 */
    uint8_t unit;  /**< 2^unit of them are a whole note, 0..6 */
};

/** Zero-initialise. The bytes stay the caller's and must outlive it. */
struct od_smf_file {
    const unsigned char *bytes;
    size_t size;
    unsigned format;
    int64_t division;     /**< ticks of a quarter note, 1..32767 */
    struct od_buf tracks; /**< struct od_smf_track */
    struct od_buf items;  /**< struct od_smf_item, track by track */
    struct od_buf tempos; /**< struct od_smf_tempo, in order of time, of all tracks */
    struct od_buf metres; /**< struct od_smf_metre, likewise */
    int64_t end;          /**< tick at which the last track ends */
    size_t n_events;      /**< of all kinds */
    int port;             /**< the first that is named, from 1; 0: none is */
    struct od_smf_found found[OD_SMF_FINDING_COUNT];
    char error[OD_SMF_ERROR_SIZE]; /**< why it could not be read; one line */
};

/**
 * Reads at most 4 GiB. OD_EDATA if it is no such file, or one that cannot be placed on a grid
 * (SMPTE time, format 2), or that has too many events: `error` says what it is; OD_ENOMEM. Clear it
 * in any case.
 */
OD_NODISCARD enum od_status od_smf_read(struct od_smf_file *file, const void *bytes, size_t size);

void od_smf_file_clear(struct od_smf_file *file);

size_t od_smf_n_tracks(const struct od_smf_file *file);
const struct od_smf_track *od_smf_track_at(const struct od_smf_file *file, size_t track);

/** The data of a SysEx: what follows its F0 (or F7). */
const unsigned char *od_smf_sysex(const struct od_smf_file *file, const struct od_smf_item *item,
                                  size_t *length);

/** Counts a finding. Of the file as a whole: track 0, OD_SMF_NOWHERE. */
void od_smf_note(struct od_smf_file *file, enum od_smf_finding finding, size_t track, int64_t tick);

/** Appends a finding's sentence: place, what it is, and how many more there are. */
void od_smf_say(const struct od_smf_file *file, enum od_smf_finding finding, struct od_buf *out);

#endif
