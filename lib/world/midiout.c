#include "world/midiout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/counter.h"
#include "score/midi.h"
#include "world/clock.h"

#define SYSTEM        0xf0u /* status bytes from here on are not a channel's */
#define REALTIME      0xf8u /* … and from here on may stand anywhere */
#define PROGRAM       0xc0u /* change: two bytes */
#define ALL_SOUND_OFF 120
#define ALL_NOTES_OFF 123
#define SETTLED_MAX   32 /* note-offs that are made good at one go */

static enum od_midi_state
state_of(const struct od_midiout_port *port)
{
    return atomic_load_explicit(&port->state, memory_order_acquire);
}

static void
pass(struct od_midiout_port *port, enum od_midi_state state)
{
    atomic_store_explicit(&port->state, state, memory_order_release);
}

/* ---- the player's -----------------------------------------------------------------------------
 */

static bool
is_note_off(const unsigned char *bytes, size_t size)
{
    unsigned kind = bytes[0] & 0xf0u;
    return size == 3 && (kind == OD_MIDI_NOTE_OFF || (kind == OD_MIDI_NOTE_ON && bytes[2] == 0));
}

static void
drop(struct od_midiout_port *port, const unsigned char *bytes, size_t size)
{
    od_counter_add(&port->dropped, 1);
    if (is_note_off(bytes, size)) {
        od_debt_late(&port->debt, bytes[0] & 0x0fu, bytes[1]);
        if (state_of(port) != OD_MIDI_OPEN) {
            port->owed |= (uint16_t)(1u << (bytes[0] & 0x0fu));
        }
    }
}

/* Bytes written; 0 if there is no room now; −1 if the port is gone; −2 if it only fails (full
 * disk). */
static ssize_t
write_bytes(int fd, const unsigned char *bytes, size_t size)
{
    ssize_t n = write(fd, bytes, size);
    if (n >= 0) {
        return n;
    }
    switch (errno) {
    case EAGAIN:
    case EINTR:
        return 0;
    case EPIPE:
    case ENXIO:
    case ENODEV:
    case EIO:
    case EBADF:
        return -1;
    default:
        return -2;
    }
}

/* What was kept may have held a note-off of any channel. */
static void
give_back_raw(struct od_midiout_port *port)
{
    port->owed = port->kept > 0 ? UINT16_MAX : port->owed;
    port->kept = 0;
    port->kept_long = 0;
    od_debt_lost(&port->debt);
    pass(port, OD_MIDI_BACK);
}

/* True if nothing is owed any more. */
static bool
flush_raw(struct od_midiout_port *port)
{
    if (port->kept == 0) {
        return true;
    }
    ssize_t n = write_bytes(port->fd, port->keep, port->kept);
    if (n == -1) {
        give_back_raw(port);
        return false;
    }
    if (n > 0) {
        port->kept -= (size_t)n;
        port->kept_long -= (size_t)n < port->kept_long ? (size_t)n : port->kept_long;
        memmove(port->keep, port->keep + n, port->kept);
    }
    if (port->kept == 0) {
        od_debt_written(&port->debt);
    }
    return port->kept == 0;
}

/* The second half is kept for note-offs; a clock that comes late is worse than none. */
static bool
has_room(const struct od_midiout_port *port, const unsigned char *bytes, size_t size)
{
    size_t limit = is_note_off(bytes, size) ? OD_MIDIOUT_KEPT : OD_MIDIOUT_KEPT / 2;
    if (bytes[0] == OD_MIDI_SYSEX) {
        return port->kept_long + size <= OD_MIDIOUT_LONG;
    }
    return bytes[0] < REALTIME && port->kept - port->kept_long + size <= limit;
}

static void
keep(struct od_midiout_port *port, const unsigned char *bytes, size_t size, bool is_long)
{
    memcpy(port->keep + port->kept, bytes, size);
    port->kept += size;
    port->kept_long += is_long ? size : 0;
}

/* Without the status byte if it would repeat the last one. */
static size_t
skipped(const struct od_midiout_port *port, const unsigned char *bytes)
{
    return bytes[0] < SYSTEM && bytes[0] == port->running ? 1 : 0;
}

