#include "suspension.h"

#include <signal.h>

#include "base/counter.h"
#include "world/clock.h"

#define PAUSE_PATIENCE   OD_NSEC_PER_SEC /* at very slow tempos a pause begins seconds later */
#define RELEASE_PATIENCE OD_NSEC_PER_SEC

void
suspension_begin(struct suspension *suspension, struct desk *desk)
{
    if (suspension->stage != SUSPEND_NOT) {
        return;
    }
    od_nsec now = od_clock_now();
    suspension->stage = SUSPEND_PAUSING;
    suspension->plays = desk->session->plays;
    suspension->next = now;
    suspension->deadline = now + PAUSE_PATIENCE;
    if (suspension->plays) {
        conversation_send(desk->conversation, &(struct od_command){.kind = OD_COMMAND_PAUSE});
    }
}

/* When the notes that were planned have begun and been cut. */
static od_nsec
pause_begins(const struct desk *desk)
{
    const struct session_state *session = desk->session;
    od_nsec latest = 0;
    for (size_t i = 0; i < desk->setup->n_ports; i++) {
        od_nsec offset = desk->setup->ports[i].offset;
        latest = offset > latest ? offset : latest;
    }
    return od_transport_time(&session->transport, session->position + 1) + latest;
}

static void
release_ports(struct desk *desk)
{
    for (size_t port = 0; port < desk->engine->exchange.midi.n_ports; port++) {
        conversation_send(desk->conversation, &(struct od_command){.kind = OD_COMMAND_RELEASE_PORT,
                                                                   .port = (uint8_t)port});
    }
}

static void
stop_process(struct speech *speech)
{
    sigset_t set;
    display_leave(&speech->display);
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    raise(SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* here it stops, and goes on */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    display_renew(&speech->display);
}

void
suspension_watch(struct suspension *suspension, struct desk *desk, od_nsec now)
{
    if (suspension->stage == SUSPEND_NOT || now < suspension->next) {
        return;
    }
    suspension->next = now + OD_NSEC_PER_MS;
    bool late = now >= suspension->deadline;
    if (suspension->stage == SUSPEND_PAUSING) {
        bool silent = desk->session->state != OD_PLAYING && now >= pause_begins(desk);
        if (silent || late || !suspension->plays) {
            release_ports(desk);
            suspension->stage = SUSPEND_RELEASING;
            suspension->deadline = now + RELEASE_PATIENCE;
        }
        return;
    }
    if (od_counter_read(&desk->engine->counts->pending_note_offs) > 0 && !late) {
        return;
    }
    stop_process(desk->speech);
    suspension->stage = SUSPEND_NOT;
    if (suspension->plays) {
        conversation_send(desk->conversation,
                          &(struct od_command){.kind = OD_COMMAND_START, .time = OD_NSEC_NEVER});
    }
}

od_nsec
suspension_next(const struct suspension *suspension)
{
    return suspension->stage != SUSPEND_NOT ? suspension->next : OD_NSEC_NEVER;
}
