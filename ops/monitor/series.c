/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/series.c - see the header.
 *
 * Series of one name must stand together, and a source has several: so each name has a text of its own until the end. */
#include "ops/monitor/series.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/conf.h"
#include "ops/monitor/freshness.h"
#include "ops/monitor/partitions.h"
#include "ops/monitor/status.h"
#include "storage/quality/watch.h"

static struct metric_out *family(struct ops_series *series, enum metric m)
{
    return &series->out[m - METRIC_SOURCES];
}

void ops_series_init(struct ops_series *series, const struct conf *conf)
{
    *series = (struct ops_series){.sources_most = (size_t)conf->monitor.metric_sources,
                                  .partitions_most = (size_t)conf->monitor.metric_partitions};
    for (size_t i = 0; i < OPS_SERIES_FAMILIES; i++) {
        series->text[i] = (struct buf)BUF_INIT;
        series->out[i] = (struct metric_out){.buf = &series->text[i]};
    }
}

void ops_series_fini(struct ops_series *series)
{
    for (size_t i = 0; i < OPS_SERIES_FAMILIES; i++) {
        buf_fini(&series->text[i]);
    }
}

void ops_series_print(struct ops_series *series, struct buf *out)
{
    for (size_t i = 0; i < OPS_SERIES_FAMILIES; i++) {
        buf_put(out, series->text[i].data, series->text[i].len);
        out->failed = out->failed || series->text[i].failed;
    }
}

/* ---- sources ---- */

static double known(int64_t instant)
{
    return instant != STO_NO_INSTANT ? (double)instant : NAN;
}

void ops_series_judged(struct ops_series *series, const struct sto_watch *watch, size_t index,
                       const struct ops_facts *facts, const struct ops_verdict *verdict)
{
    const struct sto_watched *d = &watch->datasets[index];
    if (index >= series->sources_most) {
        return;
    }
    const char *const state[] = {d->dataset, d->topic, ops_state_token(verdict->state),
                                 ops_reason_token(verdict->reason),
                                 verdict->rests_on_estimate ? "yes" : "no"};
    metric_put(family(series, METRIC_SOURCE_STATE), METRIC_SOURCE_STATE, state, 1);
    if (facts->waiting.is == OPS_WHEN_AT) {
        metric_put_real(family(series, METRIC_SOURCE_WAITING), METRIC_SOURCE_WAITING, state,
                        (double)facts->waiting.at);
    }
}

static void put_span(struct ops_series *series, enum metric m, const char *const *names, int64_t s)
{
    if (s >= 0 && s != OPS_NEVER_S) {
        metric_put_real(family(series, m), m, names, (double)s);
    }
}

void ops_series_status(struct ops_series *series, const struct sto_watch *watch, size_t index,
                       const struct ops_status *status)
{
    const struct sto_watched *d = &watch->datasets[index];
    const char *const names[] = {d->dataset, d->topic, ops_status_token(status->kind),
                                 ops_lag_verdict_token(status->lag.verdict)};
    if (index >= series->sources_most) {
        return;
    }
    metric_put(family(series, METRIC_SOURCE_STATUS), METRIC_SOURCE_STATUS, names, 1);
    metric_put(family(series, METRIC_SOURCE_SEVERITY), METRIC_SOURCE_SEVERITY, names,
               (uint64_t)ops_status_severity(status->kind));
    put_span(series, METRIC_SOURCE_AGE, names,
             status->lag.is == OPS_LAG_IS_LOST ? -1 : status->lag.age_s);
    put_span(series, METRIC_SOURCE_HEADROOM, names, status->lag.headroom_s);
}

void ops_series_register(struct ops_series *series, double size_bytes, double free_bytes,
                         double full_s)
{
    const struct {
        enum metric m;
        double value;
    } all[] = {{METRIC_REGISTER_SIZE, size_bytes},
               {METRIC_REGISTER_FREE, free_bytes},
               {METRIC_REGISTER_FULL, full_s}};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (all[i].value >= 0) {
            metric_put_real(family(series, all[i].m), all[i].m, NULL, all[i].value);
        }
    }
}

