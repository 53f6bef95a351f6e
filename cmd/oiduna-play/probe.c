#include "probe.h"

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "play/pack.h"
#include "world/cli.h"
#include "world/clock.h"
#include "world/midiport.h"
#include "world/rt.h"
#include "world/superdirt.h"
#include "world/udp.h"

#define PORTS_MAX    128
#define WIDTH        79 /* columns */
#define INDENT       16
#define LINK_PROGRAM "oiduna-link"
#define CHECK_NAME   "check the name after --osc, or OSC_HOST"
#define PATIENCE     OD_NSEC_PER_SEC /* for SuperDirt's answer */

/* One finding: is it well, what was found, what to do if it is not. */
struct finding {
    const char *name;
    bool good;
    char what[320];
    const char *remedy; /* NULL if nothing is to be done */
};

#define FINDINGS 8

struct probing {
    const struct options *options;
    struct finding findings[FINDINGS];
    size_t n;
    bool superdirt;
    od_nsec round_trip;
    struct od_midiport_info ports[PORTS_MAX];
    size_t n_ports;
};

static struct finding *
add(struct probing *probing, const char *name, bool good)
{
    struct finding *finding = &probing->findings[probing->n++];
    finding->name = name;
    finding->good = good;
    return finding;
}

static bool
wait_for_answer(struct od_superdirt *superdirt)
{
    od_nsec end = od_clock_now() + PATIENCE;
    for (od_nsec now = od_clock_now(); now < end; now = od_clock_now()) {
        od_superdirt_poll(superdirt, now);
        if (superdirt->answers > 0) {
            return true;
        }
        struct pollfd in = {superdirt->fd, POLLIN, 0};
        poll(&in, 1, 20);
    }
    return false;
}

static void
probe_superdirt(struct probing *probing)
{
    char error[256];
    const struct options *options = probing->options;
    struct od_superdirt superdirt;
    struct od_udp udp;
    enum od_status status = od_udp_open(&udp, options->osc_host, options->osc_port, error);
    od_superdirt_open(&superdirt, udp.fd, od_clock_now());
    probing->superdirt = status == OD_OK && wait_for_answer(&superdirt);
    struct finding *finding = add(probing, "superdirt", probing->superdirt);
    if (status != OD_OK) {
        snprintf(finding->what, sizeof finding->what, "%s", error);
        finding->remedy = CHECK_NAME;
    } else if (probing->superdirt) {
        probing->round_trip = superdirt.round_trip;
        snprintf(finding->what, sizeof finding->what, "answers on %s:%u, round trip %.2f ms",
                 options->osc_host, options->osc_port,
                 (double)superdirt.round_trip / (double)OD_NSEC_PER_MS);
    } else {
        snprintf(finding->what, sizeof finding->what, "no answer on %s:%u within 1 s",
                 options->osc_host, options->osc_port);
        finding->remedy = "in SuperCollider run SuperDirt.start; from another machine it must be "
                          "started to listen there too, and the firewall must let UDP through";
    }
    od_superdirt_close(&superdirt);
}

static void
probe_buffers(struct probing *probing)
{
    char error[OD_ERROR_MAX];
    struct od_udp udp = {.fd = -1};
    enum od_status status =
        od_udp_open(&udp, probing->options->osc_host, probing->options->osc_port, error);
    bool good = status == OD_OK && udp.send_buffer >= (int)OD_PACKET_BUFFER;
    struct finding *finding = add(probing, "socket", good);
    if (status == OD_OK) {
        snprintf(finding->what, sizeof finding->what,
                 "send buffer %d bytes, datagrams up to %zu bytes (%s)", udp.send_buffer,
                 udp.packet_limit, udp.loopback ? "this machine" : "network");
    } else {
        snprintf(finding->what, sizeof finding->what, "%s", error);
    }
    if (!good) {
        finding->remedy =
            status == OD_OK ? "raise net.core.wmem_max (sysctl) to 262144" : CHECK_NAME;
    }
    od_udp_close(&udp);
}

