/* uses: oiduna-bench */
/* What the benchmark concludes from numbers: statistics, growth, bars, workloads. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../cmd/oiduna-bench/measure.h"
#include "../../cmd/oiduna-bench/prepare.h"
#include "../../cmd/oiduna-bench/result.h"
#include "../../cmd/oiduna-bench/stats.h"
#include "../../cmd/oiduna-bench/ticker.h"
#include "../../cmd/oiduna-bench/workload.h"
#include "text/session.h"

#define CLOSE 1e-9

static void
the_median_and_quantiles_lie_between_the_values(void **state)
{
    double values[] = {5, 1, 4, 2, 3};
    (void)state;
    bench_sort(values, 5);
    assert_float_equal(bench_quantile(values, 5, 0), 1, CLOSE);
    assert_float_equal(bench_quantile(values, 5, 0.5), 3, CLOSE);
    assert_float_equal(bench_quantile(values, 5, 0.625), 3.5, CLOSE);
    assert_float_equal(bench_quantile(values, 5, 1), 5, CLOSE);
    assert_float_equal(bench_quantile(values, 1, 0.99), 1, CLOSE);
    assert_true(isnan(bench_quantile(values, 0, 0.5)));
}

static void
a_median_is_known_better_by_more_values(void **state)
{
    double values[400];
    (void)state;
    for (size_t i = 0; i < 400; i++) {
        values[i] = (double)i / 400;
    }
    struct bench_interval wide = bench_quantile_interval(values, 20, 0.5);
    struct bench_interval narrow = bench_quantile_interval(values, 400, 0.5);
    assert_true(wide.low * 20 < 0.3 * 20 && wide.high > wide.low);
    assert_true(narrow.low > 0.44 && narrow.low < 0.5);
    assert_true(narrow.high > 0.5 && narrow.high < 0.56);
    assert_true(isnan(bench_quantile_interval(values, 0, 0.5).low));
}

static void
a_high_quantile_has_the_greatest_above_it(void **state)
{
    double values[400];
    (void)state;
    for (size_t i = 0; i < 400; i++) {
        values[i] = (double)i;
    }
    struct bench_interval interval = bench_quantile_interval(values, 400, 0.99);
    assert_float_equal(interval.low, 391, CLOSE); /* 3.9 of 400 either way */
    assert_float_equal(interval.high, 399, CLOSE);
}

static void
what_lies_far_above_the_rest_is_an_outlier(void **state)
{
    const double values[] = {10, 11, 11, 12, 12, 12, 13, 13, 14, 40, 900};
    const double same[] = {7, 7, 7, 7};
    (void)state;
    assert_int_equal(bench_outliers(values, 11), 2);
    assert_int_equal(bench_outliers(same, 4), 0);
}

static void
a_line_is_found_again(void **state)
{
    const double x[] = {100, 1000, 10000};
    const double y[] = {250, 2050, 20050};
    const double linear[] = {300, 3000, 30000};
    (void)state;
    struct bench_line line = bench_fit(x, y, 3);
    assert_float_equal(line.slope, 2, 1e-6);
    assert_float_equal(line.intercept, 50, 1e-3);
    assert_float_equal(bench_fit(x, linear, 3).exponent, 1, 1e-6);
    assert_true(isnan(bench_fit(x, y, 1).slope));
}

static void
a_row_must_reach_all_its_bars(void **state)
{
    struct bench_result row = bench_result_of("tick.total", "typical", "ns");
    (void)state;
    assert_true(bench_result_ok(&row));
    row.median = 100;
    row.p99 = 400;
    row.max = 900;
    row.ratio = 1.2;
    row.bytes = 20000;
    assert_float_equal(bench_result_rate(&row), 200000, CLOSE);
    bench_result_must(&row, BENCH_MUST_RATIO, 1.2);
    bench_result_must(&row, BENCH_MUST_MEDIAN, 100);
    assert_true(bench_result_ok(&row));
    bench_result_must(&row, BENCH_MUST_RATE, 200001);
    assert_false(bench_result_ok(&row));
}

static void
a_verdict_is_sure_where_the_bar_is_beside_the_interval(void **state)
{
    struct bench_result row = bench_result_of("jitter", "alone", "ns");
    (void)state;
    row.ratio_low = 0.9;
    row.ratio_high = 1.1;
    assert_true(bench_result_sure(&row));
    bench_result_must(&row, BENCH_MUST_RATIO, 1.3);
    bench_result_must(&row, BENCH_MUST_MEDIAN, 1);
    assert_true(bench_result_sure(&row));
    row.ratio_high = 1.4;
    assert_false(bench_result_sure(&row));
    row.ratio_low = 1.31;
    assert_true(bench_result_sure(&row));
}

static void
what_is_not_known_reaches_no_bar(void **state)
{
    struct bench_result row = bench_result_of("jitter", "alone", "ns");
    (void)state;
    bench_result_must(&row, BENCH_MUST_RATIO, 1000);
    assert_false(bench_result_ok(&row));
}

