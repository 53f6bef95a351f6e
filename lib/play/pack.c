#include "play/pack.h"

#include <math.h>
#include <string.h>

#include "play/transport.h"
#include "score/osc.h"

/* OSC 1.0: numbers are big-endian. */
static inline uint32_t
wire_int(uint32_t value)
{
    return __builtin_bswap32(value);
}

static inline uint32_t
wire_float(double value)
{
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    return wire_int(bits);
}

static inline void
put(unsigned char *message, uint16_t offset, uint32_t wire)
{
    if (offset != 0) {
        memcpy(message + offset, &wire, sizeof wire);
    }
}

struct od_pack_step
od_pack_step_of(int64_t since, double bpm, double default_gate)
{
    double seconds = od_step_seconds(bpm);
    return (struct od_pack_step){
        .since = since,
        .step_seconds = seconds,
        .default_gate = default_gate,
        .gain_limit = (double)INFINITY,
        .cps = wire_float(1 / (seconds * OD_BAR_STEPS)),
        .cycle = wire_float((double)od_step_in_loop(since) / OD_BAR_STEPS),
        .delta = wire_float(seconds),
    };
}

void
od_bundle_reset(struct od_bundle *bundle)
{
    memcpy(bundle->bytes, "#bundle", 8);
    memset(bundle->bytes + OD_OSC_TAG_OFFSET, 0, 8);
    bundle->length = OD_OSC_BUNDLE_HEADER;
}

static inline unsigned
variant_of(const struct od_event *event)
{
    return (event->note != OD_EVENT_NO_NOTE ? OD_VARIANT_NOTE : 0u) |
           (isnan(event->gate_steps) ? 0u : OD_VARIANT_SUSTAIN);
}

static inline double
value_at(const struct od_voice *voice, uint32_t table, const struct od_pack_step *step)
{
    const struct od_score_values *values = &voice->as.osc.values[table];
    return (double)voice->as.osc.floats[values->first + od_place_in(step->since, values->length)];
}

static inline double
gain_of(const struct od_score_message *message, const struct od_voice *voice,
        const struct od_event *event, const struct od_pack_step *step)
{
    double factor = message->gain_values == OD_SCORE_NONE
                        ? (double)message->gain_factor
                        : value_at(voice, message->gain_values, step);
    return factor * (double)event->velocity;
}

static inline void
fill(unsigned char *out, const struct od_score_message *message, const struct od_voice *voice,
     const struct od_event *event, const struct od_pack_step *step, bool *loud)
{
    memcpy(out, voice->as.osc.bytes + message->bytes, message->size);
    put(out, message->cps, step->cps);
    put(out, message->cycle, step->cycle);
    put(out, message->delta, step->delta);
    if (message->gain != 0) {
        double gain = gain_of(message, voice, event, step);
        if (gain > step->gain_limit) {
            gain = step->gain_limit;
            *loud = true;
        }
        put(out, message->gain, wire_float(gain));
    }
    put(out, message->note, wire_int(event->note));
    if (message->sustain != 0) {
        double seconds = od_event_gate(event, step->default_gate) * step->step_seconds;
        put(out, message->sustain, wire_float(seconds * (double)message->sustain_factor));
    }
    for (unsigned i = 0; i < message->n_slots; i++) {
        const struct od_score_slot *slot = &voice->as.osc.slots[message->first_slot + i];
        put(out, slot->offset, wire_float(value_at(voice, slot->values, step)));
    }
}

/* A gain that moves is 0 in the message as it was made. */
static void
put_gain(unsigned char *out, const struct od_score_message *message, double gain,
         const struct od_pack_step *step, bool *loud)
{
    *loud = *loud || gain > step->gain_limit;
    put(out, message->gain, wire_float(fmin(gain, step->gain_limit)));
}

/* The arguments that move. */
static void
move(unsigned char *out, const struct od_score_message *message, const struct od_voice *voice,
     const struct od_event *event, const struct od_pack_step *step, bool *loud)
{
    const struct od_voice_glides *glides = voice->as.osc.glides;
    uint32_t number = (uint32_t)(message - glides->messages);
    for (const struct od_message_move *m = glides->moves; m < glides->moves + glides->n; m++) {
        if (m->message != number) {
            continue;
        }
        double value = od_message_moved(
            m, glides->numbers, od_glide_value(glides->of[m->glide], step->at), step->since);
        switch (m->kind) {
        case OD_MOVE_FLOAT:
            put(out, m->offset, wire_float(value));
            break;
        case OD_MOVE_INT:
            put(out, m->offset, wire_int((uint32_t)(int32_t)value));
            break;
        case OD_MOVE_GAIN:
            put_gain(out, message, value * (double)event->velocity, step, loud);
            break;
        case OD_MOVE_SUSTAIN:
            put(out, message->sustain,
                wire_float(od_event_gate(event, step->default_gate) * step->step_seconds * value));
            break;
        }
    }
}

unsigned
od_pack_event(const struct od_voice *voice, const struct od_event *event,
              const struct od_score_message *const *messages, const struct od_pack_step *step,
              unsigned first, struct od_bundle *bundle)
{
    const struct od_score_message *all = messages[voice->as.osc.batch ? 0u : variant_of(event)];
    if (all == NULL) {
        return voice->as.osc.n_messages;
    }
    unsigned next = first;
    for (; next < voice->as.osc.n_messages; next++) {
        const struct od_score_message *message = &all[next];
        size_t needed = bundle->length + sizeof(uint32_t) + message->size;
        if (needed > bundle->limit && bundle->length > OD_OSC_BUNDLE_HEADER) {
            break;
        }
        uint32_t size = wire_int(message->size);
        memcpy(bundle->bytes + bundle->length, &size, sizeof size);
        unsigned char *out = bundle->bytes + bundle->length + sizeof size;
        fill(out, message, voice, event, step, &bundle->loud);
        if (voice->as.osc.glides != NULL) {
            move(out, message, voice, event, step, &bundle->loud);
        }
        bundle->length = needed;
    }
    return next;
}
