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
#define EVENT_BUFFER      16 /* unused with latency 0, but PortMidi wants one */

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

int
od_midiport_find(const struct od_midiport_info *ports, size_t n, const char *name)
{
    int found = OD_MIDIPORT_NONE;
    for (size_t i = 0; i < n; i++) {
        if (!ports[i].is_output) {
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

/* PortMidi tells names only. Of several outputs with one name it is the same of them here as in the
 * kernel's list: both are in order of address. */
static PmDeviceID
device_of(const struct od_midiport_info *info)
{
    struct od_midiport_info ports[OD_MIDIPORT_MAX];
    size_t n = od_midiport_list(NULL, ports, OD_MIDIPORT_MAX);
    int before = 0; /* outputs of that name before the one that is meant */
    for (size_t i = 0; i < n; i++) {
        if (ports[i].client == info->client && ports[i].port == info->port) {
            break;
        }
        before += ports[i].is_output && strcmp(ports[i].name, info->name) == 0 ? 1 : 0;
    }
    PmDeviceID last = pmNoDevice;
    for (PmDeviceID id = 0; id < Pm_CountDevices() && before >= 0; id++) {
        const PmDeviceInfo *device = Pm_GetDeviceInfo(id);
        if (device != NULL && device->output && strcmp(device->name, info->name) == 0) {
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
    PmDeviceID device = device_of(info);
    if (device == pmNoDevice ||
        Pm_OpenOutput(&opened, device, NULL, EVENT_BUFFER, NULL, NULL, 0) != pmNoError) {
        return OD_EUNAVAILABLE;
    }
    *stream = opened;
    return OD_OK;
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
    for (size_t i = 0; i < size && i < 3; i++) {
        message |= (int32_t)bytes[i] << (8 * i);
    }
    return Pm_WriteShort(stream, 0, message) == pmNoError;
}
