/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/sources.c - see the header. What is not known is null, and never 0. */
#include "ops/monitor/sources.h"

#include "base/jsonw.h"
#include "ops/monitor/series.h"

static void put_number(struct jsonw *w, const char *key, int64_t n)
{
    jsonw_key(w, key);
    if (n < 0 || n == OPS_NEVER_S) {
        jsonw_null(w);
    } else {
        jsonw_int(w, n);
    }
}

/* The members that a source and a partition have in common. */
static void put_lag(struct jsonw *w, const struct ops_lag *lag)
{
    const bool is_lost = lag->is == OPS_LAG_IS_LOST;
    jsonw_text(w, "verdict", ops_lag_verdict_token(lag->verdict));
    put_number(w, "events", is_lost ? -1 : lag->events);
    jsonw_text(w, "is", ops_lag_is_token(lag->is));
    put_number(w, "age_s", is_lost ? -1 : lag->age_s);
    jsonw_text(w, "trend", ops_trend_token(lag->trend));
    jsonw_key(w, "change_per_s");
    if (lag->trend != OPS_TREND_UNKNOWN) {
        jsonw_double(w, lag->change_per_s);
    } else {
        jsonw_null(w);
    }
    put_number(w, "catch_up_s", lag->catch_up_s);
    put_number(w, "headroom_s", lag->headroom_s);
}

static void put_partition(struct jsonw *w, const struct ops_partition *p)
{
    const struct sto_watched_position *position = p->position;
    jsonw_open(w, '{');
    jsonw_text(w, "topic", p->topic);
    put_number(w, "partition", p->partition);
    put_number(w, "position", p->next);
    put_number(w, "log_start", p->log_start);
    put_number(w, "log_end", p->log_end);
    put_lag(w, &p->lag);
    jsonw_text(w, "state", position != NULL ? position->state : "unclaimed");
    jsonw_text(w, "engine", position != NULL && position->owner_lives ? position->owner : NULL);
    jsonw_close(w, '}');
}

static void put_said(struct jsonw *w, const struct ops_status *status)
{
    jsonw_open(w, '{');
    jsonw_text(w, "sentence", status->english);
    jsonw_text(w, "sentence_ar", status->arabic);
    jsonw_text(w, "what_to_do", status->what_to_do);
    jsonw_text(w, "what_to_do_ar", status->what_to_do_ar);
    jsonw_text(w, "tell", status->tell);
    jsonw_text(w, "tell_ar", status->tell_ar);
    jsonw_key(w, "cause");
    if (status->cause != NULL) {
        jsonw_open(w, '{');
        jsonw_number(w, "incident", status->cause->id);
        jsonw_text(w, "kind", status->cause->kind);
        jsonw_close(w, '}');
    } else {
        jsonw_null(w);
    }
    jsonw_key(w, "lag");
    jsonw_open(w, '{');
    put_lag(w, &status->lag);
    jsonw_close(w, '}');
    jsonw_close(w, '}');
}

static void put_source(struct jsonw *w, int32_t dataset_id, const struct ops_source_facts *facts,
                       const struct ops_status *status)
{
    jsonw_open(w, '{');
    jsonw_number(w, "dataset_id", dataset_id);
    jsonw_text(w, "status", ops_status_token(status->kind));
    jsonw_number(w, "rank", status->kind);
    jsonw_number(w, "severity", ops_status_severity(status->kind));
    jsonw_instant(w, "since", status->since);
    jsonw_key(w, "said");
    put_said(w, status);
    jsonw_key(w, "partitions");
    jsonw_open(w, '[');
    for (size_t i = 0; i < facts->count; i++) {
        put_partition(w, &facts->partitions[i]);
    }
    jsonw_close(w, ']');
    jsonw_close(w, '}');
}

/* ---- all of them ---- */

/* 0: no announced stop is in force. Stops are in the order of the datasets' ids; *at: the first that is not passed. */
static int64_t outage_until(const struct ops_sources *sources, int32_t dataset_id, size_t *at)
{
    const struct sto_watch *watch = sources->watch;
    int64_t until = 0;
    while (*at < watch->stop_count && watch->stops[*at].dataset_id < dataset_id) {
        (*at)++;
    }
    for (size_t i = *at; i < watch->stop_count && watch->stops[i].dataset_id == dataset_id; i++) {
        const struct sto_watched_stop *stop = &watch->stops[i];
        if (stop->starts_s <= sources->now_s && stop->announced_s <= sources->now_s &&
            stop->ends_s > sources->now_s && stop->ends_s > until) {
            until = stop->ends_s;
        }
    }
    return until;
}

void ops_sources_judge(const struct ops_sources *sources, struct buf *json)
{
    const struct sto_watch *watch = sources->watch;
    struct jsonw w = jsonw_to(json);
    size_t stop = 0;
    jsonw_open(&w, '[');
    for (size_t i = 0; i < watch->dataset_count; i++) {
        const struct sto_watched *d = &watch->datasets[i];
        struct ops_status status;
        struct ops_source_facts facts = {
            .topic_partitions = sources->partitions->topics[i],
            .is_silent = sources->partitions->silence.code != ERR_NONE,
            .last_arrival = d->appended_s,
            .freshness = sources->is_judged[i] ? &sources->verdicts[i] : NULL,
            .outage_until = outage_until(sources, d->dataset_id, &stop),
            .incidents = watch->incidents,
            .incident_count = watch->incident_count,
            .now = sources->now_s,
            .zone = sources->zone,
        };
        facts.partitions = ops_partitions_of(sources->partitions, d->dataset_id, &facts.count);
        ops_status_judge(&facts, &status);
        put_source(&w, d->dataset_id, &facts, &status);
        ops_series_status(sources->series, watch, i, &status);
    }
    jsonw_close(&w, ']');
}
