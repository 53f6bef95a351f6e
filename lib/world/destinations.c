#include "world/destinations.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text/json.h"

#define POINTER_MAX 256
#define MESSAGE_MAX 512
#define ITEMS_MAX   256

/* One destination while it is read: what was said, and where. */
struct reading {
    struct od_destinations *destinations;
    struct od_diag_list *diags;
    struct od_json json;
    struct od_destination item;
    bool has_type;
    bool out_of_memory;
};

OD_PRINTF(5, 6)
static void
find(struct reading *reading, enum od_severity severity, size_t offset, const char *code,
     const char *format, ...)
{
    char pointer[POINTER_MAX];
    char message[MESSAGE_MAX];
    va_list args;
    if (reading->json.broken) { /* what is missing then was cut off */
        return;
    }
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    od_json_pointer(&reading->json, pointer, sizeof pointer);
    od_diag_add(reading->diags, severity, offset, pointer, code, "%s", message);
}

static void
find_unknown_key(struct reading *reading, struct od_json_string key, size_t key_at)
{
    static const char *const known[] = {
        "type", "host", "port", "address", "port_name", "default_channel", "offset_ms", "clock"};
    char name[64] = "";
    memcpy(name, key.text, key.length < sizeof name ? key.length : sizeof name - 1);
    const char *near = od_diag_nearest(name, known, sizeof known / sizeof known[0]);
    if (near != NULL) {
        find(reading, OD_WARNING, key_at, "unknown-key", "unknown key '%s'; did you mean '%s'?",
             name, near);
    } else {
        find(reading, OD_WARNING, key_at, "unknown-key", "unknown key '%s'", name);
    }
}

/* Reads a string, or says that it should be one and gives NULL. */
static const char *
read_string(struct reading *reading, const char *key)
{
    if (od_json_peek(&reading->json) != OD_JSON_STRING) {
        find(reading, OD_ERROR, od_json_offset(&reading->json), "wrong-type",
             "'%s' must be a string", key);
        od_json_skip(&reading->json);
        return NULL;
    }
    size_t at = od_json_offset(&reading->json);
    struct od_json_string text = od_json_text(&reading->json);
    if (text.length == 0) {
        find(reading, OD_ERROR, at, "empty", "'%s' must not be empty", key);
    }
    const char *copy = od_arena_string(&reading->destinations->arena, text.text, text.length);
    reading->out_of_memory = reading->out_of_memory || copy == NULL;
    return copy;
}

static unsigned
read_number(struct reading *reading, const char *what, int64_t low, int64_t high)
{
    int64_t value = low - 1;
    enum od_json_type type = od_json_peek(&reading->json);
    size_t at = od_json_offset(&reading->json);
    if (type == OD_JSON_INT) {
        value = od_json_int(&reading->json);
    } else {
        od_json_skip(&reading->json);
    }
    if (value < low || value > high) {
        find(reading, OD_ERROR, at, "out-of-range", "%s", what);
        return (unsigned)low;
    }
    return (unsigned)value;
}

static void
read_offset(struct reading *reading)
{
    size_t at = od_json_offset(&reading->json);
    enum od_json_type type = od_json_peek(&reading->json);
    bool number = type == OD_JSON_INT || type == OD_JSON_REAL;
    double ms = type == OD_JSON_INT    ? (double)od_json_int(&reading->json)
                : type == OD_JSON_REAL ? od_json_real(&reading->json)
                                       : NAN;
    if (!number) {
        od_json_skip(&reading->json);
    }
    if (!(fabs(ms) <= OD_OFFSET_MAX_MS)) {
        find(reading, OD_ERROR, at, "out-of-range",
             "'offset_ms' must be a number of milliseconds, -%d to %d", OD_OFFSET_MAX_MS,
             OD_OFFSET_MAX_MS);
        return;
    }
    reading->item.has_offset = true;
    reading->item.offset = llrint(ms * (double)OD_NSEC_PER_MS);
}

static void
read_clock(struct reading *reading)
{
    if (od_json_peek(&reading->json) != OD_JSON_BOOL) {
        find(reading, OD_ERROR, od_json_offset(&reading->json), "wrong-type",
             "'clock' must be true or false");
        od_json_skip(&reading->json);
        return;
    }
    reading->item.has_clock = true;
    reading->item.clock = od_json_bool(&reading->json);
}

static void
read_type(struct reading *reading)
{
    const char *type = read_string(reading, "type");
    reading->has_type = true;
    if (type == NULL) {
        return;
    }
    reading->item.midi = strcmp(type, "midi") == 0;
    if (!reading->item.midi && strcmp(type, "osc") != 0) {
        find(reading, OD_ERROR, od_json_offset(&reading->json), "unknown-type",
             "unknown type '%s': must be \"osc\" or \"midi\"", type);
    }
}

static void
read_address(struct reading *reading)
{
    reading->item.address = read_string(reading, "address");
    if (reading->item.address != NULL && reading->item.address[0] != '/') {
        find(reading, OD_ERROR, od_json_offset(&reading->json), "bad-address",
             "OSC address '%s' must begin with '/'", reading->item.address);
    }
}

