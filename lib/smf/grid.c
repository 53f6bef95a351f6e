#include "smf/grid.h"

#include "smf/smf.h"

#define DEFAULT_QUARTER 500000 /* 120 BPM, where a file says nothing */
#define QUARTER_MIN     60061  /* 999 BPM, rounded up */
#define SLOWEST         60000000
#define SIXTEENTHS      16 /* of a whole note */

size_t
od_smf_n_segments(const struct od_smf_grid *grid)
{
    return grid->segments.length / sizeof(struct od_smf_segment);
}

const struct od_smf_segment *
od_smf_segment_at(const struct od_smf_grid *grid, size_t i)
{
    return (const struct od_smf_segment *)(const void *)grid->segments.data + i;
}

size_t
od_smf_n_bars(const struct od_smf_grid *grid)
{
    return grid->bars.length / sizeof(struct od_smf_bars);
}

const struct od_smf_bars *
od_smf_bars_at(const struct od_smf_grid *grid, size_t i)
{
    return (const struct od_smf_bars *)(const void *)grid->bars.data + i;
}

static const struct od_smf_tempo *
tempo_at(const struct od_smf_file *file, size_t i)
{
    return (const struct od_smf_tempo *)(const void *)file->tempos.data + i;
}

static size_t
count_tempos(const struct od_smf_file *file)
{
    return file->tempos.length / sizeof(struct od_smf_tempo);
}

/* How many sixteenth notes a step has to hold so that no tempo is beyond what the player takes. */
static int64_t
coarseness(struct od_smf_file *file)
{
    uint32_t slowest = DEFAULT_QUARTER;
    uint32_t fastest = DEFAULT_QUARTER;
    size_t at = 0;
    for (size_t i = 0; i < count_tempos(file); i++) {
        const struct od_smf_tempo *tempo = tempo_at(file, i);
        at = tempo->quarter < fastest ? i : at;
        fastest = tempo->quarter < fastest ? tempo->quarter : fastest;
        slowest = tempo->quarter > slowest ? tempo->quarter : slowest;
    }
    int64_t coarse = 1;
    while (fastest * coarse < QUARTER_MIN && slowest * coarse * 2 <= SLOWEST) {
        coarse *= 2;
    }
    if (coarse > 1) {
        const struct od_smf_when *when = &tempo_at(file, at)->when;
        od_smf_note(file, OD_SMF_COARSE, when->track, when->tick);
    }
    return coarse;
}

/* One at the same place replaces the last. */
static bool
add_segment(struct od_smf_grid *grid, int64_t at, uint32_t quarter)
{
    size_t n = od_smf_n_segments(grid);
    struct od_smf_segment segment = {.at = at, .quarter = quarter};
    if (n > 0) {
        const struct od_smf_segment *last = od_smf_segment_at(grid, n - 1);
        segment.time = last->time + (at - last->at) * last->quarter;
        grid->segments.length -= last->at == at ? sizeof segment : 0;
    }
    return od_buf_append(&grid->segments, &segment, sizeof segment);
}

static bool
make_segments(struct od_smf_grid *grid, struct od_smf_file *file, int64_t coarse)
{
    uint32_t least = (uint32_t)((QUARTER_MIN + coarse - 1) / coarse);
    bool made = add_segment(grid, 0, DEFAULT_QUARTER);
    for (size_t i = 0; made && i < count_tempos(file); i++) {
        const struct od_smf_tempo *tempo = tempo_at(file, i);
        if (tempo->quarter < least) {
            od_smf_note(file, OD_SMF_TOO_FAST, tempo->when.track, tempo->when.tick);
        }
        made = add_segment(grid, tempo->when.tick * OD_SMF_TICK_UNITS,
                           tempo->quarter < least ? least : tempo->quarter);
    }
    return made;
}

/* A signature begins a bar, wherever it stands. */
static bool
add_bars(struct od_smf_grid *grid, int64_t at, unsigned beats, unsigned unit)
{
    size_t n = od_smf_n_bars(grid);
    int64_t length = (int64_t)beats * SIXTEENTHS * grid->division >> unit;
    struct od_smf_bars bars = {.at = at,
                               .first = 1,
                               .length = length > 0 ? length : 1,
                               .beats = (uint8_t)beats,
                               .unit = (uint8_t)unit};
    if (n > 0) {
        const struct od_smf_bars *last = od_smf_bars_at(grid, n - 1);
        bars.first = last->first + (at - last->at + last->length - 1) / last->length;
        grid->bars.length -= last->at == at ? sizeof bars : 0;
    }
    return od_buf_append(&grid->bars, &bars, sizeof bars);
}

