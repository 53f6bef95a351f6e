#include "session_read.h"

void
od_session_resolve(struct od_reader *reader)
{
    (void)reader;
}