/* What the port took changes what it owes. */
static void
account(struct od_midiout_port *port, const unsigned char *bytes, size_t size)
{
    unsigned kind = bytes[0] & 0xf0u, channel = bytes[0] & 0x0fu;
    if (size < 3 || bytes[0] >= SYSTEM) {
        return;
    }
    if (kind == OD_MIDI_NOTE_ON || kind == OD_MIDI_NOTE_OFF) {
        od_debt_paid(&port->debt, channel, bytes[1]);
        if (is_note_off(bytes, size) && port->kept > 0) {
            od_debt_waits(&port->debt, channel, bytes[1]);
        }
    } else if (kind == OD_MIDI_CONTROL && bytes[1] == ALL_SOUND_OFF) {
        od_debt_channel(&port->debt, channel);
    }
}

static void
taken(struct od_midiout_port *port, const unsigned char *bytes, size_t size)
{
    account(port, bytes, size);
    if (bytes[0] < REALTIME) {
        port->running = bytes[0] < SYSTEM ? bytes[0] : 0;
    }
    od_counter_add(&port->messages, 1);
}

/* False if it was lost. */
static bool
write_raw(struct od_midiout_port *port, const unsigned char *bytes, size_t size)
{
    size_t skip = skipped(port, bytes);
    ssize_t n = port->kept == 0 ? write_bytes(port->fd, bytes + skip, size - skip) : 0;
    if (n == -2) {
        atomic_store_explicit(&port->last_error, errno, memory_order_relaxed);
        od_counter_add(&port->errors, 1);
        port->refuses = true;
        if (is_note_off(bytes, size)) {
            od_debt_late(&port->debt, bytes[0] & 0x0fu, bytes[1]);
        }
        return false;
    }
    port->refuses = false;
    if (n == -1) {
        od_counter_add(&port->errors, 1);
        give_back_raw(port);
        drop(port, bytes, size);
        return false;
    }
    size_t rest = size - skip - (size_t)n;
    if (rest > 0 && n == 0 && !has_room(port, bytes, size)) {
        atomic_store_explicit(&port->last_error, 0, memory_order_relaxed);
        drop(port, bytes, size);
        return false;
    }
    if (rest > 0) { /* what was begun is ended: a message always fits an empty store */
        keep(port, bytes + skip + n, rest, bytes[0] == OD_MIDI_SYSEX);
    }
    taken(port, bytes, size);
    return true;
}

static void
give_back_portmidi(struct od_midiout *out)
{
    for (size_t i = 0; i < out->n_ports; i++) {
        struct od_midiout_port *port = &out->ports[i];
        if (port->kind == OD_MIDI_PORTMIDI && state_of(port) == OD_MIDI_OPEN) {
            pass(port, OD_MIDI_BACK);
        }
    }
}

/* While PortMidi is started anew because of another port; whether this one is dead is not known
 * yet. */
static void
hold(struct od_midiout_port *port, const unsigned char *bytes, size_t size, od_nsec since)
{
    uint64_t lost = atomic_load_explicit(&port->lost, memory_order_relaxed);
    if (state_of(port) != OD_MIDI_BACK || !has_room(port, bytes, size)) {
        drop(port, bytes, size);
        return;
    }
    port->lost_then = port->kept == 0 ? lost : port->lost_then;
    if (size == 3) {
        port->held[port->kept / 3] = since;
    }
    keep(port, bytes, size, bytes[0] == OD_MIDI_SYSEX);
}

static void
write_portmidi(struct od_midiout *out, struct od_midiout_port *port, const unsigned char *bytes,
               size_t size, od_nsec since)
{
    if (od_midiport_write(port->stream, bytes, size)) {
        account(port, bytes, size);
        od_counter_add(&port->messages, 1);
        return;
    }
    od_counter_add(&port->errors, 1);
    give_back_portmidi(out);
    hold(port, bytes, size, since);
}

/* Of the first of whole messages. */
static size_t
message_size(const unsigned char *bytes)
{
    unsigned kind = bytes[0] & 0xf0u;
    size_t size = 1;
    if (bytes[0] == OD_MIDI_SYSEX) {
        while (bytes[size - 1] != OD_MIDI_SYSEX_END) {
            size++;
        }
        return size;
    }
    return bytes[0] >= REALTIME ? 1 : kind == OD_MIDI_PRESSURE || kind == PROGRAM ? 2 : 3;
}

