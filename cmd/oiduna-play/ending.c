#include "ending.h"

void
ending_begin(struct ending *ending, const char *reason)
{
    if (!ending->begun) {
        ending->begun = true;
        ending->reason = reason;
    }
}

void
ending_fail(struct ending *ending, int exit_status)
{
    ending->exit_status = exit_status;
    ending_begin(ending, "error");
}