/* The port that was asked for. */
static void
probe_port(const struct probing *probing, struct finding *finding)
{
    const char *name = probing->options->midi;
    int found = od_midiport_find(probing->ports, probing->n_ports, name);
    finding->good = found >= 0;
    if (found >= 0) {
        const struct od_midiport_info port = probing->ports[found];
        snprintf(finding->what, sizeof finding->what, "'%.100s' is %.127s", name, port.name);
    } else {
        snprintf(finding->what, sizeof finding->what, "%s output port '%.100s'",
                 found == OD_MIDIPORT_NONE ? "no" : "more than one", name);
        finding->remedy = "give a part of one of these names:";
    }
}

static void
probe_midi(struct probing *probing)
{
    size_t outputs = 0;
    probing->n_ports = od_midiport_list(NULL, probing->ports, PORTS_MAX);
    for (size_t i = 0; i < probing->n_ports; i++) {
        outputs += probing->ports[i].is_output;
    }
    struct finding *finding = add(probing, "midi", outputs > 0);
    if (outputs > 0 && probing->options->midi != NULL) {
        probe_port(probing, finding);
    } else if (outputs > 0) {
        snprintf(finding->what, sizeof finding->what, "%zu output ports", outputs);
    } else if (od_midiport_available()) {
        snprintf(finding->what, sizeof finding->what, "a sequencer, but no output port");
        finding->remedy = "connect a device or start a synthesizer; modprobe snd-seq-dummy gives "
                          "a port to try with";
    } else {
        snprintf(finding->what, sizeof finding->what, "no MIDI system on this machine");
        finding->remedy = "modprobe snd-seq, and see that you may open /dev/snd/seq (group "
                          "audio); or use --midi-raw";
    }
}

/* Who follows a clock or has controllers needs an input; nobody else does. */
static void
probe_inputs(struct probing *probing)
{
    size_t inputs = 0;
    for (size_t i = 0; i < probing->n_ports; i++) {
        inputs += probing->ports[i].is_input;
    }
    struct finding *finding = add(probing, "midi in", inputs > 0);
    snprintf(finding->what, sizeof finding->what, "%zu input port%s", inputs,
             inputs == 1 ? "" : "s");
    finding->remedy = inputs > 0 ? NULL
                                 : "only needed to follow a MIDI clock or for controllers: connect "
                                   "a device; oiduna-midi --raw reads one without a MIDI system";
}

/* oiduna-link lies beside this program, if its library was there when it was built. */
static void
probe_link(struct probing *probing)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof LINK_PROGRAM);
    char *slash = length > 0 ? memrchr(path, '/', (size_t)length) : NULL;
    bool there = false;
    if (slash != NULL) {
        memcpy(slash + 1, LINK_PROGRAM, sizeof LINK_PROGRAM);
        there = access(path, X_OK) == 0;
    }
    struct finding *finding = add(probing, "link", there);
    snprintf(finding->what, sizeof finding->what, "%s is %s", LINK_PROGRAM,
             there ? "installed" : "not installed");
    finding->remedy = there ? NULL
                            : "only needed for Ableton Link: install its library (make deps-link) "
                              "and build again";
}

static void
probe_scheduling(struct probing *probing)
{
    bool permitted = od_rt_permitted(probing->options->rt_priority);
    struct finding *finding = add(probing, "scheduling", permitted);
    snprintf(finding->what, sizeof finding->what, "SCHED_FIFO priority %d is %s",
             probing->options->rt_priority, permitted ? "permitted" : "not permitted");
    finding->remedy = permitted ? NULL
                                : "give your user rtprio and memlock in /etc/security/limits.d, "
                                  "or run under systemd with LimitRTPRIO, or setcap "
                                  "cap_sys_nice,cap_ipc_lock+ep; oiduna-play(1) shows how";
}

static void
probe_clock(struct probing *probing)
{
    struct timespec resolution = {0};
    clock_getres(CLOCK_MONOTONIC, &resolution);
    bool good = resolution.tv_sec == 0 && resolution.tv_nsec <= 1000;
    struct finding *finding = add(probing, "clock", good);
    snprintf(finding->what, sizeof finding->what, "monotonic clock ticks every %ld ns",
             resolution.tv_nsec);
    finding->remedy = good ? NULL : "boot with high-resolution timers (highres=on)";
    od_nsec error = 0;
    bool synchronised = od_clock_synchronised(&error);
    finding = add(probing, "wall clock", synchronised);
    if (synchronised) {
        snprintf(finding->what, sizeof finding->what, "disciplined, off by at most %.1f ms",
                 (double)error / (double)OD_NSEC_PER_MS);
    } else {
        snprintf(finding->what, sizeof finding->what, "not disciplined by NTP or PTP");
        finding->remedy =
            "only needed to play on several machines: run chrony or systemd-timesyncd";
    }
}

