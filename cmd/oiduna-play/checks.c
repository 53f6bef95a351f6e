#include "checks.h"

#include <inttypes.h>

#define MESSAGE_NSEC    (OD_NSEC_PER_MS / 2)  /* what sclang needs for a message … */
#define MESSAGES_MARGIN (50 * OD_NSEC_PER_MS) /* … and for a bundle */

static unsigned
count_messages(const struct od_program *program, unsigned step)
{
    unsigned messages = 0;
    for (size_t i = 0; i < program->n_rings; i++) {
        struct od_run run = od_ring_step(program, i, step);
        for (const struct od_event *event = run.at; event != run.end; event++) {
            const struct od_voice *voice = &program->voices[event->track];
            messages +=
                voice->kind == OD_VOICE_OSC && voice->audible ? voice->as.osc.n_messages : 0;
        }
    }
    return messages;
}

/* A step of messages that sclang cannot take in within the look-ahead is said in advance. */
static void
check_latency(struct checks *checks, struct speech *speech, const struct options *options,
              struct od_take *take)
{
    const struct od_program *program = od_take_program(take);
    unsigned most = 0;
    unsigned densest = 0;
    unsigned steps = program->n_rings > 1 ? OD_LENGTH_MAX : program->length;
    for (unsigned step = 0; step < steps; step++) {
        unsigned messages = count_messages(program, step);
        if (messages > most) {
            most = messages;
            densest = step;
        }
    }
    od_nsec needed = MESSAGES_MARGIN + most * MESSAGE_NSEC;
    if (options->osc && most > 1 && needed > options->latency && most > checks->dense) {
        checks->dense = most;
        say_warning(speech, "LATENCY_SHORT", most,
                    "step %u has %u messages: SuperDirt needs about %" PRId64
                    " ms for them, the look-ahead is %" PRId64 " ms; raise --latency",
                    densest, most, needed / OD_NSEC_PER_MS, options->latency / OD_NSEC_PER_MS);
    }
}

/* MIDI tracks that go nowhere are the commonest reason for silence: said once. */
static void
check_midi(struct checks *checks, struct speech *speech, struct od_take *take)
{
    const struct od_program *program = od_take_program(take);
    for (size_t i = 0; i < program->n_voices && !checks->no_midi; i++) {
        if (program->voices[i].kind == OD_VOICE_MIDI) {
            checks->no_midi = true;
            say_warning(speech, "MIDI_OFF", 0,
                        "there are MIDI tracks, but no MIDI output was named: they are silent; "
                        "--midi NAME names one, --midi-list shows which there are");
        }
    }
}

/* Whoever forgot the sequences hears nothing, and nothing is wrong. */
static void
check_events(struct checks *checks, struct speech *speech, const struct od_take *take)
{
    const struct od_score *score = od_shared_score_get(od_take_scenes(take));
    if (score->count[OD_SECTION_EVENTS] == 0 && !checks->no_events && speech->people) {
        checks->no_events = true;
        say_people(speech, "the score has no events, so it is silent: what its tracks play is in "
                           "the session's \"sequences\"");
    }
}

void
checks_say(struct checks *checks, struct speech *speech, const struct options *options,
           const struct connections_facts *facts, struct od_take *take)
{
    check_latency(checks, speech, options, take);
    if (options->midi_raw == NULL && facts->midi_port == NULL) {
        check_midi(checks, speech, take);
    }
    check_events(checks, speech, take);
}
