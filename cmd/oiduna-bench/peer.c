#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE (30 * OD_NSEC_PER_SEC)

enum od_status
bench_peer_start(const struct bench_run *run, struct bench_child *child, const char *name,
                 const char *const args[3])
{
    char path[4096 + 64];
    const char *argv[] = {path, args[0], args[1], args[2], NULL};
    snprintf(path, sizeof path, "%s/peers/%s", run->programs, name);
    return bench_child_start(child, argv, -1);
}

od_nsec
bench_peer_work(struct bench_child *child, size_t times)
{
    char line[64];
    snprintf(line, sizeof line, "%zu\n", times);
    if (!bench_child_write(child, line, strlen(line)) ||
        !bench_child_read_line(child, line, sizeof line, PATIENCE)) {
        return -1;
    }
    return strtoll(line, NULL, 10);
}
