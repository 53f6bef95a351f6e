/* OSC packets as they come in: bundles, nested or broken, messages, anything. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "score/osc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct od_buf out = {0};
    unsigned char *packet = malloc(size + 1); /* exactly sized: reading past it is seen */
    memcpy(packet, data, size);
    (void)od_osc_packet_json(packet, size, &out);
    od_buf_clear(&out);
    free(packet);
    return 0;
}
