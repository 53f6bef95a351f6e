#include "ticker.h"

#include <stdlib.h>

#include "play/pack.h"
#include "play/plan.h"
#include "world/clock.h"

static void
store(struct bench_ticker *ticker, const unsigned char *bytes, size_t size)
{
    if (ticker->store != NULL && ticker->n_stored < BENCH_SENT_MAX) {
        od_buf_append(ticker->store, bytes, size);
        ticker->sizes[ticker->n_stored++] = size;
    }
}

static void
on_osc(void *context, unsigned output, od_nsec sounds, int64_t step, unsigned char *bundle,
       size_t size)
{
    struct bench_ticker *ticker = context;
    (void)output;
    (void)step;
    od_bundle_stamp(bundle, od_clock_ntp(sounds));
    ticker->bundles++;
    if (ticker->udp != NULL) {
        od_udp_send(ticker->udp, bundle, size);
    }
    store(ticker, bundle, size);
}

static void
on_midi(void *context, const struct od_midi_message *message)
{
    store(context, message->bytes, message->size);
}

static void
on_notice(void *context, const struct od_notice *notice)
{
    (void)context;
    (void)notice;
}

static const struct od_player_ops ops = {.osc = on_osc, .midi = on_midi, .notice = on_notice};

enum od_status
bench_ticker_open(struct bench_ticker *ticker, struct od_take *take, unsigned step)
{
    struct od_player_settings settings = {.n_ports = 1, .agenda_capacity = 4096};
    for (size_t i = 0; i < OD_OUTPUTS_MAX; i++) {
        settings.packet_limit[i] = OD_PACKET_LIMIT_LOOPBACK;
    }
    *ticker = (struct bench_ticker){.step = step};
    ticker->player = calloc(1, sizeof *ticker->player);
    if (ticker->player == NULL || !od_player_init(ticker->player, &settings, &ops, ticker)) {
        free(ticker->player);
        ticker->player = NULL;
        return OD_ENOMEM;
    }
    struct od_command program = {.kind = OD_COMMAND_PROGRAM, .program = od_take_program(take)};
    struct od_command start = {.kind = OD_COMMAND_START, .time = OD_NSEC_NEVER};
    od_player_command(ticker->player, &program, 0);
    od_player_command(ticker->player, &start, 0);
    ticker->player->next_step = step;
    return OD_OK;
}

/* The player has gone on by one step: from there a loop less one to the same step. */
void
bench_ticker_play(struct bench_ticker *ticker)
{
    struct od_player *player = ticker->player;
    od_player_run(player, od_plan_due(player));
    if (player->agenda.count > 0 || player->ledger.count > 0) { /* an offset; a note that ends */
        od_nsec end = od_plan_due(player);
        for (od_nsec next = od_player_next(player); next < end; next = od_player_next(player)) {
            od_player_run(player, next);
        }
    }
    player->next_step += OD_STEPS - 1;
}

void
bench_ticker_close(struct bench_ticker *ticker)
{
    if (ticker->player != NULL) {
        od_player_drain(ticker->player, 0);
        od_player_clear(ticker->player);
        free(ticker->player);
        ticker->player = NULL;
    }
}
