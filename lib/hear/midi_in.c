#include "hear/midi_in.h"

#include "score/midi.h"

#define REALTIME_FROM 0xf8u
#define STATUS_FROM   0x80u
#define SYSTEM_FROM   0xf0u
#define TIME_CODE     0xf1u
#define SONG_SELECT   0xf3u
#define TUNE_REQUEST  0xf6u
#define PROGRAM       0xc0u

/* Data bytes after a status byte; those of system messages that MIDI 1.0 does not define have none.
 */
static uint8_t
data_size(uint8_t status)
{
    if (status == OD_MIDI_SONG_POSITION) {
        return 2;
    }
    if (status == TIME_CODE || status == SONG_SELECT) {
        return 1;
    }
    if (status >= SYSTEM_FROM) {
        return 0;
    }
    uint8_t kind = status & 0xf0u;
    return kind == PROGRAM || kind == OD_MIDI_PRESSURE ? 1 : 2;
}

static bool
take_status(struct od_midi_in *in, uint8_t byte, struct od_midi_word *word)
{
    in->exclusive = byte == SYSTEM_FROM;
    in->have = 0;
    in->status = data_size(byte) > 0 ? byte : 0;
    *word = (struct od_midi_word){.bytes = {byte}, .size = 1};
    return byte == TUNE_REQUEST;
}

static bool
take_data(struct od_midi_in *in, uint8_t byte, struct od_midi_word *word)
{
    if (in->status == 0) {
        in->stray += in->exclusive ? 0 : 1;
        return false;
    }
    in->data[in->have++] = byte;
    uint8_t size = data_size(in->status);
    if (in->have < size) {
        return false;
    }
    *word = (struct od_midi_word){.bytes = {in->status, in->data[0], size > 1 ? in->data[1] : 0},
                                  .size = (uint8_t)(size + 1)};
    if ((in->status & 0xf0u) == OD_MIDI_NOTE_ON && word->bytes[2] == 0) {
        word->bytes[0] = (uint8_t)(OD_MIDI_NOTE_OFF | (in->status & 0x0fu));
    }
    in->have = 0;
    if (in->status >= SYSTEM_FROM) {
        in->status = 0; /* running status is for channel messages */
    }
    return true;
}

bool
od_midi_in_byte(struct od_midi_in *in, uint8_t byte, struct od_midi_word *word)
{
    if (byte >= REALTIME_FROM) {
        *word = (struct od_midi_word){.bytes = {byte}, .size = 1};
        return true;
    }
    return byte >= STATUS_FROM ? take_status(in, byte, word) : take_data(in, byte, word);
}
