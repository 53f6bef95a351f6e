/* A control stream in virtual time: what it says is done at step 0, or at its time. */
#ifndef OD_PLAY_SCRIPT_H
#define OD_PLAY_SCRIPT_H

#include "base/buf.h"
#include "options.h"
#include "play/player.h"
#include "setup.h"

/** True if the bytes are a control stream with a score and more than scores. OD_ENOMEM is no. */
bool script_is(const struct od_buf *bytes);

struct script;

/** NULL if there is no memory. What cannot be done is said as it is done. */
struct script *script_new(const struct options *options, const struct setup *setup,
                          const struct od_buf *bytes);
void script_free(struct script *script);

/** The turn and the notice of od_offline_sink. */
void script_turn(struct script *script, struct od_player *player, od_nsec now);
void script_notice(struct script *script, const struct od_notice *notice);

/** The step before which it ends, once it has begun. */
int64_t script_steps(const struct script *script);

/** The take whose voice a message of that generation names. */
struct od_take *script_take(const struct script *script, uint32_t generation);

/** OD_EDATA if a line could not be done, OD_ENOMEM. */
enum od_status script_status(const struct script *script);

#endif