/* A late note is worse than none; its end, and what sets a controller, is not. */
static bool
is_stale(const unsigned char *bytes, size_t size, od_nsec since)
{
    return (bytes[0] & 0xf0u) == OD_MIDI_NOTE_ON && !is_note_off(bytes, size) &&
           od_clock_now() - since > OD_MIDIOUT_STALE;
}

/* What was held goes out, unless the port was found dead in between: then it is too late for it. */
static void
flush_held(struct od_midiout *out, struct od_midiout_port *port)
{
    unsigned char held[OD_MIDIOUT_ROOM];
    size_t n = port->kept;
    size_t size = 0;
    bool dead = state_of(port) != OD_MIDI_OPEN ||
                atomic_load_explicit(&port->lost, memory_order_relaxed) != port->lost_then;
    memcpy(held, port->keep, n);
    port->kept = 0;
    port->kept_long = 0;
    for (size_t at = 0; at < n; at += size) {
        size = message_size(held + at);
        od_nsec since = port->held[at / 3];
        if (dead || is_stale(held + at, size, since)) {
            drop(port, held + at, size);
        } else if (state_of(port) == OD_MIDI_OPEN) {
            write_portmidi(out, port, held + at, size, since);
        } else {
            hold(port, held + at, size, since);
        }
    }
}

/* False if it was lost; what PortMidi does not take is held. */
static bool
send_open(struct od_midiout *out, struct od_midiout_port *port, const unsigned char *bytes,
          size_t size)
{
    if (port->kind == OD_MIDI_RAW) {
        return write_raw(port, bytes, size);
    }
    write_portmidi(out, port, bytes, size, od_clock_now());
    return true;
}

/* True if it went out, or into the store. */
static bool
send_owed(struct od_midiout *out, struct od_midiout_port *port, const unsigned char bytes[3])
{
    if (port->kept > 0 && !has_room(port, bytes, 3)) {
        return false;
    }
    return send_open(out, port, bytes, 3) && state_of(port) == OD_MIDI_OPEN;
}

/* Notes whose offs were lost would sound for ever: each gets its own. */
static bool
settle_notes(struct od_midiout *out, struct od_midiout_port *port, const struct od_notes *notes)
{
    unsigned left = SETTLED_MAX;
    for (unsigned channel = 0; channel < OD_CHANNELS; channel++) {
        for (int note; (note = od_debt_next(notes, channel)) >= 0; left--) {
            const unsigned char off[] = {(unsigned char)(OD_MIDI_NOTE_OFF | channel),
                                         (unsigned char)note, 0};
            if (left == 0 || !send_owed(out, port, off)) {
                return false;
            }
        }
    }
    return true;
}

/* And where the port was gone there may be more. */
static void
settle(struct od_midiout *out, struct od_midiout_port *port)
{
    if (!settle_notes(out, port, &port->debt.late)) {
        return;
    }
    for (unsigned channel = 0; channel < OD_CHANNELS; channel++) {
        const unsigned char off[] = {(unsigned char)(OD_MIDI_CONTROL | channel), ALL_NOTES_OFF, 0};
        if (((unsigned)port->owed >> channel & 1u) == 0) {
            continue;
        }
        if (!send_owed(out, port, off)) {
            return;
        }
        port->owed &= (uint16_t) ~(1u << channel);
    }
}

static bool
owes(const struct od_midiout_port *port)
{
    return port->owed != 0 || od_debt_any(&port->debt.late);
}

/* Writes what is owed; true if more may be sent. */
static bool
ready(struct od_midiout *out, struct od_midiout_port *port)
{
    enum od_midi_state state = state_of(port);
    if (port->kind == OD_MIDI_PORTMIDI && port->kept > 0 && state != OD_MIDI_BACK) {
        flush_held(out, port);
    }
    if (state != OD_MIDI_OPEN) {
        return false;
    }
    if (port->kind == OD_MIDI_RAW && !flush_raw(port)) {
        return state_of(port) == OD_MIDI_OPEN;
    }
    if (owes(port)) {
        settle(out, port);
    }
    return state_of(port) == OD_MIDI_OPEN;
}

