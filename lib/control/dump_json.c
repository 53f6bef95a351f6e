
#include "control/dump.h"
#include "score/osc.h"
#include "text/param.h"
#include "text/timing.h"

static void
put_string(struct od_buf *out, const struct od_score *score, uint64_t offset)
{
    od_buf_json_string(out, score->strings + offset);
}

/* A comma before all but the first member. */
static void
put_comma(struct od_buf *out, bool *first)
{
    if (!*first) {
        od_buf_append(out, ",", 1);
    }
    *first = false;
}

static const char *
boolean(uint32_t flags, uint32_t flag)
{
    return (flags & flag) != 0 ? "true" : "false";
}

static void
put_apply(const struct od_score *score, struct od_buf *out)
{
    const struct od_score_header *header = score->header;
    if (header->apply_timing == OD_SCORE_NONE) {
        od_buf_printf(out, "\"apply\":null");
        return;
    }
    const char *from = od_from_word((enum od_from)header->apply_from);
    od_buf_printf(out, "\"apply\":{\"timing\":\"%s\",\"from\":",
                  od_timing_word((enum od_timing)header->apply_timing));
    if (from == NULL) {
        od_buf_printf(out, "null");
    } else {
        od_buf_json_string(out, from);
    }
    od_buf_printf(out, ",\"track_ids\":[");
    bool first = true;
    for (uint32_t i = 0; i < score->count[OD_SECTION_APPLY_IDS]; i++) {
        put_comma(out, &first);
        put_string(out, score, score->apply_ids[i]);
    }
    od_buf_printf(out, "],\"scene_name\":");
    if (header->apply_part == OD_SCORE_NONE) {
        od_buf_printf(out, "null}");
    } else {
        put_string(out, score, score->parts[header->apply_part].name);
        od_buf_append(out, "}", 1);
    }
}

static void
put_line(const struct od_score *score, const struct od_score_line *line, struct od_buf *out)
{
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"volume", line->volume},           {"pan", line->pan},
        {"reverb_room", line->room},        {"reverb_size", line->size},
        {"reverb_dry", line->dry},          {"delay_send", line->delay_send},
        {"delay_time", line->delay_time},   {"delay_feedback", line->delay_feedback},
        {"leslie_rate", line->leslie_rate}, {"leslie_size", line->leslie_size},
    };
    od_buf_printf(out, "{\"name\":");
    put_string(out, score, line->name);
    od_buf_printf(out, ",\"orbit\":%u,\"mute\":%s,\"solo\":%s,\"silent\":%s", line->orbit,
                  boolean(line->flags, OD_TRACK_MUTE), boolean(line->flags, OD_TRACK_SOLO),
                  boolean(line->flags, OD_TRACK_LINE_SILENT));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        od_buf_printf(out, ",\"%s\":", numbers[i].name);
        od_buf_double(out, numbers[i].value);
    }
    od_buf_append(out, "}", 1);
}

static void
put_param_value(const struct od_score *score, const struct od_score_param *param,
                struct od_buf *out)
{
    if (param->type == OD_VALUE_ABSENT) {
        od_buf_printf(out, "null");
    } else if (param->type == OD_VALUE_STRING) {
        put_string(out, score, param->value.string);
    } else {
        od_buf_double(out, param->value.number);
    }
}

/* `extra` chooses which: known parameters by their IR names, or the others. */
static void
put_params(const struct od_score *score, uint32_t first_param, uint32_t n_params, bool extra,
           struct od_buf *out)
{
    bool first = true;
    for (uint32_t i = 0; i < n_params; i++) {
        const struct od_score_param *param = &score->params[first_param + i];
        if ((param->param == OD_PARAM_EXTRA) != extra) {
            continue;
        }
        put_comma(out, &first);
        if (extra) {
            put_string(out, score, param->name);
        } else {
            od_buf_json_string(out, od_params[param->param].name);
        }
        od_buf_append(out, ":", 1);
        put_param_value(score, param, out);
    }
}

static void
put_signal(const struct od_score *score, const struct od_score_signal *signal, struct od_buf *out)
{
    bool first = true;
    od_buf_append(out, "[", 1);
    for (uint32_t k = 0; k < signal->length; k++) {
        put_comma(out, &first);
        od_buf_double(out, score->numbers[signal->first + k]);
    }
    od_buf_append(out, "]", 1);
}

