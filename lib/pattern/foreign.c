#include "pattern/foreign.h"

#include <string.h>

/* Words of which the same is said, with blanks around them. */
struct hint {
    const char *words;
    const char *what;
};

static const struct hint names[] = {
    {" fast hurry density ", "a star makes it faster: s \"bd*2\", s \"[bd sn]*2\""},
    {" slow sparsity ", "a slash makes it slower: s \"bd/2\", s \"[bd sn]/2\""},
    {" struct euclid euclidInv euclidFull euclidRot euclidLegato ",
     "the first pattern of a track says when it plays: s \"bd(3,8)\""},
    {" mask while sew ", "a rest in a later pattern drops the event: gain \"1 ~\""},
    {" every firstOf lastOf when whenmod foldEvery ",
     "angle brackets take one of them each bar: s \"<[bd sn] [bd sn] [bd*4]>\""},
    {" sometimes sometimesBy often rarely always never almostAlways almostNever somecycles "
     "somecyclesBy someCycles someCyclesBy degrade degradeBy undegradeBy unDegradeBy ",
     "a question mark leaves events out: s \"bd? sn?0.3\""},
    {" choose chooseBy wchoose wchooseBy randcat wrandcat ",
     "bars between them take one by chance: s \"bd|sn|hh\""},
    {" rev palindrome iter iterBack chunk chunkBack shuffle scramble rot brak linger ",
     "write the steps in the order that is meant: s \"<[a b c] [c b a]>\""},
    {" jux juxBy superimpose layer off stut stutWith echoWith plyWith ghost overlay ",
     "write a second track, with another 'pan', 'up' or 'late 1/8'"},
    {" ply ", "a star on each step repeats it: s \"bd*2 sn*2\""},
    {" chop striate striateBy splice slice randslice bite ",
     "say where the sample begins and ends: begin \"0 0.5\" end \"0.5 1\""},
    {" loopAt fit ", "say how fast the sample is played: speed 0.5"},
    {" add sub ", "'up' moves notes by semitones: up \"<0 3>\""},
    {" mul div inv compress zoom within press pressBy hurryup inside outside swingBy fix ",
     "write out what is to play: nothing is done to a pattern from outside its quotes"},
    {" arp arpeggiate rolled rolledBy strum ",
     "write the notes one after the other: note \"c4 e4 g4\""},
    {" scale scaleTranspose toScale chord voicing voicings rootNotes ",
     "write the notes: note \"c4 [eb4,g4]\""},
    {" range segment seg irange ", "a signal says from where to where: cutoff sine 300..900"},
    {" stack cat seq slowcat fastcat timeCat timecat ",
     "several tracks stand on lines of their own, what follows each other in quotes"},
    {" hush silence ", "'mute' and the name of a track stand on a line of their own"},
};

static const struct hint signs[] = {
    {" setcps cps setcpm cpm setbpm tempo ",
     "'bpm 120' is the tempo, with 4 beats a bar, as cps 0.5 in Tidal"},
    {" $ . , | |> |< <| >> ", "names and values follow each other with blanks between"},
    {" + - * / |+ +| |+| |- -| |-| |* *| |*| ",
     "nothing is computed here: write the numbers out; 'up' moves notes"},
    {" line ", "a mixer line begins with its name: hall = line room 0.8"},
    {" d1 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12 do once p stack s sound note n samples ",
     "a track begins with a name of its own and a colon: kick: s \"bd*4\""},
    {" hush silence ", "'mute' and the names of tracks are silent: mute kick"},
};

static const struct hint signals[] = {
    {" sin sine2 cosine cos lfo sinus ", "did you mean 'sine'?"},
    {" saw2 sawtooth ramp env envL ", "did you mean 'saw'?"},
    {" triangle tri2 ", "did you mean 'tri'?"},
    {" square2 pulse sqr ", "did you mean 'square'?"},
    {" noise rand2 brand random ", "did you mean 'rand'?"},
    {" irand ", "'rand 0..7' gives whole numbers where they are wanted"},
};

static const struct hint units[] = {
    {" hz ", "write the number alone: it is in Hz"},
    {" khz k ", "write the number alone, in Hz: 2 kHz are 2000"},
    {" s sec ", "write the number alone: it is in seconds"},
    {" ms ", "write the number alone, in seconds: 20 ms are 0.02"},
    {" db ", "write a factor: -6 dB are 0.5"},
};

static const struct hint taken[] = {
    {" cps ", "the tempo is said by 'bpm', on a line of its own"},
    {" cycle ", "it says where the music is"},
    {" delta sustain ", "how long something lasts is said by 'legato' or 'gate'"},
    {" latency ", "'nudge' is later by so many seconds"},
    {" leslie ", "a mixer line has it: hall = line lrate 6.7 lsize 0.3"},
};

static const char *
find(const struct hint *hints, size_t n, const char *text, size_t length)
{
    for (size_t i = 0; i < n && length > 0; i++) {
        const char *at = hints[i].words;
        for (; (at = strstr(at, " ")) != NULL; at++) {
            if (strncmp(at + 1, text, length) == 0 && at[1 + length] == ' ') {
                return hints[i].what;
            }
        }
    }
    return NULL;
}

#define FIND(hints) find(hints, sizeof(hints) / sizeof(hints)[0], text, length)

const char *
od_foreign_name(const char *text, size_t length)
{
    return FIND(names);
}

const char *
od_foreign_sign(const char *text, size_t length)
{
    static const char *const comments[] = {"#", "--", "/*", ";", "*/"};
    for (size_t i = 0; i < sizeof comments / sizeof comments[0]; i++) {
        size_t n = strlen(comments[i]);
        if (length >= n && memcmp(text, comments[i], n) == 0) {
            return "a comment begins with '//'";
        }
    }
    return FIND(signs);
}

const char *
od_foreign_signal(const char *text, size_t length)
{
    return FIND(signals);
}

const char *
od_foreign_taken(const char *text, size_t length)
{
    return FIND(taken);
}

const char *
od_foreign_unit(const char *text, size_t length)
{
    char unit[4];
    size_t digits = 0, n = 0;
    while (digits < length && strchr("+-.0123456789", text[digits]) != NULL) {
        digits++;
    }
    for (; digits + n < length && n < sizeof unit; n++) {
        unit[n] = (char)(text[digits + n] | 0x20);
    }
    return digits > 0 && digits + n == length ? find(units, sizeof units / sizeof units[0], unit, n)
                                              : NULL;
}