void
od_midiout_write(struct od_midiout *out, size_t port, const unsigned char *bytes, size_t size)
{
    if (port >= out->n_ports || size < 1 || size > (bytes[0] == OD_MIDI_SYSEX ? OD_SYSEX_MAX : 3)) {
        return;
    }
    struct od_midiout_port *p = &out->ports[port];
    if (ready(out, p)) {
        (void)send_open(out, p, bytes, size);
    } else if (p->kind == OD_MIDI_PORTMIDI) {
        hold(p, bytes, size, od_clock_now());
    } else {
        drop(p, bytes, size);
    }
}

unsigned
od_midiout_service(struct od_midiout *out)
{
    unsigned needs = 0;
    if (atomic_load_explicit(&out->recall, memory_order_acquire)) {
        give_back_portmidi(out);
    }
    for (size_t i = 0; i < out->n_ports; i++) {
        struct od_midiout_port *port = &out->ports[i];
        if (ready(out, port) && port->kept == 0 && od_debt_any(&port->debt.swept)) {
            settle_notes(out, port, &port->debt.swept);
        }
        if (port->kept > 0 ||
            (state_of(port) == OD_MIDI_OPEN && (owes(port) || od_debt_any(&port->debt.swept)))) {
            needs |= port->refuses ? OD_MIDIOUT_REFUSES : OD_MIDIOUT_OWES;
        }
        if (state_of(port) == OD_MIDI_BACK) {
            needs |= OD_MIDIOUT_GAVE;
        }
    }
    return needs;
}

size_t
od_midiout_unended(const struct od_midiout *out)
{
    size_t n = 0;
    for (size_t i = 0; i < out->n_ports; i++) {
        const struct od_midiout_port *port = &out->ports[i];
        n += state_of(port) == OD_MIDI_OPEN ? od_debt_count(&port->debt) : 0;
    }
    return n;
}

/* ---- the control thread's ---------------------------------------------------------------------
 */

void
od_midiout_init(struct od_midiout *out)
{
    memset(out, 0, sizeof *out);
}

int
od_midiout_add(struct od_midiout *out, enum od_midi_kind kind, const char *name)
{
    for (size_t i = 0; i < out->n_ports; i++) {
        if (out->ports[i].kind == kind && strcmp(out->ports[i].wanted, name) == 0) {
            return (int)i;
        }
    }
    if (out->n_ports == OD_PORTS_MAX || strlen(name) >= OD_MIDIOUT_PATH) {
        return -1;
    }
    struct od_midiout_port *ports = realloc(out->ports, (out->n_ports + 1) * sizeof *ports);
    if (ports == NULL) {
        return OD_MIDIOUT_NO_MEMORY;
    }
    out->ports = ports;
    struct od_midiout_port *port = &ports[out->n_ports];
    memset(port, 0, sizeof *port);
    port->kind = kind;
    port->fd = -1;
    snprintf(port->wanted, sizeof port->wanted, "%s", name);
    return (int)out->n_ports++;
}

bool
od_midiout_connected(const struct od_midiout *out, size_t port)
{
    return port < out->n_ports && state_of(&out->ports[port]) == OD_MIDI_OPEN;
}

const char *
od_midiout_name(const struct od_midiout *out, size_t port)
{
    if (port >= out->n_ports) {
        return "";
    }
    const struct od_midiout_port *p = &out->ports[port];
    return p->kind == OD_MIDI_PORTMIDI && p->info.name[0] != '\0' ? p->info.name : p->wanted;
}

static void
came_up(struct od_midiout_port *port)
{
    if (!port->up) {
        port->news = port->ever_up ? OD_MIDIOUT_BACK : OD_MIDIOUT_OPENED;
    }
    port->up = true;
    port->ever_up = true;
    pass(port, OD_MIDI_OPEN);
}

static void
went_down(struct od_midiout_port *port)
{
    if (port->up) {
        port->news = OD_MIDIOUT_LOST;
        od_counter_add(&port->lost, 1);
    }
    port->up = false;
    pass(port, OD_MIDI_CLOSED);
}

/* A file is begun anew the first time only. */
static int
raw_flags(const struct od_midiout_port *port)
{
    struct stat status;
    int flags = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    if (stat(port->wanted, &status) != 0) {
        return errno == ENOENT && strncmp(port->wanted, "/dev/", 5) != 0 ? flags | O_CREAT : flags;
    }
    if (S_ISREG(status.st_mode)) {
        return flags | (port->ever_up ? O_APPEND : O_TRUNC);
    }
    return flags;
}