/* Prints words from `column` on, folded before WIDTH and indented by INDENT. */
static void
print_folded(const char *text, int column)
{
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (column + length + 1 > WIDTH && column > INDENT) {
            printf("\n%*s", INDENT, "");
            column = INDENT;
        }
        printf(" %.*s", length, text);
        column += length + 1;
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void
print_text(const struct probing *probing)
{
    for (size_t i = 0; i < probing->n; i++) {
        const struct finding *finding = &probing->findings[i];
        printf("%-4s %-11s", finding->good ? "ok" : "--", finding->name);
        print_folded(finding->what, INDENT);
        if (finding->remedy != NULL) {
            printf("%*s", INDENT, "");
            print_folded(finding->remedy, INDENT);
        }
    }
    for (size_t i = 0; i < probing->n_ports; i++) {
        if (probing->ports[i].is_output) {
            printf("%*s MIDI output: %s\n", INDENT, "", probing->ports[i].name);
        }
        if (probing->ports[i].is_input) {
            printf("%*s MIDI input: %s\n", INDENT, "", probing->ports[i].name);
        }
    }
}

static void
text_member(struct od_buf *out, const char *key, const char *value)
{
    od_buf_printf(out, ",\"%s\":", key);
    if (value == NULL) {
        od_buf_printf(out, "null");
    } else {
        od_buf_json_string(out, value);
    }
}

static void
add_ports(struct od_buf *out, const struct probing *probing, bool inputs)
{
    bool first = true;
    for (size_t i = 0; i < probing->n_ports; i++) {
        if (inputs ? probing->ports[i].is_input : probing->ports[i].is_output) {
            od_buf_printf(out, "%s", first ? "" : ",");
            od_buf_json_string(out, probing->ports[i].name);
            first = false;
        }
    }
}

static void
print_json(const struct probing *probing)
{
    struct od_buf out = {0};
    od_buf_printf(&out, "{\"superdirt\":{\"connected\":%s", probing->superdirt ? "true" : "false");
    if (probing->superdirt) {
        od_buf_printf(&out, ",\"round_trip_ms\":%.3f",
                      (double)probing->round_trip / (double)OD_NSEC_PER_MS);
    }
    od_buf_printf(&out, "},\"midi_outputs\":[");
    add_ports(&out, probing, false);
    od_buf_printf(&out, "],\"midi_inputs\":[");
    add_ports(&out, probing, true);
    od_buf_printf(&out, "],\"findings\":[");
    for (size_t i = 0; i < probing->n; i++) {
        const struct finding *finding = &probing->findings[i];
        od_buf_printf(&out, "%s{\"good\":%s", i > 0 ? "," : "", finding->good ? "true" : "false");
        text_member(&out, "name", finding->name);
        text_member(&out, "found", finding->what);
        text_member(&out, "remedy", finding->remedy);
        od_buf_printf(&out, "}");
    }
    od_buf_printf(&out, "]}\n");
    fwrite(out.data, 1, out.length, stdout);
    od_buf_clear(&out);
}

int
probe(const struct options *options)
{
    struct probing probing = {.options = options};
    if (options->osc) {
        probe_superdirt(&probing);
        probe_buffers(&probing);
    }
    probe_midi(&probing);
    probe_inputs(&probing);
    probe_link(&probing);
    probe_scheduling(&probing);
    probe_clock(&probing);
    if (options->json) {
        print_json(&probing);
    } else {
        print_text(&probing);
    }
    return options->osc && !probing.superdirt ? od_status_exit(OD_EUNAVAILABLE) : 0;
}

int
probe_midi_list(void)
{
    struct od_midiport_info ports[PORTS_MAX];
    size_t n = od_midiport_list(NULL, ports, PORTS_MAX);
    size_t outputs = 0;
    for (size_t i = 0; i < n; i++) {
        if (ports[i].is_output) {
            puts(ports[i].name);
            outputs++;
        }
    }
    if (outputs == 0) {
        od_cli_message("no MIDI output port on this machine; --probe tells what to do");
    }
    return 0;
}
