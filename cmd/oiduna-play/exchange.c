#include "exchange.h"

#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "play/timeline.h"

#define COMMANDS 256
#define TOLD     offsetof(struct od_notice, transport) /* bytes of a notice that are queued */
#define FRESH    4u                                    /* beside a place between */
#define NOTICES  8192 /* all that waits may act at one step, and each is told */

_Static_assert(NOTICES / 4 * 3 > OD_TIMELINE_CAPACITY,
               "so many are kept for what must not be lost");

void
exchange_init(struct exchange *exchange)
{
    exchange->show.fd = -1;
    exchange->notice_event = -1;
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        exchange->outputs[i].fd = -1;
    }
    exchange->grid.read = 1;
    atomic_init(&exchange->grid.between, 2);
    od_midiout_init(&exchange->midi);
}

bool
exchange_open(struct exchange *exchange)
{
    exchange->notice_event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return exchange->notice_event >= 0 &&
           od_ring_init(&exchange->commands, sizeof(struct od_command), COMMANDS) &&
           od_ring_init(&exchange->notices, TOLD, NOTICES) && od_waker_init(&exchange->waker) &&
           od_waker_init(&exchange->ready);
}

void
exchange_clear(struct exchange *exchange)
{
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        od_udp_close(&exchange->outputs[i]);
    }
    od_udp_close(&exchange->show);
    od_midiout_close(&exchange->midi);
    od_ring_clear(&exchange->commands);
    od_ring_clear(&exchange->notices);
    od_waker_clear(&exchange->waker);
    od_waker_clear(&exchange->ready);
    if (exchange->notice_event >= 0) {
        close(exchange->notice_event);
    }
}

static OD_REALTIME void
tell_grid(struct exchange_grid *grid, const struct od_transport *transport)
{
    grid->of[grid->written] = *transport;
    grid->written =
        atomic_exchange_explicit(&grid->between, grid->written | FRESH, memory_order_acq_rel) &
        ~FRESH;
}

static const struct od_transport *
hear_grid(struct exchange_grid *grid)
{
    if ((atomic_load_explicit(&grid->between, memory_order_relaxed) & FRESH) != 0) {
        grid->read =
            atomic_exchange_explicit(&grid->between, grid->read, memory_order_acq_rel) & ~FRESH;
    }
    return &grid->of[grid->read];
}

/* What only tells how it goes; the counters tell the same. */
static OD_REALTIME bool
is_expendable(const struct od_notice *notice)
{
    return notice->kind == OD_NOTICE_POSITION || notice->kind == OD_NOTICE_SKIPPED ||
           notice->kind == OD_NOTICE_LOST;
}

bool
exchange_tell(struct exchange *exchange, const struct od_notice *notice)
{
    if (is_expendable(notice) &&
        od_ring_space(&exchange->notices) < exchange->notices.capacity / 4 * 3) {
        return false;
    }
    if (notice->transport.bpm > 0) {
        tell_grid(&exchange->grid, &notice->transport);
    }
    return od_ring_push(&exchange->notices, notice);
}

bool
exchange_hear(struct exchange *exchange, struct od_notice *notice)
{
    if (!od_ring_pop(&exchange->notices, notice)) {
        return false;
    }
    notice->transport = *hear_grid(&exchange->grid);
    return true;
}
