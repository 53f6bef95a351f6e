#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/counter.h"
#include "world/cli.h"
#include "world/clock.h"
#include "world/outfile.h"

#define MATTERS     (2 * OD_NSEC_PER_MS) /* so late is heard, where there is no look-ahead */
#define MICROSECOND 1000.0
#define MILLISECOND 1e6

/* One place for every name: counters first the guide's three, then the rest of the list. */
struct totals {
    uint64_t ticks, events, dropped_steps, late_events, lost_events;
    uint64_t osc_packets, osc_bytes, osc_errors, osc_refusals;
    uint64_t midi_messages, midi_errors, midi_dropped;
    uint64_t agenda_high_water, pending_note_offs;
};

static struct totals
totals_of(const struct engine *engine)
{
    const struct od_player_counts *counts = engine->counts;
    struct totals totals = {
        .ticks = od_counter_read(&counts->ticks),
        .events = od_counter_read(&counts->events),
        .dropped_steps = od_counter_read(&counts->dropped_steps),
        .late_events = od_counter_read(&counts->late_events),
        .lost_events = od_counter_read(&counts->lost_events),
        .agenda_high_water = od_counter_read(&counts->agenda_high_water),
        .pending_note_offs = od_counter_read(&counts->pending_note_offs),
    };
    totals.pending_note_offs += od_counter_read(&engine->exchange.unended);
    for (size_t i = 0; i < engine->exchange.n_outputs; i++) {
        totals.osc_packets += od_counter_read(&engine->exchange.outputs[i].packets);
        totals.osc_bytes += od_counter_read(&engine->exchange.outputs[i].bytes);
        totals.osc_errors += od_counter_read(&engine->exchange.outputs[i].errors);
        totals.osc_refusals += od_counter_read(&engine->exchange.outputs[i].refusals);
    }
    for (size_t i = 0; i < engine->exchange.midi.n_ports; i++) {
        totals.midi_messages += od_counter_read(&engine->exchange.midi.ports[i].messages);
        totals.midi_errors += od_counter_read(&engine->exchange.midi.ports[i].errors);
        totals.midi_dropped += od_counter_read(&engine->exchange.midi.ports[i].dropped);
    }
    return totals;
}

