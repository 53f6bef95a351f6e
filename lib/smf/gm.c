#include "smf/gm.h"

#include <string.h>

struct program {
    const char *name, *sound;
};

/* Eight to a family. Sounds are the synths that SuperDirt brings along. */
static const struct program programs[OD_GM_PROGRAMS] = {
    {"Acoustic Grand Piano", "superpiano"},
    {"Bright Acoustic Piano", "superpiano"},
    {"Electric Grand Piano", "superpiano"},
    {"Honky-tonk Piano", "superpiano"},
    {"Electric Piano 1", "superfm"},
    {"Electric Piano 2", "superfm"},
    {"Harpsichord", "superpiano"},
    {"Clavinet", "superpiano"},
    {"Celesta", "superfork"},
    {"Glockenspiel", "superfork"},
    {"Music Box", "superfork"},
    {"Vibraphone", "supervibe"},
    {"Marimba", "supervibe"},
    {"Xylophone", "supervibe"},
    {"Tubular Bells", "supergong"},
    {"Dulcimer", "supermandolin"},
    {"Drawbar Organ", "superhammond"},
    {"Percussive Organ", "superhammond"},
    {"Rock Organ", "superhammond"},
    {"Church Organ", "superhammond"},
    {"Reed Organ", "superhammond"},
    {"Accordion", "superhammond"},
    {"Harmonica", "superhammond"},
    {"Tango Accordion", "superhammond"},
    {"Nylon Guitar", "supermandolin"},
    {"Steel Guitar", "supermandolin"},
    {"Jazz Guitar", "supermandolin"},
    {"Clean Guitar", "supermandolin"},
    {"Muted Guitar", "supermandolin"},
    {"Overdriven Guitar", "supersaw"},
    {"Distortion Guitar", "supersaw"},
    {"Guitar Harmonics", "supermandolin"},
    {"Acoustic Bass", "superpwm"},
    {"Fingered Bass", "superpwm"},
    {"Picked Bass", "superpwm"},
    {"Fretless Bass", "superpwm"},
    {"Slap Bass 1", "superreese"},
    {"Slap Bass 2", "superreese"},
    {"Synth Bass 1", "superreese"},
    {"Synth Bass 2", "superreese"},
    {"Violin", "supersaw"},
    {"Viola", "supersaw"},
    {"Cello", "supersaw"},
    {"Contrabass", "supersaw"},
    {"Tremolo Strings", "supersaw"},
    {"Pizzicato Strings", "supermandolin"},
    {"Harp", "supermandolin"},
    {"Timpani", "supergong"},
    {"String Ensemble 1", "supersaw"},
    {"String Ensemble 2", "supersaw"},
    {"Synth Strings 1", "supersaw"},
    {"Synth Strings 2", "supersaw"},
    {"Choir Aahs", "supertron"},
    {"Voice Oohs", "supertron"},
    {"Synth Voice", "supertron"},
    {"Orchestra Hit", "superhoover"},
    {"Trumpet", "supersquare"},
    {"Trombone", "supersquare"},
    {"Tuba", "supersquare"},
    {"Muted Trumpet", "supersquare"},
    {"French Horn", "supersquare"},
    {"Brass Section", "supersaw"},
    {"Synth Brass 1", "superhoover"},
    {"Synth Brass 2", "superhoover"},
    {"Soprano Sax", "superpwm"},
    {"Alto Sax", "superpwm"},
    {"Tenor Sax", "superpwm"},
    {"Baritone Sax", "superpwm"},
    {"Oboe", "superpwm"},
    {"English Horn", "superpwm"},
    {"Bassoon", "superpwm"},
    {"Clarinet", "superpwm"},
    {"Piccolo", "superchip"},
    {"Flute", "superchip"},
    {"Recorder", "superchip"},
    {"Pan Flute", "superchip"},
    {"Blown Bottle", "superchip"},
    {"Shakuhachi", "superchip"},
    {"Whistle", "superchip"},
    {"Ocarina", "superchip"},
    {"Square Lead", "supersquare"},
    {"Sawtooth Lead", "supersaw"},
    {"Calliope Lead", "superchip"},
    {"Chiff Lead", "superchip"},
    {"Charang Lead", "supersaw"},
    {"Voice Lead", "supertron"},
    {"Fifths Lead", "superhoover"},
    {"Bass and Lead", "superreese"},
    {"New Age Pad", "supersaw"},
    {"Warm Pad", "supersaw"},
    {"Polysynth Pad", "supersaw"},
    {"Choir Pad", "supertron"},
    {"Bowed Pad", "supersaw"},
    {"Metallic Pad", "supergong"},
    {"Halo Pad", "supertron"},
    {"Sweep Pad", "superhoover"},
    {"Rain", "superfm"},
    {"Soundtrack", "supersaw"},
    {"Crystal", "superfork"},
    {"Atmosphere", "superfm"},
    {"Brightness", "superfm"},
    {"Goblins", "supertron"},
    {"Echoes", "supertron"},
    {"Sci-fi", "superzow"},
    {"Sitar", "supermandolin"},
    {"Banjo", "supermandolin"},
    {"Shamisen", "supermandolin"},
    {"Koto", "supermandolin"},
    {"Kalimba", "superfork"},
    {"Bagpipe", "supersaw"},
    {"Fiddle", "supersaw"},
    {"Shanai", "supersaw"},
    {"Tinkle Bell", "superfork"},
    {"Agogo", "supergong"},
    {"Steel Drums", "superfork"},
    {"Woodblock", "superfork"},
    {"Taiko Drum", "supergong"},
    {"Melodic Tom", "supergong"},
    {"Synth Drum", "superfm"},
    {"Reverse Cymbal", "supergong"},
    {"Fret Noise", "supernoise"},
    {"Breath Noise", "supernoise"},
    {"Seashore", "supernoise"},
    {"Bird Tweet", "superchip"},
    {"Telephone Ring", "superchip"},
    {"Helicopter", "supernoise"},
    {"Applause", "supernoise"},
    {"Gunshot", "supernoise"},
};

