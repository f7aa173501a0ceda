/* SPDX-License-Identifier: Apache-2.0
 * ingest/probes.c - see the header. */
#include "ingest/probes.h"

#include "base/clock.h"
#include "base/metric.h"
#include "ingest/vitals.h"

enum { LANES_MAX = 64 }; /* [ingest] lanes */

uint64_t ing_probes_total(const struct ing_probes *probes, enum metric m)
{
    uint64_t sum = 0;
    for (int i = 0; i < probes->lane_count; i++) {
        sum += metric_get(&probes->lanes[i].metrics, m);
    }
    return sum;
}

static void ready(void *arg, struct http_readiness *out)
{
    const struct ing_probes *probes = arg;
    struct ing_vital lanes[LANES_MAX];
    const struct ing_health health = {.lanes = lanes,
                                      .count = (size_t)probes->lane_count,
                                      .now_ms = clock_mono_ms(),
                                      .watched_ms = atomic_load(&probes->watched_ms),
                                      .limit_ms = probes->conf->ingest.stuck_halt_ms,
                                      .stopping = ing_feed_stopping(probes->feed)};
    for (size_t i = 0; i < health.count; i++) {
        lanes[i] = ing_vitals_read(&probes->lanes[i].vitals);
    }
    ing_health_judge(&health, out);
}

/* ---- metrics ---- */

static void put_partitions(const struct ing_probes *probes, struct metric_out *out)
{
    for (int s = 0; s < ING_PART_STATE_COUNT; s++) {
        const char *const state[] = {ing_part_state_name((enum ing_part_state)s)};
        int64_t count = 0;
        for (int i = 0; i < probes->lane_count; i++) {
            count += atomic_load(&probes->lanes[i].vitals.partitions[s]);
        }
        metric_put(out, METRIC_PARTITIONS, state, (uint64_t)count);
    }
}

static double longest(double so_far, int64_t since_ms, int64_t now_ms)
{
    double s = since_ms != 0 && now_ms > since_ms ? (double)(now_ms - since_ms) / 1000 : 0;
    return s > so_far ? s : so_far;
}

static void put_lanes(const struct ing_probes *probes, struct metric_out *out)
{
    const int64_t now_ms = clock_mono_ms();
    int64_t waiting = 0;
    double stands_s = 0;
    double failing_s = 0;
    double trouble_s = 0;
    double silent_s = 0;
    for (int i = 0; i < probes->lane_count; i++) {
        const struct ing_vital lane = ing_vitals_read(&probes->lanes[i].vitals);
        waiting += lane.waiting;
        stands_s = longest(stands_s, lane.stands_ms, now_ms);
        failing_s = longest(failing_s, lane.failing_ms, now_ms);
        trouble_s = longest(trouble_s, lane.trouble_ms, now_ms);
        silent_s = longest(silent_s, lane.turned_ms, now_ms);
    }
    metric_put(out, METRIC_WAITING, NULL, (uint64_t)waiting);
    metric_put_real(out, METRIC_STANDSTILL, NULL, stands_s);
    metric_put_real(out, METRIC_FAILING, NULL, failing_s);
    metric_put_real(out, METRIC_KAFKA_TROUBLE, NULL, trouble_s);
    metric_put_real(out, METRIC_SILENCE, NULL, silent_s);
}

static void put_metrics(void *arg, struct metric_out *out)
{
    const struct ing_probes *probes = arg;
    const size_t count = (size_t)probes->lane_count;
    for (int m = METRIC_RECEIVED; m <= METRIC_REREAD; m++) {
        metric_put(out, (enum metric)m, NULL, ing_probes_total(probes, (enum metric)m));
    }
    metric_put_histogram(out, METRIC_COMMIT_DURATION, &probes->lanes[0].commit_duration,
                         sizeof(*probes->lanes), count);
    metric_put_histogram(out, METRIC_EVENT_AGE, &probes->lanes[0].event_age, sizeof(*probes->lanes),
                         count);
    metric_put(out, METRIC_LANES, NULL, count);
    put_partitions(probes, out);
    put_lanes(probes, out);
}

int ing_probes_start(struct ing_probes *probes, struct err *err)
{
    probes->probe = (struct http_probe){
        .daemon = "ingest", .ready = ready, .metrics = put_metrics, .arg = probes};
    atomic_store(&probes->watched_ms, clock_mono_ms());
    return http_probe_start(&probes->probe, probes->conf->ingest.listen, err);
}

void ing_probes_stop(struct ing_probes *probes)
{
    http_probe_stop(&probes->probe);
}
