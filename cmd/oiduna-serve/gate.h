/* Who has the token: by header, by cookie, or in the address of the stream; and who guesses. */
#ifndef OD_SERVE_GATE_H
#define OD_SERVE_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "request.h"

struct gate;

enum gate_answer {
    GATE_OPEN,
    GATE_NO_TOKEN,
    GATE_WRONG_TOKEN,
    GATE_WAIT /**< too many wrong ones came from there: none is looked at before a while */
};

/** `token`: borrowed; NULL: none is asked for. NULL: out of memory, or there is no chance to be
 * had. */
struct gate *gate_new(const char *token);

void gate_free(struct gate *gate);

/** True if a token is asked for. */
bool gate_asks(const struct gate *gate);

/** Judges a request. `stream`: it is for the stream, for which the cookie and the address count,
 * too. GATE_WAIT: `*seconds` says how long. */
enum gate_answer gate_judge(struct gate *gate, const struct request *request, bool stream,
                            unsigned *seconds);

/** The value of a Set-Cookie header that opens the stream, for who has shown the token. */
void gate_cookie(const struct gate *gate, const struct request *request, const char *port,
                 char *text, size_t size);

#endif