static void
put_values(const struct od_score *score, uint32_t table, struct od_buf *out)
{
    const struct od_score_values *values = &score->values[table];
    bool first = true;
    od_buf_append(out, "[", 1);
    for (uint32_t k = 0; k < values->length; k++) {
        put_comma(out, &first);
        od_buf_float(out, score->floats[values->first + k]);
    }
    od_buf_append(out, "]", 1);
}

static void
put_modulations(const struct od_score *score, const struct od_score_track *track,
                struct od_buf *out)
{
    bool first = true;
    for (uint32_t i = 0; i < track->n_mods; i++) {
        const struct od_score_mod *mod = &score->mods[track->first_mod + i];
        put_comma(out, &first);
        od_buf_json_string(out, od_params[mod->param].name);
        od_buf_append(out, ":", 1);
        put_signal(score, &score->signals[mod->signal], out);
    }
}

static void
put_sends(const struct od_score *score, const struct od_score_part *part,
          const struct od_score_track *track, struct od_buf *out)
{
    bool first = true;
    for (uint32_t i = 0; i < track->n_sends; i++) {
        const struct od_score_send *send = &score->sends[track->first_send + i];
        put_comma(out, &first);
        od_buf_printf(out, "{\"target\":");
        put_string(out, score, score->lines[part->first_line + send->line].name);
        od_buf_printf(out, ",\"amount\":");
        od_buf_double(out, send->amount);
        od_buf_append(out, "}", 1);
    }
}

static void
put_slots(const struct od_score *score, const struct od_score_message *message, struct od_buf *out)
{
    bool first = true;
    od_buf_printf(out,
                  "\"cps\":%u,\"cycle\":%u,\"delta\":%u,\"gain\":%u,\"note\":%u,\"sustain\":%u,"
                  "\"gain_factor\":",
                  message->cps, message->cycle, message->delta, message->gain, message->note,
                  message->sustain);
    od_buf_float(out, message->gain_factor);
    od_buf_printf(out, ",\"sustain_factor\":");
    od_buf_float(out, message->sustain_factor);
    od_buf_printf(out, ",\"gain_values\":");
    if (message->gain_values == OD_SCORE_NONE) {
        od_buf_printf(out, "null");
    } else {
        put_values(score, message->gain_values, out);
    }
    od_buf_printf(out, ",\"slots\":[");
    for (uint32_t i = 0; i < message->n_slots; i++) {
        const struct od_score_slot *slot = &score->slots[message->first_slot + i];
        put_comma(out, &first);
        od_buf_printf(out, "{\"offset\":%u,\"values\":", slot->offset);
        put_values(score, slot->values, out);
        od_buf_append(out, "}", 1);
    }
    od_buf_append(out, "]", 1);
}

static void
put_message(const struct od_score *score, const struct od_score_message *message, unsigned variant,
            struct od_buf *out)
{
    od_buf_printf(out, "{\"variant\":%u,\"osc\":", variant);
    size_t before = out->length;
    if (od_osc_packet_json(score->bytes + message->bytes, message->size, out) != OD_OK) {
        out->length = before;
        od_buf_printf(out, "null");
    } else {
        out->length--; /* the newline */
    }
    od_buf_append(out, ",", 1);
    put_slots(score, message, out);
    od_buf_append(out, "}", 1);
}

static void
put_messages(const struct od_score *score, const uint32_t groups[OD_VARIANTS], uint32_t n_messages,
             struct od_buf *out)
{
    bool first = true;
    for (unsigned v = 0; v < OD_VARIANTS; v++) {
        uint32_t at = groups[v];
        for (uint32_t i = 0; at != OD_SCORE_NONE && i < n_messages; i++) {
            put_comma(out, &first);
            put_message(score, &score->messages[at + i], v, out);
        }
    }
}

static void
put_owns(const struct od_score *score, const struct od_score_track *track, struct od_buf *out)
{
    bool first = true;
    for (uint32_t i = 0; i < track->n_owns; i++) {
        const struct od_score_own *own = &score->owns[track->first_own + i];
        put_comma(out, &first);
        od_buf_printf(out, "{\"params\":{");
        put_params(score, own->first_param, own->n_params, false, out);
        od_buf_printf(out, "},\"extra_params\":{");
        put_params(score, own->first_param, own->n_params, true, out);
        od_buf_printf(out, "},\"messages\":[");
        put_messages(score, own->first_message, track->n_messages, out);
        od_buf_printf(out, "]}");
    }
}

