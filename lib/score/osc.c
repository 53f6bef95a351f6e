#include "score/osc.h"

#include <lo/lo.h>
#include <stdlib.h>
#include <string.h>

#define BUNDLE_DEPTH_MAX 8

static size_t
padded(size_t size)
{
    return (size + 3) / 4 * 4;
}

static int
add_argument(lo_message message, const struct od_osc_arg *arg)
{
    switch (arg->type) {
    case 'i':
        return lo_message_add_int32(message, arg->i);
    case 'f':
        return lo_message_add_float(message, arg->f);
    case 'd':
        return lo_message_add_double(message, arg->d);
    default:
        return lo_message_add_string(message, arg->s);
    }
}

/* liblo does not say where it put an argument; the layout of OSC 1.0 does. */
static void
set_offsets(const char *address, struct od_osc_arg *args, size_t n_args)
{
    size_t at = padded(strlen(address) + 1) + padded(1 + n_args + 1);
    for (size_t i = 0; i < n_args; i++) {
        args[i].offset = (uint32_t)at;
        at += args[i].type == 's'   ? padded(strlen(args[i].s) + 1)
              : args[i].type == 'd' ? sizeof(double)
                                    : 4;
    }
}

enum od_status
od_osc_serialise(const char *address, struct od_osc_arg *args, size_t n_args, struct od_buf *out,
                 size_t *size)
{
    enum od_status status = OD_ENOMEM;
    void *bytes = NULL;
    lo_message message = lo_message_new();
    if (message == NULL) {
        return OD_ENOMEM;
    }
    for (size_t i = 0; i < n_args; i++) {
        if (add_argument(message, &args[i]) < 0) {
            goto done;
        }
    }
    *size = lo_message_length(message, address);
    bytes = malloc(*size); /* liblo does not look whether there was memory */
    if (bytes != NULL && lo_message_serialise(message, address, bytes, size) != NULL &&
        od_buf_append(out, bytes, *size)) {
        set_offsets(address, args, n_args);
        status = OD_OK;
    }
done:
    free(bytes);
    lo_message_free(message);
    return status;
}

/* liblo hands out arguments where they lie: at multiples of 4, which is less than a lo_arg asks
 * for. */
static void
print_argument(struct od_buf *out, char type, const void *at)
{
    lo_arg arg;
    switch (type) {
    case LO_INT32:
        memcpy(&arg.i32, at, sizeof arg.i32);
        od_buf_printf(out, "%d", arg.i32);
        break;
    case LO_INT64:
        memcpy(&arg.i64, at, sizeof arg.i64);
        od_buf_printf(out, "%lld", (long long)arg.i64);
        break;
    case LO_FLOAT:
        memcpy(&arg.f, at, sizeof arg.f);
        od_buf_float(out, arg.f);
        break;
    case LO_DOUBLE:
        memcpy(&arg.d, at, sizeof arg.d);
        od_buf_double(out, arg.d);
        break;
    case LO_STRING:
    case LO_SYMBOL:
        od_buf_json_string(out, at);
        break;
    case LO_TRUE:
        od_buf_printf(out, "true");
        break;
    case LO_FALSE:
        od_buf_printf(out, "false");
        break;
    default: /* nil, blobs and the like have no counterpart in JSON */
        od_buf_printf(out, "null");
    }
}

static enum od_status
print_message(unsigned char *bytes, size_t size, struct od_buf *out)
{
    int result = 0;
    if (size < 8 || bytes[0] != '/') {
        return OD_EDATA;
    }
    lo_message message = lo_message_deserialise(bytes, size, &result);
    if (message == NULL) {
        return OD_EDATA;
    }
    od_buf_append(out, "[", 1);
    od_buf_json_string(out, (const char *)bytes);
    const char *types = lo_message_get_types(message);
    lo_arg **args = lo_message_get_argv(message);
    int n = lo_message_get_argc(message);
    for (int i = 0; i < n; i++) {
        od_buf_append(out, ",", 1);
        print_argument(out, types[i], args[i]);
    }
    od_buf_append(out, "]\n", 2);
    lo_message_free(message);
    return out->failed ? OD_ENOMEM : OD_OK;
}

static size_t
load_size(const unsigned char *bytes)
{
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 |
           (size_t)bytes[3];
}

static enum od_status
print_packet(unsigned char *bytes, size_t size, struct od_buf *out, int depth)
{
    if (size < OD_OSC_BUNDLE_HEADER || memcmp(bytes, "#bundle", 8) != 0) {
        return print_message(bytes, size, out);
    }
    if (depth == BUNDLE_DEPTH_MAX) {
        return OD_EDATA;
    }
    enum od_status status = OD_OK;
    for (size_t at = OD_OSC_BUNDLE_HEADER; at < size && status == OD_OK;) {
        size_t element = size - at >= 4 ? load_size(bytes + at) : 0;
        at += 4;
        if (element == 0 || element % 4 != 0 || element > size - at) {
            return OD_EDATA;
        }
        status = print_packet(bytes + at, element, out, depth + 1);
        at += element;
    }
    return status;
}

enum od_status
od_osc_packet_json(const void *packet, size_t size, struct od_buf *out)
{
    unsigned char *copy = malloc(size + 1); /* liblo takes no const bytes */
    if (copy == NULL) {
        return OD_ENOMEM;
    }
    memcpy(copy, packet, size);
    enum od_status status = print_packet(copy, size, out, 0);
    free(copy);
    return status;
}
