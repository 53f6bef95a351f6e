/*
 * What one would write first: send a step, sleep for a step, and so on at 120 BPM. sleep_loop PORT
 */
#include <lo/lo.h>
#include <stdio.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: sleep_loop PORT\n");
        return 64;
    }
    lo_address to = lo_address_new("127.0.0.1", argv[1]);
    for (int step = 0; to != NULL; step++) {
        if (lo_send(to, "/sleep", "i", step) < 0 && step > 0) {
            break; /* nobody listens any more */
        }
        usleep(125000);
    }
    lo_address_free(to);
    return 0;
}
