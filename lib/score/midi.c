#include "score/midi.h"

unsigned char
od_midi_clamp(int value)
{
    return (unsigned char)(value < 0 ? 0 : value > 127 ? 127 : value);
}

unsigned char
od_midi_note(unsigned note, int transpose)
{
    return od_midi_clamp((int)note + transpose);
}

unsigned char
od_midi_velocity(double velocity, int track_velocity, double modulation)
{
    double value = velocity * track_velocity * (1 + modulation);
    return value >= 127 ? 127 : value > 0 ? (unsigned char)value : 0;
}

void
od_midi_bend(unsigned channel, int value, unsigned char bytes[3])
{
    unsigned bend = (unsigned)(value + OD_MIDI_BEND_CENTRE);
    bytes[0] = (unsigned char)(OD_MIDI_PITCH_BEND | channel);
    bytes[1] = (unsigned char)(bend & 0x7fu);
    bytes[2] = (unsigned char)(bend >> 7 & 0x7fu);
}

void
od_midi_song_position(int64_t step, unsigned char bytes[3])
{
    unsigned beats = (unsigned)(step & 0x3fff);
    bytes[0] = OD_MIDI_SONG_POSITION;
    bytes[1] = (unsigned char)(beats & 0x7fu);
    bytes[2] = (unsigned char)(beats >> 7);
}

void
od_midi_panic(unsigned channel, unsigned char bytes[OD_MIDI_PANIC_MESSAGES][3])
{
    static const unsigned char controllers[] = {64, 123, 120, 121};
    for (unsigned i = 0; i < sizeof controllers; i++) {
        bytes[i][0] = (unsigned char)(OD_MIDI_CONTROL | channel);
        bytes[i][1] = controllers[i];
        bytes[i][2] = 0;
    }
    od_midi_bend(channel, 0, bytes[sizeof controllers]);
}