static void
open_raw(struct od_midiout_port *port)
{
    port->fd = open(port->wanted, raw_flags(port), 0666);
    if (port->fd < 0) {
        return;
    }
    port->running = 0;
    came_up(port);
}

static void
close_raw(struct od_midiout_port *port)
{
    if (port->fd >= 0) {
        close(port->fd);
        port->fd = -1;
    }
}

static bool
same_place(const struct od_midiport_info *a, const struct od_midiport_info *b)
{
    return a->client == b->client && a->port == b->port && strcmp(a->name, b->name) == 0;
}

/* Where a PortMidi port is now: where it was, else under the full name it had, else under what was
 * asked for. */
static int
find_port(const struct od_midiout_port *port, const struct od_midiport_info *list, size_t n)
{
    int named = OD_MIDIPORT_NONE;
    if (port->wanted[0] == '\0') {
        return OD_MIDIPORT_NONE;
    }
    for (size_t i = n; i-- > 0 && port->info.name[0] != '\0';) {
        if (same_place(&list[i], &port->info)) {
            return (int)i;
        }
        if (list[i].is_output && strcmp(list[i].name, port->info.name) == 0) {
            named = (int)i;
        }
    }
    return named >= 0 ? named : od_midiport_find(list, n, port->wanted);
}

/* PortMidi opens a device once: two names may mean the same. */
static bool
borrow(struct od_midiout *out, struct od_midiout_port *port, const struct od_midiport_info *info)
{
    for (size_t i = 0; i < out->n_ports; i++) {
        const struct od_midiout_port *other = &out->ports[i];
        if (other != port && other->kind == OD_MIDI_PORTMIDI && other->stream != NULL &&
            same_place(&other->info, info)) {
            port->stream = other->stream;
            return true;
        }
    }
    return false;
}

static void
open_portmidi(struct od_midiout *out, struct od_midiout_port *port,
              const struct od_midiport_info *list, size_t n)
{
    int found = find_port(port, list, n);
    if (found < 0) {
        went_down(port);
        return;
    }
    port->borrowed = borrow(out, port, &list[found]);
    if (!port->borrowed && od_midiport_open(&list[found], &port->stream) != OD_OK) {
        port->stream = NULL;
        port->tried = list[found];
        went_down(port);
        return;
    }
    port->info = list[found];
    memset(&port->tried, 0, sizeof port->tried);
    came_up(port);
}

static void
close_portmidi(struct od_midiout *out)
{
    for (size_t i = 0; i < out->n_ports; i++) {
        struct od_midiout_port *port = &out->ports[i];
        if (port->kind == OD_MIDI_PORTMIDI && port->stream != NULL && !port->borrowed) {
            od_midiport_close(port->stream);
        }
        port->stream = NULL;
    }
    if (out->started) {
        od_midiport_stop();
        out->started = false;
    }
}

/* PortMidi sees only what was there when it was started, and a dead stream takes the others along:
 * all is closed and opened again. */
static void
restart_portmidi(struct od_midiout *out)
{
    struct od_midiport_info list[OD_MIDIPORT_MAX];
    close_portmidi(out);
    out->started = od_midiport_start();
    size_t n = out->started ? od_midiport_list(NULL, list, OD_MIDIPORT_MAX) : 0;
    for (size_t i = 0; i < out->n_ports; i++) {
        if (out->ports[i].kind == OD_MIDI_PORTMIDI) {
            open_portmidi(out, &out->ports[i], list, n);
        }
    }
    atomic_store_explicit(&out->recall, false, memory_order_release);
}

static size_t
portmidi_in(const struct od_midiout *out, enum od_midi_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < out->n_ports; i++) {
        const struct od_midiout_port *port = &out->ports[i];
        n += port->kind == OD_MIDI_PORTMIDI && state_of(port) == state ? 1 : 0;
    }
    return n;
}

static void
take_back(struct od_midiout *out)
{
    for (size_t i = 0; i < out->n_ports; i++) {
        struct od_midiout_port *port = &out->ports[i];
        if (port->kind == OD_MIDI_RAW && state_of(port) == OD_MIDI_BACK) {
            close_raw(port);
            went_down(port);
        }
    }
    /* Until the player has given the last one, PortMidi is the player's. */
    if (portmidi_in(out, OD_MIDI_BACK) > 0 && portmidi_in(out, OD_MIDI_OPEN) == 0) {
        restart_portmidi(out);
    }
}