static void
put_controls(const struct od_score *score, uint32_t first_control, uint32_t n, struct od_buf *out)
{
    bool first = true;
    for (uint32_t i = 0; i < n; i++) {
        const struct od_score_control *control = &score->controls[first_control + i];
        put_comma(out, &first);
        od_buf_printf(out, "[%u,%u,%u,%u]", control->rank, control->bytes[0], control->bytes[1],
                      control->bytes[2]);
    }
}

static void
put_track(const struct od_score *score, const struct od_score_part *part,
          const struct od_score_track *track, struct od_buf *out)
{
    od_buf_printf(out, "{\"track_id\":");
    put_string(out, score, track->id);
    od_buf_printf(out, ",\"destination\":");
    put_string(out, score, track->destination);
    od_buf_printf(out, ",\"mute\":%s,\"solo\":%s,\"line_silent\":%s,\"mixer_line\":",
                  boolean(track->flags, OD_TRACK_MUTE), boolean(track->flags, OD_TRACK_SOLO),
                  boolean(track->flags, OD_TRACK_LINE_SILENT));
    if (track->line == OD_SCORE_NONE) {
        od_buf_printf(out, "null");
    } else {
        put_string(out, score, score->lines[part->first_line + track->line].name);
    }
    od_buf_printf(out, ",\"length\":%u,\"n_events\":%u,\"n_messages\":%u,\"params\":{",
                  track->length, track->n_events, track->n_messages);
    put_params(score, track->first_param, track->n_params, false, out);
    od_buf_printf(out, "},\"extra_params\":{");
    put_params(score, track->first_param, track->n_params, true, out);
    od_buf_printf(out, "},\"sends\":[");
    put_sends(score, part, track, out);
    od_buf_printf(out, "],\"modulations\":{");
    put_modulations(score, track, out);
    od_buf_printf(out, "},\"messages\":[");
    put_messages(score, track->first_message, track->n_messages, out);
    od_buf_printf(out, "],\"owns\":[");
    put_owns(score, track, out);
    od_buf_printf(out, "],\"controls\":[");
    put_controls(score, track->first_control, track->n_controls, out);
    od_buf_printf(out, "]}");
}

static void
put_curve(const struct od_score *score, const struct od_score_curve *curve, struct od_buf *out)
{
    static const char *const kinds[] = {[OD_CURVE_CC] = "cc",
                                        [OD_CURVE_PITCH_BEND] = "pitch_bend",
                                        [OD_CURVE_PRESSURE] = "pressure"};
    bool first = true;
    od_buf_printf(out, "{\"kind\":\"%s\",\"controller\":%u,\"values\":[", kinds[curve->kind],
                  curve->controller);
    for (uint32_t k = 0; k < curve->length; k++) {
        put_comma(out, &first);
        od_buf_printf(out, "%d", score->levels[curve->first + k]);
    }
    od_buf_printf(out, "]}");
}

static void
put_sysex(const struct od_score *score, const struct od_score_midi_track *track, struct od_buf *out)
{
    bool first = true;
    for (uint32_t i = 0; i < track->n_sysex; i++) {
        const struct od_score_sysex *sysex = &score->sysex[track->first_sysex + i];
        put_comma(out, &first);
        od_buf_append(out, "\"", 1);
        for (uint32_t k = 0; k < sysex->size; k++) {
            od_buf_printf(out, "%s%02X", k == 0 ? "" : " ", score->bytes[sysex->bytes + k]);
        }
        od_buf_append(out, "\"", 1);
    }
}

