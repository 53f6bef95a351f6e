#include "base/status.h"

#include <stddef.h>

struct entry {
    const char *text;
    int exit_status;
};

static const struct entry entries[] = {
#define ENTRY(name, text, exit_status) [name] = {text, exit_status},
    OD_STATUS_LIST(ENTRY)
#undef ENTRY
};

#define N_ENTRIES (sizeof entries / sizeof entries[0])

const char *
od_status_text(enum od_status status)
{
    return (size_t)status < N_ENTRIES ? entries[status].text : "unknown status";
}

int
od_status_exit(enum od_status status)
{
    return (size_t)status < N_ENTRIES ? entries[status].exit_status : 70;
}
