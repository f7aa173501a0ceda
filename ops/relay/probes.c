/* SPDX-License-Identifier: Apache-2.0
 * ops/relay/probes.c - see the header. */
#include "ops/relay/probes.h"

#include "base/clock.h"
#include "base/conf.h"

/* One answer of the register may take [register] deadline_ms; the relay turns several times a second otherwise. */
enum { SILENT_MS = 30 * 1000 };

void ops_relay_judge(const struct ops_relay_health *health, struct http_readiness *out)
{
    const int64_t silent_ms = health->now_ms - health->turned_ms;
    if (health->stopping) {
        http_not_ready(out, OPS_RELAY_STOPPING, "the relay ends");
    }
    if (!health->connected) {
        http_not_ready(out, OPS_RELAY_AWAY, "the register cannot be reached");
    }
    if (silent_ms >= SILENT_MS) {
        http_not_ready(out, OPS_RELAY_SILENT, "the relay has not looked for work for %lld s",
                       (long long)silent_ms / 1000);
    }
}

static void ready(void *arg, struct http_readiness *out)
{
    const struct ops_relay_probes *probes = arg;
    const struct ops_relay_health health = {.now_ms = clock_mono_ms(),
                                            .turned_ms = atomic_load(&probes->turned_ms),
                                            .connected = atomic_load(&probes->connected),
                                            .stopping = atomic_load(&probes->stopping)};
    ops_relay_judge(&health, out);
}

static void put_metrics(void *arg, struct metric_out *out)
{
    const struct ops_relay_probes *probes = arg;
    for (int m = METRIC_DELIVERED; m <= METRIC_REJECTS; m++) {
        metric_put(out, (enum metric)m, NULL, metric_get(&probes->metrics, (enum metric)m));
    }
    metric_put(out, METRIC_RELAY_CONNECTED, NULL, atomic_load(&probes->connected));
    metric_put_real(out, METRIC_RELAY_TURNED, NULL,
                    (double)atomic_load(&probes->turned_at_us) / 1e6);
}

void ops_relay_probes_turned(struct ops_relay_probes *probes, bool connected, bool stopping)
{
    atomic_store(&probes->turned_ms, clock_mono_ms());
    atomic_store(&probes->turned_at_us, clock_wall_us());
    atomic_store(&probes->connected, connected);
    atomic_store(&probes->stopping, stopping);
}

int ops_relay_probes_start(struct ops_relay_probes *probes, const struct conf *conf,
                           struct err *err)
{
    ops_relay_probes_turned(probes, false, false);
    probes->probe = (struct http_probe){
        .daemon = "relay", .ready = ready, .metrics = put_metrics, .arg = probes};
    return http_probe_start(&probes->probe, conf->relay.listen, err);
}

void ops_relay_probes_stop(struct ops_relay_probes *probes)
{
    http_probe_stop(&probes->probe);
}