struct drum {
    unsigned char note;
    int n;
    const char *sound;
};

/* Sounds are of SuperDirt's own samples. */
static const struct drum drums[] = {
    {35, 1, "bd"},   {36, 0, "bd"},   {37, 0, "rm"},   {38, 0, "sn"},   {39, 0, "cp"},
    {40, 1, "sn"},   {41, 0, "lt"},   {42, 0, "hh"},   {43, 1, "lt"},   {44, 1, "hh"},
    {45, 0, "mt"},   {46, 0, "ho"},   {47, 1, "mt"},   {48, 0, "ht"},   {49, 0, "cr"},
    {50, 1, "ht"},   {51, 1, "cr"},   {52, 2, "cr"},   {53, 0, "cb"},   {54, 0, "perc"},
    {55, 3, "cr"},   {56, 0, "cb"},   {57, 4, "cr"},   {58, 1, "perc"}, {59, 5, "cr"},
    {60, 2, "ht"},   {61, 2, "lt"},   {62, 2, "perc"}, {63, 3, "ht"},   {64, 3, "lt"},
    {65, 4, "ht"},   {66, 2, "mt"},   {67, 0, "cb"},   {68, 0, "cb"},   {69, 3, "perc"},
    {70, 4, "perc"}, {71, 0, "tok"},  {72, 1, "tok"},  {73, 5, "perc"}, {74, 0, "perc"},
    {75, 0, "rs"},   {76, 2, "tok"},  {77, 3, "tok"},  {78, 1, "perc"}, {79, 2, "perc"},
    {80, 0, "tink"}, {81, 1, "tink"},
};

struct sound {
    const char *name;
    int number;
};