static bool
make_bars(struct od_smf_grid *grid, struct od_smf_file *file)
{
    const struct od_smf_metre *metres =
        (const struct od_smf_metre *)(const void *)file->metres.data;
    size_t n = file->metres.length / sizeof *metres;
    bool made = add_bars(grid, 0, 4, 2);
    for (size_t i = 0; made && i < n; i++) {
        const struct od_smf_when *when = &metres[i].when;
        if ((unsigned)metres[i].beats * SIXTEENTHS != 16u << metres[i].unit) {
            od_smf_note(file, OD_SMF_OTHER_METRE, when->track, when->tick);
        }
        made = add_bars(grid, when->tick * OD_SMF_TICK_UNITS, metres[i].beats, metres[i].unit);
    }
    return made;
}

enum od_status
od_smf_grid_init(struct od_smf_grid *grid, struct od_smf_file *file)
{
    int64_t coarse = coarseness(file);
    grid->division = file->division;
    grid->step = file->division * coarse;
    return make_segments(grid, file, coarse) && make_bars(grid, file) ? OD_OK : OD_ENOMEM;
}

void
od_smf_grid_clear(struct od_smf_grid *grid)
{
    od_buf_clear(&grid->segments);
    od_buf_clear(&grid->bars);
}

/* The last segment that begins at or before the unit: looked for from where the last one was, in
 * steps that double. */
static const struct od_smf_segment *
segment_of(struct od_smf_grid *grid, int64_t unit)
{
    const struct od_smf_segment *all = od_smf_segment_at(grid, 0);
    size_t low = grid->near;
    size_t high = low + 1;
    size_t n = od_smf_n_segments(grid);
    for (size_t step = 1; all[low].at > unit; step *= 2) {
        high = low;
        low -= step < low ? step : low;
    }
    for (size_t step = 1; high < n && all[high].at <= unit; step *= 2) {
        low = high;
        high += step < n - high ? step : n - high;
    }
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        *(all[middle].at <= unit ? &low : &high) = middle;
    }
    grid->near = low;
    return &all[low];
}

int64_t
od_smf_grid_time(struct od_smf_grid *grid, int64_t unit)
{
    const struct od_smf_segment *segment = segment_of(grid, unit);
    return segment->time + (unit - segment->at) * segment->quarter;
}

double
od_smf_grid_seconds(const struct od_smf_grid *grid, int64_t parts)
{
    return (double)parts / ((double)grid->division * OD_SMF_TICK_UNITS * 1e6);
}

struct od_smf_place
od_smf_grid_place(struct od_smf_grid *grid, int64_t unit)
{
    struct od_smf_place place = {.step = (unit - grid->origin) / grid->step};
    int64_t start = grid->origin + place.step * grid->step;
    int64_t begins = od_smf_grid_time(grid, start);
    place.time = od_smf_grid_time(grid, unit);
    place.length = od_smf_grid_time(grid, start + grid->step) - begins;
    place.offset = (double)(place.time - begins) / (double)place.length;
    return place;
}

double
od_smf_grid_bpm(struct od_smf_grid *grid, int64_t step)
{
    int64_t start = grid->origin + step * grid->step;
    int64_t parts = od_smf_grid_time(grid, start + grid->step) - od_smf_grid_time(grid, start);
    return OD_SMF_MINUTE * (double)grid->division / (double)parts;
}

int64_t
od_smf_grid_bar(const struct od_smf_grid *grid, int64_t bar)
{
    size_t i = 0;
    while (i + 1 < od_smf_n_bars(grid) && od_smf_bars_at(grid, i + 1)->first <= bar) {
        i++;
    }
    const struct od_smf_bars *bars = od_smf_bars_at(grid, i);
    return bars->at + (bar - bars->first) * bars->length;
}

int64_t
od_smf_grid_bar_at(const struct od_smf_grid *grid, int64_t unit)
{
    size_t i = 0;
    while (i + 1 < od_smf_n_bars(grid) && od_smf_bars_at(grid, i + 1)->at <= unit) {
        i++;
    }
    const struct od_smf_bars *bars = od_smf_bars_at(grid, i);
    return bars->first + (unit - bars->at) / bars->length;
}
