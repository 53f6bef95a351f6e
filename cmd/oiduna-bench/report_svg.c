/* Three plots, readable in black and white: ticks, loading, lateness. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "workload.h"

#define WIDTH  640.0
#define HEIGHT 360.0
#define LEFT   80.0 /* margins of a plot */
#define RIGHT  170.0
#define TOP    40.0
#define BOTTOM 50.0

/* Both axes are logarithmic. */
struct plot {
    double x_min, x_max, y_min, y_max;
    double top; /* of the plot in the page */
};

struct point {
    double x, y;
};

#define POINTS_MAX 64

struct curve {
    const char *label, *dash; /* dash: of stroke-dasharray, "" = solid */
    struct point points[POINTS_MAX];
    size_t n;
};

static double
place_x(const struct plot *plot, double x)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * log(x / plot->x_min) / log(plot->x_max / plot->x_min);
}

static double
place_y(const struct plot *plot, double y)
{
    double height = HEIGHT - TOP - BOTTOM;
    return plot->top + TOP + height -
           height * log(y / plot->y_min) / log(plot->y_max / plot->y_min);
}

static void
draw_text(struct od_buf *out, double x, double y, const char *anchor, const char *text)
{
    od_buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor,
                  text);
}

static void
draw_line(struct od_buf *out, double x1, double y1, double x2, double y2, const char *class)
{
    od_buf_printf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                  class, x1, y1, x2, y2);
}

static int
decades(double from, double to)
{
    return (int)lrint(log10(to / from));
}

/* A power of ten needs no decimals. */
static void
name_power(char *name, double value, const char *unit)
{
    bench_cell_value(name, value, unit);
    char *point = strchr(name, '.');
    if (point != NULL) {
        const char *rest = point + strspn(point, ".0");
        memmove(point, rest, strlen(rest) + 1);
    }
}

/* A grid line at each power of ten, with its value in `unit`: "ns" or "". */
static void
draw_x_axis(struct od_buf *out, const struct plot *plot, const char *unit, const char *label)
{
    double bottom = plot->top + HEIGHT - BOTTOM;
    for (int i = 0; i <= decades(plot->x_min, plot->x_max); i++) {
        char value[BENCH_CELL_MAX];
        double x = plot->x_min * pow(10, i);
        name_power(value, x, unit);
        draw_line(out, place_x(plot, x), plot->top + TOP, place_x(plot, x), bottom, "grid");
        draw_text(out, place_x(plot, x), bottom + 18, "middle", value);
    }
    draw_text(out, (LEFT + WIDTH - RIGHT) / 2, bottom + 40, "middle", label);
}

static void
draw_y_axis(struct od_buf *out, const struct plot *plot)
{
    for (int i = 0; i <= decades(plot->y_min, plot->y_max); i++) {
        char value[BENCH_CELL_MAX];
        double y = plot->y_min * pow(10, i);
        name_power(value, y, "ns");
        draw_line(out, LEFT, place_y(plot, y), WIDTH - RIGHT, place_y(plot, y), "grid");
        draw_text(out, LEFT - 6, place_y(plot, y) + 4, "end", value);
    }
}

static void
draw_title(struct od_buf *out, const struct plot *plot, const char *title)
{
    draw_text(out, LEFT, plot->top + TOP - 14, "start", title);
}

/* The nth curve's name, beside the plot: at the curves' ends names would cover each other. */
static void
draw_name(struct od_buf *out, const struct plot *plot, size_t n, const char *name, const char *dash)
{
    double y = plot->top + TOP + 22 * (double)(n + 1);
    od_buf_printf(out,
                  "<line class=\"curve\" stroke-dasharray=\"%s\" x1=\"%.1f\" y1=\"%.1f\" "
                  "x2=\"%.1f\" y2=\"%.1f\"/>\n",
                  dash, WIDTH - RIGHT + 10, y, WIDTH - RIGHT + 46, y);
    draw_text(out, WIDTH - RIGHT + 52, y + 4, "start", name);
}

static void
draw_curve(struct od_buf *out, const struct plot *plot, const struct curve *curve)
{
    od_buf_printf(out, "<polyline class=\"curve\" stroke-dasharray=\"%s\" points=\"", curve->dash);
    for (size_t i = 0; i < curve->n; i++) {
        od_buf_printf(out, "%.1f,%.1f ", place_x(plot, curve->points[i].x),
                      place_y(plot, curve->points[i].y));
    }
    od_buf_printf(out, "\"/>\n");
}

/* Makes the range whole powers of ten that hold the curves. */
static void
fit_plot(struct plot *plot, const struct curve *curves, size_t n)
{
    double least_x = INFINITY, most_x = 1e-9, least_y = INFINITY, most_y = 1e-9;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < curves[i].n; k++) {
            least_x = fmin(least_x, curves[i].points[k].x);
            most_x = fmax(most_x, curves[i].points[k].x);
            least_y = fmin(least_y, curves[i].points[k].y);
            most_y = fmax(most_y, curves[i].points[k].y);
        }
    }
    plot->x_min = pow(10, floor(log10(least_x)));
    plot->x_max = fmax(pow(10, ceil(log10(most_x))), plot->x_min * 10);
    plot->y_min = pow(10, floor(log10(least_y / 2))); /* room below the floor */
    plot->y_max = fmax(pow(10, ceil(log10(most_y))), plot->y_min * 10);
}

