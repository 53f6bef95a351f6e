/* What answers requests: one function for each route, one file for each family of them. */
#ifndef OD_SERVE_HANDLERS_H
#define OD_SERVE_HANDLERS_H

#include "endpoint.h"

handler route_css, route_script, route_gate, route_command;
handler route_index, route_openapi, route_docs, route_health, route_metrics, route_stream;
handler route_session, route_environment, route_bpm, route_start, route_stop, route_pause,
    route_status, route_panic;
handler route_trigger_osc, route_trigger_midi;
handler route_pending, route_cancel, route_cancel_all;
handler route_clients, route_client, route_client_set, route_client_remove;
handler route_tracks, route_track, route_mute, route_solo, route_params;
handler route_scene;
handler route_midi_ports, route_midi_port, route_midi_panic;
handler route_samples, route_sample_add, route_sample_remove, route_synthdefs, route_synthdef_add,
    route_synthdef_remove, route_assets_info;

#endif
