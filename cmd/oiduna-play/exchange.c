#include "exchange.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "play/command.h"

#define COMMANDS 256
#define NOTICES  8192 /* all that waits may act at one step, and each is told */

_Static_assert(NOTICES / 4 * 3 > 4096, "so many are kept for what must not be lost");

void
exchange_init(struct exchange *exchange)
{
    exchange->show.fd = -1;
    exchange->notice_event = -1;
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        exchange->outputs[i].fd = -1;
    }
    od_midiout_init(&exchange->midi);
}

bool
exchange_open(struct exchange *exchange)
{
    exchange->notice_event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return exchange->notice_event >= 0 &&
           od_ring_init(&exchange->commands, sizeof(struct od_command), COMMANDS) &&
           od_ring_init(&exchange->notices, sizeof(struct od_notice), NOTICES) &&
           od_waker_init(&exchange->waker) && od_waker_init(&exchange->ready);
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
