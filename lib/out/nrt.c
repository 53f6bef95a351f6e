#include "out/nrt.h"

#include <string.h>

#include "score/osc.h"
#include "world/udp.h"

#define LENGTH 4 /* bytes in front of each bundle */

uint64_t
od_nrt_tag(od_nsec time)
{
    od_nsec seconds = time / OD_NSEC_PER_SEC - (time % OD_NSEC_PER_SEC < 0);
    uint64_t rest = (uint64_t)(time - seconds * OD_NSEC_PER_SEC);
    return (uint64_t)seconds << 32 | (rest << 32) / (uint64_t)OD_NSEC_PER_SEC;
}

enum od_status
od_nrt_write(FILE *file, od_nsec time, unsigned char *bundle, size_t size)
{
    const unsigned char length[LENGTH] = {(unsigned char)(size >> 24), (unsigned char)(size >> 16),
                                          (unsigned char)(size >> 8), (unsigned char)size};
    od_bundle_stamp(bundle, od_nrt_tag(time));
    if (fwrite(length, sizeof length, 1, file) != 1 || fwrite(bundle, size, 1, file) != 1) {
        return OD_EIO;
    }
    return OD_OK;
}

enum od_status
od_nrt_end(FILE *file, od_nsec time)
{
    unsigned char bundle[OD_OSC_BUNDLE_HEADER] = "#bundle";
    return od_nrt_write(file, time, bundle, sizeof bundle);
}

static uint64_t
load(const unsigned char *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

void
od_nrt_shift(char *bytes, size_t size, od_nsec span)
{
    unsigned char *at = (unsigned char *)bytes;
    uint64_t more = od_nrt_tag(span);
    while (more > 0 && size >= LENGTH + OD_OSC_BUNDLE_HEADER) {
        size_t length = (size_t)load(at, LENGTH);
        uint64_t tag = load(at + LENGTH + OD_OSC_TAG_OFFSET, sizeof tag);
        od_bundle_stamp(at + LENGTH, tag + more);
        at += LENGTH + length;
        size -= LENGTH + length;
    }
}
