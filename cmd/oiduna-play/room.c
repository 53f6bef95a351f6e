#include "room.h"

#include <stdio.h>
#include <unistd.h>

/* Bytes of memory that this process has; 0: not known. */
static uint64_t
memory(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%*u %llu", &pages) != 1) {
        pages = 0;
    }
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

enum od_status
room_check(const struct room *room, uint64_t length, char *error)
{
    if (length > room->max_score) {
        snprintf(error, OD_SCORE_ERROR_SIZE, "a score of %llu bytes: --max-score allows %llu",
                 (unsigned long long)length, (unsigned long long)room->max_score);
        return OD_EDATA;
    }
    uint64_t taken = memory();
    if (taken > room->max_memory) {
        snprintf(error, OD_SCORE_ERROR_SIZE,
                 "no room for this score: the player would have %llu bytes of memory, "
                 "--max-memory allows %llu",
                 (unsigned long long)taken, (unsigned long long)room->max_memory);
        return OD_ENOMEM;
    }
    return OD_OK;
}
