#include "out/nrt.h"

#include <string.h>

#include "score/osc.h"
#include "world/udp.h"

uint64_t
od_nrt_tag(od_nsec time)
{
    if (time <= 0) {
        return 0;
    }
    uint64_t seconds = (uint64_t)(time / OD_NSEC_PER_SEC);
    uint64_t rest = (uint64_t)(time % OD_NSEC_PER_SEC);
    return seconds << 32 | (rest << 32) / (uint64_t)OD_NSEC_PER_SEC;
}

enum od_status
od_nrt_write(FILE *file, od_nsec time, unsigned char *bundle, size_t size)
{
    const unsigned char length[4] = {(unsigned char)(size >> 24), (unsigned char)(size >> 16),
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