static void
a_step_is_played_with_what_is_late_and_with_its_midi(void **state)
{
    static const char session[] =
        "{\"tracks\":{\"d\":{\"params\":{\"s\":\"bd\"}}},\"tracks_midi\":{\"m\":{\"channel\":0}},"
        "\"sequences\":{\"d\":{\"events\":[{\"step\":7},{\"step\":7,\"offset_ms\":100},"
        "{\"step\":8}]},\"m\":{\"events\":[{\"step\":7,\"note\":60,\"gate\":0.5}]}}}";
    struct od_buf text = {0}, score = {0}, sent = {0};
    struct od_take *take = NULL;
    struct bench_ticker ticker;
    (void)state;
    od_buf_append(&text, session, sizeof session - 1);
    assert_int_equal(bench_compile("session", &text, &score), OD_OK);
    assert_int_equal(bench_take_of(score.data, score.length, &take), OD_OK);
    assert_int_equal(bench_ticker_open(&ticker, take, 7), OD_OK);
    ticker.store = &sent;
    for (size_t times = 1; times <= 3; times++) {
        bench_ticker_play(&ticker);
        assert_int_equal(ticker.bundles, 2 * times);
        assert_int_equal(ticker.n_stored, 4 * times); /* and a note that begins and ends */
    }
    bench_ticker_close(&ticker);
    od_take_unref(take);
    od_buf_clear(&text);
    od_buf_clear(&score);
    od_buf_clear(&sent);
}

struct fake {
    size_t runs, floors, most;
};

/* Work that says of itself that it took so long. */
static od_nsec
fake_run(void *context, size_t times)
{
    struct fake *fake = context;
    fake->runs++;
    fake->most = times > fake->most ? times : fake->most;
    return (od_nsec)times * 3000;
}

static od_nsec
fake_floor(void *context, size_t times)
{
    struct fake *fake = context;
    fake->floors++;
    return (od_nsec)times * 1000;
}

static void
case_and_floor_are_measured_by_turns(void **state)
{
    struct fake fake = {0};
    struct bench_case work = {.run = fake_run, .floor = fake_floor, .context = &fake};
    struct bench_effort effort = bench_effort_of(true);
    struct bench_result row = bench_result_of("s", "c", "ns");
    (void)state;
    effort.warm_up = 0;
    work.times_max = 4;
    assert_int_equal(bench_measure(&work, &effort, &row), OD_OK);
    assert_float_equal(row.median, 3000, CLOSE);
    assert_float_equal(row.floor, 1000, CLOSE);
    assert_float_equal(row.ratio, 3, CLOSE);
    assert_float_equal(row.ratio_low, 3, CLOSE);
    assert_int_equal(row.n, effort.min_n); /* it is known well at once */
    assert_int_equal(row.outliers, 0);
    assert_int_equal(fake.most, 4);
    assert_true(fake.runs >= row.n && fake.floors >= row.n);
}

static void
the_workloads_have_the_tracks_and_events_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < BENCH_TICKS; i++) {
        const struct bench_workload *workload = &bench_ticks[i];
        struct od_buf text = {0};
        static struct od_diag_list diags;
        struct od_session session = {0};
        assert_true(bench_workload_write(workload, &text));
        const struct od_source source = {"x", (const char *)text.data, text.length};
        assert_int_equal(od_session_read(&session, &source, &diags), OD_OK);
        size_t events = 0;
        assert_int_equal(session.main.n_tracks, workload->tracks);
        for (size_t k = 0; k < session.main.n_sequences; k++) {
            events += session.main.sequences[k].n_events;
        }
        assert_int_equal(events, workload->events);
        od_session_clear(&session);
        od_diag_clear(&diags);
        od_buf_clear(&text);
    }
    assert_null(bench_workload_find("none"));
    assert_ptr_equal(bench_workload_find("huge"), &bench_sessions[BENCH_SESSIONS - 1]);
}

static void
a_histogram_counts_every_sample_once(void **state)
{
    const double late[] = {500, 999, 1200, 1e5, 1e6};
    (void)state;
    struct bench_histogram histogram = bench_histogram_of("jitter", "alone", late, 5);
    assert_int_equal(histogram.buckets[0].count, 2);
    assert_int_equal(histogram.buckets[1].count, 3);
    assert_int_equal(histogram.buckets[histogram.n - 1].count, 5);
    for (size_t i = 1; i < histogram.n; i++) {
        assert_true(histogram.buckets[i].upper > histogram.buckets[i - 1].upper);
        assert_true(histogram.buckets[i].count >= histogram.buckets[i - 1].count);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_and_quantiles_lie_between_the_values),
        cmocka_unit_test(a_median_is_known_better_by_more_values),
        cmocka_unit_test(what_lies_far_above_the_rest_is_an_outlier),
        cmocka_unit_test(a_line_is_found_again),
        cmocka_unit_test(a_row_must_reach_all_its_bars),
        cmocka_unit_test(a_high_quantile_has_the_greatest_above_it),
        cmocka_unit_test(a_verdict_is_sure_where_the_bar_is_beside_the_interval),
        cmocka_unit_test(what_is_not_known_reaches_no_bar),
        cmocka_unit_test(a_step_is_played_with_what_is_late_and_with_its_midi),
        cmocka_unit_test(case_and_floor_are_measured_by_turns),
        cmocka_unit_test(the_workloads_have_the_tracks_and_events_they_say),
        cmocka_unit_test(a_histogram_counts_every_sample_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