/* A log that ends below the position was made anew: what is left of it is not known. */
static double lag_of(const struct ops_partition *p)
{
    const int64_t from = p->next > p->log_start ? p->next : p->log_start;
    return p->log_end >= from && p->log_end >= 0 ? (double)(p->log_end - from) : NAN;
}

/* What is known of a source's partitions. */
struct lag {
    double events; /* NAN: one is not known, or there is none */
    size_t unknown;
};

static struct lag lag_of_source(const struct ops_partitions *partitions, int32_t dataset_id)
{
    size_t count;
    const struct ops_partition *p = ops_partitions_of(partitions, dataset_id, &count);
    struct lag lag = {count > 0 ? 0 : NAN, 0};
    for (size_t i = 0; i < count; i++) {
        const double one = lag_of(&p[i]);
        lag.unknown += isnan(one);
        lag.events += one;
    }
    return lag;
}

static void put_source(struct ops_series *series, const struct sto_watched *d, double lag)
{
    const char *const names[] = {d->dataset, d->topic};
    metric_put_real(family(series, METRIC_SOURCE_ARRIVAL), METRIC_SOURCE_ARRIVAL, names,
                    known(d->appended_s));
    metric_put_real(family(series, METRIC_SOURCE_EVENT), METRIC_SOURCE_EVENT, names,
                    known(d->newest_s));
    metric_put_real(family(series, METRIC_SOURCE_LAG), METRIC_SOURCE_LAG, names, lag);
}

/* How many of their partitions are not known. */
static size_t put_sources(struct ops_series *series, const struct sto_watch *watch,
                          const struct ops_partitions *partitions)
{
    size_t unknown = 0;
    for (size_t i = 0; i < watch->dataset_count; i++) {
        const struct lag lag = lag_of_source(partitions, watch->datasets[i].dataset_id);
        unknown += lag.unknown;
        if (i < series->sources_most) {
            put_source(series, &watch->datasets[i], lag.events);
        }
    }
    return unknown;
}

/* ---- partitions ---- */

static void put_partition(struct ops_series *series, const struct ops_partition *p)
{
    char number[12];
    const char *const names[] = {p->topic, number};
    snprintf(number, sizeof(number), "%" PRId32, p->partition);
    metric_put_real(family(series, METRIC_PARTITION_LAG), METRIC_PARTITION_LAG, names, lag_of(p));
    if (p->position == NULL) {
        return;
    }
    if (p->log_start > p->next) {
        metric_put_real(family(series, METRIC_PARTITION_LOST), METRIC_PARTITION_LOST, names,
                        (double)(p->log_start - p->next));
    }
    metric_put_real(family(series, METRIC_PARTITION_POSITION), METRIC_PARTITION_POSITION, names,
                    (double)p->next);
}

static void put_count(struct ops_series *series, enum metric m, size_t count)
{
    metric_put(family(series, m), m, NULL, count);
}

static size_t beyond(size_t count, size_t most)
{
    return count > most ? count - most : 0;
}

void ops_series_known(struct ops_series *series, const struct sto_watch *watch,
                      const struct ops_partitions *partitions)
{
    const size_t unknown = put_sources(series, watch, partitions);
    for (size_t i = 0; i < partitions->count && i < series->partitions_most; i++) {
        put_partition(series, &partitions->items[i]);
    }
    put_count(series, METRIC_SOURCES, watch->dataset_count);
    put_count(series, METRIC_WATCHED_PARTITIONS, partitions->count);
    put_count(series, METRIC_UNKNOWN_PARTITIONS, unknown);
    put_count(series, METRIC_CUT_SOURCES, beyond(watch->dataset_count, series->sources_most));
    put_count(series, METRIC_CUT_PARTITIONS, beyond(partitions->count, series->partitions_most));
}