static void
put_midi_track(const struct od_score *score, const struct od_score_midi_track *track,
               struct od_buf *out)
{
    bool first = true;
    od_buf_printf(out, "{\"track_id\":");
    put_string(out, score, track->id);
    od_buf_printf(out, ",\"destination\":");
    put_string(out, score, track->destination);
    od_buf_printf(out,
                  ",\"channel\":%d,\"velocity\":%d,\"transpose\":%d,\"mute\":%s,\"solo\":%s,"
                  "\"moves\":%s,\"length\":%u,\"n_events\":%u,\"curves\":[",
                  track->channel, track->velocity, track->transpose,
                  boolean(track->flags, OD_TRACK_MUTE), boolean(track->flags, OD_TRACK_SOLO),
                  boolean(track->flags, OD_MIDI_TRACK_MOVES), track->length, track->n_events);
    for (uint32_t i = 0; i < track->n_curves; i++) {
        put_comma(out, &first);
        put_curve(score, &score->curves[track->first_curve + i], out);
    }
    od_buf_printf(out, "],\"init\":[");
    put_controls(score, track->first_control, track->n_controls, out);
    od_buf_printf(out, "],\"sysex\":[");
    put_sysex(score, track, out);
    od_buf_printf(out, "],\"velocity_modulation\":");
    if (track->velocity_signal == OD_SCORE_NONE) {
        od_buf_printf(out, "null}");
    } else {
        put_signal(score, &score->signals[track->velocity_signal], out);
        od_buf_append(out, "}", 1);
    }
}

static void
put_extra(const struct od_score *score, const struct od_score_extra *extra, struct od_buf *out)
{
    od_buf_printf(out, ",\"offset_ms\":");
    od_buf_double(out, extra->offset_ms);
    od_buf_printf(out, ",\"offset\":");
    od_buf_double(out, extra->offset_steps);
    od_buf_printf(out, ",\"place\":%u,\"prob\":", extra->place);
    od_buf_double(out, extra->prob);
    od_buf_printf(out, ",\"of\":%u,\"is\":%llu,\"own\":", extra->of, (unsigned long long)extra->is);
    if (extra->own == OD_SCORE_NONE) {
        od_buf_printf(out, "null");
    } else {
        od_buf_printf(out, "%u", extra->own);
    }
    od_buf_printf(out, ",\"controls\":[");
    put_controls(score, extra->first_control, extra->n_controls, out);
    od_buf_append(out, "]", 1);
}

static void
put_event(const struct od_score *score, const struct od_score_part *part, uint32_t step,
          const struct od_event *event, struct od_buf *out)
{
    bool by_default = event->gate_steps == OD_EVENT_DEFAULT_GATE;
    od_buf_printf(out, "{\"step\":%u,\"track\":%u,\"note\":", step, event->track);
    if (event->note == OD_EVENT_NO_NOTE) {
        od_buf_printf(out, "null");
    } else {
        od_buf_printf(out, "%u", event->note);
    }
    od_buf_printf(out, ",\"velocity\":");
    od_buf_float(out, event->velocity);
    od_buf_printf(out, ",\"gate\":");
    if (by_default) {
        od_buf_printf(out, "null");
    } else {
        od_buf_float(out, event->gate_steps);
    }
    od_buf_printf(out, ",\"default_gate\":%s,\"midi_velocity\":%u", by_default ? "true" : "false",
                  event->midi_velocity & 0x7f);
    if ((event->midi_velocity & OD_EVENT_EXTRA) != 0) {
        put_extra(score, &score->extras[part->first_extra + event->extra], out);
    } else {
        od_buf_printf(out, ",\"offset_ms\":");
        od_buf_float(out, event->offset_ms);
    }
    od_buf_append(out, "}", 1);
}

static void
put_ring(const struct od_score *score, const struct od_score_part *part,
         const struct od_score_ring *ring, bool *first, struct od_buf *out)
{
    const uint32_t *index = score->index + ring->first_index;
    for (uint32_t k = 0; k < ring->length; k++) {
        for (uint32_t i = index[k]; i < index[k + 1]; i++) {
            put_comma(out, first);
            put_event(score, part, k, &score->events[part->first_event + i], out);
        }
    }
}

static void
put_rings(const struct od_score *score, const struct od_score_part *part, struct od_buf *out)
{
    bool first = true;
    for (uint32_t i = 0; i < part->n_rings; i++) {
        put_comma(out, &first);
        od_buf_printf(out, "%u", score->rings[part->first_ring + i].length);
    }
    od_buf_printf(out, "],\"events\":[");
    first = true;
    for (uint32_t i = 0; i < part->n_rings; i++) {
        put_ring(score, part, &score->rings[part->first_ring + i], &first, out);
    }
}

static void
put_tempo_map(const struct od_score *score, const struct od_score_part *part, struct od_buf *out)
{
    bool first = true;
    for (uint32_t i = 0; i < part->n_tempos; i++) {
        const struct od_score_tempo *tempo = &score->tempos[part->first_tempo + i];
        put_comma(out, &first);
        od_buf_printf(out, "[%u,", tempo->step);
        od_buf_double(out, tempo->bpm);
        od_buf_append(out, "]", 1);
    }
}

