#include "score/controls.h"

#include "score/midi.h"

/* What a control becomes: messages of one rank. */
struct sending {
    od_controls_fn *take;
    void *context;
    enum od_control_rank rank;
    uint32_t n;
};

static void
send(struct sending *sending, unsigned status, unsigned first, unsigned second)
{
    const struct od_score_control message = {
        .rank = (uint8_t)sending->rank,
        .bytes = {(unsigned char)status, (unsigned char)first, (unsigned char)second}};
    sending->take(sending->context, &message);
    sending->n++;
}

static void
send_cc(struct sending *sending, unsigned controller, unsigned value)
{
    send(sending, OD_MIDI_CONTROL, controller, value);
}

/* Both select the parameter, send its value, and let go of it. */
static void
send_parameter(struct sending *sending, unsigned select, unsigned number, unsigned value)
{
    send_cc(sending, select, number >> 7);
    send_cc(sending, select - 1, number & 0x7f);
    send_cc(sending, OD_MIDI_CC_DATA, value >> 7);
    send_cc(sending, OD_MIDI_CC_DATA + OD_MIDI_CC_LSB, value & 0x7f);
    send_cc(sending, OD_MIDI_CC_RPN, 127);
    send_cc(sending, OD_MIDI_CC_RPN - 1, 127);
}

static void
send_pair(struct sending *sending, unsigned controller, unsigned value)
{
    send_cc(sending, controller, value >> 7);
    send_cc(sending, controller + OD_MIDI_CC_LSB, value & 0x7f);
}

static void
send_control(struct sending *sending, const struct od_control *control, int note)
{
    unsigned value = (unsigned)control->value;
    switch ((enum od_control_kind)control->kind) {
    case OD_CONTROL_BANK:
        send_pair(sending, OD_MIDI_CC_BANK, value);
        break;
    case OD_CONTROL_PROGRAM:
        send(sending, OD_MIDI_PROGRAM, value, 0);
        break;
    case OD_CONTROL_RPN:
        send_parameter(sending, OD_MIDI_CC_RPN, control->number, value);
        break;
    case OD_CONTROL_NRPN:
        send_parameter(sending, OD_MIDI_CC_NRPN, control->number, value);
        break;
    case OD_CONTROL_CC:
        send_cc(sending, control->number, value);
        break;
    case OD_CONTROL_CC14:
        send_pair(sending, control->number, value);
        break;
    case OD_CONTROL_BEND:
        value = (unsigned)(control->value + OD_MIDI_BEND_CENTRE);
        send(sending, OD_MIDI_PITCH_BEND, value & 0x7f, value >> 7);
        break;
    case OD_CONTROL_PRESSURE:
        send(sending, OD_MIDI_PRESSURE, value, 0);
        break;
    case OD_CONTROL_POLY_PRESSURE:
        send(sending, OD_MIDI_POLY_PRESSURE, (unsigned)note, value);
        break;
    }
}

/* The kinds in the order in which they are sent; those of one turn in that of the file. */
static unsigned
turn_of(const struct od_control *control)
{
    static const unsigned turns[] = {
        [OD_CONTROL_BANK] = 0, [OD_CONTROL_PROGRAM] = 1,  [OD_CONTROL_RPN] = 2,
        [OD_CONTROL_NRPN] = 2, [OD_CONTROL_CC] = 3,       [OD_CONTROL_CC14] = 3,
        [OD_CONTROL_BEND] = 4, [OD_CONTROL_PRESSURE] = 4, [OD_CONTROL_POLY_PRESSURE] = 4,
    };
    return turns[control->kind];
}

uint32_t
od_controls_send(const struct od_control *controls, size_t n, int note, od_controls_fn *take,
                 void *context)
{
    static const enum od_control_rank ranks[] = {OD_RANK_PROGRAM, OD_RANK_PROGRAM,
                                                 OD_RANK_PARAMETER, OD_RANK_CONTROL, OD_RANK_BEND};
    struct sending sending = {.take = take, .context = context};
    for (unsigned turn = 0; turn < sizeof ranks / sizeof ranks[0]; turn++) {
        sending.rank = ranks[turn];
        for (size_t i = 0; i < n; i++) {
            if (turn_of(&controls[i]) == turn) {
                send_control(&sending, &controls[i], note);
            }
        }
    }
    return sending.n;
}