static void
read_member(struct reading *reading, struct od_json_string key, size_t key_at)
{
    struct od_destination *item = &reading->item;
    if (od_json_is(key, "type")) {
        read_type(reading);
    } else if (od_json_is(key, "host")) {
        item->host = read_string(reading, "host");
    } else if (od_json_is(key, "port")) {
        item->port = read_number(reading, "'port' must be a whole number, 1 to 65535", 1, 65535);
    } else if (od_json_is(key, "address")) {
        read_address(reading);
    } else if (od_json_is(key, "port_name")) {
        item->port_name = read_string(reading, "port_name");
    } else if (od_json_is(key, "default_channel")) {
        item->channel = (uint8_t)read_number(
            reading, "'default_channel' must be a whole number, 0 to 15", 0, 15);
    } else if (od_json_is(key, "offset_ms")) {
        read_offset(reading);
    } else if (od_json_is(key, "clock")) {
        read_clock(reading);
    } else {
        find_unknown_key(reading, key, key_at);
        od_json_skip(&reading->json);
    }
}

static void
check_complete(struct reading *reading, const char *id, size_t at)
{
    struct od_destination *item = &reading->item;
    if (!reading->has_type) {
        find(reading, OD_ERROR, at, "missing-key", "destination '%s' has no type", id);
    } else if (item->midi && item->port_name == NULL) {
        find(reading, OD_ERROR, at, "missing-key", "MIDI destination '%s' has no port_name", id);
    } else if (!item->midi && item->port == 0) {
        find(reading, OD_ERROR, at, "missing-key", "OSC destination '%s' has no port", id);
    }
    if (item->midi && (item->host != NULL || item->port != 0 || item->address != NULL)) {
        find(reading, OD_WARNING, at, "unused-key",
             "MIDI destination '%s' has no use for host, port or address", id);
    }
    if (!item->midi && item->has_clock) {
        find(reading, OD_WARNING, at, "unused-key", "OSC destination '%s' has no use for a clock",
             id);
    }
}

static void
complete(struct od_destination *item)
{
    if (!item->midi) {
        item->host = item->host != NULL ? item->host : OD_SUPERDIRT_HOST;
        item->address = item->address != NULL ? item->address : OD_SUPERDIRT_ADDRESS;
    }
}

static bool
store(struct od_destinations *destinations, const struct od_destination *item)
{
    for (size_t i = 0; i < destinations->count; i++) {
        if (strcmp(destinations->items[i].id, item->id) == 0) {
            destinations->items[i] = *item;
            return true;
        }
    }
    if (destinations->count == ITEMS_MAX) {
        return false;
    }
    destinations->items[destinations->count++] = *item;
    return true;
}

static void
read_destination(struct reading *reading, struct od_json_string id)
{
    struct od_json *json = &reading->json;
    struct od_json_keys keys = {0};
    struct od_json_string key;
    size_t key_at = 0;
    const char *name = od_arena_string(&reading->destinations->arena, id.text, id.length);
    enum od_json_type type = od_json_peek(json);
    size_t at = od_json_offset(json);
    if (name == NULL) {
        reading->out_of_memory = true;
        return;
    }
    if (type != OD_JSON_OBJECT || !od_json_enter(json)) {
        find(reading, OD_ERROR, at, "wrong-type", "destination '%s' must be an object", name);
        od_json_skip(json);
        return;
    }
    reading->item = (struct od_destination){.id = name};
    reading->has_type = false;
    while (od_json_key(json, &key, &key_at)) {
        if (od_json_keys_add(json, &keys, key, key_at)) {
            read_member(reading, key, key_at);
        } else {
            od_json_skip(json);
        }
    }
    check_complete(reading, name, at);
    complete(&reading->item);
    if (!store(reading->destinations, &reading->item)) {
        find(reading, OD_ERROR, at, "too-many", "too many destinations at '%s'", name);
    }
}

static void
read_all(struct reading *reading)
{
    struct od_json *json = &reading->json;
    struct od_json_keys keys = {0};
    struct od_json_string key;
    size_t key_at = 0;
    enum od_json_type type = od_json_peek(json);
    if (json->broken) {
        return;
    }
    if (type != OD_JSON_OBJECT || !od_json_enter(json)) {
        find(reading, OD_ERROR, od_json_offset(json), "wrong-type",
             "destinations must be an object: id to destination");
        return;
    }
    while (od_json_key(json, &key, &key_at) && !reading->out_of_memory) {
        if (od_json_keys_add(json, &keys, key, key_at)) {
            read_destination(reading, key);
        } else {
            od_json_skip(json);
        }
    }
    od_json_finish(json);
}

enum od_status
od_destinations_default(struct od_destinations *destinations, const char *host, unsigned port)
{
    memset(destinations, 0, sizeof *destinations);
    destinations->items =
        od_arena_array(&destinations->arena, ITEMS_MAX, sizeof *destinations->items);
    const char *copy = od_arena_string(&destinations->arena, host, strlen(host));
    if (destinations->items == NULL || copy == NULL) {
        od_destinations_clear(destinations);
        return OD_ENOMEM;
    }
    destinations->items[0] = (struct od_destination){
        .id = OD_SUPERDIRT_ID, .host = copy, .port = port, .address = OD_SUPERDIRT_ADDRESS};
    destinations->count = 1;
    return OD_OK;
}

enum od_status
od_destinations_read(struct od_destinations *destinations, const struct od_source *source,
                     struct od_diag_list *diags)
{
    struct reading reading = {.destinations = destinations, .diags = diags};
    od_json_init(&reading.json, source, diags, &destinations->arena);
    read_all(&reading);
    if (reading.out_of_memory || diags->out_of_memory) {
        return OD_ENOMEM;
    }
    return diags->errors > 0 ? OD_EDATA : OD_OK;
}

void
od_destinations_clear(struct od_destinations *destinations)
{
    od_arena_clear(&destinations->arena);
    destinations->items = NULL;
    destinations->count = 0;
}