/* The other way round, also for sounds that no drum or program of General MIDI becomes. */
static const struct sound drums_of_sounds[] = {
    {"bd", 36},         {"808bd", 36},     {"kicklinn", 36},  {"clubkick", 36},   {"hardkick", 36},
    {"reverbkick", 36}, {"popkick", 36},   {"superkick", 36}, {"808", 36},        {"drum", 36},
    {"sn", 38},         {"sd", 38},        {"808sd", 38},     {"supersnare", 38}, {"superclap", 39},
    {"cp", 39},         {"realclaps", 39}, {"hh", 42},        {"hh27", 42},       {"808hc", 42},
    {"hc", 42},         {"linnhats", 42},  {"superhat", 42},  {"ho", 46},         {"808oh", 46},
    {"lt", 41},         {"808lt", 41},     {"mt", 45},        {"808mt", 45},      {"ht", 48},
    {"808ht", 48},      {"cr", 49},        {"808cy", 49},     {"cc", 49},         {"rm", 37},
    {"rs", 37},         {"cb", 56},        {"perc", 69},      {"peri", 70},       {"tok", 76},
    {"tink", 81},       {"can", 76},       {"hand", 39},      {"click", 37},      {"stomp", 35},
    {"tabla", 63},      {"tabla2", 64},    {"808lc", 64},     {"808mc", 63},      {"metal", 53},
    {"bottle", 76},     {"coins", 81},     {"co", 76},        {"gretsch", 38},    {"dr", 36},
    {"dr2", 36},        {"dr55", 36},      {"dr_few", 36},    {"drumtraks", 36},  {"jungle", 38},
    {"electro1", 36},   {"gab", 36},       {"gabba", 36},     {"909", 36},        {"house", 36},
    {"tech", 36},       {"techno", 36},
};

static const struct sound programs_of_sounds[] = {
    {"superpiano", 0},
    {"supervibe", 11},
    {"superhammond", 16},
    {"supermandolin", 24},
    {"superfork", 9},
    {"supergong", 14},
    {"superfm", 4},
    {"superpwm", 80},
    {"supersquare", 80},
    {"supersaw", 81},
    {"superchip", 80},
    {"superreese", 38},
    {"superhoover", 62},
    {"supertron", 52},
    {"superzow", 103},
    {"supercomparator", 87},
    {"supernoise", 122},
    {"superstatic", 122},
    {"superwavemechanics", 103},
    {"soskick", 117},
    {"sosatoms", 117},
    {"super808", 118},
    {"arpy", 46},
    {"arp", 46},
    {"pluck", 24},
    {"gtr", 27},
    {"sitar", 104},
    {"bass", 32},
    {"bass0", 38},
    {"bass1", 38},
    {"bass2", 38},
    {"bass3", 38},
    {"bassdm", 38},
    {"bassfoo", 38},
    {"jvbass", 38},
    {"moog", 38},
    {"juno", 81},
    {"casio", 80},
    {"sax", 65},
    {"pad", 89},
    {"padlong", 89},
    {"flick", 115},
    {"feel", 80},
    {"rave", 81},
    {"rave2", 81},
    {"ravemono", 81},
    {"hoover", 62},
    {"stab", 62},
    {"sid", 80},
    {"trump", 56},
    {"newnotes", 0},
    {"notes", 0},
    {"east", 104},
    {"blip", 80},
    {"toys", 10},
    {"jazz", 32},
    {"sine", 79},
    {"saw", 81},
    {"square", 80},
    {"tri", 79},
    {"simplesine", 79},
    {"wobble", 38},
    {"future", 80},
    {"space", 99},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *
od_gm_program_name(unsigned program)
{
    return programs[program % OD_GM_PROGRAMS].name;
}

const char *
od_gm_program_sound(unsigned program)
{
    return programs[program % OD_GM_PROGRAMS].sound;
}

const char *
od_gm_drum_sound(unsigned note, int *n)
{
    for (size_t i = 0; i < COUNT(drums); i++) {
        if (drums[i].note == note) {
            *n = drums[i].n;
            return drums[i].sound;
        }
    }
    return NULL;
}

static int
find(const struct sound *sounds, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(sounds[i].name, name) == 0) {
            return sounds[i].number;
        }
    }
    return OD_GM_NONE;
}

int
od_gm_sound_drum(const char *sound, int n)
{
    for (size_t i = 0; i < COUNT(drums); i++) {
        if (drums[i].n == n && strcmp(drums[i].sound, sound) == 0) {
            return drums[i].note;
        }
    }
    return find(drums_of_sounds, COUNT(drums_of_sounds), sound);
}

int
od_gm_sound_program(const char *sound)
{
    return find(programs_of_sounds, COUNT(programs_of_sounds), sound);
}
