/* SPDX-License-Identifier: Apache-2.0
 * ops/monitor/probes.c - see the header.
 *
 * Given a monitor that lost the register an hour ago, then the lag of then is no lag of now. Therefore series that are older
 * than a turn may be are left out, and an alert on what is absent speaks instead of one that stays silent. */
#include "ops/monitor/probes.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/metric.h"
#include "ops/monitor/page/page.h"

enum { GRACE_MS = 30 * 1000 };

struct ops_monitor_probes {
    struct http_probe probe;
    const struct conf *conf;
    struct ops_page *page;
    int64_t started_ms;
    pthread_mutex_t lock; /* of all below; held for a copy at most */
    struct metric_set metrics;
    struct buf series;
    int64_t turned_ms;
    int64_t turned_at_us;
    int64_t took_ms;
    enum err_code failing;
    bool watches;
};

/* ---- the judgement ---- */

int64_t ops_monitor_late_ms(int64_t every_ms, int64_t kafka_ms)
{
    return 2 * every_ms + 2 * kafka_ms + GRACE_MS;
}

void ops_monitor_judge(const struct ops_monitor_health *health, struct http_readiness *out)
{
    const bool has_turned = health->turned_ms != 0;
    const int64_t since_ms = health->now_ms - (has_turned ? health->turned_ms : health->started_ms);
    if (health->failing != ERR_NONE) {
        http_not_ready(out, OPS_MONITOR_FAILING, "the last turn failed: %s",
                       err_sentence(health->failing));
    }
    if (since_ms >= ops_monitor_late_ms(health->every_ms, health->kafka_ms)) {
        http_not_ready(out, OPS_MONITOR_LATE, "no turn has ended well for %lld s",
                       (long long)since_ms / 1000);
    } else if (!has_turned && health->failing == ERR_NONE) {
        http_not_ready(out, OPS_MONITOR_STARTING, "the first turn has not ended");
    }
}

static struct ops_monitor_health health_of(const struct ops_monitor_probes *probes)
{
    return (struct ops_monitor_health){.now_ms = clock_mono_ms(),
                                       .started_ms = probes->started_ms,
                                       .turned_ms = probes->turned_ms,
                                       .failing = probes->failing,
                                       .every_ms = probes->conf->monitor.every_ms,
                                       .kafka_ms = probes->conf->monitor.kafka_timeout_ms};
}

/* ---- answers ---- */

static void ready(void *arg, struct http_readiness *out)
{
    struct ops_monitor_probes *probes = arg;
    pthread_mutex_lock(&probes->lock);
    const struct ops_monitor_health health = health_of(probes);
    pthread_mutex_unlock(&probes->lock);
    ops_monitor_judge(&health, out);
}

static void put_turns(const struct ops_monitor_probes *probes, struct metric_out *out)
{
    for (int m = METRIC_TURNS; m <= METRIC_TASKS_FAILED; m++) {
        metric_put(out, (enum metric)m, NULL, metric_get(&probes->metrics, (enum metric)m));
    }
    if (probes->turned_ms != 0) {
        metric_put(out, METRIC_WATCHING, NULL, probes->watches);
        metric_put_real(out, METRIC_TURNED, NULL, (double)probes->turned_at_us / 1e6);
        metric_put_real(out, METRIC_TURN_TOOK, NULL, (double)probes->took_ms / 1e3);
    }
}

void ops_monitor_probes_put(struct ops_monitor_probes *probes, struct metric_out *out)
{
    pthread_mutex_lock(&probes->lock);
    const struct ops_monitor_health health = health_of(probes);
    put_turns(probes, out);
    if (health.now_ms - health.turned_ms < ops_monitor_late_ms(health.every_ms, health.kafka_ms)) {
        buf_put(out->buf, probes->series.data, probes->series.len);
    }
    pthread_mutex_unlock(&probes->lock);
    ops_page_metrics(probes->page, out);
}

static void put_metrics(void *arg, struct metric_out *out)
{
    ops_monitor_probes_put(arg, out);
}

/* ---- the monitor ---- */

void ops_monitor_probes_turned(struct ops_monitor_probes *probes, int64_t took_ms,
                               struct buf *series)
{
    struct buf old = BUF_INIT;
    pthread_mutex_lock(&probes->lock);
    metric_add(&probes->metrics, METRIC_TURNS, series != NULL);
    old = probes->series;
    probes->series = series != NULL && !buf_failed(series) ? *series : (struct buf)BUF_INIT;
    probes->turned_ms = clock_mono_ms();
    probes->turned_at_us = clock_wall_us();
    probes->took_ms = took_ms;
    probes->failing = ERR_NONE;
    probes->watches = series != NULL;
    pthread_mutex_unlock(&probes->lock);
    if (series != NULL && !buf_failed(series)) {
        *series = (struct buf)BUF_INIT;
    }
    buf_fini(&old);
}

void ops_monitor_probes_failed(struct ops_monitor_probes *probes, enum err_code code)
{
    pthread_mutex_lock(&probes->lock);
    metric_add(&probes->metrics, METRIC_TURNS_FAILED, 1);
    probes->failing = code;
    pthread_mutex_unlock(&probes->lock);
}

void ops_monitor_probes_part_failed(struct ops_monitor_probes *probes)
{
    if (probes != NULL) {
        metric_add(&probes->metrics, METRIC_TASKS_FAILED, 1);
    }
}

struct ops_monitor_probes *ops_monitor_probes_start(const struct conf *conf, struct ops_page *page,
                                                    struct err *err)
{
    struct ops_monitor_probes *probes = calloc(1, sizeof(*probes));
    if (probes == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the monitor's probes");
        return NULL;
    }
    pthread_mutex_init(&probes->lock, NULL);
    probes->conf = conf;
    probes->page = page;
    probes->started_ms = clock_mono_ms();
    probes->probe = (struct http_probe){
        .daemon = "monitor", .ready = ready, .metrics = put_metrics, .arg = probes};
    if (http_probe_start(&probes->probe, conf->monitor.listen, err) != 0) {
        ops_monitor_probes_stop(&probes);
    }
    return probes;
}

void ops_monitor_probes_stop(struct ops_monitor_probes **taken)
{
    struct ops_monitor_probes *probes = *taken;
    *taken = NULL;
    if (probes != NULL) {
        http_probe_stop(&probes->probe);
        pthread_mutex_destroy(&probes->lock);
        buf_fini(&probes->series);
        free(probes);
    }
}
