#include "world/midiport.h"

#include <ctype.h>
#include <portmidi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SEQUENCER_DEVICE  "/dev/snd/seq"
#define SEQUENCER_CLIENTS "/proc/asound/seq/clients"
#define INPUT_BUFFER      4096
#define READ_AT_ONCE      64
#define SYSEX             0xf0u /* it ends with 0xf7 */
#define EVENT_BUFFER      16    /* unused with latency 0, but PortMidi wants one */

/* "  Port   0 : …" → 0 */
static bool
scan_number(const char *line, const char *word, int *number)
{
    char *end = NULL;
    line += strspn(line, " ");
    size_t length = strlen(word);
    if (strncmp(line, word, length) != 0 || line[length] != ' ') {
        return false;
    }
    *number = (int)strtol(line + length, &end, 10);
    return end != line + length && strncmp(end, " :", 2) == 0;
}

/*   Port   0 : "Name" (RWe-): lower case r and w may not be subscribed to, so they are no ports for
 * others. */
static bool
scan_port(const char *line, int client, struct od_midiport_info *info)
{
    const char *open = strchr(line, '"');
    const char *close = strrchr(line, '"');
    const char *flags = close != NULL ? strchr(close, '(') : NULL;
    if (!scan_number(line, "Port", &info->port) || open == close || flags == NULL ||
        strlen(flags) < 3) {
        return false;
    }
    size_t length = (size_t)(close - open - 1);
    if (length >= sizeof info->name) {
        length = sizeof info->name - 1;
    }
    memcpy(info->name, open + 1, length);
    info->name[length] = '\0';
    info->client = client;
    info->is_input = flags[1] == 'R';
    info->is_output = flags[2] == 'W';
    return info->is_input || info->is_output;
}

size_t
od_midiport_list(const char *file, struct od_midiport_info *ports, size_t max)
{
    char line[512];
    int client = 0;
    size_t n = 0;
    FILE *clients = fopen(file != NULL ? file : SEQUENCER_CLIENTS, "re");
    if (clients == NULL) {
        return 0;
    }
    while (n < max && fgets(line, sizeof line, clients) != NULL) {
        int number = 0;
        if (scan_number(line, "Client", &number)) {
            client = number;
        } else if (client != 0 &&
                   scan_port(line, client, &ports[n])) { /* 0: timer, announcements */
            n++;
        }
    }
    fclose(clients);
    return n;
}

static bool
contains(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (; *text != '\0'; text++) {
        if (strncasecmp(text, part, length) == 0) {
            return true;
        }
    }
    return false;
}

/* One that is used that way: as an input, or as an output. */
static bool
serves(const struct od_midiport_info *port, bool input)
{
    return input ? port->is_input : port->is_output;
}

static int
find(const struct od_midiport_info *ports, size_t n, const char *name, bool input)
{
    int found = OD_MIDIPORT_NONE;
    for (size_t i = 0; i < n; i++) {
        if (!serves(&ports[i], input)) {
            continue;
        }
        if (strcmp(ports[i].name, name) == 0) {
            return (int)i;
        }
        if (found == OD_MIDIPORT_AMBIGUOUS || !contains(ports[i].name, name)) {
            continue;
        }
        if (found == OD_MIDIPORT_NONE) {
            found = (int)i;
        } else if (strcmp(ports[found].name, ports[i].name) != 0) {
            found = OD_MIDIPORT_AMBIGUOUS;
        }
    }
    return found;
}

int
od_midiport_find(const struct od_midiport_info *ports, size_t n, const char *name)
{
    return find(ports, n, name, false);
}

int
od_midiport_find_input(const struct od_midiport_info *ports, size_t n, const char *name)
{
    return find(ports, n, name, true);
}

/* Asked before PortMidi is: alsa-lib would write a line to standard error. */
bool
od_midiport_available(void)
{
    return access(SEQUENCER_DEVICE, R_OK | W_OK) == 0;
}

