/*
 * MIDI bytes in: messages are well formed however the bytes are cut, and whatever clocks come at
 * whatever times, a line that is told is within its bounds.
 *
 * An input is pairs: how long after the one before (a quarter millisecond times its square), a
 * byte.
 */
#include <math.h>
#include <stdlib.h>

#include "hear/midi_clock.h"
#include "hear/midi_in.h"
#include "score/midi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool sound)
{
    if (!sound) {
        abort();
    }
}

static void
take(struct od_midi_clock *clock, const struct od_midi_word *word, od_nsec now)
{
    switch (word->bytes[0]) {
    case OD_MIDI_CLOCK:
        od_midi_clock_tick(clock, now);
        break;
    case OD_MIDI_START:
        od_midi_clock_start(clock);
        break;
    case OD_MIDI_CONTINUE:
        od_midi_clock_continue(clock);
        break;
    case OD_MIDI_STOP:
        od_midi_clock_stop(clock);
        break;
    case OD_MIDI_SONG_POSITION:
        od_midi_clock_locate(clock, (unsigned)word->bytes[1] | (unsigned)word->bytes[2] << 7);
        break;
    default:
        if (word->bytes[0] == OD_MIDI_NOTE_ON) {
            od_midi_clock_assume(clock, word->bytes[1] * (double)word->bytes[2]);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct od_midi_in in = {0};
    struct od_midi_clock clock = {0};
    od_nsec now = 0;
    for (size_t i = 0; i + 1 < size; i += 2) {
        struct od_midi_word word;
        struct od_sync_line line;
        now += (od_nsec)data[i] * data[i] * (OD_NSEC_PER_MS / 4);
        if (!od_midi_in_byte(&in, data[i + 1], &word)) {
            continue;
        }
        check(word.size >= 1 && word.size <= 3 && word.bytes[0] >= 0x80);
        check(word.bytes[1] < 0x80 && word.bytes[2] < 0x80);
        take(&clock, &word, now);
        check(clock.n_ticks <= OD_MIDI_CLOCKS_MAX && clock.n_odd < OD_MIDI_CLOCKS_ODD);
        if (od_midi_clock_line(&clock, &line)) {
            check(line.bpm >= OD_BPM_MIN && line.bpm <= OD_BPM_MAX);
            check(fabs(line.step) <= OD_POSITION_MAX);
            check(line.time >= -OD_SYNC_FAR && line.time <= OD_SYNC_FAR);
        }
    }
    return 0;
}