static void
add_point(struct curve *curve, double x, double y)
{
    if (curve->n < POINTS_MAX && x > 0 && y > 0) { /* not NaN either */
        curve->points[curve->n++] = (struct point){x, y};
    }
}

/* What the rows of one suite cost, by their workload's events: ours, the floor, the guide. */
static double
plot_suite(const struct bench_report *report, const char *suite, const char *title, double top,
           struct od_buf *out)
{
    struct curve curves[] = {{.label = "oiduna", .dash = ""},
                             {.label = "floor", .dash = "2 3"},
                             {.label = "guide (Python)", .dash = "8 4"}};
    struct plot plot = {.top = top};
    for (size_t i = 0; i < report->results->n_rows; i++) {
        const struct bench_result *row = &report->results->rows[i];
        char name[BENCH_NAME_MAX + 8];
        snprintf(name, sizeof name, "%s%s", strncmp(suite, "tick", 4) == 0 ? "tick-" : "",
                 row->name);
        const struct bench_workload *workload = bench_workload_find(name);
        if (strcmp(row->suite, suite) == 0 && workload != NULL) {
            add_point(&curves[0], workload->events, row->median);
            add_point(&curves[1], workload->events, row->floor);
            add_point(&curves[2], workload->events, row->guide);
        }
    }
    if (curves[0].n == 0) {
        return top;
    }
    fit_plot(&plot, curves, 3);
    draw_title(out, &plot, title);
    draw_x_axis(out, &plot, "", "events");
    draw_y_axis(out, &plot);
    for (size_t i = 0; i < 3; i++) {
        draw_curve(out, &plot, &curves[i]);
        draw_name(out, &plot, i, curves[i].label, curves[i].dash);
    }
    return top + HEIGHT;
}

#define LATENESS_HEIGHT (HEIGHT - TOP - BOTTOM)

static void
draw_percents(struct od_buf *out, const struct plot *plot)
{
    for (int percent = 0; percent <= 100; percent += 25) {
        char label[BENCH_CELL_MAX];
        double y = plot->top + TOP + LATENESS_HEIGHT * (100 - percent) / 100;
        snprintf(label, sizeof label, "%d %%", percent);
        draw_line(out, LEFT, y, WIDTH - RIGHT, y, "grid");
        draw_text(out, LEFT - 6, y + 4, "end", label);
    }
}

static void
draw_histogram(struct od_buf *out, const struct plot *plot, const struct bench_histogram *histogram,
               const char *dash)
{
    double total = (double)histogram->buckets[histogram->n - 1].count;
    od_buf_printf(out, "<polyline class=\"curve\" stroke-dasharray=\"%s\" points=\"", dash);
    for (size_t i = 0; i < histogram->n; i++) {
        double share = (double)histogram->buckets[i].count / total;
        od_buf_printf(out, "%.1f,%.1f ",
                      place_x(plot, fmin(histogram->buckets[i].upper, plot->x_max)),
                      plot->top + TOP + LATENESS_HEIGHT * (1 - share));
    }
    od_buf_printf(out, "\"/>\n");
}

/* Summed up from the left: lines, where columns of four kinds would hide each other. */
static double
plot_lateness(const struct bench_report *report, double top, struct od_buf *out)
{
    static const char *const dashes[] = {"", "12 4", "2 3", "8 3 2 3"};
    const struct bench_results *results = report->results;
    size_t n = results->n_histograms < 4 ? results->n_histograms : 4;
    struct plot plot = {.x_min = 1e3, .x_max = 1e7, .top = top};
    if (n == 0) {
        return top;
    }
    draw_title(out, &plot, "Lateness: share of steps at most this late");
    draw_x_axis(out, &plot, "ns", "late by");
    draw_percents(out, &plot);
    for (size_t i = 0; i < n; i++) {
        draw_histogram(out, &plot, &results->histograms[i], dashes[i]);
        draw_name(out, &plot, i, results->histograms[i].name, dashes[i]);
    }
    return top + HEIGHT;
}

void
bench_report_svg(const struct bench_report *report, struct od_buf *out)
{
    struct od_buf plots = {0};
    double end = plot_suite(report, "tick.total", "One step: look up, pack, send", 0, &plots);
    end = plot_suite(report, "load.json", "Session text to ready program", end, &plots);
    end = plot_lateness(report, end, &plots);
    od_buf_printf(out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                  "viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"14\" "
                  "style=\"max-width:100%%;height:auto\">\n"
                  "<style>.page{fill:#fff}text{fill:#000}.grid{stroke:#ccc;stroke-width:1}"
                  ".curve{stroke:#000;stroke-width:1.8;fill:none}"
                  "@media(prefers-color-scheme:dark){.page{fill:#16181c}text{fill:#eee}"
                  ".grid{stroke:#444}.curve{stroke:#eee}}</style>\n"
                  "<rect class=\"page\" width=\"100%%\" height=\"100%%\"/>\n",
                  WIDTH, end + 30, WIDTH, end + 30);
    od_buf_append(out, plots.data, plots.length);
    draw_text(out, LEFT, end + 14, "start", report->machine.time);
    od_buf_printf(out, "</svg>\n");
    out->failed = out->failed || plots.failed;
    od_buf_clear(&plots);
}
