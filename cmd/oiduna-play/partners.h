/* Who plays along: those who asked are told where we are; the player we are to follow is heard. */
#ifndef OD_PLAY_PARTNERS_H
#define OD_PLAY_PARTNERS_H

#include "desk.h"
#include "world/osc_server.h"

struct partners;

/** NULL if there is no memory. */
struct partners *partners_new(struct desk *desk);
void partners_free(struct partners *partners);

/** Opens what --lead and --follow ask for; the exit status (all has been said), or 0. */
int partners_open(struct partners *partners);

/** The control port has this server: who asks there is told too. */
void partners_serve(struct partners *partners, struct od_osc_server *server);

/** A question came in by it. */
void partners_ask(struct partners *partners, const char *types, const struct od_osc_arg *args,
                  size_t n_args);

/** For poll: the sockets of --lead and --follow; −1 = none. */
int partners_lead_fd(const struct partners *partners);
int partners_follow_fd(const struct partners *partners);

/** Takes in, and tells, what there is; call it in each turn. */
void partners_watch(struct partners *partners, od_nsec now);

/** When to do that again at the latest. */
od_nsec partners_next(const struct partners *partners);

#endif