/* True if PortMidi must be started anew: an open port is no more where it was (nobody would notice
 * while nothing is sent), or a closed one can be opened. */
static bool
portmidi_changed(struct od_midiout *out)
{
    struct od_midiport_info list[OD_MIDIPORT_MAX];
    size_t n = od_midiport_list(NULL, list, OD_MIDIPORT_MAX);
    bool alone = portmidi_in(out, OD_MIDI_OPEN) == 0;
    for (size_t i = 0; i < out->n_ports; i++) {
        struct od_midiout_port *port = &out->ports[i];
        if (port->kind != OD_MIDI_PORTMIDI) {
            continue;
        }
        int found = find_port(port, list, n);
        bool open = state_of(port) == OD_MIDI_OPEN;
        if (open && (found < 0 || !same_place(&list[found], &port->info))) {
            return true;
        }
        /* What failed before is not worth interrupting other ports for. */
        if (!open && found >= 0 && (alone || !same_place(&list[found], &port->tried))) {
            return true;
        }
    }
    return false;
}

static void
look(struct od_midiout *out)
{
    bool any = false;
    for (size_t i = 0; i < out->n_ports; i++) {
        struct od_midiout_port *port = &out->ports[i];
        any = any || port->kind == OD_MIDI_PORTMIDI;
        if (port->kind == OD_MIDI_RAW && state_of(port) == OD_MIDI_CLOSED) {
            open_raw(port);
        }
    }
    if (!any || !portmidi_changed(out)) {
        return;
    }
    if (portmidi_in(out, OD_MIDI_OPEN) == 0) {
        restart_portmidi(out);
    } else {
        atomic_store_explicit(&out->recall, true, memory_order_release);
    }
}

enum od_midiout_change
od_midiout_poll(struct od_midiout *out, od_nsec now, size_t *port)
{
    take_back(out);
    if (now >= out->next_look) {
        out->next_look = now + OD_MIDIOUT_RETRY;
        look(out);
    }
    for (size_t i = 0; i < out->n_ports; i++) {
        enum od_midiout_change news = out->ports[i].news;
        if (news != OD_MIDIOUT_NOTHING) {
            out->ports[i].news = OD_MIDIOUT_NOTHING;
            *port = i;
            return news;
        }
    }
    return OD_MIDIOUT_NOTHING;
}

enum od_status
od_midiout_rename(struct od_midiout *out, size_t port, const char *name, char *error)
{
    struct od_midiport_info list[OD_MIDIPORT_MAX];
    struct od_midiout_port *p = &out->ports[port];
    if (port >= out->n_ports || p->kind != OD_MIDI_PORTMIDI || strlen(name) >= OD_MIDIOUT_PATH) {
        snprintf(error, OD_MIDIOUT_ERROR, "this output cannot have another port");
        return OD_EUNAVAILABLE;
    }
    size_t n = od_midiport_list(NULL, list, OD_MIDIPORT_MAX);
    int found = od_midiport_find(list, n, name);
    if (found < 0) {
        snprintf(error, OD_MIDIOUT_ERROR,
                 found == OD_MIDIPORT_NONE ? "no MIDI output '%s'"
                                           : "several MIDI outputs have '%s' in their name",
                 name);
        return OD_EUNAVAILABLE;
    }
    snprintf(p->wanted, sizeof p->wanted, "%s", name);
    memset(&p->info, 0, sizeof p->info);
    p->up = false;
    p->ever_up = false;
    out->next_look = 0;
    if (portmidi_in(out, OD_MIDI_OPEN) > 0) {
        atomic_store_explicit(&out->recall, true, memory_order_release);
    }
    return OD_OK;
}

void
od_midiout_close(struct od_midiout *out)
{
    for (size_t i = 0; i < out->n_ports; i++) {
        struct od_midiout_port *port = &out->ports[i];
        if (port->kind == OD_MIDI_RAW) {
            ready(out, port);
            close_raw(port);
        }
        port->up = false;
        pass(port, OD_MIDI_CLOSED);
    }
    close_portmidi(out);
    free(out->ports);
    out->ports = NULL;
    out->n_ports = 0;
}