static uint64_t
resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    uint64_t size = 0;
    uint64_t pages = 0;
    if (file != NULL) {
        if (fscanf(file, "%" SCNu64 " %" SCNu64, &size, &pages) != 2) {
            pages = 0;
        }
        fclose(file);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void
add_count(struct od_buf *out, const char *name, uint64_t value)
{
    od_buf_printf(out, ",\"%s\":%" PRIu64, name, value);
}

static void
add_quantiles(struct od_buf *out, const char *name, const struct od_histogram_copy *copy)
{
    od_buf_printf(out, ",\"%s\":{\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}", name,
                  (double)od_histogram_quantile(copy, 0.5) / MICROSECOND,
                  (double)od_histogram_quantile(copy, 0.99) / MICROSECOND,
                  (double)od_histogram_quantile(copy, 0.999) / MICROSECOND,
                  (double)copy->max / MICROSECOND);
}

static void
add_histogram(struct od_buf *out, const char *name, const struct od_histogram_copy *copy)
{
    size_t bucket = 0;
    od_nsec upper;
    uint64_t count;
    od_buf_printf(out, ",\"%s\":[", name);
    while (od_histogram_next(copy, &bucket, &upper, &count)) {
        od_buf_printf(out, "[%.3f,%" PRIu64 "],", (double)upper / MICROSECOND, count);
    }
    od_buf_printf(out, "[null,%" PRIu64 "]],\"%s_sum_us\":%.3f", copy->count, name,
                  copy->sum / MICROSECOND);
}

void
report_members(const struct engine *engine, double bpm, uint64_t ignored, struct od_buf *out)
{
    struct totals totals = totals_of(engine);
    struct od_histogram_copy tick;
    struct od_histogram_copy lateness;
    struct od_histogram_copy phase;
    od_histogram_read(&engine->exchange.tick, &tick);
    od_histogram_read(&engine->exchange.lateness, &lateness);
    od_histogram_read(&engine->exchange.phase, &phase);
    od_buf_printf(out, "\"average_tick_time_ms\":%.6f,\"max_tick_time_ms\":%.6f",
                  od_histogram_mean(&tick) / MILLISECOND, (double)tick.max / MILLISECOND);
    add_count(out, "dropped_steps", totals.dropped_steps);
    add_count(out, "ticks", totals.ticks);
    add_count(out, "events", totals.events);
    add_count(out, "osc_packets", totals.osc_packets);
    add_count(out, "osc_bytes", totals.osc_bytes);
    add_count(out, "osc_errors", totals.osc_errors);
    add_count(out, "osc_refusals", totals.osc_refusals);
    add_count(out, "midi_messages", totals.midi_messages);
    add_count(out, "midi_errors", totals.midi_errors);
    add_count(out, "midi_dropped", totals.midi_dropped);
    add_count(out, "late_events", totals.late_events);
    add_count(out, "lost_events", totals.lost_events);
    add_count(out, "agenda_high_water", totals.agenda_high_water);
    add_count(out, "pending_note_offs", totals.pending_note_offs);
    add_count(out, "control_malformed", ignored);
    add_count(out, "rss_bytes", resident_bytes());
    od_buf_printf(out, ",\"uptime_s\":%.3f,\"bpm\":%.12g",
                  (double)(od_clock_now() - engine->started) / (double)OD_NSEC_PER_SEC, bpm);
    add_quantiles(out, "tick_us", &tick);
    add_quantiles(out, "lateness_us", &lateness);
    add_quantiles(out, "phase_us", &phase);
    add_histogram(out, "tick_histogram", &tick);
    add_histogram(out, "lateness_histogram", &lateness);
    add_histogram(out, "phase_histogram", &phase);
}

/* A FIFO or a device is not opened twice. */
int
report_check(const char *path)
{
    struct stat old;
    struct od_outfile file;
    bool exists = stat(path, &old) == 0;
    if (strcmp(path, "-") == 0 || (exists && !S_ISREG(old.st_mode) && !S_ISDIR(old.st_mode))) {
        return 0;
    }
    enum od_status status = od_outfile_open(&file, path);
    if (status != OD_OK) {
        return od_cli_fail(status, "%s", file.error);
    }
    od_outfile_discard(&file);
    return 0;
}

int
report_write(const struct engine *engine, double bpm, uint64_t ignored, const char *path)
{
    struct od_buf text = {0};
    struct od_outfile file;
    od_buf_append(&text, "{", 1);
    report_members(engine, bpm, ignored, &text);
    od_buf_append(&text, "}\n", 2);
    enum od_status status =
        text.failed ? OD_ENOMEM : od_outfile_put(&file, path, text.data, text.length);
    od_buf_clear(&text);
    return status == OD_OK
               ? 0
               : od_cli_fail(status, "%s", status == OD_ENOMEM ? "out of memory" : file.error);
}

struct report_summary
report_summary(const struct engine *engine)
{
    struct totals totals = totals_of(engine);
    struct od_histogram_copy lateness;
    od_histogram_read(&engine->exchange.lateness, &lateness);
    return (struct report_summary){.events = totals.events,
                                   .dropped_steps = totals.dropped_steps,
                                   .lateness_p99 = od_histogram_quantile(&lateness, 0.99)};
}

static void
print_spread(const char *what, const struct od_histogram_copy *of)
{
    od_cli_message("%s: p50 %.1f, p99 %.1f, max %.1f us", what,
                   (double)od_histogram_quantile(of, 0.5) / MICROSECOND,
                   (double)od_histogram_quantile(of, 0.99) / MICROSECOND,
                   (double)of->max / MICROSECOND);
}

static void
print_sent(const struct totals *totals, bool all)
{
    uint64_t failed = totals->midi_errors + totals->midi_dropped;
    if (all || totals->osc_packets + totals->osc_errors > 0) {
        od_cli_message(
            "OSC: %" PRIu64 " packets, %" PRIu64 " bytes, %" PRIu64 " lost, %" PRIu64 " refused",
            totals->osc_packets, totals->osc_bytes, totals->osc_errors, totals->osc_refusals);
    }
    if (all || totals->midi_messages + failed + totals->pending_note_offs > 0) {
        od_cli_message("MIDI: %" PRIu64 " messages, %" PRIu64 " failed; %" PRIu64 " notes sound",
                       totals->midi_messages, failed, totals->pending_note_offs);
    }
}

void
report_print(const struct engine *engine, double bpm, bool all)
{
    struct totals totals = totals_of(engine);
    struct od_histogram_copy tick;
    struct od_histogram_copy lateness;
    od_histogram_read(&engine->exchange.tick, &tick);
    od_histogram_read(&engine->exchange.lateness, &lateness);
    uint64_t missed = totals.dropped_steps + totals.late_events;
    od_cli_message("%.1f s at %g bpm: %" PRIu64 " steps, %" PRIu64 " events",
                   (double)(od_clock_now() - engine->started) / (double)OD_NSEC_PER_SEC, bpm,
                   totals.ticks, totals.events);
    if (all || missed > 0) {
        od_cli_message("%" PRIu64 " dropped steps, %" PRIu64 " late events", totals.dropped_steps,
                       totals.late_events);
    }
    if (all || missed > 0 || od_histogram_quantile(&lateness, 0.99) > MATTERS) {
        print_spread("a step takes", &tick);
        print_spread("it begins late by", &lateness);
    }
    print_sent(&totals, all);
}
