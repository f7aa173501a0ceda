/* SPDX-License-Identifier: Apache-2.0
 * tests/bench/latency_report.h - what bench_latency has found, as one JSON object. */
#ifndef BENCH_LATENCY_REPORT_H
#define BENCH_LATENCY_REPORT_H

#include "latency.h"

static inline int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static inline double quantile(const double *sorted, size_t count, double q)
{
    return count == 0 ? 0 : sorted[(size_t)(q * (double)(count - 1) + 0.5)];
}

/* By event: how long until it was seen; negative: never, or of no watched dataset. */
static inline double *latencies_ms(const struct bench *bench, uint64_t *unseen)
{
    double *ms = malloc(bench->events * sizeof(*ms));
    if (!ms) {
        stream_die("report", "out of memory");
    }
    *unseen = 0;
    for (uint64_t i = 0; i < bench->events; i++) {
        ms[i] = -1;
        *unseen += bench->watched_of[i % typical_datasets(&bench->options.stream)] >= 0;
    }
    int64_t done[WATCHED_MAX][TYPICAL_PARTITIONS] = {{0}};
    for (size_t s = 0; s < bench->sighting_count; s++) {
        const struct sighting *sighting = &bench->sightings[s];
        int64_t *at = &done[sighting->watched][sighting->partition];
        const uint32_t *at_offset =
            bench->watched[sighting->watched].at_offset[sighting->partition];
        for (; *at < sighting->next_offset && *at < (int64_t)bench->events_max; (*at)++) {
            const uint32_t event = at_offset[*at];
            if (event != 0) {
                ms[event - 1] = (double)(sighting->at_us - bench->created_us[event - 1]) / 1e3;
                (*unseen)--;
            }
        }
    }
    return ms;
}

/* Those of the events from `first` on, before `end`, that were seen; sorted. */
static inline size_t take_sorted(const double *ms, uint64_t first, uint64_t end, double *out)
{
    size_t count = 0;
    for (uint64_t i = first; i < end; i++) {
        if (ms[i] >= 0) {
            out[count++] = ms[i];
        }
    }
    qsort(out, count, sizeof(*out), by_value);
    return count;
}

/* The first event that was made at this time or later. */
static inline uint64_t made_from(const struct bench *bench, int64_t us)
{
    uint64_t i = 0;
    while (i < bench->events && bench->created_us[i] < us) {
        i++;
    }
    return i;
}

/* Each whole second that was measured; second 0 is the one that the step began. */
static inline void report_seconds(const struct bench *bench, int64_t step_us, const double *ms,
                                  uint64_t warm, double *scratch)
{
    const char *comma = "";
    printf("[");
    for (int second = -AROUND_S; second <= AROUND_S; second++) {
        uint64_t first = made_from(bench, step_us + (int64_t)second * 1000000);
        uint64_t end = made_from(bench, step_us + (int64_t)(second + 1) * 1000000);
        if (first < warm || end == bench->events) {
            continue;
        }
        size_t count = take_sorted(ms, first, end, scratch);
        printf("%s{\"second\": %d, \"events\": %" PRIu64
               ", \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f}",
               comma, second, end - first, quantile(scratch, count, 0.5),
               quantile(scratch, count, 0.99), quantile(scratch, count, 1));
        comma = ", ";
    }
    printf("]");
}

static inline void report_steps(const struct bench *bench, const double *ms, uint64_t warm,
                                double *scratch)
{
    printf(", \"seconds\": [");
    for (int i = 0; i < bench->step_count; i++) {
        printf("%s", i > 0 ? ", " : "");
        report_seconds(bench, bench->step_us[i], ms, warm, scratch);
    }
    printf("]");
}

/* How long until the broker had them. */
static inline size_t delivered_sorted(const struct bench *bench, double *out)
{
    size_t count = 0;
    for (uint64_t i = bench->warm; i < bench->events; i++) {
        if (bench->delivered_us[i] != 0) {
            out[count++] = (double)(bench->delivered_us[i] - bench->created_us[i]) / 1e3;
        }
    }
    qsort(out, count, sizeof(*out), by_value);
    return count;
}

/* What the bench itself does and takes. */
static inline void report_bench(const struct bench *bench, double *scratch)
{
    const size_t count = delivered_sorted(bench, scratch);
    printf(", \"delivered_p50_ms\": %.2f, \"delivered_p99_ms\": %.2f"
           ", \"produce_requests_per_s\": %.1f, \"producer_late_max_ms\": %.2f"
           ", \"producer_cpu_s\": %.3f, \"reader_cpu_s\": %.3f, \"reader_postgres_cpu_s\": %.3f",
           quantile(scratch, count, 0.5), quantile(scratch, count, 0.99),
           (double)bench->requests / bench->options.seconds, (double)bench->late_max_us / 1e3,
           bench->producer.own_cpu_s + bench->producer.process_cpu_s,
           bench->watcher.own_cpu_s + bench->reader.own_cpu_s,
           bench->watcher.process_cpu_s + bench->reader.process_cpu_s);
}

static inline void report(struct bench *bench)
{
    uint64_t unseen;
    double *by_event = latencies_ms(bench, &unseen);
    double *ms = calloc(bench->events, sizeof(*ms));
    if (!ms) {
        stream_die("report", "out of memory");
    }
    size_t count = take_sorted(by_event, bench->warm, bench->events, ms);
    qsort(bench->samples_ms, bench->sample_count, sizeof(double), by_value);
    printf("{\"events\": %" PRIu64 ", \"measured\": %zu, \"unseen\": %" PRIu64
           ", \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"p999_ms\": %.2f, \"max_ms\": %.2f, "
           "\"select_samples\": %zu, \"select_p50_ms\": %.2f, \"select_p99_ms\": %.2f, "
           "\"select_max_ms\": %.2f",
           bench->events, count, unseen, quantile(ms, count, 0.5), quantile(ms, count, 0.99),
           quantile(ms, count, 0.999), quantile(ms, count, 1), bench->sample_count,
           quantile(bench->samples_ms, bench->sample_count, 0.5),
           quantile(bench->samples_ms, bench->sample_count, 0.99),
           quantile(bench->samples_ms, bench->sample_count, 1));
    report_bench(bench, ms);
    if (bench->options.shape != TYPICAL_FIRST) {
        report_steps(bench, by_event, bench->warm, ms);
    }
    printf("}\n");
    free(by_event);
    free(ms);
}

#endif
