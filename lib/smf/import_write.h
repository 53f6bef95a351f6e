/* What the files of import share: a session's text as it is being written. Private. */
#ifndef OD_SMF_IMPORT_WRITE_H
#define OD_SMF_IMPORT_WRITE_H

#include "smf/import.h"

/** What a channel's controllers say of its sound; -1: nothing was said. */
struct od_smf_sound {
    int program, volume, pan, room, delay;
};

/** A SysEx and the voice that sends it. */
struct od_smf_owned {
    size_t voice, item;
};

struct od_smf_writer {
    struct od_smf_song *song;
    const struct od_smf_import *import;
    struct od_buf text;
    struct od_buf sysex;         /**< struct od_smf_owned, by voice */
    int64_t begin, end;          /**< the part being written, steps */
    size_t *next;                /**< of each voice: the act that comes next */
    struct od_smf_sound *sounds; /**< of each voice: as it sounds by now */
    size_t segment;              /**< tempi before it do not matter any more */
    char velocities[128][16];
    bool stopped; /**< the caller takes no more */
};

/** Appends a number that is not negative and below 9e6, with as many as twelve decimals. */
void od_smf_put_number(struct od_smf_writer *writer, double value);

/** Appends an integer that is not negative. */
void od_smf_put_count(struct od_smf_writer *writer, uint64_t value);

/** Hands over what there is of the text if it is much. */
void od_smf_hand_over(struct od_smf_writer *writer);

/** Appends how an event begins: brace, step, offset. Gives its place. */
struct od_smf_place od_smf_put_place(struct od_smf_writer *writer, int64_t at);

/** Appends the gate of a note that begins there. */
void od_smf_put_gate(struct od_smf_writer *writer, const struct od_smf_act *act,
                     const struct od_smf_place *place);

/** Is this voice one of SuperDirt's? */
bool od_smf_is_sound(const struct od_smf_writer *writer, const struct od_smf_voice *voice);

/* import_midi.c: a track of tracks_midi, an event of it. */
void od_smf_put_midi_track(struct od_smf_writer *writer, size_t number);
void od_smf_put_midi_event(struct od_smf_writer *writer, const struct od_smf_act *act);

/* import_sound.c: a track of tracks, its events (each on a line of its own). */
void od_smf_put_sound_track(struct od_smf_writer *writer, size_t number, unsigned orbit);
void od_smf_put_sound_events(struct od_smf_writer *writer, size_t number);

#endif