static void
put_part_head(const struct od_score *score, const struct od_score_part *part, struct od_buf *out)
{
    od_buf_printf(out, "{\"name\":");
    put_string(out, score, part->name);
    od_buf_printf(out, ",\"environment\":{\"bpm\":");
    od_buf_double(out, part->bpm);
    od_buf_printf(out, ",\"default_gate\":");
    od_buf_double(out, part->default_gate);
    od_buf_printf(out, ",\"swing\":");
    od_buf_double(out, part->swing);
    od_buf_printf(out, ",\"seed\":%llu,\"tempo_map\":[", (unsigned long long)part->seed);
    put_tempo_map(score, part, out);
    od_buf_printf(out,
                  "]},\"own_environment\":%s,\"own_mixer_lines\":%s,\"from\":\"%s\","
                  "\"length\":%u",
                  boolean(part->flags, OD_PART_ENVIRONMENT), boolean(part->flags, OD_PART_LINES),
                  (part->flags & OD_PART_TOP) != 0 ? "top" : "here", part->length);
    od_buf_printf(out, ",\"densest\":{\"step\":%u,\"messages\":%u},\"offset_ms\":{\"min\":",
                  part->densest_step, part->densest_messages);
    od_buf_double(out, part->min_offset_ms);
    od_buf_printf(out, ",\"max\":");
    od_buf_double(out, part->max_offset_ms);
    od_buf_printf(out, "},\"offset\":{\"min\":");
    od_buf_float(out, part->min_offset_steps);
    od_buf_printf(out, ",\"max\":");
    od_buf_float(out, part->max_offset_steps);
    od_buf_append(out, "}", 1);
}

static void
put_part(const struct od_score *score, const struct od_score_part *part, struct od_buf *out)
{
    bool first = true;
    put_part_head(score, part, out);
    od_buf_printf(out, ",\"mixer_lines\":[");
    for (uint32_t i = 0; i < part->n_lines; i++) {
        put_comma(out, &first);
        put_line(score, &score->lines[part->first_line + i], out);
    }
    od_buf_printf(out, "],\"tracks\":[");
    first = true;
    for (uint32_t i = 0; i < part->n_tracks; i++) {
        put_comma(out, &first);
        put_track(score, part, &score->tracks[part->first_track + i], out);
    }
    od_buf_printf(out, "],\"tracks_midi\":[");
    first = true;
    for (uint32_t i = 0; i < part->n_midi_tracks; i++) {
        put_comma(out, &first);
        put_midi_track(score, &score->midi_tracks[part->first_midi_track + i], out);
    }
    od_buf_printf(out, "],\"rings\":[");
    put_rings(score, part, out);
    od_buf_printf(out, "]}");
}

static void
put_song(const struct od_score *score, struct od_buf *out)
{
    bool first = true;
    od_buf_printf(out, ",\"song_end\":\"%s\",\"song\":[",
                  od_song_end_word((enum od_song_end)score->header->song_end));
    for (uint32_t i = 0; i < score->count[OD_SECTION_SONG]; i++) {
        const struct od_score_entry *entry = &score->song[i];
        put_comma(out, &first);
        od_buf_printf(out, "{\"scene\":");
        if (entry->part == 0) {
            od_buf_printf(out, "null");
        } else {
            put_string(out, score, score->parts[entry->part].name);
        }
        od_buf_printf(out, ",\"bars\":%u}", entry->bars);
    }
    od_buf_append(out, "]", 1);
}

void
od_dump_json(const struct od_score *score, struct od_buf *out)
{
    const struct od_score_header *header = score->header;
    bool first = true;
    od_buf_printf(out, "{\"version\":%u,\"length\":%llu,\"crc\":%u,\"dialect\":\"%s\",",
                  header->version, (unsigned long long)header->length, header->crc,
                  header->dialect == 1 ? "batch" : "session");
    put_apply(score, out);
    put_song(score, out);
    od_buf_printf(out, ",\"parts\":[");
    for (uint32_t i = 0; i < score->count[OD_SECTION_PARTS]; i++) {
        put_comma(out, &first);
        put_part(score, &score->parts[i], out);
    }
    od_buf_printf(out, "]}\n");
}