bool
od_midiport_start(void)
{
    return od_midiport_available() && Pm_Initialize() == pmNoError;
}

void
od_midiport_stop(void)
{
    Pm_Terminate();
}

/* PortMidi tells names only. Of several ports with one name it is the same of them here as in the
 * kernel's list: both are in order of address. */
static PmDeviceID
device_of(const struct od_midiport_info *info, bool input)
{
    struct od_midiport_info ports[OD_MIDIPORT_MAX];
    size_t n = od_midiport_list(NULL, ports, OD_MIDIPORT_MAX);
    int before = 0; /* ports of that name before the one that is meant */
    for (size_t i = 0; i < n; i++) {
        if (ports[i].client == info->client && ports[i].port == info->port) {
            break;
        }
        before += serves(&ports[i], input) && strcmp(ports[i].name, info->name) == 0 ? 1 : 0;
    }
    PmDeviceID last = pmNoDevice;
    for (PmDeviceID id = 0; id < Pm_CountDevices() && before >= 0; id++) {
        const PmDeviceInfo *device = Pm_GetDeviceInfo(id);
        if (device != NULL && (input ? device->input : device->output) != 0 &&
            strcmp(device->name, info->name) == 0) {
            last = id;
            before--;
        }
    }
    return last;
}

enum od_status
od_midiport_open(const struct od_midiport_info *info, void **stream)
{
    PmStream *opened = NULL;
    PmDeviceID device = device_of(info, false);
    if (device == pmNoDevice ||
        Pm_OpenOutput(&opened, device, NULL, EVENT_BUFFER, NULL, NULL, 0) != pmNoError) {
        return OD_EUNAVAILABLE;
    }
    *stream = opened;
    return OD_OK;
}

enum od_status
od_midiport_open_input(const struct od_midiport_info *info, void **stream)
{
    PmStream *opened = NULL;
    PmDeviceID device = device_of(info, true);
    if (device == pmNoDevice ||
        Pm_OpenInput(&opened, device, NULL, INPUT_BUFFER, NULL, NULL) != pmNoError) {
        return OD_EUNAVAILABLE;
    }
    Pm_SetFilter(opened, PM_FILT_ACTIVE | PM_FILT_SYSEX);
    *stream = opened;
    return OD_OK;
}

/* PortMidi has the bytes of a message in a number, the first lowest; how many there are is for the
 * status byte to say. */
static size_t
unpack(PmMessage message, unsigned char *bytes)
{
    unsigned status = (unsigned)message & 0xffu;
    unsigned kind = status & 0xf0u;
    size_t size = kind == 0xc0u || kind == 0xd0u || status == 0xf1u || status == 0xf3u ? 2 : 3;
    size = status > 0xf3u ? 1 : size;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)((unsigned)message >> (8 * i));
    }
    return size;
}

size_t
od_midiport_read(void *stream, unsigned char *bytes, size_t size, uint64_t *lost)
{
    PmEvent events[READ_AT_ONCE];
    size_t length = 0;
    int most = size / 3 < READ_AT_ONCE ? (int)(size / 3) : READ_AT_ONCE;
    int n = Pm_Read(stream, events, most);
    if (n < 0) {
        *lost += n == pmBufferOverflow ? 1 : 0;
        return 0;
    }
    for (int i = 0; i < n; i++) {
        length += unpack(events[i].message, bytes + length);
    }
    return length;
}

void
od_midiport_close(void *stream)
{
    Pm_Close(stream); /* an error only says that the device was gone; the stream is freed */
}

bool
od_midiport_write(void *stream, const unsigned char *bytes, size_t size)
{
    int32_t message = 0;
    if (bytes[0] == SYSEX) {
        return Pm_WriteSysEx(stream, 0, (unsigned char *)(uintptr_t)bytes) == pmNoError;
    }
    for (size_t i = 0; i < size && i < 3; i++) {
        message |= (int32_t)bytes[i] << (8 * i);
    }
    return Pm_WriteShort(stream, 0, message) == pmNoError;
}
